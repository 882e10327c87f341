"""Accuracy on parts of the faces."""

from __future__ import annotations

import pandas as pd
import plotly.graph_objects as go

from fer_core import numbers
from fer_core.errors import InputError
from fer_core.figures import theme
from fer_core.labels import display_name

_ROW = 44


def slice_strip(table: pd.DataFrame, *, overall: float, chosen: str | None = None) -> go.Figure:
    """A dot with its 95 % interval for each slice, a line for all faces, and what a constant answer would reach on each slice.

    Args:
        table: columns key, subject, slice, n, accuracy, low, high, baseline (shares in [0, 1]); a row a slice, from the top.
        overall: accuracy on all faces.
        chosen: key of a slice that is marked by another symbol and colour.

    Returns:
        A trace of dots and a trace of baselines; a figure that says so when there are no slices.

    Raises:
        InputError: a column is missing.
    """
    columns = ("key", "subject", "slice", "n", "accuracy", "low", "high", "baseline")
    missing = [name for name in columns if name not in table.columns]
    if missing:
        raise InputError(f"Slices need the columns {', '.join(columns)}; missing: {', '.join(missing)}.")
    if table.empty:
        return theme.empty("Nothing is known by which these faces could be sliced.")
    places, marked = list(range(len(table))), (table["key"] == chosen).tolist()
    tones = [theme.VALIDATION if mark else theme.SCORE for mark in marked]
    figure = go.Figure(
        go.Scatter(
            x=table["accuracy"],
            y=places,
            mode="markers",
            name="Accuracy and 95% interval",
            marker={"size": 11, "color": tones, "symbol": ["square" if mark else "circle" for mark in marked]},
            error_x={
                "array": table["high"] - table["accuracy"],
                "arrayminus": table["accuracy"] - table["low"],
                "color": theme.SCORE,
                "thickness": 2.5,
                "width": 6,
            },
            customdata=[
                (display_name(row["subject"]), row["slice"], numbers.count(row["n"]), numbers.interval(row["low"], row["high"]))
                for row in table.to_dict("records")
            ],
            hovertemplate="<b>%{customdata[0]}</b>: %{customdata[1]}<br>%{x:.1%} of %{customdata[2]} right "
            "(%{customdata[3]})<extra></extra>",
        )
    )
    figure.add_trace(
        go.Scatter(
            x=table["baseline"],
            y=places,
            mode="markers",
            name="Always the most frequent class",
            marker={"size": 10, "color": theme.GREY, "symbol": "diamond-open", "line_width": 2},
            hovertemplate="Always the most frequent class: %{x:.1%}<extra></extra>",
        )
    )
    figure.add_vline(x=overall, line={"color": theme.GREY, "width": 2, "dash": "dot"})
    for place, row, mark in zip(places, table.to_dict("records"), marked, strict=True):
        name = f"{display_name(row['subject'])}: {row['slice']}"
        theme.row_title(
            figure,
            f"{'▶ ' if mark else ''}<b>{name}  {numbers.percent(row['accuracy'])}</b>, n = {numbers.count(row['n'])}",
            place,
            above=5,
            size=theme.FONT_SIZE - 1,
        )
    theme.style(figure, height=len(table) * _ROW + 96, legend=True, hovermode="closest", margin={"b": 46})
    figure.update_xaxes(range=[-0.015, 1.015], tickvals=[0, 0.25, 0.5, 0.75, 1], tickformat=".0%", zeroline=False)
    figure.update_yaxes(range=[len(table) - 0.5, -0.9], tickvals=places, showticklabels=False, zeroline=False, automargin=False)
    return figure
