"""Psychometric curves against known parameters."""

import numpy as np
import pandas as pd
import pytest

from fer_core.datasets import store
from fer_core.datasets.intensity_series import LEVELS, draw_series
from fer_core.errors import InputError
from fer_core.evaluation.intervals import wilson
from fer_core.evaluation.psychometric import Curve, curves, fit, thin_classes


def answers(guess: float, ceiling: float, midpoint: float, width: float, n: int = 4000) -> tuple[np.ndarray, np.ndarray]:
    draw = np.random.default_rng(3)
    x = draw.uniform(0.01, 1, n)
    share = guess + (ceiling - guess) / (1 + np.exp(-(x - midpoint) / width))
    return x, draw.random(n) < share


@pytest.mark.parametrize(
    ("guess", "ceiling", "midpoint", "width", "half"),
    [
        (0.0, 1.0, 0.5, 0.08, 0.5),
        # Half of 0.8 is 0.4, a share (0.4 - 0.1) / 0.7 of the rise: 0.4 + 0.1 ln(0.3 / 0.4).
        (0.1, 0.8, 0.4, 0.1, 0.3712),
        (0.0, 0.6, 0.7, 0.05, 0.7),
        # Without any expression it reaches half its ceiling already.
        (0.4, 0.7, 0.5, 0.08, 0.0),
    ],
)
def test_known_parameters_are_found(guess, ceiling, midpoint, width, half):
    found = fit(*answers(guess, ceiling, midpoint, width), guess=guess)
    assert found.ceiling == pytest.approx(ceiling, abs=0.03)
    assert found.midpoint == pytest.approx(midpoint, abs=0.03)
    assert found.width == pytest.approx(width, rel=0.25)
    assert found.half == pytest.approx(half, abs=0.025)
    low, high = found.half_ci95
    assert low - 0.02 <= half <= high + 0.02
    assert high - low < 0.1
    assert found.at(found.midpoint) == pytest.approx((guess + found.ceiling) / 2)


def test_fewer_faces_are_less_certain():
    spans = []
    for n in (100, 1600):
        low, high = fit(*answers(0.1, 0.9, 0.5, 0.1, n), guess=0.1).half_ci95
        spans.append(high - low)
    assert spans[0] > 2 * spans[1]


def test_points_are_counted():
    x = np.repeat(np.arange(1, 11, dtype=np.float32) / 10, 4)
    right = np.tile([True, False, True, True], 10)
    points = fit(x, right, guess=0.2).points
    assert points["intensity"].tolist() == pytest.approx([0.1 * number for number in range(1, 11)], abs=1e-6)
    assert points["n"].tolist() == [4] * 10
    assert points["share"].tolist() == [0.75] * 10
    assert (points["low"][0], points["high"][0]) == wilson(3, 4)


def test_a_run_that_never_finds_a_class_reaches_no_half():
    x, _ = answers(0.0, 1.0, 0.5, 0.1, 200)
    found = fit(x, np.zeros(200, bool), guess=0.0)
    assert found.ceiling == pytest.approx(0, abs=0.02)
    assert np.isnan(found.half)


@pytest.mark.parametrize(
    ("intensity", "correct", "guess", "reason"),
    [
        ([0.5] * 40, [True] * 39, 0.1, "equally many"),
        (np.linspace(0, 1, 40), [True] * 40, 0.1, "above 0 and at most 1"),
        (np.linspace(0.1, 1.1, 40), [True] * 40, 0.1, "above 0 and at most 1"),
        (np.linspace(0.1, 1, 40), [True] * 40, 1.0, "guess rate must be"),
        (np.linspace(0.1, 1, 29), [True] * 29, 0.1, "at least 30 faces"),
        ([0.5] * 40, [True] * 40, 0.1, "at least 4 tenths"),
    ],
)
def test_what_cannot_be_fitted_is_refused(intensity, correct, guess, reason):
    with pytest.raises(InputError, match=reason):
        fit(intensity, correct, guess=guess)


def test_guess_rate_is_what_neutral_faces_are_called():
    x = np.linspace(0.05, 1, 40)
    table = pd.DataFrame(
        {
            "label": ["happy"] * 40 + ["fear"] * 5 + ["neutral"] * 10,
            "predicted": ["neutral"] * 20 + ["happy"] * 20 + ["fear"] * 5 + ["happy"] * 3 + ["neutral"] * 7,
        }
    )
    found = curves(table, np.concatenate([x, np.full(5, 0.5), np.zeros(10)]), ("fear", "happy", "neutral"))
    assert list(found) == ["happy"], "five faces of fear are too few"
    assert found["happy"].guess == 0.3
    assert isinstance(found["happy"], Curve)
    without = curves(table.iloc[:40], x, ("fear", "happy", "neutral"))
    assert without["happy"].guess == pytest.approx(1 / 3)


def test_spread():
    labels = ["happy"] * 50 + ["fear"] * 50 + ["neutral"] * 5
    strength = np.concatenate([np.repeat([0.1, 0.3, 0.5, 0.7, 0.9], 10), np.linspace(0.5, 1, 50), np.zeros(5)])
    assert thin_classes(labels, strength) == ["fear"]


def test_drawn_series_is_evenly_spread(workspace):
    made = draw_series("Series", people=1, seed=1)
    rows = made.samples
    assert made.meta.drawn
    assert set(rows["split"]) == {"test"}
    for name in ("angry", "disgust", "fear", "happy"):
        assert rows.loc[rows["label"] == name, "intensity"].tolist() == pytest.approx(list(LEVELS))
    assert rows.loc[rows["label"] == "neutral", "intensity"].tolist() == [0.0] * 4
    faces = made.images[rows.index[rows["label"] == "happy"].to_numpy()].astype(int)
    steps = [np.abs(faces[place] - faces[0]).mean() for place in (1, 4, 9)]
    assert steps == sorted(steps), "one person in one light, who smiles more and more"
    assert store.open_dataset("Series").meta.n == 4 * (len(LEVELS) + 1)
