"""What a run answers for one face of a video, over time."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
import plotly.graph_objects as go

from fer_core import numbers
from fer_core.errors import InputError, require_columns
from fer_core.figures import theme
from fer_core.figures.shapes import SHARES
from fer_core.figures.theme import display_name
from fer_core.labels import colours

POINTS = 1200
"""Most points of a line; of more rows every second, third, ... is drawn."""

FEW = 2
"""Rows up to which points are drawn."""

GAP = 1.0
"""Seconds without a face over which no line is drawn."""


def timeline(rows: pd.DataFrame, classes: Sequence[str], *, cursor: float | None = None, smoothed: bool = True) -> go.Figure:
    """A line for each class over the seconds of a video.

    Args:
        rows: of one track, in the order of time: seconds, and smoothed_CLASS or p_CLASS, shares in [0, 1].
        classes: in the order of the legend; they differ in colour and dash.
        cursor: seconds of the frame that is shown, a vertical line.
        smoothed: draw smoothed_CLASS, else p_CLASS.

    Returns:
        A trace for each class.

    Raises:
        InputError: there is no row, no class, or a column is missing.
    """
    prefix = "smoothed_" if smoothed else "p_"
    require_columns(rows, ["seconds", *(f"{prefix}{name}" for name in classes)], "Rows")
    if rows.empty or not classes:
        raise InputError("A timeline needs at least one row and one class; got none.")
    drawn = rows.iloc[:: -(-len(rows) // POINTS)]
    # A row without values breaks the line where the face was away.
    away = drawn["seconds"].diff() > GAP
    breaks = pd.DataFrame({"seconds": drawn["seconds"][away] - GAP / 2})
    drawn = pd.concat([drawn, breaks]).sort_values("seconds", kind="stable")
    figure, tones = go.Figure(), colours(classes)
    for number, name in enumerate(classes):
        figure.add_trace(
            go.Scatter(
                x=drawn["seconds"],
                y=drawn[f"{prefix}{name}"],
                # Without markers, which are seen on the shortest lines alone, plotly lets nobody click on a point.
                mode="lines+markers",
                name=display_name(name),
                line={"color": tones[name], "width": 2, "dash": theme.DASHES[number % len(theme.DASHES)]},
                marker={"color": tones[name], "size": 8, "opacity": 1 if len(rows) <= FEW else 0},
                selected={"marker": {"opacity": 1}},
                unselected={"marker": {"opacity": 1 if len(rows) <= FEW else 0}},
                hovertemplate=f"{display_name(name)} at %{{x:.2f}} s: %{{y:.0%}}<extra></extra>",
            )
        )
    if cursor is not None:
        figure.add_vline(x=cursor, line={"color": theme.INK, "width": 2})
        text = f"{numbers.decimal(cursor, 2)} s"
        first, last = float(rows["seconds"].min()), float(rows["seconds"].max())
        side = "right" if cursor > (first + last) / 2 else "left"
        figure.add_annotation(x=cursor, y=1, yref="paper", text=text, showarrow=False, xanchor=side, yanchor="bottom")
    theme.style(figure, height=300, legend=True, margin={"t": 28})
    figure.update_xaxes(title="Seconds of the video", rangemode="tozero", zeroline=False)
    figure.update_yaxes(range=[0, 1.02], **SHARES)
    return figure
