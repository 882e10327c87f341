"""Scores against hand-worked values and against scikit-learn."""

import json

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import balanced_accuracy_score, confusion_matrix, f1_score, precision_recall_fscore_support

from fer_core.errors import InputError
from fer_core.evaluation import metrics
from fer_core.evaluation.calibration import expected_calibration_error
from fer_core.labels import FIVE
from fer_core.runs.records import Calibration

ABC = ("a", "b", "c")
KEYS = {
    *("classes", "n", "skipped", "flip", "accuracy", "accuracy_ci95", "balanced_accuracy", "macro_f1", "per_class", "confusion"),
    *("ece", "ece_uncalibrated", "leaked", "accuracy_without_leaked", "majority_baseline"),
    *("balanced_accuracy_ci95", "macro_f1_ci95", "accuracy_without_leaked_ci95", "n_without_leaked"),
}


def frame(pairs: list[tuple[str, str]], classes: tuple[str, ...] = ABC, confidence: float = 0.9) -> pd.DataFrame:
    """Predictions with these (label, predicted) pairs, all equally confident."""
    rest = (1 - confidence) / (len(classes) - 1)
    rows = [
        {"sample": number, "hash": f"{number:x}", "label": label}
        | {f"logit_{name}": np.log(confidence if name == predicted else rest) for name in classes}
        for number, (label, predicted) in enumerate(pairs)
    ]
    return pd.DataFrame(rows)


def random_predictions(n: int, classes: tuple[str, ...] = FIVE, seed: int = 0) -> pd.DataFrame:
    generator = np.random.default_rng(seed)
    labels = generator.choice(len(classes), n, p=np.arange(1, len(classes) + 1) / np.arange(1, len(classes) + 1).sum())
    logits = generator.normal(size=(n, len(classes))).astype(np.float32)
    logits[np.arange(n), labels] += 1
    table = pd.DataFrame(logits, columns=[f"logit_{name}" for name in classes])
    return table.assign(sample=np.arange(n), hash="0", label=np.array(classes)[labels])


def evaluate(predictions: pd.DataFrame, classes: tuple[str, ...] = ABC, **options: object) -> metrics.Evaluation:
    nothing = np.zeros(len(predictions), bool)
    return metrics.evaluate(predictions, classes, **{"calibration": Calibration(), "exact": nothing, "near": nothing, **options})


# True a: 3 (2 right, 1 taken for b); true b: 1 (right); c never occurs and is never predicted.
SMALL = [("a", "a"), ("a", "a"), ("a", "b"), ("b", "b")]


def test_hand_worked_scores() -> None:
    scores = evaluate(frame(SMALL), skipped=7)
    assert (scores.n, scores.skipped, scores.flip) == (4, 7, True)
    assert scores.accuracy == 0.75
    assert scores.accuracy_ci95 == pytest.approx((0.3006, 0.9544), abs=5e-5)
    assert scores.balanced_accuracy == pytest.approx((2 / 3 + 1) / 2)
    assert scores.macro_f1 == pytest.approx((4 / 5 + 2 / 3) / 2)
    assert scores.majority_baseline == 0.75
    assert scores.confusion == ((2, 1, 0), (0, 1, 0), (0, 0, 0))
    assert scores.per_class == {
        "a": {"precision": 1.0, "recall": pytest.approx(2 / 3), "f1": pytest.approx(0.8), "n": 3},
        "b": {"precision": 0.5, "recall": 1.0, "f1": pytest.approx(2 / 3), "n": 1},
        "c": {"precision": None, "recall": None, "f1": None, "n": 0},
    }


def test_a_class_that_is_never_predicted_has_no_precision_and_counts_zero() -> None:
    scores = evaluate(frame([("a", "a"), ("b", "a")]))
    assert scores.per_class["b"] == {"precision": None, "recall": 0.0, "f1": 0.0, "n": 1}
    assert scores.macro_f1 == pytest.approx((2 / 3 + 0) / 2)


def test_a_class_that_is_predicted_but_never_true_counts_in_macro_f1_only() -> None:
    scores = evaluate(frame([("a", "a"), ("a", "c")]))
    assert scores.per_class["c"] == {"precision": 0.0, "recall": None, "f1": 0.0, "n": 0}
    assert scores.macro_f1 == pytest.approx((2 / 3 + 0) / 2)
    assert scores.balanced_accuracy == 0.5


