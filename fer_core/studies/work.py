"""Work on many networks as a job: its folder in the workspace, its log, and what its process tells."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from fer_core.errors import FerError, RunError, Superseded
from fer_core.files import is_full
from fer_core.runs.job import Job
from fer_core.runs.records import Stage, Status
from fer_core.training.events import StatusWriter

Report = Callable[[Status], None]

PARTS = 1000
"""The share of a network that is done is told in thousandths."""


@dataclass(frozen=True)
class Work(Job):
    """Work of one process on many networks, one after the other or side by side."""

    def refresh(self) -> None:
        """Forget a stop that was asked for and not heard, and what was said last time."""
        for file in (self.stop_file, self.log_file):
            file.unlink(missing_ok=True)

    def say(self, sentence: str) -> None:
        """One line in the log with the time of day."""
        with suppress(OSError), self.log_file.open("a", encoding="utf-8") as file:
            file.write(f"{time.strftime('%H:%M:%S')}  {sentence}\n")

    @contextmanager
    def mine(self, report: Report | None = None) -> Iterator[StatusWriter]:
        """Be the process that does this work; yields what tells where it is. An error inside is told as well.

        Args:
            report: called with the status whenever it is written.

        Raises:
            RunError: another process is doing it, or the disk is full.
        """
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            with self.hold():
                writer = _Writer(self, report)
                now = time.time()
                writer.state("starting", created=now, started=now, pid=os.getpid())
                with _told(writer):
                    yield writer
        except OSError as error:
            reason = "the disk is full" if is_full(error) else error.strerror or error
            raise RunError(f"A file could not be read or written ({reason}); what is done is kept: start again.") from error


def stage(phase: str, done: int, total: int, *, note: str = "", share: float = 0.0, seconds_left: float | None = None) -> Stage:
    """Where the work is, in a run's terms: its networks are the epochs, and the note names the one at work.

    Args:
        phase: what the work is.
        done: networks that are done.
        total: networks that were asked for.
        note: the one that is trained now; empty when none is.
        share: how far that one is, 0 to 1.
        seconds_left: expected for all that is left, without the time that it waits.
    """
    batch = PARTS if done == total else round(PARTS * share)
    here = {"epoch": min(done + 1, total), "epochs": total, "batch": batch, "batches": PARTS}
    return Stage(phase=phase, **here, seconds_left=seconds_left, note=note)


class _Writer(StatusWriter):
    """Tells the command line what it writes."""

    def __init__(self, job: Work, report: Report | None) -> None:
        super().__init__(job, Status(state="starting"))
        self._work, self._report = job, report

    def say(self, sentence: str) -> None:
        self._work.say(sentence)

    def _write(self) -> None:
        super()._write()
        if self._report is not None:
            self._report(self.status)


@contextmanager
def _told(writer: StatusWriter) -> Iterator[None]:
    """Write the end of work that breaks off."""
    try:
        yield
    except Superseded:
        raise
    except FerError as error:
        writer.state("failed", error=str(error), ended=time.time())
        raise
    except KeyboardInterrupt:
        writer.state("stopped", ended=time.time())
        raise
    finally:
        writer.job.stop_file.unlink(missing_ok=True)
