"""How strong an expression must be: psychometric curves, and a run's answers along a morph."""

from __future__ import annotations

from collections.abc import Sequence
from math import isnan

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from numpy.typing import ArrayLike

from fer_core import numbers
from fer_core.errors import InputError, require_columns
from fer_core.figures import theme
from fer_core.figures.shapes import SHARES, error_bars, level, line_look
from fer_core.figures.theme import display_name
from fer_core.labels import colour, colours

_HEIGHT = 310


def psychometric_curve(
    name: str,
    points: pd.DataFrame,
    expected: ArrayLike,
    *,
    guess: float,
    ceiling: float,
    half: float,
    limits: tuple[float, float],
    classes: Sequence[str] = (),
) -> go.Figure:
    """Share of right answers by intensity of one expression: points with intervals, the fitted curve, guess rate and ceiling.

    Args:
        name: the class.
        points: columns intensity, n, share, low, high (shares in [0, 1]); one row a point.
        expected: (M,) shares of the fitted curve at M intensities evenly from 0 to 1.
        guess: share of right answers without expression.
        ceiling: share that the curve tends to.
        half: intensity at which it reaches half its ceiling; NaN leaves the mark out.
        limits: of its 95 % interval; NaN stands for beyond the scale.
        classes: all of the data set, which settle the colour.

    Returns:
        The points, the curve, lines for guess rate and ceiling, and a line for the half ceiling where there is one.

    Raises:
        InputError: a column is missing.
    """
    require_columns(points, ("intensity", "n", "share", "low", "high"), "Points")
    tone, shares = colour(name, classes), np.asarray(expected, np.float64)
    figure = go.Figure(
        go.Scatter(
            x=points["intensity"],
            y=points["share"],
            mode="markers",
            name="Right, 95% interval",
            cliponaxis=False,
            marker={"size": 9, "color": tone, "line": {"color": theme.INK, "width": 1}},
            error_y=error_bars(points["share"], points["low"], points["high"], tone),
            customdata=[
                (numbers.count(n), numbers.interval(low, high))
                for n, low, high in zip(points["n"], points["low"], points["high"], strict=True)
            ],
            hovertemplate="Intensity %{x:.2f}: %{y:.1%} of %{customdata[0]} right (%{customdata[1]})<extra></extra>",
        )
    )
    figure.add_trace(
        go.Scatter(
            x=np.linspace(0, 1, len(shares)),
            y=shares,
            mode="lines",
            name="Fitted curve",
            line={"color": tone, "width": 3},
            hovertemplate="Fitted at %{x:.2f}: %{y:.1%}<extra></extra>",
        )
    )
    for title, share, dash in (("Ceiling", ceiling, "dash"), ("Guessed without it", guess, "dot")):
        figure.add_trace(level((0, 1), share, name=title, dash=dash))
    if not isnan(half):
        _mark_half(figure, half, ceiling / 2, limits)
    theme.style(figure, height=_HEIGHT, hovermode="closest", margin={"t": 30})
    figure.update_layout(
        title={"text": f"<b>{display_name(name)}</b>", "x": 0, "font": {"size": theme.FONT_SIZE + 1, "color": theme.INK}}
    )
    figure.update_xaxes(
        title_text="Intensity", range=[-0.02, 1.03], tickvals=[0, 0.25, 0.5, 0.75, 1], showgrid=True, zeroline=False
    )
    figure.update_yaxes(title_text="Right", range=[-0.03, 1.03], **SHARES)
    return figure


def morph_lines(
    shares: ArrayLike, probabilities: ArrayLike, classes: Sequence[str], flips: pd.DataFrame, *, ends: tuple[str, str]
) -> go.Figure:
    """Probability of each class along a morph, and lines where the answer changes.

    Args:
        shares: (N,) how much of the second picture is in each face, 0 to 1.
        probabilities: (N, C) in [0, 1].
        classes: C names, in the order of the columns.
        flips: columns share, before, after; one row a change of the answer.
        ends: what the two pictures are called on the axis.

    Returns:
        A line a class, each with a dash and marker of its own.

    Raises:
        InputError: shapes do not fit.
    """
    places, values = np.asarray(shares, np.float64), np.asarray(probabilities, np.float64)
    if values.shape != (len(places), len(classes)):
        raise InputError(f"Probabilities must be ({len(places)}, {len(classes)}); got {values.shape}.")
    figure, tones = go.Figure(), colours(classes)
    for number, name in enumerate(classes):
        figure.add_trace(
            go.Scatter(
                x=places,
                y=values[:, number],
                mode="lines+markers",
                name=display_name(name),
                **line_look(tones[name], number),
                cliponaxis=False,
                hovertemplate=f"{display_name(name)}: %{{y:.1%}}<br>%{{x:.0%}} of the second picture<extra></extra>",
            )
        )
    for row in flips.to_dict("records"):
        figure.add_vline(x=row["share"], line={"color": theme.INK, "width": 2, "dash": "dot"})
        figure.add_annotation(
            text=f"<b>{row['share']:.0%}</b>", x=row["share"], y=1.01, yref="paper", yanchor="bottom", showarrow=False
        )
    theme.style(figure, height=400, legend=True, hovermode="closest", margin={"t": 30})
    ticks = [f"{display_name(ends[0])}", "25%", "50%", "75%", f"{display_name(ends[1])}"]
    figure.update_xaxes(range=[-0.03, 1.03], tickvals=[0, 0.25, 0.5, 0.75, 1], ticktext=ticks, showgrid=True, zeroline=False)
    figure.update_yaxes(title_text="Probability", range=[-0.02, 1.04], tickformat=".0%", zeroline=False)
    return figure


def _mark_half(figure: go.Figure, half: float, share: float, limits: tuple[float, float]) -> None:
    low, high = (1.0 if isnan(value) else value for value in limits)
    figure.add_vrect(x0=low, x1=high, fillcolor=theme.GREY, opacity=0.22, line_width=0)
    figure.add_trace(
        go.Scatter(
            x=[half, half],
            y=[0, share],
            mode="lines+markers",
            name="Half the ceiling",
            line={"color": theme.INK, "width": 2},
            marker={"size": [0, 12], "color": theme.INK, "symbol": "diamond"},
            hovertemplate="Half the ceiling at intensity %{x:.2f}<extra></extra>",
        )
    )
