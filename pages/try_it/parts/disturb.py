"""A face beside its corrupted copy, with what the network answers for both, and the curve of the slider that was moved last."""

from __future__ import annotations

import html
import random
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import streamlit as st

from fer_core import numbers
from fer_core.datasets.signature import pixel_hash
from fer_core.datasets.store import Dataset
from fer_core.explain.overlay import enlarged
from fer_core.figures.strength import strength_curve
from fer_core.labels import display_name
from fer_core.photos.places import eyes_and_mouth
from fer_core.runs import Run
from pages.try_it.parts.intake import chosen_face
from pages.try_it.parts.sliders import Setting, Slider
from pages.ui.answer_card import BARS_STYLE, answers, identity, probability_bars
from pages.ui.chart import chart
from pages.ui.drawer import choose, chosen_sample
from pages.ui.evaluation_data import known_answers, splits
from pages.ui.faces import Caption, class_chip, face_picker, png_uri
from pages.ui.memory import remembered
from pages.ui.uploaded import Photo

if TYPE_CHECKING:
    from fer_core.predictor import Answer, Predictor

SIDE = 384
"""Side in pixels of the two pictures."""

PICK = "disturb_face"

_DUEL = """
.fer-duel{display:grid;grid-template-columns:1fr 1fr;gap:clamp(10px,2vw,28px)}
.fer-duel>div{min-width:0}
.fer-duel .what{font-size:.95rem;opacity:.8;margin-bottom:4px}
.fer-duel img{width:min(100%,42vh);min-width:min(100%,260px);aspect-ratio:1;display:block;border-radius:8px}
.fer-duel .says{font-size:clamp(1.05rem,2.1vw,1.6rem);font-weight:650;line-height:1.25;margin:.5em 0 .1em;min-height:1.3em}
.fer-duel .says .dot{display:inline-block;width:.6em;height:.6em;border-radius:50%;margin-right:.35em}
.fer-duel .then{font-size:.95rem;min-height:1.5em;margin-bottom:.35em}
.fer-duel .fer-bar{font-size:clamp(.78rem,1.2vw,1rem);line-height:1.55}
@media(max-width:640px){.fer-duel .fer-bar{grid-template-columns:4.6em 1fr 2.6em;gap:3px}}
"""


@dataclass(frozen=True)
class Subject:
    """The face that is corrupted.

    Attributes:
        face: (S, S) or (S, S, 3) uint8, what the network gets.
        colour: (192, 192, 3) uint8, the same frame; None for a sample of a data set.
        label: class of a sample; empty for a photo.
        name: what it is called on the page.
    """

    face: np.ndarray
    colour: np.ndarray | None = None
    label: str = ""
    name: str = ""
    notes: Sequence[str] = field(default_factory=tuple)

    @property
    def of_photo(self) -> bool:
        """Whether the face comes from a photo, not from a data set."""
        return self.colour is not None


def choose_upload(uploads: Sequence[Photo], predictor: Predictor) -> Subject:
    """One of the faces of the session's photos; with more than one, a picker."""
    every = [(photo, number) for photo in uploads for number in range(len(photo.faces))]
    position = 0
    if len(every) > 1:
        wanted = chosen_face()
        if PICK not in st.session_state:
            st.session_state[PICK] = next((at for at, (photo, n) in enumerate(every) if (photo.id, n) == wanted), 0)
        crops = [photo.faces[number].crop_rgb for photo, number in every]
        captions = [Caption(detail=f"{photo.name}, face {number + 1}") for photo, number in every]
        position = face_picker(crops, captions, key=PICK, size=76) or 0
    photo, number = every[position]
    face = photo.faces[number]
    return Subject(predictor.fitted_face(face), face.crop_rgb, name=f"{photo.name}, face {number + 1}", notes=face.quality)


def choose_sample(data: Dataset, run: Run, predictor: Predictor) -> Subject | None:
    """Take the face that was chosen on another view, or another one at the press of a button.

    None when the data set holds no face of the run's classes.

    Where none was chosen and the run's answers are known, the first face is the one that it answers rightly with most confidence,
    and the others are right as well: it is more telling to see such an answer break.
    """
    split = splits(data)[0]
    rows = data.split(split)
    rows = rows[rows["label"].isin(run.classes())]
    known = known_answers(run, data, split)
    if known is not None:
        right = rows.merge(known, left_on="id", right_on="sample")
        right = right[right["predicted"] == right["label"]].sort_values("confidence", ascending=False, kind="stable")
        rows = right if len(right) else rows
    if st.button("Another face", icon=":material/shuffle:", key="disturb_another", disabled=rows.empty):
        choose(data, int(random.choice(rows["id"].to_list())))
    sample = chosen_sample(data)
    if sample is None or data.samples["label"].iloc[sample] not in run.classes():
        if rows.empty:
            return None
        sample = int(rows["id"].iloc[0])
    label = str(data.samples["label"].iloc[sample])
    return Subject(predictor.fitted(data.images[sample : sample + 1])[0], label=label, name=f"Sample {sample} of {data.name}")


