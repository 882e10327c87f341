"""Distillation: what earlier runs answer for the training faces (Hinton et al. 2015)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from fer_core import runs
from fer_core.datasets.store import Dataset
from fer_core.errors import InputError
from fer_core.runs import Progress
from fer_core.training.config import RunConfig
from fer_core.training.events import EventWriter
from fer_core.training.selection import Selection


def answers(config: RunConfig, dataset: Dataset, selection: Selection, events: EventWriter) -> NDArray[np.float32] | None:
    """Mean probabilities of the teachers for the training faces: (N, C) float32, rows of sum 1; None without teachers.

    Raises:
        NotFoundError: there is no such run.
        InputError: a teacher has other classes, or was itself trained on faces that validate or test this run.
        RunError: a teacher has no model.
    """
    if not config.teachers:
        return None
    from fer_core.predictor import load_predictor

    held = set(dataset.split("validation")["hash"]) | set(dataset.split("test")["hash"])
    faces = np.asarray(dataset.images[selection.train["id"].to_numpy()])
    total = np.zeros((len(faces), len(selection.classes)), np.float32)
    for number, name in enumerate(config.teachers, start=1):
        run = runs.open_run(name)
        if run.classes() != selection.classes:
            raise InputError(f"Teacher '{name}' knows the classes {', '.join(run.classes())}; choose one with those of this run.")
        met = int(run.training_samples()["hash"].isin(held).sum())
        if met:
            raise InputError(
                f"Teacher '{name}' was trained on {met} faces that validate or test this run; choose another teacher."
            )
        note = f"answers of teacher {number} of {len(config.teachers)}"
        events.say(f"Computing the {note}.")
        predictor = load_predictor(run)

        def progress(share: float, note: str = note) -> None:
            events.progress(Progress(phase="teachers", note=f"{note}, {share:.0%}"))

        total += predictor.probabilities(predictor.logits(faces, progress=progress))
    return total / np.float32(len(config.teachers))
