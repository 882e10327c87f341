"""How the probabilities of one face follow a slider that corrupts it."""

from collections.abc import Collection, Sequence

import pandas as pd
import plotly.graph_objects as go

from fer_core.errors import InputError, require_columns
from fer_core.figures import theme
from fer_core.figures.shapes import line_look
from fer_core.figures.theme import display_name
from fer_core.labels import colours


def strength_curve(
    shares: pd.DataFrame,
    classes: Sequence[str],
    *,
    strength: float,
    title: str,
    ticks: str = "",
    chosen: Collection[str] = (),
) -> go.Figure:
    """Probability of each class against the strength of a corruption, with a line where the slider stands.

    Args:
        shares: column strength, and one column a class with its probability in [0, 1]; sorted by strength.
        classes: columns that are drawn, in this order.
        strength: where the slider stands.
        title: of the horizontal axis.
        ticks: what follows the numbers of that axis, such as `°`.
        chosen: classes that are set off; the others are thinner.

    Returns:
        One line trace a class.

    Raises:
        InputError: a column is missing, or there is no row.
    """
    require_columns(shares, ("strength", *classes), "Shares")
    if shares.empty:
        raise InputError("Shares need at least one strength; got none.")
    figure, tones = go.Figure(), colours(classes)
    for number, name in enumerate(classes):
        plain = bool(chosen) and name not in chosen
        figure.add_trace(
            go.Scatter(
                x=shares["strength"],
                y=shares[name],
                mode="lines",
                name=display_name(name),
                line=line_look(tones[name], number, width=1.5 if plain else 3)["line"],
                hovertemplate=f"{display_name(name)} %{{y:.0%}}<extra></extra>",
            )
        )
    theme.style(figure, height=300, legend=True, hovermode="x unified")
    figure.update_xaxes(title_text=title, ticksuffix=ticks, showgrid=True)
    figure.update_yaxes(range=[0, 1.02], tickformat=".0%", showgrid=True)
    figure.add_vline(x=strength, line={"color": theme.INK, "width": 2}, layer="above")
    return figure
