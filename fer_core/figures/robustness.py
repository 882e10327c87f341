"""How accuracy falls when faces are corrupted."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from fer_core import numbers
from fer_core.errors import InputError, require_columns
from fer_core.figures import theme
from fer_core.figures.cells import cell_axes, cells
from fer_core.figures.shapes import SHARES, band, level

_ROW = 46
_HEIGHT = 340
_COLUMNS = ("corruption", "title", "unit", "level", "strength", "n", "accuracy", "low", "high")


def corruption_map(table: pd.DataFrame, *, clean: float, baseline: float) -> go.Figure:
    """Draw accuracy by corruption and strength, every cell labelled; a star where it is no better than a constant answer.

    Args:
        table: columns corruption, title, unit, level (from 1, mild to severe), strength, n, accuracy, low, high (shares in
            [0, 1]); one row per corruption and strength, corruptions in the order of rows.
        clean: accuracy on the same faces as they are, the first column.
        baseline: accuracy of always answering with the most frequent class.

    Returns:
        As `cells.cells` draws them; the cells of one corruption are a row.

    Raises:
        InputError: a column is missing.
    """
    require_columns(table, _COLUMNS, "Rows")
    if table.empty:
        return theme.empty("No corrupted face has been answered yet.")
    texts, said, values = [], [], []
    for _, rows in table.groupby("corruption", sort=False):
        title, accuracies = rows["title"].iloc[0], [clean, *rows["accuracy"]]
        poor = [False, *(rows["low"] <= baseline)]
        values.append(accuracies)
        texts.append([f"{100 * share:.0f}{'*' if star else ''}" for share, star in zip(accuracies, poor, strict=True)])
        words = ["as they are", *(_cell_words(row) for row in rows.to_dict("records"))]
        said.append([f"{title}: {what}<br>{numbers.percent(share)} right" for what, share in zip(words, accuracies, strict=True)])
    figure = cells(np.array(values), texts, top=1.0, hover=said)
    titles = table.groupby("corruption", sort=False)["title"].first()
    theme.style(figure, height=len(titles) * _ROW + 74, hovermode="closest", margin={"t": 4})
    cell_axes(
        figure,
        [title.replace(" ", "<br>", 1) for title in titles],
        ["none", *(str(level) for level in range(1, len(values[0])))],
        across="Strength, mild to severe",
    )
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
    require_columns(rows, _COLUMNS, "Rows")
    if rows["corruption"].nunique() != 1:
        raise InputError(f"The lines show one corruption; got {rows['corruption'].nunique()}.")
    unit = rows["unit"].iloc[0]
    values, lows, highs = ([first, *rows[name].tolist()] for first, name in zip(clean, ("accuracy", "low", "high"), strict=True))
    places = list(range(len(values)))
    figure = go.Figure(band(places, lows, highs, theme.SCORE, name="95% interval"))
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
            line={"color": theme.SCORE, "width": 2},
            marker={"size": 9, "color": theme.SCORE},
            cliponaxis=False,
            customdata=said,
            hovertemplate="%{y:.1%} right, %{customdata}<extra></extra>",
        )
    )
    figure.add_trace(level((-0.3, places[-1] + 0.3), baseline))
    theme.style(figure, height=_HEIGHT, legend=True, hovermode="closest")
    ticks = ["none", *(f"{strength:g}" for strength in rows["strength"])]
    figure.update_xaxes(
        title_text=f"{rows['title'].iloc[0]}: {unit}",
        range=[-0.3, places[-1] + 0.3],
        tickvals=places,
        ticktext=ticks,
        showgrid=False,
        zeroline=False,
    )
    figure.update_yaxes(range=[0, 1.04], title_text="Right", **SHARES)
    return figure


def _cell_words(row: Mapping[Hashable, Any]) -> str:
    limits = numbers.interval(row["low"], row["high"])
    return f"{row['strength']:g} {row['unit']}<br>95% interval {limits}, n = {numbers.count(row['n'])}"
