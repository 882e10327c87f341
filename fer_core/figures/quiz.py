"""What a class answered, face by face."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from fer_core.errors import InputError
from fer_core.figures import theme
from fer_core.figures.shapes import pattern
from fer_core.figures.theme import display_name
from fer_core.labels import colours

_ROW = 34


def answers_by_face(counts: NDArray[np.integer], classes: Sequence[str], labels: Sequence[str]) -> go.Figure:
    """A row for each face: how many rounds gave which answer. Answers that are the label have no pattern, others are hatched.

    Args:
        counts: (faces, classes), as from `lesson.quiz.tally`.
        classes: names of the columns.
        labels: of the faces.

    Returns:
        One bar trace for each class that was answered.

    Raises:
        InputError: there are not as many labels as faces, or classes as columns.
    """
    if counts.shape != (len(labels), len(classes)):
        raise InputError(f"Counts must be ({len(labels)}, {len(classes)}) for these labels and classes; got {counts.shape}.")
    rows = [f"<b>{number}</b> {display_name(name)}" for number, name in enumerate(labels, start=1)]
    figure, tones = go.Figure(), colours(classes)
    for column, name in enumerate(classes):
        given = np.flatnonzero(counts[:, column]).tolist()
        if not given:
            continue
        figure.add_trace(
            go.Bar(
                x=counts[given, column],
                y=[rows[face] for face in given],
                name=display_name(name),
                orientation="h",
                marker=pattern(tones[name], ["" if labels[face] == name else "/" for face in given]),
                hovertemplate=f"%{{y}}: {display_name(name)} %{{x}} times<extra></extra>",
            )
        )
    rounds = int(counts.sum(axis=1).max())
    theme.style(figure, height=len(labels) * _ROW + 96, legend=True, barmode="stack", bargap=0.3)
    figure.update_layout(legend={"itemclick": False, "itemdoubleclick": False})
    figure.update_xaxes(range=[0, rounds * 1.01], dtick=max(1, -(-rounds // 8)), title_text="Answers", zeroline=False)
    figure.update_yaxes(categoryorder="array", categoryarray=rows[::-1], showgrid=False)
    return figure
