"""Make a projection of features in a process of its own: `python -m fer_core.features.projection_worker NAME REQUEST`."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from fer_core.datasets.store import Dataset, open_dataset
from fer_core.errors import DatasetError
from fer_core.features.projection import FeatureMap, MapRequest, kept_map, make_map
from fer_core.processes import Progress, answer, ask


def make_in_process(dataset: Dataset, request: MapRequest, *, progress: Progress) -> FeatureMap:
    """Have a map made by another process, at a lower priority; it ends when this one does.

    Args:
        dataset: the faces.
        request: what to make.
        progress: called with a share 0 to 1 and a sentence.

    Raises:
        DatasetError: what the process could not do, in its one sentence; or it ended without a word, or could not keep the map.
    """
    words = dataset.name, request.model_dump_json()
    status = ask("fer_core.features.projection_worker", *words, error=DatasetError, progress=progress)
    found = kept_map(dataset, request) if status == 0 else None
    if found is None:
        raise DatasetError("The map could not be made or kept; see that there is free memory and disk space, and try again.")
    return found


def main(arguments: Sequence[str]) -> int:
    """Make one map; returns the exit status."""
    name, request = arguments
    return answer(
        lambda progress: make_map(open_dataset(name), MapRequest.model_validate_json(request), progress=progress),
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
