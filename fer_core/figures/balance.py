"""How many faces of each class a data set holds."""

import pandas as pd
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from fer_core import numbers
from fer_core.figures import theme
from fer_core.figures.theme import display_name
from fer_core.labels import colours

_BAR = 30
_HEAD = 34


def class_balance(balance: pd.DataFrame, *, as_share: bool = False) -> go.Figure:
    """Horizontal bars of the classes, one panel a split, every bar labelled.

    Args:
        balance: columns split, class, n (int), share (of the split, in [0, 1]); panels and bars in the order of the rows.
        as_share: draw shares, on one scale in all panels, instead of counts, each panel on its own.

    Returns:
        One bar trace for each split that has samples.
    """
    present = balance.groupby("split", sort=False)["n"].sum()
    splits = [str(split) for split, n in present.items() if n > 0]
    if not splits:
        return theme.empty("There are no faces in this data set.")
    groups = {split: balance[balance["split"] == split] for split in splits}
    tones = colours(balance["class"].tolist())
    bars = [len(group) for group in groups.values()]
    plot_height = sum(bars) * _BAR + len(splits) * _HEAD
    figure = make_subplots(
        rows=len(splits),
        cols=1,
        row_heights=bars,
        vertical_spacing=_HEAD / plot_height if len(splits) > 1 else 0,
    )
    for row, (split, group) in enumerate(groups.items(), start=1):
        shown = group["share"] if as_share else group["n"]
        highest = float(balance["share"].max()) if as_share else float(shown.max())
        figure.add_trace(
            go.Bar(
                x=shown,
                y=[display_name(name) for name in group["class"]],
                name=display_name(split),
                orientation="h",
                marker_color=[tones[name] for name in group["class"]],
                text=[numbers.percent(share) for share in shown] if as_share else [numbers.count(n) for n in shown],
                textposition="outside",
                cliponaxis=False,
                customdata=[
                    [numbers.count(n), numbers.percent(share)] for n, share in zip(group["n"], group["share"], strict=True)
                ],
                hovertemplate="%{y}: %{customdata[0]} faces, %{customdata[1]} of the split<extra></extra>",
            ),
            row=row,
            col=1,
        )
        figure.update_xaxes(range=[0, highest * 1.02], visible=False, row=row, col=1)
        figure.update_yaxes(autorange="reversed", showgrid=False, row=row, col=1)
        top = figure.get_subplot(row, 1).yaxis.domain[1]
        figure.add_annotation(
            text=f"<b>{display_name(split)}</b> · {numbers.count(present[split])} faces",
            x=0,
            y=top,
            xref="paper",
            yref="paper",
            xanchor="left",
            yanchor="bottom",
            showarrow=False,
            font_size=theme.FONT_SIZE + 1,
        )
    return theme.style(figure, height=plot_height + 16, margin={"t": _HEAD, "r": 64}, bargap=0.22)
