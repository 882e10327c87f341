"""Begin a view with one sentence, and draw rows of figures, the same everywhere."""

from collections.abc import Sequence
from dataclasses import dataclass

import streamlit as st

_TILE = "[data-testid=stLayoutWrapper]:has(>.stVerticalBlock>.stElementContainer>.stMetric)"
STYLE = (
    f"@media(max-width:640px){{{_TILE}{{flex:0 0 calc(50% - 4px)!important;width:calc(50% - 4px)!important}}"
    f"{_TILE} :is(.stVerticalBlock,.stElementContainer,.stMetric){{width:100%!important;min-width:0}}"
    f"{_TILE} [data-testid=stMetricDelta] *{{white-space:normal}}}}"
)
"""Style sheet that the frame puts on every page: two figures side by side on a phone."""


@dataclass(frozen=True)
class Figure:
    """One figure of a row: what it is, its value as text, and a sentence that explains it on demand."""

    label: str
    value: str
    help: str | None = None
    note: str | None = None


def lead(sentence: str) -> None:
    """Say in one sentence what can be seen here; the frame writes the title of the page."""
    st.markdown(f":gray[{sentence}]")


def figures_row(figures: Sequence[Figure], *, width: int = 198) -> None:
    """Figures side by side, of equal height; they wrap on a narrow screen. `width` is the least width in pixels."""
    with st.container(horizontal=True, gap="xsmall"):
        for figure in figures:
            with st.container(width=width):
                st.metric(
                    figure.label,
                    figure.value,
                    help=figure.help,
                    delta=figure.note,
                    delta_color="off",
                    delta_arrow="off",
                    border=True,
                    height="stretch",
                )
