import math

import numpy as np
import pytest

from fer_core.errors import InputError
from fer_core.runs.config import Phase, phases, preset_config
from fer_core.training import recipe


@pytest.mark.parametrize(
    ("preset", "changes", "expected"),
    [
        ("frozen", {}, [("head", None, True)]),
        ("quick", {}, [("partial", "block_7", False)]),
        ("quick", {"backbone": "vgg16"}, [("partial", "block_3", False)]),
        ("standard", {}, [("full", "stem", False)]),
        ("full", {"partial_epochs": 2}, [("head", None, False), ("partial", "block_7", False), ("full", "stem", False)]),
        (
            "standard",
            {"partial_epochs": 2, "partial_from": "block_12", "full_epochs": 0, "head_epochs": 0},
            [("partial", "block_12", False)],
        ),
    ],
)
def test_phases_follow_from_epochs(preset, changes, expected):
    found = [(phase.name, phase.first_block, phase.cached) for phase in phases(preset_config("x", preset, **changes))]
    assert found == expected


@pytest.mark.parametrize(
    ("weighting", "expected"),
    [
        ("none", {"a": 1.0, "b": 1.0}),
        ("balanced", {"a": 0.625, "b": 2.5}),  # 100 / (2 * 80) and 100 / (2 * 20)
        ("sqrt", {"a": 0.8333, "b": 1.6667}),  # 1/sqrt(80), 1/sqrt(20), mean 1 over the samples
    ],
)
def test_class_weights_have_mean_one_over_the_samples(weighting, expected):
    found = recipe.class_weights({"a": 80, "b": 20}, weighting)
    assert found == pytest.approx(expected, abs=1e-4)
    assert 80 * found["a"] + 20 * found["b"] == pytest.approx(100)


def test_class_without_samples_is_refused():
    with pytest.raises(InputError, match="no training sample of disgust"):
        recipe.class_weights({"happy": 3, "disgust": 0}, "balanced")


def test_schedule_warms_up_and_decays_to_one_percent():
    phase = Phase("full", 10, 1e-3, "stem")
    rates = recipe.schedule(phase, 100)
    assert float(rates(0)) == pytest.approx(2e-5)
    assert float(rates(50)) == pytest.approx(1e-3, rel=1e-3)
    assert float(rates(1000)) == pytest.approx(1e-5, rel=1e-3)


def test_validation_scores_by_hand():
    logits = np.log(np.array([[0.8, 0.2], [0.4, 0.6], [0.3, 0.7]], np.float32))
    scores = recipe.validation_scores(logits, np.array([0, 0, 1]), ("a", "b"), label_smoothing=0.0)
    assert scores["val_loss"] == pytest.approx(-(math.log(0.8) + math.log(0.4) + math.log(0.7)) / 3, abs=1e-6)
    assert scores["val_accuracy"] == pytest.approx(2 / 3)
    assert scores["val_recall_a"] == 0.5
    assert scores["val_recall_b"] == 1.0
    assert scores["val_macro_f1"] == pytest.approx(2 / 3)


def test_label_smoothing_agrees_with_keras():
    import keras

    logits = np.random.default_rng(1).normal(size=(6, 3)).astype(np.float32)
    labels = np.array([0, 1, 2, 0, 1, 2])
    loss = keras.losses.CategoricalCrossentropy(from_logits=True, label_smoothing=0.2)(np.eye(3)[labels], logits)
    mine = recipe.validation_scores(logits, labels, ("a", "b", "c"), label_smoothing=0.2)["val_loss"]
    assert mine == pytest.approx(float(loss), abs=1e-5)


def test_targets_mix_labels_smoothing_and_teachers():
    answers = np.array([[0.5, 0.5, 0.0], [0.0, 0.2, 0.8]], np.float32)
    labels = np.array([0, 2])
    plain = recipe.soft_targets(labels, 3, label_smoothing=0.3, answers=None, weight=0.5)
    np.testing.assert_allclose(plain, [[0.8, 0.1, 0.1], [0.1, 0.1, 0.8]], atol=1e-6)
    taught = recipe.soft_targets(labels, 3, label_smoothing=0.3, answers=answers, weight=0.25)
    np.testing.assert_allclose(taught, [[0.725, 0.2, 0.075], [0.075, 0.125, 0.8]], atol=1e-6)
    answers[1] = np.nan
    alone = recipe.soft_targets(labels, 3, label_smoothing=0.3, answers=answers, weight=0.25)
    np.testing.assert_allclose(alone, [[0.725, 0.2, 0.075], [0.1, 0.1, 0.8]], atol=1e-6)


def test_votes_stand_in_the_place_of_the_labels():
    votes = np.array([[0.6, 0.4, 0.0], [0.0, 0.5, 0.5]], np.float32)
    labels = np.array([0, 1])
    targets = recipe.soft_targets(labels, 3, label_smoothing=0.0, votes=votes, answers=None, weight=0.5)
    np.testing.assert_allclose(targets, votes, atol=1e-6)
    smoothed = recipe.soft_targets(labels, 3, label_smoothing=0.3, votes=votes, answers=None, weight=0.5)
    np.testing.assert_allclose(smoothed, [[0.52, 0.38, 0.1], [0.1, 0.45, 0.45]], atol=1e-6)


@pytest.mark.parametrize(
    ("strength", "expected"), [(0.0, [0.0, 0.0]), (1.0, [math.log(0.8), math.log(0.2)]), (0.5, [-0.1116, -0.8047])]
)
def test_logit_bias_is_the_log_of_the_shares(strength, expected):
    found = recipe.logit_bias(np.array([0, 0, 0, 0, 1]), 2, strength=strength)
    np.testing.assert_allclose(found, expected, atol=1e-4)


@pytest.mark.parametrize(
    ("value", "loss", "best", "monitor", "expected"),
    [
        (0.5, 1.0, None, "accuracy", True),
        (0.5, 1.0, 0.6, "accuracy", False),
        (0.5, 0.5, 0.6, "loss", True),
        (0.6, 1.0, 0.6, "macro_f1", False),
        (0.5, math.nan, None, "accuracy", False),
        (0.7, math.inf, 0.6, "macro_f1", False),
        (math.nan, math.nan, None, "loss", False),
        (0.5, 0.5, math.nan, "loss", True),
    ],
)
def test_is_better(value, loss, best, monitor, expected):
    assert recipe.is_better({"val_loss": loss, f"val_{monitor}": value}, best, monitor) is expected
