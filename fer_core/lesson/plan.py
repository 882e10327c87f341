"""The plan of a lesson: its steps, read from Markdown files, and the clock that runs beside them."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

from fer_core.lesson.sheets import Sheet, read_sheets

MOST_MINUTES = 180.0
"""A step that is planned for longer is a slip of the pen."""

FORGOTTEN = 12 * 3600.0
"""Seconds after which a clock in an address is one of another day."""


@dataclass(frozen=True)
class Step:
    """One step of the lesson, which fills one screen.

    Attributes:
        name: what it is called in the address.
        title: its heading.
        minutes: how long it is planned to take.
        shows: name of what the app shows beside the words; empty for words alone.
        view: script of the full view below the folder `pages`, without `.py`, such as `learn/data`; empty for none.
        text: Markdown for the class.
        note: Markdown for whoever presents.
    """

    name: str
    title: str
    minutes: float
    shows: str
    view: str
    text: str
    note: str


def read_plan(folder: Path, *, parts: Collection[str], views: Collection[str]) -> tuple[Step, ...]:
    """The steps in the order of their files.

    Args:
        folder: holds one `.md` file a step.
        parts: what a step may show.
        views: views that a step may lead to.

    Raises:
        InputError: a file is not usable; the sentence names it, and says what to write.
    """
    sheets = read_sheets(folder, required=("title", "minutes"), optional=("shows", "view"), parts=("note",))
    return tuple(_step(sheet, parts, views) for sheet in sheets)


def schedule(steps: Sequence[Step]) -> list[tuple[float, float]]:
    """(begin, end) of each step in minutes from the start of the lesson."""
    ends: list[float] = []
    for step in steps:
        ends.append((ends[-1] if ends else 0.0) + step.minutes)
    return list(zip([0.0, *ends[:-1]], ends, strict=True))


@dataclass(frozen=True)
class Clock:
    """Time since the lesson began; it can be stopped.

    Attributes:
        kept: seconds that had passed when it was last stopped.
        since: when it was last started, in seconds since the epoch; None while it stands still.
    """

    kept: float = 0.0
    since: float | None = None

    @property
    def running(self) -> bool:
        """Whether the clock runs."""
        return self.since is not None

    def elapsed(self, now: float) -> float:
        """Seconds that have passed, pauses left out; never below 0."""
        return max(0.0, self.kept + (now - self.since if self.since is not None else 0.0))

    def started(self, now: float) -> Clock:
        """Start the clock: a copy of it that runs."""
        return self if self.running else Clock(self.kept, now)

    def stopped(self, now: float) -> Clock:
        """Stop the clock: a copy of it that stands still."""
        return Clock(self.elapsed(now))

    def to_text(self) -> str:
        """The clock for an address: `r` and the time at which it would have shown 0, or `p` and its seconds; empty at 0."""
        if self.since is not None:
            return f"r{self.since - self.kept:.0f}"
        return f"p{self.kept:.0f}" if self.kept >= 1 else ""


def read_clock(text: str, now: float) -> Clock:
    """The clock of an address; one at 0 where the text is no clock, or one of another day."""
    match = re.fullmatch(r"([rp])(\d{1,12})", text)
    if match is None:
        return Clock()
    clock = Clock(0.0, float(match[2])) if match[1] == "r" else Clock(float(match[2]))
    ahead = clock.since is not None and clock.since > now + 1
    return Clock() if ahead or clock.elapsed(now) > FORGOTTEN else clock


def _step(sheet: Sheet, parts: Collection[str], views: Collection[str]) -> Step:
    shows, view = sheet.settings.get("shows", ""), sheet.settings.get("view", "")
    if shows and shows not in parts:
        raise sheet.wrong(f"there is nothing called '{shows}' to show; allowed are {', '.join(parts)}.")
    if view and view not in views:
        raise sheet.wrong(f"there is no view '{view}'; name one such as {', '.join(sorted(views)[:3])}.")
    return Step(sheet.name, sheet.settings["title"], _minutes(sheet), shows, view, sheet.text, sheet.parts.get("note", ""))


def _minutes(sheet: Sheet) -> float:
    given = sheet.settings["minutes"]
    try:
        minutes = float(given.replace(",", "."))
    except ValueError:
        minutes = 0.0
    if not 0 < minutes <= MOST_MINUTES:
        raise sheet.wrong(f"minutes must be a number above 0 and at most {MOST_MINUTES:g}; got '{given}'.")
    return minutes
