"""Pictures in class folders, with or without folders of splits above, and exports of this program."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import takewhile

from fer_core.datasets.card import CARD_FILE, READ_ME, SAMPLES_FILE, card_of_files
from fer_core.datasets.codings import number_of
from fer_core.datasets.layout import Place, place, without_number
from fer_core.datasets.manifest import manifest_extras, manifest_records
from fer_core.datasets.readers.picture_index import table_rows
from fer_core.datasets.source import Listing, Record, Source, may_be_picture, share_named, suffix, unusable
from fer_core.errors import ImportRefusedError

_NAMES_FILE = ("classes.txt", "names.txt", "class_names.txt", "labels.txt", "obj.names", "data.yaml", "dataset.yaml")
_LONGEST_NAMES = 100_000
_NUMBERED = re.compile(r"\s*-?\s*['\"]?(?:class[ _-]?)?(\d{1,4})['\"]?\s*[:=,\s-]\s*['\"]?([A-Za-z][\w -]*?)['\"]?\s*,?\s*")
# Lucey et al. 2010: person, sequence and frame.
_CK = re.compile(r"(S\d{3})_\d{3}_\d{8}\.\w+", re.IGNORECASE)
# Dhall et al. 2011, doi:10.1109/ICCVW.2011.6130508: film, time in it and frame.
_SFEW = re.compile(r"[A-Za-z0-9]+_\d{9}_\d{8}\.\w+")
# Li, Deng and Du 2017: split, number, and whether the face was aligned.
_RAFDB = re.compile(r"(?:train|test)_\d{4,5}(?:_aligned)?\.\w+", re.IGNORECASE)
_MOST = 0.8
_LISTED = re.compile(r"names\s*:\s*\[(.*?)\]", re.DOTALL)


def has_known_classes(listing: Listing) -> bool:
    """Whether most pictures lie in folders with expressions' names, or beside such folders."""
    return bool(listing.pictures) and listing.named_share >= 0.5


def has_classes(listing: Listing) -> bool:
    """Whether a picture lies in a folder that can be its class."""
    return any(listing.places[path].label for path in listing.pictures)


def has_pictures(listing: Listing) -> bool:
    """Whether there are pictures at all: why they cannot be used is said for each."""
    return bool(listing.pictures)


def has_ck48(listing: Listing) -> bool:
    """Whether most pictures lie in classes' folders and are named as CK+'s are: `anger/S010_004_00000017.png`."""
    return has_known_classes(listing) and share_named(listing, _CK) >= _MOST


def read_ck48(listing: Listing) -> Source:
    """Samples of CK+48: class folders; the beginning of a file's name is the person."""
    return replace(_with_persons(read_class_folders(listing), _CK), kind="ck48")


def has_sfew(listing: Listing) -> bool:
    """Whether most pictures lie in classes' folders and are named by film and time: `Airheads_000519240_00000007.png`."""
    return has_known_classes(listing) and share_named(listing, _SFEW) >= _MOST


def read_sfew(listing: Listing) -> Source:
    """Samples of SFEW: class folders below Train and Val; faces of its test have no labels."""
    return replace(read_class_folders(listing), kind="sfew")


def has_rafdb_folders(listing: Listing) -> bool:
    """Whether RAF-DB lies as Kaggle has it: its own names of files in folders of the numbers 1 to 7."""
    numbers = {number_of(listing.places[path].label) for path in listing.pictures}
    return share_named(listing, _RAFDB) >= _MOST and numbers <= {*range(1, 8)}


def read_rafdb_folders(listing: Listing) -> Source:
    """Samples of RAF-DB as Kaggle has it; where its tables of labels say another number than the folder, a picture is listed.

    Numbers are not named by it: other sets were cropped and numbered by the same programs.
    """
    tables = listing.named("train_labels.csv", "test_labels.csv")
    listed = _listed_numbers(listing, tables)
    source = read_class_folders(listing)

    def records() -> Iterator[Record]:
        for record in source.records:
            if record.file in tables:
                continue
            number = listed.get(record.file.rsplit("/", 1)[-1].lower())
            if number is not None and record.label and number != number_of(record.label):
                reason = f"its folder says {record.label}, the table {number}"
                record = replace(record, label="", load=unusable(reason))
            yield record

    notes = (
        (*source.notes, f"Folders and tables of labels were compared for {len(listed):,} pictures.") if listed else source.notes
    )
    return replace(source, kind="rafdb-folders", records=records(), notes=notes)


def _listed_numbers(listing: Listing, tables: Iterable[str]) -> dict[str, int]:
    """{name of the picture: number} of the tables of labels."""
    listed: dict[str, int] = {}
    for path in tables:
        for row in table_rows(listing, path, ","):
            if len(row) >= 2 and _RAFDB.fullmatch(row[0].strip()) and (number := number_of(row[1])) is not None:
                listed[row[0].strip().lower()] = number
    return listed


