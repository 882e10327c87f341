"""What several runs answer together: the mean of their probabilities, for each choice among them.

    python -m benchmarks.ensembles RUN RUN [RUN ...] --dataset NAME [--split validation]

A network that learns from others hardly passes what these answer together (Hinton et al. 2015), so that this says what another
distillation could win. Each run answers as it is calibrated, with the mirrored face where it does so. Prints accuracy and macro
F1 with their 95 % intervals and the negative log-likelihood on the same faces.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from benchmarks.label_noise import line, scored
from fer_core.datasets.store import open_dataset
from fer_core.evaluation.metrics import Evaluation


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("runs", nargs="+", metavar="RUN")
    parser.add_argument("--dataset", required=True, metavar="NAME")
    parser.add_argument("--split", default="validation", choices=("validation", "test"))
    given = parser.parse_args()
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    from fer_core.predictor import load_predictor
    from fer_core.runs import open_run

    predictors = {name: load_predictor(open_run(name)) for name in given.runs}
    classes = predictors[given.runs[0]].classes
    others = [name for name, predictor in predictors.items() if predictor.classes != classes]
    if others:
        raise SystemExit(f"Run {others[0]} has other classes than {given.runs[0]}.")
    dataset = open_dataset(given.dataset)
    rows = dataset.split(given.split)
    rows = rows[rows["label"].isin(classes)]
    faces = np.asarray(dataset.images[rows["id"].to_numpy()])
    answers = {name: predictor.probabilities(predictor.logits(faces)) for name, predictor in predictors.items()}
    for number, (names, scores, loss) in enumerate(ensembles(rows["label"], answers, classes)):
        if not number:
            print(f"{scores.n:,} faces of '{dataset.name}' ({given.split}); majority {scores.majority_baseline:.3f}.")
        print(line(" + ".join(names), scores, loss))


def ensembles(
    labels: pd.Series, answers: Mapping[str, NDArray[np.float32]], classes: Sequence[str]
) -> Iterator[tuple[tuple[str, ...], Evaluation, float]]:
    """Names, scores and negative log-likelihood (nats) of every choice of runs, single ones first.

    Args:
        labels: N labels, each one of the classes.
        answers: {run: (N, C) probabilities}.
        classes: C names.
    """
    for size in range(1, len(answers) + 1):
        for names in combinations(answers, size):
            mean = np.mean([answers[name] for name in names], axis=0)
            yield names, *scored(labels, mean, classes)


if __name__ == "__main__":
    main()
