"""What is told while a run trains: batches, epochs, progress and the time left."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from fer_core.progress import Progress
from fer_core.runs.config import Phase, RunConfig
from fer_core.runs.records import Stage
from fer_core.training.events import EventWriter
from fer_core.training.position import Position

LOOK_SECONDS = 0.3
"""Time between two looks at the clock, the stop request and the training loss; each look waits for the batches under way."""

# Time of a training batch relative to a forward pass, to foresee phases that have not begun.
_RELATIVE = {"head": 1.0, "partial": 2.0, "full": 4.0}


@dataclass(frozen=True)
class Extent:
    """How much a run trains.

    Attributes:
        config: its recipe.
        phases: its phases.
        batch_size: faces in a batch.
        steps: batches in an epoch.
        checked: validation faces.
    """

    config: RunConfig
    phases: Sequence[Phase]
    batch_size: int
    steps: int
    checked: int

    @property
    def epochs(self) -> int:
        """Epochs of all phases, without early stopping."""
        return sum(phase.epochs for phase in self.phases)

    def side(self, phase: Phase, number: int) -> int:
        """Pixels a side in epoch `number`, from 0, of a phase."""
        first = phase.name == "full" and number < self.config.start_epochs
        return min(self.config.start_resolution, self.config.resolution) if first else self.config.resolution


class Reporter:
    """Tells where a training is, epoch after epoch.

    Args:
        events: where it is written.
        extent: how much the run trains.
        position: where it is; read only.
    """

    def __init__(self, events: EventWriter, extent: Extent, position: Position) -> None:
        self._events, self._extent, self._position = events, extent, position
        self.images_per_second = 0.0
        self._start: float | None = None
        self._began = self._looked = 0.0

    def begin(self) -> None:
        """An epoch begins."""
        self._began, self._start = time.time(), None

    def batch_done(self, batch: int, means: Callable[[], tuple[float, float]]) -> float | None:
        """Tell that a batch is done, where it is time to.

        Args:
            batch: its number in the epoch, from 1.
            means: loss and accuracy over the epoch so far; waits for the batches under way.

        Returns:
            The loss; None when it was not looked at.
        """
        if self._start is None:
            # The first batch compiles the graph; it is not part of the speed.
            loss, _ = means()
            self._start = time.time()
            return loss
        if time.time() - self._looked < LOOK_SECONDS and batch < self._extent.steps:
            return None
        loss, accuracy = means()
        self._looked = time.time()
        self.images_per_second = (batch - 1) * self._extent.batch_size / max(self._looked - self._start, 1e-6)
        done, phase = self._position, self._extent.phases[self._position.phase]
        position = done.epoch + batch / self._extent.steps
        self._events.batch(step=done.step, epoch=position, phase=phase.name, loss=loss, accuracy=accuracy)
        self._events.progress(
            Stage(
                phase=phase.name,
                epoch=done.epoch + 1,
                epochs=self._extent.epochs,
                batch=batch,
                batches=self._extent.steps,
                images_per_second=self.images_per_second,
                seconds_left=self._seconds_left(batch),
            )
        )
        return loss

    def epoch_done(self, means: tuple[float, float], scores: dict[str, float], *, learning_rate: float, better: bool) -> None:
        """Write one epoch's row and sentence; the position counts the epoch already.

        Args:
            means: training loss and accuracy.
            scores: of validation, as from `recipe.validation_scores`.
            learning_rate: at the epoch's end.
            better: whether it is the best so far.
        """
        epoch, phase, (loss, accuracy) = self._position.epoch, self._extent.phases[self._position.phase].name, means
        row: dict[str, Any] = {"epoch": epoch, "phase": phase, "loss": loss, "accuracy": accuracy, **scores}
        row |= {"seconds": round(time.time() - self._began, 2), "images_per_second": round(self.images_per_second, 1)}
        self._events.epoch({**row, "learning_rate": learning_rate})
        self._events.say(
            f"Epoch {epoch} ({phase}): loss {loss:.3f}, validation loss {scores['val_loss']:.3f}, "
            f"accuracy {scores['val_accuracy']:.3f}, macro F1 {scores['val_macro_f1']:.3f}" + (", best so far" if better else "")
        )

    def preparing(self, phase: str, what: str, faces: int) -> Progress:
        """Tells the share of some faces that is done before an epoch can begin."""
        start = time.time()

        def progress(share: float, _text: str) -> None:
            left = (time.time() - start) * (1 - share) / share
            done = {"batch": round(share * faces), "batches": faces}
            note = f"{what}, {share:.0%}"
            self._events.progress(Stage(phase=phase, epochs=self._extent.epochs, **done, seconds_left=left, note=note))

        return progress

    def _seconds_left(self, batch: int) -> float:
        """Remaining batches at the measured speed; later phases, sizes and validation by their relative cost."""
        extent, number = self._extent, self._position.phase
        phase = extent.phases[number]
        sides = [extent.side(phase, epoch) for epoch in range(phase.epochs)]
        now = self._position.phase_epochs
        per_batch = extent.batch_size / max(self.images_per_second, 1e-6)
        costs = [(side / sides[now]) ** 2 * extent.steps * per_batch for side in sides[now:]]
        whole = (extent.config.resolution / sides[now]) ** 2 * per_batch
        unit = 0.0 if phase.cached else whole / _RELATIVE[phase.name]
        later = sum(other.epochs * _RELATIVE[other.name] for other in extent.phases[number + 1 :]) * extent.steps * unit
        checks = (extent.epochs - self._position.epoch) * extent.checked / extent.batch_size
        return sum(costs) - batch * per_batch + later + checks * unit
