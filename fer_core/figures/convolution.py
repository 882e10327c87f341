"""Standard beside separable convolution: work and time as bars, and the ratio of both kinds of work as a curve."""

from __future__ import annotations

from statistics import median

import numpy as np
import plotly.graph_objects as go

from fer_core import numbers
from fer_core.errors import InputError
from fer_core.figures import theme
from fer_core.figures.shapes import pattern
from fer_core.lesson.convolution import Cost
from fer_core.lesson.timing import Timing

STANDARD, DEPTHWISE, POINTWISE = "Standard", "Depthwise", "Pointwise"
_TONES = {STANDARD: theme.SERIES[2], DEPTHWISE: theme.VALIDATION, POINTWISE: theme.TRAINING}
_PATTERNS = {STANDARD: "", DEPTHWISE: "/", POINTWISE: "."}
_SEPARABLE = "Separable"


def work(cost: Cost) -> go.Figure:
    """Multiply-adds of the standard convolution, and of both steps of the separable one, as stacked bars."""
    figure = go.Figure()
    for name, row, value in (
        (STANDARD, STANDARD, cost.standard),
        (DEPTHWISE, _SEPARABLE, cost.depthwise),
        (POINTWISE, _SEPARABLE, cost.pointwise),
    ):
        figure.add_trace(
            go.Bar(
                x=[value],
                y=[row],
                name=name,
                orientation="h",
                marker=_marker(name),
                hovertemplate=f"{name}: {numbers.count(value)} multiply-adds<extra></extra>",
            )
        )
    for row, value in ((STANDARD, cost.standard), (_SEPARABLE, cost.separable)):
        _write(figure, row, value, f"{value / 1e6:,.1f} million" if value >= 1e5 else numbers.count(value))
    theme.style(figure, height=190, legend=True, barmode="stack")
    return _axes(figure, "Multiply-adds", max(cost.standard, cost.separable))


def times(timing: Timing) -> go.Figure:
    """Median time of both kinds, with the quartiles as a range.

    Raises:
        InputError: nothing was timed.
    """
    if not timing.standard or not timing.separable:
        raise InputError("There are no times to show; measure first.")
    figure = go.Figure()
    rows = ((STANDARD, STANDARD, timing.standard), (_SEPARABLE, POINTWISE, timing.separable))
    highest = max(float(np.percentile(seconds, 75)) for _, _, seconds in rows) * 1e3
    for row, tone, seconds in rows:
        low, middle, high = (float(value) * 1e3 for value in np.percentile(seconds, [25, 50, 75]))
        figure.add_trace(
            go.Bar(
                x=[middle],
                y=[row],
                orientation="h",
                marker=_marker(tone),
                error_x={"type": "data", "array": [high - middle], "arrayminus": [middle - low], "color": theme.INK},
                hovertemplate=f"{row}: {middle:.2f} ms, quartiles {low:.2f} to {high:.2f} ms<extra></extra>",
            )
        )
        _write(figure, row, high, f"{median(seconds) * 1e3:.2f} ms")
    theme.style(figure, height=150)
    return _axes(figure, "Median time, ms (range: quartiles)", highest)


def ratio(cost: Cost) -> go.Figure:
    """1/N + 1/D_K² against N for kernels of 3, 5 and 7, with the viewer's own numbers as a point."""
    outputs = np.unique(np.geomspace(1, 1024, 80).round())
    figure = go.Figure()
    for side, dash in zip((3, 5, 7), theme.DASHES, strict=False):
        figure.add_trace(
            go.Scatter(
                x=outputs,
                y=1 / outputs + 1 / side**2,
                mode="lines",
                name=f"kernel {side}×{side}",
                line={"color": theme.PAIR[1], "dash": dash, "width": 2},
                hovertemplate=f"kernel {side}×{side}, N = %{{x}}: %{{y:.1%}}<extra></extra>",
            )
        )
    figure.add_trace(
        go.Scatter(
            x=[cost.outputs],
            y=[cost.ratio],
            mode="markers",
            name="your numbers",
            marker={"size": 13, "symbol": "diamond", "color": theme.INK},
            hovertemplate=f"N = {cost.outputs:,}: {numbers.percent(cost.ratio)}<extra></extra>",
        )
    )
    theme.style(figure, height=300, legend=True)
    figure.update_xaxes(type="log", title_text="N, channels that go out", tickvals=[1, 4, 16, 64, 256, 1024])
    figure.update_yaxes(title_text="Share of the work", tickformat=".0%", range=[0, max(1.15, 1.08 * cost.ratio)], showgrid=True)
    return figure


def _marker(name: str) -> dict[str, object]:
    return pattern(_TONES[name], _PATTERNS[name])


def _write(figure: go.Figure, row: str, at: float, text: str) -> None:
    figure.add_annotation(x=at, y=row, text=f" <b>{text}</b>", showarrow=False, xanchor="left")


def _axes(figure: go.Figure, title: str, highest: float) -> go.Figure:
    figure.update_xaxes(title_text=title, range=[0, highest * 1.5], showgrid=True, nticks=5)
    figure.update_yaxes(categoryorder="array", categoryarray=[_SEPARABLE, STANDARD], showgrid=False)
    return figure
