"""Where runs are trained: on this machine, or on a cluster. One row each; pages and command line read the table."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from fer_core.errors import InputError, RunError
from fer_core.runs import Run
from fer_core.runs.config import RunConfig
from fer_core.settings import settings
from fer_core.training import jobs, slots, slurm


@dataclass(frozen=True)
class Executor:
    """A place where runs are trained.

    Attributes:
        name: in `FER_EXECUTOR` and `--executor`, and in the run's folder.
        title: for people.
        refusal: why it cannot be used from here, in a sentence; empty when it can.
        begin: has a queued run begin; raises RunError.
        stop: asks a run to end and keep its best epoch.
        place: of a run in the queue, 1 being the next; None when it does not wait.
        waiting: where a queued run is, in words.
        parallel: runs of one study that may wait or be at work at once.
    """

    name: str
    title: str
    refusal: Callable[[], str]
    begin: Callable[[Run], None]
    stop: Callable[[Run], None]
    place: Callable[[Run], int | None]
    waiting: Callable[[Run], str]
    parallel: Callable[[], int]


def _waiting_here(run: Run) -> str:
    busy = jobs.at_work()
    if busy is None:
        return "Its process is starting …"
    return f"Position {jobs.place(run) or 1} in the queue; “{busy.about().name}” is training."


EXECUTORS = {
    row.name: row
    for row in (
        Executor(
            name="local",
            title="This machine",
            refusal=lambda: "",
            begin=lambda run: jobs.begin_here(run),
            stop=lambda run: jobs.stop(run),
            place=lambda run: jobs.place(run),
            waiting=_waiting_here,
            parallel=lambda: slots.count(),
        ),
        Executor(
            name=slurm.NAME,
            title="Slurm",
            refusal=slurm.refusal,
            begin=slurm.begin,
            stop=slurm.stop,
            place=slurm.place,
            waiting=slurm.waiting,
            parallel=slurm.parallel,
        ),
    )
}


def usable() -> list[Executor]:
    """The places that runs can be sent to from here, the one that `FER_EXECUTOR` names first."""
    rows = [row for row in EXECUTORS.values() if not row.refusal()]
    return sorted(rows, key=lambda row: row.name != settings().executor)


def chosen(name: str | None = None) -> Executor:
    """The executor of this name, or the one that `FER_EXECUTOR` names.

    Raises:
        InputError: there is none of this name.
        RunError: it cannot be used from here.
    """
    row = EXECUTORS.get(name or settings().executor)
    if row is None:
        raise InputError(f"There is no executor '{name}'; there are {', '.join(EXECUTORS)}.")
    if why := row.refusal():
        raise RunError(why)
    return row


def of(run: Run) -> Executor:
    """Where a run was sent last."""
    placement = run.placement
    return EXECUTORS["local" if placement is None else placement.executor]


def start(config: RunConfig, *, name: str = "", executor: str | None = None) -> Run:
    """Queue a new run, see `jobs.start`.

    Args:
        config: its recipe.
        name: for people.
        executor: where; None for the one that `FER_EXECUTOR` names.

    Raises:
        InputError: no such executor.
        RunError: it cannot be used from here, or did not take the run.
        DatasetError, NotFoundError: as `jobs.start`.
    """
    return jobs.start(config, name=name, begin=chosen(executor).begin)


def resume(run: Run, *, executor: str | None = None) -> None:
    """Have a run go on, see `jobs.resume`; where it was before, unless another executor is named.

    Raises:
        InputError, RunError, DatasetError, NotFoundError: as `start` and `jobs.resume`.
    """
    jobs.resume(run, begin=chosen(executor or of(run).name).begin)


def stop(run: Run) -> None:
    """Ask a run to end after its current batch, wherever it is, and keep its best epoch."""
    of(run).stop(run)
