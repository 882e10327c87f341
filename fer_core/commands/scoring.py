"""Commands that score runs: evaluate, matrix."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from fer_core.commands.output import Add, print_json
from fer_core.commands.progress_line import ProgressLine
from fer_core.files import require_places, write_output


def register(add: Add) -> None:
    """Add these commands to the parser."""
    evaluate = add("evaluate", _evaluate, "Score a run on a split of a data set.", json=True)
    evaluate.add_argument("run", metavar="RUN")
    evaluate.add_argument("--dataset", required=True)
    evaluate.add_argument("--split", required=True)
    evaluate.add_argument(
        "--labels", choices=("imported", "crowd"), default="imported", help="crowd: the favourites of the annotators judge"
    )
    evaluate.add_argument("--predictions", type=Path, help="also write one row per sample to this parquet file")

    matrix = add("matrix", _matrix, "Score runs on several data sets: how much of each is left elsewhere.", json=True)
    matrix.add_argument("runs", metavar="RUN", nargs="+")
    matrix.add_argument("--datasets", required=True, help="names of data sets, separated by commas")


def _matrix(given: argparse.Namespace) -> int:
    from fer_core.evaluation.across import across, cell_words, takeaway

    names = [name.strip() for name in given.datasets.split(",") if name.strip()]
    with ProgressLine() as bar:
        matrix = across(given.runs, names, progress=bar.show)
    if given.json:
        return print_json(matrix.to_dict())
    print(takeaway(matrix))
    for cell in matrix.cells:
        own = " (its own)" if cell.is_own else ""
        print(f"{matrix.runs[cell.run]} on {cell.dataset}{own}: {cell_words(cell)}")
    return 0


def _evaluate(given: argparse.Namespace) -> int:
    from fer_core.datasets.store import open_dataset
    from fer_core.evaluation.assessment import assess
    from fer_core.predictor import conversion_words, frame_of_run
    from fer_core.runs import open_run

    require_places(given.predictions)
    with ProgressLine() as bar:
        assessment = assess(given.run, given.dataset, given.split, labels=given.labels, progress=bar.show)
    if given.predictions is not None:
        write_output(given.predictions, lambda path: assessment.predictions.to_parquet(path, index=False))
    scores = assessment.evaluation
    converted = conversion_words(open_dataset(given.dataset).meta.frame, frame_of_run(open_run(given.run)))
    if converted:
        print(converted, file=sys.stderr)
    if given.json:
        return print_json(assessment.to_dict())
    low, high = scores.accuracy_ci95
    print(f"accuracy {scores.accuracy:.4f} (95 % interval {low:.4f} to {high:.4f}, n {scores.n:,})")
    print(f"majority baseline {scores.majority_baseline:.4f}")
    print(f"macro F1 {scores.macro_f1:.4f}, balanced accuracy {scores.balanced_accuracy:.4f}")
    for name, row in scores.to_dict()["per_class"].items():
        shown = {key: "–" if row[key] is None else f"{row[key]:.3f}" for key in ("precision", "recall", "f1")}
        print(f"  {name}: precision {shown['precision']}, recall {shown['recall']}, F1 {shown['f1']}, n {row['n']:,}")
    without = "–" if scores.accuracy_without_leaked is None else f"{scores.accuracy_without_leaked:.4f}"
    if assessment.votes is not None:
        majority = assessment.votes.majority
        agreed = "–" if majority["accuracy"] is None else f"{majority['accuracy']:.4f}"
        print(f"where more than half of the votes agree: accuracy {agreed}, n {majority['n']:,}")
        print(f"Kullback-Leibler divergence from the votes: {assessment.votes.divergence:.4f}")
    words = {"exact": "exact", "near": "near", "person": "by person"}
    counts = ", ".join(f"{scores.leaked[how]} {said}" for how, said in words.items())
    print(f"leaked from training: {counts}; accuracy without them {without}")
    return 0
