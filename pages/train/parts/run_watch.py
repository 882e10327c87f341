"""One run: its state as a badge, its progress, curves, log and epochs while it is at work and after it."""

from __future__ import annotations

import time

import pandas as pd
import streamlit as st

from fer_core import numbers
from fer_core.backbones import BACKBONES
from fer_core.escape import markdown
from fer_core.figures import curves
from fer_core.runs import Run
from fer_core.runs.config import RunConfig, preset_of
from fer_core.runs.records import State, Status
from fer_core.training import executors
from pages.ui import loaders
from pages.ui.boundary import error_boundary
from pages.ui.chart import chart
from pages.ui.heading import Figure, figures_row
from pages.ui.learning import baseline, of_run, watch
from pages.ui.run_panel import MEASURES, STATES, accuracy_interval, best_score, validation_faces


def state_badge(state: State) -> None:
    """The state of a run as a coloured badge."""
    word, tone, icon = STATES[state]
    st.badge(word, icon=icon, color=tone)


def recipe_line(config: RunConfig) -> str:
    """A recipe in one line: preset by what is trained, network, side of the face that it sees."""
    return f"{preset_of(config)}, {BACKBONES[config.backbone].title}, {config.resolution} px"


def live(run: Run, state: State) -> None:
    """A run at work; for a fragment that is run every `POLL_SECONDS`, which reruns the whole app when the state has changed."""
    with error_boundary():
        status = run.status()
        if status.state != state:
            st.rerun()
        share, text = _position(run, status)
        st.progress(share, text=text)
        progress = status.progress
        begun = any(len(frame) for frame in loaders.recorded(run))
        if begun:
            watch(of_run(run, planned=progress.epochs or None), key="live_learning")
        figures_row(
            [
                Figure("Time left", numbers.DASH if progress.seconds_left is None else numbers.duration(progress.seconds_left)),
                Figure("Elapsed", numbers.duration(time.time() - (status.started or status.created))),
                Figure(
                    "Images per second",
                    numbers.DASH if progress.images_per_second is None else f"{progress.images_per_second:,.0f}",
                ),
                best_figure(run, run.config(), status),
            ],
            width=185,
        )
        if begun:
            show_curves(run, planned=progress.epochs or None, best_epoch=status.best_epoch)
        log(run)


def show_curves(run: Run, *, planned: int | None = None, best_epoch: int | None = None) -> None:
    """Loss, accuracy and recall of a run as charts, and its epochs as a table."""
    epochs, batches = loaders.recorded(run)
    if best_epoch is not None and not (epochs["epoch"] == best_epoch).any():
        best_epoch = None
    marks = {"best_epoch": best_epoch, "planned": planned}
    left, right = st.columns(2, gap="medium")
    with left:
        st.markdown("**Loss**")
        chart(curves.loss_curves(epochs, batches, **marks), key="curves-loss", alt="Training and validation loss by epoch")
    with right:
        st.markdown("**Accuracy**")
        chart(
            curves.accuracy_curves(epochs, batches, baseline=baseline(run), **marks),
            key="curves-accuracy",
            alt="Training and validation accuracy by epoch",
        )
    left, right = st.columns(2, gap="medium")
    with left:
        st.markdown("**Recall of each class in validation**")
        if epochs.empty:
            st.caption("The lines begin with the first epoch.")
        else:
            figure = curves.recall_curves(epochs, run.classes(), **marks)
            chart(figure, key="curves-recall", alt="Validation recall of each class by epoch")
    with right:
        _epoch_table(epochs)


def best_figure(run: Run, config: RunConfig, status: Status) -> Figure:
    """Best validation score so far, with its interval where it is a share of faces, their number, and its epoch."""
    name = f"Best val. {MEASURES[config.monitor]}"
    about = "Of the validation split, in the best epoch so far, which is kept."
    if status.best_score is None:
        return Figure(name, numbers.DASH, help=about)
    n = validation_faces(run)
    limits = accuracy_interval(status.best_score, n) if config.monitor == "accuracy" else numbers.DASH
    parts = [*([limits] if limits != numbers.DASH else []), *([numbers.sample(n)] if n else []), f"epoch {status.best_epoch}"]
    return Figure(name, best_score(config, status), help=about, note=", ".join(parts))


def log(run: Run, *, lines: int = 40, expanded: bool = False) -> None:
    """The last lines of the log in an expander."""
    with st.expander("Log", icon=":material/terminal:", expanded=expanded):
        text = run.log_tail(lines)
        st.code(text or "The log is empty.", language=None, wrap_lines=True, height=280 if text.count("\n") > 12 else "content")


def _position(run: Run, status: Status) -> tuple[float, str]:
    """Share of the run that is done, and in words where it is."""
    progress = status.progress
    if status.state == "queued":
        return 0.0, markdown(executors.of(run).waiting(run))
    if not progress.epochs:
        return 0.0, "Loading TensorFlow and the network …"
    if not progress.epoch:
        return min(1.0, progress.batch / max(1, progress.batches)), _capital(progress.note) or "Preparing …"
    if progress.note:
        return 1.0, _capital(progress.note)
    where = [
        curves.PHASES.get(progress.phase, progress.phase),
        f"epoch {progress.epoch} of {progress.epochs}",
        f"batch {progress.batch:,} of {progress.batches:,}",
    ]
    return progress.share, ("Stopping after this batch: " if status.state == "stopping" else "") + ", ".join(where)


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _epoch_table(epochs: pd.DataFrame) -> None:
    st.markdown("**Epochs**")
    if epochs.empty:
        st.caption("The first row comes with the first epoch.")
        return
    shown = epochs.iloc[::-1].reindex(columns=["epoch", "phase", "loss", "val_loss", "accuracy", "val_accuracy", "val_macro_f1"])
    shares = {name: 100 * shown[name] for name in ("accuracy", "val_accuracy", "val_macro_f1")}
    number = st.column_config.NumberColumn
    st.dataframe(
        shown.assign(phase=shown["phase"].map(curves.PHASES), **shares),
        hide_index=True,
        placeholder=numbers.DASH,
        column_config={
            "epoch": number("Epoch", width=50),
            "phase": st.column_config.TextColumn("Phase", width=85),
            "loss": number("Loss", format="%.3f", width=55),
            "val_loss": number("Val. loss", format="%.3f", width=65),
            "accuracy": number("Acc.", format="%.1f%%", width=60, help="Accuracy in training"),
            "val_accuracy": number("Val. acc.", format="%.1f%%", width=70, help="Accuracy in validation"),
            "val_macro_f1": number("Val. F1", format="%.1f%%", width=65, help="Macro F1 in validation"),
        },
    )
