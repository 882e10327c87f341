"""What transfer buys, as one JSON document: a row a trained network; figures only."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

import pandas as pd
from pydantic import BaseModel, ConfigDict, ValidationError

from fer_core.files import write_output
from fer_core.settings import ASSETS, settings

Way = Literal["scratch", "frozen", "finetuned"]
Interval = tuple[float, float]

WAYS: dict[Way, str] = {"finetuned": "Fine-tuned from ImageNet", "frozen": "Frozen backbone", "scratch": "From scratch"}
"""Where a network starts and what of it is trained, as it is written; most transfer first."""

RECORDED = ASSETS / "transfer_fer2013.json"
"""The result on FER2013 that comes with the project; figures only."""


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Cell(_Record):
    """One network to train: where it starts, the share of the training labels (0 to 1) that it sees, and its seed."""

    way: Way
    share: float
    seed: int

    @property
    def words(self) -> str:
        """`Frozen backbone, 5% of the labels, seed 0`."""
        return f"{WAYS[self.way]}, {100 * self.share:g}% of the labels, seed {self.seed}"


class Row(Cell):
    """A trained network and its scores on the test split, which it has seen once.

    Attributes:
        faces: training faces.
        epochs: epochs trained.
        best_epoch: epoch with the best validation accuracy, the one that was tested; 1 is the first.
        validation_accuracy: of that epoch, 0 to 1.
        n: test faces.
        correct: test faces that were answered as labelled.
        accuracy: correct / n.
        accuracy_ci95: Wilson interval.
        macro_f1: mean F1 of the classes, 0 to 1.
        macro_f1_ci95: percentile bootstrap.
        seconds: time that the cell took, training, validation and test together.
    """

    faces: int
    epochs: int
    best_epoch: int
    validation_accuracy: float
    n: int
    correct: int
    accuracy: float
    accuracy_ci95: Interval
    macro_f1: float
    macro_f1_ci95: Interval
    seconds: float

    @property
    def cell(self) -> Cell:
        """What was asked for, without the scores."""
        return Cell(way=self.way, share=self.share, seed=self.seed)


class Machine(_Record):
    """Where a result was made, as far as it explains the times: number of cores, processor, system."""

    cores: int
    processor: str
    system: str


class Result(_Record):
    """The whole document.

    Attributes:
        version: of the document; one of another version is not read.
        dataset: name of the data set.
        fingerprint: the data set's.
        classes: class names.
        faces: {split: faces} of the data set.
        majority_baseline: accuracy on test of always answering its most frequent class.
        macro_f1_baseline: macro F1 of the same answer.
        recipe: the settings that all cells share.
        rule: how long a cell trains, and what differs between the ways, in words.
        shares: shares of the training labels that were asked for.
        seeds: seeds for each share below 1.
        machine: where it was made.
        date: when the last row was added, ISO 8601, UTC.
        rows: one a cell that is done.
    """

    version: Literal[1] = 1
    dataset: str
    fingerprint: str
    classes: tuple[str, ...]
    faces: dict[str, int]
    majority_baseline: float
    macro_f1_baseline: float
    recipe: dict[str, Any]
    rule: str
    shares: tuple[float, ...]
    seeds: int
    machine: Machine
    date: str
    rows: tuple[Row, ...] = ()

    @property
    def cells(self) -> list[Cell]:
        """All cells that were asked for, in the order in which they are trained."""
        return plan(self.shares, self.seeds)

    @property
    def missing(self) -> list[Cell]:
        """Cells that were asked for and are not done."""
        done = {row.cell for row in self.rows}
        return [cell for cell in self.cells if cell not in done]


def plan(shares: Sequence[float], seeds: int) -> list[Cell]:
    """Every cell: the smallest share first and the three ways side by side, so that the figure grows from its left.

    With all labels there is one seed: the seeds differ most in which faces they choose, and there is nothing to choose.
    """
    ways: tuple[Way, ...] = ("frozen", "finetuned", "scratch")
    return [
        Cell(way=way, share=share, seed=seed)
        for share in sorted(set(shares))
        for seed in range(1 if share == 1 else seeds)
        for way in ways
    ]


def earlier_file(fingerprint: str) -> Path:
    """Where a result for a data set lies that was made before this was a study; may not exist."""
    return settings().workspace / "experiments" / "transfer" / f"{fingerprint}.json"


def load(path: Path) -> Result | None:
    """The result in a file; None when there is none, or it is damaged or of another version."""
    try:
        return Result.model_validate_json(path.read_bytes())
    except (OSError, ValidationError):
        return None


def save(result: Result, path: Path) -> None:
    """Write a result, or replace it atomically.

    Raises:
        InputError: the disk is full, or it cannot be written; the old file stays.
    """
    text = json.dumps(result.model_dump(mode="json"), indent=1, ensure_ascii=False) + "\n"
    write_output(path, lambda temporary: temporary.write_text(text, encoding="utf-8"))


def table(result: Result) -> pd.DataFrame:
    """One row a trained network: the columns of `Row`, with accuracy_low, accuracy_high, macro_f1_low, macro_f1_high."""
    rows = []
    for row in result.rows:
        values = row.model_dump()
        for name in ("accuracy", "macro_f1"):
            values[f"{name}_low"], values[f"{name}_high"] = values.pop(f"{name}_ci95")
        rows.append(values)
    columns = [name for name in Row.model_fields if not name.endswith("_ci95")]
    limits = ["accuracy_low", "accuracy_high", "macro_f1_low", "macro_f1_high"]
    return pd.DataFrame(rows, columns=columns + limits)


def summary(rows: pd.DataFrame, score: Literal["accuracy", "macro_f1"]) -> pd.DataFrame:
    """Mean of the seeds of each way and share, with a band around it.

    The band runs from the lowest to the highest 95% limit among the seeds, so that it holds both the chance in the choice of
    training faces and the chance in the choice of test faces, and is a plain interval where there is one seed.

    Args:
        rows: as from `table`.
        score: what is averaged.

    Returns:
        Columns way, share, faces (mean training faces), mean, low, high (shares in [0, 1]) and seeds (how many), by way in the
        order of WAYS and share.
    """
    named = rows.assign(mean=rows[score], low=rows[f"{score}_low"], high=rows[f"{score}_high"])
    grouped = named.groupby(["way", "share"], as_index=False).agg(
        faces=("faces", "mean"), mean=("mean", "mean"), low=("low", "min"), high=("high", "max"), seeds=("seed", "size")
    )
    order = grouped["way"].map({way: place for place, way in enumerate(WAYS)})
    return grouped.assign(order=order).sort_values(["order", "share"], ignore_index=True).drop(columns="order")


def machine() -> Machine:
    """Describe this machine: cores, the processor's own name where the system tells it, and the system."""
    return Machine(cores=os.cpu_count() or 1, processor=_processor(), system=platform.system())


def _processor() -> str:
    try:
        for line in Path("/proc/cpuinfo").read_text(errors="replace").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()
