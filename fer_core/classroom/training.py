"""What students may train where the teacher grants it: one run at a time, a few minutes, a few faces, until the lesson ends."""

from __future__ import annotations

import threading
import time
from contextlib import suppress
from typing import TYPE_CHECKING

import psutil

from fer_core import numbers
from fer_core.errors import InputError
from fer_core.settings import settings

if TYPE_CHECKING:
    from fer_core.runs import Run
    from fer_core.runs.config import RunConfig

MINUTES = 5.0
"""A student's run is stopped after so long at work; what it has learned by then is kept."""

FACES = 2000
"""Training faces that a student's run may take."""

_LOOK_SECONDS = 2.0
_lock = threading.Lock()
_watcher: threading.Thread | None = None


def runs_of_lesson() -> list[Run]:
    """Runs that students have begun in this lesson."""
    from fer_core import runs

    home = settings().lesson_runs
    return [run for run in runs.list_runs() if run.own.parent == home] if home.is_dir() else []


def start(config: RunConfig, *, name: str = "") -> Run:
    """Start a student's run on this machine, in the lesson's folder.

    Raises:
        InputError: another student's run is queued or at work, or it would take too many faces, or a file of this computer.
        FerError: as `jobs.start`.
    """
    from fer_core.datasets import store
    from fer_core.runs import ACTIVE
    from fer_core.training import jobs

    with _lock:
        if any(run.status().state in ACTIVE for run in runs_of_lesson()):
            raise InputError("Another student's run is at work: one at a time; wait until it has ended.")
        if config.weights_file or config.teachers:
            raise InputError("Students start from the weights that are here, without teachers; choose those.")
        faces = sum(store.open_dataset(config.dataset).meta.counts.get("train", {}).values())
        if round(faces * config.train_share) > FACES:
            share = numbers.percent(int(1000 * FACES / faces) / 1000)
            raise InputError(
                f"Students train on at most {FACES:,} faces, and this run would take {round(faces * config.train_share):,}: "
                f"set the share of the training faces to {share} or less."
            )
        run = jobs.start(config, name=name, home=settings().lesson_runs)
        watch()
        return run


def watch() -> None:
    """See to it that students' runs end in time, also those from before a restart of the app."""
    global _watcher
    if _watcher is None or not _watcher.is_alive():
        _watcher = threading.Thread(target=_watch, daemon=True, name="class-training")
        _watcher.start()


def stop_late(*, now: float | None = None) -> int:
    """Ask those to stop whose minutes are over; returns how many are still queued or at work."""
    from fer_core.runs import ACTIVE
    from fer_core.training import jobs

    active = 0
    for run in runs_of_lesson():
        status = run.status()
        if status.state not in ACTIVE:
            continue
        active += 1
        if status.started is not None and (time.time() if now is None else now) - status.started > 60 * MINUTES:
            jobs.stop(run)
    return active


def end_trainings() -> None:
    """End the processes of students' runs at once, unasked: asked to stop they would write into a folder that is deleted next."""
    names = {run.id for run in runs_of_lesson()}
    if not names:
        return
    begun = [run.status().pid for run in runs_of_lesson()]
    mine = [process.pid for process in psutil.Process().children(recursive=True)]
    for pid in {pid for pid in [*begun, *mine] if pid is not None}:
        with suppress(psutil.Error):
            process = psutil.Process(pid)
            # A number may have come again, for another program.
            if names & set(process.cmdline()):
                process.kill()
                process.wait(5)


def _watch() -> None:
    while stop_late():
        time.sleep(_LOOK_SECONDS)
