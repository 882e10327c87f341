"""fer2013.csv and its relatives: tables in text whose rows hold a face as grey levels."""

from __future__ import annotations

import csv
import gzip
import math
import re
import zlib
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from functools import partial
from itertools import chain, islice
from pathlib import PurePosixPath
from typing import IO, cast

import numpy as np

from fer_core.datasets.codings import CODINGS
from fer_core.datasets.images import Loaded, UnusableError, face_of_levels, parse_pixels
from fer_core.datasets.source import Listing, Record, Source, unusable
from fer_core.datasets.splits import split_of
from fer_core.datasets.streams import Counted, Counter, lines
from fer_core.datasets.tables import PIXELS, SUBJECTS, USAGES, first, label_column, whole
from fer_core.errors import ImportRefusedError

LONGEST_LINE = 4_000_000
"""Bytes of one line of a table of pixels."""

_WIDE = re.compile(r"(?:pixel|pix|px|p)?[ _-]?(\d{1,6})", re.IGNORECASE)
_LEVELS = re.compile(r"\s*\[*\s*\d+(?:\.\d*)?(?:[\s,;\]\[]+\d+(?:\.\d*)?){63,}[\s\]]*")
_FEWEST_LEVELS = 64
_PEEKED = 30
_UNREADABLE = (OSError, EOFError, zlib.error, csv.Error, UnusableError)


@dataclass(frozen=True)
class _Columns:
    """Where in a row label, pixels, usage and person stand; `wide` is the slice of one column per pixel, or `pixels` one cell."""

    label: int
    pixels: int
    usage: int | None
    wide: slice | None = None
    subject: int | None = None


def has_pixel_table(listing: Listing) -> bool:
    """Whether a table in text has a column of labels and the pixels of a face, in one column or in one per pixel."""
    return any(_recognised(listing, path) for path in listing.tables)


def read_pixel_tables(listing: Listing) -> Source:
    """Samples of the tables of pixels: one, or two and more that are the splits of one set (`train.csv`, `test.csv`).

    Raises:
        ImportRefusedError: the first of them is damaged; while reading, any.
    """
    tables = [path for path in listing.tables if _recognised(listing, path)]
    parts = [path for path in tables if split_of(PurePosixPath(path).name) is not None]
    fer2013 = [path for path in tables if "fer2013" in PurePosixPath(path).name.lower()]
    chosen = parts if len(parts) > 1 else (fer2013 or tables)[:1]
    if len(chosen) > 1:
        records: Iterator[Record] = chain.from_iterable(
            _table(listing, path, split_word=PurePosixPath(path).name)[0] for path in chosen
        )
        note = f"Read as one set: {', '.join(PurePosixPath(path).name for path in chosen)}."
        notes = (note, *_without_labels(listing, tables))
        return Source("csv", listing.files.name, records, _by_count, coding=CODINGS["fer2013"], notes=notes)
    records, stream, size = _table(listing, chosen[0])
    notes = tuple(f"'{path}' was not read; it is another table." for path in tables if path != chosen[0])[:5]
    notes += _without_labels(listing, tables)
    name = PurePosixPath(chosen[0]).name
    position = partial(_by_bytes, stream, size) if size else _by_count
    return Source("csv", name, records, position, coding=CODINGS["fer2013"], notes=notes)


def _without_labels(listing: Listing, known: Sequence[str]) -> tuple[str, ...]:
    """Sentences about tables of pixels that have no labels, as the test of Kaggle's challenge."""
    notes = []
    for path in listing.tables:
        if path not in known:
            with suppress(ImportRefusedError, *_UNREADABLE), ExitStack() as stack:
                head = next(csv.reader(lines(_text(listing, path, stack)[0], longest=LONGEST_LINE)), [])
                if first([cell.strip().lower() for cell in head], PIXELS) is not None:
                    notes.append(f"'{path}' was not read; it has pixels and no labels.")
    return tuple(notes[:5])


def why_no_table(listing: Listing) -> str:
    """The sentence about the first table, which has no pixels that can be read; empty when there is no table."""
    for path in listing.tables:
        try:
            next(_table(listing, path)[0], None)
        except ImportRefusedError as error:
            return str(error)
    return ""


def csv_records(stream: IO[bytes], name: str, *, split_word: str = "", subjects: Sequence[str] = SUBJECTS) -> Iterator[Record]:
    """Samples of a table with columns emotion, pixels and perhaps Usage, in any order and case, with or without a first line.

    The pixels are one cell of numbers, or one column each.

    Args:
        stream: UTF-8 or UTF-16 text.
        name: name of the table, for the samples' file names, which count its rows from 1.
        split_word: what stands for the split of all rows, where there is no such column.
        subjects: names of columns that may tell the person, in lower case.

    Raises:
        ImportRefusedError: it has no such columns, or is no text.
    """
    csv.field_size_limit(LONGEST_LINE)
    text = lines(stream, longest=LONGEST_LINE)
    head = next(text, "")
    separator = max(",;\t", key=lambda mark: (head if mark != "," else re.sub(r'"[^"]*"', "", head)).count(mark))
    try:
        rows = csv.reader(chain([head], text), delimiter=separator)
        first_row = next(rows, [])
        columns = _columns(first_row, subjects)
        peeked: list[list[str]] = []
        if columns is None:
            peeked = [first_row, *islice(rows, _PEEKED)]
            columns = _headless(peeked)
        if columns is None:
            named = ", ".join(cell.strip().lower() for cell in first_row)[:120] or "nothing"
            raise ImportRefusedError(
                f"'{name}' needs the columns emotion and pixels (and Usage, if it has splits); its first line has: {named}."
            )
        for number, row in enumerate((row for row in chain(peeked, rows) if row), start=1):
            yield _record(row, columns, f"{name} row {number}", split_word)
    except csv.Error as error:
        raise ImportRefusedError(f"'{name}' is not a table that can be read: {str(error).split(' - ')[0]}.") from error


