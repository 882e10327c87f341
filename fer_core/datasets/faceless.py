"""Pictures of a data set in which the face detector finds no face: a slow pass, kept with the data set and resumed."""

from __future__ import annotations

import time
import zipfile
import zlib
from contextlib import suppress
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from fer_core.datasets.staging import disk_errors
from fer_core.datasets.store import Dataset
from fer_core.files import replace
from fer_core.photos import faces
from fer_core.photos.frame import Frame, converted, converted_one
from fer_core.progress import Progress, silent

RETRIED = 0.02
"""Share of faces that the quick look misses and the thorough one has to search.

Of 300 pictures drawn from FER2013 (numpy seed 1) the quick look found a face in 98 %, the thorough one in 97 %; it missed two
that the thorough one found.
"""

_SIDE, _BORDER, _GRID = 64, 16, 6
_CELL = _SIDE + 2 * _BORDER
_BATCH = _GRID * _GRID
_RETRY_COST = 25.0
_THRESHOLD = 0.5
_VERSION = 1
_SECONDS_BETWEEN_WRITES = 20.0


def find_faceless(dataset: Dataset, *, progress: Progress = silent) -> NDArray[np.int64]:
    """Ids of the samples without a face, ascending; what an interrupted pass has seen is not looked at again.

    Many faces are searched at once, laid out on one canvas; where none is found, the picture is searched alone, as a photo is
    (`faces.find_faces`). A picture counts as faceless when both looks find nothing.

    Args:
        dataset: what to look at.
        progress: called with a share 0 to 1 and a sentence.

    Raises:
        DatasetError: the images are damaged.
    """
    checked, ids = _kept(dataset)
    in_colour = Frame(dataset.meta.size, "rgb")
    written = time.monotonic()
    for start in range(checked, dataset.meta.n, _BATCH):
        pictures = np.asarray(dataset.images[start : start + _BATCH])
        for position in np.flatnonzero(~_quick_look(pictures)):
            if not faces.find_faces(converted_one(pictures[position], in_colour)):
                ids.append(start + int(position))
        checked = start + len(pictures)
        progress(checked / dataset.meta.n, f"{checked:,} pictures searched, {len(ids):,} without a face")
        if checked == dataset.meta.n or time.monotonic() - written > _SECONDS_BETWEEN_WRITES:
            written = time.monotonic()
            with suppress(OSError):  # a disk that is full or may not be written costs the keeping, not the answer
                _keep(dataset, checked, ids)
    return np.array(ids, np.int64)


def kept_faceless(dataset: Dataset) -> NDArray[np.int64] | None:
    """Ids of the samples without a face from a finished pass; None when there was none."""
    checked, ids = _kept(dataset)
    return np.array(ids, np.int64) if checked == dataset.meta.n else None


def forget(dataset: Dataset) -> None:
    """Forget what was looked at, so that a pass begins with the first picture.

    Raises:
        DatasetError: the folder may not be written.
    """
    with disk_errors():
        _file(dataset).unlink(missing_ok=True)


def seconds_left(dataset: Dataset) -> float:
    """Estimate the seconds that the rest of the pass takes on this machine: foreseen from one canvas that is searched now."""
    checked, _ = _kept(dataset)
    pictures = np.asarray(dataset.images[:_BATCH])
    _quick_look(pictures)
    start = time.perf_counter()
    _quick_look(pictures)
    each = (time.perf_counter() - start) / _BATCH
    return (dataset.meta.n - checked) * each * (1 + RETRIED * _RETRY_COST)


def _quick_look(pictures: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """Which of up to 36 pictures (N, S, S) or (N, S, S, 3) uint8 show a face when they are searched together."""
    canvas = np.full((_GRID * _CELL, _GRID * _CELL, 3), 128, np.uint8)
    for position, picture in enumerate(converted(pictures, Frame(_SIDE, "rgb"))):
        top, left = (index * _CELL + _BORDER for index in divmod(position, _GRID))
        canvas[top : top + _SIDE, left : left + _SIDE] = picture
    boxes, _ = faces.run_network(canvas, _THRESHOLD)
    sizes = boxes[:, 2:4] - boxes[:, :2]
    columns, rows = ((boxes[:, :2] + boxes[:, 2:4]) / 2 // _CELL).astype(int).T
    cells = (rows * _GRID + columns)[(sizes < 1.3 * _CELL).all(axis=1)]
    return np.isin(np.arange(len(pictures)), cells)


def _file(dataset: Dataset) -> Path:
    return dataset.path / "audit" / f"{dataset.meta.fingerprint}-faceless-{_VERSION}.npz"


def _kept(dataset: Dataset) -> tuple[int, list[int]]:
    try:
        with np.load(_file(dataset), allow_pickle=False) as stored:
            return int(stored["checked"]), stored["found"].tolist()
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile, zlib.error):
        return 0, []


def _keep(dataset: Dataset, checked: int, ids: list[int]) -> None:
    file = _file(dataset)
    file.parent.mkdir(exist_ok=True)
    replace(file, lambda temporary: np.savez(temporary, checked=checked, found=np.array(ids, np.int64)))
