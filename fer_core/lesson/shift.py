"""Domain shift as it was recorded: a run that knows photographs and one that knows drawn faces, each tested on both."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from fer_core import numbers
from fer_core.lesson.domain import Cell, lost
from fer_core.settings import ASSETS
from fer_core.studies.records import Interval, Machine

Kind = Literal["drawn", "photographs"]

RECORDED = ASSETS / "domain_shift.json"
"""The four cells that come with the project, made by `benchmarks.domain_shift`; figures only."""

_WORDS: dict[str, str] = {"drawn": "drawn faces", "photographs": "photographs"}


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Recipe(_Record):
    """How the run on drawn faces was trained.

    Attributes:
        preset: name of the preset.
        changes: settings that differ from it, as typed.
        faces: training faces.
        best_epoch: the epoch that was tested; 1 is the first.
        seconds: time that the training took.
    """

    preset: str
    changes: dict[str, str]
    faces: int
    best_epoch: int | None
    seconds: float


class ShiftCell(_Record):
    """One run on the test split of one data set; shares are in [0, 1].

    Attributes:
        run: the run's name.
        trained_on: name of the data set that it learned from.
        trained_kind: what that holds.
        tested_on: name of the data set that it was tested on.
        tested_kind: what that holds.
        n: test faces.
        skipped: test faces of classes that the run does not know.
        accuracy: share of right answers.
        accuracy_ci95: Wilson interval.
        macro_f1: mean F1 of the classes.
        macro_f1_ci95: percentile bootstrap.
        majority_baseline: accuracy of always answering the most frequent class of these faces.
        recall: {class: recall}; None where there is no face of it.
    """

    run: str
    trained_on: str
    trained_kind: Kind
    tested_on: str
    tested_kind: Kind
    n: int = Field(ge=1)
    skipped: int
    accuracy: float
    accuracy_ci95: Interval
    macro_f1: float
    macro_f1_ci95: Interval
    majority_baseline: float
    recall: dict[str, float | None]


class Shift(_Record):
    """The whole document: when and where it was made, how the run on drawn faces was trained, the four cells."""

    version: Literal[1] = 1
    date: datetime
    machine: Machine
    recipe: Recipe
    cells: tuple[ShiftCell, ...] = Field(min_length=4, max_length=4)


def load(path: Path) -> Shift | None:
    """The recorded cells in a file; None when there is none, or it is damaged or of another version."""
    try:
        return Shift.model_validate_json(path.read_bytes())
    except (OSError, ValidationError):
        return None


def as_cells(shift: Shift) -> list[Cell]:
    """The four cells as the view shows those of any run, in the order of the document."""
    return [
        Cell(
            run=f"recorded {cell.trained_kind}",
            run_name=cell.run,
            dataset=cell.tested_on,
            trained_on=cell.trained_kind,
            tested_on=cell.tested_kind,
            home=cell.trained_on == cell.tested_on,
            state="known",
            recorded=True,
            n=cell.n,
            skipped=cell.skipped,
            accuracy=cell.accuracy,
            ci95=cell.accuracy_ci95,
            baseline=cell.majority_baseline,
        )
        for cell in shift.cells
    ]


def reading(shift: Shift) -> str:
    """One sentence: the points of accuracy that each direction costs, or gains."""
    cells, parts = as_cells(shift), []
    for kind in ("photographs", "drawn"):
        pair = lost([cell for cell in cells if cell.trained_on == kind])
        if pair is None:
            continue
        before, after = (cell.accuracy or 0.0 for cell in pair)
        parts.append(
            f"trained on {_WORDS[kind]}, a run goes from {numbers.percent(before)} on such faces to "
            f"{numbers.percent(after)} on {_WORDS[pair[1].tested_on]} (**{numbers.points(after - before)} points**)"
        )
    sentence = "; ".join(parts)
    return f"{sentence[:1].upper()}{sentence[1:]}." if sentence else ""
