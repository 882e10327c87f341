"""A picture of MobileNet: a slab for every stage, as high as its map and as wide as its channels."""

from __future__ import annotations

from collections.abc import Sequence
from math import sqrt

import plotly.graph_objects as go

from fer_core import numbers
from fer_core.errors import InputError
from fer_core.figures import theme
from fer_core.figures.shapes import pattern
from fer_core.models.architecture import Shape, Stage, shape_words

HALVES, KEEPS, ENDS = "halves the map", "keeps its size", "pooling and head"
_COLOURS = {HALVES: theme.PAIR[1], KEEPS: theme.PAIR[0], ENDS: theme.GREY}
_PATTERNS = {HALVES: "/", KEEPS: "", ENDS: "."}
_GAP, _NARROWEST, _LOWEST = 5.0, 9.0, 0.7
_NEARLY_INVISIBLE = 0.001


def network(stages: Sequence[Stage], *, selected: str | None = None) -> go.Figure:
    """The stages side by side from the input to the head; both lengths of a slab are drawn on a square-root scale.

    Streamlit's selection events know points: the last trace has a nearly invisible one on each slab, with customdata [name].

    Args:
        stages: as `models.architecture.stages` lists them.
        selected: name of the stage that is framed.

    Returns:
        One bar trace for each kind of stage, and the trace of points.

    Raises:
        InputError: `selected` names none of the stages.
    """
    names = [stage.name for stage in stages]
    if selected is not None and selected not in names:
        raise InputError(f"The stage must be one of {', '.join(names)}; got '{selected}'.")
    widths = [max(_NARROWEST, sqrt(stage.shape[2])) for stage in stages]
    heights = [max(_LOWEST, sqrt(stage.shape[0])) for stage in stages]
    centres, right = [], 0.0
    for width in widths:
        centres.append(right + width / 2)
        right += width + _GAP
    figure = go.Figure()
    for kind, tone in _COLOURS.items():
        chosen = [index for index, stage in enumerate(stages) if _kind(stage) == kind]
        figure.add_trace(
            go.Bar(
                x=[centres[index] for index in chosen],
                y=[heights[index] for index in chosen],
                base=[-heights[index] / 2 for index in chosen],
                width=[widths[index] for index in chosen],
                name=kind,
                marker=pattern(tone, _PATTERNS[kind]),
                hoverinfo="skip",
                selected={"marker": {"opacity": 1}},
                unselected={"marker": {"opacity": 1}},
            )
        )
    figure.add_trace(_targets(stages, centres))
    top = max(heights) / 2
    for index, stage in enumerate(stages):
        figure.add_annotation(x=centres[index], y=-top * 1.16, text=_short(stage), showarrow=False, captureevents=False)
    if selected is not None:
        index = names.index(selected)
        across, up = widths[index] / 2 + _GAP / 2, heights[index] / 2 + top * 0.05
        box = {"type": "rect", "x0": centres[index] - across, "x1": centres[index] + across, "y0": -up, "y1": up}
        figure.add_shape(**box, line={"color": theme.INK, "width": 3})
    theme.style(
        figure, height=300, legend=True, hovermode="closest", hoverdistance=400, clickmode="event+select", barmode="overlay"
    )
    figure.update_layout(legend={"itemclick": False, "itemdoubleclick": False}, margin={"l": 0, "r": 0})
    figure.update_xaxes(visible=False, range=[-_GAP, right])
    figure.update_yaxes(visible=False, range=[-top * 1.32, top * 1.08])
    return figure


def _kind(stage: Stage) -> str:
    if stage.name in ("pool", "head"):
        return ENDS
    return HALVES if stage.stride == 2 else KEEPS


def _short(stage: Stage) -> str:
    return {"stem": "S", "pool": "P", "head": "H"}.get(stage.name, stage.name.removeprefix("block_"))


def _targets(stages: Sequence[Stage], centres: Sequence[float]) -> go.Scatter:
    faint = {"opacity": _NEARLY_INVISIBLE}
    return go.Scatter(
        x=list(centres),
        y=[0.0] * len(stages),
        mode="markers",
        marker={"symbol": "square", "size": 18, "color": theme.GREY, **faint},
        selected={"marker": faint},
        unselected={"marker": faint},
        customdata=[[stage.name] for stage in stages],
        hovertext=[_hover(stage, stage.before) for stage in stages],
        hoverinfo="text",
        showlegend=False,
    )


def _hover(stage: Stage, before: Shape) -> str:
    return (
        f"<b>{stage.title}</b><br>{shape_words(before)} → {shape_words(stage.shape)}"
        f"<br>{numbers.count(stage.parameters)} parameters<br>{numbers.count(stage.macs)} multiply-adds"
    )
