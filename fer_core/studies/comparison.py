"""A comparison of ways to start a network as a job: its folder in the workspace, beside its result."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from fer_core.studies.records import result_file
from fer_core.studies.work import Work
from fer_core.training import jobs


@dataclass(frozen=True)
class Comparison(Work):
    """The comparison on one data set; its folder lies beside the result, and may be deleted when nothing is at work."""

    @property
    def result(self) -> Path:
        """The result, replaced after every cell."""
        return self.path.with_name(f"{self.path.name}.json")

    @property
    def work(self) -> Path:
        """Folder of the cell that is trained now; gone between cells."""
        return self.path / "cell"

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
