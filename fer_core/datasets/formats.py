"""How a source is opened: by the first layout of the table that recognises it."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import IO

from fer_core.datasets.archive import Files, ZipArchive
from fer_core.datasets.folder import Folder, SingleFile, Together
from fer_core.datasets.format_table import FORMATS, Format
from fer_core.datasets.images import UnusableError
from fer_core.datasets.readers.class_folders import has_pictures, read_class_folders
from fer_core.datasets.readers.pixel_tables import why_no_table
from fer_core.datasets.source import Listing, Record, Source
from fer_core.datasets.streams import spooled
from fer_core.datasets.tar import SUFFIXES as TAR_SUFFIXES
from fer_core.datasets.tar import TarArchive
from fer_core.errors import ImportRefusedError, NotFoundError
from fer_core.files import open_regular

__all__ = ["FORMATS", "Format", "kinds", "open_source"]

_MOST_INNER = 64
_DEEPEST = 3


@contextmanager
def open_source(path: Path, *, subject_column: str = "", fine: bool = False) -> Iterator[Source]:
    """Open a folder, archive, table or parquet file by the first layout of `FORMATS` that recognises it.

    Archives within are opened where nothing else is recognised.

    Args:
        path: of the source.
        subject_column: name of the column of its table that tells the person, in lower case; empty for the usual names.
        fine: read large pictures as fine as they are, because faces are to be found in them.

    Raises:
        NotFoundError: there is nothing at `path`.
        InputError: it is no regular file: a named pipe, say.
        ImportRefusedError: it is none of these, unsafe, over a limit, or damaged as a whole; while reading, too.
    """
    with ExitStack() as stack:
        try:
            files, root = _files(path, stack)
            source = _source(Listing(files, root, subject_column, fine), stack, depth=1)
        except OSError as error:
            raise ImportRefusedError(f"'{path.name}' cannot be opened: {error.strerror or error}.") from error
        except UnusableError as error:
            raise ImportRefusedError(f"'{path.name}' cannot be opened: {error}.") from error
        yield source


def kinds() -> str:
    """What can be imported, for a sentence."""
    return "a folder, .zip, .tar, .tar.gz, .csv, .csv.gz or .parquet file"


def _files(path: Path, stack: ExitStack) -> tuple[Files, str]:
    """The files at a path, and the name of the folder, where it is one."""
    if path.is_dir():
        return Folder(path), path.resolve().name
    if not path.exists():
        raise NotFoundError(f"There is no file or folder '{path.name or path}'; check the path.")
    opened = stack.enter_context(open_regular(path))
    archive = _archive(opened, path.name, stack)
    if archive is not None:
        return archive, ""
    if not path.name.lower().endswith((".csv", ".csv.gz", ".tsv", ".parquet")):
        raise ImportRefusedError(f"'{path.name}' is neither {kinds().replace('a folder, ', 'a folder nor a ', 1)}.")
    return SingleFile(path), ""


def _archive(file: IO[bytes], name: str, stack: ExitStack) -> ZipArchive | TarArchive | None:
    """The files in an archive; None when it is none."""
    lower = name.lower()
    if lower.endswith(TAR_SUFFIXES):
        archive: ZipArchive | TarArchive = TarArchive(file, name)
    elif lower.endswith(".zip") or (not lower.endswith((".csv", ".gz", ".tsv", ".parquet")) and zipfile.is_zipfile(file)):
        archive = ZipArchive(file, name)
    else:
        return None
    stack.callback(archive.close)
    return archive


def _source(listing: Listing, stack: ExitStack, *, depth: int) -> Source:
    for one in FORMATS:
        if one.recognise(listing):
            source = one.read(listing)
            title = source.title or one.title
            records = _readable(source.records, source.name)
            return replace(source, records=records, title=title, notes=(*listing.files.notes(), *source.notes))
    inner = listing.ending(".zip", *TAR_SUFFIXES)
    if inner and depth < _DEEPEST:
        return _source(replace(listing, files=_inner(listing, inner, stack), root=""), stack, depth=depth + 1)
    if has_pictures(listing):
        return read_class_folders(listing)
    nothing = f"'{listing.files.name}' holds no pictures in class folders, no fer2013.csv and no parquet file with faces."
    raise ImportRefusedError(why_no_table(listing) or nothing)


def _readable(records: Iterator[Record], name: str) -> Iterator[Record]:
    try:
        yield from records
    except (UnusableError, OSError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise ImportRefusedError(f"'{name}' cannot be read to its end: {reason}.") from error


def _inner(listing: Listing, paths: list[str], stack: ExitStack) -> Files:
    """The archives within a source, side by side: `train.zip` and `test.zip` become folders of these names."""
    if len(paths) > _MOST_INNER:
        raise ImportRefusedError(f"'{listing.files.name}' holds {len(paths):,} archives; unpack them and import the folder.")
    parts: dict[str, Files] = {}
    for path in paths:
        name = PurePosixPath(path).name
        archive = _archive(_unpacked(listing.files, path, stack), name, stack)
        if archive is not None:
            folder = path.lower().removesuffix(".gz")
            parts[path[: len(folder)].rsplit(".", 1)[0]] = archive
    return Together(listing.files.name, parts)


def _unpacked(files: Files, path: str, stack: ExitStack) -> IO[bytes]:
    stream = stack.enter_context(files.stream(path))
    return stream if stream.seekable() else stack.enter_context(spooled(stream))
