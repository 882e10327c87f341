"""Tables that name picture files and say what they show: metadata.csv or .jsonl, label.csv of FER+, lists of RAF-DB and ExpW."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import PurePosixPath

from fer_core.datasets.codings import CODINGS
from fer_core.datasets.images import SUFFIXES, UnusableError
from fer_core.datasets.readers.picture_index import JSON_SUFFIXES, PictureIndex, separator_of, table_lines, table_rows
from fer_core.datasets.source import Listing, Record, Source, suffix, unusable
from fer_core.datasets.splits import split_of
from fer_core.datasets.tables import FILES, USAGES, VOTES, first, label_column, whole
from fer_core.errors import ImportRefusedError

RAFDB_LIST = ("list_patition_label.txt", "list_partition_label.txt")
"""RAF-DB's list of labels; its own spelling comes first."""

# The columns of label.csv that FER+'s generate_training_data.py writes behind name and box (microsoft/FERPlus, README).
FERPLUS_VOTES = ("neutral", "happy", "surprise", "sad", "angry", "disgust", "fear", "contempt", "unknown", "nf")

_PEEKED, _MOST_JSON_LISTS = 50, 20


@dataclass(frozen=True)
class _Table:
    """A table that lists pictures: its path, the separator, and the positions of file, label, usage and person."""

    path: str
    separator: str
    file: int
    label: int
    usage: int | None
    subject: int | None


def has_list(listing: Listing) -> bool:
    """Whether tables name pictures that are here, with labels."""
    return bool(listing.pictures) and bool(_tables(listing, PictureIndex(listing)))


def read_list(listing: Listing) -> Source:
    """Samples of pictures that tables name with their labels; a picture that none names, or that has two labels, is listed.

    The split is a column, else what the picture's folders or the table's own name say.
    """
    index = PictureIndex(listing)
    tables = _tables(listing, index)
    labels = _labels(listing, tables, index)

    def records() -> Iterator[Record]:
        named: set[str] = set()
        for table in tables:
            word = PurePosixPath(table.path).stem
            for row in table_rows(listing, table.path, table.separator, skip=1):
                if len(row) <= max(table.file, table.label):
                    continue
                label = whole(row[table.label])
                usage = row[table.usage].strip() if table.usage is not None and table.usage < len(row) else ""
                subject = row[table.subject].strip() if table.subject is not None and table.subject < len(row) else ""
                files = index.find(row[table.file], _folder(table.path))
                if len(files) == 1 and files[0] in named:
                    continue
                if len(files) == 1 and len(labels[files[0]]) > 1:
                    named.add(files[0])
                    yield Record("", usage, files[0], unusable(f"two labels: {' and '.join(sorted(labels[files[0]])[:2])}"))
                elif len(files) == 1:
                    named.add(files[0])
                    usage = usage or listing.usage(files[0]) or (word if split_of(word) else "")
                    yield Record(label, usage, files[0], listing.loader(files[0]), subject=subject)
                else:
                    reason = "listed, but not there" if not files else f"the name stands for {len(files)} files"
                    yield Record(label, usage, row[table.file].strip()[:200], unusable(reason))
        for path in listing.pictures:
            if path not in named:
                yield Record("", "", path, unusable(f"not named in {PurePosixPath(tables[0].path).name}"))

    names = ", ".join(f"'{table.path}'" for table in tables[:3])
    note = f"Labels are those of {names}."
    return Source("list", listing.files.name, records(), listing.position, notes=(note,))


def _labels(listing: Listing, tables: list[_Table], index: PictureIndex) -> dict[str, set[str]]:
    """{picture: labels that the tables give it}."""
    labels: dict[str, set[str]] = {}
    for table in tables:
        for row in table_rows(listing, table.path, table.separator, skip=1):
            if len(row) > max(table.file, table.label):
                files = index.find(row[table.file], _folder(table.path))
                if len(files) == 1:
                    labels.setdefault(files[0], set()).add(whole(row[table.label]))
    return labels


def has_rafdb_list(listing: Listing) -> bool:
    """Whether RAF-DB's list of labels lies beside pictures."""
    return bool(listing.pictures) and bool(listing.named(*RAFDB_LIST))


def read_rafdb(listing: Listing) -> Source:
    """Samples of RAF-DB's basic set: its list says the labels, the beginning of a file's name the split.

    Aligned faces go before the originals where both are there.
    """
    path = listing.named(*RAFDB_LIST)[0]
    index = PictureIndex(listing)

    def records() -> Iterator[Record]:
        for text in table_lines(listing, path):
            written, _, number = text.strip().rpartition(" ")
            if not written:
                continue
            stem, dot, ending = written.rpartition(".")
            aligned = index.find(f"{stem}_aligned{dot}{ending}", "") or index.find(written, "")
            usage = written.split("_", 1)[0]
            if len(aligned) == 1:
                yield Record(number, usage if split_of(usage) else "", aligned[0], listing.loader(aligned[0]))
            else:
                yield Record(
                    number, "", written[:200], unusable("listed, but not there" if not aligned else "there more than once")
                )

    notes = (f"Labels are those of '{path}', which RAF-DB numbers 1 to 7.",)
    return Source("rafdb", listing.files.name, records(), listing.position, coding=CODINGS["rafdb"], notes=notes)


