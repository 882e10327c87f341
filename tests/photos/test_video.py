"""Videos: frames in order with their own times, upright, and a sentence for every file that cannot be read."""

from __future__ import annotations

import subprocess
from pathlib import Path

import clips
import cv2
import numpy as np
import pytest

from fer_core.errors import InputError, PhotoError
from fer_core.photos.annotation import Mark
from fer_core.photos.video import in_memory, open_file
from fer_core.photos.video_writing import write_annotated


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """20 frames, 10 a second: a face that walks right."""
    return clips.write(tmp_path_factory.mktemp("clip") / "walk.mp4", lambda number: [("happy", 20 * number, 100)], 20)


def ffmpeg(*arguments: str | Path) -> None:
    imageio_ffmpeg = pytest.importorskip("imageio_ffmpeg")
    words = [imageio_ffmpeg.get_ffmpeg_exe(), "-loglevel", "error", "-y", *map(str, arguments)]
    subprocess.run(words, check=True, timeout=60)


def test_frames_come_in_order_with_their_times(clip: Path) -> None:
    video = clips.opened(clip)
    frames = list(video.frames())
    assert (video.facts.frames, video.facts.width, video.facts.height, video.facts.rotation) == (20, 640, 360, 0)
    assert video.facts.seconds == pytest.approx(2.0)
    assert [frame.number for frame in frames] == list(range(20))
    np.testing.assert_allclose([frame.seconds for frame in frames], np.arange(20) / 10, atol=1e-6)
    for number in (0, 7, 19):
        expected = clips.frame([("happy", 20 * number, 100)])
        assert np.abs(frames[number].pixels.astype(int) - expected).mean() < 3


def test_every_third_frame_keeps_number_and_time(clip: Path) -> None:
    frames = list(clips.opened(clip).frames(every=3))
    assert [frame.number for frame in frames] == [0, 3, 6, 9, 12, 15, 18]
    assert frames[2].seconds == pytest.approx(0.6)
    with pytest.raises(InputError, match="every must be at least 1; got 0"):
        next(clips.opened(clip).frames(every=0))


def test_a_file_gives_the_same_frames_as_its_bytes(clip: Path) -> None:
    with open_file(clip) as video:
        pairs = list(zip(video.frames(every=5), clips.opened(clip).frames(every=5), strict=True))
    assert len(pairs) == 4
    assert all(np.array_equal(one.pixels, other.pixels) for one, other in pairs)


def test_metadata_that_turn_the_video_are_followed(clip: Path, tmp_path: Path) -> None:
    turned = tmp_path / "turned.mp4"
    ffmpeg("-display_rotation", "90", "-i", clip, "-c", "copy", turned)
    video = clips.opened(turned)
    assert (video.facts.width, video.facts.height, video.facts.rotation) == (360, 640, 270)
    upright = next(video.frames()).pixels
    plain = next(clips.opened(clip).frames()).pixels
    assert np.abs(upright.astype(int) - np.rot90(plain).astype(int)).mean() < 3


@pytest.mark.parametrize("suffix", ["mp4", "webm"])
def test_times_of_a_variable_rate_are_those_of_the_file(clip: Path, tmp_path: Path, suffix: str) -> None:
    varied = tmp_path / f"varied.{suffix}"
    ffmpeg("-i", clip, "-vf", "select='lt(n,8)+not(mod(n,4))'", "-fps_mode", "vfr", varied)
    video = clips.opened(varied)
    frames = list(video.frames())
    expected = [0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 1.2, 1.6]
    np.testing.assert_allclose([frame.seconds for frame in frames], expected, atol=2e-3)
    for frame in (frames[4], frames[9], frames[10]):
        again = video.at(frame.number, frame.seconds)
        assert again.seconds == frame.seconds
        assert np.array_equal(again.pixels, frame.pixels)


