"""What the worker writes while it trains: status, batches, epochs, log and TensorBoard events."""

from __future__ import annotations

import csv
import errno
import json
import os
import time
from collections.abc import Mapping
from typing import Any

from fer_core.errors import Superseded
from fer_core.runs import Run, moments
from fer_core.runs.job import Job
from fer_core.runs.moments import Moment
from fer_core.runs.records import Stage, State, Status

STATUS_SECONDS = 1.0
BATCH_SECONDS = 0.5


class StatusWriter:
    """Writes the status of a job; nobody else does while its process lives, and it writes no more when another has taken over.

    Args:
        job: the job.
        status: status to go on from.
    """

    def __init__(self, job: Job, status: Status) -> None:
        self.job, self.status = job, status
        self._turn = job.turn
        self._written = 0.0

    def state(self, state: State, **changes: Any) -> None:
        """Write a new state at once, with other fields of `Status`."""
        self.status = self.status.model_copy(update={"state": state, **changes})
        self._write()

    def progress(self, stage: Stage, *, now: bool = False) -> None:
        """Tell where the work is; reaches the disk about once a second, or at once when `now`."""
        self.status = self.status.model_copy(update={"progress": stage})
        if now or time.time() - self._written >= STATUS_SECONDS:
            self._write()

    def say(self, sentence: str) -> None:
        """One line in the log with the time of day."""
        print(f"{time.strftime('%H:%M:%S')}  {sentence}", flush=True)

    def require_turn(self) -> None:
        """Refuse to go on when another process has taken the work over, as one does after this one was cut off or stood still.

        Raises:
            Superseded: one has.
        """
        if self.job.turn != self._turn:
            raise Superseded

    def _write(self) -> None:
        self.require_turn()
        self._written = time.time()
        state: State = "stopping" if self.status.state == "running" and self.job.stopping else self.status.state
        self.job.write(self.status.model_copy(update={"state": state, "heartbeat": self._written}))


class EventWriter(StatusWriter):
    """Writes a run's files.

    Args:
        run: the run.
        status: status to go on from.
    """

    def __init__(self, run: Run, status: Status) -> None:
        super().__init__(run, status)
        self.run = run
        self._batch_written = 0.0
        self._summary: Any = None

    def batch(self, *, step: int, epoch: float, phase: str, loss: float, accuracy: float) -> None:
        """Append running training loss and accuracy, about twice a second.

        Args:
            step: batches since the start of the run.
            epoch: position in epochs over all phases, with its fraction.
            phase: name of the phase.
            loss: mean over the epoch so far.
            accuracy: likewise, 0 to 1.
        """
        if time.time() - self._batch_written < BATCH_SECONDS:
            return
        self._batch_written = time.time()
        row = {"step": step, "epoch": round(epoch, 4), "phase": phase, "loss": round(loss, 5), "accuracy": round(accuracy, 5)}
        with self.run.batches_file.open("a") as file:
            file.write(json.dumps(row) + "\n")

    def moment(self, moment: Moment) -> None:
        """Append what the network answered at a moment."""
        moments.append(self.run.moments_file, moment)

    def epoch(self, row: Mapping[str, Any]) -> None:
        """Append one row to `epochs.csv` and the same numbers to TensorBoard's events."""
        new = not self.run.epochs_file.exists()
        with self.run.epochs_file.open("a", newline="") as file:
            writer = csv.DictWriter(file, fieldnames=list(row))
            if new:
                writer.writeheader()
            writer.writerow(row)
        self._tensorboard({key: float(value) for key, value in row.items() if key not in ("epoch", "phase")}, int(row["epoch"]))

    def _tensorboard(self, values: Mapping[str, float], step: int) -> None:
        # tf.summary.scalar needs the tensorboard package, which is no dependency. Plain values are read by every version of
        # TensorBoard, and as scalars by its EventAccumulator, which shows those of tf.summary.scalar as tensors.
        import tensorflow as tf

        summary = tf.compat.v1.Summary()
        for name, value in values.items():
            summary.value.add(tag=name, simple_value=value)
        try:
            if self._summary is None:
                self._summary = tf.summary.create_file_writer(str(self.run.tensorboard))
            with self._summary.as_default(step=step):
                tf.summary.experimental.write_raw_pb(summary.SerializeToString())
            self._summary.flush()
        except tf.errors.ResourceExhaustedError as error:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(self.run.tensorboard)) from error
