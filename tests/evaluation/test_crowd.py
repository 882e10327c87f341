"""The crowd against the labels, and a run against the crowd."""

import numpy as np
import pandas as pd
import pytest

from fer_core.errors import InputError
from fer_core.evaluation.crowd import accuracy_by_agreement, agreement_histogram, crowd_agreement, vote_scores

CROWD = pd.DataFrame(
    [
        (0, "happy", "happy", 10),
        (1, "happy", "happy", 9),
        (2, "happy", "sad", 6),
        (3, "fear", "fear", 8),
        (4, "fear", "tie", 5),
        (5, "fear", "nf", 7),
        (6, "fear", "happy", 5),
        (7, "happy", "contempt", 4),
    ],
    columns=["id", "label", "crowd", "agree"],
).assign(votes=10)


def test_what_is_no_class_stands_apart() -> None:
    found = crowd_agreement(CROWD, ("fear", "happy"))
    assert found.columns == ("fear", "happy", "sad", "contempt", "nf", "tie")
    assert found.matrix.tolist() == [[1, 1, 0, 0, 1, 1], [0, 2, 1, 1, 0, 0]]
    assert found.outside == {"sad": 1, "contempt": 1, "nf": 1, "tie": 1}
    assert (found.n, found.share) == (8, 3 / 8)
    assert found.share_ci95 == (pytest.approx(0.1368, abs=1e-3), pytest.approx(0.6943, abs=1e-3))
    assert (found.inside, found.share_inside) == (4, 3 / 4)
    assert found.kappa == pytest.approx(0.5)
    assert found.kappa_ci95[0] <= 0.5 <= found.kappa_ci95[1]


def test_a_crowd_that_names_none_of_the_classes() -> None:
    found = crowd_agreement(CROWD[CROWD["crowd"] == "nf"], ("fear", "happy"))
    assert (found.inside, found.share) == (0, 0.0)
    assert str(found.share_inside) == str(found.kappa) == "nan"


def test_no_votes_are_refused() -> None:
    with pytest.raises(InputError, match="no face with votes"):
        crowd_agreement(CROWD.iloc[:0], ("fear", "happy"))


def test_histogram() -> None:
    table = agreement_histogram(CROWD)
    assert table["n"].tolist() == [0, 0, 0, 1, 2, 1, 1, 1, 1, 1]
    assert table["share"].sum() == pytest.approx(1.0)
    assert agreement_histogram(CROWD.iloc[:0]).empty


@pytest.mark.parametrize(
    ("against", "rows"),
    [
        (
            "label",
            {
                "4": (1, 0),
                "5": (2, 1),
                "6": (1, 1),
                "7": (1, 1),
                "8": (1, 1),
                "9": (1, 1),
                "10": (1, 1),
                "unsure": (3, 1),
                "sure": (3, 3),
            },
        ),
        ("crowd", {"5": (1, 1), "8": (1, 1), "9": (1, 1), "10": (1, 1), "unsure": (1, 1), "sure": (3, 3)}),
    ],
)
def test_accuracy_by_agreement(against: str, rows: dict[str, tuple[int, int]]) -> None:
    answers = pd.DataFrame(
        {
            "sample": range(9),
            "label": [*CROWD["label"], "happy"],
            "predicted": ["happy", "happy", "happy", "fear", "fear", "fear", "happy", "fear", "happy"],
        }
    )
    table = accuracy_by_agreement(answers, CROWD, against=against, classes=("fear", "happy")).set_index("level")
    assert {level: (row["n"], row["correct"]) for level, row in table.iterrows()} == rows
    assert table.loc["sure", "accuracy"] == 1.0
    assert table.loc["sure", "baseline"] == pytest.approx(2 / 3)
    assert table.loc["sure", "low"] == pytest.approx(0.4385, abs=1e-3)


@pytest.mark.parametrize(
    ("answer", "divergence", "right"),
    [
        # Shares of fear and happy among the votes for these two: 1 and 0, 0.5 and 0.5 (6 of 12 votes are for sad).
        ([[1.0, 0.0], [0.5, 0.5]], 0.0, 1),
        ([[0.5, 0.5], [0.5, 0.5]], np.log(2) / 2, 1),
        ([[0.25, 0.75], [0.25, 0.75]], (np.log(4) + np.log(2) - np.log(3) / 2) / 2, 0),
    ],
)
def test_probabilities_beside_the_votes(answer: list[list[float]], divergence: float, right: int) -> None:
    samples = pd.DataFrame({"votes_fear": [9, 3], "votes_happy": [0, 3], "votes_sad": [1, 6]})
    scores = vote_scores(np.array(answer), pd.Series(["fear", "happy"]), samples, ("fear", "happy"))
    assert scores.divergence == pytest.approx(divergence, abs=1e-6)
    assert (scores.majority["n"], scores.majority["accuracy"]) == (1, right)


def test_where_nobody_agrees_there_is_no_accuracy() -> None:
    samples = pd.DataFrame({"votes_fear": [5], "votes_happy": [3], "votes_sad": [2]})
    scores = vote_scores(np.array([[0.5, 0.5]]), pd.Series(["fear"]), samples, ("fear", "happy"))
    assert scores.majority == {"n": 0, "accuracy": None, "accuracy_ci95": None}