def _record(row: Sequence[str], columns: _Columns, file: str, split_word: str) -> Record:
    needed = max(columns.label, columns.pixels if columns.wide is None else columns.wide.stop - 1)
    if len(row) <= needed:
        return Record("", "", file, unusable("the row has too few columns"))
    usage = row[columns.usage].strip() if columns.usage is not None and columns.usage < len(row) else split_word
    subject = row[columns.subject].strip() if columns.subject is not None and columns.subject < len(row) else ""
    if columns.wide is None:
        cell = row[columns.pixels]
        return Record(whole(row[columns.label]), usage, file, partial(parse_pixels, cell), subject=subject, weight=len(cell))
    cells = row[columns.wide]
    return Record(whole(row[columns.label]), usage, file, partial(_wide, cells), subject=subject, weight=64 * len(cells))


def _wide(cells: Sequence[str]) -> Loaded:
    try:
        values = np.array(cells, np.float64)
    except ValueError as error:
        raise UnusableError("the pixels are not all whole numbers") from error
    if not (values == np.floor(values)).all():
        raise UnusableError("the pixels are not all whole numbers")
    return face_of_levels(values)


def _columns(head: Sequence[str], subjects: Sequence[str]) -> _Columns | None:
    """The columns that a first line names; None when it names none, or is no first line."""
    names = [cell.strip().lower() for cell in head]
    label, usage = label_column(names), first(names, USAGES)
    if label is None:
        return None
    pixels, subject = first(names, PIXELS), first(names, subjects)
    if pixels is not None:
        return _Columns(label, pixels, usage, subject=subject)
    wide = [place for place, name in enumerate(names) if place not in (label, usage) and _WIDE.fullmatch(name)]
    if len(wide) < _FEWEST_LEVELS or wide != list(range(wide[0], wide[-1] + 1)) or math.isqrt(len(wide)) ** 2 != len(wide):
        return None
    return _Columns(label, wide[0], usage, slice(wide[0], wide[-1] + 1), subject)


def _headless(rows: Sequence[Sequence[str]]) -> _Columns | None:
    """The columns of a table without a first line, by what stands in its rows; None when that does not tell."""
    filled = [row for row in rows if row]
    width = len(filled[0]) if filled else 0
    if any(len(row) != width for row in filled[:-1]):
        return None
    cells = list(zip(*filled[:-1], strict=True)) if len(filled) > 1 else [(cell,) for cell in filled[0]] if filled else []
    small = [place for place, column in enumerate(cells) if all(re.fullmatch(r"\s*\d{1,2}(\.0*)?\s*", cell) for cell in column)]
    pixels = [place for place, column in enumerate(cells) if all(_LEVELS.fullmatch(cell) for cell in column)]
    usage = next((place for place, column in enumerate(cells) if all(split_of(cell) for cell in column)), None)
    if len(pixels) == 1 and len(small) == 1:
        return _Columns(small[0], pixels[0], usage)
    numbers = width - (usage is not None)
    if numbers - 1 < _FEWEST_LEVELS or math.isqrt(numbers - 1) ** 2 != numbers - 1:
        return None
    last = width - 1 if usage != width - 1 else width - 2
    ends = [place for place in (0, last) if all(_is_class(cell) for cell in cells[place])]
    if len(ends) != 1 or usage not in (None, width - 1):
        return None
    start = 1 if ends[0] == 0 else 0
    return _Columns(ends[0], start, usage, slice(start, start + numbers - 1))


def _is_class(cell: str) -> bool:
    text = whole(cell)
    return text.isdigit() and int(text) <= 10


def _recognised(listing: Listing, path: str) -> bool:
    with suppress(ImportRefusedError, *_UNREADABLE), ExitStack() as stack:
        text = _text(listing, path, stack)[0]
        return next(csv_records(text, PurePosixPath(path).name), None) is not None
    return False


def _table(listing: Listing, path: str, split_word: str = "") -> tuple[Iterator[Record], IO[bytes], int]:
    """The records of a table, the stream that they are read from, and the stream's length (0 when unknown)."""
    stack = ExitStack()
    name = PurePosixPath(path).name
    try:
        text, raw, size = _text(listing, path, stack)
    except _UNREADABLE as error:
        raise ImportRefusedError(f"'{path}' in '{listing.files.name}' cannot be read: {error}.") from error

    def records() -> Iterator[Record]:
        with stack:
            try:
                yield from csv_records(text, name, split_word=split_word, subjects=listing.subject_columns)
            except _UNREADABLE as error:
                raise ImportRefusedError(
                    f"'{name}' is damaged or cut short and cannot be read to its end; download it again."
                ) from error

    return records(), raw, size


def _text(listing: Listing, path: str, stack: ExitStack) -> tuple[IO[bytes], IO[bytes], int]:
    raw = stack.enter_context(listing.files.stream(path))
    size = 0
    with suppress(OSError, AttributeError, ValueError):
        size = raw.seek(0, 2)
        raw.seek(0)
    count = Counter(PurePosixPath(path).name)
    stream = cast("IO[bytes]", gzip.GzipFile(fileobj=raw, mode="rb")) if path.lower().endswith(".gz") else raw
    return cast("IO[bytes]", Counted(stream, count)), raw, size


def _by_bytes(stream: IO[bytes], size: int, done: int) -> float:
    return 1.0 if stream.closed else stream.tell() / size


def _by_count(done: int) -> float:
    return done / (done + 20_000)
