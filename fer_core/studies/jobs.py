"""Starting and stopping a comparison in a process of its own, for the page, which must not train."""

from __future__ import annotations

import json
import sys
import threading
import time
from collections.abc import Sequence

from fer_core.datasets.store import Dataset
from fer_core.errors import RunError
from fer_core.runs.records import ACTIVE, Status
from fer_core.studies.comparison import comparison
from fer_core.studies.transfer import SHARES, check, check_extent
from fer_core.training import jobs

_guard = threading.Lock()


def start(dataset: Dataset, *, shares: Sequence[float] = SHARES, seeds: int = 1, anew: bool = False) -> None:
    """Start the comparison on a data set and return at once; it goes on with what was kept, and waits for trainings.

    Raises:
        InputError: shares or seeds out of range.
        DatasetError: the data set cannot be compared on.
        WeightsError: the ImageNet weights are missing.
        RunError: it is at work already, or no process could be started.
    """
    check_extent(shares, seeds)
    check(dataset)
    job = comparison(dataset.meta.fingerprint)
    with _guard:
        if (now := status(dataset)) is not None and now.state in ACTIVE:
            raise RunError("This comparison is being made already; stop it first.")
        job.refresh()
        try:
            job.write(Status(state="queued", created=time.time(), heartbeat=time.time()))
        except OSError as error:
            raise RunError(f"The comparison cannot be written ({error.strerror or error}); free some space first.") from error
        asked = {"name": dataset.name, "shares": list(shares), "seeds": seeds, "anew": anew}
        jobs.launch(job, command(json.dumps(asked)))


def stop(dataset: Dataset) -> None:
    """Ask the comparison to end after its current batch; what is done is kept, and the cell that is trained now is lost."""
    comparison(dataset.meta.fingerprint).stop_file.touch()


def status(dataset: Dataset) -> Status | None:
    """Where the comparison on a data set is; None when there never was one."""
    jobs.reap()
    job = comparison(dataset.meta.fingerprint)
    return job.status() if job.status_file.exists() else None


def command(asked: str) -> Sequence[str]:
    """Command line of the process that makes what was asked for, as JSON."""
    return [sys.executable, "-m", "fer_core.studies.worker", asked]
