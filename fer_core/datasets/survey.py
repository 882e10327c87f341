"""A look at a source before it is imported: its numbers, the codings that fit, and faces as they would be stored."""

from __future__ import annotations

import warnings
from dataclasses import dataclass, field
from pathlib import Path

from PIL.Image import DecompressionBombWarning

from fer_core.datasets.codings import Coding, Naming, fitting, number_of
from fer_core.datasets.formats import open_source
from fer_core.datasets.harvest import Faces
from fer_core.datasets.images import Loaded, UnusableError, fit
from fer_core.datasets.naming import class_name
from fer_core.datasets.source import Record
from fer_core.photos.frame import FER, Frame
from fer_core.progress import Progress, silent
from fer_core.settings import settings

PER_CLASS = 5
"""Faces of each class number that are shown."""

STORED = 8
"""Faces that are shown as they would be stored."""

PROBED = 50
"""Pictures at most whose size and colour are looked at."""

_BETWEEN_REPORTS = 2_000


@dataclass(frozen=True)
class Survey:
    """What a source holds, as far as the viewer has to know before it is imported.

    Attributes:
        title: what kind of source it is.
        numbers: class numbers of a source in which nothing names all of them, in order.
        codings: the codings that have all of them, those that have no others first.
        faces: {number: at most 5 faces}, for `numbers`.
        stored: at most 8 faces of different classes, as they would be stored.
        frame: size and colour that an import would choose by these pictures and some more.
        resized: whether one of these pictures has not that size.
        needs_crowd: whether votes are all that it says about a face.
    """

    title: str
    numbers: tuple[int, ...] = ()
    codings: tuple[Coding, ...] = ()
    faces: dict[int, list[Loaded]] = field(default_factory=dict)
    stored: tuple[Loaded, ...] = ()
    frame: Frame = FER
    resized: bool = False
    needs_crowd: bool = False

    @property
    def asks(self) -> bool:
        """Whether there is something to decide, or to see, before the import."""
        return bool(self.numbers) or self.resized or self.frame != FER or self.needs_crowd


def look(source: Path, naming: Naming | None = None, *, progress: Progress = silent) -> Survey:
    """Look at a source; nothing is written.

    Labels are read to the end, pictures are decoded for the few faces that are shown.

    Args:
        source: see `formats.open_source`.
        naming: names that were chosen already.
        progress: called with a fraction from 0 to 1 and a sentence.

    Raises:
        NotFoundError: there is no source at that path.
        ImportRefusedError: the source as a whole cannot be used.
    """
    given = naming or Naming()
    with open_source(source) as opened, warnings.catch_warnings():
        warnings.simplefilter("ignore", DecompressionBombWarning)
        used = Naming(given.coding or opened.coding, given.words)
        by_number: dict[int, list[Loaded]] = {}
        stored: dict[str, Loaded] = {}
        some = _Some()
        is_nameless = False
        for row, record in enumerate(opened.records, start=1):
            if row > settings().max_rows or len(by_number) > settings().max_classes:
                break
            if row % _BETWEEN_REPORTS == 0:
                progress(min(1.0, opened.position(row)), f"{row:,} samples seen")
            number = number_of(class_name(record.label))
            if number is not None:
                is_nameless |= used.name(record.label) is None
                faces = by_number.setdefault(number, [])
                if len(faces) < PER_CLASS:
                    faces += _face(record)
            if len(stored) < STORED and record.label not in stored:
                for face in _face(record):
                    stored[record.label] = face
            some.offer(row, record)
        frame = opened.card.origin.frame if opened.card else some.frame()
    nameless = by_number if is_nameless else {}
    return Survey(
        title=opened.title,
        numbers=tuple(sorted(nameless)),
        codings=tuple(fitting(nameless)) if nameless else (),
        faces=nameless,
        stored=tuple(stored.values()),
        frame=frame,
        resized=any((face.width, face.height) != (frame.size, frame.size) for face in stored.values()),
        needs_crowd=opened.needs_crowd,
    )


class _Some:
    """Records from all over a source, 25 to 50 of them: at each doubling of the step every second one is dropped."""

    def __init__(self) -> None:
        self._records: list[Record] = []
        self._step = 1

    def offer(self, row: int, record: Record) -> None:
        """Keep a record, or not."""
        if row % self._step:
            return
        self._records.append(record)
        if len(self._records) > PROBED:
            self._step *= 2
            self._records = self._records[1::2]

    def frame(self) -> Frame:
        """The frame that an import of these alone would choose."""
        read = Faces()
        for record in self._records:
            for picture in _face(record):
                read.add([fit(picture.picture, None, None)], [picture])
        return read.frame(None, None)


def _face(record: Record) -> list[Loaded]:
    """The record's face; none where it cannot be used."""
    try:
        return [record.load()]
    except UnusableError:
        return []
