"""A line of progress on stderr, for commands that take more than a second."""

from __future__ import annotations

import contextlib
import sys
import time


def clear_line() -> None:
    """Remove the progress line from the terminal; nothing happens where stderr is none."""
    if sys.stderr.isatty():
        print("\r\033[K", end="", file=sys.stderr)


class ProgressLine(contextlib.AbstractContextManager["ProgressLine"]):
    """A progress line on stderr, only when that is a terminal; foresees the time left from the share done."""

    def __init__(self) -> None:
        self._start = time.time()

    def show(self, share: float, sentence: str = "", *, seconds_left: float | None = None) -> None:
        """Draw the line for a share done, 0 to 1."""
        if not sys.stderr.isatty():
            return
        elapsed = time.time() - self._start
        left = seconds_left if seconds_left is not None else elapsed * (1 - share) / share if share > 0.02 else None
        remaining = "" if left is None else f", {left:.0f} s left"
        print(f"\r\033[K{share:4.0%} {sentence}{remaining}"[:150], end="", file=sys.stderr, flush=True)

    def __exit__(self, *_: object) -> None:
        clear_line()
