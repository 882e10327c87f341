"""Calibration and abstention, on numbers worked out by hand and against scikit-learn and scipy."""

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import minimize
from sklearn.calibration import calibration_curve
from sklearn.metrics import brier_score_loss, log_loss

from fer_core.errors import InputError, RunError
from fer_core.evaluation import abstention, assessment, calibration
from fer_core.runs import Run
from fer_core.runs.records import Calibration, Training

# Four bins of the unit interval: 0.3 and 0.5 fall into (0.25, 0.5], 0.8, 0.9 and 1.0 into (0.75, 1].
SURE = [0.3, 0.5, 0.8, 0.9, 1.0]
RIGHT = [True, False, True, False, True]


def softmax(logits: np.ndarray) -> np.ndarray:
    powers = np.exp(logits)
    return powers / powers.sum(axis=1, keepdims=True)


@pytest.fixture(scope="module")
def many() -> tuple[np.ndarray, np.ndarray]:
    """30,000 logits of seven classes that are twice as large as the labels, drawn from them, deserve."""
    draw = np.random.default_rng(0)
    logits = draw.normal(0, 1.5, (30_000, 7))
    labels = (softmax(logits).cumsum(axis=1) > draw.random((30_000, 1))).argmax(axis=1)
    return 2 * logits, labels


@pytest.mark.parametrize(
    ("binning", "bins", "expected"),
    [
        ("width", 4, [(0, 0.25, 0), (0.25, 0.5, 2, 0.4, 0.5), (0.5, 0.75, 0), (0.75, 1, 3, 0.9, 2 / 3)]),
        ("count", 2, [(0.3, 0.85, 3, 1.6 / 3, 2 / 3), (0.85, 1, 2, 0.95, 0.5)]),
        ("count", 9, [(0.3, 0.4, 1, 0.3, 1), (0.4, 0.65, 1, 0.5, 0), (0.65, 0.85, 1, 0.8, 1), (0.85, 0.95, 1, 0.9, 0)]),
    ],
)
def test_reliability(binning, bins, expected):
    table = calibration.reliability(SURE, RIGHT, bins=bins, binning=binning)
    found = table[["low", "high", "n", "confidence", "accuracy"]].to_numpy()
    for row, values in zip(found, expected, strict=False):
        assert row[: len(values)] == pytest.approx(values)
    assert table["n"].sum() == 5
    assert table.loc[table["n"] == 0, ["confidence", "accuracy", "accuracy_low"]].isna().all(axis=None)


def test_error_of_the_table_is_that_of_the_paper():
    # |0.4 - 0.5| * 2/5 + |0.9 - 2/3| * 3/5
    table = calibration.reliability(SURE, RIGHT, bins=4)
    assert calibration.table_error(table) == pytest.approx(0.04 + 0.14)
    shares = np.stack([SURE, 1 - np.array(SURE)], axis=1)
    assert calibration.expected_calibration_error(shares[2:], RIGHT[2:], bins=4) == pytest.approx(0.9 - 2 / 3)


@pytest.mark.parametrize(("binning", "strategy"), [("width", "uniform"), ("count", "quantile")])
def test_reliability_agrees_with_scikit_learn(many, binning, strategy):
    shares = softmax(many[0])
    sure, right = shares.max(axis=1), shares.argmax(axis=1) == many[1]
    table = calibration.reliability(sure, right, bins=10, binning=binning)
    accuracy, confidence = calibration_curve(right, sure, n_bins=10, strategy=strategy)
    filled = table[table["n"] > 0]
    assert filled["accuracy"].to_numpy() == pytest.approx(accuracy, abs=1e-3)
    assert filled["confidence"].to_numpy() == pytest.approx(confidence, abs=1e-3)


