"""A progress bar that says how long it will still take."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import streamlit as st

from fer_core import numbers


@contextmanager
def progress_bar(title: str) -> Iterator[Callable[..., None]]:
    """A bar that is there while the block runs; yields `report(share, text="")`, share from 0 to 1."""
    place = st.empty()
    started = time.monotonic()
    drawn = -1.0

    def report(share: float, text: str = "") -> None:
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
        parts.append(f"{roughly(seconds * (1 - share) / share)} left")
    return ", ".join(parts)


def roughly(seconds: float) -> str:
    """Write an estimate no finer than it is: `some seconds`, `about 40 s`, `about 5 min`, `about 2 h`, rounded up."""
    if seconds <= 10:
        return "some seconds"
    if seconds <= 50:
        return f"about {-(-seconds // 10) * 10:.0f} s"
    minutes = -(-seconds // 60)
    if minutes > 10:
        minutes = -(-minutes // 5) * 5
    return f"about {minutes:.0f} min" if minutes < 60 else f"about {-(-minutes // 60):.0f} h"


def duration(seconds: float) -> str:
    """`12 s`, `3 min 20 s`, `1 h 5 m`."""
    whole = max(0, round(seconds))
    if whole < 60:
        return f"{whole} s"
    minutes, rest = divmod(whole, 60)
    if minutes < 60:
        return f"{minutes} min {rest} s" if rest and minutes < 10 else f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} m" if minutes else f"{hours} h"
