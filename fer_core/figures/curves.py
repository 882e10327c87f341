"""How a run learns: loss, accuracy and recall over its epochs."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from fer_core.figures import theme
from fer_core.figures.shapes import level, line_look
from fer_core.figures.theme import display_name
from fer_core.labels import colours

POINTS = 240
"""Most points of a training line: about one for every third pixel of its width, so that noise does not hide the course."""

PHASES: dict[str, str] = {"head": "Head", "partial": "Upper blocks", "full": "All layers"}
"""How the phases of a run are written."""

_HEIGHT = 360
_LABEL = 20
_BANDS = ("rgba(127,127,127,0.06)", "rgba(127,127,127,0.16)")
_MANY, _FEW = 24, 3
_LETTER = 1 / 44
"""Share of the axis that a letter of a phase's name takes, where a chart is as narrow as a phone."""


def loss_curves(
    epochs: pd.DataFrame, batches: pd.DataFrame, *, best_epoch: int | None = None, planned: int | None = None
) -> go.Figure:
    """Training loss within the epochs, and validation loss at their ends.

    Args:
        epochs: columns epoch (from 1 over all phases), phase, loss, val_loss; a row per epoch, none before the first.
        batches: columns epoch (float position: 0 at the start, 1 after the first epoch), phase, loss (its mean over the epoch so
            far); any number of rows.
        best_epoch: epoch whose validation point is starred.
        planned: epochs that the run will have at most; the axis reaches so far.

    Returns:
        At most three traces: training, validation, best epoch.
    """
    return _curves(epochs, batches, "loss", "Loss", best_epoch, planned)


def accuracy_curves(
    epochs: pd.DataFrame,
    batches: pd.DataFrame,
    *,
    best_epoch: int | None = None,
    planned: int | None = None,
    baseline: float | None = None,
) -> go.Figure:
    """Training accuracy within the epochs, and validation accuracy at their ends; arguments as in `loss_curves`.

    Args:
        epochs: columns epoch, phase, accuracy, val_accuracy (shares in [0, 1]).
        batches: columns epoch, phase, accuracy.
        best_epoch: as in `loss_curves`.
        planned: as in `loss_curves`.
        baseline: accuracy of always answering with the most frequent class, drawn as a dotted line.

    Returns:
        At most four traces: training, validation, best epoch, baseline.
    """
    figure = _curves(epochs, batches, "accuracy", "Accuracy", best_epoch, planned)
    if baseline is not None and figure.data:
        figure.add_trace(level(figure.layout.xaxis.range, baseline))
    figure.update_yaxes(tickformat=".0%")
    return figure


def recall_curves(
    epochs: pd.DataFrame, classes: Sequence[str], *, best_epoch: int | None = None, planned: int | None = None
) -> go.Figure:
    """Validation recall of each class by epoch; classes differ in colour, marker and dash.

    Args:
        epochs: columns epoch, phase and val_recall_CLASS (shares in [0, 1]); classes without a column are left out.
        classes: class names, in the order of the legend.
        best_epoch: epoch that is marked by a vertical line.
        planned: as in `loss_curves`.

    Returns:
        A trace for each class that has a column.
    """
    known = [name for name in classes if f"val_recall_{name}" in epochs.columns]
    if epochs.empty or not known:
        return theme.empty("The recall of each class is drawn after the first epoch.", height=_HEIGHT)
    figure, tones = go.Figure(), colours(classes)
    for number, name in enumerate(known):
        figure.add_trace(
            go.Scatter(
                x=epochs["epoch"],
                y=epochs[f"val_recall_{name}"],
                mode="lines" if len(epochs) > _MANY else "lines+markers",
                name=display_name(name),
                **line_look(tones[name], number, width=1.5),
                cliponaxis=False,
                hovertemplate=f"{display_name(name)}, epoch %{{x}}: %{{y:.1%}}<extra></extra>",
            )
        )
    if best_epoch is not None and best_epoch in set(epochs["epoch"]):
        figure.add_vline(x=best_epoch, line={"color": theme.GREY, "width": 1.5})
        figure.add_annotation(
            x=best_epoch,
            y=0,
            xref="x",
            yref="paper",
            xanchor="right",
            yanchor="bottom",
            text="★ best",
            textangle=-90,
            showarrow=False,
        )
    _finish(figure, phases(epochs, pd.DataFrame(columns=["epoch", "phase"])), epochs["epoch"], planned, "Recall in validation")
    figure.update_yaxes(tickformat=".0%", range=[0, 1])
    return figure