def _with_persons(source: Source, pattern: re.Pattern[str]) -> Source:
    """The source with the persons that the pattern's first group tells of files' names."""

    def records() -> Iterator[Record]:
        for record in source.records:
            match = pattern.fullmatch(record.file.rsplit("/", 1)[-1])
            yield replace(record, subject=match[1]) if match else record

    return replace(source, records=records())


def is_export(listing: Listing) -> bool:
    """Whether this program has written it: a data card lies beside its table of samples."""
    return card_of_files(listing.files, listing.paths) is not None


def read_class_folders(listing: Listing) -> Source:
    """Samples of class folders; numbers are named by a names file beside them, if there is one.

    Raises:
        ImportRefusedError: two folders of one path name different splits.
    """
    places = listing.places
    has_splits = any(where.usage for where in places.values())
    numbers = {number for path in listing.pictures if (number := number_of(places[path].label)) is not None}
    names, source = names_file(listing, numbers) if numbers else ({}, "")
    notes = [f"The numbers of the class folders are named by '{source}'."] if names else []

    def records() -> Iterator[Record]:
        for path in listing.paths:
            where = places.get(path, Place("", "", is_known=False))
            if reason := _obstacle(path, where, has_splits):
                yield Record("", "", path, unusable(reason))
            else:
                number = number_of(where.label)
                label = names.get(number, where.label) if number is not None else where.label
                yield Record(label, where.usage, path, listing.loader(path), subject=where.subject)

    kind = "kaggle" if has_splits else "folders"
    n = max(1, len(listing.paths))
    return Source(kind, listing.files.name, records(), lambda done: done / n, notes=(*notes, *_root_note(listing)))


def read_export(listing: Listing) -> Source:
    """Samples of an export: its table says the order, the splits and the votes; pictures that were added follow.

    Raises:
        ImportRefusedError: the table is damaged.
    """
    exported = card_of_files(listing.files, listing.paths)
    if exported is None:
        raise ImportRefusedError(f"'{listing.files.name}' is no export of this program; export the data set again.")
    prefix, card = exported
    extras = manifest_extras(listing.files, prefix)
    listed: set[str] = set()

    def records() -> Iterator[Record]:
        for path, record in manifest_records(listing.files, prefix, listing.paths, listing.loader, extras):
            listed.add(path)
            yield record
        known = listed | {prefix + name for name in (CARD_FILE, SAMPLES_FILE, READ_ME)}
        for path in listing.paths:
            if path not in known:
                where = place(path)
                reason = _obstacle(path, where, has_splits=True)
                opened = unusable(reason) if reason else listing.loader(path)
                yield Record(where.label, where.usage, path, opened, "", (0.0,) * len(extras))

    return Source("kaggle", listing.files.name, records(), lambda done: done / max(1, card.n), extras, card)


def names_file(listing: Listing, numbers: Iterable[int] = ()) -> tuple[dict[int, str], str]:
    """What a names file (`classes.txt`, `data.yaml`, ...) calls the numbers {number: name}, and its path; empty without one.

    A line holds a number and a name, or names alone stand in the order of their numbers, from 0.

    Args:
        listing: the files.
        numbers: the numbers that are used. Where they begin with 1, names alone count from 1, if there are as many.
    """
    used = sorted(numbers)
    for path in sorted(listing.named(*_NAMES_FILE), key=lambda path: (path.count("/"), path)):
        text = listing.files.read(path).decode("utf-8-sig", "replace")[:_LONGEST_NAMES]
        numbered, ordered = _numbered_names(text), _ordered_names(text, is_yaml=path.lower().endswith(".yaml"))
        if len(numbered) >= 2:
            return numbered, path
        if len(ordered) >= 2 and (not used or used == list(range(used[0], used[0] + len(ordered)))):
            return dict(enumerate(ordered, start=used[0] if used else 0)), path
    return {}, ""


def _numbered_names(text: str) -> dict[int, str]:
    numbered = [match for line in text.splitlines() if (match := _NUMBERED.fullmatch(line))]
    return {int(match[1]): without_number(match[2]) for match in numbered}


def _ordered_names(text: str, *, is_yaml: bool) -> list[str]:
    if listed := _LISTED.search(text):
        return [word.strip(" '\"\n\r\t") for word in listed[1].split(",") if word.strip()]
    lines = [line.strip() for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    if not is_yaml:
        return lines
    start = next((place for place, line in enumerate(lines) if line == "names:"), len(lines))
    return [line.strip(" -'\"") for line in takewhile(lambda line: line.startswith("-"), lines[start + 1 :])]


def _root_note(listing: Listing) -> list[str]:
    usages = {listing.places[path].usage for path in listing.pictures}
    if listing.root and usages == {listing.root}:
        return [f"All pictures belong to one split, as the folder itself is named '{listing.root}'."]
    return []


def _obstacle(path: str, where: Place, has_splits: bool) -> str:
    if not may_be_picture(path):
        return f"not a format that can be read ({suffix(path)})"
    if has_splits and not where.usage:
        return "outside the folders of the splits"
    return "" if where.label else "not in a class folder"
