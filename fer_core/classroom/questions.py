"""Kinds of rounds that a class can play, one row each: what is asked, and which answers are answers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from fer_core.errors import InputError

KindName = Literal["faces", "accuracy", "look"]
Answer = int | tuple[float, float]
"""Place of a class, whole per cent, or a place (x, y) on a face, both 0 to 1 from the upper left corner."""


@dataclass(frozen=True)
class Round:
    """Faces, or one question, for the class.

    Attributes:
        number: of the round in its lesson, from 1.
        kind: name of its kind.
        classes: what may be answered, for faces.
        pictures: one address (`data:`) for each item; a question without a picture has an empty one.
        facts: what stays with the teacher until it is revealed: labels, answers of the network, votes of annotators.
    """

    number: int
    kind: KindName
    classes: tuple[str, ...] = ()
    pictures: tuple[str, ...] = ("",)
    facts: dict[str, Any] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """The round as JSON."""
        return {
            "number": self.number,
            "kind": self.kind,
            "classes": list(self.classes),
            "pictures": list(self.pictures),
            "facts": self.facts,
        }

    @classmethod
    def from_dict(cls, given: dict[str, Any]) -> Round:
        """The round of what `to_dict` wrote."""
        return cls(given["number"], given["kind"], tuple(given["classes"]), tuple(given["pictures"]), given["facts"])


@dataclass(frozen=True)
class Kind:
    """A kind of round.

    Attributes:
        name: in a `Round`.
        title: on the teacher's page.
        question: what the class is asked.
        read: the fields of a form to an answer; raises InputError.
    """

    name: KindName
    title: str
    question: str
    read: Callable[[Round, dict[str, str]], Answer]


def _read_class(asked: Round, form: dict[str, str]) -> int:
    given = form.get("answer", "")
    if not given.isdecimal() or len(given) > 3 or int(given) >= len(asked.classes):
        raise InputError(f"An answer must be the number of an expression, 0 to {len(asked.classes) - 1}.")
    return int(given)


def _read_percent(asked: Round, form: dict[str, str]) -> int:
    given = form.get("answer", "")
    if not given.isdecimal() or len(given) > 3 or int(given) > 100:
        raise InputError("A guess must be a whole number of per cent, 0 to 100.")
    return int(given)


def _read_place(asked: Round, form: dict[str, str]) -> tuple[float, float]:
    """A tap in thousandths of the picture, or in pixels of a picture 300 wide, as a form without scripts sends it."""
    for names, scale in ((("x", "y"), 1000), (("tap.x", "tap.y"), 300)):
        given = [form.get(name, "") for name in names]
        if all(text.isdecimal() and len(text) < 5 for text in given):
            x, y = (int(text) / scale for text in given)
            if 0 <= x <= 1 and 0 <= y <= 1:
                return round(x, 3), round(y, 3)
    raise InputError("A tap must be a place on the face.")


KINDS: dict[KindName, Kind] = {
    kind.name: kind
    for kind in (
        Kind("faces", "Ten faces", "Which expression is shown?", _read_class),
        Kind("accuracy", "Guess the accuracy", "Of 100 faces, how many does the network name as labelled?", _read_percent),
        Kind("look", "Where did it look?", "Where did the network look? Tap on the face.", _read_place),
    )
}
"""{name: kind}, in the order of the page."""


def read_answer(asked: Round, form: dict[str, str]) -> Answer:
    """The answer in the fields of a form.

    Raises:
        InputError: it is none that this round knows.
    """
    return KINDS[asked.kind].read(asked, form)


def restore(answer: Any) -> Answer:
    """An answer as it was before it was written as JSON."""
    return (float(answer[0]), float(answer[1])) if isinstance(answer, Sequence) else int(answer)
