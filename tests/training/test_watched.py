"""Which faces a run keeps the answers of, and what is kept."""

import numpy as np
import pandas as pd
import pytest

from fer_core.training import watched

CLASSES = ("angry", "fear", "happy")


def rows(**counts: int) -> pd.DataFrame:
    labels = [name for name, count in counts.items() for _ in range(count)]
    return pd.DataFrame({"id": np.arange(len(labels)) + 100, "label": labels})


@pytest.mark.parametrize(
    ("counts", "labels"),
    [
        ({"angry": 9, "fear": 9, "happy": 9}, ["angry", "fear", "happy"] * 4),
        ({"angry": 1, "fear": 2, "happy": 90}, ["angry", "fear", "happy", "fear", *["happy"] * 8]),
        ({"happy": 2}, ["happy", "happy"]),
        ({"fear": 90}, ["fear"] * 12),
    ],
)
def test_classes_take_turns_as_long_as_they_have_faces(counts: dict[str, int], labels: list[str]) -> None:
    faces = rows(**counts)
    chosen = watched.choose(faces, CLASSES, seed=0)
    assert faces["label"].iloc[chosen].tolist() == labels
    assert len(set(chosen)) == len(chosen)


def test_the_choice_follows_from_the_seed_alone() -> None:
    faces = rows(angry=50, fear=50, happy=50)
    first, again, other = (watched.choose(faces, CLASSES, seed=seed).tolist() for seed in (3, 3, 4))
    assert first == again
    assert first != other


def test_a_moment_counts_all_faces_and_keeps_the_answers_of_the_chosen_ones() -> None:
    faces = rows(angry=2, happy=2)
    labels = np.array([0, 0, 1, 1])
    logits = np.log(np.array([[0.9, 0.1], [0.3, 0.7], [0.2, 0.8], [0.25, 0.75]], np.float32)) + 5
    moment = watched.Watch(faces, labels, ("angry", "happy"), seed=0).moment(2.5, logits)
    assert (moment.epoch, moment.confusion, moment.right, moment.n) == (2.5, ((1, 1), (0, 2)), 3, 4)
    assert sorted(moment.faces) == [100, 101, 102, 103]
    assert [labels[face - 100] for face in moment.faces] == list(moment.labels) == [0, 1, 0, 1]
    kept = dict(zip(moment.faces, moment.probabilities, strict=True))
    assert [kept[face] for face in (100, 101, 102, 103)] == [
        pytest.approx(row, abs=1e-4) for row in ((0.9, 0.1), (0.3, 0.7), (0.2, 0.8), (0.25, 0.75))
    ]
