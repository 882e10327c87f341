"""How a measure of the pixels is distributed within each class."""

import pandas as pd
import plotly.graph_objects as go

from fer_core.figures import theme
from fer_core.figures.theme import display_name
from fer_core.labels import colours


def distribution(summary: pd.DataFrame, title: str, *, digits: int = 0) -> go.Figure:
    """Boxes of the middle half with whiskers from the 5 % to the 95 % quantile, one for each class.

    Args:
        summary: columns class, q05, q25, q50, q75, q95, as `measures_summary` gives them; boxes in the order of the rows.
        title: what is measured and its unit, written at the axis.
        digits: decimals of the hover texts.

    Returns:
        One box trace a class, and one trace of invisible markers with the hover texts.
    """
    if summary.empty:
        return theme.empty("There are no faces to measure.")
    figure, tones = go.Figure(), colours(summary["class"].tolist())
    names = [display_name(name) for name in summary["class"]]
    for name, row in zip(names, summary.to_dict("records"), strict=True):
        figure.add_trace(
            go.Box(
                y=[name],
                q1=[row["q25"]],
                median=[row["q50"]],
                q3=[row["q75"]],
                lowerfence=[row["q05"]],
                upperfence=[row["q95"]],
                name=name,
                orientation="h",
                width=0.55,
                line={"color": tones[row["class"]], "width": 2.5},
                hoverinfo="skip",
            )
        )
    figure.add_trace(
        go.Scatter(
            x=summary["q50"],
            y=names,
            mode="markers",
            marker={"size": 24, "opacity": 0},
            customdata=summary[["q05", "q25", "q75", "q95"]].to_numpy(),
            hovertemplate=f"<b>%{{y}}</b><br>median %{{x:.{digits}f}}<br>half of the faces %{{customdata[1]:.{digits}f}} to "
            f"%{{customdata[2]:.{digits}f}}<br>90% of the faces %{{customdata[0]:.{digits}f}} to %{{customdata[3]:.{digits}f}}"
            "<extra></extra>",
        )
    )
    theme.style(figure, height=len(names) * 44 + 84, hovermode="closest", hoverdistance=60)
    figure.update_xaxes(title_text=f"{title}<br>box: middle half; whiskers: 5% to 95%", showgrid=True, nticks=6)
    figure.update_yaxes(categoryorder="array", categoryarray=names, autorange="reversed", showgrid=False)
    return figure
