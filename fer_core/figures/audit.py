"""How alike the near pairs of a data set are."""

import pandas as pd
import plotly.graph_objects as go

from fer_core import numbers
from fer_core.figures import theme


def pairs_by_distance(distances: pd.Series, *, low: int, high: int, farthest: int) -> go.Figure:
    """Bars of the number of pairs at each distance; those that are shown below are in the colour of scores, the others grey.

    Args:
        distances: distance of each pair in bits, int.
        low: smallest distance that is shown below.
        high: largest distance that is shown below.
        farthest: distance up to which pairs were searched; the last bar.

    Returns:
        One bar trace, each bar labelled with its count.
    """
    if distances.empty:
        return theme.empty("No two pictures are nearly alike.")
    bits = list(range(farthest + 1))
    counts = distances.value_counts().reindex(bits, fill_value=0)
    figure = go.Figure(
        go.Bar(
            x=bits,
            y=counts,
            marker_color=[theme.SCORE if low <= bit <= high else theme.GREY for bit in bits],
            text=[numbers.count(n) for n in counts],
            textposition="outside",
            cliponaxis=False,
            hovertemplate="%{y} pairs differ in %{x} of 64 bits<extra></extra>",
        )
    )
    theme.style(figure, height=220, margin={"t": 28}, bargap=0.25)
    figure.update_xaxes(title_text="bits of the signature that differ, of 64", dtick=1, showgrid=False)
    figure.update_yaxes(visible=False)
    return figure