def phases(epochs: pd.DataFrame, batches: pd.DataFrame) -> list[tuple[str, float, float]]:
    """(name, start, end) of each phase that has begun, in epochs as positions on the axis, in order; a name may come again."""
    spans: dict[tuple[Hashable, Hashable], tuple[float, float]] = {}
    for frame, before in ((epochs, 1.0), (batches, 0.0)):
        if frame.empty:
            continue
        turns = (frame["phase"] != frame["phase"].shift()).cumsum()
        for (turn, name), group in frame.groupby([turns, "phase"], sort=False)["epoch"]:
            low, high = float(group.min()) - before, float(group.max())
            old = spans.get((turn, name), (low, high))
            spans[turn, name] = (min(old[0], np.floor(low)), max(old[1], high))
    return sorted(((str(name), low, high) for (_, name), (low, high) in spans.items()), key=lambda phase: phase[1:])


def stretches(batches: pd.DataFrame, column: str, points: int = POINTS) -> pd.DataFrame:
    """Take the running means of an epoch apart, so that a line does not jump where the next epoch begins its own.

    Args:
        batches: columns epoch (position: 0 at the start, 1 after the first epoch) and `column`, its mean over the epoch so far.
        column: loss or accuracy.
        points: the most rows of the answer.

    Returns:
        Columns epoch (the middle of a stretch of batches) and `column` (its mean over that stretch), in order.
    """
    rows = batches[["epoch", column]].astype("float64").dropna()
    kept = rows.iloc[np.unique(np.linspace(0, len(rows) - 1, min(points, len(rows))).round().astype(int))]
    number = np.ceil(kept["epoch"].to_numpy()) - 1
    done = kept["epoch"].to_numpy() - number
    total = kept[column].to_numpy() * done
    first = np.diff(number, prepend=np.nan) != 0
    since = np.where(first, 0.0, np.roll(done, 1))
    before = np.where(first, 0.0, np.roll(total, 1))
    moved = done > since
    middle, mean = number + (done + since) / 2, (total - before) / np.where(moved, done - since, 1.0)
    return pd.DataFrame({"epoch": middle[moved], column: mean[moved]})


def training_line(epochs: pd.DataFrame, batches: pd.DataFrame, column: str, points: int = POINTS) -> pd.DataFrame:
    """One line of training: stretches of batches, and the mean of an epoch, in its middle, where no batch was recorded.

    The mean of an epoch is no value at its end: there the network has become better than it was on average.

    Args:
        epochs: columns epoch and `column`.
        batches: as for `stretches`.
        column: loss or accuracy.
        points: the most stretches.

    Returns:
        Columns epoch (position) and `column`, in order.
    """
    line = stretches(batches, column, points)
    missing = epochs.loc[~epochs["epoch"].isin(np.ceil(batches["epoch"].astype("float64"))), ["epoch", column]].astype("float64")
    parts = [part for part in (line, missing.assign(epoch=missing["epoch"] - 0.5)) if not part.empty]
    return pd.concat(parts).sort_values("epoch", ignore_index=True) if parts else line