def test_probability_scores_agree_with_scikit_learn(many):
    logits, labels = many[0][:500], many[1][:500]
    shares = softmax(logits / 3)
    found = calibration.probability_scores(logits, labels, 3.0)
    assert found.n == 500
    assert found.nll == pytest.approx(log_loss(labels, shares, labels=range(7)))
    assert found.brier == pytest.approx(brier_score_loss(labels, shares, labels=range(7), scale_by_half=False))


def test_the_temperature_of_drawn_labels_is_found_again(many):
    found = calibration.fit_temperature(*many)
    assert found == pytest.approx(2.0, rel=0.02)
    other = minimize(lambda t: log_loss(many[1], softmax(many[0] / t[0])), x0=[1.0], method="Nelder-Mead", tol=1e-5)
    assert found == pytest.approx(other.x[0], rel=1e-3)
    before, after = (calibration.probability_scores(*many, temperature) for temperature in (1.0, found))
    assert after.nll < before.nll
    assert after.brier < before.brier
    assert after.ece < 0.02 < before.ece


@pytest.mark.parametrize(
    ("logits", "labels", "sentence"),
    [
        (np.eye(2)[[0, 1] * 20], [0, 1] * 20, "at least 50 validation faces; there are 40"),
        (np.eye(2)[[0, 1] * 30], [0, 1] * 30, "all answers are right"),
        (np.eye(2)[[0, 1] * 30], [1, 0] * 30, "no better than chance"),
        (np.eye(2)[[0, 1] * 30], [0, 2] * 30, "from 0 to 1; got 0 to 2"),
        (np.eye(2), [0], "logits and N labels"),
    ],
)
def test_temperatures_that_are_not_fitted(logits, labels, sentence):
    with pytest.raises(InputError, match=sentence):
        calibration.fit_temperature(logits, labels)


def test_coverage_curve_answers_equals_together():
    table = abstention.coverage_curve([0.9, 0.5, 0.5, 0.7], [True, False, True, True])
    assert table[["threshold", "coverage", "n", "accuracy"]].to_numpy().tolist() == [
        [0.9, 0.25, 1, 1.0],
        [0.7, 0.5, 2, 1.0],
        [0.5, 1.0, 4, 0.75],
    ]
    assert table.iloc[-1][["low", "high"]].tolist() == pytest.approx([0.300642, 0.954413], abs=1e-5)


@pytest.mark.parametrize(
    ("threshold", "answered", "right", "accuracy"), [(0, 5, 3, 0.6), (0.8, 3, 2, 2 / 3), (0.81, 2, 1, 0.5), (1, 1, 1, 1)]
)
def test_abstain(threshold, answered, right, accuracy):
    found = abstention.abstain(SURE, RIGHT, threshold)
    assert (found.n, found.answered, found.right) == (5, answered, right)
    assert (found.coverage, found.accuracy) == pytest.approx((answered / 5, accuracy))
    assert abstention.abstain([0.4], [True], 0.5).accuracy_ci95 is None


@pytest.mark.parametrize(
    ("right", "accuracy", "threshold"),
    [
        ([True, True, True, True], 0.95, 0.0),
        ([True, True, False, False], 1.0, 0.8),
        ([True, True, False, True], 0.75, 0.0),
        # One of two is wrong at first, three of four are right further on: as many as may be are answered.
        ([True, False, True, True], 0.75, 0.0),
        ([True, False, True, False], 0.6, 0.7),
    ],
)
def test_a_threshold_answers_as_many_as_may_be(right, accuracy, threshold):
    assert abstention.fit_threshold([0.9, 0.8, 0.7, 0.6], right, accuracy=accuracy) == threshold


@pytest.mark.parametrize(("right", "accuracy", "message"), [([False, True], 0.9, "No threshold"), ([True, True], 0.0, "above 0")])
def test_a_threshold_that_cannot_be(right, accuracy, message):
    with pytest.raises(InputError, match=message):
        abstention.fit_threshold([0.9, 0.8], right, accuracy=accuracy)


