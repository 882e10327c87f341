"""Who agrees with whom: kappa of answers, its interval over faces, confusion by label."""

import numpy as np
import pytest

from fer_core.classroom.agreement import Side, agreement, compare, takeaway
from fer_core.classroom.questions import Round

AB = ("a", "b")


def side(name: str, *rows: tuple[int, ...]) -> Side:
    return Side(name, np.array(rows, np.int64))


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        (((1, 0), (0, 1), (1, 0), (0, 1)), ((1, 0), (0, 1), (1, 0), (0, 1)), 1.0),
        (((1, 0), (0, 1), (1, 0), (0, 1)), ((0, 1), (1, 0), (0, 1), (1, 0)), -1.0),
        # Cohen: observed 3/4, chance 1/2.
        (((1, 0), (0, 1), (1, 0), (0, 1)), ((1, 0), (0, 1), (1, 0), (1, 0)), 0.5),
        # Half of the class says what the label says on each face: chance.
        (((2, 2), (2, 2)), ((1, 0), (0, 1)), 0.0),
        # Three of four say the label on both faces: observed 3/4, chance 1/2; many answers count as their share.
        (((30, 10), (1, 3)), ((1, 0), (0, 1)), 0.5),
        (((1, 0), (1, 0)), ((1, 0), (1, 0)), float("nan")),
    ],
)
def test_kappa(one, other, expected):
    found = agreement(side("x", *one), side("y", *other))
    assert found.kappa == pytest.approx(expected, nan_ok=True)
    assert agreement(side("y", *other), side("x", *one)).kappa == pytest.approx(expected, nan_ok=True)
    assert found.faces == len(one)


def test_faces_that_one_side_has_not_named_do_not_count():
    found = agreement(side("x", (1, 0), (0, 0), (0, 1)), side("y", (1, 0), (1, 0), (0, 1)))
    assert (found.kappa, found.faces) == (1.0, 2)
    none = agreement(side("x", (0, 0)), side("y", (1, 0)))
    assert (str(none.kappa), str(none.ci95), none.faces) == ("nan", "(nan, nan)", 0)


def test_the_interval_is_over_faces_not_answers():
    rows = [(8, 2), (2, 8), (6, 4), (1, 9), (9, 1), (4, 6), (3, 7), (7, 3), (5, 5), (9, 1)]
    truth = side("label", *[(1, 0) if row[0] > row[1] else (0, 1) for row in rows])
    few = agreement(side("x", *rows), truth)
    many = agreement(side("x", *[(a * 100, b * 100) for a, b in rows]), truth)
    assert few == many
    low, high = few.ci95
    assert low < few.kappa < high
    assert high - low > 0.1


def test_all_sides_of_a_round():
    facts = {
        "labels": ["a", "b", "b"],
        "network": ["a", "b", "c"],
        "annotators": [{"a": 10, "nf": 0}, {"b": 9, "nf": 1}, {"b": 10, "nf": 0}],
    }
    found = compare(Round(1, "faces", AB, ("", "", ""), facts), [[0, 0, 1], [1], []])
    assert found.names == ("a", "b", "c", "nf")
    assert [side.name for side in found.sides] == ["the class", "the network", "the annotators"]
    assert found.confusion(found.sides[0]).tolist() == [[2, 1, 0, 0], [0, 1, 0, 0], [0] * 4, [0] * 4]
    assert found.confusion(found.sides[1]).tolist() == [[1, 0, 0, 0], [0, 1, 1, 0], [0] * 4, [0] * 4]
    pairs = {(one.first, one.second): one for one in found.agreements}
    assert len(pairs) == 6
    assert pairs["the class", "the label"].faces == 2
    assert pairs["the annotators", "the label"].faces == 3
    # Observed 2/3; labels a 1/3, b 2/3; network a, b, c a third each: chance 1/3.
    assert pairs["the network", "the label"].kappa == pytest.approx(0.5)


def test_the_takeaway_says_when_faces_are_too_few():
    labels = ["a", "b"] * 5
    asked = Round(1, "faces", AB, ("",) * 10, {"labels": labels, "network": ["a"] * 5 + ["b"] * 5})
    answers = [[0 if label == "a" else 1] * 3 for label in labels]
    assert takeaway(compare(asked, answers)) == "The class agrees most with the label (κ 1.00)."
    mixed = [[0], [0], [1], [1], [0], [1], [0], [1], [1], [0]]
    assert "with so few faces the others may be as near" in takeaway(compare(asked, mixed))
    assert takeaway(compare(asked, [[] for _ in labels])) == "Nobody in the class has answered yet."
