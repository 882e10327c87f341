"""What Slurm says of the jobs of runs that were sent there; asked at most every few seconds, for all runs at once."""

from __future__ import annotations

import shutil
import subprocess
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from pydantic import BaseModel, ConfigDict

LOOK_SECONDS = 4.0
"""Time between two questions to Slurm: its controller answers for everybody on the cluster."""

PATIENCE = 20.0
"""Seconds that Slurm may take to answer; a controller that is busy or starts again is no end of a job."""

_WAITING = ("PENDING", "CONFIGURING", "REQUEUED", "REQUEUE_HOLD", "REQUEUE_FED", "RESV_DEL_HOLD", "SPECIAL_EXIT")
_AT_WORK = ("RUNNING", "COMPLETING", "SUSPENDED", "STOPPED", "SIGNALING", "STAGE_OUT", "RESIZING")


class Placement(BaseModel):
    """Where a run was sent, when that is not this machine.

    Attributes:
        executor: name in `fer_core.training.executors.EXECUTORS`.
        job: id of the job there; empty while it is being sent.
        submitted: seconds since the epoch (UTC).
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    executor: str
    job: str
    submitted: float


@dataclass(frozen=True)
class Entry:
    """A job as the cluster's queue shows it.

    Attributes:
        state: waits for its turn, is at work, or is unknown by now: it has ended. `silent` when nobody answered.
        place: among the jobs that wait in its partition, 1 being the next; None for one that does not wait.
        reason: why it waits, in Slurm's word such as `Resources`.
    """

    state: Literal["waiting", "at work", "ended", "silent"]
    place: int | None = None
    reason: str = ""


_guard = threading.Lock()
_listing: tuple[float, dict[str, Entry] | None] = (0.0, None)


def entry(placement: Placement) -> Entry:
    """What the queue says of a job now, or said a few seconds ago."""
    listing = _look(placement.submitted)
    return Entry("silent") if listing is None else listing.get(placement.job, Entry("ended"))


def ask(words: Sequence[str]) -> str | None:
    """Run one of Slurm's commands; returns what it printed, or None when it is not here, failed, or took too long."""
    if shutil.which(words[0]) is None:
        return None
    try:
        answer = subprocess.run(words, capture_output=True, text=True, timeout=PATIENCE, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return answer.stdout if answer.returncode == 0 else None


def read(printed: str) -> dict[str, Entry]:
    """{job id: entry} of the lines `ID|STATE|PARTITION|REASON`, the next to begin first."""
    entries: dict[str, Entry] = {}
    waiting: dict[str, int] = {}
    for line in printed.splitlines():
        job, state, partition, reason = (part.strip() for part in line.split("|", 3))
        if state in _WAITING:
            waiting[partition] = waiting.get(partition, 0) + 1
            entries[job] = Entry("waiting", waiting[partition], reason)
        elif state in _AT_WORK:
            entries[job] = Entry("at work")
    return entries


def _look(submitted: float) -> dict[str, Entry] | None:
    global _listing
    with _guard:
        asked, listing = _listing
        if asked <= submitted or not 0 <= time.time() - asked < LOOK_SECONDS:
            asked = time.time()
            printed = ask(["squeue", "--noheader", "--array", "--sort=-p,i", "--format=%i|%T|%P|%r"])
            _listing = asked, listing = asked, None if printed is None else read(printed)
        return listing
