"""Where a comparison is: its files in the workspace, its state for those who watch, its stop, and the machine's slot."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from filelock import FileLock, Timeout
from pydantic import BaseModel, ConfigDict, ValidationError

from fer_core.errors import FerError, RunError
from fer_core.files import is_full, replace
from fer_core.runs.records import process_started
from fer_core.runs.tables import read_tail
from fer_core.settings import settings
from fer_core.studies.records import Cell, result_file
from fer_core.training import jobs

State = Literal["starting", "waiting", "running", "finished", "stopped", "failed"]
ACTIVE: tuple[State, ...] = ("starting", "waiting", "running")

START_SECONDS = 60.0
"""A process that was started has this long to say its first word."""

WRITE_SECONDS = 0.5
"""Least time between two words about the same cell."""


class Stopped(Exception):
    """The comparison was asked to stop."""


class Situation(BaseModel):
    """Where a comparison is, as its process last said.

    Attributes:
        state: waiting is for the machine's slot.
        done: cells that are done.
        total: cells that were asked for.
        cell: the one that is trained now.
        share: how far that one is, 0 to 1.
        seconds_left: expected for all that is left, without the time that it waits.
        error: one sentence, when it failed.
        pid: process at work.
        pid_started: its start, seconds since the epoch.
        said: time of this word, seconds since the epoch.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    state: State
    done: int = 0
    total: int = 0
    cell: Cell | None = None
    share: float = 0.0
    seconds_left: float | None = None
    error: str | None = None
    pid: int | None = None
    pid_started: float | None = None
    said: float = 0.0

    @property
    def progress(self) -> float:
        """Share of all cells that is done, 0 to 1."""
        return min(1.0, (self.done + self.share) / self.total) if self.total else 0.0


Report = Callable[[Situation], None]


@dataclass(frozen=True)
class Folder:
    """Files of the comparison on one data set; only the result stays when it has ended well.

    Attributes:
        fingerprint: of the data set.
    """

    fingerprint: str

    @property
    def result(self) -> Path:
        """The result, replaced after every cell."""
        return result_file(self.fingerprint)

    @property
    def work(self) -> Path:
        """Folder of the cell that is trained now; gone between cells."""
        return self.result.with_suffix(".work")

    @property
    def log_file(self) -> Path:
        """What the process says, and what it printed when it failed."""
        return self.result.with_suffix(".log")

    @property
    def stop_file(self) -> Path:
        """Its presence asks the process to end after the current batch."""
        return self.result.with_suffix(".stop")

    @property
    def stopping(self) -> bool:
        """Whether a stop was asked for."""
        return self.stop_file.exists()

    def refresh(self) -> None:
        """Forget a stop that was asked for and not heard, and what was said last time."""
        for file in (self.stop_file, self.log_file):
            file.unlink(missing_ok=True)

    def situation(self) -> Situation | None:
        """Where the comparison is now; None when there never was one. A process that is gone without a word has failed."""
        try:
            stored = Situation.model_validate_json(self._state_file.read_bytes())
        except (OSError, ValidationError):
            return None
        if stored.state in ACTIVE and not _alive(stored):
            sentence = "The comparison ended without a word; start it again, and it goes on where it stopped."
            return stored.model_copy(update={"state": "failed", "error": sentence, "seconds_left": None})
        return stored

    def tell(self, situation: Situation) -> None:
        """Write where the comparison is, for those who watch.

        Raises:
            RunError: the disk is full or may not be written.
        """
        text = situation.model_copy(update={"said": time.time()}).model_dump_json(indent=1)
        try:
            self.result.parent.mkdir(parents=True, exist_ok=True)
            replace(self._state_file, lambda temporary: temporary.write_text(text))
        except OSError as error:
            reason = "the disk is full" if is_full(error) else error.strerror or error
            raise RunError(f"The comparison cannot be written down ({reason}); free some space and start again.") from error

    def log_tail(self, lines: int = 30) -> str:
        """The last lines of the log, at most 64 KiB of it; empty when there is none."""
        return read_tail(self.log_file, lines)

    def say(self, sentence: str) -> None:
        """One line in the log with the time of day."""
        with suppress(OSError), self.log_file.open("a", encoding="utf-8") as file:
            file.write(f"{time.strftime('%H:%M:%S')}  {sentence}\n")

    @contextmanager
    def mine(self, report: Report | None = None) -> Iterator[Report]:
        """Hold the comparison for this process; yields what tells where it is. A FerError inside is told as well.

        Raises:
            RunError: another process is making it.
        """
        self.result.parent.mkdir(parents=True, exist_ok=True)
        lock = FileLock(self.result.with_suffix(".lock"))
        try:
            lock.acquire(timeout=0)
        except Timeout as error:
            raise RunError("This comparison is being made by another process; watch it on the page, or stop it there.") from error
        with lock:
            teller = _Teller(self, report)
            try:
                yield teller.tell
            except FerError as error:
                teller.tell(teller.last.model_copy(update={"state": "failed", "error": str(error), "seconds_left": None}))
                raise
            except KeyboardInterrupt:
                teller.tell(teller.last.model_copy(update={"state": "stopped", "seconds_left": None}))
                raise
            finally:
                self.stop_file.unlink(missing_ok=True)

    @contextmanager
    def slot(self, on_wait: Callable[[], None]) -> Iterator[bool]:
        """Hold the machine's training slot, once no training is at work and none is waiting; False when a stop was asked for."""
        settings().runs.mkdir(parents=True, exist_ok=True)
        lock = FileLock(settings().runs / ".slot.lock")
        told = False
        while not self.stopping:
            with suppress(Timeout):
                if not jobs.queue():
                    lock.acquire(timeout=0)
                    break
            if not told:
                on_wait()
                told = True
            time.sleep(jobs.POLL_SECONDS)
        try:
            yield lock.is_locked
        finally:
            lock.release()

    @property
    def _state_file(self) -> Path:
        return self.result.with_suffix(".state")


class _Teller:
    """Writes situations with this process's id: at once when state or cell change, else at most every WRITE_SECONDS."""

    def __init__(self, folder: Folder, report: Report | None) -> None:
        self.folder, self.report = folder, report
        self.last = Situation(state="starting")
        self._written = 0.0
        self._pid, self._started = os.getpid(), process_started(os.getpid())

    def tell(self, situation: Situation) -> None:
        changed = (situation.state, situation.cell) != (self.last.state, self.last.cell)
        self.last = situation.model_copy(update={"pid": self._pid, "pid_started": self._started})
        if not changed and time.monotonic() - self._written < WRITE_SECONDS:
            return
        self._written = time.monotonic()
        self.folder.tell(self.last)
        if self.report is not None:
            self.report(self.last)


def _alive(situation: Situation) -> bool:
    if situation.pid is None:
        return time.time() - situation.said < START_SECONDS
    started = process_started(situation.pid)
    return started is not None and (situation.pid_started is None or abs(started - situation.pid_started) < 2)
