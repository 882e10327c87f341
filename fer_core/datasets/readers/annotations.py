"""Pictures with a file of labels each: AffectNet's .npy, CK+'s _emotion.txt, YOLO's .txt."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from functools import partial

import numpy as np

from fer_core.datasets.codings import CODINGS
from fer_core.datasets.images import UnusableError
from fer_core.datasets.layout import usage_of
from fer_core.datasets.readers.class_folders import names_file
from fer_core.datasets.source import Listing, Record, Source, unusable

_CKPLUS = re.compile(r"(S\d{3})[_/](\d{3})")
_LONGEST, _MOST_FACES = 10_000, 100
_YOLO_ROW = re.compile(r"\s*(\d{1,4})((?:\s+\d*\.?\d+(?:e-?\d+)?){4,})\s*", re.IGNORECASE)


def has_affectnet(listing: Listing) -> bool:
    """Whether AffectNet's `annotations/N_exp.npy` lie beside pictures."""
    return bool(listing.pictures) and bool(listing.ending("_exp.npy"))


def read_affectnet(listing: Listing) -> Source:
    """Samples of AffectNet: `images/N.jpg`, with the number of the class in `annotations/N_exp.npy`."""
    annotations = {_key(path.rsplit("/", 1)[-1][: -len("_exp.npy")], path): path for path in listing.ending("_exp.npy")}

    def records() -> Iterator[Record]:
        for path in listing.pictures:
            annotation = annotations.get(_key(path.rsplit("/", 1)[-1].rsplit(".", 1)[0], path))
            label = _npy_number(listing, annotation) if annotation else ""
            opened = listing.loader(path) if label else unusable("no _exp.npy that can be read belongs to it")
            yield Record(label, listing.usage(path), path, opened)

    return Source("affectnet", listing.files.name, records(), listing.position, coding=CODINGS["affectnet"])


def has_ckplus(listing: Listing) -> bool:
    """Whether CK+'s `S005_001_00000011_emotion.txt` lie beside pictures."""
    return bool(listing.pictures) and any(_CKPLUS.search(path) for path in listing.ending("_emotion.txt"))


def read_ckplus(listing: Listing) -> Source:
    """Samples of CK+: of each labelled sequence the last picture, where the expression is strongest."""
    labels = {match.groups(): path for path in listing.ending("_emotion.txt") if (match := _CKPLUS.search(_name(path)))}
    sequences: dict[tuple[str, ...], list[str]] = {}
    for path in listing.pictures:
        if match := _CKPLUS.search(_name(path)):
            sequences.setdefault(match.groups(), []).append(path)

    def records() -> Iterator[Record]:
        for sequence, pictures in sorted(sequences.items()):
            if sequence in labels:
                peak = max(pictures, key=_name)
                number = _text(listing, labels[sequence]).strip()
                label = str(int(float(number))) if re.fullmatch(r"\d(\.0*(e\+0+)?)?", number) else number[:20]
                yield Record(label, listing.usage(peak), peak, listing.loader(peak), subject=sequence[0])

    left = len(sequences) - sum(sequence in labels for sequence in sequences)
    notes = (f"Of each labelled sequence the last picture was taken; {left:,} sequences have no label.",)
    return Source("ckplus", listing.files.name, records(), listing.position, coding=CODINGS["ckplus"], notes=notes)


def has_yolo(listing: Listing) -> bool:
    """Whether `labels/N.txt` with boxes lie beside `images/N.jpg`."""
    return bool(listing.pictures) and any(_YOLO_ROW.match(_text(listing, path)) for path in _yolo_labels(listing)[:5])


def read_yolo(listing: Listing) -> Source:
    """Samples of a YOLO-format folder: each line of `labels/N.txt` is a class and a box, in shares of the picture's sides."""
    names, source = names_file(listing)
    labels = {_stem(path): path for path in _yolo_labels(listing)}

    def records() -> Iterator[Record]:
        for path in listing.pictures:
            annotation = labels.get(_stem(path))
            lines = _text(listing, annotation).splitlines()[:_MOST_FACES] if annotation else []
            rows = [match for line in lines if (match := _YOLO_ROW.fullmatch(line))]
            if not rows:
                yield Record("", "", path, unusable("no line in labels/ belongs to it"))
            for number, row in enumerate(rows):
                label = names.get(int(row[1]), row[1])
                box = tuple(float(cell) for cell in row[2].split()[:4])
                file = path if len(rows) == 1 else f"{path} face {number + 1}"
                load = listing.loader(path, partial(_box_of_shares, box))
                yield Record(label, usage_of(path.split("/")[:-1], root=listing.root), file, load)

    named = f" Classes are named by '{source}'." if names else ""
    notes = (f"Faces are in the boxes of labels/.{named}",)
    return Source("yolo", listing.files.name, records(), listing.position, notes=notes)


def _box_of_shares(shares: tuple[float, ...], wide: int, high: int) -> tuple[float, float, float, float]:
    """The box in pixels that is given by its centre and sides, as shares of the picture's sides."""
    x, y, width, height = shares
    return (x - width / 2) * wide, (y - height / 2) * high, (x + width / 2) * wide, (y + height / 2) * high


def _yolo_labels(listing: Listing) -> list[str]:
    return [path for path in listing.ending(".txt") if "labels" in path.lower().split("/")[:-1]]


def _stem(path: str) -> str:
    """What a picture and its file of labels have in common: the path without images or labels, and without the suffix."""
    folders = [part for part in path.lower().split("/")[:-1] if part not in ("images", "labels")]
    return "/".join([*folders, _name(path).lower().rsplit(".", 1)[0]])


def _key(stem: str, path: str) -> tuple[str, str]:
    folders = [part for part in path.split("/")[:-1] if part.lower() not in ("images", "annotations")]
    return stem, "/".join(folders)


def _npy_number(listing: Listing, path: str) -> str:
    try:
        content = listing.files.read(path)[:_LONGEST]
        value = np.load(io.BytesIO(content), allow_pickle=False)
        return str(int(value)) if value.size == 1 else ""
    except (UnusableError, ValueError, EOFError, OSError, TypeError):
        return ""


def _text(listing: Listing, path: str) -> str:
    try:
        return listing.files.read(path)[:_LONGEST].decode("utf-8", "replace")
    except UnusableError:
        return ""


def _name(path: str) -> str:
    return path.rsplit("/", 1)[-1]
