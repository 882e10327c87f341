"""Starting, queueing and stopping training processes: as many at a time as there are slots, first come first served.

A slot is a file lock that the operating system frees when its holder dies; a waiting worker holds a ticket, which is its
queued status with the time of its creation, and has imported nothing heavy yet.
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from filelock import FileLock, Timeout

from fer_core import processes, runs
from fer_core.datasets import folds
from fer_core.datasets.crowd import require_votes
from fer_core.datasets.editing import require_trainable
from fer_core.errors import DatasetError, RunError
from fer_core.runs import Run
from fer_core.runs.config import RunConfig
from fer_core.runs.job import Job
from fer_core.runs.records import Status
from fer_core.settings import settings
from fer_core.training import checkpoint, slots

POLL_SECONDS = 0.5
"""Time between two looks at the queue of a worker that waits."""

NICENESS = 5
"""How much lower than the app's the priority of a worker is (POSIX nice levels)."""


class _Child(NamedTuple):
    process: subprocess.Popen[bytes]
    job: Job
    ticket: float
    """`created` of the status that it was started for: a run that was resumed since has another one."""


_children: dict[str, _Child] = {}
_guard = threading.Lock()


Begin = Callable[[Run], None]
"""Has a queued run begin; raises RunError, and leaves the run failed, when that cannot be."""


def begin_here(run: Run) -> None:
    """Start a worker process on this machine for a queued run; it waits there until a slot is free.

    The worker lives in a session of its own, so that neither the end of this process nor Ctrl-C reaches it.

    Raises:
        RunError: no process could be started; the run is kept as failed.
    """
    launch(run, command(run))


def start(config: RunConfig, *, name: str = "", begin: Begin | None = None, home: Path | None = None) -> Run:
    """Queue a new run and return at once.

    Args:
        config: its recipe.
        name: for people.
        begin: has it begin; None for this machine.
        home: folder that the run is made in; None for that of all runs.

    Raises:
        NotFoundError: the data set does not exist.
        DatasetError: the data set, with the labels that the config asks for, has no training or no validation samples, fewer
            than two classes to learn, or no votes although they are to teach.
        RunError: no process could be started; the run is kept as failed.
    """
    _check_dataset(config)
    reap()
    _sweep()
    run = runs.create(config, name=name, home=home)
    (begin or begin_here)(run)
    return run


def resumable(run: Run) -> bool:
    """Whether a run can be resumed as far as its state goes: it has failed or was stopped, and is not the bundled one."""
    return not run.read_only and run.status().state in ("failed", "stopped")


def resume(run: Run, *, begin: Begin | None = None) -> None:
    """Have a run go on from its last checkpoint, in its own folder; it waits in the queue as a new one would.

    A run without a checkpoint starts again from its beginning.

    Args:
        run: the run.
        begin: has it begin; None for this machine.

    Raises:
        NotFoundError: its data set is gone.
        DatasetError: its data set has changed since the run began, or can no longer be learned from.
        RunError: it is the bundled run, has finished, is queued or at work already, or no process could be started.
    """
    if run.read_only:
        raise RunError("The bundled run comes with the project and cannot be resumed; start a new run.")
    reap()
    with FileLock(settings().runs / ".resume.lock"):
        status = run.status()
        if status.state == "finished":
            raise RunError(f"Run '{run.about().name}' has finished; there is nothing to resume.")
        if status.state in runs.ACTIVE:
            raise RunError(f"Run '{run.about().name}' is queued or at work already.")
        _check_dataset(run.config())
        _check_unchanged(run)
        now = time.time()
        queued = Status(state="queued", created=now, heartbeat=now, best_epoch=status.best_epoch, best_score=status.best_score)
        try:
            run.stop_file.unlink(missing_ok=True)
            run.place(None)
            run.write(queued)
        except OSError as error:
            reason = error.strerror or error
            raise RunError(f"The run's folder cannot be written ({reason}); free some space and resume the run.") from error
        (begin or begin_here)(run)


def stop(run: Run) -> None:
    """Ask a run to end after its current batch and keep the best epoch so far; nothing happens to one that has ended."""
    if run.read_only or run.status().state not in runs.ACTIVE:
        return
    run.stop_file.touch()


def queue() -> list[Run]:
    """Runs that wait for a slot of this machine, in the order in which they will get it."""
    reap()
    waiting = [(run.status(), run) for run in runs.list_runs() if _here(run)]
    queued = [(status.created, run.id, run) for status, run in waiting if status.state == "queued"]
    return [run for _, _, run in sorted(queued, key=lambda ticket: ticket[:2])]


def place(run: Run) -> int | None:
    """Place of a run in the queue, 1 being the next; None when it does not wait."""
    waiting = [other.id for other in queue()]
    return waiting.index(run.id) + 1 if run.id in waiting else None


