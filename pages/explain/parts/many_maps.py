"""One method for many faces of a class or of a cell of the confusion matrix, with progress, as a grid and as files."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import streamlit as st

from fer_core import numbers
from fer_core.datasets.store import Dataset
from fer_core.escape import markdown
from fer_core.explain.methods import METHODS
from fer_core.explain.of_run import explain_faces
from fer_core.explain.overlay import overlay
from fer_core.explain.sheet import arrays, sheet
from fer_core.labels import display_name
from fer_core.progress import Progress
from pages.explain.parts.method_maps import download_maps
from pages.ui.answer_card import Look
from pages.ui.browse import ALL
from pages.ui.drawer import sample_grid
from pages.ui.empty import empty_state
from pages.ui.evaluation_data import known_answers, splits
from pages.ui.faces import Caption
from pages.ui.work import current_work, start_work, watch_work

if TYPE_CHECKING:
    from fer_core.explain.saliency import Explanation
    from fer_core.predictor import Predictor

MOST = 500
"""Faces that are explained at a time, at most."""

QUESTIONS = {
    "answer": "Why this answer",
    "contrast": "Why this answer and not the label",
    "label": "What speaks for the label",
}
_RESULT, _KEY = "_many_maps", "_many_maps_work"
_SIDE = 96


@dataclass(frozen=True)
class Many:
    """Maps of many faces, in the order of the grid.

    Attributes:
        title: what they are.
        file: name of the downloads, without ending.
        rows: id, label and predicted of each face.
        faces: (N, S, S) or (N, S, S, 3) uint8, as they are stored.
        explanations: one per face.
        classes: names of the logits.
        run: the run's id.
        data: the data set that they are of.
    """

    title: str
    file: str
    rows: pd.DataFrame
    faces: np.ndarray
    explanations: list[Explanation]
    classes: tuple[str, ...]
    run: str
    data: Dataset


def many_maps(data: Dataset, predictor: Predictor, look: Look) -> None:
    """Draw the choice of faces and method, the button, the progress, and the maps that were made last."""
    if current_work(_work()) is not None:
        _collect()
        return
    rows, question, method, title = _choose(data, predictor)
    if rows is not None:
        st.button(
            f"Make {len(rows)} maps" if len(rows) != 1 else "Make the map",
            type="primary",
            icon=":material/play_arrow:",
            disabled=rows.empty,
            on_click=_start,
            args=(data, predictor, rows, question, method, look, title),
        )
    many = st.session_state.get(_RESULT)
    if isinstance(many, Many):
        _show(many, look)


def _choose(data: Dataset, predictor: Predictor) -> tuple[pd.DataFrame | None, str, str, str]:
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        split = st.selectbox(
            "Split", splits(data), format_func=display_name, key="many_split", persist_state="session", width=150
        )
        known = known_answers(predictor.run, data, split)
        label = _class("True class", "many_label", predictor.classes)
        answer = _class("Answer", "many_answer", predictor.classes)
        count = st.number_input("Faces", 1, MOST, 100, key="many_count", width=120, help="Drawn at random when there are more.")
        method = st.selectbox(
            "Method",
            list(METHODS),
            format_func=lambda name: METHODS[name].title,
            key="many_method",
            persist_state="session",
            width=210,
        )
        question = st.selectbox(
            "Question", list(QUESTIONS), format_func=QUESTIONS.get, key="many_question", persist_state="session", width=270
        )
    if known is None:
        empty_state(
            f"The run has not answered the {split} split yet, so its cells are not known. Open Scores once for it.",
            page="evaluate/scores",
            label="Open Scores",
        )
        return None, question, method, ""
    rows = data.split(split).merge(known, left_on="id", right_on="sample")
    rows = rows[rows["label"].isin(predictor.classes)]
    rows = rows if label == ALL else rows[rows["label"] == label]
    rows = rows if answer == ALL else rows[rows["predicted"] == answer]
    if question == "contrast":
        rows = rows[rows["predicted"] != rows["label"]]
    named = f"{_named(label, 'class')}, {_named(answer, 'answer')}"
    st.caption(f"{numbers.count(len(rows))} faces of this split match" + (" (mistakes only)." if question == "contrast" else "."))
    chosen = rows.sample(int(count), random_state=0).sort_index() if len(rows) > count else rows
    title = f"{METHODS[method].title}, {QUESTIONS[question].lower()}: {len(chosen)} faces of {data.name}, {split}, {named}"
    return chosen[["id", "label", "predicted"]].reset_index(drop=True), question, method, title


def _named(name: str, what: str) -> str:
    return f"any {what}" if name == ALL else f"{what} {display_name(name).lower()}"


def _class(title: str, key: str, classes: tuple[str, ...]) -> str:
    if st.session_state.get(key) not in (ALL, *classes):
        st.session_state[key] = ALL
    return st.selectbox(title, [ALL, *classes], format_func=display_name, key=key, persist_state="session", width=150)


def _start(data: Dataset, predictor: Predictor, rows: pd.DataFrame, question: str, method: str, look: Look, title: str) -> None:
    """Begin in a thread of its own; a callback."""
    faces = data.images[rows["id"].to_numpy()]
    number = {name: position for position, name in enumerate(predictor.classes)}
    label, answer = (rows[column].map(number).to_numpy(np.int64) for column in ("label", "predicted"))

    def work(report: Progress) -> Many:
        explained = explain_faces(
            predictor,
            faces,
            method=method,
            targets=label if question == "label" else answer,
            against=label if question == "contrast" else None,
            layer=look.layer if METHODS[method].on_layer else None,
            progress=report,
        )
        file = f"{data.name}-{method}-{len(faces)}".replace(" ", "-").lower()
        return Many(title, file, rows, faces, explained, predictor.classes, predictor.run.id, data)

    start_work(_work(), METHODS[method].title, work)


def _work() -> str:
    """Key of this session's work: another viewer's is none of its business."""
    return st.session_state.setdefault(_KEY, f"many_maps_{uuid.uuid4().hex}")


def _collect() -> None:
    """Show the progress until the work ends, and keep its result."""
    many = watch_work(_work())
    if many is not None:
        st.session_state[_RESULT] = many
    st.rerun()


def _show(many: Many, look: Look) -> None:
    st.markdown(f"**{markdown(many.title)}**")
    empty = sum(one.empty for one in many.explanations)
    if empty:
        st.caption(f"{empty} of these maps are empty: nothing in the face speaks for it, and the face is shown as it is.")
    pictures = [
        overlay(face, one.saliency, strength=look.strength, side=_SIDE)
        for face, one in zip(many.faces, many.explanations, strict=True)
    ]
    words = [(row.label, row.predicted) for row in many.rows.itertuples()]
    sample_grid(
        many.data,
        many.rows["id"].tolist(),
        [
            Caption(
                label=label, answer=answer if answer != label else "", alt=f"Sample {number}, {label}, answered {answer}, map"
            )
            for (label, answer), number in zip(words, many.rows["id"], strict=True)
        ],
        key="many_faces",
        size=84,
        pictures=pictures,
    )
    ids = many.rows["id"].tolist()
    tiles = [
        (f"{number} {label} > {answer}", picture) for (label, answer), number, picture in zip(words, ids, pictures, strict=True)
    ]
    values = arrays(many.explanations, many.faces, classes=many.classes, samples=ids, run=many.run, what=many.title)
    download_maps("These maps", sheet(tiles, columns=10), values, file=many.file)
