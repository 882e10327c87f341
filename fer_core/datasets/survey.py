"""A look at a source before it is imported: its numbers, the codings that fit, and faces as they would be stored."""

from __future__ import annotations

import statistics
import warnings
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from PIL.Image import DecompressionBombWarning

from fer_core.datasets.codings import Coding, Naming, fitting, number_of
from fer_core.datasets.formats import open_source
from fer_core.datasets.framing import Framing, framed
from fer_core.datasets.harvest import Faces
from fer_core.datasets.images import Loaded, UnusableError, fit
from fer_core.datasets.naming import class_name
from fer_core.datasets.source import Record
from fer_core.photos.frame import FER, Frame
from fer_core.progress import Progress, silent
from fer_core.settings import settings

PER_CLASS, SHOWN = 5, 40
"""Faces of each label that are shown, and labels of which some are."""

STORED = 8
"""Faces that are shown as they would be stored."""

STRIP = 6
"""Pictures that are shown before and after their faces were found."""

PROBED = 50
"""Pictures at most whose size and colour are looked at."""

ROOM = 0.75
"""Finding faces is proposed where the face, as FER2013 frames it, takes less than this share of a picture's side (median).

Around the faces of a set that was cropped is as little as around FER2013's, whose share is 1.
"""

SMALLEST_SEARCHED = 96
"""Pixels of the shorter side from which on pictures are searched for faces: in smaller ones there is hardly more than a face."""

_BETWEEN_REPORTS = 2_000
_ENOUGH, _READ = 12, 0.5


@dataclass(frozen=True)
class SourceLabel:
    """A label as the source writes it.

    Attributes:
        written: on one line.
        n: samples that have it.
        name: the class that it stands for; empty for a number that nothing names.
        faces: at most 5 of them, none after the first 40 labels.
    """

    written: str
    n: int
    name: str
    faces: tuple[Loaded, ...]


@dataclass(frozen=True)
class Found:
    """A picture with and without its face found.

    Attributes:
        before: the picture, or its box, as it is.
        after: its face; None where none was found.
    """

    before: Loaded
    after: Loaded | None

    def whole(self, side: int) -> np.ndarray:
        """The whole picture, (side, side) or (side, side, 3) uint8, with mid-grey where it is no square."""
        height, width = self.before.picture.shape[:2]
        scale = side / max(height, width)
        size = max(1, round(width * scale)), max(1, round(height * scale))
        small = cv2.resize(self.before.picture, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC)
        square = np.full((side, side, *small.shape[2:]), 128, np.uint8)
        top, left = (side - size[1]) // 2, (side - size[0]) // 2
        square[top : top + size[1], left : left + size[0]] = small
        return square

    def stored(self, faces: Framing, frame: Frame) -> np.ndarray:
        """What an import stores of it, in this frame; mid-grey where that is nothing."""
        face = self.after if faces == "find" else self.before
        return np.full(frame.shape, 128, np.uint8) if face is None else face.fitted(frame)


@dataclass(frozen=True)
class Survey:
    """What a source holds, as far as the viewer has to know before it is imported.

    Attributes:
        title: what kind of source it is.
        labels: all labels, as often as they are there.
        numbers: class numbers of a source in which nothing names all of them, in order.
        codings: the codings that have all of them, those that have no others first.
        stored: at most 8 faces of different classes, as they would be stored.
        frame: size and colour that an import would choose by these pictures and some more.
        resized: whether one of these pictures has not that size.
        needs_crowd: whether votes are all that it says about a face.
        searched: pictures in which a face was looked for, at most 50; 0 where they are too small.
        found: how many of these show one.
        room: middle share of the picture's side that the face takes, as FER2013 frames it; 1 where none was found.
        strip: at most 6 of the searched pictures, before and after.
        found_frame: size and colour that an import would choose for the faces that are found.
    """

    title: str
    labels: tuple[SourceLabel, ...] = ()
    numbers: tuple[int, ...] = ()
    codings: tuple[Coding, ...] = ()
    stored: tuple[Loaded, ...] = ()
    frame: Frame = FER
    resized: bool = False
    needs_crowd: bool = False
    searched: int = 0
    found: int = 0
    room: float = 1.0
    strip: tuple[Found, ...] = ()
    found_frame: Frame = FER

    @property
    def proposed(self) -> Framing:
        """Find faces where most pictures show one with much around it, else take pictures as they are."""
        return "find" if self.found and 2 * self.found >= self.searched and self.room < ROOM else "as-is"

    @property
    def asks(self) -> bool:
        """Whether there is something to decide, or to see, before the import."""
        return bool(self.numbers) or self.resized or self.frame != FER or self.needs_crowd


