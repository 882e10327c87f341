"""Answers for a video: rows, times, tracks, the smoothing formula, peaks, and what is said where something lacks."""

from __future__ import annotations

from pathlib import Path

import clips
import numpy as np
import pandas as pd
import pytest

from fer_core import runs
from fer_core.errors import Stopped
from fer_core.evaluation import video as answering
from fer_core.evaluation.video import VideoAnswers, answer_video, columns, smooth
from fer_core.labels import FIVE
from fer_core.photos.video import in_memory
from fer_core.predictor import Predictor, answer_faces, load_predictor
from fer_core.runs.config import preset_config
from fer_core.runs.records import Calibration, Status, Training


@pytest.fixture
def predictor(workspace: Path, tiny_model: bytes) -> Predictor:
    """A network that really answers; temperature 1.5, threshold 0.3, flip."""
    made = runs.create(preset_config("Faces", weights="random"))
    made.model_file.write_bytes(tiny_model)
    made.write(Training(dataset="Faces", fingerprint="0" * 16, classes=FIVE))
    made.write(Calibration(temperature=1.5, threshold=0.3, flip=True))
    made.write(Status(state="finished"))
    return load_predictor(made)


@pytest.fixture(scope="module")
def crossing(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return clips.write(tmp_path_factory.mktemp("clips") / "=crossing.mp4", clips.crossing, 20)


@pytest.fixture(scope="module")
def leaving(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return clips.write(tmp_path_factory.mktemp("clips") / "leaving.mp4", clips.one_leaves, 16)


@pytest.mark.parametrize(
    ("seconds", "tracks", "constant", "expected"),
    [
        ([0.0, 1.0], [1, 1], 0.0, [1.0, 0.0]),
        ([0.0, 1.0], [1, 1], 1.0, [1.0, np.exp(-1)]),
        ([0.0, 0.5], [1, 1], 1.0, [1.0, np.exp(-0.5)]),
        ([0.0, 0.5, 2.5], [1, 1, 1], 1.0, [1.0, np.exp(-0.5), 1 + np.exp(-2) * (np.exp(-0.5) - 1)]),
        ([0.0, 0.5], [1, 2], 1.0, [1.0, 0.0]),
        ([0.0, 0.0, 1.0], [1, 2, 1], 1.0, [1.0, 0.0, 1.0]),
    ],
    ids=["none", "one step", "half a step", "uneven steps", "two tracks", "a track goes on"],
)
def test_smoothing_forgets_with_its_time_constant(
    seconds: list[float], tracks: list[int], constant: float, expected: list[float]
) -> None:
    first = np.array([1.0, 0.0, 1.0][: len(seconds)])
    smoothed = smooth(np.stack([first, 1 - first], axis=1), np.array(seconds), np.array(tracks), constant)
    np.testing.assert_allclose(smoothed[:, 0], expected)
    np.testing.assert_allclose(smoothed.sum(axis=1), 1)


def test_steps_cut_in_two_smooth_alike() -> None:
    """A constant answer after the first frame: where the mean is after a second does not depend on the rate."""
    values = {}
    for rate in (10, 30):
        seconds = np.arange(rate + 1) / rate
        raw = np.stack([seconds == 0, seconds > 0], axis=1).astype(float)
        values[rate] = smooth(raw, seconds, np.ones(rate + 1, int), 0.4)[-1, 0]
    assert values[10] == pytest.approx(values[30]) == pytest.approx(np.exp(-1 / 0.4))


def test_one_row_a_face_and_frame(crossing: Path, predictor: Predictor) -> None:
    answers = answer_video(clips.opened(crossing), predictor)
    table = answers.rows
    assert table.columns.tolist() == columns(FIVE)
    assert table["frame"].tolist() == [number for number in range(20) for _ in range(2)]
    assert table["track"].tolist() == [1, 2] * 20
    np.testing.assert_allclose(table["seconds"], table["frame"] / 10, atol=1e-6)
    np.testing.assert_allclose(table[[f"p_{name}" for name in FIVE]].sum(axis=1), 1, atol=1e-5)
    np.testing.assert_allclose(table[[f"smoothed_{name}" for name in FIVE]].sum(axis=1), 1, atol=1e-5)
    for row in table.itertuples():
        _, left, top = clips.crossing(row.frame)[row.track - 1]
        middle = (row.left + row.width / 2, row.top + row.height / 2)
        assert middle == pytest.approx((left + clips.SIDE / 2, top + clips.SIDE / 2), abs=20)
    assert (answers.looked, answers.seconds, answers.notes) == (20, pytest.approx(1.9), ())


def test_answers_are_those_of_photos(crossing: Path, predictor: Predictor, monkeypatch: pytest.MonkeyPatch) -> None:
    """A face that is cropped again from its frame is answered by the photo path as its row says, also across batches."""
    monkeypatch.setattr(answering, "_BATCH", 7)
    video = clips.opened(crossing)
    answers = answer_video(video, predictor)
    for place in (0, 11, 39):
        row = answers.rows.iloc[place]
        face = answers.face(place, video.at(row["frame"], row["seconds"]))
        expected = answer_faces([face], predictor)[0]
        assert (row["label"], row["sure"]) == (expected.label, expected.sure)
        assert [row[f"p_{name}"] for name in FIVE] == pytest.approx(list(expected.probabilities.values()), abs=1e-5)
        assert face.box == (row["left"], row["top"], row["width"], row["height"])


def test_every_third_frame(crossing: Path, predictor: Predictor) -> None:
    answers = answer_video(clips.opened(crossing), predictor, every=3)
    assert answers.rows["frame"].unique().tolist() == [0, 3, 6, 9, 12, 15, 18]
    assert set(answers.rows["track"]) == {1, 2}
    assert (answers.looked, answers.notes) == (7, ())


def test_a_face_that_leaves_ends_its_track(leaving: Path, predictor: Predictor) -> None:
    tracks = answer_video(clips.opened(leaving), predictor).tracks()
    assert tracks["track"].tolist() == [1, 2]
    assert tracks["first"].tolist() == [0.0, 0.0]
    assert tracks["last"][0] == pytest.approx(1.5)
    assert 0.5 <= tracks["last"][1] <= 1.0


def test_a_small_face_and_a_dark_one_are_noted(tmp_path: Path, predictor: Predictor) -> None:
    video = clips.opened(clips.write(tmp_path / "dark.mp4", lambda number: [("happy", 200, 100)], 3, light=0.25))
    assert set(answer_video(video, predictor).rows["quality"]) == {"dark"}


def test_a_video_without_a_face_says_so(tmp_path: Path, predictor: Predictor) -> None:
    answers = answer_video(clips.opened(clips.write(tmp_path / "grey.mp4", lambda number: [], 12)), predictor)
    assert answers.rows.empty
    assert answers.rows.columns.tolist() == columns(FIVE)
    assert (answers.peaks(), answers.marks(), len(answers.tracks())) == ({}, {}, 0)
    assert answers.csv().splitlines() == [",".join(columns(FIVE))]
    assert [note.split(";")[0] for note in answers.notes] == ["No face was found in grey.mp4"]


def test_a_video_that_ends_early_is_answered_so_far(leaving: Path, predictor: Predictor) -> None:
    video = in_memory(damaged(leaving.read_bytes()), name="cut.mp4")
    answers = answer_video(video, predictor)
    assert 0 < answers.looked < 14
    assert answers.notes[0].startswith("cut.mp4 says that it is 1.6 s long, but nothing can be decoded after")


def damaged(content: bytes) -> bytes:
    """The second half of the pictures is zeros; the list of frames, which stands at the end, is whole."""
    start, end = content.index(b"mdat") + 4, content.rindex(b"moov") - 4
    middle = (start + end) // 2
    return content[:middle] + bytes(end - middle) + content[end:]


def test_work_ends_when_it_is_asked_to(leaving: Path, predictor: Predictor) -> None:
    shares: list[float] = []

    def progress(share: float, text: str) -> None:
        shares.append(share)
        if len(shares) == 4:
            raise Stopped

    with pytest.raises(Stopped):
        answer_video(clips.opened(leaving), predictor, progress=progress)
    assert shares == [1 / 16, 2 / 16, 3 / 16, 4 / 16]


@pytest.fixture
def known(leaving: Path) -> VideoAnswers:
    """Two rows of one track, with a class whose name is a formula."""
    table = pd.DataFrame(
        {
            "frame": [0, 1],
            "seconds": [0.0, 0.1],
            "track": [1, 1],
            **{key: [10, 10] for key in ("left", "top", "width", "height")},
            "score": [0.9, 0.9],
            "label": ["=1+1", "happy"],
            "sure": [True, False],
            "p_=1+1": [0.8, 0.4],
            "p_happy": [0.2, 0.6],
            "smoothed_label": ["=1+1", "=1+1"],
            "smoothed_=1+1": [0.8, 0.55],
            "smoothed_happy": [0.2, 0.45],
            "quality": ["", "small, dark"],
        }
    )
    facts = clips.opened(leaving).facts
    return VideoAnswers(facts, ("=1+1", "happy"), 1, 2, 0.1, 0.6, table, np.zeros((2, 5, 2), np.float32), np.ones(2, bool))


def test_peaks_and_marks_are_of_smoothed_answers(known: VideoAnswers) -> None:
    assert known.peaks() == {"=1+1": answering.Peak(1, 0, 0.0, 0.8), "happy": answering.Peak(1, 1, 0.1, 0.45)}
    assert [[mark.text for mark in marks] for marks in known.marks().values()] == [["1 =1+1 80%"], ["1 =1+1? 55%"]]


def test_no_cell_of_the_csv_is_a_formula(known: VideoAnswers) -> None:
    lines = known.csv().splitlines()
    assert lines[0].split(",")[:3] == ["frame", "seconds", "track"]
    assert lines[1].split(",")[8] == "'=1+1"
    assert lines[2].endswith('"small, dark"')
    assert not [cell for line in lines for cell in line.split(",") if cell.startswith("=")]
