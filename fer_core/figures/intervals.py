"""Scores with their uncertainty."""

import pandas as pd
import plotly.graph_objects as go

from fer_core import numbers
from fer_core.errors import InputError
from fer_core.figures import theme

_ROW = 62


def score_strip(rows: pd.DataFrame) -> go.Figure:
    """A dot with its interval for each score, on one axis from 0 to 1, and what a constant answer would reach.

    Args:
        rows: columns name, value, low, high, baseline (shares in [0, 1]); limits and baseline may be NaN. One line a row.

    Returns:
        A trace of dots with error bars and a trace of baselines.

    Raises:
        InputError: a column is missing.
    """
    missing = [name for name in ("name", "value", "low", "high", "baseline") if name not in rows.columns]
    if missing:
        raise InputError(f"Scores need the columns name, value, low, high and baseline; missing: {', '.join(missing)}.")
    if rows.empty:
        return theme.empty("There are no scores yet.")
    value, low, high, baseline = (rows[name].astype("float64") for name in ("value", "low", "high", "baseline"))
    places = list(range(len(rows)))
    limits = [numbers.interval(lower, upper) for lower, upper in zip(low, high, strict=True)]
    figure = go.Figure(
        go.Scatter(
            x=value,
            y=places,
            mode="markers",
            name="Score and 95% interval",
            marker={"size": 13, "color": theme.SCORE},
            error_x={"array": high - value, "arrayminus": value - low, "color": theme.SCORE, "thickness": 3, "width": 8},
            customdata=list(zip(rows["name"], limits, strict=True)),
            hovertemplate="%{customdata[0]}: %{x:.1%}<br>95% interval %{customdata[1]}<extra></extra>",
        )
    )
    figure.add_trace(
        go.Scatter(
            x=baseline,
            y=places,
            mode="markers",
            name="Always the most frequent class",
            marker={"size": 13, "color": theme.GREY, "symbol": "diamond-open", "line_width": 2.5},
            hovertemplate="Always the most frequent class: %{x:.1%}<extra></extra>",
        )
    )
    for place, name, share, span in zip(places, rows["name"], value, limits, strict=True):
        theme.row_title(
            figure,
            f"<b>{name}  {numbers.percent(share)}</b>  {'' if span == numbers.DASH else span}",
            place,
            above=9,
            size=theme.FONT_SIZE + 1,
        )
    theme.style(figure, height=len(rows) * _ROW + 84, legend=True, hovermode="closest", margin={"b": 30})
    figure.update_xaxes(range=[-0.015, 1.015], tickvals=[0, 0.25, 0.5, 0.75, 1], tickformat=".0%", showgrid=True, zeroline=False)
    figure.update_yaxes(
        range=[len(rows) - 0.6, -0.75], tickvals=places, showticklabels=False, showgrid=True, zeroline=False, automargin=False
    )
    return figure
