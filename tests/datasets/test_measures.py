"""Quantiles of a pixel measure by class."""

import numpy as np
import pandas as pd
import pytest

from fer_core.datasets.measures import measures_summary
from fer_core.errors import InputError


def test_quantiles_by_class_in_the_order_of_the_labels() -> None:
    samples = pd.DataFrame(
        {"label": ["neutral"] * 2 + ["angry"] * 101 + ["neutral"], "brightness": [10.0, 30.0, *range(101), np.nan]}
    )
    table = measures_summary(samples, "brightness")
    assert list(table.columns) == ["class", "n", "mean", "q05", "q25", "q50", "q75", "q95"]
    assert table.to_numpy().tolist() == [
        ["angry", 101, 50.0, 5.0, 25.0, 50.0, 75.0, 95.0],
        ["neutral", 2, 20.0, 11.0, 15.0, 20.0, 25.0, 29.0],
    ]


def test_categories_without_samples_are_left_out() -> None:
    labels = pd.Series(["happy", "happy"], dtype=pd.CategoricalDtype(["angry", "happy"]))
    assert list(measures_summary(pd.DataFrame({"label": labels, "contrast": [1, 3]}), "contrast")["class"]) == ["happy"]


def test_no_samples() -> None:
    assert measures_summary(pd.DataFrame({"label": [], "contrast": []}), "contrast").empty


def test_refuses_an_unknown_column() -> None:
    with pytest.raises(InputError, match="sparkle"):
        measures_summary(pd.DataFrame({"label": ["a"]}), "sparkle")
