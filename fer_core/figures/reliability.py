"""Whether a run is as often right as it is sure, and what it is worth when it may stay silent."""

from __future__ import annotations

import pandas as pd
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from fer_core import numbers
from fer_core.errors import require_columns
from fer_core.figures import theme
from fer_core.figures.shapes import SHARES, band, error_bars, level, pale

_HEIGHT = 440
_LEAST_WIDTH = 0.006


def reliability(table: pd.DataFrame) -> go.Figure:
    """Accuracy of each bin of confidence with its 95 % interval against the diagonal, and below it the faces in each bin.

    Args:
        table: columns low, high, n, confidence, accuracy, accuracy_low, accuracy_high; a row a bin, shares in [0, 1]. Bins
            without samples are not drawn.

    Returns:
        Three traces: bars of accuracy, the diagonal, bars of counts with the count written on each.

    Raises:
        InputError: a column is missing.
    """
    require_columns(table, ("low", "high", "n", "confidence", "accuracy", "accuracy_low", "accuracy_high"), "Bins")
    rows = table[table["n"] > 0]
    if rows.empty:
        return theme.empty("There is no answer to compare.", height=_HEIGHT)
    figure = make_subplots(rows=2, cols=1, shared_xaxes=True, row_heights=[0.68, 0.32], vertical_spacing=0.06)
    middle, width = (rows["low"] + rows["high"]) / 2, (rows["high"] - rows["low"]).clip(lower=_LEAST_WIDTH)
    limits = [numbers.interval(low, high) for low, high in zip(rows["accuracy_low"], rows["accuracy_high"], strict=True)]
    figure.add_trace(
        go.Bar(
            x=middle,
            y=rows["accuracy"],
            width=width,
            name="Right answers, 95% interval",
            marker={"color": pale(theme.SCORE), "line": {"color": theme.SCORE, "width": 2}},
            error_y=error_bars(rows["accuracy"], rows["accuracy_low"], rows["accuracy_high"], theme.SCORE),
            customdata=list(zip(rows["confidence"], rows["n"], limits, strict=True)),
            hovertemplate="%{customdata[1]:,} faces, on average %{customdata[0]:.1%} sure<br>"
            "%{y:.1%} right (%{customdata[2]})<extra></extra>",
        ),
        row=1,
        col=1,
    )
    figure.add_trace(
        go.Scatter(
            x=[0, 1],
            y=[0, 1],
            mode="lines",
            name="As often right as it is sure",
            line={"color": theme.GREY, "width": 2, "dash": "dash"},
            hoverinfo="skip",
        ),
        row=1,
        col=1,
    )
    figure.add_trace(
        go.Bar(
            x=middle,
            y=rows["n"],
            width=width,
            showlegend=False,
            marker={"color": theme.GREY, "line": {"color": theme.PAPER, "width": 1}},
            text=[numbers.count(n) for n in rows["n"]],
            textposition="outside",
            textangle=-90,
            cliponaxis=False,
            hovertemplate="%{y:,} faces<extra></extra>",
        ),
        row=2,
        col=1,
    )
    theme.style(figure, height=_HEIGHT, legend=True, hovermode="closest", bargap=0)
    figure.update_xaxes(range=[0, 1.01], **SHARES)
    figure.update_xaxes(title_text="How sure it is", row=2)
    figure.update_yaxes(title_text="Right", range=[0, 1.02], tickvals=[0, 0.5, 1], tickformat=".0%", row=1)
    figure.update_yaxes(title_text="Faces", range=[0, float(rows["n"].max()) * 1.75], showticklabels=False, nticks=3, row=2)
    return figure


def coverage(curve: pd.DataFrame, *, chosen: tuple[float, float | None], baseline: float) -> go.Figure:
    """Accuracy on the surest answers against the share of faces that are answered, with its 95 % interval.

    Args:
        curve: columns threshold, coverage, n, accuracy, low, high; from the surest few to all.
        chosen: coverage and accuracy at the viewer's threshold, marked; an accuracy of None leaves the mark out.
        baseline: accuracy of always answering with the most frequent class, over all faces.

    Returns:
        Three traces, interval, accuracy and baseline, and a fourth with the mark.

    Raises:
        InputError: a column is missing.
    """
    require_columns(curve, ("threshold", "coverage", "n", "accuracy", "low", "high"), "Curves")
    if curve.empty:
        return theme.empty("There is no answer to leave out.", height=_HEIGHT)
    figure = go.Figure(band(curve["coverage"], curve["low"], curve["high"], theme.SCORE, name="95% interval"))
    figure.add_trace(
        go.Scatter(
            x=curve["coverage"],
            y=curve["accuracy"],
            mode="lines",
            name="Accuracy on these",
            line={"color": theme.SCORE, "width": 2.5},
            customdata=list(zip(curve["threshold"], curve["n"], strict=True)),
            hovertemplate="Threshold %{customdata[0]:.2f}: answers %{x:.1%} (%{customdata[1]:,} faces)<br>"
            "%{y:.1%} of them right<extra></extra>",
        )
    )
    figure.add_trace(level((0, 1), baseline))
    if chosen[1] is not None:
        figure.add_trace(
            go.Scatter(
                x=[chosen[0]],
                y=[chosen[1]],
                mode="markers",
                name="Your threshold",
                marker={"size": 15, "color": theme.CHOSEN, "symbol": "diamond", "line": {"color": theme.PAPER, "width": 2}},
                cliponaxis=False,
                hovertemplate="Your threshold: answers %{x:.1%}, %{y:.1%} right<extra></extra>",
            )
        )
    theme.style(figure, height=_HEIGHT, legend=True, hovermode="closest")
    figure.update_xaxes(title_text="Share of faces that it answers", range=[0, 1.01], tickformat=".0%", zeroline=False)
    figure.update_yaxes(title_text="Accuracy", range=[0, 1.02], tickformat=".0%", zeroline=False)
    return figure
