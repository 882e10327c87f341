"""Runs beside each other: what each class gains or loses, and how they learned."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import pandas as pd
import plotly.graph_objects as go

from fer_core import numbers
from fer_core.errors import InputError
from fer_core.figures import theme
from fer_core.labels import colour, display_name

_ROW = 52
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
    columns = ("class", "n", "first", "second", "difference", "low", "high")
    missing = [name for name in columns if name not in changes.columns]
    if missing:
        raise InputError(f"Changes need the columns {', '.join(columns)}; missing: {', '.join(missing)}.")
    if changes.empty:
        return theme.empty("There is no class that both runs were asked about.")
    places = list(range(len(changes)))
    said = [
        (
            display_name(row["class"]),
            f"{numbers.percent(row['first'])} → {numbers.percent(row['second'])}",
            numbers.points(row["difference"]),
            f"{numbers.points(row['low'])} to {numbers.points(row['high'])}",
        )
        for row in changes.to_dict("records")
    ]
    figure = go.Figure(
        go.Scatter(
            x=changes["difference"],
            y=places,
            mode="markers",
            marker={"size": 13, "color": [colour(name) for name in changes["class"]]},
            error_x={
                "array": changes["high"] - changes["difference"],
                "arrayminus": changes["difference"] - changes["low"],
                "color": theme.GREY,
                "thickness": 2.5,
                "width": 7,
            },
            customdata=said,
            hovertemplate="<b>%{customdata[0]}</b><br>recall %{customdata[1]}<br>%{customdata[2]} points "
            "(%{customdata[3]})<extra></extra>",
        )
    )
    figure.add_vline(x=0, line={"color": theme.GREY, "width": 2, "dash": "dot"})
    for place, (name, recalls, _, _), n in zip(places, said, changes["n"], strict=True):
        theme.row_title(figure, f"<b>{name}</b>  {recalls}, n = {numbers.count(n)}", place, above=7)
    reach = 1.08 * max(0.02, float(changes["high"].max()), -float(changes["low"].min()))
    theme.style(figure, height=len(changes) * _ROW + 84, hovermode="closest")
    figure.update_xaxes(title_text="Change in recall", range=[-reach, reach], tickformat="+.0%", zeroline=False, nticks=7)
    figure.update_yaxes(range=[len(changes) - 0.5, -0.8], tickvals=places, showticklabels=False, zeroline=False, automargin=False)
    return figure


def overlaid_curves(runs: Mapping[str, pd.DataFrame], column: Literal["val_accuracy", "val_loss"]) -> go.Figure:
    """Validation accuracy or loss of several runs by epoch; runs differ in colour, dash and marker.

    Args:
        runs: {title: columns epoch and `column`}; runs without the column or without an epoch are left out.
        column: what is drawn.

    Returns:
        A trace a run; a figure that says so when none has an epoch.
    """
    figure = go.Figure()
    number = "%{y:.1%}" if column == "val_accuracy" else "%{y:.3f}"
    for place, (title, epochs) in enumerate(runs.items()):
        if column not in epochs.columns or epochs.empty:
            continue
        figure.add_trace(
            go.Scatter(
                x=epochs["epoch"],
                y=epochs[column],
                mode="lines+markers",
                name=title,
                line={
                    "color": theme.SERIES[place % len(theme.SERIES)],
                    "width": 2.5,
                    "dash": theme.DASHES[place % len(theme.DASHES)],
                },
                marker={"size": 8, "symbol": theme.SYMBOLS[place % len(theme.SYMBOLS)]},
                cliponaxis=False,
                hovertemplate=f"epoch %{{x}}: {number}<extra>{title}</extra>",
            )
        )
    if not figure.data:
        return theme.empty("None of these runs has kept its curves.", height=_HEIGHT)
    below = 60 + 20 * len(figure.data)
    theme.style(figure, height=_HEIGHT + below - 60, legend=True, hovermode="closest", margin={"b": below})
    figure.update_xaxes(title_text="Epoch", rangemode="tozero", showgrid=False, zeroline=False, nticks=8)
    figure.update_yaxes(
        title_text="Accuracy in validation" if column == "val_accuracy" else "Loss in validation",
        tickformat=".0%" if column == "val_accuracy" else "",
        nticks=6,
    )
    return figure