def phase_labels(spans: Sequence[tuple[str, float, float]], end: float) -> list[tuple[str, float]]:
    """Names of phases in one row, each where its phase begins or right of the one before it; those without room are left out.

    Args:
        spans: as from `phases`.
        end: end of the axis.

    Returns:
        (name, left end in epochs), in order.
    """
    placed: list[tuple[str, float]] = []
    free = 0.0
    for name, low, high in spans:
        text = PHASES.get(name, display_name(name))
        width = end * len(text) * _LETTER
        left = min(max(low, free), end - width)
        if left < free or left > max(high, low + width):
            continue
        placed.append((text, left))
        free = left + width
    return placed


def _curves(
    epochs: pd.DataFrame, batches: pd.DataFrame, column: str, title: str, best_epoch: int | None, planned: int | None
) -> go.Figure:
    if epochs.empty and batches.empty:
        return theme.empty("The curves begin with the first batches.", height=_HEIGHT)
    number = "%{y:.1%}" if column == "accuracy" else "%{y:.3f}"
    figure = go.Figure()
    line = training_line(epochs, batches, column)
    figure.add_trace(
        go.Scatter(
            x=line["epoch"],
            y=line[column],
            mode="lines+markers" if len(line) <= _FEW else "lines",
            name="Training",
            line={"color": theme.TRAINING, "width": 1},
            marker={"color": theme.TRAINING, "size": 6},
            cliponaxis=len(line) > _FEW,
            hovertemplate=f"Training, epoch %{{x:.2f}}: {number}<extra></extra>",
        )
    )
    if not epochs.empty:
        figure.add_trace(
            go.Scatter(
                x=epochs["epoch"],
                y=epochs[f"val_{column}"],
                mode="lines" if len(epochs) > _MANY else "lines+markers",
                name="Validation",
                line={"color": theme.VALIDATION, "width": 1.5, "dash": "dash"},
                marker={"size": 7, "symbol": "diamond"},
                cliponaxis=False,
                hovertemplate=f"Validation, epoch %{{x}}: {number}<extra></extra>",
            )
        )
        _star(figure, epochs, f"val_{column}", best_epoch, number)
    reached = pd.concat([epochs["epoch"].astype("float64"), batches["epoch"].astype("float64")])
    _finish(figure, phases(epochs, batches), reached, planned, title)
    return figure


def _star(figure: go.Figure, epochs: pd.DataFrame, column: str, best_epoch: int | None, number: str) -> None:
    best = epochs[epochs["epoch"] == best_epoch]
    if best_epoch is None or best.empty:
        return
    figure.add_trace(
        go.Scatter(
            x=best["epoch"],
            y=best[column],
            mode="markers",
            name="Best epoch",
            marker={"size": 16, "symbol": "star", "color": theme.VALIDATION, "line": {"color": theme.PAPER, "width": 1.5}},
            cliponaxis=False,
            hovertemplate=f"Best epoch, %{{x}}: {number}<extra></extra>",
        )
    )


def _finish(
    figure: go.Figure, spans: list[tuple[str, float, float]], reached: pd.Series, planned: int | None, title: str
) -> None:
    end = max(float(reached.max()), float(planned or 0), 1.0)
    for place, (_, low, high) in enumerate(spans):
        figure.add_vrect(x0=low, x1=high, fillcolor=_BANDS[place % 2], line_width=0, layer="below")
    label: dict[str, Any] = {"xanchor": "left", "yanchor": "bottom", "xref": "x", "yref": "paper"}
    for text, left in phase_labels(spans, end):
        figure.add_annotation(**label, x=left, y=1, text=text, showarrow=False, font_size=theme.FONT_SIZE - 1)
    above = 8 + _LABEL
    theme.style(figure, height=_HEIGHT + above, legend=True, margin={"t": above}, hovermode="closest")
    figure.update_xaxes(title_text="Epoch", range=[0, end * 1.01], showgrid=False, zeroline=False, nticks=8, **_whole(end))
    figure.update_yaxes(title_text=title, showgrid=True, nticks=6)


def _whole(end: float) -> dict[str, int]:
    return {"dtick": 1} if end <= 8 else {}
