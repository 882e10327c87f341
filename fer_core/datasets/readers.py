"""Sources of faces: what kind a folder or file is, and its samples one after another."""

from __future__ import annotations

import gzip
import os
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import partial
from itertools import chain, islice
from pathlib import Path, PurePosixPath
from typing import IO

import numpy as np

from fer_core.datasets.archive import Files, Folder, ZipArchive
from fer_core.datasets.card import CARD_FILE, READ_ME, SAMPLES_FILE, Card, card_of_files, card_of_parquet
from fer_core.datasets.images import SUFFIXES, UnusableError, decode
from fer_core.datasets.layout import Place, place
from fer_core.datasets.manifest import manifest_extras, manifest_records
from fer_core.datasets.tables import Record, csv_records, parquet_extras, parquet_records, parquet_rows
from fer_core.errors import ImportRefusedError, NotFoundError
from fer_core.settings import settings

_TABLE_SUFFIXES = (".csv", ".csv.gz")
_UNREADABLE = (OSError, EOFError, zlib.error, zipfile.BadZipFile, UnusableError)


@dataclass(frozen=True)
class Source:
    """A source that is open for reading.

    Attributes:
        kind: "kaggle" (split and class folders), "folders", "csv" or "parquet".
        name: name of the file or folder, without its own folder.
        records: its samples, once.
        position: how far reading has come after n records, 0 to 1.
        extras: further columns whose values the records carry {column: dtype}.
        card: the data card, when this was exported from here.
    """

    kind: str
    name: str
    records: Iterator[Record]
    position: Callable[[int], float]
    extras: Mapping[str, str] = field(default_factory=dict)
    card: Card | None = None


@contextmanager
def open_source(path: Path) -> Iterator[Source]:
    """Open a folder, zip archive, csv table (.gz too) or parquet file.

    Raises:
        NotFoundError: there is nothing at `path`.
        ImportRefusedError: it is none of these, unsafe, over a limit, or damaged as a whole; while reading, too.
    """
    with ExitStack() as stack:
        try:
            source = _open(path, stack)
        except OSError as error:
            raise ImportRefusedError(f"'{path.name}' cannot be opened: {error.strerror or error}.") from error
        yield source


def _open(path: Path, stack: ExitStack) -> Source:
    name = path.name.lower()
    if path.is_dir():
        return _open_files(Folder(path), path, stack)
    if not path.is_file():
        raise NotFoundError(f"There is no file or folder '{path.name or path}'; check the path.")
    if name.endswith(_TABLE_SUFFIXES):
        return _open_table(stack.enter_context(path.open("rb")), path.name, path.stat().st_size)
    if name.endswith(".parquet"):
        return _open_parquet([(path, path.name)], path.name)
    if name.endswith(".zip") or zipfile.is_zipfile(path):
        archive = ZipArchive(path)
        stack.callback(archive.close)
        return _open_files(archive, None, stack)
    raise ImportRefusedError(f"'{path.name}' is neither a folder nor a .zip, .csv, .csv.gz or .parquet file.")


def _open_files(files: Files, folder: Path | None, stack: ExitStack) -> Source:
    paths = files.paths()
    if (exported := card_of_files(files, paths)) is not None:
        return _open_exported(files, paths, *exported)
    root = folder.resolve().name if folder is not None else ""
    places = {path: place(path, root=root) for path in paths}
    if not any(_suffix(path) in SUFFIXES and places[path].label for path in paths):
        shards = [path for path in paths if path.lower().endswith(".parquet")]
        if shards and folder is not None:
            return _open_parquet([(folder / shard, shard) for shard in shards], files.name)
        tables = [path for path in paths if path.lower().endswith(_TABLE_SUFFIXES)]
        if tables:
            return _open_best_table(files, tables, stack)
    has_splits = any(places[path].usage for path in paths if _may_be_picture(path))
    max_pixels = settings().max_image_pixels
    records = (
        Record(places[path].label, places[path].usage, path, partial(_load, files, path, max_pixels))
        if not (reason := _obstacle(path, places[path], has_splits))
        else Record("", "", path, partial(_unusable, reason))
        for path in paths
    )
    return Source("kaggle" if has_splits else "folders", files.name, records, lambda done: done / max(1, len(paths)))


