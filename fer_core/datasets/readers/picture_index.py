"""Rows of tables that name pictures, in text or JSON, and the pictures that they name."""

from __future__ import annotations

import csv
import gzip
import json
import re
from collections.abc import Iterator, Sequence
from typing import IO, Any, cast

from fer_core.datasets.images import SUFFIXES
from fer_core.datasets.source import Listing, suffix
from fer_core.datasets.streams import Counted, Counter, lines, read_all
from fer_core.errors import ImportRefusedError

JSON_SUFFIXES = (".json", ".jsonl")
"""Endings of lists in JSON."""

_LONGEST_LINE = 100_000
_MOST_JSON = 50_000_000
_JOINING = re.compile(r"_aligned$|_cropped$|_face$")


class PictureIndex:
    """Finds the picture that a table names: by its path below the table's folder or the source's, else by its name alone."""

    def __init__(self, listing: Listing) -> None:
        self._paths = {path.lower(): path for path in listing.pictures}
        self._by_name: dict[str, list[str]] = {}
        self._by_stem: dict[str, list[str]] = {}
        for path in listing.pictures:
            name = path.rsplit("/", 1)[-1].lower()
            self._by_name.setdefault(name, []).append(path)
            self._by_stem.setdefault(_JOINING.sub("", name.rsplit(".", 1)[0]), []).append(path)

    def find(self, written: str, beside: str) -> list[str]:
        """The pictures that `written` may mean, in a table that lies in the folder `beside`; one when it is clear."""
        wanted = written.strip().replace("\\", "/").lower().removeprefix("./").lstrip("/")
        folder = beside.lower()
        for place in (f"{folder}/{wanted}" if folder else wanted, wanted, f"{folder}/images/{wanted}"):
            if place in self._paths:
                return [self._paths[place]]
        name = wanted.rsplit("/", 1)[-1]
        files = self._by_name.get(name) or self._by_stem.get(name.rsplit(".", 1)[0] if suffix(name) in SUFFIXES else name, [])
        return _nearest(files, wanted) if "/" in wanted else files


def _nearest(files: Sequence[str], wanted: str) -> list[str]:
    """Find those of the files of one name whose folders agree best with a path; none that lies in a folder of another name.

    A table may write the path on another computer, or from another folder. A picture of the same name in another folder is
    another picture: it must not get the label of one that is missing.
    """
    parts = wanted.split("/")[-2::-1]
    agreed = {}
    for path in files:
        folders = path.lower().split("/")[-2::-1]
        same = next(
            (n for n, (one, other) in enumerate(zip(folders, parts, strict=False)) if one != other), min(len(folders), len(parts))
        )
        if same or not folders:
            agreed[path] = same
    return [path for path, same in agreed.items() if same == max(agreed.values())]


def separator_of(listing: Listing, path: str) -> str:
    """The separator of a table in text, by its first line."""
    head = next(table_lines(listing, path), "")
    return max(",;\t", key=head.count)


def table_rows(listing: Listing, path: str, separator: str, *, skip: int = 0) -> Iterator[Sequence[str]]:
    """Rows of a table in text or JSON that are not empty; the first has the names of the columns.

    Raises:
        ImportRefusedError: it cannot be read.
    """
    if path.lower().endswith(JSON_SUFFIXES):
        rows: Iterator[Sequence[str]] = _json_rows(listing, path)
    else:
        rows = csv.reader(table_lines(listing, path), delimiter=separator)
    try:
        for number, row in enumerate(rows):
            if row and number >= skip:
                yield row
    except csv.Error as error:
        raise ImportRefusedError(f"'{path}' is not a table that can be read: {error}.") from error


def table_lines(listing: Listing, path: str) -> Iterator[str]:
    """Lines of a text, plain or packed.

    Raises:
        ImportRefusedError: it cannot be read to its end.
    """
    with listing.files.stream(path) as raw:
        packed = path.lower().endswith(".gz")
        stream = cast("IO[bytes]", gzip.GzipFile(fileobj=raw, mode="rb")) if packed else raw
        try:
            yield from lines(cast("IO[bytes]", Counted(stream, Counter(path))), longest=_LONGEST_LINE)
        except (OSError, EOFError) as error:
            raise ImportRefusedError(f"'{path}' is damaged and cannot be read to its end; download it again.") from error


def _json_rows(listing: Listing, path: str) -> Iterator[list[str]]:
    """Rows of a list in JSON: objects one a line or in an array, also within an object, or an object {file: label}."""
    try:
        objects = _objects(listing, path)
        first = next(objects, {})
        names = list(first)
        yield names
        yield [_cell(first[name]) for name in names]
        for one in objects:
            yield [_cell(one.get(name)) for name in names]
    except (ValueError, RecursionError) as error:
        raise ImportRefusedError(f"'{path}' is not JSON that can be read; make the list anew.") from error


def _objects(listing: Listing, path: str) -> Iterator[dict[str, Any]]:
    if path.lower().endswith(".jsonl"):
        for line in table_lines(listing, path):
            if line.strip():
                one = json.loads(line)
                if isinstance(one, dict):
                    yield one
        return
    with listing.files.stream(path) as stream:
        document = json.loads(read_all(stream, _MOST_JSON))
    if isinstance(document, dict) and not any(isinstance(value, list) for value in document.values()):
        # {file: label}, or {file: {label: ...}}
        for file, value in document.items():
            yield {"file_name": file, **(value if isinstance(value, dict) else {"label": value})}
        return
    lists = [document, *(document.values() if isinstance(document, dict) else ())]
    for one in next((one for one in lists if isinstance(one, list) and one and isinstance(one[0], dict)), []):
        if isinstance(one, dict):
            yield one


def _cell(value: Any) -> str:
    """A value as a cell: texts and numbers; anything else is empty."""
    return str(value) if isinstance(value, str | int | float) and not isinstance(value, bool) else ""
