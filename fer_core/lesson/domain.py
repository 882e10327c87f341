"""How a run does on faces from elsewhere: every run on the test split of every data set, from answers that are kept already."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from fer_core.datasets.store import Dataset
from fer_core.errors import FerError
from fer_core.evaluation.intervals import wilson
from fer_core.evaluation.metrics import confusion_matrix, predicted_labels
from fer_core.evaluation.predictions import Source, find_predictions, sources
from fer_core.runs import SHIPPED, Run

Domain = Literal["drawn", "photographs", "unknown"]
State = Literal["known", "missing", "impossible"]

SPLIT = "test"
"""Runs are compared on this split: none has learned from it at home."""


@dataclass(frozen=True)
class Cell:
    """One run on one data set.

    Attributes:
        run: the run's id.
        run_name: its name.
        dataset: name of the data set.
        trained_on: what the run was trained on.
        tested_on: what the data set holds.
        home: the run was trained on this very data set (its train split).
        state: `known`; `missing` when the answers have not been computed; `impossible` when no class is common.
        recorded: from figures that ship with the run, without pictures.
        n: faces of classes that the run knows.
        skipped: faces of classes that it does not know.
        accuracy: in [0, 1]; None unless known.
        ci95: Wilson interval; None unless known.
        baseline: accuracy of always answering the most frequent class here; None unless known.
    """

    run: str
    run_name: str
    dataset: str
    trained_on: Domain
    tested_on: Domain
    home: bool
    state: State
    recorded: bool
    n: int
    skipped: int
    accuracy: float | None = None
    ci95: tuple[float, float] | None = None
    baseline: float | None = None

    @property
    def shifted(self) -> bool:
        """Whether training and test faces are of different kinds, both known."""
        return "unknown" not in (self.trained_on, self.tested_on) and self.trained_on != self.tested_on


def trained_on(run: Run, datasets: Sequence[Dataset]) -> Domain:
    """What kind of faces a run has learned from, as far as the data set is still there."""
    training = run.training()
    if training is None:
        return "unknown"
    for data in datasets:
        if data.meta.fingerprint == training.fingerprint:
            return domain(data)
    return "photographs" if run.id in SHIPPED else "unknown"


def domain(data: Dataset) -> Domain:
    """What kind of faces a data set holds."""
    return "drawn" if data.meta.drawn else "photographs"


def cells(run: Run, datasets: Sequence[Dataset]) -> list[Cell]:
    """A run on the test split of each data set, its own data set first; figures recorded with it where that is not there.

    Answers are read, never computed. A run that cannot be read has no cells.
    """
    training = run.training()
    if training is None:
        return []
    kind = trained_on(run, datasets)
    ordered = sorted(datasets, key=lambda data: data.meta.fingerprint != training.fingerprint)
    known = [_cell(run, data, source, kind) for data in ordered for source in _test(run, data)]
    # Recorded figures belong to data that are not here: asked once, with no data set, and dropped where a set has the pictures.
    if not any(cell.home or (cell.dataset == training.dataset and cell.state == "known") for cell in known):
        recorded = [source for source in sources(run, None) if source.split == SPLIT]
        known = [_cell(run, None, source, kind) for source in recorded] + known
    return known


def _test(run: Run, data: Dataset) -> list[Source]:
    return [source for source in sources(run, data) if source.split == SPLIT and not source.recorded]


def _cell(run: Run, data: Dataset | None, source: Source, kind: Domain) -> Cell:
    training = run.training()
    home = source.recorded or (data is not None and training is not None and data.meta.fingerprint == training.fingerprint)
    cell = Cell(
        run=run.id,
        run_name=run.about().name,
        dataset=source.dataset,
        trained_on=kind,
        tested_on=kind if data is None else domain(data),
        home=home,
        state="missing" if source.n else "impossible",
        recorded=source.recorded,
        n=source.n,
        skipped=sum(source.skipped.values()),
    )
    if source.n == 0:
        return cell
    try:
        predictions = find_predictions(run, data, source)
    except FerError:
        return cell
    if predictions is None:
        return cell
    classes = run.classes()
    matrix = confusion_matrix(predictions["label"], predicted_labels(predictions, classes), classes)
    right, n = int(matrix.trace()), int(matrix.sum())
    return replace(cell, state="known", accuracy=right / n, ci95=wilson(right, n), baseline=float(matrix.sum(axis=1).max() / n))


def lost(known: Sequence[Cell]) -> tuple[Cell, Cell] | None:
    """Of one run's cells, the one at home and the shifted one with the lowest accuracy; None where one of them is not known."""
    home = next((cell for cell in known if cell.home and cell.state == "known"), None)
    away = [cell for cell in known if cell.shifted and cell.state == "known"]
    return None if home is None or not away else (home, min(away, key=lambda cell: cell.accuracy or 0.0))
