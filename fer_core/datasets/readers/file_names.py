"""Pictures whose file names say what they show: JAFFE, KDEF, and names with an expression's word in them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from fer_core.datasets.source import Listing, Record, Source, share_named, unusable
from fer_core.labels import canonical, is_expression

# Lyons et al. 1998, doi:10.1109/AFGR.1998.670949: person, expression and its number, number of the picture.
_JAFFE = re.compile(r"([A-Z]{2})[.-](AN|DI|FE|HA|NE|SA|SU)(\d)[.-](\d+)\.\w+", re.IGNORECASE)
# Lundqvist, Flykt and Öhman 1998: session, sex and number of the person, expression, angle.
_KDEF = re.compile(r"([AB])([FM]\d{2})(AF|AN|DI|HA|NE|SA|SU)(S|HL|HR|FL|FR)\.\w+", re.IGNORECASE)
_CODES = {
    "AF": "fear",
    "FE": "fear",
    "AN": "angry",
    "DI": "disgust",
    "HA": "happy",
    "NE": "neutral",
    "SA": "sad",
    "SU": "surprise",
}
_ANGLES = {"S": "straight", "HL": "half left", "HR": "half right", "FL": "full left", "FR": "full right"}
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")
_MOST = 0.8


def has_jaffe(listing: Listing) -> bool:
    """Whether most pictures are named as JAFFE's are: `KA.AN1.39.tiff`."""
    return share_named(listing, _JAFFE) >= _MOST


def read_jaffe(listing: Listing) -> Source:
    """Samples of JAFFE: person and expression stand in the file's name."""

    def records() -> Iterator[Record]:
        for path in listing.pictures:
            match = _JAFFE.fullmatch(_name(path))
            if match is None:
                yield Record("", "", path, unusable("not named as JAFFE names its pictures"))
            else:
                label, subject = _CODES[match[2].upper()], match[1].upper()
                yield Record(label, listing.usage(path), path, listing.loader(path), subject=subject)

    return Source("jaffe", listing.files.name, records(), listing.position)


def has_kdef(listing: Listing) -> bool:
    """Whether most pictures are named as KDEF's are: `AF01ANS.JPG`."""
    return share_named(listing, _KDEF) >= _MOST


def read_kdef(listing: Listing) -> Source:
    """Samples of KDEF: person, expression and angle stand in the file's name; both sessions show the same people."""

    def records() -> Iterator[Record]:
        for path in listing.pictures:
            match = _KDEF.fullmatch(_name(path))
            if match is None:
                yield Record("", "", path, unusable("not named as KDEF names its pictures"))
            else:
                label, angle = _CODES[match[3].upper()], _ANGLES[match[4].upper()]
                yield Record(label, listing.usage(path), path, listing.loader(path), subject=match[2].upper(), angle=angle)

    return Source("kdef", listing.files.name, records(), listing.position)


def has_words(listing: Listing) -> bool:
    """Whether most pictures have exactly one expression's word in their names, and not all the same."""
    words = [word_of(path) for path in listing.pictures]
    named = [word for word in words if word]
    return len(named) >= _MOST * max(1, len(words)) and len(set(named)) >= 2


def read_words(listing: Listing) -> Source:
    """Samples whose class is the one expression's word in the file's name: `img001_anger.jpg`."""

    def records() -> Iterator[Record]:
        for path in listing.pictures:
            word = word_of(path)
            opened = listing.loader(path) if word else unusable("no expression, or more than one, in its name")
            yield Record(word, listing.usage(path), path, opened)

    notes = ("Classes are the words in the files' names.",)
    return Source("names", listing.files.name, records(), listing.position, notes=notes)


def word_of(path: str) -> str:
    """The one expression that a file's name has as a word; empty when it has none, or different ones."""
    names = {canonical(word) for word in _WORD.findall(_name(path).rsplit(".", 1)[0]) if is_expression(word)}
    return names.pop() if len(names) == 1 else ""


def _name(path: str) -> str:
    return path.rsplit("/", 1)[-1]
