"""What an interrupted run goes on from: everything that its next epoch depends on, in one file an epoch, the last two of them.

A file begins with the SHA-256 of the rest, so that a torn or damaged one is known for what it is. Then comes a line of JSON (the
facts, and name, type and shape of each array), then the arrays' bytes. One file for all: a crash cannot mix two epochs.
"""

from __future__ import annotations

import hashlib
import json
import math
import re
import shutil
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fer_core.errors import RunError
from fer_core.files import replace
from fer_core.runs import Run

KEPT = 2
"""Checkpoints of a run that are kept: the newest, and the one before it in case that is damaged."""

SHARE = 0.05
"""Most of a run's time that writing checkpoints may take; where epochs are very short, some are passed over."""

_NAME = re.compile(r"epoch-(\d+)\.checkpoint")


@dataclass(frozen=True)
class Checkpoint:
    """A state that a run can go on from.

    Attributes:
        epoch: epochs that were done, over all phases.
        arrays: by name.
        facts: what JSON can hold.
    """

    epoch: int
    arrays: dict[str, NDArray[Any]]
    facts: dict[str, Any]


class Keeper:
    """Saves a run's checkpoints as it goes, unless that would take more than `SHARE` of its time.

    Args:
        run: the run.
        clock: seconds from any start.
    """

    def __init__(self, run: Run, clock: Callable[[], float] = time.monotonic) -> None:
        self._run, self._clock = run, clock
        self._ended, self._took = -math.inf, 0.0

    def keep(self, epoch: int, snapshot: Callable[[], tuple[Mapping[str, NDArray[Any]], Mapping[str, Any]]]) -> None:
        """Save what `snapshot` gives after an epoch, or pass it over.

        Raises:
            OSError: the disk is full or may not be written; the checkpoints before it are as they were.
        """
        start = self._clock()
        if start - self._ended < self._took * (1 / SHARE - 1):
            return
        save(self._run, epoch, *snapshot())
        self._ended = self._clock()
        self._took = self._ended - start


def save(run: Run, epoch: int, arrays: Mapping[str, NDArray[Any]], facts: Mapping[str, Any]) -> None:
    """Keep the state after an epoch; older checkpoints go once it is whole.

    Args:
        run: the run.
        epoch: epochs done so far, over all phases.
        arrays: any shapes and types without Python objects.
        facts: what JSON can hold.

    Raises:
        OSError: the disk is full or may not be written; the checkpoints before it are as they were.
    """
    whole = {name: np.ascontiguousarray(array).reshape(np.shape(array)) for name, array in arrays.items()}
    described = [[name, array.dtype.name, array.shape] for name, array in whole.items()]
    header = json.dumps({"facts": dict(facts), "arrays": described}).encode() + b"\n"
    parts: list[bytes | memoryview] = [header, *(array.reshape(-1).view(np.uint8).data for array in whole.values())]
    digest = hashlib.sha256()
    for part in parts:
        digest.update(part)

    def write(temporary: Path) -> None:
        with temporary.open("wb") as file:
            file.write(digest.hexdigest().encode() + b"\n")
            file.writelines(parts)

    run.checkpoint.mkdir(exist_ok=True)
    replace(run.checkpoint / f"epoch-{epoch:06d}.checkpoint", write)
    newest = [file for number, file in _files(run) if number <= epoch][:KEPT]
    for file in set(run.checkpoint.iterdir()) - set(newest):
        file.unlink(missing_ok=True)


def load(run: Run) -> Checkpoint | None:
    """The newest checkpoint that is whole; None when the run has none.

    Raises:
        RunError: there are some, but all of them are damaged.
    """
    files = _files(run)
    for epoch, file in files:
        with suppress(OSError, ValueError):
            return _read(epoch, file)
    if files:
        raise RunError(f"The checkpoints of run '{run.about().name}' are damaged; start a new run with the same settings.")
    return None


def latest_epoch(run: Run) -> int | None:
    """Epoch after which the run would go on, as the newest checkpoint's name says; None when it has none."""
    files = _files(run)
    return files[0][0] if files else None


def exists(run: Run) -> bool:
    """Whether the run has a checkpoint."""
    return latest_epoch(run) is not None


def remove(run: Run) -> None:
    """Delete a run's checkpoints; nothing happens to one that has none."""
    shutil.rmtree(run.checkpoint, ignore_errors=True)


def _files(run: Run) -> list[tuple[int, Path]]:
    """Epoch and file of each checkpoint, the newest first."""
    matches = [(_NAME.fullmatch(path.name), path) for path in run.checkpoint.glob("*.checkpoint")]
    return sorted(((int(match[1]), path) for match, path in matches if match), reverse=True)


def _read(epoch: int, file: Path) -> Checkpoint:
    """A checkpoint from its file.

    Raises:
        ValueError: the file is not what was written.
    """
    content = file.read_bytes()
    if content[:65] != hashlib.sha256(memoryview(content)[65:]).hexdigest().encode() + b"\n":
        raise ValueError(f"{file.name} is damaged")
    place = content.index(b"\n", 65) + 1
    header = json.loads(content[65:place])
    arrays = {}
    for name, kind, shape in header["arrays"]:
        dtype, count = np.dtype(kind), math.prod(shape)
        arrays[name] = np.frombuffer(content, dtype, count, place).reshape(shape).copy()
        place += count * dtype.itemsize
    return Checkpoint(epoch, arrays, header["facts"])
