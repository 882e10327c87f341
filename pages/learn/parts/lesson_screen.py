"""One step of a lesson on the screen: the bar with clock and keys, the words in large type, and what is shown beside them."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from fer_core.lesson.plan import Step, schedule
from pages.learn.parts import lesson_state
from pages.learn.parts.lesson_clock import show_clock
from pages.learn.parts.lesson_numbers import filled
from pages.learn.parts.lesson_steps import PARTS, WIDE
from pages.ui.boundary import error_boundary
from pages.ui.navigation import link

NOTES = "lesson_notes"

_STYLE = """<style>
.st-key-lesson_words :is(p,li){font-size:1.32rem;line-height:1.5}
.st-key-lesson_words li{margin-bottom:.35rem}
.st-key-lesson_note p,.st-key-lesson_note li{font-size:1.02rem}
.st-key-lesson_clickers{display:none}
.stMainBlockContainer:has(.st-key-lesson_words){padding-bottom:1.5rem}
.stMainBlockContainer:has(.st-key-lesson_words) h1{padding-top:0}
@media (max-width:640px){.st-key-lesson_words :is(p,li){font-size:1.15rem}}
</style>"""


def show_step(steps: Sequence[Step], position: int) -> None:
    """Draw a step; `position` counts from 0."""
    step = steps[position]
    _bar(steps, position)
    st.title(step.title, anchor=False)
    if not step.shows or step.shows in WIDE:
        words = beside = st.container()
    else:
        words, beside = st.columns([4, 5], gap="large")
    with words:
        _words(step)
    # A part that has nothing to show ends the script: what stands below it is drawn before.
    note = words if words is not beside else st.container()
    with st.container(key="lesson_clickers"):
        st.html(_STYLE)
        _clickers(steps, position)
    if st.session_state.get(NOTES):
        with note, st.container(border=True, key="lesson_note"):
            st.markdown(":material/speaker_notes: **For the presenter**")
            st.markdown(filled(step.note) or "*There is no note for this step.*")
    if step.shows:
        with beside, error_boundary():
            PARTS[step.shows]()


def _words(step: Step) -> None:
    with st.container(key="lesson_words"):
        st.markdown(filled(step.text))
    if step.view:
        with st.container(horizontal=True, vertical_alignment="center", gap="xsmall"):
            st.caption("Full view:", width="content")
            link(step.view, icon=":material/open_in_full:", help="“Lesson” at the top of the page comes back to this step.")


def _bar(steps: Sequence[Step], position: int) -> None:
    before, after = _neighbours(steps, position)
    total = schedule(steps)[-1][1]
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="lesson_bar"):
        _move("Back", ":material/chevron_left:", before, "Left", key="lesson_back")
        st.markdown(f"**{position + 1}** of {len(steps)}", width="content")
        _move("Next", ":material/chevron_right:", after, "Right", key="lesson_next", disabled=after is None)
        with st.container(width=225):
            show_clock(end=schedule(steps)[position][1], total=total)
        running = lesson_state.clock().running
        st.button(
            "Pause" if running else "Start",
            icon=":material/pause:" if running else ":material/play_arrow:",
            on_click=lesson_state.stop_clock if running else lesson_state.run_clock,
            key="lesson_run",
        )
        st.toggle("Notes", key=NOTES, persist_state="session")
        st.button("Plan", on_click=lesson_state.go, args=(None,), key="lesson_plan")


def _clickers(steps: Sequence[Step], position: int) -> None:
    """Presenters' clickers send PageUp and PageDown; a button has one key, so these two, which are not seen, only listen."""
    before, after = _neighbours(steps, position)
    _move("Page up", None, before, "PageUp", key="lesson_page_up")
    _move("Page down", None, after, "PageDown", key="lesson_page_down", disabled=after is None)


def _neighbours(steps: Sequence[Step], position: int) -> tuple[str | None, str | None]:
    before = steps[position - 1].name if position else None
    return before, steps[position + 1].name if position + 1 < len(steps) else None


def _move(label: str, icon: str | None, target: str | None, shortcut: str, *, key: str, disabled: bool = False) -> None:
    st.button(label, icon=icon, on_click=lesson_state.go, args=(target,), shortcut=shortcut, disabled=disabled, key=key)
