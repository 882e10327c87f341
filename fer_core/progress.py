"""How far long work is: one signature for all of it, and what is at work in this process."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from fer_core.errors import Stopped

Progress = Callable[[float, str], None]
"""Called with the share that is done, 0 to 1, and a sentence; raises `Stopped` when the work is to end."""


Stop = Callable[[], bool]
"""Asked now and then; True ends the work."""


def never() -> bool:
    """Do not end the work."""
    return False


def silent(share: float, text: str) -> None:
    """Tell nobody how far the work is."""


def part(progress: Progress, start: float, end: float, text: str = "") -> Progress:
    """The progress of a part of some work: its shares 0 to 1 become `start` to `end` of the whole.

    Args:
        progress: of the whole.
        start: share of the whole where the part begins, 0 to 1.
        end: where it ends.
        text: said instead of the part's own sentences, where given.
    """
    return lambda share, words: progress(start + (end - start) * share, text or words)


@dataclass
class Work:
    """One piece of long work in this process; it is the `Progress` that the work calls, which ends it when it shall stop.

    Attributes:
        title: what is done, for people.
        started: seconds of the monotonic clock.
        share: that is done, 0 to 1.
        text: what was said last.
    """

    title: str
    started: float = field(default_factory=time.monotonic)
    share: float = 0.0
    text: str = ""
    _stop: threading.Event = field(default_factory=threading.Event, repr=False)

    def __call__(self, share: float, text: str = "") -> None:
        """Take down how far the work is.

        Raises:
            Stopped: it was asked to stop.
        """
        self.share, self.text = min(max(share, 0.0), 1.0), text
        if self._stop.is_set():
            raise Stopped

    def stop(self) -> None:
        """Ask the work to end at its next word."""
        self._stop.set()

    def stopping(self) -> bool:
        """Tell whether the work was asked to end."""
        return self._stop.is_set()

    @property
    def seconds_left(self) -> float | None:
        """Time left if it goes on as it did so far; None while that cannot be said."""
        elapsed = time.monotonic() - self.started
        return elapsed * (1 - self.share) / self.share if self.share > 0.02 and elapsed > 1 else None


_under_way: list[Work] = []
_guard = threading.Lock()


@contextmanager
def listed(work: Work) -> Iterator[Work]:
    """Have `under_way` list some work during the block."""
    with _guard:
        _under_way.append(work)
    try:
        yield work
    finally:
        with _guard:
            _under_way.remove(work)


def under_way() -> list[Work]:
    """Long work of this process, the oldest first."""
    with _guard:
        return list(_under_way)
