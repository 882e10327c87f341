"""The layouts that can be imported: one row each, and how a source is opened by the first row that recognises it.

To add a layout, write a function that recognises it and one that reads it (see `fer_core.datasets.readers`), and add a row.
"""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import IO

from fer_core.datasets.archive import Files, ZipArchive
from fer_core.datasets.folder import Folder, SingleFile, Together
from fer_core.datasets.images import UnusableError
from fer_core.datasets.readers.annotations import (
    has_affectnet,
    has_ckplus,
    has_yolo,
    read_affectnet,
    read_ckplus,
    read_yolo,
)
from fer_core.datasets.readers.class_folders import (
    has_classes,
    has_known_classes,
    has_pictures,
    is_export,
    read_class_folders,
    read_export,
)
from fer_core.datasets.readers.file_names import has_jaffe, has_kdef, has_words, read_jaffe, read_kdef, read_words
from fer_core.datasets.readers.lists import (
    has_expw_list,
    has_ferplus_folders,
    has_list,
    has_rafdb_list,
    read_expw,
    read_ferplus,
    read_list,
    read_rafdb,
)
from fer_core.datasets.readers.parquet_tables import has_parquet, read_parquet
from fer_core.datasets.readers.pixel_tables import has_pixel_table, read_pixel_tables, why_no_table
from fer_core.datasets.source import Listing, Record, Source
from fer_core.datasets.streams import spooled
from fer_core.datasets.tar import SUFFIXES as TAR_SUFFIXES
from fer_core.datasets.tar import TarArchive
from fer_core.errors import ImportRefusedError, NotFoundError
from fer_core.files import open_regular


@dataclass(frozen=True)
class Format:
    """A layout of face-expression data.

    Attributes:
        name: short and unique.
        title: what it is, for people.
        looks: what lies on disk, for people.
        recognise: whether files are laid out so.
        read: opens them.
        coding: name of the coding of its numbers in `codings.CODINGS`; empty when it defines none.
        licence: what is known of the licence of the data that come so; empty when it is nobody's layout in particular.
    """

    name: str
    title: str
    looks: str
    recognise: Callable[[Listing], bool]
    read: Callable[[Listing], Source]
    coding: str
    licence: str


_RESEARCH = "for research, by agreement with its authors"

FORMATS: tuple[Format, ...] = (
    Format("export", "A data set that was exported here", "data_card.json beside samples.csv", is_export, read_export, "", ""),
    Format(
        "rafdb",
        "RAF-DB, basic set",
        "EmoLabel/list_patition_label.txt and Image/aligned/",
        has_rafdb_list,
        read_rafdb,
        "rafdb",
        "for non-commercial research",
    ),
    Format(
        "affectnet",
        "AffectNet",
        "images/N.jpg and annotations/N_exp.npy",
        has_affectnet,
        read_affectnet,
        "affectnet",
        _RESEARCH,
    ),
    Format("ckplus", "CK+", "sequences S005/001/*.png and *_emotion.txt", has_ckplus, read_ckplus, "ckplus", _RESEARCH),
    Format(
        "ferplus",
        "Folders that FER+'s own program writes",
        "FER2013Train/label.csv with ten votes a picture",
        has_ferplus_folders,
        read_ferplus,
        "ferplus",
        "votes: MIT; pictures: FER2013's, for research",
    ),
    Format("expw", "ExpW", "label.lst with boxes and image/", has_expw_list, read_expw, "expw", "for research"),
    Format("yolo", "YOLO format", "images/, labels/*.txt and a names file", has_yolo, read_yolo, "", ""),
    Format("jaffe", "JAFFE", "KA.AN1.39.tiff", has_jaffe, read_jaffe, "", "for non-commercial research, not to be passed on"),
    Format("kdef", "KDEF", "AF01/AF01ANS.JPG", has_kdef, read_kdef, "", "for non-commercial research"),
    Format(
        "class folders",
        "Folders of classes",
        "happy/, sad/, ... with or without train/, val/ and test/ above or below",
        has_known_classes,
        read_class_folders,
        "",
        "",
    ),
    Format("list", "A table that names picture files", "metadata.csv with file_name and label", has_list, read_list, "", ""),
    Format("names", "Labels in file names", "img001_anger.jpg", has_words, read_words, "", ""),
    Format(
        "pixels",
        "A table of pixels",
        "fer2013.csv: emotion, pixels and Usage; or a column for each pixel",
        has_pixel_table,
        read_pixel_tables,
        "fer2013",
        "FER2013: for research",
    ),
    Format("parquet", "Parquet files", "a column of pictures and one of labels", has_parquet, read_parquet, "", ""),
    Format(
        "own folders",
        "Folders of your own classes, or of numbers",
        "1/, 2/, ... or any names",
        has_classes,
        read_class_folders,
        "",
        "",
    ),
)
"""All layouts, the most particular first: the first that recognises a source reads it."""

_MOST_INNER = 16
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
