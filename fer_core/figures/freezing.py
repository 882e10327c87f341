"""Which blocks of a network are frozen and which are trained, with the parameters of each."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import plotly.graph_objects as go

from fer_core import numbers
from fer_core.errors import InputError
from fer_core.figures import theme
from fer_core.figures.shapes import pattern

FROZEN, TRAINED = "frozen", "trained"
_TONES = {TRAINED: theme.PAIR[1], FROZEN: theme.GREY}
_PATTERNS = {TRAINED: "", FROZEN: "/"}
_BAR = 24


def frozen_blocks(parameters: Mapping[str, int], trained: Collection[str]) -> go.Figure:
    """A bar for every block, as long as it has parameters: the head on top, the picture comes in below.

    Args:
        parameters: {block: its parameters} from the input up.
        trained: the blocks that are trained.

    Returns:
        A trace of trained and one of frozen blocks, each where there are any.

    Raises:
        InputError: `trained` names a block that is not there, or there are none at all.
    """
    strange = sorted(set(trained) - set(parameters))
    if strange or not parameters:
        raise InputError(f"Blocks must be among {', '.join(parameters) or 'none'}; got '{', '.join(strange)}'.")
    names = list(parameters)
    longest = max(parameters.values())
    figure = go.Figure()
    for state, tone in _TONES.items():
        own = [name for name in names if (name in trained) == (state == TRAINED)]
        if not own:
            continue
        figure.add_trace(
            go.Bar(
                x=[parameters[name] for name in own],
                y=[block_title(name) for name in own],
                name=state.capitalize(),
                orientation="h",
                marker=pattern(tone, _PATTERNS[state]),
                text=[numbers.count(parameters[name]) for name in own],
                textposition="outside",
                cliponaxis=False,
                hovertemplate=f"%{{y}}, {state}: %{{x:,}} parameters<extra></extra>",
            )
        )
    theme.style(figure, height=len(names) * _BAR + 70, legend=True, bargap=0.25, barmode="overlay", margin={"r": 80})
    figure.update_layout(legend={"itemclick": False, "itemdoubleclick": False})
    figure.update_xaxes(visible=False, range=[0, longest * 1.02])
    figure.update_yaxes(categoryorder="array", categoryarray=[block_title(name) for name in names], showgrid=False)
    return figure


def block_title(name: str) -> str:
    """How a block is written on a page: `block_6` -> `Block 6`."""
    return name.replace("_", " ").capitalize()
