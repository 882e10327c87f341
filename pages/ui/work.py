"""Long work beside the view: it goes on when the viewer changes the page, and shows its progress again when they come back."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from fer_core import numbers, progress
from fer_core.classroom.rights import RightName
from fer_core.errors import FerError
from fer_core.escape import markdown
from pages.ui.access import may_write, require_write


@contextmanager
def progress_bar(title: str) -> Iterator[progress.Progress]:
    """Draw a bar while the block runs; yields the `Progress` that moves it."""
    place = st.empty()
    started = time.monotonic()
    drawn = -1.0

    def report(share: float, text: str) -> None:
        nonlocal drawn
        now = time.monotonic()
        if now - drawn < 0.1 and share < 1:
            return
        drawn = now
        place.progress(min(max(share, 0.0), 1.0), text=sentence(title, share, text, now - started))

    place.progress(0.0, text=f"{title} …")
    try:
        yield report
    finally:
        place.empty()


def sentence(title: str, share: float, text: str, seconds: float) -> str:
    """Say where the work is: `Reading files, 40%, about 20 s left`; the title stands where there is no text.

    Time left is the elapsed time, scaled by what is still to do.
    """
    parts = [text or title, numbers.percent(share, 0)]
    if 0.02 < share < 1 and seconds > 1:
        parts.append(f"{numbers.roughly(seconds * (1 - share) / share)} left")
    return ", ".join(parts)


@dataclass
class Work(progress.Work):
    """One piece of work in a thread of its own; the thread draws nothing, it only leaves its progress here."""

    done: bool = False
    result: Any = None
    error: BaseException | None = None


@st.cache_resource(show_spinner=False)
def _board() -> tuple[threading.Lock, dict[str, Work]]:
    return threading.Lock(), {}


def start_work(key: str, title: str, function: Callable[[progress.Work], Any], right: RightName | None = None) -> Work:
    """Start `function(work)`, which calls the work as its `Progress`, unless this key is at work or waits to be collected.

    Raises:
        InputError: the viewer may only look on; what takes long is kept for all, and holds up the machine for all.
    """
    lock, board = _board()
    with lock:
        if key in board:
            return board[key]
        require_write(right)
        work = board[key] = Work(title)
    threading.Thread(target=_run, args=(work, function), daemon=True, name=f"work-{key}").start()
    return work


def current_work(key: str) -> Work | None:
    """Work of this key that is under way, or has ended and was not collected yet."""
    return _board()[1].get(key)


def collect_work(key: str) -> None:
    """Forget work that has ended."""
    lock, board = _board()
    with lock:
        if key in board and board[key].done:
            del board[key]


def watch_work(key: str) -> Any:
    """Show a progress bar and a stop until the work of this key ends, and forget it.

    Returns:
        What the work returned; None when another view of the same work has collected it meanwhile.

    Raises:
        FerError: the work ended with it; `Stopped` when somebody has stopped it.
    """
    work = current_work(key)
    if work is None:
        return None
    place = st.empty()
    with place.container(horizontal=True, vertical_alignment="center"):
        bar = st.progress(0.0, text=f"{markdown(work.title)} …")
        held = work.stopping() or not may_write()
        st.button("Stop", icon=":material/stop:", key=f"stop {key}", on_click=work.stop, disabled=held)
    while not work.done:
        bar.progress(
            work.share, text=sentence(markdown(work.title), work.share, markdown(work.text), time.monotonic() - work.started)
        )
        time.sleep(0.1)
    place.empty()
    collect_work(key)
    if work.error is not None:
        raise work.error
    return work.result


def follow_work(key: str, failure: DeltaGenerator | None = None) -> None:
    """Watch work that goes on while other pages are looked at, and draw the view anew when it has ended.

    Args:
        key: of the work.
        failure: where the sentence is shown when the work ends with a FerError; None for here.
    """
    st.caption("This continues while you use other pages.")
    try:
        watch_work(key)
    except FerError as error:
        place = st.container() if failure is None else failure
        place.error(markdown(str(error)), icon=":material/error:")
    else:
        st.rerun()


def asked_anew(name: str, *, help: str) -> bool:
    """A quiet button beside a result that was kept; True when the viewer wants it made once more."""
    return st.button("Make it anew", type="tertiary", icon=":material/refresh:", key=f"anew {name}", help=help)


def _run(work: Work, function: Callable[[progress.Work], Any]) -> None:
    try:
        with progress.listed(work):
            work.result = function(work)
    except Exception as error:
        work.error = error
    finally:
        work.done = True
