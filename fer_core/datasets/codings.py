"""What the class numbers of known data sets stand for: numbers alone are never guessed."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from fer_core.datasets.naming import class_name
from fer_core.errors import ImportRefusedError, InputError
from fer_core.files import read_regular
from fer_core.labels import SEVEN, canonical

_NUMBER = re.compile(r"(?:class[ _-]?)?(-?\d{1,9})(?:\.0*)?", re.IGNORECASE)
_MOST_BYTES = 1_000_000

MAPPED = "map"
"""Name of the coding that the viewer gives."""

SKIP = "skip"
"""In a mapping, what stands for no class: faces with that label are counted, and not imported."""


class CodingNeededError(ImportRefusedError):
    """A source has class numbers that nothing names; the viewer has to choose a coding.

    Attributes:
        numbers: the numbers, or the first of very many.
    """

    def __init__(self, sentence: str, numbers: Iterable[int]) -> None:
        super().__init__(sentence)
        self.numbers = tuple(sorted(numbers))


@dataclass(frozen=True)
class Coding:
    """Which class each number of a data set stands for.

    Attributes:
        name: what the command line calls it.
        title: the data sets that use it, for people.
        classes: {number: class}, the numbers that the data set is known for.
        further: {number: class} of numbers that some copies have besides.
    """

    name: str
    title: str
    classes: Mapping[int, str]
    further: Mapping[int, str] = field(default_factory=dict)

    def __getitem__(self, number: int) -> str | None:
        """The class of a number; None when the coding does not have it."""
        return self.classes.get(number, self.further.get(number))

    @property
    def span(self) -> str:
        """The numbers in words: `0 to 6`, or a list where some are missing between."""
        return numbers_in_words(self.classes)

    @property
    def sentence(self) -> str:
        """Every number with its class: `1 surprise, 2 fear, ...`."""
        return ", ".join(f"{number} {name}" for number, name in sorted(self.classes.items()))


def _coding(name: str, title: str, classes: str, *, first: int = 0, further: Mapping[int, str] | None = None) -> Coding:
    return Coding(name, title, dict(enumerate(classes.split(), start=first)), further or {})


CODINGS: dict[str, Coding] = {
    coding.name: coding
    for coding in (
        # Goodfellow et al. 2013, arXiv:1307.0414.
        _coding("fer2013", "FER2013", " ".join(SEVEN)),
        # Li, Deng and Du 2017, doi:10.1109/CVPR.2017.277; list_patition_label.txt of the basic set.
        _coding("rafdb", "RAF-DB, basic set", "surprise fear disgust happy sad angry neutral", first=1),
        # Mollahosseini et al. 2017, arXiv:1708.03985.
        _coding(
            "affectnet",
            "AffectNet",
            "neutral happy sad surprise fear disgust angry contempt",
            further={8: "none", 9: "uncertain", 10: "no face"},
        ),
        # Lucey et al. 2010, doi:10.1109/CVPRW.2010.5543262.
        _coding("ckplus", "CK+", "neutral angry contempt disgust fear happy sad surprise"),
        # ckextended.csv on Kaggle (davilsena/ckdataset): FER2013's order, and contempt.
        _coding("ckextended", "CK+ as a table of pixels", " ".join((*SEVEN, "contempt"))),
        # Zhang et al. 2018, arXiv:1609.06426: FER2013's order.
        _coding("expw", "ExpW", " ".join(SEVEN)),
        # Barsoum et al. 2016, arXiv:1608.01041: the order of the columns of votes.
        _coding(
            "ferplus",
            "FER+",
            "neutral happy surprise sad angry disgust fear contempt",
            further={8: "unknown", 9: "no face"},
        ),
        # Kollias 2022, arXiv:2202.10659.
        _coding("affwild2", "Aff-Wild2", "neutral angry disgust fear happy sad surprise other", further={-1: "none"}),
        # What ImageFolder of torchvision and image_dataset_from_directory of Keras make of seven folders.
        _coding("alphabetical", "the seven names sorted by letters", "angry disgust fear happy neutral sad surprise"),
    )
}


@dataclass(frozen=True)
class Naming:
    """How the classes of one import are named: by a coding, and by names that the viewer gave.

    Attributes:
        coding: for numbers; None when there is none.
        words: {name as written in lower case: class}, from `--map`.
    """

    coding: Coding | None = None
    words: Mapping[str, str] = field(default_factory=dict)

    def name(self, written: str) -> str | None:
        """The class that a label as written stands for, or `SKIP`; empty for an empty label, None for a number without a name."""
        text = class_name(written)
        number = number_of(text)
        if number is not None:
            return self.coding[number] if self.coding is not None else None
        return self.words.get(text.lower()) or canonical(text)

    def skips(self, written: str) -> bool:
        """Whether faces with this label are to be left out; a class that a source itself calls `skip` is a class."""
        number = number_of(class_name(written))
        if number is not None:
            return self.coding is not None and self.coding.name == MAPPED and self.coding[number] == SKIP
        return self.words.get(class_name(written).lower()) == SKIP


def number_of(written: str) -> int | None:
    """The number in a label that is nothing but one (`3`, `3.0`, `007`, `class003`); None for any other."""
    match = _NUMBER.fullmatch(written.strip())
    return int(match[1]) if match else None


def numbers_in_words(numbers: Iterable[int]) -> str:
    """Numbers for a sentence: `0 to 6`, or a list where some are missing between, the first twelve."""
    ordered = sorted(numbers)
    if len(ordered) > 2 and ordered == list(range(ordered[0], ordered[-1] + 1)):
        return f"{ordered[0]} to {ordered[-1]}"
    return ", ".join(map(str, ordered[:12])) + (", ..." if len(ordered) > 12 else "")


def fitting(numbers: Iterable[int]) -> list[Coding]:
    """The codings that have all of these numbers; those whose numbers are exactly these come first."""
    asked = set(numbers)
    fits = [coding for coding in CODINGS.values() if all(coding[number] is not None for number in asked)]
    return sorted(fits, key=lambda coding: set(coding.classes) != asked)


def advice(numbers: Iterable[int]) -> str:
    """What to do about numbers without names, as the end of a sentence: the codings that fit, and `--map`."""
    asked = set(numbers)
    fits = fitting(asked)
    exact = [f"coding {coding.name} ({coding.span}) fits" for coding in fits if set(coding.classes) == asked]
    others = [f"{coding.name} ({coding.span})" for coding in fits if set(coding.classes) != asked]
    said = ", ".join(exact)
    if others:
        said += f"{'; also possible: ' if exact else 'possible codings: '}{', '.join(others)}"
    example = ",".join(f"{number}=NAME" for number in sorted(asked)[:2])
    how = f"name each with --map, such as {example}"
    return f"{said}; say which with --coding, or {how}" if fits else f"no known coding has them all; {how}"


def choose(coding: str = "", mapping: str | Path | Mapping[str, str] = "") -> Naming:
    """How classes are named, from what the viewer chose.

    Args:
        coding: a name of `CODINGS`; empty for none.
        mapping: {label: class}, `1=surprise,2=fear`, or a file with one such pair per line (`=`, `,` or `:` between), or a JSON
            file of an object of them or of a data set (`dataset.json`); numbers or words on the left, a class or `skip` on the
            right. Numbers that are mapped take the place of a coding's.

    Raises:
        InputError: no such coding, a pair without both sides, or one label with two names.
    """
    if coding and coding not in CODINGS:
        raise InputError(f"A coding is one of {', '.join(CODINGS)}; got '{coding}'.")
    base = CODINGS.get(coding)
    if not (mapping if isinstance(mapping, Mapping) else str(mapping).strip()):
        return Naming(base)
    numbers: dict[int, str] = {}
    words: dict[str, str] = {}
    for left, right in mapping.items() if isinstance(mapping, Mapping) else _pairs(mapping):
        number = number_of(left)
        known = words.get(class_name(left).lower()) if number is None else numbers.get(number)
        if known not in (None, canonical(class_name(right))):
            raise InputError(f"--map gives '{left}' two names, {known} and {right}; keep one of them.")
        if number is None:
            words[class_name(left).lower()] = canonical(class_name(right))
        else:
            numbers[number] = canonical(class_name(right))
    if not numbers:
        return Naming(base, words)
    if base is not None:
        numbers = {**base.classes, **base.further, **numbers}
    return Naming(Coding(MAPPED, "names that were given with --map", dict(sorted(numbers.items()))), words)


def _pairs(mapping: str | Path) -> list[tuple[str, str]]:
    text = str(mapping)
    parts = text.split(",")
    if isinstance(mapping, Path) or "=" not in text:
        try:
            content = read_regular(Path(mapping), most=_MOST_BYTES).decode("utf-8-sig", "replace")
        except OSError as error:
            raise InputError(
                f"--map is pairs such as 1=surprise,2=fear or a file of them; '{text[:80]}' is neither ({error.strerror})."
            ) from error
        if content.lstrip().startswith("{"):
            return _json_pairs(content, text)
        lines = [line.strip() for line in content.splitlines()]
        parts = [line if "=" in line else re.sub(r"\s*[:,;\t]\s*", "=", line, count=1) for line in lines]
    pairs = [tuple(side.strip() for side in part.partition("=")[::2]) for part in parts if part.strip()]
    wrong = [part for part, pair in zip((part for part in parts if part.strip()), pairs, strict=True) if not all(pair)]
    if wrong or not pairs:
        raise InputError(f"--map is pairs such as 1=surprise,2=fear; got '{(wrong or [text])[0].strip()[:80]}'.")
    return [(left, right) for left, right in pairs]


def _json_pairs(content: str, name: str) -> list[tuple[str, str]]:
    """The pairs of an object {label: class}, or of the `mapping` in one, as a data set keeps it."""
    try:
        document = json.loads(content)
        pairs = document.get("mapping", document)
        if pairs and all(isinstance(right, str) and left.strip() and right.strip() for left, right in pairs.items()):
            return [(left.strip(), right.strip()) for left, right in pairs.items()]
    except (ValueError, AttributeError, RecursionError):
        pass
    raise InputError(
        f"--map takes a JSON file of an object {{label: class}}, or a data set's dataset.json; '{name[-80:]}' is neither."
    )
