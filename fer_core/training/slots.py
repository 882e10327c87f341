"""Slots: how many trainings of a workspace are at work at once on this machine, and which GPU each of them takes.

`FER_SLOTS` says how many; else there is one for each GPU that TensorFlow sees, and one where there is none. Each workspace
has its own: two workspaces on one machine know nothing of each other.
"""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path

from filelock import FileLock

from fer_core import processes
from fer_core.errors import FerError, RunError
from fer_core.progress import Progress, silent
from fer_core.settings import settings

_DEVICES = Path("/dev")
_NAMES = ("nvidia[0-9]*", "kfd", "dxg")
"""What Linux calls the devices of NVIDIA, of AMD, and of Windows' own: without one of them TensorFlow finds no GPU."""

VISIBLE = "CUDA_VISIBLE_DEVICES"


def count() -> int:
    """How many trainings may be at work at once in this workspace, on this machine."""
    return settings().slots or max(1, gpus())


def gpus() -> int:
    """How many GPUs TensorFlow sees: asked once, in another process, where the machine has a device that could be one."""
    if not any(next(_DEVICES.glob(name), None) for name in _NAMES):
        return 0
    return _asked(os.environ.get(VISIBLE))


def locks() -> list[FileLock]:
    """The locks that stand for the slots, in their order."""
    return [FileLock(settings().runs / (f".slot-{number}.lock" if number else ".slot.lock")) for number in range(count())]


def take_gpu(slot: int) -> None:
    """Have this process see one GPU alone, by the number of its slot; nothing where there are fewer than two.

    To be called before TensorFlow is imported.

    Args:
        slot: number of the slot, from 0; with more slots than GPUs they are shared.
    """
    there = gpus()
    if there < 2:
        return
    named = [name.strip() for name in os.environ.get(VISIBLE, "").split(",") if name.strip()] or [str(n) for n in range(there)]
    os.environ[VISIBLE] = named[slot % len(named)]


def see(progress: Progress = silent) -> int:
    """Count the GPUs that TensorFlow sees; imports it, so that `gpus` has another process do this."""
    import tensorflow as tf

    return len(tf.config.list_physical_devices("GPU"))


@cache
def _asked(_visible: str | None) -> int:
    try:
        return processes.call(see, error=RunError)
    except FerError:
        return 0
