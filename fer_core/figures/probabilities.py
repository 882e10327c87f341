"""What a network answers for one face."""

from collections.abc import Mapping

import plotly.graph_objects as go

from fer_core import numbers
from fer_core.errors import InputError
from fer_core.figures import theme
from fer_core.figures.theme import display_name
from fer_core.labels import colours

_FADED = 0.55


def bars(probabilities: Mapping[str, float], *, chosen: str | None = None) -> go.Figure:
    """Horizontal bars of the class probabilities, in percent.

    Args:
        probabilities: {class: probability in [0, 1]}, bars in this order.
        chosen: class that is set off: its bar in full colour and outlined, its name and value bold.

    Returns:
        One bar trace.

    Raises:
        InputError: no probabilities, or `chosen` is not among them.
    """
    if not probabilities:
        raise InputError("Probabilities must name at least one class; got none.")
    if chosen is not None and chosen not in probabilities:
        raise InputError(f"The chosen class must be one of {', '.join(probabilities)}; got '{chosen}'.")
    names = [f"<b>{display_name(name)}</b>" if name == chosen else display_name(name) for name in probabilities]
    values = [numbers.percent(value, 0 if value >= 0.995 else 1) for value in probabilities.values()]
    figure = go.Figure(
        go.Bar(
            x=list(probabilities.values()),
            y=names,
            orientation="h",
            marker={
                "color": list(colours(probabilities).values()),
                "opacity": [1.0 if chosen in (None, name) else _FADED for name in probabilities],
                "line": {"width": [2 if name == chosen else 0 for name in probabilities], "color": theme.GREY},
            },
            text=[f"<b>{text}</b>" if name == chosen else text for name, text in zip(probabilities, values, strict=True)],
            textposition="outside",
            cliponaxis=False,
            hovertemplate="%{y}: %{x:.1%}<extra></extra>",
        )
    )
    theme.style(figure, height=len(names) * 28 + 42, margin={"r": 60, "t": 4}, bargap=0.25)
    figure.update_xaxes(range=[0, 1], tickvals=[0, 0.25, 0.5, 0.75, 1], ticktext=["0%", "", "50%", "", "100%"], showgrid=True)
    figure.update_yaxes(autorange="reversed", showgrid=False)
    return figure
