"""Votes on mistakes, one face at a time: is the model wrong, or the label? Votes are edits of the data set."""

from __future__ import annotations

import html
from dataclasses import replace

import numpy as np
import pandas as pd
import streamlit as st

from fer_core import numbers
from fer_core.datasets import editing
from fer_core.datasets.edits import Action, EditLog
from fer_core.datasets.store import Dataset, Labels
from fer_core.escape import markdown
from fer_core.evaluation.intervals import wilson
from fer_core.evaluation.metrics import Evaluation, evaluate
from fer_core.evaluation.mistakes import answers, tally, with_edits
from fer_core.labels import display_name
from pages.ui.answer_card import probability_bars
from pages.ui.browse import pager
from pages.ui.drawer import show
from pages.ui.edit_actions import attempt, described, in_words
from pages.ui.evaluation_data import Evaluated
from pages.ui.faces import class_chip, png_uri
from pages.ui.loaders import answers_key, stamp

ORIGIN = "mistakes"
FACE = "mistake"
_GO_TO = "_mistake_next"
_STYLE = """
.fer-judged{width:min(100%,46vh);min-width:min(100%,240px);aspect-ratio:1;border-radius:8px;display:block}
.fer-vote .dot{display:inline-block;width:.62em;height:.62em;border-radius:50%;margin-right:.35em}
.fer-vote .ask{font-size:1.15rem;line-height:1.35;margin-bottom:4px}
.fer-vote .fer-bar{display:grid;grid-template-columns:92px 1fr 48px;gap:10px;align-items:center;margin:1px 0;max-width:560px}
.fer-vote .fer-bar.top{font-weight:700}
.fer-vote .track{height:12px;border-radius:4px;background:color-mix(in srgb,currentColor 10%,transparent);display:block}
.fer-vote .fill{height:100%;border-radius:4px;min-width:2px;display:block}
"""


def under_labels(shown: Evaluated, labels: Labels) -> Evaluated:
    """Restrict an evaluation; with "edited" labels, to the samples that are not excluded, under the labels the viewer gave."""
    if labels == "imported" or shown.dataset is None:
        return shown
    edited = shown.dataset.split(shown.source.split, "edited")
    changed = with_edits(shown.predictions, edited, shown.classes)
    if changed.empty:
        return shown
    calibration = shown.run.calibration()
    key = (*answers_key(shown.run), shown.dataset.meta.fingerprint, shown.source.split)
    scores = _scores(key, stamp(shown.dataset.edits_file), shown, changed)
    return replace(shown, predictions=changed, answers=answers(changed, shown.classes, calibration), evaluation=scores)


def say_edited(imported: Evaluated, edited: Evaluated) -> None:
    """Write the accuracy on imported and on edited labels, and why the edited one is not to be quoted."""
    before, after = imported.evaluation, edited.evaluation
    st.info(
        f"With your edits the run is right for **{numbers.percent(after.accuracy)}** of {numbers.count(after.n)} faces "
        f"(95% interval {numbers.interval(*after.accuracy_ci95)}; majority baseline {numbers.percent(after.majority_baseline)}), "
        f"as imported for {numbers.percent(before.accuracy)} of {numbers.count(before.n)}. Votes on mistakes alone can only "
        "raise it: do not quote this score. All other views stay with the labels as imported.",
        icon=":material/edit_note:",
    )


def vote_one_by_one(rows: pd.DataFrame, shown: Evaluated, data: Dataset) -> None:
    """One large face with the question who is wrong, a button and a key for each answer, and what was said so far."""
    log, samples = data.edits(), rows["sample"].tolist()
    wanted = st.session_state.pop(_GO_TO, None)
    if wanted in samples:
        st.session_state[FACE] = samples.index(wanted) + 1
    elif FACE not in st.session_state and FACE not in st.query_params:
        st.session_state[FACE] = samples.index(_next(samples, log, 0)) + 1
    picture, judged = st.columns([2, 3], gap="medium")
    with judged:
        with st.container(horizontal=True, vertical_alignment="bottom"):
            position, _ = pager(len(samples), 1, key=FACE, noun="Mistake")
            _undo_button(data, log)
        row = rows.iloc[position]
        _question(row, shown)
        with st.container(key="bottom_votes", gap="small"):
            _vote_buttons(row, data, samples, position)
    with picture:
        sample, file = int(row["sample"]), str(data.samples["file"].iloc[int(row["sample"])])
        st.html(
            f'<style>{_STYLE}</style><img class="fer-judged" src="{png_uri(data.images[sample])}" alt="Face {sample}, labelled '
            f'{html.escape(str(row["label"]))}, answered {html.escape(str(row["predicted"]))}">'
        )
        edit = log.in_force.get(sample)
        said = f"**Your vote: {markdown(in_words(edit))}.**" if edit else "No vote yet."
        st.caption(f"{said} Face {sample}, {markdown(file)}")
        _tally(samples, log)
    st.caption(
        "Votes are kept with the data set, as edits; the run's scores stay those of the labels as imported. "
        "K, L, X and the numbers vote, U takes back and returns to the face, the arrow keys turn."
    )


