"""How much of a run is left on other data sets: runs by data sets, on the classes that both know, without what was trained on."""

from __future__ import annotations

import json
from collections.abc import Sequence, Set
from dataclasses import asdict, dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd

from fer_core import numbers
from fer_core.datasets.meta import SPLITS
from fer_core.datasets.signature import leaked
from fer_core.datasets.store import Dataset, list_datasets, open_dataset
from fer_core.errors import InputError
from fer_core.evaluation.intervals import bootstrap_interval, wilson
from fer_core.evaluation.metrics import confusion_matrix, macro_f1
from fer_core.evaluation.predictions import LOGIT, find_split, predict_split
from fer_core.predictor import Predictor, corrected, load_predictor
from fer_core.progress import Progress, part, silent
from fer_core.runs import Run, open_run
from fer_core.runs.version import logits_version
from fer_core.settings import ASSETS

UNASKED = "not asked yet"

FEW = 30
"""A score of fewer faces is marked: its interval is wider than most differences."""

ALL = "all"
"""What stands for all splits together: a data set without a test split, which the run has nothing to do with."""

RECORDED = ASSETS / "matrix.json"
"""What the runs that ship answered to data sets that do not: the document that the command `matrix --json` prints."""


@dataclass(frozen=True)
class Cell:
    """A run on a data set.

    Attributes:
        run: its id.
        dataset: its name.
        split: whose faces were asked: test, or `ALL` where a data set of others has none.
        is_own: whether the run was trained on this data set.
        classes: that both know; answers are chosen among them.
        n: faces that are scored.
        left_out: {exact, near, person}: faces of these classes that leaked from training.
        accuracy: share of right answers; None where nothing can be scored.
        accuracy_ci95: Wilson interval.
        macro_f1: mean F1 over the classes that occur.
        macro_f1_ci95: percentile bootstrap.
        majority_baseline: share of the most frequent class among the scored faces.
        reason: why there is no score, in a few words; empty where there is one.
    """

    run: str
    dataset: str
    split: str
    is_own: bool
    classes: tuple[str, ...] = ()
    n: int = 0
    left_out: dict[str, int] | None = None
    accuracy: float | None = None
    accuracy_ci95: tuple[float, float] | None = None
    macro_f1: float | None = None
    macro_f1_ci95: tuple[float, float] | None = None
    majority_baseline: float | None = None
    reason: str = ""

    @property
    def is_small(self) -> bool:
        """Whether it rests on fewer than `FEW` faces."""
        return 0 < self.n < FEW


@dataclass(frozen=True)
class Matrix:
    """Runs by data sets.

    Attributes:
        runs: {id: name}, in order.
        datasets: names, in order.
        cells: of each run, in its order, a cell for each data set, in theirs.
        versions: {id: digest of what the run's logits depend on}.
        fingerprints: {name: fingerprint} of the data sets.
    """

    runs: dict[str, str]
    datasets: tuple[str, ...]
    cells: tuple[Cell, ...]
    versions: dict[str, str] = field(default_factory=dict)
    fingerprints: dict[str, str] = field(default_factory=dict)

    def cell(self, run: str, dataset: str) -> Cell:
        """The cell of a run and a data set."""
        return next(cell for cell in self.cells if (cell.run, cell.dataset) == (run, dataset))

    def to_dict(self) -> dict[str, Any]:
        """The JSON document of `matrix --json`: plain types, numbers unrounded."""
        cells = [{**asdict(cell), "classes": list(cell.classes)} for cell in self.cells]
        return {
            "runs": self.runs,
            "versions": self.versions,
            "datasets": list(self.datasets),
            "fingerprints": self.fingerprints,
            "cells": cells,
        }

    @property
    def unasked(self) -> int:
        """Number of cells that asking the run would fill."""
        return sum(cell.reason == UNASKED for cell in self.cells)


