"""Where a lesson is: its plan, step and stage on the screen, the clock; all of it is kept in the session and the address."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path

import streamlit as st

from fer_core.escape import markdown
from fer_core.lesson.plan import Clock, Step, read_clock, read_plan, shortened
from fer_core.settings import settings
from pages.ui.navigation import places

FOLDER = Path(__file__).resolve().parents[1] / "words" / "lesson"

STEP, STAGE, SINCE, CLOCK, PLAN = "step", "stage", "since", "clock", "plan"
"""Query parameters: the step's name, its stage from 1, the clock's seconds when it was opened, the clock as `Clock.to_text`
writes it, and `short` for the short plan."""

SHORT = "short"

_PLACE, _CLOCK, _WRITTEN, _PLAN = "_lesson_place", "_lesson_clock", "_lesson_address", "_lesson_plan"


@dataclass(frozen=True)
class Place:
    """What is on the screen.

    Attributes:
        step: name of the step; None before the lesson and after it.
        stage: of the step, from 0.
        since: seconds on the clock when the step was opened.
        ended: the lesson was led to its end.
    """

    step: str | None = None
    stage: int = 0
    since: float = 0.0
    ended: bool = False


def folder() -> Path:
    """Folder of the steps: the lecturer's own, or ours."""
    return settings().lesson or FOLDER


def plan(parts: list[str], numbers: list[str]) -> tuple[Step, ...]:
    """The steps of the chosen plan, read again when a file of the folder has changed.

    Args:
        parts: what a step may show.
        numbers: what words may name in braces.

    Raises:
        InputError: a lecturer's edit is not usable.
    """
    steps = _plan(str(folder()), stamps(folder()), tuple(parts), tuple(numbers))
    return (shortened(steps) or steps) if is_short() else steps


def is_short() -> bool:
    """Whether the short plan is chosen; an address that was opened says so too."""
    if _PLAN not in st.session_state:
        st.session_state[_PLAN] = st.query_params.get(PLAN) == SHORT
    return bool(st.session_state[_PLAN])


def choose_plan(*, short: bool) -> None:
    """Choose the short plan or the whole; for a widget."""
    st.session_state[_PLAN] = short
    _write()


def stamps(folder: Path) -> tuple[tuple[str, int], ...]:
    """Names and modification times of a folder's Markdown files: changes when one of them does."""
    return tuple((path.name, path.stat().st_mtime_ns) for path in sorted(folder.glob("*.md")))


def position(steps: tuple[Step, ...]) -> int | None:
    """Place of the step on the screen, from 0; None before the lesson. An address that was opened wins over the session."""
    names = [step.name for step in steps]
    state, query = st.session_state, st.query_params
    linked, stage = query.get(STEP), query.get(STAGE, "1")
    if _CLOCK not in state:
        state[_CLOCK] = read_clock(query.get(CLOCK, ""), time.time())
    if linked and (linked, stage) != state.get(_WRITTEN):
        if linked in names:
            since = query.get(SINCE, "")
            since = float(since) if since.isdecimal() else clock().elapsed(time.time())
            state[_PLACE] = Place(linked, int(stage) - 1 if stage.isdecimal() and stage != "0" else 0, since)
        else:
            st.toast(f"The lesson has no step '{markdown(linked)}' any more; it begins here.", icon=":material/info:")
    at = place()
    if at.step is not None and at.step not in names:
        state[_PLACE] = Place()
    _write()
    return None if place().step is None else names.index(str(place().step))


def place() -> Place:
    """What is on the screen."""
    return st.session_state.get(_PLACE, Place())


def clock() -> Clock:
    """The clock of this session."""
    return st.session_state.get(_CLOCK, Clock())


def go(name: str | None, stage: int = 0) -> None:
    """Show a step, or with None the page before the lesson; for a button."""
    since = place().since if name == place().step else clock().elapsed(time.time())
    st.session_state[_PLACE] = Place(name, stage, since)
    _write()


def forward(steps: tuple[Step, ...]) -> None:
    """Turn to the next stage or step; after the last one the lesson ends. For a button."""
    position, stage = _whereabouts(steps)
    if stage + 1 < steps[position].stages:
        go(steps[position].name, stage + 1)
    elif position + 1 < len(steps):
        go(steps[position + 1].name)
    else:
        stop_clock()
        st.session_state[_PLACE] = Place(ended=True)
        _write()


def backward(steps: tuple[Step, ...]) -> None:
    """Turn to the stage or step before, with all of it revealed; before the first nothing changes. For a button."""
    position, stage = _whereabouts(steps)
    if stage:
        go(steps[position].name, stage - 1)
    elif position:
        go(steps[position - 1].name, steps[position - 1].stages - 1)


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


def _whereabouts(steps: tuple[Step, ...]) -> tuple[int, int]:
    position = next((number for number, step in enumerate(steps) if step.name == place().step), 0)
    return position, min(place().stage, steps[position].stages - 1)


def _write() -> None:
    now = place()
    shown = now.step is not None
    stage = str(now.stage + 1)
    st.session_state[_WRITTEN] = (now.step, stage)
    texts = {
        STEP: now.step or "",
        STAGE: stage if shown and now.stage else "",
        SINCE: f"{now.since:.0f}" if shown and now.since >= 1 else "",
        CLOCK: clock().to_text(),
        PLAN: SHORT if is_short() else "",
    }
    for key, text in texts.items():
        if text and st.query_params.get(key) != text:
            st.query_params[key] = text
        elif not text and key in st.query_params:
            del st.query_params[key]


@st.cache_data(max_entries=4, show_spinner=False)
def _plan(folder: str, stamps: tuple[tuple[str, int], ...], parts: tuple[str, ...], numbers: tuple[str, ...]) -> tuple[Step, ...]:
    return read_plan(Path(folder), parts=parts, views=places(), numbers=numbers)
