"""Runs on disk: what a run is asked to do, its folder and records, and the version of its answers."""

from fer_core.runs.config import Judge
from fer_core.runs.records import ACTIVE, USABLE
from fer_core.runs.run import Run
from fer_core.runs.store import (
    BUNDLED,
    BUNDLED_CROWD,
    SHIPPED,
    create,
    delete,
    list_runs,
    open_run,
    rename,
    runs_using,
    usable_runs,
)

__all__ = [
    "ACTIVE",
    "BUNDLED",
    "BUNDLED_CROWD",
    "SHIPPED",
    "USABLE",
    "Judge",
    "Run",
    "create",
    "delete",
    "list_runs",
    "open_run",
    "rename",
    "runs_using",
    "usable_runs",
]
