"""Beginning a round with the class: its faces, and what the teacher keeps until it is revealed."""

from __future__ import annotations

import numpy as np
import streamlit as st

from fer_core.classroom.pictures import small_picture
from fer_core.classroom.questions import KINDS, KindName
from fer_core.classroom.room import Room
from fer_core.datasets.crowd import vote_names
from fer_core.datasets.store import Dataset
from fer_core.datasets.tables import VOTES
from fer_core.errors import FerError, InputError
from fer_core.escape import markdown
from fer_core.runs import ACTIVE, Run
from pages.learn.parts import quiz
from pages.ui import loaders
from pages.ui.access import require_write
from pages.ui.answer_card import answers, explanations, short_answer, usual_look
from pages.ui.evaluation_data import known_scores, splits
from pages.ui.state import selected_dataset, selected_run

NUMBER, LOOKED = "class_quiz", "class_looked"

_ABOUT = {
    "faces": "Votes on each of ten faces, then class, network, annotators and labels side by side.",
    "accuracy": "What the class expects of the chosen run, and what it reaches.",
    "look": "The class taps on a face of the data set; its heat map stands beside the network's.",
}


def offer(lesson: Room) -> None:
    """Draw a card for each kind of round."""
    for column, kind in zip(st.columns(len(KINDS)), KINDS.values(), strict=True):
        with column, st.container(border=True, height="stretch"):
            st.markdown(f"**{kind.title}**")
            st.caption(_ABOUT[kind.name])
            if kind.name == "faces":
                st.number_input("Quiz number", 0, 9999, 1, key=NUMBER, help="The same number shows the same ten faces.")
            if st.button("Play", icon=":material/play_arrow:", key=f"class_play_{kind.name}"):
                begin(lesson, kind.name)


def begin(lesson: Room, kind: KindName) -> None:
    """Begin a round of a kind, with the data set and the run that are chosen at the top of the page."""
    try:
        require_write()
        with st.spinner("The round is being prepared …"):
            {"faces": _faces, "accuracy": _accuracy, "look": _look}[kind](lesson)
    except FerError as error:
        st.error(markdown(str(error)), icon=":material/error:")
    else:
        st.rerun()


def _faces(lesson: Room) -> None:
    asked = quiz.of_number(int(st.session_state.get(NUMBER, 1)))
    run = _answering()
    network: list[str] = []
    if run is not None and set(asked.labels) <= set(run.classes()):
        network = [answer.label for answer in answers(loaders.predictor(run), list(asked.images))]
    names = vote_names(asked.rows) if len(asked.rows) else ()
    votes = [{name: int(row[VOTES + name]) for name in names} for row in asked.rows.to_dict("records")] if names else []
    facts = {
        "labels": list(asked.labels),
        "network": network,
        "run": run.about().name if run is not None and network else "",
        "annotators": votes if any(sum(row.values()) for row in votes) else [],
        "source": asked.data.name if asked.data else "drawn faces",
    }
    lesson.play("faces", classes=asked.classes, pictures=[small_picture(face) for face in asked.images], facts=facts)


def _accuracy(lesson: Room) -> None:
    run = _answering()
    scored = known_scores(run, selected_dataset()) if run is not None else None
    if run is None or scored is None:
        raise InputError("The chosen run has not been scored on this data set yet: open Scores once, then come back.")
    source, scores = scored
    facts = {
        "accuracy": scores.accuracy,
        "ci95": list(scores.accuracy_ci95),
        "baseline": scores.majority_baseline,
        "macro_f1": scores.macro_f1,
        "macro_f1_ci95": list(scores.macro_f1_ci95),
        "n": scores.n,
        "run": run.about().name,
        "source": source.title,
    }
    lesson.play("accuracy", facts=facts)


def _look(lesson: Room) -> None:
    run, data = _answering(), selected_dataset()
    if run is None or data is None:
        raise InputError("Choose a data set, and a run that has a network, at the top of the page.")
    rows = data.split(splits(data)[0])
    rows = rows[rows["label"].isin(run.classes())]
    if rows.empty:
        raise InputError("The run knows none of the classes of this data set; choose another one at the top of the page.")
    # A stride beyond the number of faces of most classes, so that labels differ from face to face.
    turn = st.session_state[LOOKED] = st.session_state.get(LOOKED, -1) + 1
    row = rows.iloc[(turn * 1009) % len(rows)]
    lesson.play("look", pictures=[small_picture(_face(data, int(row["id"])))], facts=_looked(run, data, row))


def _looked(run: Run, data: Dataset, row: object) -> dict[str, object]:
    predictor, face = loaders.predictor(run), _face(data, int(row["id"]))  # type: ignore[index]
    given = answers(predictor, [face])
    saliency = explanations(predictor, [face], given, usual_look(predictor))[0].saliency
    return {
        "label": str(row["label"]),  # type: ignore[index]
        "said": short_answer(given[0]),
        "map": np.asarray(saliency, float).round(3).tolist(),
        "run": run.about().name,
        "source": data.name,
    }


def _face(data: Dataset, sample: int) -> np.ndarray:
    return np.asarray(data.images[sample])


def _answering() -> Run | None:
    """The chosen run where it has a network that can answer."""
    run = selected_run()
    usable = run is not None and run.model_file.is_file() and run.status().state not in ACTIVE
    return run if usable else None
