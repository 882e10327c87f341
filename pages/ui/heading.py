"""Begin a view with one sentence, and draw rows of figures, the same everywhere."""

from collections.abc import Sequence
from dataclasses import dataclass

import streamlit as st

from pages.ui.chart import PAPER

_TILE = "[data-testid=stLayoutWrapper]:has(>.stVerticalBlock>.stElementContainer>.stMetric)"
_AROUND_BOTTOM = ".stColumn:has([class*=st-key-bottom_]),.stColumn *:has([class*=st-key-bottom_])"
STYLE = (
    "[class*=st-key-equal_]>*{flex:1 1 0!important;min-width:0}"
    ":is([data-testid=stMetricDelta],[data-testid=stMetricLabel]) *{white-space:normal!important}"
    f"@media(max-width:640px){{{_TILE}{{flex:0 0 calc(50% - 4px)!important;width:calc(50% - 4px)!important}}"
    f"{_TILE} :is(.stVerticalBlock,.stElementContainer,.stMetric){{width:100%!important;min-width:0}}"
    "[data-testid=stMetricValue]{font-size:1.45rem}"
    ".st-key-context{gap:.4rem .5rem!important}.st-key-context h1{font-size:1.8rem}.st-key-search_open{order:1}"
    ".st-key-context>.stElementContainer:has(h1){flex:1 1 calc(100% - 110px)!important}.stMain kbd{display:none}"
    ".st-key-context>:is(.st-key-dataset_picker,.st-key-run_picker){order:2;min-width:0;flex:1 1 116px!important}"
    ".st-key-context>.st-key-run_picker{flex:1 0 224px!important}"
    ".st-key-context .stSelectbox :is(input,button){font-size:.8rem;padding:.4rem .3rem}"
    f"{_AROUND_BOTTOM}{{display:contents!important}}"
    ".stHorizontalBlock:has(>.stColumn [class*=st-key-bottom_]){gap:.5rem!important}"
    "[class*=st-key-bottom_] button{padding:.2rem .5rem}[class*=st-key-bottom_],[class*=st-key-bottom_] *{gap:.3rem!important}"
    f"[class*=st-key-bottom_]{{position:sticky;bottom:0;z-index:9;padding:.4rem 0;background:{PAPER};"
    "border-top:1px solid color-mix(in srgb,currentColor 18%,transparent)}}"
)
"""Style sheet that the frame puts on every page: what lies in a container whose key begins with `equal_` is equally wide. On a
phone two figures lie side by side, title and search in one line, the two pickers in the next; keys are not named, and a container
whose key begins with `bottom_` sticks to the lower edge while the columns that it is in are seen."""


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
