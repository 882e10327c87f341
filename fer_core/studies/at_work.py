"""Everything that is at work now: trainings and studies of this workspace, and long work of this process."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

from fer_core import progress, runs
from fer_core.runs.records import ACTIVE, Status
from fer_core.studies.study import studies
from fer_core.training import executors, jobs

Kind = Literal["training", "study", "work"]


@dataclass(frozen=True)
class Task:
    """Something at work, or waiting for its turn.

    Attributes:
        kind: what it is.
        title: what is done, for people; names in it come from outside.
        text: where it is now; may be empty.
        share: that is done, 0 to 1.
        seconds_left: None while that cannot be said.
        stop: asks it to end; what is kept by then stays.
    """

    kind: Kind
    title: str
    text: str
    share: float
    seconds_left: float | None
    stop: Callable[[], None]


def at_work() -> list[Task]:
    """All tasks: trainings first, those that wait behind those at work."""
    jobs.reap()
    trainings = [(run, run.status()) for run in runs.list_runs() if not run.read_only]
    active = [(run, status) for run, status in trainings if status.state in ACTIVE]
    active.sort(key=lambda pair: (pair[1].state == "queued", pair[1].created))
    tasks = [_task("training", run.about().name, status, lambda run=run: executors.stop(run)) for run, status in active]  # type: ignore[misc]
    return [*tasks, *_studies(), *(_of_work(work) for work in progress.under_way())]


def _studies() -> Iterator[Task]:
    for study in studies():
        if study.begun() and (status := study.status()).state in ACTIVE:
            yield _task("study", study.question.name, status, study.stop_file.touch)


def _task(kind: Kind, title: str, status: Status, stop: Callable[[], None]) -> Task:
    stage = status.progress
    text = status.state if status.state in ("queued", "stopping") else stage.note or stage.phase
    return Task(kind, title, text, stage.share, stage.seconds_left, stop)


def _of_work(work: progress.Work) -> Task:
    return Task("work", work.title, "stopping" if work.stopping() else work.text, work.share, work.seconds_left, work.stop)
