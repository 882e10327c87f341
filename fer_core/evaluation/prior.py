"""How much of the training prior to take off the logits, so that rare classes are found where they are not rare.

A network learns how frequent each class was in training and leans to the frequent ones. On faces from elsewhere, where other
classes are frequent, that is a mistake. Menon et al. (2021, arXiv:2007.07314) subtract tau times the log of the class shares.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from fer_core.errors import InputError, RunError
from fer_core.evaluation.calibration import FEWEST, TEMPERATURES, log_softmax, probability_scores
from fer_core.evaluation.intervals import wilson
from fer_core.evaluation.metrics import confusion_matrix, label_codes, logits_matrix, macro_f1, per_class, predicted_labels
from fer_core.evaluation.predictions import own_predictions
from fer_core.runs import Run
from fer_core.runs.records import Calibration

MOST = 1.5
"""Largest tau that is fitted; 1 takes the whole prior off."""

NONE = Calibration()
"""Takes nothing off."""


def fit_prior(logits: NDArray[np.floating], codes: ArrayLike, prior: Sequence[float]) -> tuple[float, float]:
    """Tau and temperature under which the labels are most probable when every class counts the same.

    The mean over classes of the mean negative log-likelihood of each is minimised; it is convex in 1 / temperature and
    tau / temperature, so that there is one minimum.

    Args:
        logits: (N, C) raw, finite; those of the validation split.
        codes: (N,) int, column of each sample's label.
        prior: (C,) share of each class in training, above 0.

    Returns:
        Tau in 0 to `MOST`, and the temperature.

    Raises:
        InputError: fewer than FEWEST samples, a class without one, or shapes that do not fit.
    """
    from scipy.optimize import minimize

    scores, labels, shares = np.asarray(logits, np.float64), np.asarray(codes, np.intp), np.asarray(prior, np.float64)
    if scores.ndim != 2 or labels.shape != scores.shape[:1] or shares.shape != scores.shape[1:] or not (shares > 0).all():
        raise InputError(
            f"A prior is (C,) above 0 for (N, C) logits and N labels; got {shares.shape}, {scores.shape}, {labels.shape}."
        )
    counts = np.bincount(labels, minlength=len(shares))
    if len(labels) < FEWEST or not counts.all():
        raise InputError(
            f"A prior is fitted on at least {FEWEST} validation faces with each class among them; it stays as it is."
        )
    weights, rows = 1 / (len(shares) * counts[labels]), np.arange(len(labels))

    def loss(place: NDArray[np.float64]) -> float:
        temperature = np.exp(place[1])
        shifted = (scores - place[0] * np.log(shares)) / temperature
        chosen = log_softmax(shifted - shifted.max(axis=1, keepdims=True))[rows, labels]
        return float(-(weights * chosen).sum())

    low, high = np.log(TEMPERATURES)
    minimum = minimize(loss, np.array([0.0, 0.0]), method="L-BFGS-B", bounds=[(0.0, MOST), (low, high)])
    return float(minimum.x[0]), float(np.exp(minimum.x[1]))


def training_prior(run: Run) -> tuple[float, ...]:
    """Share of each class of the run among its training faces, in the order of its logits.

    Raises:
        RunError: it is not written down, or a class has no face.
    """
    training = run.training()
    counts = training.counts.get("train", {}) if training else {}
    own = [counts.get(name, 0) for name in run.classes()]
    if not own or min(own) <= 0:
        raise RunError(f"Run '{run.about().name}' does not say how many training faces each class had; its prior is not known.")
    return tuple(count / sum(own) for count in own)


def fitted_prior(run: Run) -> Calibration:
    """The run's calibration with tau and temperature fitted on the validation logits kept with it; nothing is written.

    Raises:
        RunError: there are no validation logits, or the prior is not known.
        InputError: nothing can be fitted on them.
    """
    predictions = own_predictions(run, "validation", calibration=NONE)
    if predictions is None:
        raise RunError(f"Run '{run.about().name}' keeps no answers for its validation split; the prior stays as it is.")
    classes, prior = run.classes(), training_prior(run)
    tau, temperature = fit_prior(logits_matrix(predictions, classes), label_codes(predictions["label"], classes), prior)
    return run.calibration().model_copy(update={"prior_tau": tau, "prior": prior, "temperature": temperature})


def with_tau(run: Run, tau: float) -> Calibration:
    """The run's calibration with another tau, 0 to 2; nothing is written.

    Raises:
        RunError: the prior is not known.
    """
    return run.calibration().model_copy(update={"prior_tau": tau, "prior": training_prior(run) if tau else ()})


def prior_effect(run: Run, calibration: Calibration) -> tuple[str, pd.DataFrame, pd.DataFrame] | None:
    """What a correction does on the run's own test split, or on validation where test was not answered.

    Args:
        run: the run.
        calibration: with the correction to try; its temperature plays a part in the calibration error alone.

    Returns:
        The split; a row a class: class, n, before, after (recall), low, high (of after, Wilson); and a row a score (accuracy,
        macro F1, calibration error): score, before, after. None where neither split is answered.
    """
    classes = run.classes()
    for split in ("test", "validation"):
        raw = own_predictions(run, split, calibration=NONE)
        new = own_predictions(run, split, calibration=calibration)
        if raw is None or new is None:
            continue
        plain, shifted = (confusion_matrix(table["label"], predicted_labels(table, classes), classes) for table in (raw, new))
        before, after = per_class(plain, classes), per_class(shifted, classes)
        hits, n = np.diagonal(shifted), shifted.sum(axis=1)
        limits = [wilson(int(k), int(m)) if m else (np.nan, np.nan) for k, m in zip(hits, n, strict=True)]
        recalls = pd.DataFrame(
            {
                "class": list(classes),
                "n": n,
                "before": before["recall"],
                "after": after["recall"],
                "low": [low for low, _ in limits],
                "high": [high for _, high in limits],
            }
        )
        codes = label_codes(raw["label"], classes)
        errors = [
            probability_scores(logits_matrix(table, classes), codes, temperature).ece
            for table, temperature in ((raw, run.calibration().temperature), (new, calibration.temperature))
        ]
        scores = [
            ("Accuracy", np.trace(plain) / plain.sum(), np.trace(shifted) / shifted.sum()),
            ("Macro F1", float(macro_f1(plain)), float(macro_f1(shifted))),
            ("Calibration error", *errors),
        ]
        return split, recalls, pd.DataFrame(scores, columns=["score", "before", "after"])
    return None
