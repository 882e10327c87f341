"""Where a training is: what a checkpoint says of it beside its arrays."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass
class Position:
    """Where a training is; the checkpoint of a run is this as JSON, and the trainer's arrays.

    Attributes:
        phase: number of the phase, from 0.
        phase_epochs: epochs of that phase that are done.
        stale: epochs since the phase's last better one.
        epoch: epochs that are done, over all phases.
        step: batches that are done, over all phases.
        best_score: monitored validation score of the best epoch; None before the first.
        best_epoch: number of that epoch, from 1.
        half: whether matrix products are bfloat16 ones; None until it was decided.
    """

    phase: int = 0
    phase_epochs: int = 0
    stale: int = 0
    epoch: int = 0
    step: int = 0
    best_score: float | None = None
    best_epoch: int | None = None
    half: bool | None = None
