"""From a RunConfig to what is trained when: phases, class weights, learning-rate schedule. No TensorFlow until asked."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from fer_core.errors import InputError
from fer_core.runs.config import Phase, RunConfig

if TYPE_CHECKING:
    import keras


def class_weights(counts: Mapping[str, int], weighting: str) -> dict[str, float]:
    """Weight of a sample's loss by its class, with mean 1 over the samples.

    Args:
        counts: training samples by class, each above 0.
        weighting: `none`, `balanced` (inverse frequency, as scikit-learn's `class_weight="balanced"`) or `sqrt` (its root).

    Raises:
        InputError: a class has no training sample, or the weighting is unknown.
    """
    if weighting not in ("none", "balanced", "sqrt"):
        raise InputError(f"class_weighting must be none, balanced or sqrt; got '{weighting}'.")
    empty = [name for name, count in counts.items() if count == 0]
    if empty:
        raise InputError(f"There is no training sample of {', '.join(empty)}; choose classes that the data set holds.")
    power = {"none": 0.0, "sqrt": 0.5, "balanced": 1.0}[weighting]
    raw = {name: count**-power for name, count in counts.items()}
    mean = sum(raw[name] * count for name, count in counts.items()) / sum(counts.values())
    return {name: value / mean for name, value in raw.items()}


def schedule(phase: Phase, steps_per_epoch: int) -> keras.optimizers.schedules.LearningRateSchedule:
    """Cosine decay to 1 % of the peak after a warm-up of half an epoch (Loshchilov & Hutter 2017)."""
    from keras.optimizers.schedules import CosineDecay

    total = max(2, phase.epochs * steps_per_epoch)
    warmup = min(max(1, steps_per_epoch // 2), total // 2)
    return CosineDecay(
        phase.learning_rate * 0.02,
        total - warmup,
        alpha=0.01,
        warmup_target=phase.learning_rate,
        warmup_steps=warmup,
    )


def optimizer(config: RunConfig, phase: Phase, steps_per_epoch: int) -> keras.optimizers.Optimizer:
    """AdamW without decay of biases and batch normalisation (Loshchilov & Hutter 2019)."""
    from keras.optimizers import AdamW

    adam = AdamW(schedule(phase, steps_per_epoch), weight_decay=config.weight_decay)
    adam.exclude_from_weight_decay(var_names=["gamma", "beta", "bias"])
    return adam


def soft_targets(
    labels: NDArray[np.int64],
    classes: int,
    *,
    label_smoothing: float,
    votes: NDArray[np.float32] | None = None,
    answers: NDArray[np.float32] | None,
    weight: float,
) -> NDArray[np.float32]:
    """What the network is to answer for each training face: rows of probabilities.

    Args:
        labels: (N,) class indices.
        classes: C.
        label_smoothing: share that is spread over all classes (Szegedy et al. 2016), 0 to below 1.
        votes: (N, C) shares of votes, rows of sum 1, that stand in the place of the labels; or None.
        answers: (N, C) probabilities of the teachers (Hinton et al. 2015), a row of NaN where there are none; or None.
        weight: share of the teachers' answers, 0 to 1.

    Returns:
        (N, C) float32, each row with sum 1.
    """
    named = np.eye(classes, dtype=np.float32)[labels] if votes is None else votes
    targets = label_smoothing / np.float32(classes) + (1 - label_smoothing) * named
    if answers is None:
        return targets
    return np.where(np.isnan(answers), targets, (1 - weight) * targets + weight * answers).astype(np.float32)


def logit_bias(labels: NDArray[np.int64], classes: int, *, strength: float) -> NDArray[np.float32]:
    """What the loss adds to the logits so that rare classes are not forgotten: strength x log(share of the class).

    Menon et al. 2021, "Long-tail learning via logit adjustment"; strength 1 aims at balanced accuracy, 0 at plain accuracy.

    Args:
        labels: (N,) class indices; each of the C classes occurs.
        classes: C.
        strength: 0 to 2.

    Returns:
        (C,) float32, not above 0.
    """
    shares = np.bincount(labels, minlength=classes) / len(labels)
    return (strength * np.log(shares)).astype(np.float32)


def validation_scores(
    logits: NDArray[np.float32], labels: NDArray[np.int64], classes: tuple[str, ...], *, label_smoothing: float
) -> dict[str, float]:
    """Loss (with the training's label smoothing), accuracy, macro F1 and recall by class of one validation pass.

    Args:
        logits: (N, C) float32.
        labels: (N,) class indices.
        classes: C names.
        label_smoothing: 0 to below 1, as in training.

    Returns:
        val_loss, val_accuracy, val_macro_f1 and val_recall_CLASS; the recall of a class without samples is NaN.
    """
    from sklearn.metrics import f1_score

    shifted = logits.astype(np.float64) - logits.max(axis=1, keepdims=True)
    log_p = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    rows = np.arange(len(labels))
    loss = -((1 - label_smoothing) * log_p[rows, labels] + label_smoothing * log_p.mean(axis=1)).mean()
    predicted = logits.argmax(axis=1)
    scores = {
        "val_loss": float(loss),
        "val_accuracy": float((predicted == labels).mean()),
        "val_macro_f1": float(f1_score(labels, predicted, average="macro", zero_division=0)),
    }
    for index, name in enumerate(classes):
        mine = labels == index
        scores[f"val_recall_{name}"] = float((predicted[mine] == index).mean()) if mine.any() else math.nan
    return scores


def is_better(scores: Mapping[str, float], best: float | None, monitor: str) -> bool:
    """True when the monitored validation score beats the best so far (a smaller loss, a larger accuracy or macro F1).

    An epoch whose loss is not finite is never the best.
    """
    value = scores[f"val_{monitor}"]
    if not (math.isfinite(value) and math.isfinite(scores["val_loss"])):
        return False
    if best is None or math.isnan(best):
        return True
    return value < best if monitor == "loss" else value > best
