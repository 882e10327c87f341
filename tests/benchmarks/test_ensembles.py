"""Several runs' answers averaged, on answers whose mean is known."""

import numpy as np
import pandas as pd
import pytest

from benchmarks import ensembles

CLASSES = ("angry", "happy")
LABELS = pd.Series(["angry", "angry", "happy", "happy"])
ANSWERS = {
    "A": np.array([[0.9, 0.1], [0.4, 0.6], [0.2, 0.8], [0.6, 0.4]], np.float32),
    "B": np.array([[0.4, 0.6], [0.8, 0.2], [0.3, 0.7], [0.7, 0.3]], np.float32),
}


def test_every_choice_of_runs_is_scored_by_the_mean_of_their_probabilities() -> None:
    found = {names: (scores.accuracy, loss) for names, scores, loss in ensembles.ensembles(LABELS, ANSWERS, CLASSES)}
    assert list(found) == [("A",), ("B",), ("A", "B")]
    assert [accuracy for accuracy, _ in found.values()] == [0.5, 0.5, 0.75]
    assert found["A", "B"][1] == pytest.approx(-np.log([0.65, 0.6, 0.75, 0.35]).mean(), rel=1e-5)
