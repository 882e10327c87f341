"""The search for suspected labels as a process of its own: `python -m fer_core.evaluation.suspects_worker NAME`.

It writes its progress to stdout, one JSON object a line; the result is kept with the data set.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile

import psutil

from fer_core.datasets.store import Dataset, open_dataset
from fer_core.errors import DatasetError, FerError
from fer_core.evaluation.suspects import Progress, Suspects, kept, suspects
from fer_core.settings import PROJECT, settings

NICENESS = 5
"""How much lower than the app's the priority of the process is (POSIX nice levels)."""


def find_in_process(dataset: Dataset, *, progress: Progress | None = None) -> Suspects:
    """Like `suspects`, computed by another process at a lower priority while this one waits.

    Raises:
        DatasetError: the process could not start, met a FerError, or died.
    """
    environment = {**os.environ, "FER_WORKSPACE": str(settings().workspace), "TF_CPP_MIN_LOG_LEVEL": "3"}
    command = [sys.executable, "-m", "fer_core.evaluation.suspects_worker", dataset.name]
    error = None
    with tempfile.TemporaryFile() as chatter:
        try:
            process = subprocess.Popen(
                command, cwd=PROJECT, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=chatter, text=True
            )
        except OSError as problem:
            raise DatasetError(
                f"The search could not be started ({problem.strerror or problem}); see that memory is free and try again."
            ) from problem
        with process:
            _lower_priority(process.pid)
            for line in process.stdout or ():
                said = json.loads(line) if line.startswith("{") else {}
                error = said.get("error")
                if progress is not None and "share" in said:
                    progress(said["share"], said["text"])
    if error:
        raise DatasetError(error)
    found = kept(dataset) if process.returncode == 0 else None
    if found is None:
        raise DatasetError(f"The search broke off (exit status {process.returncode}); see that memory is free and try again.")
    return found


def main(name: str) -> int:
    """Find and keep the suspected labels of a data set; returns the exit status."""
    # Libraries print what they like; only progress reaches the pipe.
    pipe = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)

    def tell(**said: object) -> None:
        print(json.dumps(said), file=pipe, flush=True)

    try:
        suspects(open_dataset(name), progress=lambda share, text: tell(share=share, text=text))
    except FerError as error:
        tell(error=str(error))
        return 2
    except MemoryError:
        tell(error="There was not enough memory; close other programs and try again.")
        return 2
    return 0


def _lower_priority(pid: int) -> None:
    if sys.platform == "win32":
        return
    try:
        psutil.Process(pid).nice(min(19, psutil.Process().nice() + NICENESS))
    except psutil.Error:
        return


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
