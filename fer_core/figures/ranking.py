"""ROC and precision-recall curves of all classes."""

from __future__ import annotations

import pandas as pd
import plotly.graph_objects as go

from fer_core import numbers
from fer_core.errors import require_columns
from fer_core.figures import theme
from fer_core.figures.shapes import SHARES, line_look
from fer_core.figures.theme import display_name
from fer_core.labels import colours

_PLOT = 380


def roc(curves: pd.DataFrame, areas: pd.DataFrame) -> go.Figure:
    """A line for each class, recall against the share of other faces that are taken for it, and the diagonal of a coin.

    Args:
        curves: columns class, threshold, fpr, recall; from the highest threshold of each class.
        areas: columns class and roc; a row a line, in the order of the legend, which names the area.

    Returns:
        The diagonal and one trace a class; a figure that says so when there are none.

    Raises:
        InputError: a column is missing.
    """
    require_columns(curves, ("class", "threshold", "fpr", "recall"), "Curves")
    require_columns(areas, ("class", "roc"), "Areas")
    if areas.empty:
        return theme.empty("There is no class to tell from others.", height=_PLOT)
    figure = go.Figure(
        go.Scatter(
            x=[0, 1],
            y=[0, 1],
            mode="lines",
            name="Chance  0.500",
            line={"color": theme.GREY, "width": 1.25},
            hoverinfo="skip",
        )
    )
    hover = "%{y:.1%} of its faces found<br>%{x:.1%} of the others, too"
    figure.add_traces(_lines(curves, areas, x="fpr", y="recall", area="roc", hover=hover))
    return _finish(figure, "Other faces taken for it", "Recall")


def precision_recall(curves: pd.DataFrame, areas: pd.DataFrame) -> go.Figure:
    """A line for each class, precision against recall; a tick at the right shows its share of the faces, which is chance.

    Args:
        curves: columns class, threshold, recall, precision; from the highest threshold of each class.
        areas: columns class, prevalence and pr; a row a line, in the order of the legend, which names the area.

    Returns:
        A trace a class, one of the shares, and one that stands for these in the legend; one that says so when there are none.

    Raises:
        InputError: a column is missing.
    """
    require_columns(curves, ("class", "threshold", "recall", "precision"), "Curves")
    require_columns(areas, ("class", "prevalence", "pr"), "Areas")
    if areas.empty:
        return theme.empty("There is no class to tell from others.", height=_PLOT)
    figure = go.Figure()
    hover = "%{x:.1%} of its faces found<br>%{y:.1%} of the found are so"
    is_defined = curves["precision"].notna()
    figure.add_traces(_lines(curves[is_defined], areas, x="recall", y="precision", area="pr", hover=hover))
    names = [display_name(name) for name in areas["class"]]
    figure.add_trace(
        go.Scatter(
            x=[1.0] * len(areas),
            y=areas["prevalence"],
            mode="markers",
            name="Chance",
            showlegend=False,
            marker={
                "symbol": "line-ew-open",
                "size": 18,
                "line": {"width": 3},
                "color": list(colours(areas["class"].tolist()).values()),
            },
            customdata=names,
            cliponaxis=False,
            hovertemplate="<b>%{customdata}</b>: %{y:.1%} of all faces<extra></extra>",
        )
    )
    tick = {"symbol": "line-ew-open", "size": 18, "line": {"width": 3}, "color": theme.GREY}
    figure.add_trace(go.Scatter(x=[None], y=[None], mode="markers", name="Chance, a tick per class", marker=tick))
    return _finish(figure, "Recall", "Precision")


def _lines(curves: pd.DataFrame, areas: pd.DataFrame, *, x: str, y: str, area: str, hover: str) -> list[go.Scatter]:
    """Make a trace per class, in the order of `areas`."""
    tones = colours(areas["class"].tolist())
    traces = []
    for place, row in enumerate(areas.to_dict("records")):
        mine, name = curves[curves["class"] == row["class"]], display_name(row["class"])
        traces.append(
            go.Scatter(
                x=mine[x],
                y=mine[y],
                customdata=mine["threshold"],
                hovertemplate=f"<b>{name}</b> from %{{customdata:.2f}} on<br>{hover}<extra></extra>",
                mode="lines",
                name=f"{name}  {numbers.decimal(row[area])}",
                line=line_look(tones[row["class"]], place)["line"],
            )
        )
    return traces


def _finish(figure: go.Figure, across: str, up: str) -> go.Figure:
    theme.style(figure, height=_PLOT, legend=True, hovermode="closest")
    figure.update_xaxes(title_text=across, range=[-0.01, 1.02], **SHARES)
    figure.update_yaxes(title_text=up, range=[-0.01, 1.02], **SHARES)
    return figure