def across(runs: Sequence[str], datasets: Sequence[str], *, progress: Progress = silent) -> Matrix:
    """Score runs on data sets; answers that are kept are taken, others are computed and kept.

    Args:
        runs: ids, at least one.
        datasets: names, at least one.
        progress: called while answers are computed; may raise `Stopped`, and what was computed until then is kept.

    Raises:
        InputError: there is no run or no data set.
        NotFoundError: there is none of that name.
        RunError: a run has no model.
    """
    wanted = tuple(dict.fromkeys(open_dataset(name).name for name in datasets))
    opened = [open_run(run_id) for run_id in dict.fromkeys(runs)]
    if not opened or not wanted:
        raise InputError("A matrix needs at least one run and one data set; name them.")
    cells = []
    for number, run in enumerate(opened):
        predictor = load_predictor(run)
        for place, name in enumerate(wanted):
            start = (number + place / len(wanted)) / len(opened)
            mine = part(progress, start, start + 1 / len(opened) / len(wanted), f"{run.about().name} on {name}")
            mine(0.0, "")
            cells.append(_scored(run, open_dataset(name), predictor, mine))
    return Matrix(
        {run.id: run.about().name for run in opened},
        wanted,
        tuple(cells),
        {run.id: logits_version(run) for run in opened},
        {name: open_dataset(name).meta.fingerprint for name in wanted},
    )


def known_across(runs: Sequence[Run]) -> Matrix | None:
    """The matrix of what is kept already, without asking a network; None where no run was asked about another data set.

    Data sets that no run was asked about are left out. Those that are not there, and of which figures of these runs ship, are
    called `NAME, recorded`.
    """
    metas = list_datasets()
    cells = [_scored(run, open_dataset(meta.name), None, silent) for run in runs for meta in metas]
    asked = [meta.name for meta in metas if any(cell.dataset == meta.name and cell.n for cell in cells)]
    recorded = _recorded(runs, {meta.fingerprint for meta in metas})
    names = (*asked, *dict.fromkeys(cell.dataset for cell in recorded))
    by_place = {(cell.run, cell.dataset): cell for cell in (*cells, *recorded)}
    missing = "not recorded, and the data set is not here"
    kept = tuple(
        by_place.get((run.id, name), Cell(run.id, name, "test", is_own=False, reason=missing)) for run in runs for name in names
    )
    if not any(cell.n and not cell.is_own for cell in kept):
        return None
    return Matrix({run.id: run.about().name for run in runs}, names, kept)


def _recorded(runs: Sequence[Run], here: Set[str]) -> list[Cell]:
    """Cells that ship of these runs, while they answer as they did then, on data sets that are not here."""
    stored = json.loads(RECORDED.read_text(encoding="utf-8"))
    names = {name for name, fingerprint in stored["fingerprints"].items() if fingerprint not in here}
    same = {run.id for run in runs if stored["versions"].get(run.id) == logits_version(run) and not run.calibration().prior_tau}
    return [
        Cell(
            **cell
            | {"dataset": f"{cell['dataset']}, recorded"}
            | {name: tuple(cell[name]) for name in ("classes", "accuracy_ci95", "macro_f1_ci95")}
        )
        for cell in stored["cells"]
        if cell["run"] in same and cell["dataset"] in names
    ]


def takeaway(matrix: Matrix) -> str:
    """The one sentence: how much is left on other data sets, of the run that holds its own best; plain text."""
    best: tuple[float, Cell, Cell] | None = None
    for run in matrix.runs:
        mine = [cell for cell in matrix.cells if cell.run == run and cell.accuracy is not None]
        own = next((cell for cell in mine if cell.is_own), None)
        others = [cell for cell in mine if not cell.is_own]
        if own is None or not others:
            continue
        worst = min(others, key=lambda cell: cell.accuracy or 0.0)
        if best is None or (worst.accuracy or 0.0) > best[0]:
            best = (worst.accuracy or 0.0, own, worst)
    if best is None:
        scored = [cell for cell in matrix.cells if cell.accuracy is not None]
        if not scored:
            return "None of these runs can be scored on these data sets."
        top = max(scored, key=lambda cell: cell.accuracy or 0.0)
        return f"The highest accuracy is {top.accuracy:.0%}, of {matrix.runs[top.run]} on {top.dataset}."
    _, own, worst = best
    return (
        f"{matrix.runs[own.run]} is right on {own.accuracy:.0%} of its own data set's faces, and on {worst.accuracy:.0%} of "
        f"those of {worst.dataset}, where always answering the most frequent class gives {worst.majority_baseline:.0%}."
    )


