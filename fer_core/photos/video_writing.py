"""A video with a labelled frame around each face, written as MP4."""

from __future__ import annotations

import contextlib
import importlib.util
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from fer_core.errors import PhotoError
from fer_core.files import write_output
from fer_core.photos.annotation import Mark, annotate
from fer_core.photos.video import Video, quiet
from fer_core.progress import Progress, silent

LEAST_SIDE = 640
"""Longer side in pixels of what is written at least, so that labels can be read."""

RATE = 25.0
"""Frames in a second where the file does not say it."""

_Put = Callable[[NDArray[np.uint8]], object]


def write_annotated(
    video: Video, marks: Mapping[int, Sequence[Mark]], path: Path, *, every: int = 1, progress: Progress = silent
) -> None:
    """Go through a video once more and write it with its marks, one frame in memory at a time, without its sound.

    Frames are repeated or left out so that the constant rate of the new file keeps the times of the old one.

    Args:
        video: the file.
        marks: {number of a frame: its faces}.
        path: ends in .mp4; its folder exists.
        every: as the marks were made; other frames are left out.
        progress: called after each frame; what it raises ends the work, and no file is left.

    Raises:
        InputError: the file cannot be written.
        PhotoError: no encoder can write it.
    """
    write_output(path, lambda temporary: _write(video, marks, temporary, every, progress))


def _write(video: Video, marks: Mapping[int, Sequence[Mark]], path: Path, every: int, progress: Progress) -> None:
    rate = (video.facts.rate or RATE) / every
    written = 0
    put: _Put | None = None
    with contextlib.ExitStack() as stack:
        for frame in video.frames(every=every):
            drawn = annotate(frame.pixels, marks.get(frame.number, ()), least_side=LEAST_SIDE)
            # Encoders want even sides.
            drawn = np.ascontiguousarray(drawn[: drawn.shape[0] // 2 * 2, : drawn.shape[1] // 2 * 2])
            if put is None:
                put = stack.enter_context(_writer(path, (drawn.shape[1], drawn.shape[0]), rate))
            wanted = max(written, round(frame.seconds * rate) + 1)
            for _ in range(wanted - written):
                put(drawn)
            written = wanted
            progress(min((frame.number + 1) / video.facts.frames, 0.99) if video.facts.frames else 0.5, "The video is written")


@contextlib.contextmanager
def _writer(path: Path, size: tuple[int, int], rate: float) -> Iterator[_Put]:
    """What takes RGB frames of one size: H.264 where imageio-ffmpeg is installed, which browsers play, otherwise MPEG-4."""
    if importlib.util.find_spec("imageio_ffmpeg"):
        import imageio_ffmpeg

        frames = imageio_ffmpeg.write_frames(
            str(path.absolute()), size, fps=rate, codec="libx264", macro_block_size=2, ffmpeg_log_level="quiet"
        )
        frames.send(None)
        try:
            yield lambda pixels: frames.send(pixels)
        except OSError as error:
            raise PhotoError(f"The video cannot be encoded as {path.suffix}; leave --annotated out and try again.") from error
        finally:
            frames.close()
        return
    with quiet():
        writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"mp4v"), rate, size)
    if not writer.isOpened():
        raise PhotoError("This build of OpenCV cannot write MP4; install imageio-ffmpeg, or leave --annotated out.")
    try:
        yield lambda pixels: writer.write(cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR))
    finally:
        writer.release()
