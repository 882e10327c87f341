"""A comparison of ways to start a network as a job: its folder in the workspace, and what its process tells."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from fer_core.errors import FerError, RunError
from fer_core.files import is_full
from fer_core.runs.job import Job
from fer_core.runs.records import Stage, Status
from fer_core.studies.records import Cell, result_file
from fer_core.training import jobs
from fer_core.training.events import StatusWriter

Report = Callable[[Status], None]

_PARTS = 1000
"""The share of a cell that is done is told in thousandths."""


@dataclass(frozen=True)
class Comparison(Job):
    """The comparison on one data set; its folder lies beside the result, and may be deleted when nothing is at work."""

    @property
    def result(self) -> Path:
        """The result, replaced after every cell."""
        return self.path.with_name(f"{self.path.name}.json")

    @property
    def work(self) -> Path:
        """Folder of the cell that is trained now; gone between cells."""
        return self.path / "cell"

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
        """Be the process that makes the comparison; yields what tells where it is. An error inside is told as well.

        Args:
            report: called with the status whenever it is written.

        Raises:
            RunError: another process is making it, or the disk is full.
        """
        writer = _Writer(self, report)
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            with self.hold():
                now = time.time()
                writer.state("starting", created=now, started=now, pid=os.getpid())
                with _told(writer):
                    yield writer
        except OSError as error:
            reason = "the disk is full" if is_full(error) else error.strerror or error
            raise RunError(f"A file could not be read or written ({reason}); what is done is kept: start again.") from error

    @contextmanager
    def slot(self, on_wait: Callable[[], None]) -> Iterator[bool]:
        """Hold the machine's slot, once no training is at work and none is waiting; False when a stop was asked for."""
        slot = jobs.take_slot(self, lambda: len(jobs.queue()) + 1, lambda place: on_wait())
        try:
            yield slot is not None
        finally:
            if slot is not None:
                slot.release()


def comparison(fingerprint: str) -> Comparison:
    """The comparison on the data set with this fingerprint; there may be none yet."""
    return Comparison(result_file(fingerprint).with_suffix(""))


def comparisons() -> list[Comparison]:
    """All comparisons of the workspace that were ever begun."""
    return [Comparison(file.parent) for file in sorted(result_file("any").parent.glob("*/status.json"))]


def stage(done: int, total: int, cell: Cell | None, share: float = 0.0, seconds_left: float | None = None) -> Stage:
    """Where a comparison is, in a run's terms: its cells are the epochs, and the note names the one at work.

    Args:
        done: cells that are done.
        total: cells that were asked for.
        cell: the one that is trained now; None when none is.
        share: how far that one is, 0 to 1.
        seconds_left: expected for all that is left, without the time that it waits.
    """
    batch = _PARTS if done == total else round(_PARTS * share)
    here = {"epoch": min(done + 1, total), "epochs": total, "batch": batch, "batches": _PARTS}
    return Stage(phase="comparison", **here, seconds_left=seconds_left, note=cell.words if cell else "")


class _Writer(StatusWriter):
    """Tells the command line what it writes."""

    def __init__(self, job: Comparison, report: Report | None) -> None:
        super().__init__(job, Status(state="starting"))
        self._comparison, self._report = job, report

    def say(self, sentence: str) -> None:
        self._comparison.say(sentence)

    def _write(self) -> None:
        super()._write()
        if self._report is not None:
            self._report(self.status)


@contextmanager
def _told(writer: StatusWriter) -> Iterator[None]:
    """Write the end of a comparison that breaks off."""
    try:
        yield
    except FerError as error:
        writer.state("failed", error=str(error), ended=time.time())
        raise
    except KeyboardInterrupt:
        writer.state("stopped", ended=time.time())
        raise
    finally:
        writer.job.stop_file.unlink(missing_ok=True)