@pytest.mark.filterwarnings("ignore:y_pred contains classes not in y_true")
@pytest.mark.parametrize(
    "predictions",
    [
        random_predictions(500),
        random_predictions(7, seed=1),
        random_predictions(40, seed=2).query("label != 'disgust'"),
        random_predictions(40, seed=3).assign(logit_fear=-9.0),
    ],
    ids=["many", "few", "a class without samples", "a class never predicted"],
)
def test_equal_to_scikit_learn(predictions: pd.DataFrame) -> None:
    scores = evaluate(predictions, FIVE)
    true, predicted = predictions["label"].to_numpy(dtype=str), metrics.predicted_labels(predictions, FIVE).astype(str)
    assert scores.confusion == tuple(map(tuple, confusion_matrix(true, predicted, labels=FIVE)))
    assert scores.accuracy == pytest.approx((true == predicted).mean())
    assert scores.balanced_accuracy == pytest.approx(balanced_accuracy_score(true, predicted))
    assert scores.macro_f1 == pytest.approx(f1_score(true, predicted, average="macro", zero_division=0))
    expected = precision_recall_fscore_support(true, predicted, labels=FIVE, zero_division=0)
    for column, key in enumerate(("precision", "recall", "f1", "n")):
        assert [scores.per_class[name][key] or 0 for name in FIVE] == pytest.approx(list(expected[column]))


@pytest.mark.parametrize(
    ("confidence", "correct", "bins", "error"),
    [
        ([0.9, 0.9, 0.9, 0.9], [1, 1, 1, 0], 15, 0.15),
        ([0.95, 0.95, 0.55, 0.55], [1, 1, 0, 0], 10, (0.05 + 0.55) / 2),
        ([0.95, 0.55], [1, 0], 1, 0.25),  # one bin: mean confidence 0.75, accuracy 0.5
        ([0.6, 0.65], [1, 0], 5, (0.4 + 0.65) / 2),  # 0.6 closes its bin, 0.65 lies in the next
        ([1.0], [1], 15, 0.0),
    ],
)
def test_expected_calibration_error(confidence: list[float], correct: list[int], bins: int, error: float) -> None:
    top = np.array(confidence)
    assert expected_calibration_error(np.stack([top, 1 - top], 1), correct, bins=bins) == pytest.approx(error)


def test_temperature_changes_ece_but_neither_answers_nor_the_uncalibrated_one() -> None:
    predictions = frame(SMALL, confidence=0.9)
    plain, cooled = evaluate(predictions), evaluate(predictions, calibration=Calibration(temperature=2.0, flip=False))
    assert plain.ece == plain.ece_uncalibrated == pytest.approx(0.15)
    # logits log 0.9, log 0.05 twice; halved: 0.9487 / (0.9487 + 2 * 0.2236) = 0.6796, and 0.75 - 0.6796 = 0.0704
    assert cooled.ece == pytest.approx(0.0704, abs=5e-5)
    assert cooled.ece_uncalibrated == plain.ece_uncalibrated
    assert (cooled.confusion, cooled.flip) == (plain.confusion, False)


@pytest.mark.parametrize(
    ("exact", "near", "leaked", "accuracy", "n"),
    [
        ([0, 0, 0, 0], [0, 0, 0, 0], {"exact": 0, "near": 0, "person": 0}, 0.75, 4),
        ([1, 0, 0, 0], [0, 1, 0, 0], {"exact": 1, "near": 1, "person": 0}, 0.5, 2),
        ([1, 0, 0, 0], [1, 0, 0, 0], {"exact": 1, "near": 0, "person": 0}, 2 / 3, 3),
        ([0, 0, 1, 0], [0, 0, 0, 0], {"exact": 1, "near": 0, "person": 0}, 1.0, 3),
        ([1, 1, 1, 1], [0, 0, 0, 0], {"exact": 4, "near": 0, "person": 0}, None, 0),
    ],
)
def test_leaks(exact: list[int], near: list[int], leaked: dict[str, int], accuracy: float | None, n: int) -> None:
    scores = evaluate(frame(SMALL), exact=np.array(exact, bool), near=np.array(near, bool))
    assert scores.leaked == leaked
    assert scores.n_without_leaked == n
    assert scores.accuracy_without_leaked == (None if accuracy is None else pytest.approx(accuracy))
    assert (scores.accuracy_without_leaked_ci95 is None) == (accuracy is None)


