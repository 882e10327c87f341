"""The end of a lesson: three sentences with this class's own numbers, and the same as one page to keep."""

from __future__ import annotations

from datetime import datetime

import streamlit as st

from fer_core.escape import markdown
from fer_core.evaluation.metrics import Evaluation
from fer_core.labels import display_name
from fer_core.lesson import summary
from fer_core.studies.records import WAYS, table
from fer_core.studies.records import summary as means
from pages.learn.parts import quiz, quiz_result, transfer_curves
from pages.learn.parts.lesson_guess import said
from pages.ui.evaluation_data import known_scores
from pages.ui.navigation import link
from pages.ui.state import selected_dataset, selected_run


def show_summary() -> None:
    """The three sentences, the way to the exercises, and the page to keep."""
    scores = _scores()
    sides = quiz_result.sides(quiz.numbered())
    sentences = [
        summary.of_quiz(sides),
        summary.of_guesses(_few(), _cell(scores)),
        summary.of_scores(scores),
    ]
    with st.container(key="lesson_summary"):
        for number, sentence in enumerate(sentences, start=1):
            st.markdown(f"**{number}.** {markdown(sentence)}")
        _offer(sentences)


def _offer(sentences: list[str]) -> None:
    with st.container(horizontal=True):
        link("learn/exercises", label="Exercises", icon=":material/task_alt:")
        st.download_button(
            "Save as one page",
            lambda: _page(sentences),
            file_name="lesson.html",
            mime="text/html",
            icon=":material/download:",
            on_click="ignore",
            key="lesson_page",
        )


def _scores() -> Evaluation | None:
    run = selected_run()
    scored = known_scores(run, selected_dataset()) if run is not None else None
    return scored[1] if scored is not None else None


def _few() -> tuple[str, str] | None:
    result, expected = transfer_curves.known(), said("curves").get("few")
    if result is None or expected not in WAYS:
        return None
    return WAYS[expected], WAYS[summary.best_with_few(means(table(result), "accuracy"))]


def _cell(scores: Evaluation | None) -> tuple[str, str] | None:
    cell = said("matrix").get("cell")
    if scores is None or not cell or max(cell) >= len(scores.classes):
        return None
    row, column, _ = summary.worst_cell(scores.matrix)
    return _pair(scores, *cell), _pair(scores, row, column)


def _pair(scores: Evaluation, row: int, column: int) -> str:
    return f"{display_name(scores.classes[row])} taken for {display_name(scores.classes[column]).lower()}"


def _page(sentences: list[str]) -> bytes:
    data, run, asked = selected_dataset(), selected_run(), quiz.numbered()
    about = f"{datetime.now():%d %B %Y}. Data set: {data.name if data else 'none'}. Run: {run.about().name if run else 'none'}."
    sides = quiz_result.sides(asked)
    faces = [("Face", "Label", *(one.name.removeprefix("the ") for one in sides))]
    faces += [
        (str(place + 1), display_name(label), *(display_name(one.answers[place]) for one in sides))
        for place, label in enumerate(asked.labels if sides else ())
    ]
    return summary.to_html("What the class found", about, sentences, {"The quiz": faces}).encode()
