"""The reliability diagram and the curve of accuracy against coverage."""

import pandas as pd
import pytest

from fer_core.errors import InputError
from fer_core.evaluation.abstention import coverage_curve
from fer_core.evaluation.calibration import reliability
from fer_core.figures import reliability as figures

SURE, RIGHT = [0.3, 0.5, 0.8, 0.9, 1.0], [True, False, True, False, True]


@pytest.mark.parametrize(
    ("binning", "middles", "heights", "counts"),
    [("width", [0.375, 0.875], [0.5, 2 / 3], ("2", "3")), ("count", [0.575, 0.925], [2 / 3, 0.5], ("3", "2"))],
)
def test_a_bar_and_its_count_for_each_bin_with_faces(binning, middles, heights, counts):
    bars, diagonal, faces = figures.reliability(
        reliability(SURE, RIGHT, bins=4 if binning == "width" else 2, binning=binning)
    ).data
    assert list(bars.x) == list(faces.x) == pytest.approx(middles)
    assert list(bars.y) == pytest.approx(heights)
    assert faces.text == counts
    assert list(diagonal.x) == list(diagonal.y) == [0, 1]


def test_the_threshold_is_marked_where_anything_is_answered():
    curve = coverage_curve(SURE, RIGHT)
    _, line, baseline, mark = figures.coverage(curve, chosen=(0.6, 2 / 3), baseline=0.4).data
    assert list(line.x) == pytest.approx([0.2, 0.4, 0.6, 0.8, 1])
    assert list(line.y) == pytest.approx([1, 0.5, 2 / 3, 0.5, 0.6])
    assert (mark.x[0], mark.y[0], baseline.y[0]) == (0.6, 2 / 3, 0.4)
    assert len(figures.coverage(curve, chosen=(0, None), baseline=0.4).data) == 3


def test_a_missing_column_is_named():
    with pytest.raises(InputError, match="missing: accuracy_low, accuracy_high"):
        figures.reliability(pd.DataFrame(columns=["low", "high", "n", "confidence", "accuracy"]))
