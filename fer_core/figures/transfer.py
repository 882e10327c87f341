"""What transfer buys: test score by number of training labels, a line and a band for each way to start."""

from __future__ import annotations

import math

import pandas as pd
import plotly.graph_objects as go

from fer_core import numbers
from fer_core.errors import require_columns
from fer_core.figures import theme
from fer_core.figures.shapes import band, level, line_look

_HEIGHT = 430


def transfer_lines(rows: pd.DataFrame, names: dict[str, str], *, title: str, baseline: float, n: int) -> go.Figure:
    """Mean score of each way by training faces, on a logarithmic axis, with its band and the majority baseline.

    Args:
        rows: columns way, share, faces, mean, low, high (shares in [0, 1]) and seeds; one row a way and share.
        names: {way: how it is written}, in the order of the legend.
        title: what the score is called.
        baseline: the score of always answering with the most frequent class, 0 to 1.
        n: test faces.

    Returns:
        A band and a line for each way that has rows, then the baseline.

    Raises:
        InputError: a column is missing.
    """
    require_columns(rows, ("way", "share", "faces", "mean", "low", "high", "seeds"), "Rows")
    if rows.empty:
        return theme.empty("The lines begin with the first network that is done.", height=_HEIGHT)
    figure = go.Figure()
    shown = [(place, way) for place, way in enumerate(names) if (rows["way"] == way).any()]
    for place, way in shown:
        mine = rows[rows["way"] == way]
        if len(mine) == 1:  # An area needs two places: at one it would not be seen.
            mine = pd.concat([mine.assign(faces=mine["faces"] * wider) for wider in (0.97, 1.03)])
        figure.add_trace(band(mine["faces"], mine["low"], mine["high"], theme.SERIES[place % len(theme.SERIES)]))
    for place, way in shown:
        _line(figure, rows[rows["way"] == way], names[way], place)
    ends = [float(rows["faces"].min()), float(rows["faces"].max())]
    figure.add_trace(level((ends[0] / 2, ends[1] * 2), baseline, dash="longdash"))
    theme.style(figure, height=_HEIGHT, legend=True, hovermode="closest")
    means = rows.groupby("share")["faces"].mean()
    ticks = dict(zip(means.index.tolist(), means.tolist(), strict=True))
    room = 0.06 * max(0.5, math.log10(ends[1] / ends[0]))
    figure.update_xaxes(
        type="log",
        range=[math.log10(ends[0]) - room, math.log10(ends[1]) + room],
        tickvals=list(ticks.values()),
        ticktext=[f"{numbers.count(round(faces))}<br>{100 * share:g}%" for share, faces in ticks.items()],
        title_text="Training faces, and share of the labels",
        showgrid=True,
        zeroline=False,
    )
    low, high = min(float(rows["low"].min()), baseline), float(rows["high"].max())
    figure.update_yaxes(
        title_text=f"{title} on test, n = {numbers.count(n)}",
        tickformat=".0%",
        range=[max(0.0, low - 0.03), min(1.0, high + 0.03)],
        zeroline=False,
    )
    return figure


def _line(figure: go.Figure, rows: pd.DataFrame, name: str, place: int) -> None:
    said = [
        f"{numbers.count(round(faces))} training faces: {numbers.percent(mean)}<br>band {numbers.interval(low, high)}, "
        f"{seeds} seed{'s' if seeds > 1 else ''}"
        for faces, mean, low, high, seeds in zip(
            rows["faces"], rows["mean"], rows["low"], rows["high"], rows["seeds"], strict=True
        )
    ]
    figure.add_trace(
        go.Scatter(
            x=rows["faces"].tolist(),
            y=rows["mean"].tolist(),
            mode="lines+markers",
            name=name,
            **line_look(theme.SERIES[place % len(theme.SERIES)], place, width=2.5),
            cliponaxis=False,
            customdata=said,
            hovertemplate=f"<b>{name}</b><br>%{{customdata}}<extra></extra>",
        )
    )
