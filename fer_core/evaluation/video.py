"""What a run answers for the faces of a video: a row for each face and frame, smoothed over time, and where each class peaks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from fer_core import numbers
from fer_core.escape import cell
from fer_core.labels import colour, display_name
from fer_core.photos.annotation import Mark
from fer_core.photos.faces import SMALL_BOX, Face, face_at
from fer_core.photos.video import SHORT, Frame, Video, VideoFacts
from fer_core.photos.video_faces import FaceFinder, Seen
from fer_core.predictor import Answer, Predictor, answer_faces
from fer_core.progress import Progress, silent

SMOOTHING = 0.4
"""Time constant in seconds of the smoothed probabilities, as *Live* begins with."""

_BATCH = 48
"""Faces that are answered together; of their frames nothing else is kept."""


@dataclass(frozen=True)
class Peak:
    """Where a class is most probable.

    Attributes:
        track: number of the face's track.
        frame: number of the frame.
        seconds: of the frame.
        probability: smoothed, 0 to 1.
    """

    track: int
    frame: int
    seconds: float
    probability: float


@dataclass(frozen=True)
class VideoAnswers:
    """A run's answers for a video.

    Attributes:
        facts: what the file says of itself.
        classes: of the run.
        every: a frame was looked at whose number is a multiple of this.
        looked: frames that were looked at.
        seconds: time of the last frame that was looked at.
        threshold: least probability of a sure answer.
        rows: one a face and frame, by frame and track: frame, seconds, track, left, top, width, height (pixels of the upright
            frame), score, label, sure, p_CLASS (calibrated), smoothed_label, smoothed_CLASS, quality (words, comma between).
        landmarks: (rows, 5, 2) float32, from which a face can be cropped again.
        quick: (rows,) bool, whose landmarks they are, as `faces.face_at` wants to know.
        notes: sentences on what the answers lack.
    """

    facts: VideoFacts
    classes: tuple[str, ...]
    every: int
    looked: int
    seconds: float
    threshold: float
    rows: pd.DataFrame
    landmarks: NDArray[np.float32] = field(repr=False)
    quick: NDArray[np.bool_] = field(repr=False)
    notes: tuple[str, ...] = ()

    def face(self, place: int, frame: Frame) -> Face:
        """The face of the row at a place, cropped anew from its frame."""
        row = self.rows.iloc[place]
        left, top, width, height = (float(row[name]) for name in ("left", "top", "width", "height"))
        box = np.array([left, top, left + width, top + height, row["score"]], np.float32)
        return face_at(frame.pixels, box, self.landmarks[place], quick=bool(self.quick[place]))

    def peaks(self) -> dict[str, Peak]:
        """{class: where its smoothed probability is largest}, the first of equals; empty without a face."""
        if self.rows.empty:
            return {}
        best = {name: self.rows.iloc[int(self.rows[f"smoothed_{name}"].to_numpy().argmax())] for name in self.classes}
        return {
            name: Peak(int(row["track"]), int(row["frame"]), float(row["seconds"]), float(row[f"smoothed_{name}"]))
            for name, row in best.items()
        }

    def marks(self, frame: int | None = None) -> dict[int, list[Mark]]:
        """{number of a frame: a mark for each of its faces}, with the smoothed answer: `2 Happy 93%`, `2 Fear? 31%`.

        Args:
            frame: number of the only frame that is wanted; None for all.
        """
        by_frame: dict[int, list[Mark]] = {}
        rows = self.rows if frame is None else self.rows[self.rows["frame"] == frame]
        smoothed = rows[[f"smoothed_{name}" for name in self.classes]].max(axis=1)
        for row, share in zip(rows.to_dict("records"), smoothed, strict=True):
            doubt = "" if share >= self.threshold else "?"
            text = f"{row['track']} {display_name(row['smoothed_label'])}{doubt} {numbers.percent(share, 0)}"
            box = (row["left"], row["top"], row["width"], row["height"])
            by_frame.setdefault(row["frame"], []).append(Mark(box, text, colour(row["smoothed_label"], self.classes)))
        return by_frame

    def csv(self) -> str:
        """The rows as a table for spreadsheets, in which no name is a formula."""
        names = ["label", "smoothed_label"]
        return self.rows.assign(**{name: self.rows[name].map(cell) for name in names}).to_csv(index=False)

    def tracks(self) -> pd.DataFrame:
        """One row a track: track, rows, first and last (seconds), label (most probable on average)."""
        means = [f"p_{name}" for name in self.classes]
        groups = self.rows.groupby("track", sort=True)
        table = groups.agg(rows=("frame", "size"), first=("seconds", "min"), last=("seconds", "max"))
        table["label"] = [self.classes[place] for place in groups[means].mean().to_numpy().reshape(-1, len(means)).argmax(axis=1)]
        return table.reset_index()


def answer_video(
    video: Video, predictor: Predictor, *, every: int = 1, smoothing: float = SMOOTHING, progress: Progress = silent
) -> VideoAnswers:
    """Find, follow and answer all faces of a video, as photos are answered; a few frames' faces are in memory at a time.

    Args:
        video: the file.
        predictor: the run.
        every: a frame is looked at whose number is a multiple of this.
        smoothing: time constant in seconds; 0 leaves probabilities as they are.
        progress: called after each frame; what it raises ends the work.

    Raises:
        InputError: `every` is below 1.
        PhotoError: not one frame can be decoded.
        Stopped: `progress` wanted it.
    """
    finder = FaceFinder()
    waiting: list[tuple[int, float, Seen]] = []
    rows: list[dict[str, Any]] = []
    landmarks: list[NDArray[np.float32]] = []
    quick: list[bool] = []
    looked, last = 0, (0, 0.0)

    def answer() -> None:
        given = answer_faces([seen.face for _, _, seen in waiting], predictor)
        for (number, seconds, seen), one in zip(waiting, given, strict=True):
            rows.append(_row(number, seconds, seen, one))
            landmarks.append(seen.face.landmarks)
            quick.append(seen.quick)
        waiting.clear()

    for frame in video.frames(every=every):
        waiting += [(frame.number, frame.seconds, seen) for seen in finder(frame)]
        looked, last = looked + 1, (frame.number, frame.seconds)
        if len(waiting) >= _BATCH:
            answer()
        progress(_share(video.facts, frame.number + 1), f"{numbers.duration(frame.seconds)} of the video, {looked:,} frames")
    answer()
    table = _table(rows, predictor.classes, smoothing)
    return VideoAnswers(
        video.facts,
        predictor.classes,
        every,
        looked,
        last[1],
        predictor.calibration.threshold,
        table,
        np.array(landmarks, np.float32).reshape(-1, 5, 2),
        np.array(quick, bool),
        tuple(_notes(video.facts, every, last, table)),
    )


def smooth(
    probabilities: NDArray[np.float64], seconds: NDArray[np.float64], tracks: NDArray[np.int64], constant: float
) -> NDArray[np.float64]:
    """Running mean of each track that forgets: a step dt later, the new value has the share 1 - exp(-dt / constant).

    Args:
        probabilities: (n, C), in the order of time.
        seconds: (n,) time of each row.
        tracks: (n,) number of its track.
        constant: time constant in seconds; 0 leaves probabilities as they are.

    Returns:
        (n, C); the first row of a track is as it was, and each row sums to what it summed to.
    """
    smoothed = probabilities.copy()
    before: dict[int, int] = {}
    for place, track in enumerate(tracks.tolist()):
        if track in before and constant > 0:
            known = before[track]
            share = -np.expm1(-(seconds[place] - seconds[known]) / constant)
            smoothed[place] = smoothed[known] + share * (probabilities[place] - smoothed[known])
        before[track] = place
    return smoothed


def columns(classes: Sequence[str]) -> list[str]:
    """Names of the columns of `VideoAnswers.rows`, in their order."""
    start = ["frame", "seconds", "track", "left", "top", "width", "height", "score", "label", "sure"]
    return [*start, *(f"p_{name}" for name in classes), "smoothed_label", *(f"smoothed_{name}" for name in classes), "quality"]


def _row(number: int, seconds: float, seen: Seen, answer: Answer) -> dict[str, Any]:
    box = zip(("left", "top", "width", "height"), map(int, seen.face.box), strict=True)
    start = {"frame": number, "seconds": seconds, "track": seen.track, **dict(box), "score": seen.face.score}
    shares = {f"p_{name}": value for name, value in answer.probabilities.items()}
    return {**start, "label": answer.label, "sure": answer.sure, **shares, "quality": ", ".join(seen.face.quality)}


def _table(rows: list[dict[str, Any]], classes: tuple[str, ...], smoothing: float) -> pd.DataFrame:
    if not rows:
        return pd.DataFrame({name: [] for name in columns(classes)})
    table = pd.DataFrame(rows)
    raw = table[[f"p_{name}" for name in classes]].to_numpy(np.float64)
    smoothed = smooth(raw, table["seconds"].to_numpy(np.float64), table["track"].to_numpy(np.int64), smoothing)
    table[[f"smoothed_{name}" for name in classes]] = smoothed
    table["smoothed_label"] = [classes[place] for place in smoothed.argmax(axis=1)]
    return table[columns(classes)]


def _share(facts: VideoFacts, read: int) -> float:
    """Share of the frames that were read; a file that does not say how many it has stays at the half."""
    return min(read / facts.frames, 0.99) if facts.frames else 0.5


def _notes(facts: VideoFacts, every: int, last: tuple[int, float], table: pd.DataFrame) -> Iterator[str]:
    step = every / facts.rate if facts.rate else 0.0
    if facts.seconds and last[1] + step < SHORT * facts.seconds:
        yield (
            f"{facts.name} says that it is {facts.seconds:.1f} s long, but nothing can be decoded after {last[1]:.1f} s: "
            "it is damaged or cut off."
        )
    if table.empty:
        yield (
            f"No face was found in {facts.name}; faces should be at least {SMALL_BOX} pixels wide, lit, and turned to the "
            "camera, in a video that stands upright."
        )
