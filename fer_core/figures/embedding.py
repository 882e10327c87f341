"""A map of features: thousands of faces as points, drawn by WebGL."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import isnan
from typing import Any

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from fer_core import escape, numbers
from fer_core.figures import theme


@dataclass(frozen=True)
class Layer:
    """Points of one colour.

    Attributes:
        name: in the legend and at a point under the pointer.
        colour: hex; unused where there are values.
        rows: (n,) int, which rows of the map.
        values: (n,) 0 to 1, drawn on a colour scale instead of `colour`; None for one colour.
    """

    name: str
    colour: str
    rows: NDArray[np.int64]
    values: NDArray[np.float32] | None = None


def feature_map(
    points: NDArray[np.float32], layers: Sequence[Layer], *, axes: tuple[str, str], explained: tuple[float, float]
) -> go.Figure:
    """Points of all layers, later layers on top; a rectangle or a lasso selects.

    Args:
        points: (N, 2).
        layers: which of them to draw, and how; one trace a layer, in this order.
        axes: names of the axes.
        explained: shares of variance along them, 0 to 1; NaN where that has no meaning.

    Returns:
        One WebGL trace a layer, without data beyond positions and colours, so that 32,000 points stay small.
    """
    if not any(len(layer.rows) for layer in layers):
        return theme.empty("There are no faces to show.")
    figure = go.Figure()
    size = 5 if len(points) < 8_000 else 3.5
    for layer in layers:
        marker: dict[str, Any] = {"size": size, "opacity": 0.75, "color": layer.colour}
        if layer.values is not None:
            scale = {"colorscale": "Cividis", "cmin": 0, "cmax": 1, "showscale": True}
            bar = {"title": {"text": escape.chart(layer.name), "side": "right"}, "tickformat": ".0%", "thickness": 12}
            marker = {**marker, **scale, "color": layer.values, "colorbar": bar}
        figure.add_trace(
            go.Scattergl(
                x=points[layer.rows, 0],
                y=points[layer.rows, 1],
                mode="markers",
                name=escape.chart(layer.name),
                marker=marker,
                hoverinfo="name" if layer.values is None else "skip",
                selected={"marker": {"opacity": 1}},
                unselected={"marker": {"opacity": 0.12}},
            )
        )
    theme.style(figure, height=560, legend=True, dragmode="lasso", hovermode="closest", uirevision="map")
    figure.update_layout(legend={"itemsizing": "constant"}, modebar={"bgcolor": theme.TRANSPARENT, "color": theme.GREY})
    for update, name, share in zip((figure.update_xaxes, figure.update_yaxes), axes, explained, strict=True):
        text = name if isnan(share) else f"{name}, {numbers.percent(share)} of the variance"
        update(title_text=text, showticklabels=False, showgrid=False, zeroline=False, fixedrange=False)
    return figure
