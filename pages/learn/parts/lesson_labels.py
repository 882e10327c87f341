"""Better labels, same network: the two runs that ship, on the same faces, and those on which they part, large."""

from __future__ import annotations

import html
from dataclasses import dataclass

import numpy as np
import streamlit as st

from fer_core import numbers, runs
from fer_core.datasets.crowd import spelled, vote_names
from fer_core.escape import markdown
from fer_core.labels import display_name
from fer_core.lesson import quiz, two_runs
from fer_core.lesson.two_runs import Disputed
from fer_core.runs import BUNDLED, BUNDLED_CROWD
from pages.ui import loaders
from pages.ui.answer_card import answers
from pages.ui.faces import png_uri
from pages.ui.state import selected_dataset

SHOWN = 4

_STYLE = """.fer-two{display:grid;gap:1rem;grid-template-columns:repeat(4,minmax(0,1fr));font-size:1rem;line-height:1.25}
.fer-two figure{margin:0}
.fer-two img{width:100%;max-height:46vh;aspect-ratio:1;object-fit:cover;display:block;border-radius:.4rem}
.fer-two figcaption{display:grid;grid-template-columns:auto 1fr;gap:0 .6em;margin-top:.3em}
@media(max-width:640px){.fer-two{grid-template-columns:repeat(2,minmax(0,1fr))}}"""


@dataclass(frozen=True)
class _Faces:
    name: str
    images: np.ndarray
    labels: list[str]
    votes: list[str]


def show() -> None:
    """Say on how many faces the two runs part and whom the label agrees with, and show some of them."""
    first, second = (loaders.predictor(runs.open_run(name)) for name in (BUNDLED, BUNDLED_CROWD))
    faces = _faces(first.classes)
    with st.spinner("Both networks look at the same faces …"):
        given = [np.array([answer.label for answer in answers(predictor, list(faces.images))]) for predictor in (first, second)]
    disputed = two_runs.disputed(faces.labels, *given)
    st.markdown(_sentence(faces, disputed))
    cells = "".join(_cell(faces, place, given) for place in disputed.places[:SHOWN])
    if cells:
        st.html(f'<div class="fer-two"><style>{_STYLE}</style>{cells}</div>')


def _sentence(faces: _Faces, disputed: Disputed) -> str:
    where = f"{markdown(faces.name)}, {numbers.sample(disputed.n)}"
    if not disputed.places:
        return f"**On these faces both networks agree** ({where})."
    many = len(disputed.places)
    return (
        f"**On {many} of {disputed.n} faces the two part** ({where}). Of these, the one that learned labels gives "
        f"the label for {disputed.first_is_label}, the one that learned votes for {disputed.second_is_label}. Whom do *you* "
        "believe?"
    )


def _faces(classes: tuple[str, ...]) -> _Faces:
    data = selected_dataset()
    if data is None:
        drawn = [quiz.draw_synthetic(number) for number in range(two_runs.LOOKED_AT // quiz.FACES)]
        return _Faces(
            "Drawn faces", np.concatenate([images for images, _ in drawn]), [name for _, row in drawn for name in row], []
        )
    rows = two_runs.asked(data.samples, classes)
    votes = spelled(rows) if vote_names(rows) else []
    return _Faces(data.name, np.asarray(data.images[rows["id"].to_numpy()]), rows["label"].tolist(), votes)


def _cell(faces: _Faces, place: int, given: list[np.ndarray]) -> str:
    rows = [("Label", faces.labels[place]), ("From labels", given[0][place]), ("From votes", given[1][place])]
    lines = "".join(f"<span>{name}</span><b>{html.escape(display_name(str(label)))}</b>" for name, label in rows)
    if faces.votes:
        lines += f"<span>People</span><span>{html.escape(faces.votes[place])}</span>"
    title = html.escape(display_name(faces.labels[place]))
    picture = f'<img src="{png_uri(faces.images[place])}" alt="A face labelled {title}">'
    return f"<figure>{picture}<figcaption>{lines}</figcaption></figure>"
