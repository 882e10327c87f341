"""Commands about experiments: compare-transfer."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from fer_core.commands.output import Add, print_json
from fer_core.commands.progress_line import ProgressLine
from fer_core.errors import RunError
from fer_core.files import require_places

if TYPE_CHECKING:
    from fer_core.runs.records import Status
    from fer_core.studies.records import Result


def register(add: Add) -> None:
    """Add these commands to the parser."""
    summary = (
        "Train the same recipe from scratch, with a frozen backbone, and fine-tuned, on growing shares of the labels: a study, "
        "so that after Ctrl-C the same command goes on where it is."
    )
    compare = add("compare-transfer", _compare, summary, json=True)
    compare.add_argument("dataset", metavar="NAME")
    compare.add_argument("--out", type=Path, metavar="FILE", help="also write the result, one JSON document, to this file")
    compare.add_argument("--seeds", type=int, default=1, help="seeds for each share below 1 (default: 1)")
    compare.add_argument("--shares", default="0.01,0.05,0.2,1", help="shares of the training labels (default: 0.01,0.05,0.2,1)")
    compare.add_argument("--anew", action="store_true", help="delete the runs of an earlier comparison, and train them again")


def _compare(given: argparse.Namespace) -> int:
    from fer_core.datasets.store import open_dataset
    from fer_core.studies import folders, running, study, transfer
    from fer_core.studies.records import save

    shares = transfer.shares_in(given.shares)
    require_places(given.out)
    asked = transfer.asked(open_dataset(given.dataset), shares, given.seeds)
    folders.keep(asked, again=True)
    opened = study.open_study(asked.name)
    opened.refresh()
    if given.anew:
        transfer.forget(opened)
    with ProgressLine() as bar:

        def show(now: Status) -> None:
            stage = now.progress
            where = f"{stage.done} of {stage.epochs} done"
            bar.show(stage.share, ", ".join(filter(None, (where, stage.note))), seconds_left=stage.seconds_left)

        try:
            running.run(asked.name, report=show)
        except KeyboardInterrupt as error:
            raise RunError("Stopped watching; runs at work go on, and the same command goes on from there.") from error
    result = transfer.result(opened)
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
