"""Which classes are taken for which: the confusion matrix and the scores of each class."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from numpy.typing import NDArray

from fer_core import numbers
from fer_core.errors import InputError
from fer_core.evaluation.metrics import Mode, shares
from fer_core.figures import theme
from fer_core.figures.cells import cell_axes, cells
from fer_core.figures.shapes import SHARES, pattern
from fer_core.figures.theme import display_name
from fer_core.labels import colours

_NEARLY_INVISIBLE = 0.001
_CELL = 64


def confusion(
    matrix: NDArray[np.integer],
    classes: Sequence[str],
    *,
    mode: Mode = "counts",
    selected: tuple[str, str] | None = None,
) -> go.Figure:
    """Heat map of the confusion matrix, every cell labelled.

    Streamlit's selection events know points but not cells of heat maps: a nearly invisible square lies on each cell, with
    customdata [true, predicted].

    Args:
        matrix: (C, C) counts, rows true, columns predicted.
        classes: the C class names.
        mode: counts, or shares of each row or column.
        selected: (true, predicted) of a cell that is framed.

    Returns:
        A heat map trace and a trace of C * C points, row by row.

    Raises:
        InputError: shape and class names do not fit, an unknown mode, or `selected` names no cell.
    """
    matrix = np.asarray(matrix)
    size = len(classes)
    if matrix.shape != (size, size):
        raise InputError(f"The confusion matrix of {size} classes must have shape ({size}, {size}); got {matrix.shape}.")
    if selected is not None and not set(selected) <= set(classes):
        raise InputError(f"A cell is named by two of {', '.join(classes)}; got {selected}.")
    shown = shares(matrix, mode)
    top = 1.0 if mode != "counts" else max(float(matrix.max()), 1.0)
    texts = [[numbers.percent(value, 0) if mode != "counts" else str(int(value)) for value in row] for row in shown]
    for place in range(size):
        texts[place][place] = f"<b>{texts[place][place]}</b>"
    figure = cells(shown, texts, top=top)
    figure.add_trace(_targets(matrix, classes))
    if selected is not None:
        _frame(figure, classes.index(selected[0]), classes.index(selected[1]))
    theme.style(figure, height=size * _CELL + 96, hovermode="closest", hoverdistance=_CELL, clickmode="event+select")
    names = [display_name(name) for name in classes]
    cell_axes(figure, names, names, across="Predicted", down="True")
    return figure


def per_class_bars(per_class: pd.DataFrame) -> go.Figure:
    """Precision, recall and F1 of each class as bars in its colour; the three measures differ in their pattern.

    Args:
        per_class: columns class, precision, recall, f1 (shares in [0, 1] or NaN) and n (true samples); in the order of rows.

    Returns:
        A bar trace for each measure, and one without data each that draws its entry of the legend.
    """
    if per_class.empty:
        return theme.empty("There are no classes to score.")
    names = [
        f"<b>{display_name(name)}</b><br>n = {numbers.count(n)}"
        for name, n in zip(per_class["class"], per_class["n"], strict=True)
    ]
    tones = list(colours(per_class["class"].tolist()).values())
    figure = go.Figure()
    for measure, title, shape in (("precision", "Precision", "/"), ("recall", "Recall", "."), ("f1", "F1", "")):
        scores = per_class[measure].astype("float64")
        figure.add_trace(
            go.Bar(
                x=scores.fillna(0.0),
                y=names,
                name=title,
                legendgroup=measure,
                showlegend=False,
                orientation="h",
                marker=pattern(tones, shape),
                text=[numbers.percent(score, 0) for score in scores],
                textposition="outside",
                cliponaxis=False,
                customdata=[
                    [display_name(name), numbers.percent(score)] for name, score in zip(per_class["class"], scores, strict=True)
                ],
                hovertemplate=f"%{{customdata[0]}}: {title} %{{customdata[1]}}<extra></extra>",
            )
        )
        grey = pattern(theme.GREY, shape)
        figure.add_trace(go.Bar(x=[None], y=[names[0]], name=title, orientation="h", marker=grey, offsetgroup=measure))
        figure.data[-2].offsetgroup = measure
    theme.style(figure, height=len(names) * 84 + 76, legend=True, margin={"r": 48}, bargap=0.24, bargroupgap=0.08)
    figure.update_layout(legend_traceorder="normal", legend_itemclick=False, legend_itemdoubleclick=False)
    figure.update_xaxes(range=[0, 1], showgrid=True, **SHARES)
    figure.update_yaxes(autorange="reversed", showgrid=False)
    return figure


def _targets(matrix: NDArray[np.integer], classes: Sequence[str]) -> go.Scatter:
    by_row, by_column = shares(matrix, "rows"), shares(matrix, "columns")
    cells = [(row, column) for row in range(len(classes)) for column in range(len(classes))]
    faint = {"opacity": _NEARLY_INVISIBLE}
    return go.Scatter(
        x=[column for _, column in cells],
        y=[row for row, _ in cells],
        mode="markers",
        marker={"symbol": "square", "size": _CELL - 12, "color": theme.GREY, **faint},
        selected={"marker": faint},
        unselected={"marker": faint},
        customdata=[[classes[row], classes[column]] for row, column in cells],
        hovertext=[
            f"True <b>{display_name(classes[row])}</b>, predicted <b>{display_name(classes[column])}</b>"
            f"<br>{numbers.count(matrix[row, column])} of {numbers.count(matrix.sum())} samples"
            f"<br>{numbers.percent(by_row[row, column])} of true {display_name(classes[row])}"
            f"<br>{numbers.percent(by_column[row, column])} of predicted {display_name(classes[column])}"
            for row, column in cells
        ],
        hoverinfo="text",
        showlegend=False,
    )


def _frame(figure: go.Figure, row: int, column: int) -> None:
    box = {"type": "rect", "x0": column - 0.47, "x1": column + 0.47, "y0": row - 0.47, "y1": row + 0.47}
    figure.add_shape(**box, line={"color": theme.PAPER, "width": 7})
    figure.add_shape(**box, line={"color": theme.INK, "width": 3})
