"""A study's figures: curves with a band over seeds, and a row of scores for each setting."""

from __future__ import annotations

import html
from collections.abc import Sequence
from math import nan

import pandas as pd
import plotly.graph_objects as go

from fer_core import numbers
from fer_core.errors import require_columns
from fer_core.figures import theme
from fer_core.figures.shapes import Row, band, error_bars, interval_rows, level, line_look
from fer_core.studies.answers import Answer
from fer_core.studies.left_out import LeftOut
from fer_core.studies.scores import Score

_HEIGHT = 380
_SEEDS = "mean of %{customdata} seeds"


def study_curves(curves: pd.DataFrame, order: Sequence[str]) -> go.Figure:
    """Validation accuracy after each epoch: a line for the mean of each setting, a band from its lowest to its highest seed.

    Args:
        curves: as from `fer_core.studies.answers.curves`.
        order: words of the settings, in the order of their colours.

    Raises:
        InputError: a column is missing.
    """
    require_columns(curves, ("setting", "epoch", "mean", "low", "high", "seeds"), "Curves")
    if curves.empty:
        return theme.empty("The curves begin with the first epoch of the first run.", height=_HEIGHT)
    figure = go.Figure()
    shown = [(place, name) for place, name in enumerate(order) if (curves["setting"] == name).any()]
    for place, name in shown:
        mine = curves[curves["setting"] == name]
        if (mine["seeds"] > 1).any():
            figure.add_trace(band(mine["epoch"], mine["low"], mine["high"], _tone(place)))
    for place, name in shown:
        mine = curves[curves["setting"] == name]
        figure.add_trace(
            go.Scatter(
                x=mine["epoch"].tolist(),
                y=mine["mean"].tolist(),
                name=html.escape(name),
                mode="lines+markers",
                **line_look(_tone(place), place),
                customdata=mine["seeds"].tolist(),
                hovertemplate=f"<b>{html.escape(name)}</b><br>epoch %{{x}}: %{{y:.1%}}, {_SEEDS}<extra></extra>",
            )
        )
    theme.style(figure, height=_HEIGHT, legend=len(shown) > 1, hovermode="closest")
    figure.update_xaxes(title_text="Epoch", dtick=1 if curves["epoch"].max() <= 12 else None)
    figure.update_yaxes(title_text="Validation accuracy", tickformat=".0%")
    return figure


def study_rows(answers: Sequence[Answer], order: Sequence[str], *, baseline: float | None) -> go.Figure:
    """Mean validation accuracy of each setting with its interval, and a ring for each seed, best first.

    Args:
        answers: at least one setting; those without a score are left out.
        order: words of the settings, in the order of their colours.
        baseline: accuracy of always answering with the most frequent class.
    """
    scored = [(answer, answer.accuracy) for answer in answers if answer.accuracy is not None]
    if not scored:
        return theme.empty("The first row comes with the first run that is done.")
    rows = [
        Row(
            title=html.escape(answer.setting.words),
            value=score.mean,
            low=score.ci95[0] if score.ci95 else nan,
            high=score.ci95[1] if score.ci95 else nan,
            said=_said(answer, score),
            tone=_tone(order.index(answer.setting.words)),
        )
        for answer, score in scored
    ]
    figure = interval_rows(rows, name="Mean of the seeds", line=baseline)
    for place, (_, score) in enumerate(scored):
        figure.add_trace(
            go.Scatter(
                x=list(score.each),
                y=[place] * len(score.each),
                mode="markers",
                marker={"symbol": "circle-open", "size": 9, "color": rows[place].tone, "line_width": 1.5},
                hovertemplate="one seed: %{x:.1%}<extra></extra>",
                showlegend=False,
            )
        )
    limits = [value for row in rows for value in (row.low, row.high, row.value, baseline) if value is not None and value == value]
    shown = [max(0.0, min(limits) - 0.02), min(1.0, max(limits) + 0.02)]
    figure.update_xaxes(range=shown, tickvals=None, title_text="Validation accuracy")
    return figure


def left_out_dots(left_out: LeftOut) -> go.Figure:
    """Accuracy of every fold on persons its run never saw, lowest first, with all together as a line and its interval as a band.

    Args:
        left_out: as from `fer_core.studies.left_out.left_out`.
    """
    folds = sorted(left_out.folds, key=lambda fold: fold.accuracy)
    places = list(range(1, len(folds) + 1))
    ends = (0.4, len(folds) + 0.6)
    figure = go.Figure()
    if left_out.accuracy.ci95 is not None:
        low, high = left_out.accuracy.ci95
        figure.add_trace(band(ends, (low, low), (high, high), theme.SCORE))
    figure.add_trace(
        go.Scatter(
            x=list(ends),
            y=[left_out.accuracy.mean] * 2,
            mode="lines",
            name="All together",
            line={"color": theme.SCORE, "width": 2},
            hovertemplate="All together: %{y:.1%}<extra></extra>",
        )
    )
    figure.add_trace(level(ends, left_out.baseline))
    values, lows, highs = ([pick(fold) for fold in folds] for pick in _LIMITS)
    figure.add_trace(
        go.Scatter(
            x=places,
            y=values,
            mode="markers",
            name="One fold",
            marker={"size": 9, "color": theme.SCORE, "symbol": "circle"},
            error_y={**error_bars(values, lows, highs, theme.GREY), "thickness": 1.5, "width": 0},
            customdata=[
                f"<b>{html.escape(_who(fold.persons))}</b><br>{numbers.percent(fold.accuracy)}, interval "
                f"{numbers.interval(*fold.ci95)}, {numbers.sample(fold.n)}"
                for fold in folds
            ],
            hovertemplate="%{customdata}<extra></extra>",
        )
    )
    theme.style(figure, height=_HEIGHT, legend=True, hovermode="closest")
    sizes = sorted({len(fold.persons) for fold in folds})
    short = sizes == [1] and len(folds) <= _NAMED and all(len(fold.persons[0]) <= _SHORT for fold in folds)
    many = f"{sizes[0]}" if len(sizes) == 1 else f"{sizes[0]} to {sizes[-1]}"
    figure.update_xaxes(
        range=ends,
        tickvals=places if short else [],
        ticktext=[html.escape(fold.persons[0]) for fold in folds] if short else [],
        title_text=f"{'Persons' if sizes == [1] else f'Groups of {many} persons'} left out, lowest first",
        zeroline=False,
    )
    figure.update_yaxes(range=[-0.02, 1.02], tickformat=".0%", title_text="Accuracy, never seen in training", zeroline=False)
    return figure


_NAMED, _SHORT = 14, 8
"""So many persons have their name below them, if none has more letters."""

_LIMITS = (lambda fold: fold.accuracy, lambda fold: fold.ci95[0], lambda fold: fold.ci95[1])


def _who(persons: Sequence[str]) -> str:
    return persons[0] if len(persons) == 1 else f"{len(persons)} persons"


def _said(answer: Answer, score: Score) -> str:
    limits = f", interval {numbers.interval(*score.ci95)}" if score.ci95 else ""
    seeds = f"{len(score.each)} seed{'' if len(score.each) == 1 else 's'}, n = {numbers.count(score.n)}"
    said = f"<b>{html.escape(answer.setting.words)}</b><br>{numbers.percent(score.mean)}{limits}, {seeds}"
    if answer.behind is None:
        return said
    low, high = map(numbers.points, answer.behind.ci95)
    return f"{said}<br>the best is ahead by {numbers.points(answer.behind.mean)} points ({low} to {high})"


def _tone(place: int) -> str:
    return theme.SERIES[place % len(theme.SERIES)]
