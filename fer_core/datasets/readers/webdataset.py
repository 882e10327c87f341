"""WebDataset: archives in which a picture and its label are files of one name: `000001.jpg` beside `000001.cls` or `.json`."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from fer_core.datasets.images import UnusableError
from fer_core.datasets.source import Listing, Record, Source, unusable
from fer_core.datasets.tables import LABELS, NAMES, SUBJECTS, whole

_LABELS = (".cls", ".label", ".json", ".txt")
"""Endings of files of labels, the most particular first."""

_LONGEST = 100_000
_LONGEST_LABEL = 200
_MOST = 0.8


def has_webdataset(listing: Listing) -> bool:
    """Whether most pictures have a file of a label of the same name beside them."""
    labels = _label_files(listing)
    with_one = sum(_key(path) in labels for path in listing.pictures)
    return bool(listing.pictures) and with_one >= _MOST * len(listing.pictures)


def read_webdataset(listing: Listing) -> Source:
    """Samples of archives of pairs; the label is the text of `.cls` or `.txt`, or a key such as `label` of `.json`.

    The split is a word of the archive's or folder's name (`train-000000.tar`).
    """
    labels = _label_files(listing)

    def records() -> Iterator[Record]:
        for path in listing.pictures:
            file = labels.get(_key(path))
            label, subject = _label(listing, file) if file else ("", "")
            reason = f"no label in {file.rsplit('/', 1)[-1]}" if file else "no file of a label has its name"
            yield Record(label, listing.usage(path), path, listing.loader(path) if label else unusable(reason), subject=subject)

    return Source("webdataset", listing.files.name, records(), listing.position)


def _label_files(listing: Listing) -> dict[str, str]:
    """{picture's path without its ending: path of its file of a label}."""
    by_picture: dict[str, str] = {}
    for ending in reversed(_LABELS):
        by_picture |= {_key(path): path for path in listing.ending(ending)}
    return by_picture


def _key(path: str) -> str:
    """What the files of one sample have in common: the path up to the first dot of the name."""
    folder, slash, name = path.rpartition("/")
    return f"{folder}{slash}{name.split('.', 1)[0]}"


def _label(listing: Listing, path: str) -> tuple[str, str]:
    """Label and person; empty where the file does not say them."""
    try:
        text = listing.files.read(path)[:_LONGEST].decode("utf-8-sig", "replace").strip()
    except UnusableError:
        return "", ""
    if not path.lower().endswith(".json"):
        return (whole(text), "") if len(text) <= _LONGEST_LABEL and "\n" not in text else ("", "")
    try:
        document: Any = json.loads(text)
    except (ValueError, RecursionError):
        return "", ""
    if not isinstance(document, dict):
        return _text(document), ""
    values = {str(key).strip().lower(): _text(value) for key, value in document.items()}
    label = next((values[name] for name in (*NAMES, *LABELS) if values.get(name)), "")
    return label, next((values[name] for name in SUBJECTS if values.get(name)), "")


def _text(value: Any) -> str:
    is_plain = isinstance(value, str | int | float) and not isinstance(value, bool)
    return whole(str(value))[:_LONGEST_LABEL] if is_plain else ""
