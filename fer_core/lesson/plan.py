"""The plan of a lesson: its steps, read from Markdown files, and the clock that runs beside them."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from fer_core.lesson.sheets import Sheet, read_sheets

MOST_MINUTES = 180.0
"""A step that is planned for longer is a slip of the pen."""

PAUSE = r"(?m)^\. \. \.[ \t]*$"
"""A line of three dots with spaces between them, as in Pandoc: what follows waits for the next key."""

PICTURES = (".png", ".jpg", ".jpeg", ".webp")
"""Endings of a lecturer's own pictures."""

FORGOTTEN = 12 * 3600.0
"""Seconds after which a clock in an address is one of another day."""


@dataclass(frozen=True)
class Step:
    """One step of the lesson, which fills one screen; it has stages, and the answer comes with the last of them.

    Attributes:
        name: what it is called in the address.
        title: its heading.
        minutes: how long it is planned to take.
        short: the same in the short plan; 0 where that leaves it out.
        shows: what the app shows beside the words, one a stage; the last stays. Empty for words alone.
        view: script of the full view below the folder `pages`, without `.py`, such as `learn/data`; empty for none.
        texts: Markdown for the class; each stage adds one to those before it.
        note: Markdown for whoever presents.
    """

    name: str
    title: str
    minutes: float
    short: float
    shows: tuple[str, ...]
    view: str
    texts: tuple[str, ...]
    note: str

    @property
    def stages(self) -> int:
        """How many keys it takes to go through it; at least 1."""
        return max(len(self.texts), len(self.shows), 1)

    def text(self, stage: int) -> str:
        """Words of a stage, counted from 0, with those before it."""
        return "\n\n".join(filter(None, self.texts[: stage + 1]))

    def part(self, stage: int) -> str:
        """What the app shows at a stage, counted from 0; empty for nothing."""
        return self.shows[min(stage, len(self.shows) - 1)] if self.shows else ""


def read_plan(
    folder: Path, *, parts: Collection[str], views: Collection[str], numbers: Collection[str] | None = None
) -> tuple[Step, ...]:
    """The steps in the order of their files.

    Args:
        folder: holds one `.md` file a step, and the pictures that they show.
        parts: what a step may show, pictures of the folder aside.
        views: views that a step may lead to.
        numbers: what words may name in braces; None for anything.

    Raises:
        InputError: a file is not usable; the sentence names it and the line, and says what to write.
    """
    optional = ("shows", "view", "short")
    sheets = read_sheets(folder, required=("title", "minutes"), optional=optional, parts=("note",))
    for sheet in sheets:
        _check_words(sheet, numbers)
    return tuple(_step(sheet, folder, parts, views) for sheet in sheets)


def shortened(steps: Sequence[Step]) -> tuple[Step, ...]:
    """The short plan: the steps that name their minutes in it; empty where none does."""
    return tuple(replace(step, minutes=step.short) for step in steps if step.short)


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


def _step(sheet: Sheet, folder: Path, parts: Collection[str], views: Collection[str]) -> Step:
    shows = tuple(filter(None, (name.strip() for name in sheet.settings.get("shows", "").split(","))))
    for name in shows:
        if name.lower().endswith(PICTURES):
            if Path(name).name != name or not (folder / name).is_file():
                raise sheet.wrong(f"there is no picture '{name}' beside it; copy it into the folder {folder.name}.", at="shows")
        elif name not in parts:
            allowed = f"allowed are {', '.join(parts)}, and pictures of the folder"
            raise sheet.wrong(f"there is nothing called '{name}' to show; {allowed}.", at="shows")
    view = sheet.settings.get("view", "")
    if view and view not in views:
        raise sheet.wrong(f"there is no view '{view}'; name one such as {', '.join(sorted(views)[:3])}.", at="view")
    minutes = _minutes(sheet, "minutes")
    short = _minutes(sheet, "short") if "short" in sheet.settings else 0.0
    texts = tuple(text.strip() for text in re.split(PAUSE, sheet.text))
    return Step(sheet.name, sheet.settings["title"], minutes, short, shows, view, texts, sheet.parts.get("note", ""))


def _minutes(sheet: Sheet, key: str) -> float:
    given = sheet.settings[key]
    try:
        minutes = float(given.replace(",", "."))
    except ValueError:
        minutes = 0.0
    if not 0 < minutes <= MOST_MINUTES:
        raise sheet.wrong(f"{key} must be a number above 0 and at most {MOST_MINUTES:g}; got '{given}'.", at=key)
    return minutes


def _check_words(sheet: Sheet, numbers: Collection[str] | None) -> None:
    """Refuse what would stand on the screen as code: numbers that nobody computes, and pictures between words."""
    for line, words in enumerate(sheet.lines, start=1):
        plain = re.sub(r"`[^`]*`|\$[^$]*\$", "", words)
        if "![" in plain:
            raise sheet.wrong("pictures do not stand between words; name the file in the setting 'shows'.", line=line)
        for hole in re.findall(r"\{(\w+)\}", plain):
            if numbers is not None and hole not in numbers:
                raise sheet.wrong(f"there is no number '{hole}'; allowed are {', '.join(numbers)}.", line=line)
