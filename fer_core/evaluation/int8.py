"""How nearly a run's network, quantised to int8, answers as the network itself does, measured when the run has ended."""

from __future__ import annotations

import numpy as np

from fer_core.datasets.store import Dataset
from fer_core.models.inference import int8_forward
from fer_core.predictor import Predictor, load_predictor
from fer_core.runs import Run
from fer_core.runs.records import Int8Agreement

MOST = 4000
"""Validation faces that are asked at most."""


def measure(run: Run, dataset: Dataset) -> Int8Agreement | None:
    """Ask both networks the same validation faces, with the run's flip and temperature; nothing is written.

    Args:
        run: the run; its calibration is fitted already.
        dataset: the data set that it was trained on.

    Returns:
        None where the network cannot be quantised, or the data set no validation face of its classes.

    Raises:
        RunError: the run has no model, or its files are damaged.
    """
    samples = dataset.split("validation")
    samples = samples[samples["label"].isin(run.classes())]
    exact = load_predictor(run)
    quick = int8_forward(exact.network)
    if quick is None or samples.empty:
        return None
    chosen = np.sort(samples["id"].sample(min(len(samples), MOST), random_state=0).to_numpy())
    near = Predictor(run, exact.network, exact.classes, exact.calibration, forward=quick)
    expected, given = (made.probabilities(made.logits(dataset.images[chosen])) for made in (exact, near))
    difference = np.abs(expected - given)
    return Int8Agreement(
        n=len(chosen),
        agreement=float((expected.argmax(axis=1) == given.argmax(axis=1)).mean()),
        mean=float(difference.mean()),
        largest=float(difference.max()),
    )
