"""Agreement of people: of a crowd's votes, of labels and the crowd, of two annotators; and a run where people are unsure."""

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from numpy.typing import NDArray

from fer_core import escape, numbers
from fer_core.datasets.crowd import vote_title
from fer_core.evaluation.crowd import CrowdAgreement
from fer_core.evaluation.two_annotators import TwoAnnotators
from fer_core.figures import theme
from fer_core.figures.cells import cell_axes, cells
from fer_core.figures.shapes import BASELINE, error_bars
from fer_core.figures.theme import display_name

_ROW = 54


def agreement_levels(histogram: pd.DataFrame) -> go.Figure:
    """Bars of how many faces have how many votes for one name.

    Args:
        histogram: columns agree, n, share, as from `agreement_histogram`.

    Returns:
        One bar trace.
    """
    if histogram.empty or not histogram["n"].sum():
        return theme.empty("No face here has votes.")
    figure = go.Figure(
        go.Bar(
            x=histogram["agree"],
            y=histogram["n"],
            marker_color=theme.GREY,
            text=[numbers.percent(share, 0) for share in histogram["share"]],
            textposition="outside",
            cliponaxis=False,
            customdata=[
                [numbers.count(n), numbers.percent(share)] for n, share in zip(histogram["n"], histogram["share"], strict=True)
            ],
            hovertemplate="%{x} agree: %{customdata[0]} faces, %{customdata[1]}<extra></extra>",
        )
    )
    theme.style(figure, height=320, margin={"t": 28}, bargap=0.18)
    figure.update_xaxes(title_text="Annotators who agree on the most frequent name", dtick=1, showgrid=False)
    figure.update_yaxes(title_text="Faces", showgrid=True, rangemode="tozero")
    return figure


def crowd_matrix(agreement: CrowdAgreement, *, as_share: bool = False) -> go.Figure:
    """Heat map of imported labels (rows) against the crowd's (columns); what is no class of the data set stands on the right.

    Args:
        agreement: as from `crowd_agreement`.
        as_share: shares of each row instead of counts.

    Returns:
        As `cells.cells` draws them, and a line before the columns that are no classes.
    """
    names = [display_name(name) for name in agreement.classes]
    columns = [vote_title(name) for name in agreement.columns]
    figure = _agreement(agreement.matrix, names, columns, ("Label", "Crowd"), as_share=as_share)
    if len(columns) > len(names):
        figure.add_vline(x=len(names) - 0.5, line={"color": theme.INK, "width": 2, "dash": "dot"})
    return figure


def annotators_matrix(agreement: TwoAnnotators, names: tuple[str, str]) -> go.Figure:
    """Heat map of what the first annotator says (rows) against what the second says, in counts; names are those of the two."""
    classes = [display_name(name) if name else "Excluded" for name in agreement.classes]
    first, second = (escape.chart(name) for name in names)
    return _agreement(agreement.matrix, classes, classes, (first, second), as_share=False)


def _agreement(
    matrix: NDArray[np.int64], rows: list[str], columns: list[str], sides: tuple[str, str], *, as_share: bool
) -> go.Figure:
    """Draw counts, or shares of each row, of what one side says against what the other says."""
    totals = matrix.sum(axis=1, keepdims=True)
    shares = matrix / totals.clip(1)
    shown = shares if as_share else matrix
    top = 1.0 if as_share else max(float(matrix.max()), 1.0)
    down, across = sides
    hover = [
        [
            f"{down} <b>{row}</b>, {across} <b>{column}</b><br>"
            f"{numbers.count(matrix[y, x])} of {numbers.count(totals[y, 0])} faces of this row, {numbers.percent(shares[y, x])}"
            for x, column in enumerate(columns)
        ]
        for y, row in enumerate(rows)
    ]
    texts = [[numbers.percent(value, 0) if as_share else str(int(value)) for value in row] for row in shown]
    for place in range(len(rows)):
        texts[place][place] = f"<b>{texts[place][place]}</b>"
    figure = cells(shown, texts, top=top, hover=hover)
    theme.style(figure, height=len(rows) * _ROW + 132, hovermode="closest")
    cell_axes(figure, rows, columns, across=across, down=down)
    return figure


def accuracy_by_agreement(table: pd.DataFrame) -> go.Figure:
    """A run's accuracy, with its 95 % interval, at each level of agreement, beside the majority baseline of that level.

    Args:
        table: as from `crowd.accuracy_by_agreement`; rows with agree 0 are not drawn.

    Returns:
        A trace of dots with error bars and one of baselines.
    """
    rows = table[table["agree"] > 0]
    if rows.empty:
        return theme.empty("None of the faces that the run has answered has votes.")
    written = [
        [numbers.count(n), numbers.interval(low, high), numbers.percent(baseline)]
        for n, low, high, baseline in zip(rows["n"], rows["low"], rows["high"], rows["baseline"], strict=True)
    ]
    figure = go.Figure(
        go.Scatter(
            x=rows["agree"],
            y=rows["accuracy"],
            mode="lines+markers",
            name="Accuracy and 95% interval",
            marker={"size": 11, "color": theme.SCORE},
            line={"color": theme.SCORE, "width": 2, "dash": "dot"},
            error_y=error_bars(rows["accuracy"], rows["low"], rows["high"], theme.SCORE),
            customdata=written,
            hovertemplate="%{x} agree: %{y:.1%} of %{customdata[0]} faces<br>95% interval %{customdata[1]}<extra></extra>",
        )
    )
    figure.add_trace(
        go.Scatter(
            x=rows["agree"],
            y=rows["baseline"],
            mode="markers",
            name=BASELINE,
            marker={"size": 11, "color": theme.GREY, "symbol": "diamond-open", "line_width": 2.5},
            customdata=written,
            hovertemplate=f"{BASELINE} at %{{x}}: %{{customdata[2]}}<extra></extra>",
        )
    )
    ticks = [f"{agree}<br>{numbers.count(n)}" for agree, n in zip(rows["agree"], rows["n"], strict=True)]
    theme.style(figure, height=400, legend=True, hovermode="closest")
    figure.update_xaxes(
        title_text="Annotators who agree; below it, faces",
        tickvals=rows["agree"].tolist(),
        ticktext=ticks,
        showgrid=False,
        tickangle=0,
    )
    figure.update_yaxes(range=[0, 1.02], tickformat=".0%", showgrid=True)
    return figure
