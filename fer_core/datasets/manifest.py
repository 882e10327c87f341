"""The table of samples in an exported zip: what folders cannot say (order, split beside usage, source, votes)."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import IO

import pandas as pd

from fer_core.datasets.archive import Files
from fer_core.datasets.card import SAMPLES_FILE
from fer_core.datasets.images import Loaded
from fer_core.datasets.meta import SPLITS
from fer_core.datasets.source import Record, unusable
from fer_core.datasets.streams import lines
from fer_core.datasets.tables import extras_of
from fer_core.errors import ImportRefusedError
from fer_core.escape import cell, plain

COLUMNS: tuple[str, ...] = ("file", "label", "split", "usage", "source", "imported_label")
"""Columns of the table, before votes and intensity; `file` is the path in the archive, `source` the name at the first source."""

WHO: tuple[str, ...] = ("subject", "angle")
"""Further columns of texts, where they are known: who is shown, and from where."""

_LONGEST_LINE = 100_000
_UNSAFE = re.compile(r"[^A-Za-z0-9 _-]")


_LONGEST_FOLDER = 60  # letters of up to four bytes: file systems take 255 bytes


def picture_paths(rows: pd.DataFrame) -> list[str]:
    """Paths in the archive for samples (columns split and label) in their order: `train/happy/000012.png`.

    A folder's name is cut off where a file system would not take it; the whole label stands in the table of the samples.
    """
    digits = max(6, len(str(len(rows))))
    folders = {label: _UNSAFE.sub("_", label)[:_LONGEST_FOLDER].strip() or "class" for label in rows["label"].unique()}
    return [
        f"{split}/{folders[label]}/{number:0{digits}}.png"
        for number, (split, label) in enumerate(zip(rows["split"], rows["label"], strict=True))
    ]


def write_manifest(stream: IO[str], rows: pd.DataFrame) -> None:
    """Write the table: the columns of `COLUMNS` and the further ones that a data set keeps; no name is a formula there."""
    who = [name for name in WHO if name in rows]
    extras = [*who, *extras_of(list(rows.columns))]
    inert = rows.assign(**{name: rows[name].map(cell) for name in (*COLUMNS, *who)})
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow([*COLUMNS, *extras])
    writer.writerows(inert[[*COLUMNS, *extras]].itertuples(index=False, name=None))


def manifest_extras(files: Files, prefix: str) -> dict[str, str]:
    """Further columns of the table {column: dtype}.

    Raises:
        ImportRefusedError: it has not the columns of an export.
    """
    with files.stream(prefix + SAMPLES_FILE) as stream:
        return extras_of(_head(csv.reader(lines(stream, longest=_LONGEST_LINE)), files.name))


def manifest_records(
    files: Files, prefix: str, paths: Iterable[str], load: Callable[[str], Callable[[], Loaded]], extras: Mapping[str, str]
) -> Iterator[tuple[str, Record]]:
    """Samples of an exported folder or archive, each with its path, in the order of its table.

    A picture that is listed and not there is rejected when it is loaded.

    Args:
        files: the folder or archive.
        prefix: folder with a slash that the export lies in.
        paths: the pictures that are there.
        load: gives what makes a face of a path.
        extras: as from `manifest_extras`.

    Raises:
        ImportRefusedError: the table is damaged.
    """
    there = set(paths)
    with files.stream(prefix + SAMPLES_FILE) as stream:
        table = csv.reader(lines(stream, longest=_LONGEST_LINE))
        places = {name: place for place, name in enumerate(_head(table, files.name))}
        try:
            for row in table:
                path = prefix + row[places["file"]]
                split = row[places["split"]]
                record = Record(
                    plain(row[places["label"]]),
                    plain(row[places["usage"]]) or split,
                    plain(row[places["source"]]) or path,
                    load(path) if path in there else unusable(f"listed in {SAMPLES_FILE}, but {path} is not there"),
                    split if split in SPLITS else "",
                    tuple(float(row[places[name]]) for name in extras),
                    subject=plain(row[places["subject"]]) if "subject" in places else "",
                    angle=plain(row[places["angle"]]) if "angle" in places else "",
                )
                yield path, record
        except (IndexError, ValueError, csv.Error) as error:
            raise ImportRefusedError(
                f"'{SAMPLES_FILE}' in '{files.name}' is damaged in line {table.line_num:,}; export the data set again."
            ) from error


def _head(table: Iterator[list[str]], name: str) -> list[str]:
    head = next(table, [])
    if not set(COLUMNS) <= set(head):
        raise ImportRefusedError(f"'{SAMPLES_FILE}' in '{name}' has lost its first line; export the data set again.")
    return head
