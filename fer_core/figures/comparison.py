"""Two data sets or splits in one figure: blue is the first, orange the second, and the second is hatched or dashed too."""

import pandas as pd
import plotly.graph_objects as go

from fer_core import escape, numbers
from fer_core.figures import theme
from fer_core.figures.shapes import pattern
from fer_core.figures.theme import display_name

FIRST, SECOND = theme.TRAINING, theme.VALIDATION

_BAR = 52
_SHARPNESS_TICKS = (0, 10, 100, 1_000, 10_000)
_TICK_PLACES = (0.0, 1.041393, 2.004321, 3.000434, 4.000043)


def class_shares(table: pd.DataFrame, titles: tuple[str, str]) -> go.Figure:
    """Two bars per class: its share of either side.

    Args:
        table: columns class, n_first, share_first, n_second, share_second, as from `class_gap`.
        titles: what the sides are called.

    Returns:
        Two bar traces.
    """
    names = [display_name(name) for name in table["class"]]
    figure = go.Figure()
    for side, title, tone, shape in (("first", titles[0], FIRST, ""), ("second", titles[1], SECOND, "/")):
        title = escape.chart(title)
        counts, shares = table[f"n_{side}"], table[f"share_{side}"]
        figure.add_trace(
            go.Bar(
                x=shares,
                y=names,
                name=title,
                orientation="h",
                marker=pattern(tone, shape),
                text=[f"{numbers.percent(share)} · {numbers.count(n)}" for share, n in zip(shares, counts, strict=True)],
                textposition="outside",
                cliponaxis=False,
                customdata=[[numbers.count(n), numbers.percent(share)] for n, share in zip(counts, shares, strict=True)],
                hovertemplate="%{y}: %{customdata[0]} faces, %{customdata[1]}<extra>" + title + "</extra>",
            )
        )
    top = float(table[["share_first", "share_second"]].to_numpy().max())
    theme.style(figure, height=len(names) * _BAR + 64, legend=True, margin={"r": 118}, bargap=0.22, legend_traceorder="normal")
    figure.update_xaxes(range=[0, top * 1.02], visible=False)
    figure.update_yaxes(autorange="reversed", showgrid=False)
    return figure


def distributions(histogram: pd.DataFrame, titles: tuple[str, str], measure: str) -> go.Figure:
    """Draw both sides' distribution of a measure, as outlines of the same bins.

    Args:
        histogram: columns left, right, first, second, as from `histograms`.
        titles: what the sides are called.
        measure: brightness, contrast or sharpness, whose axis is logarithmic.

    Returns:
        Two line traces.
    """
    centres = (histogram["left"] + histogram["right"]) / 2
    figure = go.Figure()
    for side, title, tone, dash in (("first", titles[0], FIRST, "solid"), ("second", titles[1], SECOND, "dash")):
        title = escape.chart(title)
        figure.add_trace(
            go.Scatter(
                x=centres,
                y=histogram[side],
                mode="lines",
                name=title,
                line={"color": tone, "width": 2, "dash": dash, "shape": "hvh"},
                hovertemplate="%{y:.1%} of the faces<extra>" + title + "</extra>",
            )
        )
    theme.style(figure, height=300, legend=True, hovermode="x")
    figure.update_xaxes(title_text=display_name(measure), showgrid=True)
    if measure == "sharpness":
        figure.update_xaxes(tickvals=_TICK_PLACES, ticktext=[numbers.count(tick) for tick in _SHARPNESS_TICKS])
    figure.update_yaxes(tickformat=".0%", rangemode="tozero", showgrid=True)
    return figure