def placed(setting: Setting, subject: Subject) -> Setting:
    """The setting with the places of eyes and mouth in this face; photos are aligned, so that theirs are known."""
    if not setting.covered or subject.of_photo:
        return setting
    key = ("places", pixel_hash(subject.face[None])[0])
    return replace(setting, places=remembered([key], lambda _: [eyes_and_mouth(subject.face)])[0])


def duel(subject: Subject, setting: Setting, predictor: Predictor, *, network_view: bool) -> tuple[Answer, Answer]:
    """Draw both pictures with their answers; returns the answers of the face and of its corrupted copy."""
    before = answers(predictor, [subject.face], quick=subject.of_photo)[0]
    corrupted = setting.apply(subject.face[None])
    after = predictor.answers(corrupted, quick=subject.of_photo)[0] if setting.moved() else before
    in_colour = subject.colour is not None and not network_view
    pictures = (
        [subject.colour, setting.apply(np.asarray(subject.colour)[None])[0]]
        if in_colour
        else [enlarged(subject.face, side=SIDE), enlarged(corrupted[0], side=SIDE)]
    )
    left = _side("As it is", pictures[0], before, _right_or_wrong(subject, before), f"{subject.name}, undisturbed", "")
    right = _side(
        "Disturbed",
        pictures[1],
        after,
        _comment(before, after, moved=setting.moved()),
        f"{subject.name}, disturbed",
        ' aria-live="polite"',
        strokes=before,
    )
    st.html(f'<div class="fer-duel"><style>{BARS_STYLE}{_DUEL}</style>{left}{right}</div>')
    return before, after


def curve(subject: Subject, setting: Setting, slider: Slider, predictor: Predictor, chosen: set[str]) -> None:
    """Draw the probabilities against the slider, all others as they stand."""
    shares = _sweep(subject, setting, slider, predictor)
    st.markdown(f"**{slider.label}: probability at every strength**, all other sliders as they stand.")
    chart(
        strength_curve(
            shares,
            predictor.classes,
            strength=setting.values[slider.name],
            title=slider.label,
            ticks=slider.suffix if len(slider.suffix) <= 2 else "",
            chosen=chosen,
        ),
        key="disturb_curve",
        alt=f"Probability of each expression against {slider.label.lower()}",
    )


def _sweep(subject: Subject, setting: Setting, slider: Slider, predictor: Predictor) -> pd.DataFrame:
    """Columns strength and one per class; remembered by the session, as only the line moves while one slider does."""
    places = slider.points()

    def make(_: list[int]) -> list[pd.DataFrame]:
        faces = np.concatenate([setting.at(slider.name, float(value)).apply(subject.face[None]) for value in places])
        logits = predictor.logits(faces, quick=subject.of_photo)
        shares = pd.DataFrame(predictor.probabilities(logits), columns=list(predictor.classes))
        return [shares.assign(strength=places)]

    key = (
        "sweep",
        *identity(predictor),
        slider.name,
        setting.key(without=slider.name),
        pixel_hash(subject.face[None])[0],
        subject.of_photo,
    )
    return remembered([key], make)[0]


def _side(what: str, picture: np.ndarray, answer: Answer, then: str, alt: str, live: str, strokes: Answer | None = None) -> str:
    share = numbers.percent(answer.probabilities[answer.label], 0)
    said = (
        f"{class_chip(answer.label)} {share}"
        if answer.sure
        else f"Not sure ({html.escape(display_name(answer.label).lower())}, {share})"
    )
    bars = probability_bars(answer.probabilities, before=strokes.probabilities if strokes else None)
    return (
        f'<div><div class="what">{what}</div><img src="{png_uri(picture)}" alt="{html.escape(alt, quote=True)}">'
        f'<div{live}><div class="says">{said}</div><div class="then">{html.escape(then)}</div></div>{bars}</div>'
    )


def _right_or_wrong(subject: Subject, answer: Answer) -> str:
    if not subject.label:
        return ""
    return f"Labelled {display_name(subject.label).lower()}" + ("" if subject.label == answer.label else ": a mistake")


def _comment(before: Answer, after: Answer, *, moved: bool) -> str:
    if not moved:
        return "Move a slider."
    if before.label != after.label:
        return f"Changed its mind: {display_name(before.label).lower()} before."
    return "Not sure any more." if before.sure and not after.sure else "Stays with its answer."
