"""How a run learns: loss, accuracy and recall over its epochs."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from fer_core.figures import theme
from fer_core.labels import colour, display_name

POINTS = 600
"""Most points of a line of batches: about one for each pixel that it is drawn on."""

PHASES: dict[str, str] = {"head": "Head", "partial": "Upper blocks", "full": "All layers"}
"""How the phases of a run are written."""

_HEIGHT = 360
_LABEL = 20


def loss_curves(
    epochs: pd.DataFrame, batches: pd.DataFrame, *, best_epoch: int | None = None, planned: int | None = None
) -> go.Figure:
    """Training loss by batch and epoch, and validation loss by epoch.

    Args:
        epochs: columns epoch (from 1 over all phases), phase, loss, val_loss; a row an epoch, none before the first.
        batches: columns epoch (float position: 0 at the start, 1 after the first epoch), phase, loss; any number of rows.
        best_epoch: epoch whose validation point is starred.
        planned: epochs that the run will have at most; the axis reaches so far.

    Returns:
        At most four traces: training batches, training, validation, best epoch.
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
    """Training accuracy by batch and epoch, and validation accuracy by epoch; arguments as in `loss_curves`.

    Args:
        epochs: columns epoch, phase, accuracy, val_accuracy (shares in [0, 1]).
        batches: columns epoch, phase, accuracy.
        best_epoch: as in `loss_curves`.
        planned: as in `loss_curves`.
        baseline: accuracy of always answering with the most frequent class, drawn as a dotted line.

    Returns:
        At most five traces: training batches, training, validation, best epoch, baseline.
    """
    figure = _curves(epochs, batches, "accuracy", "Accuracy", best_epoch, planned)
    if baseline is not None and figure.data:
        figure.add_trace(
            go.Scatter(
                x=figure.layout.xaxis.range,
                y=[baseline, baseline],
                mode="lines",
                name="Baseline",
                line={"color": theme.GREY, "width": 2, "dash": "dot"},
                hovertemplate="Always the most frequent class: %{y:.1%}<extra></extra>",
            )
        )
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
    figure = go.Figure()
    for number, name in enumerate(known):
        figure.add_trace(
            go.Scatter(
                x=epochs["epoch"],
                y=epochs[f"val_recall_{name}"],
                mode="lines+markers",
                name=display_name(name),
                line={"color": colour(name), "width": 2.5, "dash": theme.DASHES[number % len(theme.DASHES)]},
                marker={"size": 9, "symbol": theme.SYMBOLS[number % len(theme.SYMBOLS)]},
                cliponaxis=False,
                hovertemplate=f"{display_name(name)}, epoch %{{x}}: %{{y:.1%}}<extra></extra>",
            )
        )
    if best_epoch is not None and best_epoch in set(epochs["epoch"]):
        figure.add_vline(x=best_epoch, line={"color": theme.GREY, "width": 2})
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


def thinned(batches: pd.DataFrame, column: str, points: int = POINTS) -> pd.DataFrame:
    """Columns epoch and `column` of at most `points` rows: means of equally many neighbouring batches."""
    rows = batches[["epoch", column]].astype("float64").dropna()
    if len(rows) <= points:
        return rows.reset_index(drop=True)
    return rows.groupby(np.arange(len(rows)) * points // len(rows)).mean()


def _curves(
    epochs: pd.DataFrame, batches: pd.DataFrame, column: str, title: str, best_epoch: int | None, planned: int | None
) -> go.Figure:
    if epochs.empty and batches.empty:
        return theme.empty("The curves begin with the first batches.", height=_HEIGHT)
    number = "%{y:.1%}" if column == "accuracy" else "%{y:.3f}"
    figure = go.Figure()
    if not batches.empty:
        line = thinned(batches, column)
        figure.add_trace(
            go.Scatter(
                x=line["epoch"],
                y=line[column],
                mode="lines" if len(line) > 1 else "markers",
                name="Batches",
                line={"color": theme.TRAINING, "width": 1.25},
                marker={"color": theme.TRAINING, "size": 7},
                cliponaxis=len(line) > 1,
                opacity=0.85,
                hovertemplate=f"Training, epoch %{{x:.2f}}: {number}<extra></extra>",
            )
        )
    if not epochs.empty:
        look: tuple[tuple[str, str, str, str, str], ...] = (
            (column, "Training", theme.TRAINING, "circle", "solid"),
            (f"val_{column}", "Validation", theme.VALIDATION, "diamond", "dash"),
        )
        for name, label, tone, symbol, dash in look:
            figure.add_trace(
                go.Scatter(
                    x=epochs["epoch"],
                    y=epochs[name],
                    mode="lines+markers",
                    name=label,
                    line={"color": tone, "width": 2.5, "dash": dash},
                    marker={"size": 9, "symbol": symbol},
                    cliponaxis=False,
                    hovertemplate=f"{label}, epoch %{{x}}: {number}<extra></extra>",
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
            marker={"size": 20, "symbol": "star", "color": theme.VALIDATION, "line": {"color": theme.PAPER, "width": 1.5}},
            cliponaxis=False,
            hovertemplate=f"Best epoch, %{{x}}: {number}<extra></extra>",
        )
    )


def _finish(
    figure: go.Figure, spans: list[tuple[str, float, float]], reached: pd.Series, planned: int | None, title: str
) -> None:
    end = max(float(reached.max()), float(planned or 0), 1.0)
    for place, (name, low, high) in enumerate(spans):
        if place % 2:
            figure.add_vrect(x0=low, x1=high, fillcolor="rgba(127,127,127,0.12)", line_width=0, layer="below")
        if place:
            figure.add_vline(x=low, line={"color": theme.GREY, "width": 1.5, "dash": "dot"})
        late = low > 0.6 * end
        label: dict[str, Any] = {"xanchor": "right" if late else "left", "yanchor": "bottom", "xref": "x", "yref": "paper"}
        # Each phase on a line of its own: a short one leaves no room for its neighbour's name.
        figure.add_annotation(
            **label,
            x=low,
            y=1,
            yshift=_LABEL * (len(spans) - 1 - place),
            text=PHASES.get(name, display_name(name)),
            showarrow=False,
            font_size=theme.FONT_SIZE - 1,
        )
    above = 8 + _LABEL * len(spans)
    theme.style(figure, height=_HEIGHT + above, legend=True, margin={"t": above}, hovermode="closest")
    figure.update_xaxes(title_text="Epoch", range=[0, end * 1.01], showgrid=False, zeroline=False, nticks=8, **_whole(end))
    figure.update_yaxes(title_text=title, showgrid=True, nticks=6)


def _whole(end: float) -> dict[str, int]:
    return {"dtick": 1} if end <= 8 else {}
