"""How a run is written on every page: its state, best score, faces and duration; and what is redrawn while it is at work."""

from __future__ import annotations

import time
from typing import Any

import streamlit as st

from fer_core import numbers
from fer_core.evaluation.intervals import wilson
from fer_core.runs import Run
from fer_core.runs.config import RunConfig
from fer_core.runs.records import State, Status

MEASURES = {"accuracy": "accuracy", "macro_f1": "macro F1", "loss": "loss"}
"""How the measures are called that choose the best epoch."""

POLL_SECONDS = 1.5
"""Time between two looks at a run that is at work."""

STATES: dict[State, tuple[str, str, str]] = {
    "queued": ("Waiting", "gray", ":material/hourglass_empty:"),
    "starting": ("Starting", "blue", ":material/rocket_launch:"),
    "running": ("Training", "blue", ":material/model_training:"),
    "stopping": ("Stopping", "orange", ":material/stop_circle:"),
    "finished": ("Finished", "green", ":material/check_circle:"),
    "stopped": ("Stopped", "gray", ":material/stop_circle:"),
    "failed": ("Failed", "red", ":material/error:"),
}
"""How a state is written: word, colour, icon."""


def steady(key: str) -> Any:
    """A container for what is redrawn again and again: Streamlit's fading of elements that wait for their turn is off in it."""
    st.html(f"<style>.st-key-{key} [data-stale=true]{{opacity:1!important;transition:none!important}}</style>")
    return st.container(key=key)


def best_score(config: RunConfig, status: Status) -> str:
    """The best score as its measure is written; a dash before the first epoch."""
    return numbers.decimal(status.best_score, 4) if config.monitor == "loss" else numbers.percent(status.best_score)


def validation_faces(run: Run) -> int:
    """Faces that a run is validated on; 0 while that is not known."""
    training = run.training()
    return sum(training.counts.get("validation", {}).values()) if training else 0


def accuracy_interval(share: float, n: int) -> str:
    """Wilson's 95 % interval of a share of `n` faces; a dash where their number is not known."""
    return numbers.interval(*wilson(min(share * n, n), n)) if n else numbers.DASH


def took(run: Run) -> str:
    """Duration of a run that has begun, in words; a dash for one that has not."""
    status, training = run.status(), run.training()
    seconds = training.seconds if training else 0.0
    if not seconds and status.started:
        seconds = (status.ended or time.time()) - status.started
    return numbers.duration(seconds) if seconds else numbers.DASH
