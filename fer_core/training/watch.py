"""What is told while a phase trains: batches, progress, time left, and whether a stop was asked for."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from fer_core.runs.config import Phase
from fer_core.runs.records import Progress

if TYPE_CHECKING:
    from fer_core.training.session import Session
    from fer_core.training.trainer import Trainer

LOOK_SECONDS = 0.3
"""Time between two looks at the clock, the stop request and the training loss; each look waits for the batches under way."""

# Time of a training batch relative to a forward pass, to foresee phases that have not begun.
_RELATIVE = {"head": 1.0, "partial": 2.0, "full": 4.0}


class Watch:
    """Follows one epoch after another of a phase.

    Args:
        session: the run's training.
        phase: the phase.
        steps: batches an epoch.
        trainer: knows the mean loss and accuracy.
    """

    def __init__(self, session: Session, phase: Phase, steps: int, trainer: Trainer) -> None:
        self.session, self.phase, self.steps, self.trainer = session, phase, steps, trainer
        self.images_per_second = 0.0
        self._start: float | None = None
        self._looked = 0.0

    def begin(self) -> None:
        """An epoch begins."""
        self._start = None

    def batch_done(self, batch: int) -> bool:
        """Batch number `batch`, from 1, is done; True when the run was asked to stop."""
        session = self.session
        session.step += 1
        if self._start is None:
            # The first batch compiles the graph; it is not part of the speed.
            self.trainer.progress()
            self._start = time.time()
            return session.run.stop_file.exists()
        if time.time() - self._looked < LOOK_SECONDS and batch < self.steps:
            return False
        loss, accuracy = self.trainer.progress()
        self._looked = time.time()
        self.images_per_second = (batch - 1) * session.batch_size / max(self._looked - self._start, 1e-6)
        position = session.epoch + batch / self.steps
        session.events.batch(step=session.step, epoch=position, phase=self.phase.name, loss=loss, accuracy=accuracy)
        session.events.progress(
            Progress(
                phase=self.phase.name,
                epoch=session.epoch + 1,
                epochs=session.epochs_planned(),
                batch=batch,
                batches=self.steps,
                images_per_second=self.images_per_second,
                seconds_left=self._seconds_left(batch),
            )
        )
        return session.run.stop_file.exists()

    def _seconds_left(self, batch: int) -> float:
        """Remaining batches at the measured speed; later phases, sizes and validation by their relative cost."""
        session, config = self.session, self.session.config
        position = session.phases.index(self.phase)
        sides = [session.side(self.phase, number) for number in range(self.phase.epochs)]
        now = session.epoch - sum(phase.epochs for phase in session.phases[:position])
        per_batch = session.batch_size / max(self.images_per_second, 1e-6)
        costs = [(side / sides[now]) ** 2 * self.steps * per_batch for side in sides[now:]]
        whole = (config.resolution / sides[now]) ** 2 * per_batch
        unit = 0.0 if self.phase.cached else whole / _RELATIVE[self.phase.name]
        later = sum(phase.epochs * _RELATIVE[phase.name] for phase in session.phases[position + 1 :]) * self.steps * unit
        checks = (session.epochs_planned() - session.epoch) * len(session.validation) / session.batch_size
        return sum(costs) - batch * per_batch + later + checks * unit
