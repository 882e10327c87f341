"""How nearly a run answers photos, in int8, as its network itself answers, measured when the run has ended."""

from __future__ import annotations

import numpy as np

from fer_core.datasets.store import Dataset
from fer_core.evaluation.predictions import LOGIT, find_split
from fer_core.predictor import Predictor, load_predictor
from fer_core.runs import Run
from fer_core.runs.records import Int8Agreement

MOST = 4000
"""Validation faces that are asked at most."""


def measure(run: Run, dataset: Dataset) -> Int8Agreement | None:
    """Ask both networks the same validation faces, with the run's temperature and its flip as photos have it; nothing is written.

    What the network itself answers is taken from the run's kept predictions, where they are there.

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
    near = Predictor(run, exact.network, exact.classes, exact.calibration, int8=True)
    if near.quick is None or samples.empty:
        return None
    chosen = np.sort(samples["id"].sample(min(len(samples), MOST), random_state=0).to_numpy())
    faces = dataset.images[chosen]
    kept = find_split(run, dataset, "validation")
    columns = [LOGIT + name for name in exact.classes]
    logits = exact.logits(faces) if kept is None else kept.set_index("sample").loc[chosen, columns].to_numpy(np.float32)
    expected, given = exact.probabilities(logits), near.probabilities(near.logits(faces, quick=True))
    difference = np.abs(expected - given)
    return Int8Agreement(
        n=len(chosen),
        agreement=float((expected.argmax(axis=1) == given.argmax(axis=1)).mean()),
        mean=float(difference.mean()),
        largest=float(difference.max()),
    )
