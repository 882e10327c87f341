"""Who is who from frame to frame."""

from __future__ import annotations

from pathlib import Path

import clips
import numpy as np
import pytest

from fer_core.photos.following import PATIENCE, Follower, likeness, overlaps
from fer_core.photos.video import Frame
from fer_core.photos.video_faces import FaceFinder, quarter_turns


def box(left: float, top: float, side: float = 100) -> list[float]:
    return [left, top, left + side, top + side]


def boxes(*some: list[float]) -> np.ndarray:
    return np.array(some, np.float32).reshape(-1, 4)


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        (box(0, 0), box(0, 0), 1.0),
        (box(0, 0), box(50, 0), 1 / 3),
        (box(0, 0), box(100, 0), 0.0),
        (box(0, 0), box(25, 25, 50), 0.25),
    ],
)
def test_overlap(one: list[float], other: list[float], expected: float) -> None:
    assert overlaps(boxes(one), boxes(other))[0, 0] == pytest.approx(expected)


@pytest.mark.parametrize(
    ("place", "expected"),
    [
        (box(0, 0), 3.0),
        (box(50, 0), 2 + 1 / 3),
        (box(40, 40), 2 + 36 / 164),
        (box(60, 0), 2 + 40 / 160),
        (box(80, 0), 0.2),
        (box(60, 60), 1 - 0.6 * 2**0.5),
        (box(100, 0), 0.0),
        (box(30, 30, 40), 0.0),
    ],
    ids=["same", "half", "corner", "less", "near", "near askew", "beside", "in it, but much smaller"],
)
def test_likeness_is_overlap_before_nearness(place: list[float], expected: float) -> None:
    assert likeness(boxes(place), boxes(box(0, 0)))[0, 0] == pytest.approx(expected, abs=1e-6)


def test_faces_that_cross_keep_their_numbers() -> None:
    follower = Follower()
    numbers = [follower.follow(boxes(box(40 * step, 0), box(400 - 40 * step, 30)), step / 10) for step in range(11)]
    assert numbers == [[1, 2]] * 11


def test_a_face_behind_another_gets_its_number_back_where_it_was_going() -> None:
    follower = Follower()
    for step in range(11):
        seen = [box(300, 0)] if 4 <= step <= 6 else [box(300, 0), box(100 + 40 * step, 0)]
        numbers = follower.follow(boxes(*seen), step / 10)
    assert numbers == [1, 2]


def test_a_face_that_was_away_for_longer_gets_a_new_number() -> None:
    follower = Follower()
    assert follower.follow(boxes(box(0, 0)), 0.0) == [1]
    assert follower.follow(boxes(), 0.5) == []
    assert follower.follow(boxes(box(0, 0)), PATIENCE) == [1]
    assert follower.follow(boxes(box(0, 0)), 2 * PATIENCE + 0.1) == [2]


def test_each_track_takes_one_box() -> None:
    follower = Follower()
    follower.follow(boxes(box(0, 0)), 0.0)
    assert sorted(follower.follow(boxes(box(5, 0), box(10, 0)), 0.1)) == [1, 2]


@pytest.mark.parametrize("turns", range(4))
def test_quarter_turns_set_a_face_upright(turns: int) -> None:
    eyes = np.array([[10.0, 20.0], [30.0, 22.0]])
    middle = np.array([32.0, 32.0])
    angle = np.radians(90 * turns)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    marks = np.concatenate([(eyes - middle) @ turn.T + middle, np.zeros((3, 2))]).astype(np.float32)
    assert quarter_turns(marks) == turns


def found(places: list[clips.Places], *, turns: int = 0) -> list[dict[int, tuple[float, float]]]:
    """{track: middle of its face} of each frame; 10 frames a second."""
    finder = FaceFinder()
    frames = [
        Frame(number, number / 10, np.ascontiguousarray(np.rot90(clips.frame(place), -turns)))
        for number, place in enumerate(places)
    ]
    return [
        {one.track: (one.face.box[0] + one.face.box[2] / 2, one.face.box[1] + one.face.box[3] / 2) for one in finder(frame)}
        for frame in frames
    ]


def test_boxes_lie_where_the_faces_are_drawn() -> None:
    seen = found([clips.crossing(number) for number in range(20)])
    for number, faces in enumerate(seen):
        assert set(faces) == {1, 2}
        for (_, left, top), middle in zip(clips.crossing(number), (faces[1], faces[2]), strict=True):
            assert middle == pytest.approx((left + clips.SIDE / 2, top + clips.SIDE / 2), abs=20)


def test_a_face_that_leaves_has_no_more_rows() -> None:
    seen = found([clips.one_leaves(number) for number in range(16)])
    assert all(1 in faces for faces in seen)
    assert [2 in faces for faces in seen[:5]] == [True] * 5
    assert [2 in faces for faces in seen[11:]] == [False] * 5
    assert set().union(*seen) == {1, 2}


def test_a_video_that_lies_is_searched_as_it_lies() -> None:
    seen = found([[("happy", 200 + number, 100)] for number in range(8)], turns=1)
    assert [set(faces) for faces in seen] == [{1}] * 8


def test_the_face_of_a_real_clip_is_one_track(shared: Path) -> None:
    path = shared / "photos" / "test.mp4"
    finder = FaceFinder()
    seen = [finder(frame) for frame in clips.opened(path).frames(every=5)]
    assert [[one.track for one in faces] for faces in seen] == [[1]] * 23
