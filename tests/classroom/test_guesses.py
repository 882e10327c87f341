"""Guesses of a number, taps on a face, and pictures that fit into a page."""

import base64

import numpy as np
import pytest

from fer_core.classroom.guesses import BRIGHTEST, guesses, heat, hits
from fer_core.classroom.pictures import LARGEST, SIDE, read_picture, small_picture
from fer_core.classroom.questions import KINDS, Round, read_answer, restore
from fer_core.errors import InputError


def test_guesses():
    found = guesses([60, 70, 80, 90], (0.694, 0.806))
    assert (found.values, found.median, found.quartiles, found.inside) == ((60, 70, 80, 90), 75.0, (67.5, 82.5), 2)
    assert guesses([68, 69, 81, 82], (0.694, 0.806)).inside == 2, "the ends are rounded as they are shown"
    assert str(guesses([], (0.5, 0.6)).median) == "nan"


def test_a_tap_is_hot_where_it_was():
    found = heat([(0.25, 0.75)], side=40)
    assert np.unravel_index(found.argmax(), found.shape) in [(29, 9), (29, 10), (30, 9), (30, 10)]
    assert found.max() == 1
    assert found[5, 35] < 1e-6
    assert heat([]).max() == 0


def test_taps_where_the_network_looked():
    saliency = np.zeros((10, 10))
    saliency[:2] = np.linspace(0.5, 1, 20).reshape(2, 10)
    found = hits([(0.05, 0.05), (0.99, 0.19), (0.5, 0.21), (1.0, 1.0)], saliency)
    assert (found.hits, found.n, found.share, found.chance) == (2, 4, 0.5, BRIGHTEST)
    low, high = found.ci95
    assert 0.1 < low < 0.5 < high < 0.9
    assert str(hits([], saliency).share) == "nan"
    assert hits([(0.5, 0.5)], np.ones((4, 4))).chance == 1.0, "a map that is bright everywhere is hit by every tap"
    with pytest.raises(InputError, match="saliency map"):
        hits([], np.zeros(3))


@pytest.mark.parametrize(
    ("kind", "form", "expected"),
    [
        ("faces", {"answer": "1"}, 1),
        ("accuracy", {"answer": "0"}, 0),
        ("accuracy", {"answer": "100"}, 100),
        ("look", {"x": "0", "y": "1000"}, (0.0, 1.0)),
        ("look", {"tap.x": "150", "tap.y": "300"}, (0.5, 1.0)),
    ],
)
def test_answers(kind, form, expected):
    answer = read_answer(Round(1, kind, ("a", "b")), form)
    assert answer == expected
    assert restore(list(answer) if isinstance(answer, tuple) else answer) == answer


@pytest.mark.parametrize(
    ("kind", "form"),
    [
        ("faces", {"answer": "2"}),
        ("faces", {}),
        ("accuracy", {"answer": "101"}),
        ("accuracy", {"answer": "5.5"}),
        ("accuracy", {"answer": "²"}),
        ("look", {"x": "1001", "y": "0"}),
        ("look", {"x": "10"}),
        ("look", {"tap.x": "301", "tap.y": "0"}),
        ("look", {"answer": "1"}),
    ],
)
def test_other_answers_are_refused(kind, form):
    with pytest.raises(InputError):
        read_answer(Round(1, kind, ("a", "b")), form)


def test_every_kind_asks_something():
    assert all(kind.question and kind.title for kind in KINDS.values())


@pytest.mark.parametrize("shape", [(48, 48), (96, 96, 3), (160, 160, 3), (224, 224, 3), (224, 224)])
def test_pictures_are_small_and_the_right_way_round(shape):
    face = np.random.default_rng(0).integers(0, 255, shape).astype(np.uint8)
    face[: shape[0] // 2] = 0
    if len(shape) == 3:
        face[shape[0] // 2 :] = (200, 30, 30)
    address = small_picture(face)
    kind, _, content = address.partition(";base64,")
    assert kind in ("data:image/png", "data:image/jpeg")
    assert len(base64.b64decode(content)) <= LARGEST
    read = read_picture(address)
    assert read.shape == (min(SIDE, shape[0]), min(SIDE, shape[0]), 3)
    assert read[2, 2].max() < 60
    if len(shape) == 3:
        assert read[-2, 2, 0] > 150 > read[-2, 2, 2]


def test_a_small_face_is_kept_pixel_by_pixel():
    face = np.random.default_rng(0).integers(0, 255, (48, 48)).astype(np.uint8)
    assert (read_picture(small_picture(face))[:, :, 0] == face).all()
