"""Robustness measured by a process of its own: `python -m fer_core.evaluation.robustness_worker RUN DATASET SPLIT LIMIT`."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from fer_core.datasets.store import Dataset, open_dataset
from fer_core.errors import RunError
from fer_core.evaluation.robustness import Progress, kept, known_samples, measure
from fer_core.predictor import load_predictor
from fer_core.processes import answer, ask
from fer_core.runs import Run, open_run
from fer_core.runs.records import RobustnessRecord


def measure_in_process(
    run: Run, dataset: Dataset, split: str, *, limit: int | None = None, progress: Progress | None = None
) -> RobustnessRecord:
    """Like `robustness.measure`, by another process at a lower priority while this one waits; it ends when this one does.

    Raises:
        InputError: as in `measure`, before the process is started.
        RunError: the process could not start, met a FerError, or died, or its result could not be kept.
    """
    faces = len(known_samples(run, dataset, split, limit))
    words = run.id, dataset.name, split, str(limit or 0)
    status = ask("fer_core.evaluation.robustness_worker", *words, error=RunError, progress=progress)
    found = kept(run, dataset.meta.fingerprint, split, n=min(limit or faces, faces)) if status == 0 else None
    if found is None:
        raise RunError(
            f"The measurement broke off or could not be kept (exit status {status}); see that memory and disk space are free, "
            "and try again."
        )
    return found


def main(arguments: Sequence[str]) -> int:
    """Measure and keep the robustness of a run, on all faces when the limit is 0; returns the exit status."""
    run, dataset, split, limit = arguments
    return answer(
        lambda progress: measure(
            open_run(run), open_dataset(dataset), split, load=load_predictor, limit=int(limit) or None, progress=progress
        ),
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