def _open_exported(files: Files, paths: list[str], prefix: str, card: Card) -> Source:
    """An export of this program: its table says the order, the splits and the votes; pictures that were added follow."""
    extras = manifest_extras(files, prefix)
    load = partial(_load, files, max_pixels=settings().max_image_pixels)
    listed: set[str] = set()

    def records() -> Iterator[Record]:
        for path, record in manifest_records(files, prefix, paths, load, extras):
            listed.add(path)
            yield record
        known = listed | {prefix + name for name in (CARD_FILE, SAMPLES_FILE, READ_ME)}
        for path in paths:
            if path not in known:
                where = place(path)
                reason = _obstacle(path, where, has_splits=True)
                opened = partial(_unusable, reason) if reason else partial(load, path)
                yield Record(where.label, where.usage, path, opened, "", (0.0,) * len(extras))

    return Source("kaggle", files.name, records(), lambda done: done / max(1, card.n), extras, card)


def _obstacle(path: str, where: Place, has_splits: bool) -> str:
    if not _may_be_picture(path):
        return f"not a format that can be read ({_suffix(path)})"
    if has_splits and not where.usage:
        return "outside the folders of the splits"
    return "" if where.label else "not in a class folder"


def _may_be_picture(path: str) -> bool:
    return _suffix(path) in SUFFIXES or not _suffix(path)


def _load(files: Files, path: str, max_pixels: int) -> np.ndarray:
    return decode(files.read(path), max_pixels=max_pixels)


def _unusable(reason: str) -> np.ndarray:
    raise UnusableError(reason)


def _open_best_table(files: Files, tables: list[str], stack: ExitStack) -> Source:
    """The one table that has pictures in it: the others (votes, predictions to submit) have not the columns for it."""
    reasons = []
    for path in sorted(tables, key=lambda path: ("fer2013" not in path.lower(), path)):
        try:
            return _open_table(stack.enter_context(files.stream(path)), PurePosixPath(path).name, None)
        except ImportRefusedError as error:
            reasons.append(error)
        except _UNREADABLE as error:
            reasons.append(ImportRefusedError(f"'{path}' in '{files.name}' cannot be read: {error}."))
    raise reasons[0]


def _open_table(stream: IO[bytes], name: str, size: int | None) -> Source:
    text: IO[bytes] = _Unpacked(stream) if name.lower().endswith(".gz") else stream  # type: ignore[assignment]
    records = _checked_table(csv_records(text, name), name)
    head = list(islice(records, 1))  # the columns are checked now, while there may be another table to try
    return Source("csv", name, chain(head, records), lambda done: stream.tell() / size if size else done / (done + 20_000))


def _checked_table(records: Iterator[Record], name: str) -> Iterator[Record]:
    try:
        yield from records
    except _UNREADABLE as error:
        raise ImportRefusedError(f"'{name}' is damaged or cut short and cannot be read to its end; download it again.") from error


class _Unpacked(gzip.GzipFile):
    """A gzip stream that ends in a refusal when it unpacks to more than the limit of archives."""

    def __init__(self, stream: IO[bytes]) -> None:
        super().__init__(fileobj=stream, mode="rb")
        self._limit = settings().max_archive_bytes

    def readline(self, size: int | None = -1) -> bytes:
        line = super().readline(-1 if size is None else size)
        if self.tell() > self._limit:
            raise ImportRefusedError(f"The table unpacks to more than {self._limit:,} bytes, the limit (FER_MAX_ARCHIVE_BYTES).")
        return line


def _open_parquet(shards: list[tuple[Path, str]], name: str) -> Source:
    rows = sum(parquet_rows(path) for path, _ in shards)
    extras = parquet_extras(shards[0][0])
    records = (record for path, shard in shards for record in parquet_records(path, shard, tuple(extras)))
    card = card_of_parquet(shards[0][0]) if len(shards) == 1 else None
    return Source("parquet", name, records, lambda done: done / max(1, rows), extras, card)


def _suffix(path: str) -> str:
    return os.path.splitext(path)[1].lower()
