"""Work of a process of its own as its folder shows it: status, lock, stop request and log. Trainings and studies are such.

The process holds a lock in the folder as long as it lives, see `fer_core.processes`. On a shared disk a lock can be lost while
its holder is cut off, so each process that takes the work over gets a higher number, its turn; a lower one writes no more.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock, Timeout

from fer_core.errors import RunError
from fer_core.files import replace
from fer_core.processes import is_held
from fer_core.runs import cluster
from fer_core.runs.cluster import Placement
from fer_core.runs.records import ACTIVE, Status, load
from fer_core.runs.tables import read_tail

START_SECONDS = 600.0
"""A process that nobody watches has so long to say its first word: on a busy machine its imports alone take half a minute."""

SETTLE_SECONDS = 35.0
"""So long after its last word a cluster's job that has left the queue may have said its end on another node: a shared disk may
show what was written there half a minute later."""

LOST = "The worker process ended without a word."
"""The error of work whose process is gone although it said no end."""

_HOLD_SECONDS = 5.0
"""Longest wait for a lock: who only looks whether it is held has it for a moment."""


@dataclass(frozen=True)
class Job:
    """The folder of one piece of work.

    Attributes:
        path: the folder; may not exist yet.
    """

    path: Path

    @property
    def status_file(self) -> Path:
        """`status.json`: what the process last said."""
        return self.path / "status.json"

    @property
    def lock_file(self) -> Path:
        """`worker.lock`: locked by the process at work."""
        return self.path / "worker.lock"

    @property
    def stop_file(self) -> Path:
        """`stop`: its presence asks the process to end after the current batch."""
        return self.path / "stop"

    @property
    def log_file(self) -> Path:
        """`log.txt`: everything that the process printed."""
        return self.path / "log.txt"

    @property
    def stopping(self) -> bool:
        """Whether a stop was asked for."""
        return self.stop_file.exists()

    def status(self) -> Status:
        """Status as it is true now: a process that is gone without a word has failed, one that was asked to stop is stopping."""
        stored = self._stored()
        if stored.state in ACTIVE and not is_held(self.lock_file):
            stored = self._unheld(stored)
        if stored.state in ("starting", "running") and self.stopping:
            return stored.model_copy(update={"state": "stopping"})
        return stored

    def write(self, part: Status) -> None:
        """Replace `status.json` atomically.

        Raises:
            OSError: the disk is full or may not be written; the old file stays.
        """
        self.path.mkdir(parents=True, exist_ok=True)
        text = part.model_dump_json(indent=2)
        replace(self.status_file, lambda temporary: temporary.write_text(text))

    def log_tail(self, lines: int = 30) -> str:
        """The last lines of the log, at most 64 KiB of it."""
        return read_tail(self.log_file, lines)

    @property
    def placement(self) -> Placement | None:
        """Job of a cluster that was sent to do this work; None for work of this machine."""
        return load(self.path / "placement.json", Placement)

    def place(self, placement: Placement | None) -> None:
        """Say which job of a cluster does this work; None for one of this machine.

        Raises:
            OSError: the disk is full or may not be written.
        """
        file = self.path / "placement.json"
        if placement is None:
            file.unlink(missing_ok=True)
        else:
            replace(file, lambda temporary: temporary.write_text(placement.model_dump_json()))

    @property
    def turn(self) -> int:
        """How many processes have held this work, one after the other; 0 before the first."""
        try:
            return int((self.path / "turn").read_text())
        except (OSError, ValueError):
            return 0

    @contextmanager
    def hold(self, *, patience: float = _HOLD_SECONDS) -> Iterator[None]:
        """Be the process that is at work here, to the end of the block or of the process; it gets the next turn.

        Args:
            patience: seconds that another holder may take to end.

        Raises:
            RunError: another process is.
            OSError: the disk is full or may not be written.
        """
        try:
            held = FileLock(self.lock_file).acquire(timeout=patience, poll_interval=0.05)
        except Timeout as error:
            raise RunError("Another process is at work on this already; watch it, or stop it first.") from error
        with held:
            number = str(self.turn + 1)
            replace(self.path / "turn", lambda temporary: temporary.write_text(number))
            yield

    def _stored(self) -> Status:
        stored = load(self.status_file, Status)
        return stored or Status(state="failed", error="The run has no readable status.json.")

    def _unheld(self, said: Status) -> Status:
        """Status of work that was said to be active, and that no process on this machine holds."""
        placement = self.placement
        entry = cluster.entry(placement) if placement is not None and placement.job else None
        if entry is None and said.pid is None and time.time() - said.created < START_SECONDS:
            return said
        # Its last word may have come between the two looks.
        stored = self._stored()
        if stored.state not in ACTIVE or is_held(self.lock_file):
            return stored
        if entry is not None and entry.state in ("at work", "silent"):
            return stored
        if entry is not None and entry.state == "waiting":
            return stored.model_copy(update={"state": "queued", "pid": None})
        ended = {"ended": stored.heartbeat or None}
        if placement is not None and entry is not None:
            if stored.state == "queued" and self.stopping:
                return stored.model_copy(update={"state": "stopped", **ended})
            if time.time() - max(stored.heartbeat, placement.submitted) < SETTLE_SECONDS:
                return stored
        return stored.model_copy(update={"state": "failed", "error": LOST, **ended})
