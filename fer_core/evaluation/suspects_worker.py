"""The search for suspected labels as a process of its own: `python -m fer_core.evaluation.suspects_worker NAME`."""

from __future__ import annotations

import sys

from fer_core.datasets.store import Dataset, open_dataset
from fer_core.errors import DatasetError
from fer_core.evaluation.suspects import Progress, Suspects, kept, suspects
from fer_core.processes import answer, ask


def find_in_process(dataset: Dataset, *, progress: Progress | None = None) -> Suspects:
    """Like `suspects`, by another process at a lower priority while this one waits; the result is kept with the data set.

    Raises:
        DatasetError: the process could not start, met a FerError, or died.
    """
    status = ask("fer_core.evaluation.suspects_worker", dataset.name, error=DatasetError, progress=progress)
    found = kept(dataset) if status == 0 else None
    if found is None:
        raise DatasetError(f"The search broke off (exit status {status}); see that memory is free and try again.")
    return found


def main(name: str) -> int:
    """Find and keep the suspected labels of a data set; returns the exit status."""
    return answer(lambda progress: suspects(open_dataset(name), progress=progress))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
