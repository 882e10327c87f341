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

    With `teacher_faces` unmet, a teacher answers only for the faces that it was not trained on: what it knows by heart of the
    others would be their labels (cross-fitting; Dao et al. 2021, "Knowledge distillation as semiparametric inference"). The row
    of a face that all teachers were trained on is NaN.

    Raises:
        NotFoundError: there is no such run.
        InputError: a teacher has other classes, or was itself trained on faces that validate or test this run, or all teachers
            were trained on all faces although they are to answer unmet ones.
        RunError: a teacher has no model.
    """
    if not config.teachers:
        return None
    from fer_core.predictor import load_predictor

    held = set(dataset.split("validation")["hash"]) | set(dataset.split("test")["hash"])
    faces = np.asarray(dataset.images[selection.train["id"].to_numpy()])
    total = np.zeros((len(faces), len(selection.classes)), np.float32)
    count = np.zeros((len(faces), 1), np.float32)
    for number, name in enumerate(config.teachers, start=1):
        run = runs.open_run(name)
        if run.classes() != selection.classes:
            raise InputError(f"Teacher '{name}' knows the classes {', '.join(run.classes())}; choose one with those of this run.")
        trained_on = run.training_samples()["hash"]
        met = int(trained_on.isin(held).sum())
        if met:
            raise InputError(
                f"Teacher '{name}' was trained on {met} faces that validate or test this run; choose another teacher."
            )
        note = f"answers of teacher {number} of {len(config.teachers)}"
        events.say(f"Computing the {note}.")
        predictor = load_predictor(run)

        def progress(share: float, note: str = note) -> None:
            events.progress(Progress(phase="teachers", note=f"{note}, {share:.0%}"))

        asked = np.ones(len(faces), bool)
        if config.teacher_faces == "unmet":
            asked = ~selection.train["hash"].isin(trained_on).to_numpy()
        total[asked] += predictor.probabilities(predictor.logits(faces[asked], progress=progress))
        count[asked] += 1
    alone = int((count == 0).sum())
    if alone == len(faces):
        raise InputError("All teachers were trained on all training faces; set teacher_faces to all, or choose other teachers.")
    if alone:
        events.say(f"All teachers were trained on {alone:,} of the {len(faces):,} training faces, whose labels count alone.")
    return np.divide(total, count, out=np.full_like(total, np.nan), where=count > 0)
