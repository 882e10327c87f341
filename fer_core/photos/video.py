"""A video file -> upright RGB frames with their times, one after the other, or one sentence that says why not.

OpenCV decodes with FFmpeg, from what is open already or lies in memory: nothing is copied to disk, and no address that a file
names is followed.
"""

from __future__ import annotations

import contextlib
import io
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import cv2
import numpy as np
from numpy.typing import NDArray

from fer_core.errors import InputError, PhotoError
from fer_core.files import open_regular
from fer_core.photos.reading import MIN_SIDE, short_name
from fer_core.settings import settings

SUFFIXES = (".mp4", ".m4v", ".mov", ".3gp", ".webm", ".mkv", ".avi", ".mpg", ".mpeg", ".ts", ".wmv", ".flv", ".ogv")
"""Endings, in lower case, of video files."""

READABLE = "MP4, MOV, WebM, MKV or AVI"

# How files of each container begin. Playlists, such as HLS, are not among them: FFmpeg would open what they name.
_CONTAINERS = re.compile(
    rb".{4}(?:ftyp|moov|mdat|wide|free|skip|pnot)|\x1a\x45\xdf\xa3|RIFF.{4}AVI |OggS|FLV\x01|\x00\x00\x01[\xba\xb3]"
    rb"|\x30\x26\xb2\x75\x8e\x66\xcf\x11|\x47.{187}\x47",
    re.DOTALL,
)
_SOUND = re.compile(rb"ID3|\xff[\xe2-\xfb]|RIFF.{4}WAVE|fLaC|#!AMR", re.DOTALL)
_HEAD = 4096

SHORT = 0.9
"""A video that ends before this share of the length that it names is damaged or cut off."""

_BACK = 2.0
"""Seconds before a wanted frame to which a file is wound; from there on its frames are counted by their own times."""


@dataclass(frozen=True)
class Frame:
    """One frame of a video.

    Attributes:
        number: from 0, counted over all frames of the file.
        seconds: since the first frame, as the file says it, however far its frames lie apart.
        pixels: (H, W, 3) uint8 RGB, upright.
    """

    number: int
    seconds: float
    pixels: NDArray[np.uint8]


@dataclass(frozen=True)
class VideoFacts:
    """What a video file says of itself.

    Attributes:
        name: of the file.
        width: in pixels, upright.
        height: in pixels, upright.
        frames: as many as it names; some kinds of files only estimate it, and 0 stands for unknown.
        rate: frames in a second, on average; 0 where it is unknown.
        rotation: degrees by which its frames are turned upright, as its metadata say.
    """

    name: str
    width: int
    height: int
    frames: int
    rate: float
    rotation: int

    @property
    def seconds(self) -> float:
        """How long it is, as it says; 0 for unknown."""
        return self.frames / self.rate if self.rate > 0 else 0.0


