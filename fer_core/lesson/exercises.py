"""Exercises: read from Markdown files, and answers checked against what the app computes."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Literal

from fer_core import numbers
from fer_core.datasets.store import Dataset
from fer_core.evaluation.metrics import Evaluation
from fer_core.lesson.sheets import Sheet, read_sheets
from fer_core.runs import Run

Kind = Literal["number", "share", "choice", "text", "deed"]
Given = Mapping[str, str | int]

_SCALES = {"": 1.0, "k": 1e3, "thousand": 1e3, "m": 1e6, "mio": 1e6, "million": 1e6, "millions": 1e6, "bn": 1e9, "billion": 1e9}
_SPACES = re.compile(r"[\s'’_\u00a0\u202f]+")


@dataclass(frozen=True)
class Known:
    """Scores of a run on something, as they are known without computing anything.

    Attributes:
        title: what it was evaluated on, as views name it.
        evaluation: the scores.
    """

    title: str
    evaluation: Evaluation


@dataclass(frozen=True)
class Desk:
    """What a student works with.

    Attributes:
        dataset: the chosen data set.
        run: the chosen run.
        scores: scores of a run on the chosen data set; None where it has not looked at it yet.
    """

    dataset: Dataset | None
    run: Run | None
    scores: Callable[[Run], Known | None]


@dataclass(frozen=True)
class Verdict:
    """What is said to an answer.

    Attributes:
        right: None where it could not be checked.
        sentence: the computed number and where it comes from, or what to do first.
    """

    right: bool | None
    sentence: str


@dataclass(frozen=True)
class Rule:
    """How a kind of exercise is checked.

    Attributes:
        kind: what an answer is: a number, a share (per cent or 0 to 1), one of some options, a text, or a deed, which needs
            no words.
        given: numbers and names that a sheet may set, with their defaults.
        check: verdict on an answer.
        options: what can be chosen; for `choice` alone.
    """

    kind: Kind
    given: Given
    check: Callable[[Desk, Given, str], Verdict]
    options: Callable[[Desk, Given], list[str]] | None = None


@dataclass(frozen=True)
class Exercise:
    """One exercise of a folder of sheets.

    Attributes:
        name: stable name, from the file's.
        title: its heading.
        teaches: what one knows after it, the end of a sentence; may be empty.
        text: the question, Markdown.
        hint: Markdown; may be empty.
        view: script of the view where the answer can be found, as in a lesson's step; may be empty.
        rule: how it is checked.
        given: the rule's numbers and names, as this sheet sets them.
    """

    name: str
    title: str
    teaches: str
    text: str
    hint: str
    view: str
    rule: Rule
    given: Given


def read_exercises(folder: Path, *, rules: Mapping[str, Rule], views: Sequence[str]) -> tuple[Exercise, ...]:
    """The exercises in the order of their files.

    Args:
        folder: holds one `.md` file an exercise.
        rules: what the setting `check` may name.
        views: what the setting `view` may name.

    Raises:
        InputError: a file is not usable; the sentence names it, and says what to write.
    """
    settings = dict.fromkeys(key for rule in rules.values() for key in rule.given)
    sheets = read_sheets(folder, required=("title", "check"), optional=("view", "teaches", *settings), parts=("hint",))
    return tuple(_exercise(sheet, rules, views) for sheet in sheets)


def check(exercise: Exercise, desk: Desk, answer: str) -> Verdict:
    """Verdict on an answer; an empty one is not judged, and neither is a number that cannot be read."""
    if exercise.rule.kind != "deed" and not answer.strip():
        return Verdict(None, "Write an answer first.")
    if exercise.rule.kind in ("number", "share") and not readings(answer):
        return Verdict(None, f"“{answer.strip()}” cannot be read as a number; write one such as 1,234 or 12.5.")
    return exercise.rule.check(desk, exercise.given, answer)


def readings(text: str) -> tuple[float, ...]:
    """Everything that a typed number can mean: `1,234` is 1234 and 1.234, `3.2 million` is 3,200,000, `24 %` is 24.

    Blanks and apostrophes between digits, a comma or a point as decimal mark, and words such as million are understood.
    """
    plain = _SPACES.sub("", text.strip().lower()).removeprefix("≈").removeprefix("~").removeprefix("about")
    match = re.fullmatch(r"([+-]?)([\d.,]*\d)(?:[e](\d{1,2}))?(%|percent|[a-z]*)", plain)
    if match is None:
        return ()
    sign, digits, power, unit = match.groups()
    scale = 1.0 if unit in ("%", "percent") else _SCALES.get(unit, 0.0)
    if not scale:
        return ()
    factor = scale * 10 ** int(power or 0) * (-1 if sign == "-" else 1)
    meant: list[float] = []
    for decimal, thousands in ((".", ","), (",", ".")):
        whole, _, rest = digits.partition(decimal)
        groups = whole.split(thousands)
        grouped = len(groups) == 1 or (1 <= len(groups[0]) <= 3 and all(len(group) == 3 for group in groups[1:]))
        if grouped and "".join(groups).isdigit() and (not rest or rest.isdigit()):
            meant.append(float(f"{''.join(groups)}.{rest or 0}") * factor)
    return tuple(dict.fromkeys(meant))


def judge_number(answer: str, truth: float, *, tolerance: float, source: str, unit: str = "") -> Verdict:
    """Verdict on a number.

    Args:
        answer: as typed; the reading that is nearest counts.
        truth: the computed number.
        tolerance: how far an answer may be off, as a share of the truth; 0 asks for the number itself.
        source: where the truth comes from, the end of a sentence.
        unit: what is counted, after the number.
    """
    nearest = min(readings(answer), key=lambda value: abs(value - truth))
    shown = f"{truth:,.0f}" if float(truth).is_integer() else f"{truth:,.2f}"
    return _verdict(abs(nearest - truth) <= tolerance * abs(truth) + 1e-9, f"{shown}{unit and ' '}{unit}", source)


def judge_share(answer: str, truth: float, *, points: float, source: str) -> Verdict:
    """Verdict on a share in [0, 1], typed as per cent or as a fraction; `points` percentage points off are right."""
    per_cent = "%" in answer or "percent" in answer.lower()
    meant = [value / 100 for value in readings(answer)] + ([] if per_cent else list(readings(answer)))
    right = any(abs(value - truth) <= points / 100 + 1e-9 for value in meant)
    return _verdict(right, numbers.percent(truth, 1 if points >= 0.1 else 2), source)


def judge_choice(answer: str, right: Sequence[str], *, source: str) -> Verdict:
    """Verdict on one of some options; several may be right."""
    return _verdict(answer in right, " or ".join(right), source)


def to_markdown(rows: Sequence[tuple[Exercise, str, Verdict | None, int]], *, about: str) -> str:
    """The answers as a document.

    Args:
        rows: exercise, answer, last verdict (None when it was not checked) and how often it was checked.
        about: whose answers, on which data set and run, when.
    """
    right = sum(1 for _, _, verdict, _ in rows if verdict is not None and verdict.right)
    lines = ["# Exercises", "", about, "", f"{right} of {len(rows)} right.", ""]
    for number, (exercise, answer, verdict, times) in enumerate(rows, start=1):
        lines += [f"## {number}. {exercise.title}", "", exercise.text, ""]
        if exercise.rule.kind != "deed":
            lines += [f"**Answer:** {_plain(answer) or '(none)'}", ""]
        state = "not checked" if verdict is None else {True: "right", False: "not right", None: "open"}[verdict.right]
        lines += [f"**Checked:** {state}, {times} times" if times > 1 else f"**Checked:** {state}", ""]
        lines += [verdict.sentence, ""] if verdict is not None else []
    return "\n".join(lines)


def pairs(classes: Sequence[str]) -> list[tuple[str, str]]:
    """All (true, answered) pairs of different classes, in the order of the classes."""
    return [(true, answered) for true, answered in product(classes, classes) if true != answered]


def _verdict(right: bool, truth: str, source: str) -> Verdict:
    return Verdict(right, f"{'Right' if right else 'Not right'}: it is {truth}, {source}.")


def _plain(answer: str) -> str:
    return re.sub(r"([\\`*_\[\]<>#|])", r"\\\1", " ".join(answer.split()))


def _exercise(sheet: Sheet, rules: Mapping[str, Rule], views: Sequence[str]) -> Exercise:
    named, view = sheet.settings["check"], sheet.settings.get("view", "")
    if named not in rules:
        raise sheet.wrong(f"there is no check '{named}'; allowed are {', '.join(rules)}.")
    if view and view not in views:
        raise sheet.wrong(f"there is no view '{view}'; name one such as {', '.join(sorted(views)[:3])}.")
    rule = rules[named]
    given: dict[str, str | int] = dict(rule.given)
    for key, value in sheet.settings.items():
        if key in ("title", "check", "teaches", "view"):
            continue
        if key not in given:
            raise sheet.wrong(f"the check '{named}' has no setting '{key}'; it has {', '.join(given) or 'none'}.")
        given[key] = _typed(sheet, key, value, given[key])
    text, hint = (_filled(words, given) for words in (sheet.text, sheet.parts.get("hint", "")))
    return Exercise(sheet.name, sheet.settings["title"], sheet.settings.get("teaches", ""), text, hint, view, rule, given)


def _typed(sheet: Sheet, key: str, value: str, default: str | int) -> str | int:
    if isinstance(default, str):
        return value
    try:
        return int(value)
    except ValueError:
        raise sheet.wrong(f"{key} must be a whole number; got '{value}'.") from None


def _filled(text: str, given: Given) -> str:
    words = {key: str(value).replace("_", " ") for key, value in given.items()}
    return re.sub(r"\{(\w+)\}", lambda hole: words.get(hole[1], hole[0]), text)
