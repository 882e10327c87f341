"""What a lesson holds: the step that is shown, what the teacher has decided, and a vote."""

from __future__ import annotations

from dataclasses import dataclass

from fer_core.classroom.questions import Answer
from fer_core.classroom.rights import RightName


@dataclass(frozen=True)
class Step:
    """The step of the lesson that the teacher shows: its name, stage from 0, title and words (Markdown)."""

    name: str
    stage: int
    title: str
    words: str


@dataclass(frozen=True)
class State:
    """What the teacher has decided.

    Attributes:
        round: number of the round that is played; 0 for none.
        item: of the round, from 0; as many as it has items for its results.
        turn: of the round's votes: another one after a reset, so that what was sent before it does not count.
        frozen: no vote is taken.
        hidden: the board does not show votes.
        revealed: items whose label is shown; no vote is taken on them any more.
        rights: what students may do in this lesson.
        follow: students' pages go where the teacher is.
        told: the teacher has read the notice on the law.
    """

    round: int = 0
    item: int = 0
    turn: int = 0
    frozen: bool = False
    hidden: bool = True
    revealed: tuple[int, ...] = ()
    rights: tuple[RightName, ...] = ()
    follow: bool = False
    told: bool = False


@dataclass(frozen=True)
class Vote:
    """The latest vote of a student on an item: its place in the row of their posts, and the answer."""

    place: int
    answer: Answer