def _vote_buttons(row: pd.Series, data: Dataset, samples: list[int], position: int) -> None:
    predicted = str(row["predicted"])
    with st.container(horizontal=True, gap="small"):
        _vote("The model is wrong", data, samples, position, "keep", "", "K", ":material/smart_toy:")
        looks = display_name(predicted).lower()
        if predicted in data.meta.classes and predicted != row["label"]:
            _vote(f"The label is wrong: {looks}", data, samples, position, "relabel", predicted, "L", ":material/label:")
        _vote("Neither: exclude it", data, samples, position, "exclude", "", "X", ":material/block:")
        sample = samples[position]
        st.button("Look closer", icon=":material/zoom_in:", key="vote-closer", on_click=show, args=(data, sample))
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.markdown("Both are wrong, it is", width="content")
        for number, name in enumerate(data.meta.classes, start=1):
            if name not in (predicted, row["label"]):
                key = str(number) if number < 10 else None
                _vote(display_name(name), data, samples, position, "relabel", name, key, None)


def _undo_button(data: Dataset, log: EditLog) -> None:
    batch = next(reversed(log.steps), None)
    st.button(
        "Undo",
        icon=":material/undo:",
        key="edit-undo",
        shortcut="U",
        disabled=batch is None,
        help=described(log.steps[batch]) if batch else None,
        on_click=_take_back,
        args=(data, batch, log.steps[batch][0].sample if batch else -1),
    )


def _take_back(data: Dataset, batch: str, sample: int) -> None:
    """Undo the last step, and show the face that it was about; a callback."""
    if attempt(editing.undo, data, batch, origin=ORIGIN):
        st.session_state[_GO_TO] = sample


@st.cache_data(max_entries=4, show_spinner="The answers are being counted …")
def _scores(key: tuple[str, str, str, str], edits: int, _shown: Evaluated, _changed: pd.DataFrame) -> Evaluation:
    unknown = np.zeros(len(_changed), bool)
    return evaluate(_changed, _shown.classes, calibration=_shown.run.calibration(), exact=unknown, near=unknown)


def _tally(samples: list[int], log: EditLog) -> None:
    said = tally(samples, {sample: edit.action for sample, edit in log.in_force.items()})
    voted = sum(said.values())
    text = f"{numbers.count(voted)} of {numbers.count(len(samples))} voted on"
    if voted:
        low, high = wilson(said["label"], voted)
        share = numbers.percent(said["label"] / voted, 0)
        text += (
            f": the model is wrong for {said['model']}, the label for {said['label']} ({share}, 95% interval "
            f"{numbers.interval(low, high, 0)}), neither for {said['neither']}"
        )
    st.progress(voted / len(samples), text=text, width=560)


def _question(row: pd.Series, shown: Evaluated) -> None:
    bars = probability_bars({name: float(row[f"p_{name}"]) for name in shown.classes})
    st.html(
        f'<div class="fer-vote"><div class="ask">Labelled {class_chip(str(row["label"]))}, answered '
        f"{class_chip(str(row['predicted']))}. Which is wrong?</div>"
        f'<div role="list" aria-label="What the run answers">{bars}</div></div>'
    )


def _vote(
    title: str, data: Dataset, samples: list[int], position: int, action: Action, label: str, key: str | None, icon: str | None
) -> None:
    st.button(
        markdown(title),
        icon=icon,
        key=f"vote-{action}-{label}",
        shortcut=key,
        on_click=_decide,
        args=(data, samples, position, action, label),
    )


def _decide(data: Dataset, samples: list[int], position: int, action: Action, label: str) -> None:
    if attempt(editing.decide, data, [samples[position]], action, label=label, origin=ORIGIN):
        st.session_state[_GO_TO] = _next(samples, data.edits(), position)


def _next(samples: list[int], log: EditLog, position: int) -> int:
    """Id of the first sample without a vote from `position` on, or else before; the last one when all have one."""
    order = [*samples[position:], *samples[:position]]
    return next((sample for sample in order if sample not in log.in_force), samples[-1])
