"""Exercises on the page: the question, a field for the answer, what the app says to it.

They are kept in the address, so that a reload loses none, and checked anew there.
"""

from __future__ import annotations

import json
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

KEPT = "work"
"""Query parameter: {exercise: [answer, misses, whether the answer was shown]} as JSON."""

_CHECKED, _SHOWN, _READ = "_exercises_checked", "_exercises_shown", "_exercises_read"


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


def remember(every: tuple[Exercise, ...], on: Desk) -> None:
    """Take up what the address keeps, once a session: its answers are checked anew."""
    if st.session_state.get(_READ):
        return
    st.session_state[_READ] = True
    try:
        kept = json.loads(st.query_params.get(KEPT, "{}"))
    except ValueError:
        return
    for exercise in every:
        row = kept.get(exercise.name) if isinstance(kept, dict) else None
        if not (isinstance(row, list) and len(row) == 3 and isinstance(row[0], str) and isinstance(row[1], int)):
            continue
        if row[2]:
            _shown().add(exercise.name)
        with error_boundary():
            verdict = check(exercise, on, row[0])
        options = exercise.rule.options(on, exercise.given) if exercise.rule.options else None
        if exercise.rule.kind != "deed" and row[0] and (options is None or row[0] in options):
            st.session_state.setdefault(_key(exercise), row[0])
        st.session_state.setdefault(_CHECKED, {})[exercise.name] = (row[0], verdict, max(0, row[1]))


def progress(every: tuple[Exercise, ...]) -> None:
    """How many are right."""
    right = sum(1 for exercise in every if _credit(exercise))
    st.progress(right / len(every), text=f"{right} of {len(every)} right")


def ask_exercise(exercise: Exercise, number: int, on: Desk) -> None:
    """One exercise: question, answer, button, verdict, hint and the way to the view that helps."""
    key = _key(exercise)
    with st.container(border=True, height="stretch"):
        st.markdown(f"##### {number}. {exercise.title}")
        if exercise.teaches:
            st.caption(f"Teaches {exercise.teaches}.")
        st.markdown(exercise.text)
        with st.container(horizontal=True, vertical_alignment="bottom"):
            _field(exercise, on, key)
            if st.button("Check", icon=":material/task_alt:", key=f"{key}_check"):
                with error_boundary():
                    _judge(exercise, on)
        _say(exercise)
        with st.container(horizontal=True, vertical_alignment="center"):
            if exercise.hint and _times(exercise):
                with st.popover("Hint", icon=":material/lightbulb:"):
                    st.markdown(exercise.hint)
            if _times(exercise) and not _credit(exercise) and exercise.name not in _shown():
                st.button(
                    "Show the answer",
                    icon=":material/visibility:",
                    key=f"{key}_show",
                    on_click=_show,
                    args=(exercise,),
                    help="It then counts no more.",
                )
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
        st.text_input(labels[kind], key=key, persist_state="session", width=260, on_change=_entered, args=(exercise, on))
        return
    options = exercise.rule.options(on, exercise.given)
    if st.session_state.get(key) not in (None, *options):
        st.session_state[key] = None
    st.selectbox("One of these", options, index=None, placeholder="Choose", key=key, persist_state="session", width=260)


def _entered(exercise: Exercise, on: Desk) -> None:
    """Check what was typed when Enter was pressed; an answer that was taken away is none."""
    if _answer(exercise):
        with error_boundary():
            _judge(exercise, on)


def _judge(exercise: Exercise, on: Desk) -> None:
    """Check the answer as it stands; the same answer twice is one miss."""
    answer = _answer(exercise)
    verdict = check(exercise, on, answer)
    before, _, misses = st.session_state.get(_CHECKED, {}).get(exercise.name, (None, None, 0))
    misses += verdict.right is False and (before != answer or exercise.rule.kind == "deed")
    st.session_state.setdefault(_CHECKED, {})[exercise.name] = (answer, verdict, misses)
    _keep()


def _show(exercise: Exercise) -> None:
    _shown().add(exercise.name)
    _keep()


def _keep() -> None:
    checked = st.session_state.get(_CHECKED, {})
    rows = {name: [answer, misses, int(name in _shown())] for name, (answer, _, misses) in checked.items()}
    st.query_params[KEPT] = json.dumps(rows, separators=(",", ":"))


def _shown() -> set[str]:
    return st.session_state.setdefault(_SHOWN, set())


def _credit(exercise: Exercise) -> bool:
    verdict = _verdict(exercise)
    return verdict is not None and bool(verdict.right) and exercise.name not in _shown()


def _say(exercise: Exercise) -> None:
    checked = st.session_state.get(_CHECKED, {}).get(exercise.name)
    if checked is None:
        return
    answer, verdict, _ = checked
    if exercise.name in _shown():
        told = verdict.sentence.removeprefix("Right: ").removeprefix("Not right: ")
        st.info(f"{told[:1].upper()}{told[1:]} It was shown, and does not count.", icon=":material/visibility:")
    elif answer != _answer(exercise):
        st.caption("The answer has changed since it was checked.")
    elif verdict.right is None:
        st.info(verdict.sentence, icon=":material/info:")
    elif verdict.right:
        st.success(verdict.sentence, icon=":material/check_circle:")
    else:
        st.warning(
            "Not right. Try again; the hint helps." if exercise.hint else "Not right. Try again.", icon=":material/cancel:"
        )


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
