"""Sum a lesson up in a class's own numbers: what it answered, what it expected, and what was the case."""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from fer_core import numbers
from fer_core.errors import InputError
from fer_core.evaluation.metrics import Evaluation
from fer_core.labels import display_name


@dataclass(frozen=True)
class Side:
    """Somebody's answers to the faces of a quiz.

    Attributes:
        name: who, as it begins a sentence: `You`, `the network`.
        answers: one a face.
        right: how many are the label.
    """

    name: str
    answers: tuple[str, ...]
    right: int


def side(name: str, answers: Sequence[str], labels: Sequence[str]) -> Side:
    """Count the answers that are the label.

    Raises:
        InputError: there is not one answer for each label.
    """
    if len(answers) != len(labels):
        raise InputError(f"There must be one answer for each of {len(labels)} faces; got {len(answers)}.")
    return Side(name, tuple(answers), sum(given == label for given, label in zip(answers, labels, strict=True)))


def result_line(sides: Sequence[Side]) -> str:
    """Write `You 6 of 10, the network 9 of 10`."""
    return ", ".join(f"{one.name} {one.right} of {len(one.answers)}" for one in sides)


def disputed(labels: Sequence[str], sides: Sequence[Side]) -> list[int]:
    """List the faces on which anybody gave another answer than the label: those with most other answers first."""
    others = [sum(one.answers[place] != label for one in sides) for place, label in enumerate(labels)]
    return sorted((place for place, count in enumerate(others) if count), key=lambda place: (-others[place], place))


def worst_cell(matrix: NDArray[np.integer]) -> tuple[int, int, float]:
    """Find the mistake that takes the largest share of its class: row, column, share; share 0 where there is none.

    Args:
        matrix: (C, C) counts, rows true, columns predicted.
    """
    shares = np.array(row_shares(matrix))
    np.fill_diagonal(shares, -1.0)
    row, column = np.unravel_index(int(shares.argmax()), shares.shape)
    return int(row), int(column), float(max(0.0, shares[row, column]))


def row_shares(matrix: NDArray[np.integer]) -> NDArray[np.float64]:
    """Divide each row by its sum; a row without faces stays 0. (C, C) float64."""
    totals = matrix.sum(axis=1, keepdims=True)
    return np.asarray(matrix / np.maximum(totals, 1), np.float64)


def best_with_few(rows: pd.DataFrame) -> str:
    """Name the way with the highest mean score at the smallest share of labels.

    Args:
        rows: columns way, share, mean.
    """
    fewest = rows[rows["share"] == rows["share"].min()]
    return str(fewest.loc[fewest["mean"].idxmax(), "way"])


def of_quiz(sides: Sequence[Side]) -> str:
    """Say in a sentence how the quiz ended; the first side is the class's."""
    if not sides:
        return "The class has not answered the quiz."
    faces = len(sides[0].answers)
    rest = "".join(f", {one.name} in {one.right}" for one in sides[1:])
    return f"You saw the labelled expression in {sides[0].right} of {faces} faces{rest}: a label is what some people said."


def of_guesses(few: tuple[str, str] | None, cell: tuple[str, str] | None) -> str:
    """Say in a sentence what was expected and what was the case.

    Args:
        few: (expected, found) of the way that wins with few labels; None where nothing was expected.
        cell: the same of the worst cell of the confusion matrix.
    """
    parts = []
    for about, pair in (("with few labels the best is", few), ("the worst confusion is", cell)):
        if pair is not None:
            said, actual = pair
            parts.append(
                f"{about} “{actual}”, as you expected" if said == actual else f"{about} “{actual}”; you expected “{said}”"
            )
    if not parts:
        return "The class has said nowhere what it expected."
    joined = ", and ".join(parts)
    return joined[:1].upper() + joined[1:] + "."


def of_scores(scores: Evaluation | None) -> str:
    """Say in a sentence how often the network is right, beside guessing and its weakest class."""
    if scores is None:
        return "This network has no scores on this data set yet."
    recalls = {name: row["recall"] for name, row in scores.per_class.items() if row["recall"] is not None}
    weakest = min(recalls, key=lambda name: recalls[name])
    return (
        f"The network is right for {numbers.percent(scores.accuracy)} of the faces (95% interval "
        f"{numbers.interval(*scores.accuracy_ci95)}, {numbers.sample(scores.n)}; macro F1 {numbers.percent(scores.macro_f1)}), "
        f"where one answer for all would reach {numbers.percent(scores.majority_baseline)}, and finds "
        f"{numbers.percent(recalls[weakest])} of {display_name(weakest)}: it names an expression, and knows nothing of a feeling."
    )


def to_html(title: str, about: str, sentences: Sequence[str], tables: Mapping[str, Sequence[Sequence[str]]]) -> str:
    """Write one page that prints: the sentences, and tables below them. All text is escaped.

    Args:
        title: of the page.
        about: a line below it.
        sentences: the summing up.
        tables: {heading: rows}, the first row of each its header; one without rows below it is left out.
    """
    parts = [f"<h1>{html.escape(title)}</h1><p>{html.escape(about)}</p>"]
    parts += [f"<p class=large>{html.escape(sentence)}</p>" for sentence in sentences]
    for heading, rows in tables.items():
        if len(rows) < 2:
            continue
        lines = [
            "<tr>" + "".join(f"<{kind}>{html.escape(cell)}</{kind}>" for cell in row) + "</tr>"
            for kind, row in zip(("th", *["td"] * len(rows)), rows, strict=False)
        ]
        parts.append(f"<h2>{html.escape(heading)}</h2><table>{''.join(lines)}</table>")
    style = (
        "body{font:16px/1.5 sans-serif;max-width:46em;margin:2em auto;padding:0 1em;color:#111;background:#fff}"
        ".large{font-size:1.2em}table{border-collapse:collapse}th,td{text-align:left;padding:.2em .8em .2em 0;"
        "border-bottom:1px solid #ccc}"
    )
    head = f'<meta charset="utf-8"><title>{html.escape(title)}</title><style>{style}</style>'
    return f"<!doctype html><html lang=en><head>{head}</head><body>{''.join(parts)}</body></html>\n"
