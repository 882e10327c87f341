"""The tab Video of Photo, opened through the frame, with a tiny network that really answers."""

from __future__ import annotations

from pathlib import Path

import clips
import pytest
from streamlit.testing.v1 import AppTest
from views import button, checked, component, press, view, words

from fer_core.runs import Run
from pages.try_it.parts import intake, video_answers

pytestmark = pytest.mark.usefixtures("no_bundled_run")


@pytest.fixture
def run(answering_run: Run) -> Run:
    """Ended, with a network; temperature 1.5, threshold 0.3, flip."""
    return answering_run


@pytest.fixture
def clip(tmp_path: Path) -> tuple[str, bytes, str]:
    path = clips.write(tmp_path / "two_[faces].mp4", clips.one_leaves, 12)
    return path.name, path.read_bytes(), "video/mp4"


def upload(app: str, file: tuple[str, bytes, str]) -> AppTest:
    at = view(app, "try_it/photo#Video")
    at = at.file_uploader[0].set_value(file).run()
    assert not at.exception
    return at


def test_before_a_video_there_is_a_drawn_one(app, run):
    at = view(app, "try_it/photo#Video")
    shown = words(at)
    assert "Choose a video, or try a drawn one" in shown
    assert "**Videos stay in memory.**" in shown
    assert button(at, "Forget everything").disabled
    at = checked(press(at, "Drawn clip"))
    faces = component(at, "video_tracks")["cells"]
    assert [f'alt="Face {track}"' in faces for track in (1, 2, 3)] == [True, True, False]
    assert faces.count("class=chosen") == 1
    assert at.dataframe[0].value["rows"].tolist() == [30, 30]


def test_faces_are_followed_and_answered(app, run, clip):
    at = checked(upload(app, clip))
    table = at.dataframe[0].value
    assert table["track"].tolist() == [1, 2]
    assert table["rows"].tolist()[0] == 12
    assert table["rows"].tolist()[1] < 12
    answers = next(iter(at.session_state[intake.FILM].answers.values()))
    assert len(answers.rows) == table["rows"].sum()
    assert [download.label for download in at.get("download_button")] == [
        "Overlay (PNG)",
        f"Download {len(answers.rows)} rows (CSV)",
    ]
    top = max(answers.peaks().items(), key=lambda item: item[1].probability)
    assert f"**{top[0].capitalize()} shows most at {top[1].seconds:.1f} s" in words(at)


def test_the_cursor_moves_to_another_frame(app, run, clip):
    at = upload(app, clip)
    at = checked(at.slider(key=video_answers.SECONDS).set_value(0.5).run())
    captions = [caption for image in at.image for caption in image.captions]
    assert "Frame 5 at 0.50 s" in captions
    assert "What the network gets" in captions
    at.session_state[video_answers.TRACK] = 2
    at = checked(at.run())
    assert any(caption.startswith("Frame ") for image in at.image for caption in image.captions)
    assert component(at, "video_tracks")["cells"].index("class=chosen") > component(at, "video_tracks")["cells"].index("Face 1")


def test_every_second_frame(app, run, clip):
    at = upload(app, clip)
    at = checked(at.selectbox(key="video_every").set_value(2).run())
    assert at.dataframe[0].value["rows"].tolist()[0] == 6


@pytest.mark.parametrize(
    ("content", "sentence"),
    [(b"no video" * 40, "is not a video that can be read here"), (b"", "is empty; choose another file")],
)
def test_what_cannot_be_read_is_said(app, run, content, sentence):
    at = upload(app, ("bad_*.mp4", content, "video/mp4"))
    assert [sentence in error.value for error in at.error] == [True]
    assert r"bad\_\*.mp4" in at.error[0].value


def test_a_video_without_a_face_says_so(app, run, tmp_path):
    path = clips.write(tmp_path / "grey.mp4", lambda number: [], 5)
    at = upload(app, (path.name, path.read_bytes(), "video/mp4"))
    assert [warning.value.split(";")[0] for warning in at.warning] == ["No face was found in grey.mp4"]
    assert len(at.dataframe) == 0


def test_stopped_work_begins_anew_when_asked(app, run, clip):
    at = upload(app, clip)
    held = at.session_state[intake.FILM]
    held.answers.clear()
    held.stopped = True
    at = checked(at.run())
    assert "Stopped: nothing of this video is answered yet." in words(at)
    at = checked(press(at, "Start again"))
    assert at.dataframe[0].value["track"].tolist() == [1, 2]


def test_forget_drops_the_video_and_what_was_made_of_it(app, run, clip):
    at = checked(press(upload(app, clip), "Forget everything"))
    assert intake.FILM not in at.session_state
    assert "_answers_and_maps" not in at.session_state
    assert "Choose a video" in words(at)
