"""How often the nearest faces have the same label, beside chance."""

from __future__ import annotations

import plotly.graph_objects as go

from fer_core import numbers
from fer_core.figures.shapes import Row, interval_rows
from fer_core.figures.theme import display_name
from fer_core.labels import colours
from fer_core.lesson.neighbours import Likeness


def neighbour_shares(likeness: Likeness) -> go.Figure:
    """A dot with its 95 % interval for each class, and what faces drawn at random would give.

    Args:
        likeness: as `lesson.neighbours.likeness` counts it.

    Returns:
        A trace of dots and a trace of chance.
    """
    tones = colours(likeness.table["class"].tolist())
    drawn = []
    for row in likeness.table.to_dict("records"):
        name, share, limits = display_name(row["class"]), numbers.percent(row["share"]), numbers.interval(row["low"], row["high"])
        drawn.append(
            Row(
                f"<b>{name}  {share}</b>, chance {numbers.percent(row['chance'])}",
                row["share"],
                row["low"],
                row["high"],
                f"{name}: {share} of the neighbours of {numbers.count(row['n'])} faces<br>{limits}",
                tone=tones[row["class"]],
                reference=row["chance"],
            )
        )
    return interval_rows(drawn, name="Neighbours of the same class, 95% interval", reference="Chance: the share of the class")
