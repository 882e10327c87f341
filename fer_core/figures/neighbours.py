"""How often the nearest faces have the same label, beside chance."""

from __future__ import annotations

import plotly.graph_objects as go

from fer_core import numbers
from fer_core.figures import theme
from fer_core.labels import colour, display_name
from fer_core.lesson.neighbours import Likeness

_ROW = 52


def neighbour_shares(found: Likeness) -> go.Figure:
    """A dot with its 95 % interval for each class, and what faces drawn at random would give.

    Args:
        found: as `lesson.neighbours.likeness` counts it.

    Returns:
        A trace of dots and a trace of chance.
    """
    table = found.table
    places = list(range(len(table)))
    tones = [colour(name) for name in table["class"]]
    figure = go.Figure(
        go.Scatter(
            x=table["share"],
            y=places,
            mode="markers",
            name="Neighbours of the same class, 95% interval",
            marker={"size": 13, "color": tones, "line": {"color": theme.INK, "width": 1}},
            error_x={
                "array": table["high"] - table["share"],
                "arrayminus": table["share"] - table["low"],
                "color": theme.GREY,
                "thickness": 3,
                "width": 8,
            },
            customdata=[
                (display_name(row["class"]), row["n"], numbers.interval(row["low"], row["high"]))
                for row in table.to_dict("records")
            ],
            hovertemplate="%{customdata[0]}: %{x:.1%} of the neighbours of %{customdata[1]} faces<br>%{customdata[2]}"
            "<extra></extra>",
        )
    )
    figure.add_trace(
        go.Scatter(
            x=table["chance"],
            y=places,
            mode="markers",
            name="Chance: the share of the class",
            marker={"size": 13, "color": theme.GREY, "symbol": "diamond-open", "line_width": 2.5},
            hovertemplate="Chance: %{x:.1%}<extra></extra>",
        )
    )
    for place, row in zip(places, table.to_dict("records"), strict=True):
        title = f"<b>{display_name(row['class'])}  {numbers.percent(row['share'])}</b>, chance {numbers.percent(row['chance'])}"
        theme.row_title(figure, title, place, above=8)
    theme.style(figure, height=len(table) * _ROW + 96, legend=True, hovermode="closest", margin={"b": 66})
    figure.update_xaxes(range=[-0.015, 1.015], tickvals=[0, 0.25, 0.5, 0.75, 1], tickformat=".0%", zeroline=False)
    figure.update_yaxes(range=[len(table) - 0.5, -0.85], tickvals=places, showticklabels=False, zeroline=False, automargin=False)
    return figure