def cell_words(cell: Cell) -> str:
    """Everything that a cell says, as plain text: scores with intervals, n, baseline, and what was left out."""
    if cell.accuracy is None or cell.accuracy_ci95 is None or cell.macro_f1 is None or cell.macro_f1_ci95 is None:
        return f"no score, {cell.reason}"
    left = ", ".join(f"{n:,} {how}" for how, n in (cell.left_out or {}).items() if n)
    return (
        f"accuracy {numbers.percent(cell.accuracy)} ({numbers.interval(*cell.accuracy_ci95)}), macro F1 "
        f"{numbers.percent(cell.macro_f1)} ({numbers.interval(*cell.macro_f1_ci95)}), majority baseline "
        f"{numbers.percent(cell.majority_baseline)}, {numbers.sample(cell.n)}, {len(cell.classes)} classes, {cell.split}"
        + (f"; left out as leaked: {left}" if left else "")
    )


def _scored(run: Run, dataset: Dataset, predictor: Predictor | None, progress: Progress) -> Cell:
    """The cell of a run and a data set; without a predictor from what is kept alone."""
    training = run.training()
    is_own = training is not None and (training.fingerprint == dataset.meta.fingerprint or training.dataset == dataset.name)
    has_test = any(dataset.meta.counts.get("test", {}).values())
    cell = Cell(run.id, dataset.name, "test" if has_test or is_own else ALL, is_own)
    common = tuple(name for name in dataset.meta.classes if name in run.classes())
    if len(common) < 2:
        return replace(cell, classes=common, reason="fewer than two classes in common")
    if is_own and not has_test:
        return replace(cell, classes=common, reason="no test split: its other faces chose or taught it")
    try:
        answers = _answers(run, dataset, cell.split, predictor, progress)
    except InputError as error:
        return replace(cell, classes=common, reason=str(error))
    if answers is None:
        return replace(cell, classes=common, reason=UNASKED)
    return _counted(cell, common, run, dataset, answers)


def _answers(run: Run, dataset: Dataset, split: str, predictor: Predictor | None, progress: Progress) -> pd.DataFrame | None:
    names = [name for name in (SPLITS if split == ALL else (split,)) if any(dataset.meta.counts.get(name, {}).values())]
    tables = []
    for number, name in enumerate(names):
        if predictor is None:
            tables.append(find_split(run, dataset, name))
        else:
            mine = part(progress, number / len(names), (number + 1) / len(names))
            tables.append(predict_split(run, dataset, name, predictor=predictor, progress=mine))
    whole = [table for table in tables if table is not None and len(table)]
    return pd.concat(whole, ignore_index=True) if whole and len(whole) == len(tables) else None


def _counted(cell: Cell, common: tuple[str, ...], run: Run, dataset: Dataset, answers: pd.DataFrame) -> Cell:
    """Count the answers for faces of the common classes, chosen among these, without what leaked from training."""
    mine = answers[answers["label"].isin(common)].reset_index(drop=True)
    samples = dataset.samples.set_index("id", drop=False).loc[mine["sample"]]
    report = leaked(samples, run.training_samples())
    left_out = {name: int(getattr(report, name).sum()) for name in ("exact", "near", "person")}
    mine = mine[~report.any]
    if mine.empty:
        return replace(cell, classes=common, left_out=left_out, reason="every face was in training")
    known = run.classes()
    logits = corrected(mine[[LOGIT + name for name in known]].to_numpy(np.float32), run.calibration())
    logits = logits[:, [known.index(name) for name in common]]
    given = np.array(common, object)[logits.argmax(axis=1)]
    counts = confusion_matrix(mine["label"], given, common)
    n, right = int(counts.sum()), int(np.trace(counts))
    return replace(
        cell,
        classes=common,
        n=n,
        left_out=left_out,
        accuracy=right / n,
        accuracy_ci95=wilson(right, n),
        macro_f1=float(macro_f1(counts)),
        macro_f1_ci95=bootstrap_interval(counts, macro_f1),
        majority_baseline=float(counts.sum(axis=1).max() / n),
    )
