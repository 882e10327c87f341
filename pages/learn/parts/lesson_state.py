"""Where a lesson is: its plan, the step on the screen, the clock; step and clock are kept in the session and the address."""

from __future__ import annotations

import time
from pathlib import Path

import streamlit as st

from fer_core.escape import markdown
from fer_core.lesson.plan import Clock, Step, read_clock, read_plan
from pages.ui.navigation import places

FOLDER = Path(__file__).resolve().parents[1] / "words" / "lesson"

STEP, CLOCK = "step", "clock"
"""Query parameters: the step's name, and the clock as `Clock.to_text` writes it."""

_STEP, _CLOCK, _WRITTEN = "_lesson_step", "_lesson_clock", "_lesson_address"


def plan(parts: list[str]) -> tuple[Step, ...]:
    """The steps, read again when a file of the folder has changed.

    Raises:
        InputError: a lecturer's edit is not usable.
    """
    return _plan(str(FOLDER), stamps(FOLDER), tuple(parts))


def stamps(folder: Path) -> tuple[tuple[str, int], ...]:
    """Names and modification times of a folder's Markdown files: changes when one of them does."""
    return tuple((path.name, path.stat().st_mtime_ns) for path in sorted(folder.glob("*.md")))


def position(steps: tuple[Step, ...]) -> int | None:
    """Place of the step on the screen, from 0; None before the lesson. An address that was opened wins over the session."""
    names = [step.name for step in steps]
    state = st.session_state
    linked, written = st.query_params.get(STEP), state.get(_WRITTEN)
    if linked and linked != written and linked not in names:
        st.toast(f"The lesson has no step '{markdown(linked)}' any more; it begins here.", icon=":material/info:")
    if linked in names and linked != written:
        state[_STEP] = linked
    if _CLOCK not in state:
        state[_CLOCK] = read_clock(st.query_params.get(CLOCK, ""), time.time())
    name = state.get(_STEP)
    name = name if name in names else None
    _write(name)
    return None if name is None else names.index(name)


def clock() -> Clock:
    """The clock of this session."""
    return st.session_state.get(_CLOCK, Clock())


def go(name: str | None) -> None:
    """Show a step, or with None the page before the lesson; for a button."""
    st.session_state[_STEP] = name
    _write(name)


def begin(name: str) -> None:
    """Show the first step and start the clock; for a button."""
    run_clock()
    go(name)


def run_clock() -> None:
    """Start the clock; for a button."""
    st.session_state[_CLOCK] = clock().started(time.time())


def stop_clock() -> None:
    """Stop the clock; for a button."""
    st.session_state[_CLOCK] = clock().stopped(time.time())


def reset_clock() -> None:
    """Set the clock to 0, standing still; for a button."""
    st.session_state[_CLOCK] = Clock()


def _write(name: str | None) -> None:
    st.session_state[_WRITTEN] = name
    for key, text in ((STEP, name or ""), (CLOCK, clock().to_text())):
        if text and st.query_params.get(key) != text:
            st.query_params[key] = text
        elif not text and key in st.query_params:
            del st.query_params[key]


@st.cache_data(max_entries=4, show_spinner=False)
def _plan(folder: str, stamps: tuple[tuple[str, int], ...], parts: tuple[str, ...]) -> tuple[Step, ...]:
    return read_plan(Path(folder), parts=parts, views=places())
