"""Runs beside each other: what each class gains or loses, and how they learned."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import pandas as pd
import plotly.graph_objects as go

from fer_core import escape, numbers
from fer_core.errors import require_columns
from fer_core.figures import theme
from fer_core.figures.shapes import Row, interval_rows, line_look
from fer_core.figures.theme import display_name
from fer_core.labels import colours

_HEIGHT = 340


def recall_changes(changes: pd.DataFrame) -> go.Figure:
    """A dot with its interval for each class: how much more of it the second run finds than the first.

    Args:
        changes: columns class, n, first, second, difference, low, high (shares); a row a class, from the top.

    Returns:
        One trace; a figure that says so when there are no classes.

    Raises:
        InputError: a column is missing.
    """
    require_columns(changes, ("class", "n", "first", "second", "difference", "low", "high"), "Changes")
    if changes.empty:
        return theme.empty("There is no class that both runs were asked about.")
    tones = colours(changes["class"].tolist())
    drawn = []
    for row in changes.to_dict("records"):
        name, recalls = display_name(row["class"]), f"{numbers.percent(row['first'])} → {numbers.percent(row['second'])}"
        limits = f"{numbers.points(row['low'])} to {numbers.points(row['high'])}"
        drawn.append(
            Row(
                f"<b>{name}</b>  {recalls}, n = {numbers.count(row['n'])}",
                row["difference"],
                row["low"],
                row["high"],
                f"<b>{name}</b><br>recall {recalls}<br>{numbers.points(row['difference'])} points ({limits})",
                tone=tones[row["class"]],
            )
        )
    figure = interval_rows(drawn, name="Change in recall", line=0)
    reach = 1.08 * max(0.02, float(changes["high"].max()), -float(changes["low"].min()))
    figure.update_xaxes(title_text="Change in recall", range=[-reach, reach], tickformat="+.0%", tickvals=None, nticks=7)
    return figure


def overlaid_curves(runs: Mapping[str, pd.DataFrame], column: Literal["val_accuracy", "val_loss"]) -> go.Figure:
    """Validation accuracy or loss of several runs by epoch; runs differ in colour, dash and marker.

    Args:
        runs: {title: columns epoch and `column`}; runs without the column or without an epoch are left out.
        column: what is drawn.

    Returns:
        A trace per run; a figure that says so when none has an epoch.
    """
    figure = go.Figure()
    number = "%{y:.1%}" if column == "val_accuracy" else "%{y:.3f}"
    for place, (title, epochs) in enumerate((escape.chart(name), epochs) for name, epochs in runs.items()):
        if column not in epochs.columns or epochs.empty:
            continue
        figure.add_trace(
            go.Scatter(
                x=epochs["epoch"],
                y=epochs[column],
                mode="lines+markers",
                name=title,
                **line_look(theme.SERIES[place % len(theme.SERIES)], place),
                cliponaxis=False,
                hovertemplate=f"epoch %{{x}}: {number}<extra>{title}</extra>",
            )
        )
    if not figure.data:
        return theme.empty("None of these runs has kept its curves.", height=_HEIGHT)
    theme.style(figure, height=_HEIGHT, legend=True, hovermode="closest")
    figure.update_xaxes(title_text="Epoch", rangemode="tozero", showgrid=False, zeroline=False, nticks=8)
    figure.update_yaxes(
        title_text="Accuracy in validation" if column == "val_accuracy" else "Loss in validation",
        tickformat=".0%" if column == "val_accuracy" else "",
        nticks=6,
    )
    return figure
