"""Section of a card on corrupted faces, where it has been measured how the run stands them."""

from __future__ import annotations

import numpy as np

from fer_core import numbers
from fer_core.evaluation.robustness import kept, summarise
from fer_core.report.blocks import Block, Heading, Table, Text
from fer_core.runs import Run


def section(run: Run, fingerprint: str, split: str) -> list[Block]:
    """Tell accuracy by corruption and strength, worst case first named; empty where nothing was measured.

    Args:
        run: the run.
        fingerprint: of the data set that it was trained on.
        split: the split whose scores the card quotes.
    """
    record = kept(run, fingerprint, split)
    if record is None:
        return []
    summary = summarise(record)
    worst = summary.worst
    part = (
        f"{numbers.count(record.n)} of the {numbers.count(record.of)}"
        if record.n < record.of
        else f"all {numbers.count(record.n)}"
    )
    rows, tints = [], []
    for _, group in summary.table.groupby("corruption", sort=False):
        cells = group.to_dict("records")
        strengths = ", ".join(f"{cell['strength']:g}" for cell in cells)
        rows.append(
            [
                f"{cells[0]['title']} ({strengths} {cells[0]['unit']})",
                numbers.percent(summary.accuracy),
                *(f"{numbers.percent(cell['accuracy'])} ({numbers.interval(cell['low'], cell['high'])})" for cell in cells),
            ]
        )
        tints.append([summary.accuracy, *(float(np.clip(cell["accuracy"], 0, 1)) for cell in cells)])
    return [
        Heading("Robustness"),
        Text(
            f"Accuracy on {part} faces of {split}, corrupted in one way at a time, from mild (1) to severe (5), with 95% "
            f"intervals. The same faces as they are: {numbers.percent(summary.accuracy)} "
            f"({numbers.interval(*summary.accuracy_ci95)}, {numbers.sample(record.n)}); majority baseline "
            f"{numbers.percent(summary.majority_baseline)}. Worst case: {worst['title'].lower()}, {worst['strength']:g} "
            f"{worst['unit']}: {numbers.percent(worst['accuracy'])} ({numbers.interval(worst['low'], worst['high'])})."
        ),
        Table("Accuracy on corrupted faces", ["Corruption (strengths)", "None", "1", "2", "3", "4", "5"], rows, tints=tints),
    ]
