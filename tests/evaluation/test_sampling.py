"""A draw of the faces that are measured: each class in proportion, the same ones for the same seed."""

import numpy as np
import pandas as pd
import pytest

from fer_core.evaluation.sampling import draw_stratified


@pytest.mark.parametrize(
    ("limit", "counts"),
    [
        (10, {"dark": 2, "grey": 3, "light": 5}),
        (12, {"dark": 2, "grey": 4, "light": 6}),
        (99, {"dark": 4, "grey": 6, "light": 10}),
    ],
)
def test_subset_keeps_the_shares(limit, counts):
    labels = ["dark"] * 4 + ["grey"] * 6 + ["light"] * 10
    first, again, other = (draw_stratified(labels, limit, seed) for seed in (1, 1, 2))
    assert first.tolist() == again.tolist() == sorted(set(first.tolist()))
    assert pd.Series(np.array(labels)[first]).value_counts().to_dict() == counts
    assert limit > 20 or first.tolist() != other.tolist()
