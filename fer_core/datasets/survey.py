"""A look at a source before it is imported: its numbers, the codings that fit, and faces as they would be stored."""

from __future__ import annotations

import warnings
from dataclasses import dataclass, field
from pathlib import Path

from PIL.Image import DecompressionBombWarning

from fer_core.datasets.codings import Coding, Naming, fitting, number_of
from fer_core.datasets.formats import open_source
from fer_core.datasets.images import Loaded, UnusableError
from fer_core.datasets.naming import class_name
from fer_core.datasets.source import Record
from fer_core.progress import Progress, silent
from fer_core.settings import FACE_SIZE, settings

PER_CLASS = 5
"""Faces of each class number that are shown."""

STORED = 8
"""Faces that are shown as they would be stored."""

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
        resized: whether one of these pictures is not 48x48.
        needs_crowd: whether votes are all that it says about a face.
    """

    title: str
    numbers: tuple[int, ...] = ()
    codings: tuple[Coding, ...] = ()
    faces: dict[int, list[Loaded]] = field(default_factory=dict)
    stored: tuple[Loaded, ...] = ()
    resized: bool = False
    needs_crowd: bool = False

    @property
    def asks(self) -> bool:
        """Whether there is something to decide, or to see, before the import."""
        return bool(self.numbers) or self.resized or self.needs_crowd


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
    nameless = by_number if is_nameless else {}
    return Survey(
        title=opened.title,
        numbers=tuple(sorted(nameless)),
        codings=tuple(fitting(nameless)) if nameless else (),
        faces=nameless,
        stored=tuple(stored.values()),
        resized=any((face.width, face.height) != (FACE_SIZE, FACE_SIZE) for face in stored.values()),
        needs_crowd=opened.needs_crowd,
    )


def _face(record: Record) -> list[Loaded]:
    """The record's face; none where it cannot be used."""
    try:
        return [record.load()]
    except UnusableError:
        return []
