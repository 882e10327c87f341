"""Commands that try what a run can stand: robustness."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from fer_core.commands.output import Add, print_json
from fer_core.commands.progress_line import ProgressLine

if TYPE_CHECKING:
    from fer_core.evaluation.robustness import Robustness


def register(add: Add) -> None:
    """Add these commands to the parser."""
    robustness = add("robustness", _robustness, "Score a run on blurred, noisy, badly lit, turned and covered faces.", json=True)
    robustness.add_argument("run", metavar="RUN")
    robustness.add_argument("--dataset", required=True)
    robustness.add_argument("--split", default="test")
    robustness.add_argument("--limit", type=int, metavar="N", help="measure N faces, drawn at random, classes in proportion")


def _robustness(given: argparse.Namespace) -> int:
    from fer_core.datasets.store import open_dataset
    from fer_core.evaluation.robustness import kept, measure, summarise
    from fer_core.evaluation.sampling import known_samples
    from fer_core.predictor import load_predictor
    from fer_core.runs import open_run

    run, dataset = open_run(given.run), open_dataset(given.dataset)
    there = len(known_samples(run, dataset, given.split, given.limit))
    record = kept(run, dataset.meta.fingerprint, given.split, n=min(given.limit or there, there))
    if record is not None:
        result = summarise(record)
    else:
        with ProgressLine() as bar:
            result = measure(run, dataset, given.split, load=load_predictor, limit=given.limit, progress=bar.show)
    if given.json:
        return print_json({"run": run.id, **result.to_dict()})
    _say(result)
    return 0


def _say(result: Robustness) -> None:
    low, high = result.accuracy_ci95
    n, of = result.record.n, result.record.of
    print(
        f"as they are: accuracy {result.accuracy:.4f} (95 % interval {low:.4f} to {high:.4f}, n {n:,}"
        + (f" of {of:,})" if n < of else ")")
        + f", macro F1 {result.macro_f1:.4f}"
    )
    print(f"majority baseline {result.majority_baseline:.4f}")
    for name, rows in result.table.groupby("corruption", sort=False):
        print(f"{name} ({rows['unit'].iloc[0]})")
        for row in rows.to_dict("records"):
            print(
                f"  {row['strength']:>5g}: accuracy {row['accuracy']:.4f} (95 % interval {row['low']:.4f} to {row['high']:.4f}), "
                f"macro F1 {row['macro_f1']:.4f}"
            )
    worst = result.worst
    print(f"worst: {worst['title'].lower()}, {worst['strength']:g} {worst['unit']}: accuracy {worst['accuracy']:.4f}")