class Video:
    """An open video, which can be gone through as often as wanted.

    Args:
        source: an open file, or one in memory.
        name: of the file, for sentences.

    Raises:
        PhotoError: the file is empty, damaged or no video, holds sound alone, or its frames are beyond a limit of the settings.
    """

    def __init__(self, source: BinaryIO, *, name: str) -> None:
        self._source, self._name = source, short_name(name)
        capture = self._open()
        width, height = (int(capture.get(key)) for key in (cv2.CAP_PROP_FRAME_WIDTH, cv2.CAP_PROP_FRAME_HEIGHT))
        frames, rate = capture.get(cv2.CAP_PROP_FRAME_COUNT), capture.get(cv2.CAP_PROP_FPS)
        turned = round(capture.get(cv2.CAP_PROP_ORIENTATION_META)) % 360
        capture.release()
        if width * height > settings().max_photo_pixels:
            raise PhotoError(f"{self._name} has frames of {width:,} x {height:,} pixels, more than are read; shrink it.")
        if min(width, height) < MIN_SIDE:
            raise PhotoError(f"{self._name} has frames of only {width} x {height} pixels; choose a larger video.")
        known = 0 < frames < 1e9 and 0 < rate < 1e4
        self.facts = VideoFacts(self._name, width, height, int(frames) if known else 0, float(rate) if known else 0.0, turned)

    def frames(self, *, every: int = 1) -> Iterator[Frame]:
        """Frames from the first to the last, one in memory at a time.

        Args:
            every: a frame is given whose number is a multiple of this; the others are passed over.

        Raises:
            InputError: `every` is below 1.
            PhotoError: not one frame can be decoded.
        """
        if every < 1:
            raise InputError(f"every must be at least 1; got {every}.")
        capture = self._open()
        try:
            number = 0
            while capture.grab():
                if number % every == 0:
                    yield Frame(number, *self._retrieved(capture))
                number += 1
            if number == 0:
                raise PhotoError(f"No frame of {self._name} can be decoded; save it again as MP4 (H.264) and try again.")
        finally:
            capture.release()

    def at(self, number: int, seconds: float) -> Frame:
        """One frame, by the number and the time that `frames` gave it.

        Raises:
            PhotoError: there is no such frame.
        """
        capture = self._open()
        try:
            # OpenCV winds by a constant rate, which a file need not have; where it went too far, all is gone through.
            if seconds > _BACK:
                capture.set(cv2.CAP_PROP_POS_MSEC, 1000 * (seconds - _BACK))
            began = False
            while capture.grab():
                now = capture.get(cv2.CAP_PROP_POS_MSEC) / 1000
                if not began and now > seconds + 1e-4:
                    capture.release()
                    capture = self._open()
                    began = True
                    continue
                began = True
                if now >= seconds - 1e-4:
                    return Frame(number, *self._retrieved(capture))
        finally:
            capture.release()
        raise PhotoError(f"{self._name} has no frame at {seconds:.2f} s; choose another one.")

    def _retrieved(self, capture: cv2.VideoCapture) -> tuple[float, NDArray[np.uint8]]:
        """Time in seconds and pixels of the frame that was grabbed last."""
        whole, pixels = capture.retrieve()
        if not whole:
            raise PhotoError(f"{self._name} is damaged; save it again as MP4 (H.264) and try again.")
        if pixels.shape[0] * pixels.shape[1] > settings().max_photo_pixels:
            raise PhotoError(f"{self._name} has frames with more pixels than are read; shrink it and try again.")
        return capture.get(cv2.CAP_PROP_POS_MSEC) / 1000, np.asarray(cv2.cvtColor(pixels, cv2.COLOR_BGR2RGB), np.uint8)

    def _open(self) -> cv2.VideoCapture:
        self._source.seek(0)
        head = self._source.read(_HEAD)
        if not head:
            raise PhotoError(f"{self._name} is empty; choose another file.")
        if _SOUND.match(head):
            raise PhotoError(f"{self._name} holds sound and no picture; choose a video.")
        if not _CONTAINERS.match(head):
            raise PhotoError(f"{self._name} is not a video that can be read here; choose a {READABLE} file.")
        self._source.seek(0)
        with quiet():
            capture = cv2.VideoCapture(self._source, cv2.CAP_FFMPEG, [])  # type: ignore[call-overload]
        if not capture.isOpened():
            raise PhotoError(self._fault())
        return capture

    def _fault(self) -> str:
        """Why a file of a known kind cannot be opened: it has sound alone, or is damaged."""
        self._source.seek(0)
        content = self._source.read(settings().max_video_bytes)
        handlers = set(re.findall(rb"hdlr.{8}(vide|soun)", content, re.DOTALL))
        codecs = set(re.findall(rb"\x86[\x84-\x9f]([AV])_[A-Z]", content[:1_000_000]))
        if handlers == {b"soun"} or codecs == {b"A"} or (content.startswith(b"OggS") and b"theora" not in content[:_HEAD]):
            return f"{self._name} holds sound and no picture; choose a video."
        return f"{self._name} is damaged, cut off or of a kind that cannot be read; save it again as MP4 (H.264) and try again."


@contextlib.contextmanager
def open_file(path: Path) -> Iterator[Video]:
    """Open a video for the block.

    Raises:
        PhotoError: the file is missing, or as `Video`.
    """
    try:
        file = open_regular(path)
    except (OSError, ValueError, InputError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not a file"
        raise PhotoError(f"{short_name(path.name)} cannot be opened ({reason}); check the path.") from error
    with file:
        yield Video(file, name=path.name)


def in_memory(data: bytes, *, name: str) -> Video:
    """Open a video whose bytes are in memory; they are neither copied nor written.

    Raises:
        PhotoError: it is over the limit of the settings, or as `Video`.
    """
    most = settings().max_video_bytes
    if len(data) > most:
        raise PhotoError(
            f"{short_name(name)} has {len(data) / 1e6:,.0f} MB, more than the {most / 1e6:,.0f} MB that are read; "
            "cut it or save it smaller, or use the command `video`, which has no such limit."
        )
    return Video(io.BytesIO(data), name=name)


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Have OpenCV and FFmpeg not say on stderr why they cannot open a file, from the first file of the process on.

    FFmpeg's level is read once, when the first file is opened for reading or writing.
    """
    os.environ.setdefault("OPENCV_FFMPEG_LOGLEVEL", "-8")
    level = cv2.utils.logging.getLogLevel()
    cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)
    try:
        yield
    finally:
        cv2.utils.logging.setLogLevel(level)
