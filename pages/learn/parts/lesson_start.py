"""Before the lesson: the plan, what to look over, and a clean slate for the next group."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from fer_core.escape import markdown
from fer_core.lesson.plan import Step, schedule
from fer_core.lesson.preflight import Check, preflight
from pages.learn.parts import class_results, lesson_handout, lesson_keys, lesson_notes, lesson_state, quiz, quiz_board
from pages.ui.access import may_write, require_write
from pages.ui.question import ask, question
from pages.ui.state import selected_dataset

SYMBOLS: dict[str, tuple[str, str, str]] = {
    "good": ("Good", ":material/check_circle:", "green"),
    "careful": ("Look", ":material/warning:", "orange"),
    "missing": ("Missing", ":material/cancel:", "red"),
}
"""How the state of a check is written: word, symbol, colour."""

_CLEARED = ("lesson_face", "lesson_notes")


def show_plan(steps: Sequence[Step]) -> None:
    """The steps with their times; each can be opened."""
    with st.container(gap="xxsmall"):
        for number, (step, (begin, end)) in enumerate(zip(steps, schedule(steps), strict=True), start=1):
            st.button(
                f"{number}. {step.title} :gray[· minute {begin:g} to {end:g}]",
                on_click=lesson_state.go,
                args=(step.name,),
                key=f"lesson_open_{step.name}",
                type="tertiary",
                wrap=True,
            )


def show_start(steps: Sequence[Step]) -> None:
    """The buttons that begin, go on, and clear."""
    clock = lesson_state.clock()
    if lesson_state.place().ended:
        st.success("The lesson is over. What the class found stays until *Next group*.", icon=":material/flag:")
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button(
            "Continue from the first step" if clock.kept or clock.running else "Begin the lesson",
            type="primary",
            icon=":material/play_arrow:",
            on_click=lesson_state.begin,
            args=(steps[0].name,),
            key="lesson_begin",
        )
        lesson_notes.offer()
        st.button("Handout", icon=":material/print:", on_click=lesson_handout.open_it, key="lesson_handout")
        if may_write() and st.button("Next group …", icon=":material/restart_alt:", key="lesson_reset"):
            ask("lesson", True)
        with st.popover("Keys", icon=":material/keyboard:"):
            lesson_keys.say_keys()
    st.caption("The clock starts with the lesson, which hides menu and pickers: F is full screen, Esc comes back here.")
    question(
        "lesson",
        "Begin again for another group?",
        text=lambda _: (
            "The clock, the step, what the class has expected, and **all answers to the quiz** are cleared, those from "
            "other browsers too. Data sets, runs and answers to exercises stay."
        ),
        yes="Clear them",
        no="Keep them",
        act=_clear,
    )


def choose_plan() -> None:
    """The choice between the whole plan and the short one."""
    plans = {"The whole lesson": False, "The short one": True}
    chosen = st.segmented_control(
        "Plan",
        list(plans),
        default=next(name for name, short in plans.items() if short == lesson_state.is_short()),
        required=True,
        key="lesson_plans",
        label_visibility="collapsed",
    )
    if plans[str(chosen)] != lesson_state.is_short():
        lesson_state.choose_plan(short=plans[str(chosen)])
        st.rerun()


def show_preflight() -> None:
    """What was found on this machine, line by line."""
    checks = preflight(selected_dataset())
    good = sum(check.state == "good" for check in checks)
    st.markdown(f"{good} of {len(checks)} are good. Nothing in the lesson needs an internet connection.")
    for check in checks:
        _row(check)
    st.button("Look again", icon=":material/refresh:", key="lesson_look_again")


def _row(check: Check) -> None:
    word, icon, tone = SYMBOLS[check.state]
    advice = f" *{markdown(check.advice)}*" if check.advice else ""
    st.markdown(f":{tone}-badge[{icon} {word}] **{check.subject}.** {markdown(check.found)}{advice}")


def _clear(_: object) -> None:
    require_write()
    quiz_board.clear()
    class_results.clear()
    st.query_params.pop(quiz.ADDRESS, None)
    for key in list(st.session_state):
        if str(key).startswith(("quiz_", "quiz-")) or key in _CLEARED:
            del st.session_state[key]
    lesson_state.reset_clock()
    lesson_state.go(None)
