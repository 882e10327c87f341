"""Draw a table of tinted cells, each with its number: confusion, votes, robustness."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from fer_core.figures import theme

_TINT = (10, 105, 160)
# On white paper, dark text reads on cells up to the first opacity and white text from the second (contrast 4.5 to 1 and more);
# neither reads in between, so the scale steps over that band. On dark paper light text reads on all of them.
_FAINT, _DARK_TEXT_UP_TO, _WHITE_TEXT_FROM, _FULL = 0.07, 0.70, 0.87, 1.0
STEP = (_DARK_TEXT_UP_TO - _FAINT) / (_DARK_TEXT_UP_TO - _FAINT + _FULL - _WHITE_TEXT_FROM)
"""Share of the scale's maximum from which the cells' text is white."""


def colour_scale() -> list[tuple[float, str]]:
    """Plotly colour scale of the cells: one tint in growing opacity, so that the page's paper, light or dark, is zero."""
    stops = ((0.0, _FAINT), (STEP, _DARK_TEXT_UP_TO), (STEP, _WHITE_TEXT_FROM), (1.0, _FULL))
    return [(place, f"rgba({_TINT[0]},{_TINT[1]},{_TINT[2]},{opacity})") for place, opacity in stops]


def cells(
    values: NDArray[np.floating] | NDArray[np.integer],
    texts: Sequence[Sequence[str]],
    *,
    top: float,
    hover: Sequence[Sequence[str]] | None = None,
) -> go.Figure:
    """Draw a table of tinted cells, every one labelled, the first row at the top.

    Texts are annotations, as plotly fades a trace's text when a point is selected and drops a heat map's where cells are narrow.

    Args:
        values: (R, C), 0 to `top`; NaN leaves a cell empty.
        texts: R rows of C texts.
        top: value of the strongest tint.
        hover: what is shown under the pointer, as `texts`; None for nothing.

    Returns:
        One heat map trace, and an annotation per cell, row by row.
    """
    rows, columns = values.shape
    figure = go.Figure(
        go.Heatmap(
            z=values,
            x=list(range(columns)),
            y=list(range(rows)),
            zmin=0,
            zmax=top,
            colorscale=colour_scale(),
            showscale=False,
            xgap=2,
            ygap=2,
            hovertext=hover,
            hoverinfo="skip" if hover is None else "text",
        )
    )
    size = theme.FONT_SIZE + (2 if columns <= 5 else -1 if columns <= 8 else -3)
    notes: list[dict[str, object]] = []
    for row in range(rows):
        for column in range(columns):
            font: dict[str, object] = {"size": size}
            if values[row, column] / top > STEP:
                font["color"] = "#FFFFFF"
            place = {"x": column, "y": row, "showarrow": False, "captureevents": False}
            notes.append({**place, "text": texts[row][column], "font": font})
    # All at once: each one that is added alone has plotly check those before it again, which took most of the figure's time.
    figure.update_layout(annotations=notes)
    return figure


def cell_axes(figure: go.Figure, rows: Sequence[str], columns: Sequence[str], *, across: str, down: str = "") -> None:
    """Name the rows and columns of `cells`, and their axes; to be called once the figure is styled."""
    axis = {"showgrid": False, "zeroline": False, "ticks": ""}
    figure.update_xaxes(
        title_text=across,
        range=[-0.5, len(columns) - 0.5],
        tickvals=list(range(len(columns))),
        ticktext=list(columns),
        autotickangles=[0, -45, -90],
        **axis,
    )
    figure.update_yaxes(
        title_text=down, range=[len(rows) - 0.5, -0.5], tickvals=list(range(len(rows))), ticktext=list(rows), **axis
    )
