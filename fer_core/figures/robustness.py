"""How accuracy falls when faces are corrupted."""

from __future__ import annotations

import pandas as pd
import plotly.graph_objects as go

from fer_core import numbers
from fer_core.errors import InputError
from fer_core.figures import theme
from fer_core.figures.confusion import STEP, colour_scale

_ROW = 46
_HEIGHT = 340
_BAND = "rgba(61,133,198,0.22)"
_COLUMNS = ("corruption", "title", "unit", "level", "strength", "n", "accuracy", "low", "high")


def corruption_map(table: pd.DataFrame, *, clean: float, baseline: float) -> go.Figure:
    """Draw accuracy by corruption and strength, every cell labelled; a star where it is no better than a constant answer.

    Args:
        table: columns corruption, title, unit, level (from 1, mild to severe), strength, n, accuracy, low, high (shares in
            [0, 1]); one row per corruption and strength, corruptions in the order of rows.
        clean: accuracy on the same faces as they are, the first column.
        baseline: accuracy of always answering with the most frequent class.

    Returns:
        A heat map trace and a trace of the cells' text; the cells of one corruption are a row.

    Raises:
        InputError: a column is missing.
    """
    _require(table)
    if table.empty:
        return theme.empty("No corrupted face has been answered yet.")
    titles = table.groupby("corruption", sort=False)["title"].first().to_list()
    shares = table.pivot(index="title", columns="level", values="accuracy").loc[titles]
    shares.insert(0, 0, clean)
    places = list(range(shares.shape[1]))
    figure = go.Figure(
        go.Heatmap(
            z=shares.to_numpy(),
            x=places,
            y=list(range(len(titles))),
            zmin=0,
            zmax=1,
            colorscale=colour_scale(),
            showscale=False,
            xgap=2,
            ygap=2,
            hoverinfo="skip",
        )
    )
    figure.add_trace(_cell_text(table, titles, clean, baseline))
    theme.style(figure, height=len(titles) * _ROW + 74, hovermode="closest", margin={"t": 4})
    axis = {"showgrid": False, "zeroline": False, "ticks": ""}
    figure.update_xaxes(
        title_text="Strength, mild to severe",
        range=[-0.5, places[-1] + 0.5],
        tickvals=places,
        ticktext=["none", *(str(place) for place in places[1:])],
        **axis,
    )
    names = [title.replace(" ", "<br>", 1) for title in titles]
    figure.update_yaxes(range=[len(titles) - 0.5, -0.5], tickvals=list(range(len(titles))), ticktext=names, **axis)
    return figure


def corruption_lines(rows: pd.DataFrame, *, clean: tuple[float, float, float], baseline: float) -> go.Figure:
    """Draw accuracy under one corruption by its strength, with its 95 % interval, and the majority baseline.

    Args:
        rows: of one corruption, columns as in `corruption_map`, mild to severe.
        clean: accuracy on the same faces as they are, and its limits: the point before the first.
        baseline: accuracy of always answering with the most frequent class.

    Returns:
        The band of the interval, the line, and the baseline.

    Raises:
        InputError: a column is missing, or the rows are of none or several corruptions.
    """
    _require(rows)
    if rows["corruption"].nunique() != 1:
        raise InputError(f"The lines show one corruption; got {rows['corruption'].nunique()}.")
    unit = rows["unit"].iloc[0]
    values, lows, highs = ([first, *rows[name].tolist()] for first, name in zip(clean, ("accuracy", "low", "high"), strict=True))
    places = list(range(len(values)))
    figure = go.Figure(
        go.Scatter(
            x=places + places[::-1],
            y=highs + lows[::-1],
            mode="lines",
            fill="toself",
            fillcolor=_BAND,
            line_width=0,
            name="95% interval",
            hoverinfo="skip",
        )
    )
    words = ["as they are", *(f"{strength:g} {unit}" for strength in rows["strength"])]
    said = [f"{word}: {numbers.interval(*limits)}" for word, *limits in zip(words, lows, highs, strict=True)]
    figure.add_trace(
        go.Scatter(
            x=places,
            y=values,
            mode="lines+markers+text",
            name="Accuracy",
            text=[numbers.percent(value, 0) for value in values],
            textposition="top center",
            textfont={"color": theme.INK},
            line={"color": theme.SCORE, "width": 3},
            marker={"size": 10, "color": theme.SCORE},
            cliponaxis=False,
            customdata=said,
            hovertemplate="%{y:.1%} right, %{customdata}<extra></extra>",
        )
    )
    figure.add_trace(
        go.Scatter(
            x=[places[0] - 0.3, places[-1] + 0.3],
            y=[baseline, baseline],
            mode="lines",
            name="Always the most frequent class",
            line={"color": theme.GREY, "width": 2.5, "dash": "dot"},
            hovertemplate="Always the most frequent class: %{y:.1%}<extra></extra>",
        )
    )
    theme.style(figure, height=_HEIGHT, legend=True, hovermode="closest", margin={"b": 50})
    ticks = ["none", *(f"{strength:g}" for strength in rows["strength"])]
    figure.update_xaxes(
        title_text=f"{rows['title'].iloc[0]}: {unit}",
        range=[-0.3, places[-1] + 0.3],
        tickvals=places,
        ticktext=ticks,
        showgrid=False,
        zeroline=False,
    )
    figure.update_yaxes(range=[0, 1.04], tickvals=[0, 0.25, 0.5, 0.75, 1], tickformat=".0%", title_text="Right", zeroline=False)
    return figure


def _cell_text(table: pd.DataFrame, titles: list[str], clean: float, baseline: float) -> go.Scatter:
    """One point a cell, row by row: its percentage, in the colour that reads on it."""
    xs, ys, texts, values, said = [], [], [], [], []
    for place, title in enumerate(titles):
        rows = table[table["title"] == title].to_dict("records")
        cells = [(0, clean, False, "as they are")]
        cells += [
            (
                row["level"],
                row["accuracy"],
                row["low"] <= baseline,
                f"{row['strength']:g} {row['unit']}<br>95% interval {numbers.interval(row['low'], row['high'])}, "
                f"n = {numbers.count(row['n'])}",
            )
            for row in rows
        ]
        for level, share, poor, words in cells:
            xs.append(level)
            ys.append(place)
            values.append(share)
            texts.append(f"{100 * share:.0f}{'*' if poor else ''}")
            said.append(f"{title}: {words}")
    return go.Scatter(
        x=xs,
        y=ys,
        mode="text",
        text=texts,
        textfont={"color": ["#FFFFFF" if value >= STEP else theme.INK for value in values], "size": theme.FONT_SIZE},
        customdata=list(zip(said, values, strict=True)),
        hovertemplate="%{customdata[0]}<br>%{customdata[1]:.1%} right<extra></extra>",
    )


def _require(table: pd.DataFrame) -> None:
    missing = [name for name in _COLUMNS if name not in table.columns]
    if missing:
        raise InputError(f"The figure needs the columns {', '.join(_COLUMNS)}; missing: {', '.join(missing)}.")
