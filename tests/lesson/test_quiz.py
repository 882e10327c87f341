import numpy as np
import pandas as pd
import pytest

from fer_core.errors import InputError
from fer_core.lesson.quiz import agreement, draw, draw_synthetic, fleiss_kappa, kappa_interval, most_given, tally

CLASSES = ("angry", "happy", "neutral")


def _samples(split: str = "test") -> pd.DataFrame:
    labels = ["angry"] * 3 + ["happy"] * 40 + ["neutral"] * 7 + ["sad"] * 5
    frame = pd.DataFrame({"id": range(55), "label": labels, "split": split, "hash": [f"h{number}" for number in range(55)]})
    frame.loc[50:, "hash"] = "h0"
    return frame


def test_ten_faces_evenly_from_the_classes() -> None:
    drawn = draw(_samples(), CLASSES, 7)
    counts = drawn["label"].value_counts()
    # Three turns of three classes, and one more for one that still has faces.
    assert len(drawn) == drawn["hash"].nunique() == 10
    assert counts["angry"] == 3
    assert sorted(counts[["happy", "neutral"]]) == [3, 4]
    assert draw(_samples(), CLASSES, 7)["id"].tolist() == drawn["id"].tolist()
    assert draw(_samples(), CLASSES, 8)["id"].tolist() != drawn["id"].tolist()


def test_a_class_without_a_face_is_passed_over() -> None:
    drawn = draw(_samples(), (*CLASSES, "disgust"), 7)
    assert (len(drawn), set(drawn["label"])) == (10, set(CLASSES))


def test_faces_that_no_model_has_learned_come_first() -> None:
    samples = pd.concat([_samples("train"), _samples("test")], ignore_index=True)
    samples["id"], samples["hash"] = range(110), [f"h{number}" for number in range(110)]
    assert set(draw(samples, CLASSES, 0)["split"]) == {"test"}
    few = samples[(samples["split"] == "train") | (samples["id"] > 100)]
    assert set(draw(few, CLASSES, 0)["split"]) == {"train"}
    with pytest.raises(InputError, match="no face to guess"):
        draw(samples, ("fear",), 0)
    with pytest.raises(InputError, match="between 0 and"):
        draw(samples, CLASSES, -1)


def test_drawn_faces_where_there_is_no_data_set() -> None:
    images, labels = draw_synthetic(3)
    assert images.shape == (10, 48, 48)
    assert images.dtype == np.uint8
    assert sorted(labels) == sorted(["angry", "disgust", "fear", "happy", "neutral"] * 2)


def test_answers_are_counted_by_face() -> None:
    rounds = [("angry", "happy"), ("angry", "neutral"), ("happy", "neutral")]
    counts = tally(rounds, CLASSES)
    assert counts.tolist() == [[2, 1, 0], [0, 1, 2]]
    assert most_given(counts, CLASSES) == ["angry", "neutral"]
    assert most_given(counts[:, ::-1] * [[0], [1]], CLASSES)[0] == "tie"
    for wrong in ([], [("angry",), ("angry", "happy")], [("angry", "bored")]):
        with pytest.raises(InputError):
            tally(wrong, CLASSES)


@pytest.mark.parametrize(
    ("counts", "share", "worth"),
    [
        # One round: each answer stands for itself.
        ([[1, 0], [0, 1], [1, 0], [1, 0]], 0.75, 4),
        # All agree on each face: four answers to a face are worth one.
        ([[4, 0], [0, 4], [4, 0], [4, 0]], 0.75, 4),
        # Half of the answers to every face are right: no face is harder than another, so that every answer counts.
        ([[2, 2], [2, 2], [2, 2], [2, 2]], 0.5, 16),
        # Between both: p (1 - p) faces / variance = 0.5 * 0.5 * 4 / (1 / 12).
        ([[3, 1], [1, 3], [3, 1], [1, 3]], 0.5, 12),
    ],
)
def test_agreement_is_worth_no_more_than_it_is(counts, share, worth) -> None:
    found = agreement(np.array(counts), ("angry", "happy"), ["angry"] * 4)
    assert (found.share, found.worth) == (pytest.approx(share), pytest.approx(worth))
    assert found.ci95[0] < share < found.ci95[1]
    assert agreement(np.array(counts), ("angry", "happy"), ["sad"] * 4).worth == 4
    assert found.baseline == 1


def test_agreement_with_a_name_that_nobody_could_answer() -> None:
    found = agreement(np.array([[3, 0], [0, 3]]), ("angry", "happy"), ["angry", "tie"])
    assert (found.agreeing, found.n, found.baseline) == (3, 6, 0.5)
    with pytest.raises(InputError, match="2 faces"):
        agreement(np.array([[1], [1]]), ("angry",), ["angry"])


def test_kappa_of_fleiss() -> None:
    # The worked example of Fleiss 1971 as statistics books give it: 14 raters, 10 subjects, 5 categories, kappa 0.210.
    counts = np.array(
        [
            [0, 0, 0, 0, 14],
            [0, 2, 6, 4, 2],
            [0, 0, 3, 5, 6],
            [0, 3, 9, 2, 0],
            [2, 2, 8, 1, 1],
            [7, 7, 0, 0, 0],
            [3, 2, 6, 3, 0],
            [2, 5, 3, 2, 2],
            [6, 5, 2, 1, 0],
            [0, 2, 2, 3, 7],
        ]
    )
    assert fleiss_kappa(counts) == pytest.approx(0.210, abs=5e-4)
    low, high = kappa_interval(counts)
    assert low < 0.21 < high
    assert np.isnan(fleiss_kappa(np.array([[3, 0], [3, 0]])))
    with pytest.raises(InputError, match="two or more"):
        fleiss_kappa(np.array([[1, 0], [0, 1]]))
