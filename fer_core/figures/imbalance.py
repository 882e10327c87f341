"""From accuracy to macro F1 on the same answers: the score on the way, and what each class adds to it."""

from __future__ import annotations

import pandas as pd
import plotly.graph_objects as go

from fer_core import numbers
from fer_core.errors import require_columns
from fer_core.figures import theme
from fer_core.figures.shapes import BASELINE, band
from fer_core.figures.theme import display_name
from fer_core.labels import colours

_ROW = 58


def score_path(rows: pd.DataFrame, place: float) -> go.Figure:
    """The score and its band from accuracy (left) to macro F1 (right), what a constant answer gets, and where the slider is.

    Args:
        rows: columns place, score, low, high, baseline, as from `lesson.imbalance.path`.
        place: 0 (accuracy) to 1 (macro F1).

    Returns:
        A band, the score, the baseline, and the two points at the slider.

    Raises:
        InputError: a column is missing.
    """
    require_columns(rows, ("place", "score", "low", "high", "baseline"), "Rows")
    across = rows["place"]
    figure = go.Figure(band(across, rows["low"], rows["high"], theme.SCORE))
    for name, column, tone, dash in (
        ("Run", "score", theme.SCORE, "solid"),
        (BASELINE, "baseline", theme.GREY, "dash"),
    ):
        figure.add_trace(
            go.Scatter(
                x=across,
                y=rows[column],
                mode="lines",
                name=name,
                line={"color": tone, "width": 3, "dash": dash},
                hovertemplate=f"{name}: %{{y:.1%}}<extra></extra>",
            )
        )
    here = rows.iloc[(across - place).abs().argmin()]
    figure.add_trace(
        go.Scatter(
            x=[place, place],
            y=[here["score"], here["baseline"]],
            mode="markers",
            marker={
                "size": 14,
                "color": [theme.SCORE, theme.GREY],
                "symbol": ["circle", "diamond"],
                "line": {"color": theme.INK, "width": 2},
            },
            hoverinfo="skip",
            showlegend=False,
        )
    )
    figure.add_vline(x=place, line={"color": theme.GREY, "width": 1.5, "dash": "dot"})
    theme.style(figure, height=330, legend=True, margin={"r": 44})
    figure.update_xaxes(range=[-0.03, 1.03], tickvals=[0, 1], ticktext=["Accuracy", "Macro F1"], showgrid=False, zeroline=False)
    figure.update_yaxes(range=[0, 1], tickformat=".0%", zeroline=False)
    return figure


def class_parts(table: pd.DataFrame) -> go.Figure:
    """For each class how much it counts (an open bar) and how much of that is reached (a full one).

    Args:
        table: columns class, n, weight, score, part (shares), as from `lesson.imbalance.by_class`.

    Returns:
        A trace of weights and one of parts.

    Raises:
        InputError: a column is missing.
    """
    require_columns(table, ("class", "n", "weight", "score", "part"), "Classes")
    tones = colours(table["class"].tolist())
    places, rows = list(range(len(table))), table.to_dict("records")
    figure = go.Figure(
        go.Bar(
            x=table["weight"],
            y=places,
            name="How much the class counts",
            orientation="h",
            marker={"color": theme.TRANSPARENT, "line": {"color": theme.GREY, "width": 2}},
            hovertemplate="Counts %{x:.1%}<extra></extra>",
        )
    )
    figure.add_trace(
        go.Bar(
            x=table["part"],
            y=places,
            name="How much of it is reached",
            orientation="h",
            marker={"color": [tones[row["class"]] for row in rows]},
            customdata=[(display_name(row["class"]), numbers.percent(row["score"])) for row in rows],
            hovertemplate="%{customdata[0]}: %{customdata[1]} of its weight, %{x:.1%} in all<extra></extra>",
        )
    )
    for place, row in zip(places, rows, strict=True):
        reached = f"{numbers.percent(row['score'])} of {numbers.percent(row['weight'])}"
        title = f"<b>{display_name(row['class'])}</b>, n = {numbers.count(row['n'])}: {reached}"
        theme.row_title(figure, title, place, above=13)
    theme.style(figure, height=len(rows) * _ROW + 108, legend=True, barmode="overlay", bargap=0.55, margin={"l": 20})
    figure.update_layout(legend={"itemclick": False, "itemdoubleclick": False})
    figure.update_xaxes(
        range=[0, max(0.5, float(table["weight"].max()) * 1.02)],
        tickformat=".0%",
        zeroline=False,
        title_text="Share of the score",
    )
    figure.update_yaxes(range=[len(rows) - 0.5, -0.85], showticklabels=False, showgrid=False, zeroline=False, automargin=False)
    return figure