def test_intervals_hold_the_scores_and_shrink_with_n() -> None:
    few, many = evaluate(random_predictions(200), FIVE), evaluate(random_predictions(5000), FIVE)
    for name in ("accuracy", "balanced_accuracy", "macro_f1"):
        widths = []
        for scores in (few, many):
            low, high = getattr(scores, f"{name}_ci95")
            assert 0 <= low < getattr(scores, name) < high <= 1
            widths.append(high - low)
        # 25 times as many samples: about a fifth of the width
        assert widths[1] == pytest.approx(widths[0] / 5, rel=0.35)


def test_document_is_plain_unrounded_json() -> None:
    scores = evaluate(random_predictions(300), FIVE)
    document = scores.to_dict()
    assert set(document) == KEYS
    assert json.loads(json.dumps(document)) == document
    assert document["accuracy"] == scores.accuracy
    assert document["classes"] == list(FIVE)
    assert all(type(count) is int for row in document["confusion"] for count in row)


def test_score_table() -> None:
    table = metrics.score_table(evaluate(frame(SMALL), exact=[True, False, False, False])).set_index("name")
    assert list(table.index) == ["Accuracy", "Balanced accuracy", "Macro F1", "Accuracy without leaked"]
    # always "a" on three a and one b: accuracy 3/4, recalls 1 and 0, F1 6/7 and 0
    assert list(table["baseline"])[:3] == pytest.approx([0.75, 0.5, 3 / 7])
    assert np.isnan(table.loc["Accuracy without leaked", "baseline"])
    assert len(metrics.score_table(evaluate(frame(SMALL)))) == 3


@pytest.mark.parametrize(
    ("mode", "expected"),
    [
        ("counts", [[2, 1, 0], [0, 1, 0], [0, 0, 0]]),
        ("rows", [[2 / 3, 1 / 3, 0], [0, 1, 0], [np.nan] * 3]),
        ("columns", [[1, 0.5, np.nan], [0, 0.5, np.nan], [0, 0, np.nan]]),
    ],
)
def test_shares(mode: metrics.Mode, expected: list[list[float]]) -> None:
    np.testing.assert_allclose(metrics.shares(np.array([[2, 1, 0], [0, 1, 0], [0, 0, 0]]), mode), expected)


def test_probabilities_of_huge_logits() -> None:
    predictions = pd.DataFrame({"label": ["a"], "logit_a": [1e4], "logit_b": [-1e4]})
    np.testing.assert_array_equal(metrics.probabilities(predictions, ("a", "b")), [[1.0, 0.0]])


GOOD = frame(SMALL)


@pytest.mark.parametrize(
    ("predictions", "classes", "options", "word"),
    [
        (GOOD.iloc[:0], ABC, {}, "no sample"),
        (GOOD.drop(columns="logit_c"), ABC, {}, "logit_c"),
        (GOOD.drop(columns="label"), ABC, {}, "label"),
        (GOOD.assign(label="other"), ABC, {}, "got 'other'"),
        (GOOD.assign(label=None), ABC, {}, "got 'None'"),
        (GOOD.assign(logit_a=np.nan), ABC, {}, "finite"),
        (GOOD, ("a", "a", "b"), {}, "different"),
        (GOOD, ABC, {"exact": [True]}, "exact"),
        (GOOD, ABC, {"near": np.zeros((4, 1), bool)}, "near"),
        (GOOD, ABC, {"skipped": -1}, "Skipped"),
    ],
)
def test_refuses(predictions: pd.DataFrame, classes: tuple[str, ...], options: dict, word: str) -> None:
    with pytest.raises(InputError, match=word):
        evaluate(predictions, classes, **options)


def test_refuses_modes_temperatures_and_bins() -> None:
    with pytest.raises(InputError, match="Mode"):
        metrics.shares(np.eye(2, dtype=int), "diagonal")  # type: ignore[arg-type]
    with pytest.raises(InputError, match="Temperature"):
        metrics.probabilities(GOOD, ABC, 0.0)
    with pytest.raises(InputError, match="Bins"):
        expected_calibration_error(np.ones((1, 2)) / 2, [True], bins=0)
    with pytest.raises(InputError, match="N above 0"):
        expected_calibration_error(np.empty((0, 2)), [])
    with pytest.raises(InputError, match="equally many"):
        metrics.confusion_matrix(["a"], ["a", "b"], ABC)
