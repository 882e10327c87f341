"""Two annotators of the same faces."""

import math

import pytest
from sklearn.metrics import cohen_kappa_score

from fer_core.errors import InputError
from fer_core.evaluation.two_annotators import EXCLUDED, two_annotators

CLASSES = ("fear", "happy", "sad")


def test_agreement_is_counted_on_the_faces_of_both():
    first = {0: "happy", 1: "happy", 2: "sad", 3: "fear", 4: "happy", 9: "sad"}
    second = {0: "happy", 1: "sad", 2: "sad", 3: EXCLUDED, 4: "happy", 8: "sad"}
    found = two_annotators(first, second, CLASSES)
    assert found.classes == (*CLASSES, EXCLUDED)
    assert found.matrix.tolist() == [[0, 0, 0, 1], [0, 2, 1, 0], [0, 0, 1, 0], [0, 0, 0, 0]]
    assert (found.n, found.share) == (5, 0.6)
    assert found.share_ci95 == (pytest.approx(0.2307, abs=1e-4), pytest.approx(0.8824, abs=1e-4))
    both = range(5)
    assert found.kappa == pytest.approx(cohen_kappa_score([first[one] for one in both], [second[one] for one in both]))
    assert found.kappa_ci95[0] < found.kappa < found.kappa_ci95[1]
    assert found.disputed.to_dict("records") == [
        {"sample": 1, "first": "happy", "second": "sad"},
        {"sample": 3, "first": "fear", "second": EXCLUDED},
    ]


def test_one_class_alone_has_no_kappa():
    found = two_annotators({1: "sad", 2: "sad"}, {1: "sad", 2: "sad"}, CLASSES)
    assert (found.share, len(found.disputed), found.classes) == (1.0, 0, CLASSES)
    assert math.isnan(found.kappa)
    assert math.isnan(found.kappa_ci95[0])


def test_no_face_of_both_is_refused():
    with pytest.raises(InputError, match="No face was decided about by both: the first decided about 1, the second about 2"):
        two_annotators({1: "sad"}, {2: "sad", 3: "sad"}, CLASSES)
