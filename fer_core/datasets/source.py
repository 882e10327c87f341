"""What every reader of a layout is given (a listing of files) and what it gives back (records, one per picture)."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property, partial

from fer_core.datasets.archive import Files
from fer_core.datasets.card import Card
from fer_core.datasets.codings import Coding
from fer_core.datasets.images import SUFFIXES, Box, Loaded, UnusableError, decode
from fer_core.datasets.layout import Place, places, usage_of
from fer_core.datasets.tables import SUBJECTS
from fer_core.settings import settings

TABLE_SUFFIXES = (".csv", ".csv.gz", ".tsv")
"""Endings of tables in text."""


@dataclass(frozen=True)
class Record:
    """One sample of a source, not decoded yet.

    Attributes:
        label: class as the source writes it, a name or a number; empty when there is none.
        usage: the source's word for the split; empty when there is none.
        file: name at the source.
        load: reads the picture, or raises UnusableError; safe to call in another thread.
        split: the split itself, where the source says it beside its own word; empty when only `usage` tells.
        extras: values of the source's further columns (votes, intensity), as many as it names.
        subject: the person; empty where unknown.
        angle: from where the face is seen; empty where unknown.
        source_label: the source's own label, where another takes its place; empty otherwise.
        weight: bytes that the record holds in memory until it is loaded.
    """

    label: str
    usage: str
    file: str
    load: Callable[[], Loaded]
    split: str = ""
    extras: tuple[float, ...] = ()
    subject: str = ""
    angle: str = ""
    source_label: str = ""
    weight: int = 0


@dataclass(frozen=True)
class Source:
    """A source that is open for reading.

    Attributes:
        kind: what `dataset.json` calls it: "kaggle" (split and class folders), "folders", "csv", "parquet" or a layout's name.
        name: name of the file or folder, without its own folder.
        records: its samples, once.
        position: how far reading has come after n records, 0 to 1.
        extras: further columns whose values the records carry {column: dtype}.
        card: the data card, when this was exported from here.
        coding: what its numbers stand for, where the layout itself says so.
        title: what kind of source it is, for people.
        notes: sentences about what was decided while it was opened.
        needs_crowd: True when votes are all it says about a face, so that no label can be taken as it is.
    """

    kind: str
    name: str
    records: Iterator[Record]
    position: Callable[[int], float]
    extras: Mapping[str, str] = field(default_factory=dict)
    card: Card | None = None
    coding: Coding | None = None
    title: str = ""
    notes: tuple[str, ...] = ()
    needs_crowd: bool = False


@dataclass(frozen=True)
class Listing:
    """The files of a source, and what their paths say.

    Attributes:
        files: the folder, archive or file.
        root: name of the folder, where it is one; it may name the split of all.
        subject_column: name of the column that tells the person, in lower case; empty for the usual ones.
        fine: whether large pictures are read as fine as they are, because faces are to be found in them.
    """

    files: Files
    root: str = ""
    subject_column: str = ""
    fine: bool = False

    @property
    def subject_columns(self) -> tuple[str, ...]:
        """Names of columns that may tell the person, in lower case."""
        return (self.subject_column,) if self.subject_column else SUBJECTS

    @cached_property
    def paths(self) -> list[str]:
        """All files, sorted."""
        return self.files.paths()

    @cached_property
    def pictures(self) -> list[str]:
        """Files with a picture's suffix."""
        return [path for path in self.paths if suffix(path) in SUFFIXES]

    @cached_property
    def places(self) -> dict[str, Place]:
        """Split and class of every file that may be a picture, by its folders.

        Raises:
            ImportRefusedError: two folders of one path name different splits.
        """
        return places([path for path in self.paths if may_be_picture(path)], root=self.root)

    @cached_property
    def max_pixels(self) -> int:
        """Pixels of one picture at most: asked once, as the settings are read from the environment each time."""
        return settings().max_image_pixels

    @cached_property
    def tables(self) -> list[str]:
        """Tables in text."""
        return self.ending(*TABLE_SUFFIXES)

    @cached_property
    def named_share(self) -> float:
        """Share of the pictures, 0 to 1, that lie in folders with an expression's name, or beside such folders."""
        return sum(self.places[path].is_known for path in self.pictures) / max(1, len(self.pictures))

    def ending(self, *suffixes: str) -> list[str]:
        """Files whose names end so, in any case."""
        return [path for path in self.paths if path.lower().endswith(suffixes)]

    def named(self, *names: str) -> list[str]:
        """Files of these names (in lower case), in any folder and case."""
        return [path for path in self.paths if path.rsplit("/", 1)[-1].lower() in names]

    def usage(self, path: str) -> str:
        """The word for the split that the folders above a file give it; empty for none."""
        return usage_of(path.split("/")[:-1], root=self.root)

    def position(self, done: int) -> float:
        """How far reading has come after so many pictures, 0 to 1."""
        return min(1.0, done / max(1, len(self.pictures)))

    def loader(self, path: str, box: Box | None = None) -> Callable[[], Loaded]:
        """What reads a picture, whose face is in a box where that is known."""
        return partial(_load, self.files, path, self.max_pixels, box, self.fine)


def suffix(path: str) -> str:
    """The file's suffix with its dot, in lower case."""
    return os.path.splitext(path)[1].lower()


def may_be_picture(path: str) -> bool:
    """Whether a file has a picture's suffix, or none."""
    return suffix(path) in SUFFIXES or not suffix(path)


def share_named(listing: Listing, pattern: re.Pattern[str]) -> float:
    """Share of the pictures, 0 to 1, whose names are of a pattern."""
    named = sum(pattern.fullmatch(path.rsplit("/", 1)[-1]) is not None for path in listing.pictures)
    return named / max(1, len(listing.pictures))


def unusable(reason: str) -> Callable[[], Loaded]:
    """A `load` that gives the reason why there is no face."""
    return partial(_raise, reason)


def _load(files: Files, path: str, max_pixels: int, box: Box | None, fine: bool) -> Loaded:
    return decode(files.read(path), max_pixels=max_pixels, box=box, fine=fine)


def _raise(reason: str) -> Loaded:
    raise UnusableError(reason)
