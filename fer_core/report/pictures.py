"""Example faces for a card; only on request, and only while the data set is there."""

from __future__ import annotations

import cv2

from fer_core import numbers
from fer_core.errors import InputError
from fer_core.labels import display_name
from fer_core.report.blocks import Block, Heading, Pictures, Text
from fer_core.report.facts import Facts

SIDE = 132
"""Side of a picture in pixels."""


def examples(facts: Facts) -> list[Block]:
    """For each class the surest right and the surest wrong answer.

    Raises:
        InputError: the data set is not there, or no answers are kept.
    """
    dataset, main = facts.dataset, facts.main
    if dataset is None or main is None:
        raise InputError(
            f"Example pictures need the data set '{facts.training.dataset}' that the run was trained on, and it is not imported; "
            "import it, or make the report without pictures."
        )
    items = []
    for name in main.evaluation.classes:
        mine = main.answers[main.answers["label"] == name].sort_values(["confidence", "sample"], ascending=[False, True])
        right = mine["predicted"] == name
        for row in (*mine[right].head(1).to_dict("records"), *mine[~right].head(1).to_dict("records")):
            face = cv2.resize(dataset.images[int(row["sample"])], (SIDE, SIDE), interpolation=cv2.INTER_CUBIC)
            answer = "rightly answered" if row["predicted"] == name else f"answered {display_name(row['predicted'])}"
            items.append(
                (
                    cv2.imencode(".png", face if face.ndim == 2 else face[..., ::-1])[1].tobytes(),
                    f"Labelled {display_name(name)}, {answer} ({numbers.percent(row['confidence'], 0)})",
                )
            )
    return [
        Heading("Examples"),
        Text(
            f"For each class of {main.split} the surest right answer and the surest wrong one. The pictures belong to the data "
            "set: pass this file on only if its publishers allow it.",
            strong=True,
        ),
        Pictures(items),
    ]
