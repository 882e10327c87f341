"""The summing up of a lesson."""

import numpy as np
import pandas as pd
import pytest

from fer_core.errors import InputError
from fer_core.lesson import summary

LABELS = ["happy", "sad", "fear", "happy"]


def sides():
    return [
        summary.side("You", ["happy", "fear", "tie", "happy"], LABELS),
        summary.side("the network", ["happy", "sad", "sad", "happy"], LABELS),
    ]


def test_a_quiz_ends_in_one_line_and_its_disputed_faces():
    assert summary.result_line(sides()) == "You 2 of 4, the network 3 of 4"
    assert summary.disputed(LABELS, sides()) == [2, 1]
    assert summary.of_quiz(sides()).startswith("You saw the labelled expression in 2 of 4 faces, the network in 3:")
    assert summary.of_quiz([]) == "The class has not answered the quiz."
    with pytest.raises(InputError, match="for each of 4 faces; got 1"):
        summary.side("You", ["happy"], LABELS)


@pytest.mark.parametrize(
    ("matrix", "cell"),
    [
        # Eight of 90 are more faces than three of 10, and a smaller share of their class.
        ([[82, 8], [3, 7]], (1, 0, 0.3)),
        ([[5, 0], [0, 0]], (0, 1, 0.0)),
    ],
)
def test_the_worst_cell_is_the_largest_share_of_its_class(matrix, cell):
    row, column, share = summary.worst_cell(np.array(matrix))
    assert (row, column) == cell[:2]
    assert share == pytest.approx(cell[2])


def test_who_wins_with_few_labels():
    rows = pd.DataFrame({"way": ["a", "b", "a", "b"], "share": [0.1, 0.1, 1, 1], "mean": [0.3, 0.4, 0.9, 0.5]})
    assert summary.best_with_few(rows) == "b"


@pytest.mark.parametrize(
    ("few", "cell", "sentence"),
    [
        (None, None, "The class has said nowhere what it expected."),
        (("A", "B"), None, "With few labels the best is “B”; you expected “A”."),
        (
            ("A", "A"),
            ("x", "y"),
            "With few labels the best is “A”, as you expected, and the worst confusion is “y”; you expected “x”.",
        ),
    ],
)
def test_what_was_expected_stands_beside_what_was_found(few, cell, sentence):
    assert summary.of_guesses(few, cell) == sentence


def test_the_page_to_keep_is_inert():
    page = summary.to_html("T", "<b>", ["a & b"], {"Quiz": [("Face",), ("<i>",)], "Empty": [("Head",)]})
    assert "&lt;b&gt;" in page
    assert "a &amp; b" in page
    assert "<th>Face</th>" in page
    assert "<td>&lt;i&gt;</td>" in page
    assert "Empty" not in page