def test_a_frame_is_found_again_in_a_long_clip(tmp_path: Path) -> None:
    video = clips.opened(clips.write(tmp_path / "long.mp4", lambda number: [("happy", 5 * number, 100)], 80))
    frames = {frame.number: frame for frame in video.frames(every=26)}
    for number, frame in frames.items():
        assert np.array_equal(video.at(number, frame.seconds).pixels, frame.pixels)
    with pytest.raises(PhotoError, match=r"has no frame at 9\.00 s"):
        video.at(90, 9.0)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "bad.mp4 is empty; choose another file."),
        (b"no video" * 50, "bad.mp4 is not a video that can be read here; choose a MP4, MOV, WebM, MKV or AVI file."),
        (b"#EXTM3U\nfile:///etc/passwd\n", "bad.mp4 is not a video that can be read here"),
        (b"RIFF\x00\x00\x00\x00WAVEfmt ", "bad.mp4 holds sound and no picture; choose a video."),
        (b"\x00\x00\x00\x18ftypisom" + bytes(400), "bad.mp4 is damaged, cut off or of a kind that cannot be read"),
        (b"\x1a\x45\xdf\xa3" + bytes(400), "bad.mp4 is damaged, cut off or of a kind that cannot be read"),
    ],
    ids=["empty", "text", "playlist", "wave", "mp4", "webm"],
)
def test_what_is_no_video_is_said_in_a_sentence(content: bytes, sentence: str, capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(PhotoError) as error:
        in_memory(content, name="folder/bad.mp4")
    assert str(error.value).startswith(sentence)
    assert capfd.readouterr().err == ""


def test_a_clip_whose_end_is_missing_cannot_be_opened(clip: Path) -> None:
    with pytest.raises(PhotoError, match="damaged, cut off"):
        in_memory(clip.read_bytes()[:-2000], name="cut.mp4")


@pytest.mark.parametrize("name", ["sound.m4a", "sound.webm", "sound.ogg", "sound.wav"])
def test_sound_alone_is_no_video(tmp_path: Path, name: str) -> None:
    ffmpeg("-f", "lavfi", "-i", "sine=d=1", tmp_path / name)
    with pytest.raises(PhotoError, match="holds sound and no picture"):
        in_memory((tmp_path / name).read_bytes(), name=name)


def test_limits_are_kept(clip: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FER_MAX_PHOTO_PIXELS", "100000")
    with pytest.raises(PhotoError, match="frames of 640 x 360 pixels, more than are read"):
        clips.opened(clip)
    monkeypatch.setenv("FER_MAX_VIDEO_BYTES", "1000")
    with pytest.raises(PhotoError, match="more than the 0 MB that are read"):
        clips.opened(clip)


@pytest.mark.parametrize("path", ["", "nothing.mp4"], ids=["folder", "missing"])
def test_what_is_no_file_is_said_in_a_sentence(tmp_path: Path, path: str) -> None:
    with pytest.raises(PhotoError, match=r"cannot be opened .*; check the path"), open_file(tmp_path / path):
        pass


@pytest.mark.parametrize("encoder", ["imageio-ffmpeg", "OpenCV"])
def test_an_annotated_video_keeps_times_and_shows_marks(
    clip: Path, tmp_path: Path, encoder: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if encoder == "OpenCV":
        monkeypatch.setattr("fer_core.photos.video_writing.importlib.util.find_spec", lambda name: None)
    else:
        pytest.importorskip("imageio_ffmpeg")
    out = tmp_path / "out.mp4"
    marks = {number: [Mark((200, 100, 200, 150), "1 Happy 93%", "#FF0000")] for number in range(10, 20)}
    write_annotated(clips.opened(clip), marks, out)
    frames = list(clips.opened(out).frames())
    assert [round(frame.seconds, 3) for frame in frames] == [number / 10 for number in range(20)]

    def red(pixels: np.ndarray) -> float:
        return float(((pixels[..., 0] > 180) & (pixels[..., 1] < 90)).mean())

    assert red(frames[5].pixels) == 0
    assert red(frames[15].pixels) > 0.005


def test_an_annotated_video_that_is_stopped_leaves_no_file(clip: Path, tmp_path: Path) -> None:
    def stop(share: float, text: str) -> None:
        if share > 0.3:
            raise InputError("enough")

    with pytest.raises(InputError, match="enough"):
        write_annotated(clips.opened(clip), {}, tmp_path / "out.mp4", progress=stop)
    assert list(tmp_path.iterdir()) == []


def test_opencv_reads_videos_from_memory() -> None:
    assert cv2.CAP_FFMPEG in cv2.videoio_registry.getStreamBufferedBackends()
