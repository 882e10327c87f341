"""The section of a card on who the network fails."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

import pandas as pd

from fer_core import numbers
from fer_core.datasets.traits import TRAITS
from fer_core.evaluation.by_source import Answered, answered
from fer_core.evaluation.slices import slices_of
from fer_core.report.blocks import Block, Bullets, Heading, Table, Text
from fer_core.report.facts import Facts

WORST = 3
"""Slices that are named in words."""

_HEADS = ("Slice", "Right", "95% interval", "Faces", "Majority baseline")


def section(facts: Facts) -> list[Block]:
    """Slices by glasses, beard, age, skin tone and light, of each data set of which that is known; the worst first."""
    known = [(source, rows) for source in answered(facts.run) if source.dataset is not None and len(rows := _rows(facts, source))]
    blocks: list[Block] = [Heading("Who it fails")]
    if not known:
        traits = ", ".join(trait.title.lower() for trait in TRAITS.values())
        return [*blocks, Text(f"Nothing is known of the faces that it answered ({traits}), so that nobody knows whom it fails.")]
    for source, rows in known:
        drawn = (
            "faces drawn by a program, as the renderer made them"
            if source.dataset and source.dataset.meta.drawn
            else "as tagged by hand"
        )
        right = int((source.answers["label"] == source.answers["predicted"]).sum())
        blocks += [
            Text(
                f"On {source.title} ({drawn}), where {numbers.percent(right / len(source.answers))} of "
                f"{numbers.count(len(source.answers))} are right, it is least often right on:"
            ),
            Bullets([_sentence(row) for row in rows.head(WORST).to_dict("records")]),
            Table(f"Slices of {source.title}, the worst first", _HEADS, [_cells(row) for row in rows.to_dict("records")]),
        ]
    return [
        *blocks,
        Text(f"Slices of fewer than {numbers.FEW} faces are marked: of so many slices one or another is low by chance."),
    ]


def _rows(facts: Facts, source: Answered) -> pd.DataFrame:
    if source.dataset is None:
        return pd.DataFrame()
    return slices_of(facts.run, source.dataset, source.split, source.answers).of_people


def _sentence(row: dict[Hashable, Any]) -> str:
    return "{}: {} (95% interval {}, n = {}; majority baseline {}).".format(*_cells(row))


def _cells(row: dict[Hashable, Any]) -> list[str]:
    return [
        f"{row['subject']}, {row['slice']}",
        numbers.percent(row["accuracy"]),
        numbers.interval(row["low"], row["high"]),
        numbers.sample(row["n"]).removeprefix("n = "),
        numbers.percent(row["baseline"]),
    ]
