"""The one way to show a figure: no tool bar, a description for who does not see it, and colours that follow the theme."""

from collections.abc import Callable, Iterable
from typing import Any, Literal

import plotly.graph_objects as go
import streamlit as st

from fer_core.figures import theme


def chart(
    figure: go.Figure,
    *,
    key: str,
    alt: str,
    on_select: Literal["ignore", "rerun"] | Callable[[], None] = "ignore",
    selection_mode: str | Iterable[str] = "points",
    tools: bool = False,
) -> Any:
    """Draw a figure as wide as its place.

    Args:
        figure: styled by `theme.style`.
        key: of the widget, and of its selection in session state.
        alt: what the chart shows, in a few words: its accessible name.
        on_select: what happens when points are selected; as of `st.plotly_chart`.
        selection_mode: points, box or lasso.
        tools: show plotly's tool bar, and zoom with the wheel.

    Returns:
        The selection when `on_select` is not ignore.
    """
    config = {"scrollZoom": True, "displaylogo": False} if tools else {"displayModeBar": False}
    return st.plotly_chart(figure, key=key, on_select=on_select, selection_mode=selection_mode, config=config, alt=alt)


def _follow(placeholder: str, colour: str) -> str:
    red, green, blue = (int(placeholder[start : start + 2], 16) for start in (1, 3, 5))
    return "".join(
        f'.stPlotlyChart [style*="{name}: rgb({red}, {green}, {blue})"]{{{name}:{colour}!important}}'
        for name in ("fill", "stroke")
    )


# Streamlit replaces colours of its own theme in a figure once, when it is drawn first; when the viewer switches the theme they
# stay as they were. The browser replaces ours by these rules, and knows at any time which theme is on.
PAPER = f"light-dark({st.get_option('theme.light.backgroundColor')},{st.get_option('theme.dark.backgroundColor')})"
"""Colour of the page, in style sheets."""

STYLE = _follow(theme.INK, "currentColor") + _follow(theme.PAPER, PAPER)
"""Style sheet that the frame puts on every page."""
