"""What a run's JSON files hold: one frozen model a file."""

from __future__ import annotations

import math
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from fer_core.files import replace
from fer_core.settings import FACE_SIZE

Record = TypeVar("Record", bound=BaseModel)
State = Literal["queued", "starting", "running", "stopping", "finished", "stopped", "failed"]


ACTIVE: tuple[State, ...] = ("queued", "starting", "running", "stopping")
USABLE: tuple[State, ...] = ("finished", "stopped")


class Stage(BaseModel):
    """Where work is. Epochs count from 1 over all phases; seconds and images per second are measured.

    A study is told in the same words: its runs are the epochs.
    """

    model_config = ConfigDict(frozen=True)

    phase: str = ""
    epoch: int = 0
    epochs: int = 0
    batch: int = 0
    batches: int = 0
    images_per_second: float | None = None
    seconds_left: float | None = None
    note: str = ""

    @property
    def done(self) -> int:
        """Epochs that are done."""
        return self.epoch if self.batches and self.batch == self.batches else max(0, self.epoch - 1)

    @property
    def share(self) -> float:
        """Share of all epochs that is done, 0 to 1."""
        done = self.epoch - 1 + self.batch / max(1, self.batches)
        return min(1.0, done / max(1, self.epochs)) if self.epoch else 0.0


class Status(BaseModel):
    """State of a run as its worker last wrote it; times are seconds since the epoch (UTC)."""

    model_config = ConfigDict(frozen=True)

    state: State = "queued"
    created: float = 0.0
    started: float | None = None
    ended: float | None = None
    heartbeat: float = 0.0
    pid: int | None = None
    progress: Stage = Stage()
    best_epoch: int | None = None
    best_score: float | None = None
    error: str | None = None


class About(BaseModel):
    """What the viewer says of a run."""

    name: str = ""
    note: str = ""


class Calibration(BaseModel):
    """How logits become shown probabilities: softmax((logits - prior_shift) / temperature); below `threshold` it is "not sure".

    `prior_tau` is how much of the training prior is taken off the logits: 0 nothing, 1 all of it (Menon et al. 2021,
    arXiv:2007.07314, post-hoc logit adjustment). `prior` holds the share of each class, in the order of the logits.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    temperature: float = Field(default=1.0, gt=0)
    threshold: float = Field(default=0.0, ge=0, le=1)
    flip: bool = True
    prior_tau: float = Field(default=0.0, ge=0, le=2)
    prior: tuple[float, ...] = ()

    @model_validator(mode="after")
    def _has_a_prior_to_take_off(self) -> Calibration:
        if self.prior_tau and (not self.prior or min(self.prior) <= 0):
            raise ValueError("a prior correction needs the share of each class, above 0")
        return self

    @property
    def prior_shift(self) -> tuple[float, ...]:
        """What is taken off the logit of each class, tau times log of its share; empty where nothing is."""
        return tuple(self.prior_tau * math.log(share) for share in self.prior) if self.prior_tau else ()


class Int8Agreement(BaseModel):
    """How nearly photos are answered, in int8 and mirrored only where near, as the network answers; measured on validation faces.

    Attributes:
        n: faces.
        agreement: share of them that get the same class.
        mean: mean absolute difference of the calibrated probabilities.
        largest: largest such difference.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    n: int = Field(ge=1)
    agreement: float = Field(ge=0, le=1)
    mean: float = Field(ge=0, le=1)
    largest: float = Field(ge=0, le=1)

    @property
    def near(self) -> bool:
        """Whether photos may be answered by it: of 100 faces at least 98 get the same class."""
        return self.agreement >= 0.98 and self.mean <= 0.01


class Training(BaseModel):
    """What a run was made from and became: written by the worker when known, beside the config that never changes.

    `duplicates` counts the training faces that were left out as duplicates of validation or test; None where nobody counted.
    `size` and `colour` are those of the faces that its network takes.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    dataset: str
    fingerprint: str
    classes: tuple[str, ...]
    counts: dict[str, dict[str, int]] = {}
    duplicates: int | None = None
    size: int = FACE_SIZE
    colour: Literal["grey", "rgb"] = "grey"
    weights: str = ""
    parameters: int = 0
    phases: list[dict[str, Any]] = []
    seconds: float = 0.0
    machine: str = ""


class CorruptedAnswers(BaseModel):
    """Answers to faces of which all are corrupted in one way: counts, rows true, columns predicted.

    `lost` faces were answered rightly before they were corrupted, and wrongly now; `gained` ones the other way round. In the file
    the corruption is called `disturbance`.
    """

    model_config = ConfigDict(frozen=True, validate_by_name=True, serialize_by_alias=True)

    corruption: str = Field(validation_alias="disturbance", serialization_alias="disturbance")
    strength: float
    confusion: list[list[int]]
    lost: int
    gained: int


class RobustnessRecord(BaseModel):
    """Answers of a run to corrupted faces of one split.

    Attributes:
        dataset: name of the data set then.
        fingerprint: of the data set.
        split: train, validation or test.
        version: of the corruptions and their strengths.
        model: digest of the model file that answered, and of the prior that is taken off, where one is.
        flip: whether a face and its mirror image were averaged.
        n: faces that were corrupted.
        of: faces of the run's classes in the split; more than `n` for a subset.
        seed: of the subset and of the noise.
        classes: names of rows and columns.
        clean: confusion matrix of the same faces as they are.
        corrupted: one entry per corruption and strength; `disturbed` in the file.
        seconds: how long it took.
    """

    model_config = ConfigDict(frozen=True, validate_by_name=True, serialize_by_alias=True)

    dataset: str
    fingerprint: str
    split: str
    version: str
    model: str
    flip: bool
    n: int
    of: int
    seed: int
    classes: tuple[str, ...]
    clean: list[list[int]]
    corrupted: list[CorruptedAnswers] = Field(validation_alias="disturbed", serialization_alias="disturbed")
    seconds: float


def read_robustness(folders: Iterable[Path], fingerprint: str, split: str, version: str) -> list[RobustnessRecord]:
    """`robustness/FINGERPRINT-SPLIT-VERSION-N.json` of some run folders, most faces first; damaged ones are left out."""
    pattern = f"robustness/{fingerprint}-{split}-{version}-*.json"
    records = [load(path, RobustnessRecord) for folder in dict.fromkeys(folders) for path in sorted(folder.glob(pattern))]
    return sorted((record for record in records if record is not None), key=lambda record: -record.n)


def write_robustness(folder: Path, record: RobustnessRecord) -> None:
    """Keep a measurement in a run's folder; replaced atomically.

    Raises:
        OSError: the disk is full or may not be written.
    """
    path = folder / "robustness" / f"{record.fingerprint}-{record.split}-{record.version}-{record.n}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    text = record.model_dump_json()
    replace(path, lambda temporary: temporary.write_text(text))


def load(path: Path, model: type[Record]) -> Record | None:
    """The record in a JSON file; None when it is missing or damaged."""
    try:
        return model.model_validate_json(path.read_bytes())
    except (OSError, ValidationError):
        return None
