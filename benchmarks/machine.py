"""What a figure was measured on, and how a measured process tree is ended."""

from __future__ import annotations

import contextlib
import os
import platform
import signal
import statistics
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

import psutil

BUSY = 0.15
"""Share of the processor that others may take before a measurement is called disturbed."""


@dataclass(frozen=True)
class Spread:
    """Middle and range of repeated measurements, in their unit."""

    median: float
    low: float
    high: float

    def __format__(self, form: str) -> str:
        """`12.3 (11.9 to 12.8)`, each number in the given format."""
        return f"{self.median:{form}} ({self.low:{form}} to {self.high:{form}})"


def spread(values: Sequence[float]) -> Spread:
    """Median and range of at least one value.

    Raises:
        ValueError: there is none.
    """
    if not values:
        raise ValueError("At least one value is needed; got none.")
    return Spread(statistics.median(values), min(values), max(values))


def describe() -> str:
    """Processor, cores that may be used, operating system and versions, in one line."""
    versions = [f"Python {platform.python_version()}"]
    for title, names in (("TensorFlow", ("tensorflow-cpu", "tensorflow")), ("Keras", ("keras",))):
        for name in names:
            with contextlib.suppress(metadata.PackageNotFoundError):
                versions.append(f"{title} {metadata.version(name)}")
                break
    return f"{_processor()}, {usable_cores()} cores, {platform.system()}, {', '.join(versions)}"


def usable_cores() -> int:
    """Processor cores that this process and its children may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def keep_to_cores(count: int) -> None:
    """Keep this process and all children that it starts from now on to its first `count` cores; only where the system can."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, set(sorted(os.sched_getaffinity(0))[:count]))


def exit_when_told() -> None:
    """Turn Ctrl-C and a request to end (SIGTERM) into an orderly exit, so that no child and no temporary folder is left."""

    def leave(number: int, _frame: object) -> None:
        for ignored in (signal.SIGINT, signal.SIGTERM):
            signal.signal(ignored, signal.SIG_IGN)
        sys.exit(128 + number)

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, leave)


def busy(seconds: float = 2.0) -> float:
    """Share of all cores, 0 to 1, that is at work while this process waits for some seconds."""
    return psutil.cpu_percent(interval=seconds) / 100


def busy_sentence(share: float) -> str:
    """Write the share of busy cores in words, with a warning where it disturbs what is measured."""
    found = f"The machine was {share:.0%} busy before"
    return f"{found}." if share <= BUSY else f"{found}: other work disturbs this measurement."


def end(process: subprocess.Popen[bytes]) -> None:
    """End a process and all that it started, those in sessions of their own too, and wait until they are gone."""
    tree: list[psutil.Process] = []
    with contextlib.suppress(psutil.NoSuchProcess):
        root = psutil.Process(process.pid)
        tree = [*root.children(recursive=True), root]
    for member in tree:
        with contextlib.suppress(psutil.NoSuchProcess):
            member.kill()
    psutil.wait_procs(tree, timeout=30)
    process.wait(timeout=30)


def _processor() -> str:
    with contextlib.suppress(OSError):
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()
