"""A search's figures: the validation accuracy of each trial, and what it owes to each value."""

from __future__ import annotations

import html
from collections.abc import Sequence

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from fer_core import numbers
from fer_core.figures import theme
from fer_core.studies.search import Trial

_HEIGHT = 380
_LOOKS = {
    "finished": ("circle", "Trained to its end"),
    "pruned": ("x-thin-open", "Pruned"),
    "running": ("circle-open", "At work"),
}
_FACTORS = 20.0
"""A panel whose values span so many times the smallest has a logarithmic axis."""


def trial_dots(trials: Sequence[Trial]) -> go.Figure:
    """Validation accuracy of every trial in its order, and the best so far as a line.

    Args:
        trials: of a search.
    """
    told = [(trial, trial.value) for trial in trials if trial.value is not None]
    if not told:
        return theme.empty("The first dot comes with the first epoch of the first trial.", height=_HEIGHT)
    figure, best, so_far = go.Figure(), 0.0, []
    for trial, value in told:
        best = max(best, value) if trial.state == "finished" else best
        so_far.append(best or None)
    figure.add_trace(
        go.Scatter(
            x=[trial.number + 1 for trial, _ in told],
            y=so_far,
            mode="lines",
            name="Best so far",
            line={"color": theme.SERIES[0], "width": 2, "shape": "hv"},
            hovertemplate="best so far: %{y:.1%}<extra></extra>",
        )
    )
    for state in _LOOKS:
        figure.add_trace(_dots([trial.number + 1 for trial, _ in told if trial.state == state], told, state, legend=True))
    theme.style(figure, height=_HEIGHT, legend=True, hovermode="closest")
    figure.update_xaxes(title_text="Trial", range=[0.4, max(trial.number for trial, _ in told) + 1.6], zeroline=False)
    figure.update_yaxes(title_text="Validation accuracy", tickformat=".0%", zeroline=False)
    return figure


def trial_slices(trials: Sequence[Trial]) -> go.Figure:
    """Validation accuracy by each value that was searched: a panel a key, a dot a trial.

    Args:
        trials: of a search.
    """
    told = [(trial, trial.value) for trial in trials if trial.value is not None]
    if not told:
        return theme.empty("What a value does is seen once there are trials.", height=_HEIGHT)
    keys = list(told[0][0].values)
    figure = make_subplots(rows=1, cols=len(keys), shared_yaxes=True, horizontal_spacing=0.06)
    for column, key in enumerate(keys, start=1):
        values = [trial.values[key] for trial, _ in told]
        figures = [float(value) for value in values if _is_number(value)]
        numeric = len(figures) == len(values)
        for state in _LOOKS:
            mine = [value for value, (trial, _) in zip(values, told, strict=True) if trial.state == state]
            figure.add_trace(
                _dots([float(value) for value in mine] if numeric else mine, told, state, legend=False), row=1, col=column
            )
        factors = numeric and min(figures) > 0 and max(figures) >= _FACTORS * min(figures)
        figure.update_xaxes(
            title_text=html.escape(key.replace("_", " ")),
            type="log" if factors else "-" if numeric else "category",
            nticks=3,
            exponentformat="power",
            zeroline=False,
            row=1,
            col=column,
        )
    theme.style(figure, height=_HEIGHT, legend=False, hovermode="closest")
    figure.update_yaxes(tickformat=".0%", zeroline=False)
    figure.update_yaxes(title_text="Validation accuracy", row=1, col=1)
    return figure


def _dots(x: Sequence[float | str], told: Sequence[tuple[Trial, float]], state: str, *, legend: bool) -> go.Scatter:
    """The trials in one state; `x` has a place for each of them."""
    mine = [(trial, value) for trial, value in told if trial.state == state]
    symbol, name = _LOOKS[state]
    return go.Scatter(
        x=list(x),
        y=[value for _, value in mine],
        mode="markers",
        name=name,
        showlegend=legend and bool(mine),
        marker={"size": 10, "symbol": symbol, "color": theme.SERIES[0], "line": {"width": 2, "color": theme.SERIES[0]}},
        customdata=[_said(trial, value) for trial, value in mine],
        hovertemplate="%{customdata}<extra></extra>",
    )


def _said(trial: Trial, value: float) -> str:
    values = "<br>".join(html.escape(f"{key.replace('_', ' ')} {text}") for key, text in trial.values.items())
    return f"<b>Trial {trial.number + 1}</b>, {numbers.percent(value)}<br>{values}"


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
