"""How far labels can be known at all: what annotators' votes, a run, and both together say of FER2013's labels.

    python -m benchmarks.label_noise NAME [--run bundled] [--split validation]

NAME is a data set with votes, such as `benchmarks/pretraining.py votes` makes of FER2013. The votes on a face are turned into
probabilities of its label by a regression on the other faces of the split, alone and joined with the run's answers
(`fer_core.training.teachers.join_votes`). Where ten people and a network together miss a label, a better network will hardly
name it. Prints accuracy and macro F1 with their 95 % intervals and the negative log-likelihood on the same faces.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.metrics import log_loss

from fer_core.datasets.crowd import require_votes
from fer_core.datasets.store import open_dataset
from fer_core.datasets.tables import VOTES
from fer_core.evaluation.metrics import Evaluation, evaluate
from fer_core.runs.records import Calibration
from fer_core.training.teachers import join_votes


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("dataset", metavar="NAME")
    parser.add_argument("--run", default="bundled", help="run whose answers are joined with the votes")
    parser.add_argument("--split", default="validation", choices=("validation", "test"))
    given = parser.parse_args()
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    from fer_core.predictor import load_predictor
    from fer_core.runs import open_run

    predictor = load_predictor(open_run(given.run))
    dataset = open_dataset(given.dataset)
    rows = dataset.split(given.split)
    votes = [VOTES + name for name in require_votes(rows, dataset.name)]
    rows = rows[rows["label"].isin(predictor.classes) & (rows[votes].sum(axis=1) > 0)]
    answers = predictor.probabilities(predictor.logits(np.asarray(dataset.images[rows["id"].to_numpy()])))
    for number, (name, scores, loss) in enumerate(ways(rows, rows[votes].to_numpy(np.float64), answers, predictor.classes)):
        if not number:
            print(f"{scores.n:,} faces of '{dataset.name}' ({given.split}) have votes; majority {scores.majority_baseline:.3f}.")
        print(line(name, scores, loss))


def line(name: str, scores: Evaluation, loss: float) -> str:
    """What is printed of one way to answer: its name, its scores and its negative log-likelihood."""
    (low, high), (f1_low, f1_high) = scores.accuracy_ci95, scores.macro_f1_ci95
    return (
        f"{name}: accuracy {scores.accuracy:.3f} ({low:.3f} to {high:.3f}), "
        f"macro F1 {scores.macro_f1:.3f} ({f1_low:.3f} to {f1_high:.3f}), negative log-likelihood {loss:.3f}"
    )


def ways(
    rows: pd.DataFrame, counts: NDArray[np.float64], answers: NDArray[np.float32], classes: Sequence[str]
) -> Iterator[tuple[str, Evaluation, float]]:
    """Name, scores and negative log-likelihood (nats) of each way to know the labels.

    Args:
        rows: column label, one of `classes`.
        counts: (N, names) votes.
        answers: (N, C) probabilities of the run.
        classes: C names.
    """
    codes = np.array([list(classes).index(label) for label in rows["label"]])
    for name, found in (
        ("votes", join_votes(counts, codes, None)),
        ("run", answers),
        ("votes and run", join_votes(counts, codes, answers)),
    ):
        yield name, *scored(rows["label"], found, classes)


def scored(labels: pd.Series, probabilities: NDArray[np.float32], classes: Sequence[str]) -> tuple[Evaluation, float]:
    """Scores and negative log-likelihood (nats) of (N, C) probabilities; N labels are among the C classes."""
    none = np.zeros(len(labels), bool)
    logits = np.log(np.maximum(probabilities, np.finfo(np.float32).tiny))
    table = pd.DataFrame(logits, columns=[f"logit_{label}" for label in classes]).assign(label=labels.to_numpy())
    scores = evaluate(table, classes, calibration=Calibration(), exact=none, near=none)
    codes = np.array([list(classes).index(label) for label in labels])
    return scores, float(log_loss(codes, probabilities, labels=range(len(classes))))


if __name__ == "__main__":
    main()
