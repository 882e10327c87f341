"""What transfer buys: one recipe from random weights, with a frozen ImageNet backbone, and fine-tuned, on ever more labels.

Every cell is trained with the same resolution, batches, optimizer, schedule and regularisation; see `RULE` for what differs.
The result is kept after each cell, so that an experiment that was interrupted goes on where it stopped.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Protocol

from fer_core.datasets.statistics import majority
from fer_core.datasets.store import Dataset, DatasetMeta, open_dataset
from fer_core.errors import DatasetError, InputError, Stopped
from fer_core.models.weights import require_weights
from fer_core.progress import Progress
from fer_core.runs.config import RunConfig, preset_config
from fer_core.runs.records import Stage
from fer_core.studies import records
from fer_core.studies.comparison import Comparison, comparison
from fer_core.studies.records import Cell, Result, Row
from fer_core.studies.work import Report, stage
from fer_core.training.speed import estimate

SHARES: tuple[float, ...] = (0.01, 0.05, 0.2, 1.0)
"""Shares of the training labels."""

MAX_SEEDS = 10
MAX_STEPS = 3000
"""Most optimizer steps of a cell."""

MAX_PASSES = 6
"""Most passes over all training faces: on few faces the whole comparison takes minutes."""

MAX_EPOCHS = 40
"""Most epochs of a cell: each is followed by a validation pass, which costs most where there are few labels."""

BATCH = 32

RECIPE: dict[str, Any] = {
    "backbone": "mobilenet",
    "resolution": 64,
    "fine_map": True,
    "batch_size": BATCH,
    "head_learning_rate": 2e-3,
    "head_features": "cached",
    "full_learning_rate": 8e-4,
    "batch_norm": "adapt",
    "dropout": 0.3,
    "weight_decay": 5e-3,
    "label_smoothing": 0.1,
    "class_weighting": "none",
    "logit_adjustment": 0.0,
    "ema": 0.0,
    "start_epochs": 0,
    "early_stopping": 0,
    "monitor": "accuracy",
    "flip": False,
    "drop_duplicates": True,
    "precision": "auto",
}
"""What all cells share, whatever the presets are."""

_CELL_SECONDS = 12.0


class Trainer(Protocol):
    """Trains one cell and tests it once; `fer_core.studies.cells.train_cell` is the real one."""

    def __call__(self, dataset: Dataset, cell: Cell, config: RunConfig, job: Comparison, progress: Progress) -> Row:
        """Returns the row; raises `Stopped` when a stop is asked for, and leaves nothing behind."""


def cell_config(cell: Cell, meta: DatasetMeta) -> RunConfig:
    """The RunConfig of a cell: the common recipe, its weights, the part that is trained, and its epochs."""
    epochs = planned_epochs(meta, cell.share)
    own: dict[str, Any] = {"weights": "random" if cell.way == "scratch" else "imagenet", "head_epochs": 0, "full_epochs": epochs}
    if cell.way == "frozen":
        own |= {"head_epochs": epochs, "full_epochs": 0}
    return preset_config(meta.name, "standard", **RECIPE, **own, train_share=cell.share, seed=cell.seed)


def planned_faces(meta: DatasetMeta, share: float) -> int:
    """Training faces of a share before duplicates are left out: the share of each class, at least one."""
    return sum(max(1, round(count * share)) for count in meta.counts.get("train", {}).values() if count)


def planned_epochs(meta: DatasetMeta, share: float) -> int:
    """Epochs of a cell: as many as make the same number of steps at every share, within the bounds of this module."""
    every = _steps(planned_faces(meta, 1.0))
    steps = min(MAX_STEPS, MAX_PASSES * every)
    return min(MAX_EPOCHS, max(1, round(steps / _steps(planned_faces(meta, share)))))


def rule(meta: DatasetMeta) -> str:
    """How long the cells train on this data set, and what differs between the ways, in words."""
    steps = min(MAX_STEPS, MAX_PASSES * _steps(planned_faces(meta, 1.0)))
    return (
        f"Each network takes about {steps:,} optimizer steps of {BATCH} faces, however few labels there are, but at most "
        f"{MAX_EPOCHS} epochs; the epoch with the best validation accuracy is tested, once. From scratch and fine-tuned, all "
        "layers are trained, on augmented faces; with the frozen backbone the head alone, on features that are computed once, "
        "so without augmentation. Training faces that are duplicates of validation or test faces are left out."
    )


def check(dataset: Dataset) -> None:
    """See that the comparison can be made on a data set.

    Raises:
        DatasetError: a split is empty, or there are fewer than two classes to learn.
        WeightsError: the ImageNet weights are missing.
    """
    for split in ("train", "validation", "test"):
        if not sum(dataset.meta.counts.get(split, {}).values()):
            raise DatasetError(f"Data set '{dataset.name}' has no {split} faces, and the comparison needs all three splits.")
    if sum(count > 0 for count in dataset.meta.counts["train"].values()) < 2:
        raise DatasetError(f"Data set '{dataset.name}' has training faces of one class only; at least two are needed.")
    require_weights(cell_config(Cell(way="finetuned", share=1.0, seed=0), dataset.meta))


def check_extent(shares: Sequence[float], seeds: int) -> None:
    """See that shares and seeds are in range.

    Raises:
        InputError: a share is not above 0 and at most 1, none was given, or seeds is not from 1 to MAX_SEEDS.
    """
    wrong = [share for share in shares if not 0 < share <= 1]
    if wrong or not shares:
        raise InputError(f"Shares must be above 0 and at most 1, separated by commas; got {wrong[0] if wrong else 'none'}.")
    if not 1 <= seeds <= MAX_SEEDS:
        raise InputError(f"Seeds must be from 1 to {MAX_SEEDS}; got {seeds}.")


def prepared(dataset: Dataset, shares: Sequence[float], seeds: int, *, anew: bool = False) -> Result:
    """The result to go on with: kept rows of the same data and recipe, or none; nothing is written."""
    meta = dataset.meta
    truth = {name: count for name, count in meta.counts["test"].items() if count}
    baseline = majority(truth)[1]
    empty = Result(
        dataset=meta.name,
        fingerprint=meta.fingerprint,
        classes=meta.classes,
        faces={split: sum(counts.values()) for split, counts in meta.counts.items()},
        majority_baseline=baseline,
        macro_f1_baseline=2 * baseline / (1 + baseline) / len(truth),
        recipe=cell_config(Cell(way="finetuned", share=1.0, seed=0), meta).model_dump(
            mode="json", include={*RECIPE, "augmentation"}
        ),
        rule=rule(meta),
        shares=tuple(sorted(set(shares))),
        seeds=seeds,
        machine=records.machine(),
        date=_now(),
    )
    kept = None if anew else records.load(records.result_file(meta.fingerprint))
    if kept is None or (kept.recipe, kept.rule) != (empty.recipe, empty.rule):
        return empty
    return empty.model_copy(update={"rows": kept.rows, "date": kept.date, "machine": kept.machine})


@dataclass(frozen=True)
class Forecast:
    """Seconds that each cell is expected to take, and the seconds that the finished ones took."""

    expected: Mapping[Cell, float]

    def left(self, todo: Sequence[Cell], share: float, took: Mapping[Cell, float]) -> float:
        """Seconds left: the first of `todo` is done to `share`, and the foreseen times are corrected by what cells took."""
        if not todo:
            return 0.0
        foreseen = sum(self.expected[cell] for cell in took)
        factor = sum(took.values()) / foreseen if foreseen else 1.0
        return factor * (sum(self.expected[cell] for cell in todo) - share * self.expected[todo[0]])


def forecast(cells: Sequence[Cell], meta: DatasetMeta) -> Forecast:
    """Expected seconds of each cell, from the speeds that were measured on this machine; no TensorFlow needed."""
    whole = estimate(cell_config(Cell(way="finetuned", share=1.0, seed=0), meta), meta)
    head = estimate(cell_config(Cell(way="frozen", share=1.0, seed=0), meta), meta)
    rates = {part.phase: part.images_per_second for part in (*whole.phases, *head.phases)}
    checked, tested = (sum(meta.counts[split].values()) for split in ("validation", "test"))
    expected = {}
    for cell in cells:
        faces = planned_faces(meta, cell.share)
        epochs = planned_epochs(meta, cell.share)
        seconds = _CELL_SECONDS + tested / rates["features"]
        if cell.way == "frozen":
            seconds += epochs * faces / rates["head"] + (meta.n / rates["features"] if cell == cells[0] else 0.0)
        else:
            seconds += epochs * (faces / rates["full"] + checked / rates["features"])
        expected[cell] = seconds
    return Forecast(expected)


def compare(
    name: str,
    *,
    shares: Sequence[float] = SHARES,
    seeds: int = 1,
    anew: bool = False,
    train: Trainer | None = None,
    report: Report | None = None,
) -> Result:
    """Train and test all cells that are not done yet; the result is kept after each of them.

    Takes the machine's training slot for one cell at a time, so that it never runs beside a training, and lets trainings that
    wait go first.

    Args:
        name: data set.
        shares: shares of the training labels, each above 0 and at most 1.
        seeds: seeds for each share below 1.
        anew: forget what was kept.
        train: trains a cell; the real trainer by default.
        report: called with where the experiment is, whenever that changes.

    Returns:
        The result; some cells are missing when it was stopped.

    Raises:
        InputError: shares or seeds out of range.
        NotFoundError: no such data set.
        DatasetError: the data set cannot be compared on.
        WeightsError: the ImageNet weights are missing.
        RunError: another process is making this comparison, or the result cannot be kept.
    """
    check_extent(shares, seeds)
    dataset = open_dataset(name)
    check(dataset)
    job = comparison(dataset.meta.fingerprint)
    with job.mine(report) as writer:
        result = prepared(dataset, shares, seeds, anew=anew)
        todo = result.missing
        ahead = forecast(todo, dataset.meta)
        total, took = len(result.cells), dict[Cell, float]()
        while todo and not job.stopping:
            now = _stage(todo, total, 0.0, ahead.left(todo, 0.0, took))

            def within(share: float, _text: str, todo: list[Cell] = todo) -> None:
                writer.progress(_stage(todo, total, share, ahead.left(todo, share, took)))

            with job.slot(lambda now=now: writer.state("queued", progress=now)) as held:  # type: ignore[misc]
                start, row = time.monotonic(), None
                if held:
                    writer.state("running", progress=now)
                    row = _train(train, dataset, todo[0], job, within)
            if row is None:
                break
            took[todo[0]] = time.monotonic() - start
            rows = (*result.rows, row.model_copy(update={"seconds": round(took[todo[0]], 1)}))
            result = result.model_copy(update={"rows": rows, "date": _now()})
            records.save(result, job.result)
            todo = todo[1:]
        end = stage("comparison", total - len(todo), total)
        writer.state("stopped" if todo else "finished", progress=end, ended=time.time())
    return result


def _stage(todo: list[Cell], total: int, share: float, seconds_left: float) -> Stage:
    note = todo[0].words
    return stage("comparison", total - len(todo), total, note=note, share=share, seconds_left=seconds_left)


def _train(train: Trainer | None, dataset: Dataset, cell: Cell, job: Comparison, progress: Progress) -> Row | None:
    if train is None:
        from fer_core.studies.cells import train_cell

        train = train_cell
    try:
        return train(dataset, cell, cell_config(cell, dataset.meta), job, progress)
    except Stopped:
        return None


def _steps(faces: int) -> int:
    return max(1, faces // BATCH)


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