def test_abstention_by_class():
    answers = pd.DataFrame({"label": ["a", "a", "a", "b"], "predicted": ["a", "b", "a", "a"], "confidence": [0.9, 0.8, 0.4, 0.3]})
    found = abstention.abstention_by_class(answers, ("a", "b", "c"), 0.5)
    assert found.iloc[0].tolist() == ["a", 3, pytest.approx(2 / 3), 0.5]
    assert found.iloc[1, :3].tolist() == ["b", 1, 0]
    assert np.isnan(found.iloc[1, 3])
    assert len(found) == 2


def test_a_curve_of_many_answers_has_as_many_points_as_are_drawn(many):
    shares = softmax(many[0])
    assert len(abstention.coverage_curve(shares.max(axis=1), shares.argmax(axis=1) == many[1])) == abstention.POINTS


def kept(run: Run, split: str, logits: np.ndarray, labels: np.ndarray) -> None:
    frame = pd.DataFrame(logits, columns=["logit_fear", "logit_happy"])
    frame["label"] = np.array(["fear", "happy"])[labels]
    run.write_predictions("f" * 16, split, frame.assign(sample=range(len(frame)), hash="x"))


def test_a_run_is_fitted_on_its_validation_logits_alone(tmp_path, many):
    run = Run(id="mine", path=tmp_path, own=tmp_path)
    run.write(Training(dataset="Mine", fingerprint="f" * 16, classes=("fear", "happy")))
    run.write(Calibration(threshold=0.4, flip=False))
    with pytest.raises(RunError, match="keeps no answers for its validation split"):
        assessment.fitted_calibration(run)
    logits, labels = np.array([[1.0, 0.0]] * 100), np.array([0] * 80 + [1] * 20)
    kept(run, "validation", logits, labels)
    kept(run, "test", logits[:60], labels[:60])
    found = assessment.fitted_calibration(run)
    # 80 of 100 are right at one logit difference of 1: 1 / (1 + exp(-1 / T)) = 0.8, so T = 1 / ln 4.
    assert found.temperature == pytest.approx(1 / np.log(4), rel=1e-4)
    assert (found.threshold, found.flip) == (0.4, False)
    assert run.calibration().temperature == 1
    effect = assessment.calibration_effect(run, found.temperature)
    assert effect[["split", "n"]].to_numpy().tolist() == [["validation", 100], ["test", 60]]
    assert effect["ece_before"].tolist() == pytest.approx([0.8 - 0.731059, 1 - 0.731059], abs=1e-5)
    assert effect["ece_after"].tolist() == pytest.approx([0, 0.2], abs=1e-4)
    assert effect["nll_after"].tolist() == pytest.approx([0.500402, -np.log(0.8)], abs=1e-4)


def test_a_threshold_is_fitted_on_validation_alone(tmp_path):
    """At temperature 1 answers are as sure as 0.731 and 0.881; 95 of 100 of the surer ones are right, half of the others."""
    run = Run(id="mine", path=tmp_path, own=tmp_path)
    run.write(Training(dataset="Mine", fingerprint="f" * 16, classes=("fear", "happy")))
    with pytest.raises(RunError, match="keeps no answers for its validation split; the threshold"):
        assessment.fitted_threshold(run)
    logits = np.array([[2.0, 0.0]] * 100 + [[1.0, 0.0]] * 100)
    kept(run, "validation", logits[:49], np.zeros(49, int))
    with pytest.raises(RunError, match=r"^A threshold is fitted on at least 50 validation faces; there are 49\.$"):
        assessment.fitted_threshold(run)
    kept(run, "validation", logits, np.array([0] * 95 + [1] * 5 + [0, 1] * 50))
    kept(run, "test", logits, np.array([1] * 200))
    assert assessment.fitted_threshold(run) == 0.89
    kept(run, "validation", logits, np.array([1] * 200))
    with pytest.raises(InputError, match="No threshold makes 95% of the answers right"):
        assessment.fitted_threshold(run)
