"""Exercises on the page: the question, a field for the answer, what the app says to it. They live as long as the session."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import streamlit as st

from fer_core.escape import markdown
from fer_core.lesson.exercise_rules import RULES
from fer_core.lesson.exercises import Desk, Exercise, Known, Verdict, check, read_exercises, to_markdown
from fer_core.runs import Run
from pages.learn.parts import lesson_state
from pages.ui.boundary import error_boundary
from pages.ui.evaluation_data import known_scores
from pages.ui.navigation import link, places
from pages.ui.state import selected_dataset, selected_run

FOLDER = Path(__file__).resolve().parents[1] / "words" / "exercises"

_CHECKED = "_exercises_checked"


def exercises() -> tuple[Exercise, ...]:
    """All exercises, read again when a file of the folder has changed.

    Raises:
        InputError: a lecturer's edit is not usable.
    """
    return _exercises(str(FOLDER), lesson_state.stamps(FOLDER))


def desk() -> Desk:
    """The chosen data set and run, and the scores that are known of runs on it."""
    data = selected_dataset()

    def scores(run: Run) -> Known | None:
        known = known_scores(run, data)
        return Known(known[0].title, known[1]) if known is not None else None

    return Desk(data, selected_run(), scores)


def progress(every: tuple[Exercise, ...]) -> None:
    """How many are right."""
    right = sum(1 for exercise in every if (found := _verdict(exercise)) is not None and found.right)
    st.progress(right / len(every), text=f"{right} of {len(every)} right")


def ask_exercise(exercise: Exercise, number: int, on: Desk) -> None:
    """One exercise: question, answer, button, verdict, hint and the way to the view that helps."""
    key = _key(exercise)
    with st.container(border=True, height="stretch"):
        st.markdown(f"##### {number}. {exercise.title}")
        st.markdown(exercise.text)
        with st.container(horizontal=True, vertical_alignment="bottom"):
            _field(exercise, on, key)
            if st.button("Check", icon=":material/task_alt:", key=f"{key}_check"):
                with error_boundary():
                    _judge(exercise, on, _answer(exercise))
        _say(exercise)
        with st.container(horizontal=True, vertical_alignment="center"):
            if exercise.hint:
                with st.popover("Hint", icon=":material/lightbulb:"):
                    st.markdown(exercise.hint)
            if exercise.view:
                link(exercise.view, icon=":material/open_in_full:")


def offer_answers(every: tuple[Exercise, ...], on: Desk) -> None:
    """A button that saves all questions, answers and verdicts."""
    about = (
        f"Data set: {markdown(on.dataset.name if on.dataset else 'none')}. Run: "
        f"{markdown(on.run.about().name if on.run else 'none')}. "
        f"{datetime.now():%d %B %Y, %H:%M}."
    )
    rows = [(exercise, _answer(exercise), _verdict(exercise), _times(exercise)) for exercise in every]
    st.download_button(
        "My answers (Markdown)",
        to_markdown(rows, about=about).encode(),
        file_name="exercises.md",
        mime="text/markdown",
        icon=":material/download:",
        on_click="ignore",
        key="exercises_download",
    )


def _field(exercise: Exercise, on: Desk, key: str) -> None:
    kind = exercise.rule.kind
    if kind == "deed":
        return
    if exercise.rule.options is None:
        labels = {"number": "A number", "share": "In per cent", "text": "Number, file name, or none"}
        st.text_input(labels[kind], key=key, persist_state="session", width=260)
        return
    options = exercise.rule.options(on, exercise.given)
    if st.session_state.get(key) not in (None, *options):
        st.session_state[key] = None
    st.selectbox("One of these", options, index=None, placeholder="Choose", key=key, persist_state="session", width=260)


def _judge(exercise: Exercise, on: Desk, answer: str) -> None:
    verdict = check(exercise, on, answer)
    times = _times(exercise) + (verdict.right is not None)
    st.session_state.setdefault(_CHECKED, {})[exercise.name] = (answer, verdict, times)


def _say(exercise: Exercise) -> None:
    checked = st.session_state.get(_CHECKED, {}).get(exercise.name)
    if checked is None:
        return
    answer, verdict, _ = checked
    if answer != _answer(exercise):
        st.caption("The answer has changed since it was checked.")
    elif verdict.right is None:
        st.info(verdict.sentence, icon=":material/info:")
    elif verdict.right:
        st.success(verdict.sentence, icon=":material/check_circle:")
    else:
        st.warning(verdict.sentence, icon=":material/cancel:")


def _verdict(exercise: Exercise) -> Verdict | None:
    """What was said to the answer as it stands now; None when that was not checked."""
    answer, verdict, _ = st.session_state.get(_CHECKED, {}).get(exercise.name, ("", None, 0))
    return verdict if answer == _answer(exercise) else None


def _times(exercise: Exercise) -> int:
    return st.session_state.get(_CHECKED, {}).get(exercise.name, ("", None, 0))[2]


def _answer(exercise: Exercise) -> str:
    return st.session_state.get(_key(exercise)) or ""


def _key(exercise: Exercise) -> str:
    return f"exercise_{exercise.name}"


@st.cache_resource(max_entries=4, show_spinner=False)
def _exercises(folder: str, stamps: tuple[tuple[str, int], ...]) -> tuple[Exercise, ...]:
    return read_exercises(Path(folder), rules=RULES, views=places())
