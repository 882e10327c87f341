"""Morphs: both ends as they are, what lies between, and where an answer changes."""

import numpy as np
import pytest

from fer_core.datasets.synthetic import draw_face
from fer_core.errors import InputError
from fer_core.evaluation.morphs import find_landmarks, flips, morph
from fer_core.figures.psychometric import morph_lines, psychometric_curve
from fer_core.photos import faces

POINTS = np.array([[15, 19], [33, 19], [24, 28], [17, 36], [31, 36]], np.float64)


def dot(across: int, down: int) -> np.ndarray:
    face = np.full((48, 48), 50, np.uint8)
    face[down - 1 : down + 2, across - 1 : across + 2] = 200
    return face


def brightest(face: np.ndarray) -> tuple[float, float]:
    weights = np.clip(face.astype(float) - 60, 0, None)
    rows, columns = np.indices(face.shape)
    return (weights * columns).sum() / weights.sum(), (weights * rows).sum() / weights.sum()


def test_without_landmarks_pictures_are_dissolved():
    first, second = np.full((48, 48), 40, np.uint8), np.full((48, 48), 240, np.uint8)
    made = morph(first, second, steps=5)
    assert not made.warped
    assert made.shares.tolist() == [0, 0.25, 0.5, 0.75, 1]
    assert made.faces[:, 0, 0].tolist() == [40, 90, 140, 190, 240]
    assert made.faces.dtype == np.uint8


def test_with_landmarks_a_feature_moves_and_is_not_shown_twice():
    goal = POINTS + np.array([0, 4])
    first, second = dot(24, 28), dot(24, 32)
    made = morph(first, second, landmarks=(POINTS, goal))
    assert made.warped
    assert (made.faces[0] == first).all()
    assert (made.faces[-1] == second).all()
    for share, face in zip(made.shares, made.faces, strict=True):
        assert brightest(face) == pytest.approx((24, 28 + 4 * share), abs=0.3)
    assert made.faces[5][30, 24] > 150, "half way it is there alone"
    assert morph(first, second).faces[5][30, 24] < 60, "dissolved, it is at both ends"


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([[0.9, 0.1], [0.7, 0.3], [0.6, 0.4]], []),
        # 0.2 ahead, then 0.6 behind: they cross a quarter of the way from 0.5 to 1.
        ([[0.9, 0.1], [0.6, 0.4], [0.2, 0.8]], [(0.625, "a", "b")]),
        ([[0.6, 0.4], [0.4, 0.6], [0.7, 0.3]], [(0.25, "a", "b"), (2 / 3, "b", "a")]),
    ],
)
def test_flips(rows, expected):
    found = flips(np.array(rows), np.array([0, 0.5, 1.0]), ("a", "b"))
    assert [(row["before"], row["after"]) for row in found.to_dict("records")] == [change[1:] for change in expected]
    assert found["share"].tolist() == pytest.approx([change[0] for change in expected], abs=0.01)


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({"first": np.zeros((48, 47), np.uint8)}, "must be"),
        ({"second": np.zeros((48, 48), np.float32)}, "must be"),
        ({"steps": 2}, "3 to 101 faces; got 2"),
        ({"landmarks": (POINTS[:4], POINTS)}, "five points"),
    ],
)
def test_refused(options, reason):
    given = {"first": dot(24, 28), "second": dot(24, 28), **options}
    with pytest.raises(InputError, match=reason):
        morph(given.pop("first"), given.pop("second"), **given)
    with pytest.raises(InputError, match=r"must be \(3, 2\)"):
        flips(np.zeros((2, 2)), np.zeros(3), ("a", "b"))


def test_landmarks_of_a_cropped_face(monkeypatch):
    face = draw_face(3, "happy", 1.0, size=48)
    points = POINTS.astype(np.float32)
    found = [
        faces.Face((0, 0, 9, 9), 0.9, face, face, landmarks=points + 1),
        faces.Face((2, 2, 40, 44), 0.8, face, face, landmarks=points),
    ]
    monkeypatch.setattr(faces, "find_faces", lambda photo: found if photo.shape == (48, 48, 3) else [])
    assert find_landmarks(face).tolist() == POINTS.tolist(), "the larger one"
    found[1] = faces.Face((2, 2, 40, 44), 0.8, face, face, landmarks=points + 30)
    assert find_landmarks(face) is None, "beyond the picture"
    found.clear()
    assert find_landmarks(face) is None


def test_figures():
    shares, values = np.array([0, 0.5, 1.0]), np.array([[0.9, 0.1], [0.6, 0.4], [0.2, 0.8]])
    figure = morph_lines(
        shares, values, ("happy", "neutral"), flips(values, shares, ("happy", "neutral")), ends=("happy", "neutral")
    )
    assert [list(line.y) for line in figure.data] == [[0.9, 0.6, 0.2], [0.1, 0.4, 0.8]]
    assert figure.layout.shapes[0].x0 == pytest.approx(0.625)
    assert len({line.line.dash for line in figure.data}) == 2, "told apart without colours"
    from fer_core.evaluation.psychometric import fit

    curve = fit(np.tile(np.linspace(0.1, 1, 10), 6), np.tile([False] * 4 + [True] * 6, 6), guess=0.05)
    numbers = {"guess": curve.guess, "ceiling": curve.ceiling, "limits": curve.half_ci95}
    drawn = psychometric_curve("happy", curve.points, curve.at([0, 0.5, 1]), half=curve.half, **numbers)
    assert list(drawn.data[0].y) == [0] * 4 + [1] * 6
    assert [trace.name for trace in drawn.data][2:] == ["Ceiling", "Guessed without it", "Half the ceiling"]
    assert len(psychometric_curve("happy", curve.points, [0, 0, 0], half=float("nan"), **numbers).data) == 4
