"""What transfer buys: one recipe from random weights, with a frozen ImageNet backbone, and fine-tuned, on ever more labels.

A study whose settings are a way to start and a share of the labels. All are trained with the same resolution, batches, optimizer,
schedule and regularisation; see `rule` for what differs. Each network is tested once, at its best epoch on validation.
"""

from __future__ import annotations

import re
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from fer_core import runs
from fer_core.datasets.statistics import majority
from fer_core.datasets.store import Dataset, DatasetMeta, open_dataset
from fer_core.errors import DatasetError, InputError
from fer_core.evaluation.intervals import bootstrap_interval, wilson
from fer_core.evaluation.metrics import confusion_matrix, macro_f1, predicted_labels
from fer_core.evaluation.predictions import own_predictions
from fer_core.models.weights import require_weights
from fer_core.studies import records
from fer_core.studies.folders import check_name, free_name
from fer_core.studies.question import Asked, Question, Setting
from fer_core.studies.records import Cell, Result, Row, Way
from fer_core.studies.study import Member, Study, studies

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

TITLE = "What transfer buys"


def asked(dataset: Dataset, shares: Sequence[float] = SHARES, seeds: int = 1, *, name: str = "") -> Question:
    """The question of what transfer buys on a data set; nothing is written.

    Args:
        dataset: data set.
        shares: shares of the training labels, each above 0 and at most 1.
        seeds: seeds for each share below 1: they differ most in which faces they choose, and of all there is nothing to choose.
        name: of the study; by default that of the one on this data set, or a new one.

    Raises:
        InputError: shares or seeds out of range, or the name is taken or none.
        DatasetError: the data set cannot be compared on.
        WeightsError: the ImageNet weights are missing.
    """
    check_extent(shares, seeds)
    ways: tuple[Way, ...] = ("frozen", "finetuned", "scratch")
    settings = [_setting(way, share, dataset.meta) for share in sorted(set(shares)) for way in ways]
    before = None if name else of(dataset)
    if before is not None:
        name, created = before.question.name, before.question.created
    else:
        name, created = check_name(name or _free_name(dataset.name)), time.time()
    typed = {key: str(value).lower() if isinstance(value, bool) else str(value) for key, value in RECIPE.items()}
    question = Question(name=name, dataset=dataset.name, changes=typed, listed=tuple(settings), seeds=seeds, created=created)
    check(dataset, question)
    return question


def of(dataset: Dataset) -> Study | None:
    """The newest study of this kind on a data set."""
    asked = (study for study in studies() if study.question.listed and study.question.dataset == dataset.name)
    return next(asked, None)


def forget(study: Study) -> None:
    """Delete the runs of a study that are not at work, so that they are trained again.

    Raises:
        RunError: one of them cannot be deleted.
    """
    for member in study.members():
        if member.run is not None and not member.active:
            runs.delete(member.run)


def cell_of(asked: Asked) -> Cell:
    """Way, share and seed of one of its runs."""
    values = asked.setting.values
    way: Way = "scratch" if values["weights"] == "random" else "frozen" if values["full_epochs"] == "0" else "finetuned"
    return Cell(way=way, share=float(values["train_share"]), seed=asked.seed)


def _setting(way: Way, share: float, meta: DatasetMeta) -> Setting:
    epochs, head = str(planned_epochs(meta, share)), way == "frozen"
    values = {"weights": "random" if way == "scratch" else "imagenet", "train_share": f"{share:g}"}
    values |= {"head_epochs": epochs if head else "0", "full_epochs": "0" if head else epochs}
    name = f"{records.WAYS[way]}, {100 * share:g}% of the labels"
    return Setting(values=values, name=name, seeds=1 if share == 1 else None)


def _free_name(dataset: str) -> str:
    plain = re.sub(r"[^A-Za-z0-9 ._-]", "", dataset)[:16].strip(" .")
    return free_name(f"{TITLE} {plain}".strip())


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


def check(dataset: Dataset, question: Question) -> None:
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
    require_weights(question.config(question.listed[0], 0))


def shares_in(text: str) -> tuple[float, ...]:
    """Shares as they are typed, separated by commas.

    Raises:
        InputError: one of them is no number.
    """
    try:
        return tuple(float(part) for part in text.split(",") if part.strip())
    except ValueError as error:
        raise InputError(f"Shares must be numbers above 0 and at most 1, separated by commas; got '{text}'.") from error


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


def result(study: Study) -> Result:
    """What the finished runs of a study answered on the test split; nothing is computed by a network.

    Raises:
        NotFoundError: its data set is gone.
    """
    question, meta = study.question, open_dataset(study.question.dataset).meta
    members = study.members()
    rows = [(row, member.status.ended or 0.0) for member in members if member.status and (row := _row(member)) is not None]
    truth = {name: count for name, count in meta.counts["test"].items() if count}
    baseline = majority(truth)[1]
    date = max((ended for _, ended in rows), default=time.time())
    return Result(
        dataset=meta.name,
        fingerprint=meta.fingerprint,
        classes=meta.classes,
        faces={split: sum(counts.values()) for split, counts in meta.counts.items()},
        majority_baseline=baseline,
        macro_f1_baseline=2 * baseline / (1 + baseline) / len(truth),
        recipe=members[0].config.model_dump(mode="json", include={*question.changes, "augmentation"}),
        rule=rule(meta),
        shares=tuple(sorted({cell_of(member.asked).share for member in members})),
        seeds=question.seeds,
        machine=records.machine(),
        date=datetime.fromtimestamp(date, UTC).isoformat(timespec="seconds"),
        rows=tuple(row for row, _ in sorted(rows, key=lambda pair: pair[1])),
    )


def _row(member: Member) -> Row | None:
    run, training = member.run, member.run.training() if member.run else None
    table = own_predictions(run, "test") if run is not None and member.finished else None
    if run is None or table is None or training is None or member.status is None:
        return None
    classes = run.classes()
    matrix = confusion_matrix(table["label"], predicted_labels(table, classes), classes)
    n, correct = int(matrix.sum()), int(matrix.diagonal().sum())
    epochs = len(run.epochs())
    return Row(
        **cell_of(member.asked).model_dump(),
        faces=sum(training.counts.get("train", {}).values()),
        epochs=epochs,
        best_epoch=member.status.best_epoch or epochs,
        validation_accuracy=member.status.best_score or 0.0,
        n=n,
        correct=correct,
        accuracy=correct / n,
        accuracy_ci95=wilson(correct, n),
        macro_f1=float(macro_f1(matrix)),
        macro_f1_ci95=bootstrap_interval(matrix, macro_f1),
        seconds=training.seconds,
    )


def _steps(faces: int) -> int:
    return max(1, faces // BATCH)
