"""Pictures with a file of labels for each, or for each sequence: CK+'s _emotion.txt, Aff-Wild2's and YOLO's .txt."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import partial
from itertools import islice

from fer_core.datasets.codings import CODINGS
from fer_core.datasets.images import UnusableError
from fer_core.datasets.layout import usage_of
from fer_core.datasets.readers.class_folders import names_file
from fer_core.datasets.source import Listing, Record, Source, unusable
from fer_core.datasets.streams import lines as lines_of
from fer_core.errors import ImportRefusedError

_CKPLUS = re.compile(r"(S\d{3})[_/](\d{3})")
_CKPLUS_NEUTRAL = "0"
# The first line of a text of the expression challenge (Kollias 2022, arXiv:2202.10659).
_AFFWILD2 = re.compile(
    r"\s*Neutral,\s*Anger,\s*Disgust,\s*Fear,\s*Happiness,\s*Sadness,\s*Surprise(,\s*Other)?\s*", re.IGNORECASE
)
_LONGEST, _MOST_FACES = 10_000, 100
_YOLO_ROW = re.compile(r"\s*(\d{1,4})((?:\s+\d*\.?\d+(?:e-?\d+)?){4,})\s*", re.IGNORECASE)


def has_ckplus(listing: Listing) -> bool:
    """Whether CK+'s `S005_001_00000011_emotion.txt` lie beside pictures."""
    return bool(listing.pictures) and any(_CKPLUS.search(path) for path in listing.ending("_emotion.txt"))


def read_ckplus(listing: Listing) -> Source:
    """Samples of CK+: of each labelled sequence the last picture, where the expression is strongest, and the first as neutral."""
    labels = {match.groups(): path for path in listing.ending("_emotion.txt") if (match := _CKPLUS.search(_name(path)))}
    sequences: dict[tuple[str, ...], list[str]] = {}
    for path in listing.pictures:
        if match := _CKPLUS.search(_name(path)):
            sequences.setdefault(match.groups(), []).append(path)

    def records() -> Iterator[Record]:
        for sequence, pictures in sorted(sequences.items()):
            if sequence not in labels:
                continue
            first, peak = min(pictures, key=_name), max(pictures, key=_name)
            number = _text(listing, labels[sequence]).strip()
            label = str(int(float(number))) if re.fullmatch(r"\d(\.0*(e\+0+)?)?", number) else number[:20]
            # A sequence begins neutral and ends at its peak (Lucey et al. 2010); one of a single picture shows the peak alone.
            if first != peak:
                yield Record(_CKPLUS_NEUTRAL, listing.usage(first), first, listing.loader(first), subject=sequence[0])
            yield Record(label, listing.usage(peak), peak, listing.loader(peak), subject=sequence[0])

    left = len(sequences) - sum(sequence in labels for sequence in sequences)
    notes = (
        "Of each labelled sequence the last picture was taken, with the sequence's label, and the first as neutral; "
        f"{left:,} sequences have no label.",
    )
    return Source("ckplus", listing.files.name, records(), listing.position, coding=CODINGS["ckplus"], notes=notes)


def has_affwild2(listing: Listing) -> bool:
    """Whether Aff-Wild2's frames, a folder a video, lie beside texts of the videos' names with a line a frame."""
    return bool(listing.pictures) and bool(_affwild2_texts(listing))


def read_affwild2(listing: Listing) -> Source:
    """Samples of Aff-Wild2's cropped frames: line N below the first of a video's text is the class of its picture N.

    Frames that have no class (-1), or no line, are listed; who is shown is taken to be one person a video.
    """
    texts = _affwild2_texts(listing)

    def records() -> Iterator[Record]:
        lines: tuple[str, list[str]] = ("", [])
        for path in listing.pictures:
            *_, video, name = ["", *path.split("/")]
            stem = name.rsplit(".", 1)[0]
            text = texts.get(video)
            if text is None or not stem.isdigit():
                yield Record("", "", path, unusable("no text with a line a frame belongs to its video"))
                continue
            if lines[0] != text:  # pictures come video by video
                lines = (text, _lines(listing, text))
            place = int(stem)
            label = lines[1][place].strip() if 1 <= place < len(lines[1]) else ""
            usage = usage_of(text.split("/")[:-1], root=listing.root) or listing.usage(path)
            if label in ("", "-1"):
                yield Record("", usage, path, unusable("its frame has no class (-1)" if label else "its frame has no line"))
            else:
                yield Record(label[:20], usage, path, listing.loader(path), subject=video)

    notes = ("Who is shown is taken to be one person a video.",)
    return Source("affwild2", listing.files.name, records(), listing.position, coding=CODINGS["affwild2"], notes=notes)


def _affwild2_texts(listing: Listing) -> dict[str, str]:
    """{video: path of its text} of the texts that begin with Aff-Wild2's names of classes and whose video has a folder."""
    videos = {path.split("/")[-2] for path in listing.pictures if "/" in path}
    named = {_name(path).rsplit(".", 1)[0]: path for path in listing.ending(".txt")}
    return {
        video: path
        for video, path in named.items()
        if video in videos and _AFFWILD2.match(next(iter(_lines(listing, path, most=1)), ""))
    }


def _lines(listing: Listing, path: str, *, most: int = 1_000_000) -> list[str]:
    """The first lines of a text; none where it cannot be read."""
    try:
        with listing.files.stream(path) as stream:
            return list(islice(lines_of(stream, longest=_LONGEST), most))
    except (UnusableError, ImportRefusedError):
        return []


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


def _text(listing: Listing, path: str) -> str:
    try:
        return listing.files.read(path)[:_LONGEST].decode("utf-8", "replace")
    except UnusableError:
        return ""


def _name(path: str) -> str:
    return path.rsplit("/", 1)[-1]
