"""From where on a network is trained: what that makes of its parameters, and of the time; no TensorFlow."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from fer_core.backbones import BACKBONES
from fer_core.datasets.store import DatasetMeta
from fer_core.errors import InputError
from fer_core.models.anatomy import phase_plan
from fer_core.runs.config import RunConfig, preset_config
from fer_core.training.speed import estimate

HEAD = "head"
"""Stands for a backbone that is frozen as a whole: the head alone is trained."""

EPOCHS = 8
"""Epochs of the run whose time is told."""


@dataclass(frozen=True)
class Freeze:
    """One place to begin training at.

    Attributes:
        first: `HEAD`, or the first block that is trained; everything below it is frozen.
        trained: blocks of the backbone that are trained, from the input up.
        trainable: parameters that gradients change, the head's included.
        total: all parameters of the classifier.
        epoch_seconds: expected seconds of one epoch on a data set; None where none was given.
        sentence: expected time of a run of `EPOCHS` epochs, and from what it comes; empty without a data set.
    """

    first: str
    trained: tuple[str, ...]
    trainable: int
    total: int
    epoch_seconds: float | None
    sentence: str

    @property
    def share(self) -> float:
        """Trainable parameters of all, in [0, 1]."""
        return self.trainable / self.total


def places(backbone: str = "mobilenet") -> tuple[str, ...]:
    """Where training may begin: the head alone first, then from the last block down to the first."""
    return (HEAD, *reversed(BACKBONES[backbone].blocks))


def freeze(first: str, classes: int, *, backbone: str = "mobilenet", meta: DatasetMeta | None = None) -> Freeze:
    """What is trained, and how long it takes, when everything below a block is frozen.

    Args:
        first: one of `places`.
        classes: number of classes that the head answers.
        backbone: a key of BACKBONES.
        meta: data set for the expected time.

    Raises:
        InputError: there is no such place, or fewer than two classes.
    """
    if first not in places(backbone):
        raise InputError(f"Training begins at one of {', '.join(places(backbone))}; got '{first}'.")
    if classes < 2:
        raise InputError(f"A classifier needs at least 2 classes; got {classes}.")
    config = _config(first, backbone)
    (plan,) = phase_plan(config, classes)
    estimated = None if meta is None else estimate(config, meta)
    return Freeze(
        first=first,
        trained=plan.blocks,
        trainable=plan.trainable,
        total=plan.total,
        epoch_seconds=None if estimated is None else sum(part.seconds for part in estimated.phases) / EPOCHS,
        sentence="" if estimated is None else estimated.sentence,
    )


def block_parameters(backbone: str, classes: int) -> dict[str, int]:
    """{block: all its parameters} from the input up, the head last."""
    head = BACKBONES[backbone].features * classes + classes
    return {**{block.name: block.parameters for block in BACKBONES[backbone].table}, HEAD: head}


def _config(first: str, backbone: str) -> RunConfig:
    """A run of one phase. Epochs of the other phases are 0, so that each place is compared by itself."""
    changes: dict[str, Any] = {"resolution": 96, "head_epochs": 0, "partial_epochs": 0, "full_epochs": 0, "start_epochs": 0}
    if first == HEAD:
        changes["head_epochs"] = EPOCHS
    elif first == BACKBONES[backbone].blocks[0]:
        changes["full_epochs"] = EPOCHS
    else:
        changes |= {"partial_epochs": EPOCHS, "partial_from": first}
    return preset_config("lesson", backbone=backbone, **changes)