def at_work() -> Run | None:
    """A run that holds a slot of this machine now; None when none does."""
    busy = (run for run in runs.list_runs() if _here(run) and run.status().state in ("starting", "running", "stopping"))
    return next(busy, None)


def _here(run: Run) -> bool:
    return not run.read_only and run.placement is None


def acquire_slot(run: Run, on_wait: Callable[[int], None] | None = None) -> FileLock | None:
    """Wait in the worker until the machine's slot is this run's; called before anything heavy is imported.

    Takes the ticket first: the status gets this process's id, so that the run counts as begun while it waits.

    Args:
        run: the worker's own run, which it holds.
        on_wait: called with the place in the queue (1 is the next) whenever it changes.

    Returns:
        The held lock, freed by `release()` or by the death of the process; None when the run was asked to stop meanwhile, or is
        not queued any more, as another worker has brought it to its end.
    """
    status = run.status()
    if status.state != "queued":
        return None
    run.write(status.model_copy(update={"heartbeat": time.time(), "pid": os.getpid(), "ended": None, "error": None}))

    settings().runs.mkdir(parents=True, exist_ok=True)
    free, told = slots.locks(), None
    while not run.stopping:
        waiting = [other.id for other in queue()]
        place = waiting.index(run.id) + 1 if run.id in waiting else 1
        for number, lock in enumerate(free if place <= len(free) else []):
            with suppress(Timeout):
                lock.acquire(timeout=0)
                if run.status().state != "queued":
                    lock.release(force=True)
                    return None
                slots.take_gpu(number)
                return lock
        if on_wait is not None and place != told:
            on_wait(place)
            told = place
        time.sleep(POLL_SECONDS)
    return None


def reap() -> None:
    """Collect ended children of this process, so that none stays a zombie, and mark those that died before their first word."""
    with _guard:
        ended = [name for name, child in _children.items() if child.process.poll() is not None]
        for child in [_children.pop(name) for name in ended]:
            _mark_if_silent(child)


def _sweep() -> None:
    """Remove checkpoints that finished runs have still, as their worker was killed before it could."""
    for run in runs.list_runs():
        if not run.read_only and run.checkpoint.exists() and run.status().state == "finished":
            checkpoint.remove(run)


def command(run: Run) -> Sequence[str]:
    """Command line of a run's worker."""
    return [sys.executable, "-m", "fer_core.training.worker", run.id]


def _check_dataset(config: RunConfig) -> None:
    dataset = folds.open_fold(config.dataset, config.fold)
    counts = {split: dataset.meta.counts.get(split, {}) for split in ("train", "validation")}
    for split, by_class in counts.items():
        if not sum(by_class.values()):
            raise DatasetError(f"Data set '{config.dataset}' has no {split} samples; import a source that has some.")
    classes = [name for name, count in counts["train"].items() if count]
    if len(classes) < 2:
        raise DatasetError(f"Data set '{config.dataset}' has training samples of one class only; at least two are needed.")
    if config.labels != "crowd":
        require_trainable(dataset, config.labels)
    elif dataset.split("validation", labels="crowd").empty:
        raise DatasetError(
            f"Data set '{config.dataset}' has no validation face of which the crowd has a favourite among its classes."
        )
    if config.teacher_votes:
        require_votes(dataset.samples, dataset.name)


def _check_unchanged(run: Run) -> None:
    training = run.training()
    if training is None or not checkpoint.exists(run):
        return
    if training.fingerprint != folds.open_fold(training.dataset, run.config().fold).meta.fingerprint:
        raise DatasetError(f"Data set '{training.dataset}' has changed since the run began; start a new run.")


def launch(job: Job, words: Sequence[str]) -> None:
    """Start the process of a job that is queued; `reap` sees to its end.

    Args:
        job: the job.
        words: command line of its process.

    Raises:
        RunError: it could not be started; the job is kept as failed.
    """
    try:
        process = processes.spawn(words, job.log_file, niceness=NICENESS)
    except OSError as error:
        sentence = f"The worker process could not be started ({error.strerror or error}); see that memory and disk are free."
        job.write(failed(job.status(), sentence))
        raise RunError(sentence) from error
    with _guard:
        _children[job.path.name] = _Child(process, job, job.status().created)


def _mark_if_silent(child: _Child) -> None:
    status = child.job.status()
    if status.state in runs.ACTIVE and status.pid is None and status.created == child.ticket:
        code = child.process.returncode
        child.job.write(failed(status, f"The worker process ended before it began (exit status {code}); its log says why."))


def failed(status: Status, error: str) -> Status:
    """The status of work that ended now with an error, which is a sentence."""
    return status.model_copy(update={"state": "failed", "ended": time.time(), "error": error})
