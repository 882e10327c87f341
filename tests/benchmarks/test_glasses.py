"""The same drawn faces without and with glasses."""

import numpy as np
import pandas as pd

from benchmarks.glasses import draw, summary
from fer_core.labels import FIVE


def test_only_the_glasses_differ() -> None:
    faces, table = draw(2, 0)
    assert faces.shape == (30, 48, 48)
    assert table["label"].tolist() == [label for label in FIVE for _ in range(3)] * 2
    assert table["glasses"].tolist() == ["none", "round", "square"] * 10
    bare, worn = faces[0::3].astype(int), faces[1::3].astype(int)
    changed = (np.abs(bare - worn) > 20).mean(axis=(1, 2))
    assert (changed.min() > 0.02, changed.max() < 0.25) == (True, True)


def test_accuracies_are_told_apart() -> None:
    table = pd.DataFrame(
        {"label": ["fear", "happy"] * 2, "glasses": ["none", "none", "round", "round"], "right": [True, True, True, False]}
    )
    assert [line.strip() for line in summary(table)] == [
        "none: accuracy 1.000 (0.342 to 1.000, n 2); fear 1.00, happy 1.00",
        "round: accuracy 0.500 (0.095 to 0.905, n 2); fear 1.00, happy 0.00",
    ]