def look(source: Path, naming: Naming | None = None, *, progress: Progress = silent) -> Survey:
    """Look at a source; nothing is written.

    Labels are read to the end, pictures are decoded for the few faces that are shown, and searched for faces in at most 50.

    Args:
        source: see `formats.open_source`.
        naming: names that were chosen already.
        progress: called with a fraction from 0 to 1 and a sentence.

    Raises:
        NotFoundError: there is no source at that path.
        ImportRefusedError: the source as a whole cannot be used.
    """
    given = naming or Naming()
    with open_source(source, fine=True) as opened, warnings.catch_warnings():
        warnings.simplefilter("ignore", DecompressionBombWarning)
        used = Naming(given.coding or opened.coding, given.words)
        counts: Counter[str] = Counter()
        faces: dict[str, list[Loaded]] = {}
        stored: dict[str, Loaded] = {}
        some = _Some()
        for row, record in enumerate(opened.records, start=1):
            if row > settings().max_rows or len(counts) > settings().max_classes:
                break
            if row % _BETWEEN_REPORTS == 0:
                progress(_READ * min(1.0, opened.position(row)), f"{row:,} samples seen")
            written = class_name(record.label)
            counts[written] += bool(written)
            if written and (written in faces or len(faces) < SHOWN) and len(faces.setdefault(written, [])) < PER_CLASS:
                faces[written] += [picture.cut() for picture in _pictures(record)]
            if len(stored) < STORED and record.label not in stored:
                for picture in _pictures(record):
                    stored[record.label] = picture.cut()
            some.offer(row, record)
        some.look(progress)
        frame = opened.card.origin.frame if opened.card else _frame(some.before)
        strip = some.strip()
    labels = [
        SourceLabel(written, n, used.name(written) or "", tuple(faces.get(written, ())))
        for written, n in counts.items()
        if written
    ]
    numbers = sorted(number for label in labels if (number := number_of(label.written)) is not None)
    nameless = numbers if any(not label.name for label in labels) else []
    return Survey(
        title=opened.title,
        labels=tuple(sorted(labels, key=lambda label: (number_of(label.written) or 0, label.written.lower()))),
        numbers=tuple(dict.fromkeys(nameless)),
        codings=tuple(fitting(nameless)) if nameless else (),
        stored=tuple(stored.values()),
        frame=frame,
        resized=any((face.width, face.height) != (frame.size, frame.size) for face in stored.values()),
        needs_crowd=opened.needs_crowd,
        searched=some.searched,
        found=len(some.after),
        room=some.room(),
        strip=strip,
        found_frame=_frame(list(some.after.values())) if some.after else frame,
    )


class _Some:
    """Records from all over a source, 25 to 50 of them: at each doubling of the step every second one is dropped.

    Attributes:
        before: their pictures, or boxes, as they are.
        after: the faces that were found {place in `before`: face}.
        searched: pictures in which one was looked for.
    """

    def __init__(self) -> None:
        self._records: list[Record] = []
        self._step = 1
        self.before: list[Loaded] = []
        self.after: dict[int, Loaded] = {}
        self.searched = 0

    def offer(self, row: int, record: Record) -> None:
        """Keep a record, or not."""
        if row % self._step:
            return
        self._records.append(record)
        if len(self._records) > PROBED:
            self._step *= 2
            self._records = self._records[1::2]

    def look(self, progress: Progress) -> None:
        """Read their pictures, and look for the faces in those that are large enough to show more than one.

        Where the first twelve show none, the others are taken for the same.
        """
        for place, record in enumerate(self._records):
            progress(_READ + (1 - _READ) * place / len(self._records), f"{place:,} pictures searched for faces")
            for picture in _pictures(record):
                self.before.append(picture.cut())
                if min(self.before[-1].picture.shape[:2]) < SMALLEST_SEARCHED or (self.searched >= _ENOUGH and not self.after):
                    continue
                self.searched += 1
                with suppress(UnusableError):
                    self.after[len(self.before) - 1] = framed(picture, "find")

    def room(self) -> float:
        """Middle share of a picture's side that its face takes; 1 where none was found."""
        shares = [face.width / min(self.before[place].width, self.before[place].height) for place, face in self.after.items()]
        return statistics.median(shares) if shares else 1.0

    def strip(self) -> tuple[Found, ...]:
        """Some of the pictures that were searched, before and after, as shares of these have a face."""
        if not self.searched:
            return ()
        shown = [Found(self.before[place], face) for place, face in self.after.items()]
        without = [
            Found(picture, None)
            for place, picture in enumerate(self.before)
            if place not in self.after and min(picture.picture.shape[:2]) >= SMALLEST_SEARCHED
        ]
        n = min(len(without), round(STRIP * len(without) / (len(shown) + len(without))))
        n = max(n, int(bool(without)))
        return (*shown[: STRIP - n], *without[:n])


def _frame(pictures: list[Loaded]) -> Frame:
    """The frame that an import of these alone would choose."""
    read = Faces()
    for picture in pictures:
        read.add([fit(picture.picture, None, None)], [picture])
    return read.frame(None, None)


def _pictures(record: Record) -> list[Loaded]:
    """The record's picture; none where it cannot be used."""
    try:
        picture = record.load()
        picture.cut()
    except UnusableError:
        return []
    return [picture]
