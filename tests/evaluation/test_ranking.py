"""ROC and precision-recall curves, by hand and against scikit-learn; the published range of people."""

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import average_precision_score, precision_recall_curve, roc_auc_score, roc_curve

from fer_core.errors import InputError
from fer_core.evaluation.published import HUMAN_FER2013, human_range
from fer_core.evaluation.ranking import class_areas, class_curves, precision_recall_area, ranking_curve, roc_area
from fer_core.labels import FIVE, SEVEN

# The example in scikit-learn's documentation of roc_auc_score and average_precision_score: areas 0.75 and 0.83.
SCORES, POSITIVE = [0.1, 0.4, 0.35, 0.8], [False, False, True, True]


def many(n: int = 3000, *, ties: bool = False) -> tuple[np.ndarray, np.ndarray]:
    draw = np.random.default_rng(0)
    positive = draw.random(n) < 0.2
    scores = draw.normal(size=n) + positive
    return (scores.round(1) if ties else scores), positive


def test_curve_by_hand():
    curve = ranking_curve(SCORES, POSITIVE)
    assert curve["threshold"].tolist() == [np.inf, 0.8, 0.4, 0.35, 0.1]
    assert curve["fpr"].tolist() == [0, 0, 0.5, 0.5, 1]
    assert curve["recall"].tolist() == [0, 0.5, 0.5, 1, 1]
    assert curve["precision"].tolist()[1:] == pytest.approx([1, 1 / 2, 2 / 3, 1 / 2])
    assert np.isnan(curve["precision"][0])


def test_areas_by_hand():
    area, low, high = roc_area(SCORES, POSITIVE)
    # Each positive beats 1/2 and 1 of the negatives, each negative loses to 1 and 1/2: both variances are 0.125, so that the
    # deviation is sqrt(0.125 / 2 + 0.125 / 2) = 0.3536; on the logit scale log(3) -+ 1.96 * 0.3536 / 0.1875.
    assert area == 0.75
    assert (low, high) == pytest.approx((0.06935, 0.99179), abs=1e-4)
    area, low, high = precision_recall_area(SCORES, POSITIVE)
    # 1/2 * 1 + 1/2 * 2/3; deviation 1 / sqrt(2 * 5/6 * 1/6) = 1.8974 around log(5).
    assert area == pytest.approx(5 / 6)
    assert (low, high) == pytest.approx((0.10815, 0.99516), abs=1e-4)


@pytest.mark.parametrize("ties", [False, True])
def test_agrees_with_scikit_learn(ties):
    scores, positive = many(ties=ties)
    assert roc_area(scores, positive)[0] == pytest.approx(roc_auc_score(positive, scores), abs=1e-12)
    assert precision_recall_area(scores, positive)[0] == pytest.approx(average_precision_score(positive, scores), abs=1e-12)
    curve = ranking_curve(scores, positive, points=10_000)
    fpr, recall, _ = roc_curve(positive, scores, drop_intermediate=False)
    assert curve["fpr"].to_numpy() == pytest.approx(fpr)
    assert curve["recall"].to_numpy() == pytest.approx(recall)
    precision = precision_recall_curve(positive, scores)[0]
    assert curve["precision"].to_numpy()[1:] == pytest.approx(precision[:-1][::-1])


def test_thinned_curve_has_the_ends_and_almost_the_same_area():
    scores, positive = many()
    curve = ranking_curve(scores, positive, points=100)
    assert len(curve) <= 101
    assert curve.iloc[[0, -1]][["fpr", "recall"]].to_numpy().tolist() == [[0, 0], [1, 1]]
    assert np.trapezoid(curve["recall"], curve["fpr"]) == pytest.approx(roc_auc_score(positive, scores), abs=0.003)


@pytest.mark.parametrize(
    ("scores", "area", "precision"), [([0, 0, 1, 1], 1.0, 1.0), ([1, 1, 0, 0], 0.0, 0.5), ([1, 1, 1, 1], 0.5, 0.5)]
)
def test_extremes(scores, area, precision):
    found, low, high = roc_area(scores, POSITIVE)
    assert found == area
    assert (np.isnan(low), np.isnan(high)) == (area != 0.5, area != 0.5)
    assert precision_recall_area(scores, POSITIVE)[0] == pytest.approx(precision)


@pytest.mark.parametrize(
    ("scores", "positive", "reason"),
    [
        ([1, 2], [True], "needs N scores and N answers"),
        ([1, np.nan], [True, False], "finite"),
        ([1, 2], [True, True], "got 2 positives of 2"),
        ([1, 2], [False, False], "got 0 positives of 2"),
    ],
)
def test_refused(scores, positive, reason):
    for function in (ranking_curve, roc_area, precision_recall_area):
        with pytest.raises(InputError, match=reason):
            function(scores, positive)


def test_classes_worst_first_without_those_that_are_not_there():
    answers = pd.DataFrame(
        {
            "label": ["a", "a", "b", "b"],
            "p_a": [0.9, 0.8, 0.1, 0.2],
            "p_b": [0.1, 0.35, 0.4, 0.3],
            "p_c": [0.0, 0.0, 0.5, 0.5],
        }
    )
    areas = class_areas(answers, ("a", "b", "c"))
    assert areas[["class", "n", "prevalence", "roc"]].to_numpy().tolist() == [["b", 2, 0.5, 0.75], ["a", 2, 0.5, 1.0]]
    assert set(class_curves(answers, ("a", "b", "c"))["class"]) == {"a", "b"}
    assert class_areas(answers[:2], ("a", "b", "c")).empty
    assert class_curves(answers[:2], ("a", "b", "c")).empty
    with pytest.raises(InputError, match="missing: p_d"):
        class_areas(answers, ("a", "d"))


@pytest.mark.parametrize(
    ("names", "classes", "expected"),
    [
        (("FER-2013", "archive.zip"), SEVEN, HUMAN_FER2013),
        (("Mine", "fer2013.csv.gz"), SEVEN[::-1], HUMAN_FER2013),
        (("FER2013",), FIVE, None),
        (("Drawn faces", "synthetic"), SEVEN, None),
    ],
)
def test_people_stand_beside_their_own_task_alone(names, classes, expected):
    assert human_range(names, classes) == expected
    assert (HUMAN_FER2013.low, HUMAN_FER2013.high) == (0.6, 0.7)
