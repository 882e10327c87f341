"""Figures of explanations: what is drawn, and what is refused."""

import numpy as np
import pandas as pd
import pytest

from fer_core.errors import InputError
from fer_core.figures.explanation import faithfulness_curves, randomisation_curve, region_shares

X = np.array([0.0, 0.5, 1.0])
NONE = np.full(3, np.nan)


def test_curves_have_a_band_where_there_are_limits():
    figure = faithfulness_curves(X, (1 - X, NONE, NONE), (1 - X / 2, 1 - X, X * 0 + 1), axis="Pixels taken away")
    assert [trace.name for trace in figure.data] == ["", "Random maps", "This map"]
    assert figure.data[-1].y.tolist() == [1, 0.5, 0]
    with pytest.raises(InputError, match="one length"):
        faithfulness_curves(X, (X, X, X), (X, X, X[:2]), axis="Pixels")


def test_randomisation_has_a_point_a_step_and_the_chance_level():
    figure = randomisation_curve(["trained", "logits", "block_13"], (1 - X, NONE, NONE), chance=0.25, measure="SSIM")
    assert figure.data[0].y.tolist() == [1, 0.5, 0]
    assert list(figure.layout.xaxis.ticktext) == ["Trained", "Logits", "Block 13"]
    assert figure.layout.shapes[0].y0 == 0.25


def test_shares_of_regions():
    table = pd.DataFrame(
        [("happy", "mouth", 9, 0.5, 0.4, 0.6), ("happy", "rest", 9, 0.5, 0.4, 0.6), ("fear", "mouth", 1, 0.1, np.nan, np.nan)],
        columns=["class", "region", "n", "share", "low", "high"],
    )
    figure = region_shares(table, {"mouth": 0.06, "rest": 0.94})
    assert [trace.name for trace in figure.data] == ["Happy", "Fear", "Its share of the picture"]
    assert figure.data[0].error_x.array.tolist() == pytest.approx([0.1, 0.1])
    # Mouth above rest, happy above fear within a region; the axis runs downwards.
    assert figure.data[0].y[0] < figure.data[1].y[0] < figure.data[0].y[1]
    assert figure.layout.yaxis.range[0] > figure.layout.yaxis.range[1]
    assert [note.text for note in figure.layout.annotations] == [
        "<b>Mouth</b>, 6% of the picture",
        "<b>Rest</b>, 94% of the picture",
    ]
    assert not region_shares(table.iloc[:0], {"mouth": 1.0}).data
    with pytest.raises(InputError, match="missing: rest"):
        region_shares(table, {"mouth": 1.0})
    with pytest.raises(InputError, match="missing: high"):
        region_shares(table.drop(columns="high"), {"mouth": 1.0})
