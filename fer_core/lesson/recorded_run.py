"""A recorded training that ships: its curves, and what the network answered to drawn faces at many moments while it learned."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from fer_core.datasets.prepared import read_prepared
from fer_core.errors import NotFoundError
from fer_core.files import replace
from fer_core.runs.moments import Moment
from fer_core.settings import ASSETS

RECORDED = ASSETS / "learning.json"
"""The recording that ships, made by `python -m benchmarks.watch_learning`."""


@dataclass(frozen=True)
class Origin:
    """Where a recording is from.

    Attributes:
        dataset: name of the data set that was learned.
        train: its training faces.
        validation: its validation faces, which the confusion matrices count.
        recipe: the run's preset and what differs from it, as `train` takes them.
        resolution: pixels a side that the network saw.
        seconds: from the first batch to the end, with the time that asking took.
        machine: that it was trained on.
        date: day of the recording.
    """

    dataset: str
    train: int
    validation: int
    recipe: str
    resolution: int
    seconds: float
    machine: str
    date: str


@dataclass(frozen=True)
class Recording:
    """A training as it was recorded.

    Attributes:
        origin: where it is from.
        classes: in the order of the answers.
        epochs: as `Run.epochs`.
        batches: as `Run.batches`.
        moments: in order; their `faces` are positions among the drawn faces that ship, their confusion is of validation.
    """

    origin: Origin
    classes: tuple[str, ...]
    epochs: pd.DataFrame
    batches: pd.DataFrame
    moments: tuple[Moment, ...]


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid")

    origin: dict[str, Any]
    classes: tuple[str, ...]
    epochs: list[dict[str, Any]]
    batches: list[dict[str, Any]]
    moments: tuple[Moment, ...]


def write(recording: Recording, path: Path = RECORDED) -> None:
    """Keep a recording; replaced atomically."""
    document = {
        "origin": asdict(recording.origin),
        "classes": recording.classes,
        "epochs": recording.epochs.round(5).to_dict("records"),
        "batches": recording.batches.to_dict("records"),
        "moments": [moment.model_dump() for moment in recording.moments],
    }
    replace(path, lambda temporary: temporary.write_text(json.dumps(document, separators=(",", ":")) + "\n"))


def load(path: Path = RECORDED) -> Recording:
    """Read a recording.

    Raises:
        NotFoundError: the file is missing or damaged.
    """
    try:
        file = _File.model_validate_json(path.read_bytes())
        origin = TypeAdapter(Origin).validate_python(file.origin)
    except (OSError, ValidationError) as error:
        raise NotFoundError(
            f"The recording {path.name} cannot be read; make it again with `python -m benchmarks.watch_learning`."
        ) from error
    return Recording(origin, file.classes, pd.DataFrame(file.epochs), pd.DataFrame(file.batches), file.moments)


def faces(recording: Recording) -> NDArray[np.uint8]:
    """The drawn faces that were asked about: (N, 48, 48) uint8.

    Raises:
        DatasetError: the faces that ship are damaged.
    """
    return read_prepared()[0][list(recording.moments[0].faces)]
