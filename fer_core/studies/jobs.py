"""Starting and stopping a comparison in a process of its own, for the page, which must not train."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Sequence

from fer_core.datasets.store import Dataset
from fer_core.errors import RunError
from fer_core.studies.state import ACTIVE, Folder, Situation
from fer_core.studies.transfer import SHARES, check, check_extent
from fer_core.training import jobs

_children: dict[str, subprocess.Popen[bytes]] = {}
_guard = threading.RLock()


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
    folder = Folder(dataset.meta.fingerprint)
    with _guard:
        now = situation(dataset)
        if now is not None and now.state in ACTIVE:
            raise RunError("This comparison is being made already; stop it first.")
        folder.refresh()
        folder.tell(Situation(state="starting"))
        asked = {"name": dataset.name, "shares": list(shares), "seeds": seeds, "anew": anew}
        try:
            _children[folder.fingerprint] = jobs.spawn(command(json.dumps(asked)), folder.log_file)
        except OSError as error:
            sentence = f"The process could not be started ({error.strerror or error}); see that memory and disk are free."
            folder.tell(Situation(state="failed", error=sentence))
            raise RunError(sentence) from error


def stop(dataset: Dataset) -> None:
    """Ask the comparison to end after its current batch; what is done is kept, and the cell that is trained now is lost."""
    Folder(dataset.meta.fingerprint).stop_file.touch()


def situation(dataset: Dataset) -> Situation | None:
    """Where the comparison on a data set is; None when there never was one."""
    folder = Folder(dataset.meta.fingerprint)
    with _guard:
        child = _children.get(folder.fingerprint)
        code = child.poll() if child is not None else None
        now = folder.situation()
        if code is None:
            return now
        del _children[folder.fingerprint]
        if now is not None and now.state == "starting":
            now = Situation(state="failed", error=f"The process ended before it began (exit status {code}); its log says why.")
            folder.tell(now)
        return now


def command(asked: str) -> Sequence[str]:
    """Command line of the process that makes what was asked for, as JSON."""
    return [sys.executable, "-m", "fer_core.studies.worker", asked]
