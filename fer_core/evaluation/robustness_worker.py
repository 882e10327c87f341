"""Robustness measured by a process of its own: `python -m fer_core.evaluation.robustness_worker RUN DATASET SPLIT LIMIT`.

It writes its progress to stdout, one JSON object a line; the result is kept with the run. A limit of 0 stands for all faces.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence

from fer_core.datasets.store import Dataset, open_dataset
from fer_core.errors import FerError, RunError
from fer_core.evaluation.robustness import Progress, kept, known_samples, measure
from fer_core.predictor import load_predictor
from fer_core.run_records import RobustnessRecord
from fer_core.runs import Run, open_run
from fer_core.settings import PROJECT, settings

NICENESS = 5
"""How much lower than the app's the priority of the process is (POSIX nice levels)."""


def measure_elsewhere(
    run: Run, dataset: Dataset, split: str, *, limit: int | None = None, progress: Progress | None = None
) -> RobustnessRecord:
    """Like `robustness.measure`, by another process at a lower priority while this one waits; it ends when this one does.

    Raises:
        InputError: as in `measure`, before the process is started.
        RunError: the process could not start, met a FerError, or died, or its result could not be kept.
    """
    faces = len(known_samples(run, dataset, split, limit))
    environment = {**os.environ, "FER_WORKSPACE": str(settings().workspace), "TF_CPP_MIN_LOG_LEVEL": "3"}
    command = _command(run.id, dataset.name, split, limit)
    said: dict[str, object] = {}
    with tempfile.TemporaryFile() as chatter:
        try:
            process = subprocess.Popen(
                command, cwd=PROJECT, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=chatter, text=True
            )
        except OSError as problem:
            raise RunError(
                f"The measurement could not be started ({problem.strerror or problem}); see that memory is free and try again."
            ) from problem
        with process:
            for line in process.stdout or ():
                said = json.loads(line) if line.startswith("{") else {}
                if progress is not None and "share" in said:
                    progress(float(str(said["share"])), str(said["text"]))
    if "error" in said:
        raise RunError(str(said["error"]))
    found = kept(run, dataset.meta.fingerprint, split, n=min(limit or faces, faces)) if process.returncode == 0 else None
    if found is None:
        raise RunError(
            f"The measurement broke off or could not be kept (exit status {process.returncode}); see that memory and disk space "
            "are free, and try again."
        )
    return found


def main(arguments: Sequence[str]) -> int:
    """Measure and keep the robustness of a run; returns the exit status."""
    if hasattr(os, "nice"):
        os.nice(NICENESS)
    # Libraries print what they like; only progress reaches the pipe. When nobody reads it any more, the work has no use.
    pipe = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)

    def tell(**said: object) -> None:
        print(json.dumps(said), file=pipe, flush=True)

    try:
        run, dataset, split, limit = arguments
        measure(
            open_run(run),
            open_dataset(dataset),
            split,
            load=load_predictor,
            limit=int(limit) or None,
            progress=lambda share, text: tell(share=round(share, 4), text=text),
        )
    except FerError as error:
        tell(error=str(error))
        return 2
    except MemoryError:
        tell(error="There was not enough memory; close other programs or measure fewer faces.")
        return 2
    return 0


def _command(run: str, dataset: str, split: str, limit: int | None) -> list[str]:
    return [sys.executable, "-m", "fer_core.evaluation.robustness_worker", run, dataset, split, str(limit or 0)]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