def has_ferplus_folders(listing: Listing) -> bool:
    """Whether folders have a `label.csv` of FER+: a picture's name, its box, and ten votes, without a first line."""
    return any(_is_ferplus(listing, path) for path in listing.named("label.csv"))


def read_ferplus(listing: Listing) -> Source:
    """Samples of the folders that FER+'s own program writes: votes for each picture, and no label of their own."""
    tables = [path for path in listing.named("label.csv") if _is_ferplus(listing, path)]
    index = PictureIndex(listing)
    extras = {VOTES + name: "int8" for name in FERPLUS_VOTES}

    def records() -> Iterator[Record]:
        for path in tables:
            folder = _folder(path)
            for row in table_rows(listing, path, ","):
                files = index.find(row[0], folder) if len(row) == 12 else []
                votes = tuple(float(cell) if cell.strip().isdigit() else -1.0 for cell in row[2:12])
                file = files[0] if len(files) == 1 else f"{folder}/{row[0] if row else ''}"[:200]
                opened = listing.loader(file) if len(files) == 1 else unusable("listed, but not there")
                if len(votes) < len(extras) or min(votes) < 0:
                    votes, opened = (0.0,) * len(extras), unusable("the row has not ten votes")
                yield Record("", listing.usage(path), file, opened, "", votes)

    return Source("ferplus", listing.files.name, records(), listing.position, extras, needs_crowd=True)


def has_expw_list(listing: Listing) -> bool:
    """Whether ExpW's `label.lst` lies beside pictures."""
    return bool(listing.pictures) and bool(listing.named("label.lst"))


def read_expw(listing: Listing) -> Source:
    """Samples of ExpW: `label.lst` has name, face, top, left, right, bottom, confidence and label; faces are cut from photos."""
    path = listing.named("label.lst")[0]
    index = PictureIndex(listing)

    def records() -> Iterator[Record]:
        for text in table_lines(listing, path):
            cells = text.split()
            if len(cells) != 8:
                continue
            files = index.find(cells[0], "")
            file = f"{cells[0][:200]} face {cells[1][:8]}"
            if len(files) != 1 or not all(re.fullmatch(r"-?\d{1,6}", cell) for cell in cells[2:6]):
                yield Record(cells[7], "", file, unusable("listed, but not there" if not files else "its box cannot be read"))
                continue
            top, left, right, bottom = map(int, cells[2:6])
            load = listing.loader(files[0], partial(_box, (left, top, right, bottom)))
            yield Record(cells[7], listing.usage(files[0]), file, load)

    notes = ("Faces are in the boxes of 'label.lst'.",)
    return Source("expw", listing.files.name, records(), listing.position, coding=CODINGS["expw"], notes=notes)


def _box(box: tuple[float, float, float, float], wide: int, high: int) -> tuple[float, float, float, float]:
    """A box that is given in pixels, whatever the picture's size."""
    return box


def _tables(listing: Listing, index: PictureIndex) -> list[_Table]:
    in_json = listing.ending(*JSON_SUFFIXES)
    # Very many files of JSON are one a picture, and no lists.
    listed = [*listing.tables, *(in_json if len(in_json) <= _MOST_JSON_LISTS else ())]
    tables = [table for path in listed if (table := _table(listing, path, index)) is not None]
    # metadata.csv and its like before lists of predictions or of another kind of label.
    return sorted(tables, key=lambda table: table.path)


def _table(listing: Listing, path: str, index: PictureIndex) -> _Table | None:
    """The table at a path, when most of its first rows name pictures that are here."""
    try:
        rows = []
        separator = separator_of(listing, path)
        for row in table_rows(listing, path, separator):
            rows.append(row)
            if len(rows) > _PEEKED:
                break
    except (ImportRefusedError, UnusableError, OSError, EOFError, csv.Error):
        return None
    names = [cell.strip().lower() for cell in rows[0]] if rows else []
    label, usage = label_column(names), first(names, USAGES)
    candidates = [place for place, name in enumerate(names) if name in FILES and place != label]
    if label is None or len(rows) < 2:
        return None
    for file in candidates:
        cells = [row[file] for row in rows[1:] if len(row) > file]
        if sum(bool(index.find(cell, _folder(path))) for cell in cells if cell.strip()) >= max(1, len(cells) / 2):
            return _Table(path, separator, file, label, usage, first(names, listing.subject_columns))
    return None


def _is_ferplus(listing: Listing, path: str) -> bool:
    try:
        row = next(table_rows(listing, path, ","), [])
    except (ImportRefusedError, UnusableError, OSError, csv.Error):
        return False
    return len(row) == 12 and suffix(row[0]) in SUFFIXES and all(cell.strip().isdigit() for cell in row[2:])


def _folder(path: str) -> str:
    return path.rpartition("/")[0]
