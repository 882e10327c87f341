"""Commands about experiments: compare-transfer."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from fer_core.commands.output import Add, import_tensorflow, print_json
from fer_core.commands.progress_line import ProgressLine
from fer_core.errors import InputError, RunError
from fer_core.files import require_places

if TYPE_CHECKING:
    from fer_core.datasets.store import Dataset
    from fer_core.progress import Progress
    from fer_core.runs.config import RunConfig
    from fer_core.runs.records import Status
    from fer_core.studies.comparison import Comparison
    from fer_core.studies.records import Cell, Result, Row


def register(add: Add) -> None:
    """Add these commands to the parser."""
    summary = (
        "Train the same recipe from scratch, with a frozen backbone, and fine-tuned, on growing shares of the labels. "
        "Each network is kept when it is done: after Ctrl-C the same command goes on where it stopped."
    )
    compare = add("compare-transfer", _compare, summary, json=True)
    compare.add_argument("dataset", metavar="NAME")
    compare.add_argument("--out", type=Path, metavar="FILE", help="also write the result, one JSON document, to this file")
    compare.add_argument("--seeds", type=int, default=1, help="seeds for each share below 1 (default: 1)")
    compare.add_argument("--shares", default="0.01,0.05,0.2,1", help="shares of the training labels (default: 0.01,0.05,0.2,1)")
    compare.add_argument("--anew", action="store_true", help="forget what was kept of an earlier comparison")


def _compare(given: argparse.Namespace) -> int:
    from fer_core.datasets.store import open_dataset
    from fer_core.studies.comparison import comparison
    from fer_core.studies.records import save
    from fer_core.studies.transfer import compare

    shares = _shares(given.shares)
    require_places(given.out)
    comparison(open_dataset(given.dataset).meta.fingerprint).refresh()
    with ProgressLine() as bar:

        def show(now: Status) -> None:
            stage = now.progress
            where = f"{stage.done} of {stage.epochs} kept"
            what = "waiting until the trainings are done" if now.state == "queued" else ""
            bar.show(stage.share, ", ".join(part for part in (where, what, stage.note) if part), seconds_left=stage.seconds_left)

        result = compare(given.dataset, shares=shares, seeds=given.seeds, anew=given.anew, train=_train_quietly, report=show)
    if result.missing:
        raise RunError(
            f"Stopped with {len(result.cells) - len(result.missing)} of {len(result.cells)} networks done, which are kept; "
            "the same command goes on from there."
        )
    if given.out is not None:
        save(result, given.out)
    if given.json:
        return print_json(result.model_dump(mode="json"))
    return _print(result)


def _train_quietly(dataset: Dataset, cell: Cell, config: RunConfig, job: Comparison, progress: Progress) -> Row:
    import_tensorflow()
    from fer_core.studies.cells import train_cell

    return train_cell(dataset, cell, config, job, progress)


def _shares(text: str) -> tuple[float, ...]:
    try:
        return tuple(float(part) for part in text.split(",") if part.strip())
    except ValueError as error:
        raise InputError(f"Shares must be numbers above 0 and at most 1, separated by commas; got '{text}'.") from error


def _print(result: Result) -> int:
    from fer_core.studies.reading import reading

    print(f"{result.dataset}: n = {result.rows[0].n:,} test faces, majority baseline {result.majority_baseline:.4f}")
    for row in result.rows:
        low, high = row.accuracy_ci95
        print(
            f"  {row.words} ({row.faces:,} faces): accuracy {row.accuracy:.4f} ({low:.4f} to {high:.4f}), "
            f"macro F1 {row.macro_f1:.4f} ({row.macro_f1_ci95[0]:.4f} to {row.macro_f1_ci95[1]:.4f}), {row.seconds:.0f} s"
        )
    print(reading(result))
    return 0
