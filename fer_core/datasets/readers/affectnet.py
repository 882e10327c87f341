"""AffectNet: its lists of 2017 with boxes in photos, and its cropped faces with annotations in .npy files."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import PurePosixPath

import numpy as np

from fer_core.datasets.codings import CODINGS
from fer_core.datasets.images import UnusableError
from fer_core.datasets.readers.picture_index import PictureIndex, table_rows
from fer_core.datasets.source import Listing, Record, Source, unusable
from fer_core.errors import ImportRefusedError

_LONGEST = 10_000
_COLUMNS = ("subdirectory_filepath", "face_x", "face_y", "face_width", "face_height", "expression")


def has_affectnet_lists(listing: Listing) -> bool:
    """Whether AffectNet's `training.csv` or `validation.csv`, with boxes, lie beside pictures."""
    return bool(listing.pictures) and any(_places(listing, path) is not None for path in listing.tables)


def read_affectnet_lists(listing: Listing) -> Source:
    """Samples of AffectNet's lists: picture, box of the face, number of the class; the table's name is the split.

    Raises:
        ImportRefusedError: while reading: a list is damaged.
    """
    index = PictureIndex(listing)
    tables = {path: places for path in listing.tables if (places := _places(listing, path)) is not None}

    def records() -> Iterator[Record]:
        for path, places in tables.items():
            usage = PurePosixPath(path).name.split(".", 1)[0]
            for row in table_rows(listing, path, ",", skip=1):
                cells = [row[place].strip() if place < len(row) else "" for place in places]
                files = index.find(cells[0], "")
                box = _box(cells[1:5])
                if len(files) == 1 and box is not None:
                    yield Record(cells[5], usage, files[0], listing.loader(files[0], partial(_given, box)))
                elif not files:
                    yield Record(cells[5], usage, cells[0][-200:], unusable("listed, but not there"))
                else:
                    yield Record(
                        cells[5], usage, cells[0][-200:], unusable("its box cannot be read" if box is None else "ambiguous")
                    )

    notes = (f"Labels, and boxes of the faces, are those of {', '.join(repr(path) for path in tables)}.",)
    return Source("affectnet-lists", listing.files.name, records(), listing.position, coding=CODINGS["affectnet"], notes=notes)


def _places(listing: Listing, path: str) -> list[int] | None:
    """Where the columns of an AffectNet list stand; None for another table."""
    try:
        head = [cell.strip().lower() for cell in next(table_rows(listing, path, ","), [])]
    except (ImportRefusedError, UnusableError, OSError, csv.Error):
        return None
    return [head.index(name) for name in _COLUMNS] if set(_COLUMNS) <= set(head) else None


def _box(cells: Sequence[str]) -> tuple[float, float, float, float] | None:
    """Left, top, right and bottom of a box that is given by its corner and sides in pixels; None for none (`NULL`)."""
    try:
        left, top, width, height = (float(cell) for cell in cells)
    except ValueError:
        return None
    return (left, top, left + width, top + height) if np.isfinite([left, top, width, height]).all() else None


def _given(box: tuple[float, float, float, float], wide: int, high: int) -> tuple[float, float, float, float]:
    """A box that is given in pixels, whatever the picture's size."""
    return box


def has_affectnet(listing: Listing) -> bool:
    """Whether AffectNet's `annotations/N_exp.npy` lie beside pictures."""
    return bool(listing.pictures) and bool(listing.ending("_exp.npy"))


def read_affectnet(listing: Listing) -> Source:
    """Samples of AffectNet: `images/N.jpg`, with the number of the class in `annotations/N_exp.npy`."""
    annotations = {_key(path.rsplit("/", 1)[-1][: -len("_exp.npy")], path): path for path in listing.ending("_exp.npy")}

    def records() -> Iterator[Record]:
        for path in listing.pictures:
            annotation = annotations.get(_key(path.rsplit("/", 1)[-1].rsplit(".", 1)[0], path))
            label = _npy_number(listing, annotation) if annotation else ""
            opened = listing.loader(path) if label else unusable("no _exp.npy that can be read belongs to it")
            yield Record(label, listing.usage(path), path, opened)

    return Source("affectnet", listing.files.name, records(), listing.position, coding=CODINGS["affectnet"])


def _key(stem: str, path: str) -> tuple[str, str]:
    folders = [part for part in path.split("/")[:-1] if part.lower() not in ("images", "annotations")]
    return stem, "/".join(folders)


def _npy_number(listing: Listing, path: str) -> str:
    try:
        content = listing.files.read(path)[:_LONGEST]
        value = np.load(io.BytesIO(content), allow_pickle=False)
        return str(int(value)) if value.size == 1 else ""
    except (UnusableError, ValueError, EOFError, OSError, TypeError):
        return ""
