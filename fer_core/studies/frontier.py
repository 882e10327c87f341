"""What a longer training buys: accuracy and minutes of each preset, of a script that a student would copy, and of trials."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import pandas as pd
from pydantic import BaseModel, ConfigDict, Field

from fer_core.evaluation.intervals import wilson
from fer_core.settings import ASSETS

RECORDED = ASSETS / "presets_fer2013.json"
"""What was measured on FER2013; `benchmarks/RESULTS.md` says how. Figures only."""


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Point(_Record):
    """One training.

    Attributes:
        kind: a preset, the student's script, or a trial.
        name: of the preset as it is typed, or what it is called.
        minutes: that it took.
        accuracy: on validation, in [0, 1].
        note: what the minutes hold, or how it differs from the others.
        n: faces, where they are not those of the document.
    """

    kind: Literal["preset", "student", "trial"]
    name: str
    minutes: float = Field(gt=0)
    accuracy: float = Field(ge=0, le=1)
    note: str
    n: int | None = None


class Frontier(_Record):
    """The whole document: on what it was measured, with how many faces and on which machine, and one row a training."""

    version: Literal[1] = 1
    dataset: str
    split: Literal["validation"]
    n: int = Field(ge=1)
    majority_baseline: float
    machine: str
    rows: tuple[Point, ...] = Field(min_length=1)

    def table(self) -> pd.DataFrame:
        """Columns kind, name, minutes, accuracy, note, low, high (95 %, Wilson); a row a training."""
        limits = [wilson(round(row.accuracy * n), n) for row in self.rows for n in (row.n or self.n,)]
        table = pd.DataFrame([row.model_dump() for row in self.rows])
        return table.assign(low=[low for low, _ in limits], high=[high for _, high in limits])


def recorded(path: Path = RECORDED) -> Frontier:
    """What comes with the project."""
    return Frontier.model_validate_json(path.read_bytes())
