"""Whether maps can be believed and where they point: curves of faithfulness, the randomisation check, shares of regions."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from numpy.typing import NDArray

from fer_core import numbers
from fer_core.errors import InputError, require_columns
from fer_core.figures import theme
from fer_core.figures.shapes import band, error_bars
from fer_core.figures.theme import display_name
from fer_core.labels import colours

_ROW, _LINE = 34, 17
_HEIGHT = 300


def faithfulness_curves(
    changed: NDArray[np.floating],
    curve: tuple[NDArray[np.floating], NDArray[np.floating], NDArray[np.floating]],
    random: tuple[NDArray[np.floating], NDArray[np.floating], NDArray[np.floating]],
    *,
    axis: str,
) -> go.Figure:
    """The probability of the explained class while pixels are changed in the order of a map, and in that of random maps.

    Args:
        changed: (S,) share of pixels changed, 0 to 1.
        curve: middle, lower and upper limit for the map, (S,) each, 0 to 1; limits that are NaN are not drawn.
        random: the same for random maps.
        axis: title of the horizontal axis.

    Returns:
        For random maps and for the map a band (where there are limits) and a line, the map's last.

    Raises:
        InputError: the lengths differ.
    """
    lengths = {len(np.asarray(part)) for part in (changed, *curve, *random)}
    if len(lengths) != 1:
        raise InputError(f"All parts of a curve must have one length; got {sorted(lengths)}.")
    figure = go.Figure()
    for name, (middle, low, high), tone, dash in (
        ("Random maps", random, theme.GREY, "dash"),
        ("This map", curve, theme.SERIES[0], "solid"),
    ):
        if np.isfinite(low).all() and np.isfinite(high).all():
            figure.add_trace(band(changed, low, high, tone))
        figure.add_trace(
            go.Scatter(
                x=changed,
                y=middle,
                mode="lines",
                name=name,
                line={"color": tone, "width": 2.5, "dash": dash},
                hovertemplate=f"{name}: %{{y:.1%}}<extra></extra>",
            )
        )
    theme.style(figure, height=_HEIGHT, legend=True, hovermode="x unified")
    figure.update_xaxes(title_text=axis, range=[0, 1], tickvals=[0, 0.25, 0.5, 0.75, 1], tickformat=".0%", hoverformat=".0%")
    figure.update_yaxes(title_text="Probability of the class", range=[-0.02, 1.02], tickformat=".0%")
    return figure


def randomisation_curve(
    steps: Sequence[str],
    similarity: tuple[NDArray[np.floating], NDArray[np.floating], NDArray[np.floating]],
    *,
    chance: float,
    measure: str,
) -> go.Figure:
    """How like the trained network's map a map still is, while weights are made random from the output down.

    Args:
        steps: (K,) what was made random last; the first is the trained network.
        similarity: mean, lower and upper limit, (K,) each; limits that are NaN are not drawn.
        chance: similarity with random maps.
        measure: title of the vertical axis.

    Returns:
        One trace of points with intervals, and a dotted line for random maps.
    """
    mean, low, high = (np.asarray(part, np.float64) for part in similarity)
    figure = go.Figure(
        go.Scatter(
            x=list(range(len(steps))),
            y=mean,
            mode="lines+markers",
            line={"color": theme.SERIES[0], "width": 3},
            marker={"size": 9},
            error_y=error_bars(mean, low, high, theme.SERIES[0]),
            customdata=[_step_name(step) for step in steps],
            hovertemplate="Random down to: %{customdata}<br>%{y:.2f}<extra></extra>",
        )
    )
    figure.add_hline(
        y=chance,
        line={"color": theme.GREY, "width": 2, "dash": "dot"},
        annotation={"text": f"random maps {chance:.2f}", "font_size": theme.FONT_SIZE, "xanchor": "left", "x": 0},
    )
    theme.style(figure, height=_HEIGHT + 40)
    lowest = min(0.0, float(np.nanmin([*mean, *low, chance])))
    figure.update_xaxes(
        title_text="Made random, from the output down to",
        tickvals=list(range(len(steps))),
        ticktext=[_step_name(step) for step in steps],
        tickangle=-45,
        showgrid=False,
    )
    figure.update_yaxes(title_text=measure, range=[lowest - 0.08, 1.08], zeroline=True)
    return figure


def region_shares(table: pd.DataFrame, areas: dict[str, float], *, classes: Sequence[str] = ()) -> go.Figure:
    """Where the evidence lies: a dot with its 95 % interval for each region and class, and each region's share of the picture.

    Args:
        table: columns class, region, n, share, low, high (shares in [0, 1]; limits may be NaN), in the order of drawing.
        areas: {region: its share of the picture}, in order from the top.
        classes: all of the data set, which settle the colours.

    Returns:
        A trace per class and one of areas; a figure that says so when the table is empty.

    Raises:
        InputError: a column is missing, or a region has no area.
    """
    require_columns(table, ("class", "region", "n", "share", "low", "high"), "Shares of regions")
    if table.empty:
        return theme.empty("No face has a map here.")
    unknown = set(table["region"]) - set(areas)
    if unknown:
        raise InputError(f"Each region needs an area; missing: {', '.join(sorted(unknown))}.")
    shown, tones = list(dict.fromkeys(table["class"])), colours([*classes, *table["class"]])
    height = _ROW + _LINE * len(shown)
    tops = {region: number * height for number, region in enumerate(areas)}
    figure = go.Figure()
    for number, name in enumerate(shown):
        rows = table[table["class"] == name]
        places = [tops[region] + _ROW + number * _LINE for region in rows["region"]]
        figure.add_trace(_class_dots(rows, name, number, tones[name], places))
    ends = [(tops[region] + _ROW - 8, tops[region] + height - _LINE / 2 - 2) for region in areas]
    figure.add_trace(
        go.Scatter(
            x=[part for area in areas.values() for part in (area, area, None)],
            y=[part for end in ends for part in (*end, None)],
            mode="lines",
            name="Its share of the picture",
            line={"color": theme.GREY, "width": 3, "dash": "dot"},
            hovertemplate="Share of the picture: %{x:.1%}<extra></extra>",
        )
    )
    for region, area in areas.items():
        theme.row_title(
            figure, f"<b>{display_name(region)}</b>, {numbers.percent(area, 0)} of the picture", tops[region] + 20, above=0
        )
    theme.style(figure, height=height * len(areas) + 130, legend=True, hovermode="closest")
    top = max(float(table[["share", "high"]].max().max()), *areas.values())
    figure.update_xaxes(range=[-0.015 * top, 1.08 * top], tickformat=".0%", zeroline=False)
    figure.update_yaxes(range=[height * len(areas), -6], showticklabels=False, showgrid=False, zeroline=False, automargin=False)
    return figure


def _class_dots(rows: pd.DataFrame, name: str, number: int, tone: str, places: Sequence[float]) -> go.Scatter:
    share, low, high = (rows[column].astype("float64") for column in ("share", "low", "high"))
    return go.Scatter(
        x=share,
        y=places,
        mode="markers",
        name=display_name(name),
        marker={"size": 10, "color": tone, "symbol": theme.SYMBOLS[number % len(theme.SYMBOLS)]},
        error_x=error_bars(share, low, high, tone),
        customdata=[
            [display_name(region), numbers.percent(value), numbers.interval(lower, upper), numbers.count(n)]
            for region, value, lower, upper, n in zip(rows["region"], share, low, high, rows["n"], strict=True)
        ],
        hovertemplate=f"<b>{display_name(name)}</b>, %{{customdata[0]}}: %{{customdata[1]}} of the evidence"
        "<br>95% interval %{customdata[2]}, n = %{customdata[3]}<extra></extra>",
    )


def _step_name(step: str) -> str:
    return display_name(step.replace("_", " "))
