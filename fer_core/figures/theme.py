"""Looks that all figures share: transparent paper, sizes, and the colours of series.

Text is written in `INK`, which the page's theme turns into its own strong text colour, light or dark; colours of series have a
contrast of at least 3 to 1 on both.
"""

from __future__ import annotations

from typing import Any

import plotly.graph_objects as go

TRANSPARENT = "rgba(0,0,0,0)"
GRID = "rgba(127,127,127,0.28)"
INK = "#000037"
"""Text. Streamlit replaces this value by its theme's strong text colour (its GRAY_90: nearly black on light, nearly white on
dark) where its default for charts is a pale grey; elsewhere it is nearly black."""
PAPER = "#000038"
"""The page's background, replaced by Streamlit in the same way (its BG_COLOR)."""
GREY = "#838B94"
TRAINING = "#3D85C6"
VALIDATION = "#D9662B"
SCORE = "#3D85C6"
SERIES = ("#3D85C6", "#D9662B", "#009E73")
"""Colours of lines side by side; they differ in dash and marker as well."""
DASHES = ("solid", "dash", "dot", "dashdot", "longdash", "longdashdot")
SYMBOLS = ("circle", "square", "diamond", "triangle-up", "x", "cross", "triangle-down", "star")

FONT_SIZE = 14
"""Size of all text in pixels: readable from the last row when the page is projected."""

TEMPLATE = go.layout.Template(layout={"font": {"size": FONT_SIZE, "color": INK}})


def style(figure: go.Figure, *, height: int, legend: bool = False, **layout: Any) -> go.Figure:
    """Give a figure the common look.

    Args:
        figure: changed in place.
        height: pixels.
        legend: show a legend below the plot.
        layout: further keys of plotly's layout.

    Returns:
        The same figure.
    """
    margin = {"l": 8, "r": 16, "t": 12, "b": 8, "pad": 4, **layout.pop("margin", {})}
    figure.update_layout(
        template=TEMPLATE,
        paper_bgcolor=TRANSPARENT,
        plot_bgcolor=TRANSPARENT,
        height=height,
        margin=margin,
        font={"size": FONT_SIZE, "color": INK},
        hoverlabel_font_size=FONT_SIZE,
        showlegend=legend,
        legend={
            "orientation": "h",
            "font": {"size": FONT_SIZE, "color": INK},
            "xref": "container",
            "x": 0,
            "xanchor": "left",
            "yref": "container",
            "y": 0,
            "yanchor": "bottom",
        },
    )
    figure.update_layout(**layout)
    axis = {
        "tickfont": {"size": FONT_SIZE, "color": INK},
        "title_font": {"size": FONT_SIZE, "color": INK},
        "title_standoff": 8,
        "gridcolor": GRID,
        "zerolinecolor": GRID,
        "automargin": True,
        "fixedrange": True,
    }
    figure.update_xaxes(**axis)
    figure.update_yaxes(**axis)
    return figure


def empty(sentence: str, *, height: int = 160) -> go.Figure:
    """A figure without data that says why: one sentence in its middle."""
    figure = style(go.Figure(), height=height)
    figure.update_xaxes(visible=False, range=[0, 1])
    figure.update_yaxes(visible=False, range=[0, 1])
    figure.add_annotation(text=sentence, x=0.5, y=0.5, xref="paper", yref="paper", showarrow=False, font_size=FONT_SIZE)
    return figure


def row_title(figure: go.Figure, text: str, row: float, *, above: int, size: int | None = None) -> None:
    """Write the title of a row of a figure at its left edge.

    Args:
        figure: it has one row at each value of y.
        text: may hold HTML's b.
        row: y of the row.
        above: pixels over the row.
        size: of the text, in pixels; the figure's own when None.
    """
    figure.add_annotation(
        text=text,
        x=0,
        y=row,
        xref="paper",
        yref="y",
        xanchor="left",
        yanchor="bottom",
        yshift=above,
        showarrow=False,
        font_size=size,
    )
