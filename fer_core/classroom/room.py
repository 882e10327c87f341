"""A lesson with a class: who is in it, what the teacher shows, and the votes; all of it in memory, votes in a file as well."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import secrets
import threading
import time
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from fer_core.classroom import lesson_file
from fer_core.classroom.lesson_file import LessonFile
from fer_core.classroom.limits import Limiter
from fer_core.classroom.questions import Answer, KindName, Round, read_answer, restore
from fer_core.classroom.rights import RIGHTS, RightName
from fer_core.classroom.training import end_trainings
from fer_core.errors import FerError, InputError
from fer_core.settings import settings

LETTERS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
"""Of class codes: none of them looks like another one."""

CODE_LENGTH = 6
MOST_STUDENTS = 300
LONGEST_NICKNAME = 24
PRESENT_SECONDS = 15.0
"""Who was heard of within so many seconds counts as present; phones ask every two."""

_NICKNAME = re.compile(r"[^\W_](?:[\w .'-]*[\w.])?")


class Refused(FerError):
    """A vote that does not count: it comes too late, too often, or from nobody who is in the class."""


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


class Room:
    """One lesson. Every method may be called from any thread.

    Args:
        file: of the lesson; what it holds is taken up.
    """

    def __init__(self, file: LessonFile) -> None:
        first, *rest = file.lines()
        self.code: str = first["code"]
        self.began = float(first["began"])
        self.ended = False
        self._secret = bytes.fromhex(first["secret"])
        self._file = file
        self._lock = threading.RLock()
        self._state = State()
        self._rounds: dict[int, Round] = {}
        self._votes: dict[tuple[int, int], dict[str, Vote]] = {}
        self._names: dict[str, str] = {}
        self._seen: dict[str, float] = {}
        self._step: Step | None = None
        self._posts = Limiter(40, 10.0)
        self._changes, self._life = 0, secrets.token_hex(3)
        for line in rest:
            self._take_up(line)

    # Students

    def join(self, nickname: str = "") -> str:
        """Take a student in; returns their cookie.

        Raises:
            InputError: the nickname is not allowed.
            Refused: the class is full, or the lesson has ended.
        """
        name = checked_nickname(nickname)
        with self._lock:
            if self.ended:
                raise Refused("The lesson has ended.")
            if len(self._seen) >= MOST_STUDENTS:
                raise Refused(f"The class is full: {MOST_STUDENTS} have joined.")
            word = secrets.token_urlsafe(16)
            cookie = f"{word}.{self._sign(word)}"
            number = self._number(word)
            self._seen[number] = time.monotonic()
            if name:
                self._names[number] = name
            return cookie

    def student(self, cookie: str) -> str | None:
        """The random number of the student with this cookie; None when it is not of this lesson."""
        word, _, sign = cookie.partition(".")
        right = hmac.compare_digest(sign.encode(errors="replace"), self._sign(word).encode())
        return self._number(word) if right and not self.ended else None

    def see(self, number: str) -> None:
        """Note that a student is there."""
        with self._lock:
            if number in self._seen or len(self._seen) < MOST_STUDENTS:
                self._seen[number] = time.monotonic()

    def nickname(self, number: str) -> str:
        """What a student is called; empty when they gave no name."""
        return self._names.get(number, "")

    def present(self) -> int:
        """How many students were heard of within the last seconds."""
        now = time.monotonic()
        with self._lock:
            return sum(now - seen < PRESENT_SECONDS for seen in self._seen.values())

    def nicknames(self) -> list[str]:
        """Nicknames of those who are present, in alphabetical order."""
        now = time.monotonic()
        with self._lock:
            return sorted(name for number, name in self._names.items() if now - self._seen[number] < PRESENT_SECONDS)

    def is_code(self, given: str) -> bool:
        """Whether this is the code of the class; takes as long for every text of one length."""
        right = hmac.compare_digest(given.strip().upper().encode(errors="replace"), self.code.encode())
        return right and not self.ended

    # Votes

    def vote(self, number: str, form: dict[str, str]) -> Answer:
        """Take a vote; it is in the file when this returns.

        A post that was sent twice counts once; a later post of the same student on the same item replaces the earlier one.

        Args:
            number: of the student.
            form: round, item, turn and place as the page held them, and the answer.

        Returns:
            The answer that counts.

        Raises:
            InputError: the form is not what the page sends, or the file cannot be written.
            Refused: the item is closed, the post is older than one that was counted, or there were too many.
        """
        given = {name: form.get(name, "") for name in ("round", "item", "turn", "place")}
        if not all(text.isdecimal() and len(text) < 10 for text in given.values()):
            raise InputError("This is not what the page sends; reload it.")
        round_number, item, turn, place = (int(text) for text in given.values())
        if not self._posts.count(number):
            raise Refused("Too many answers in a few seconds; wait a moment.")
        with self._lock:
            asked, state = self.round, self._state
            if self.ended or asked is None or (asked.number, state.item, state.turn) != (round_number, item, turn):
                raise Refused("The class is elsewhere now.")
            if not self.is_open:
                raise Refused("No answers are taken now.")
            answer = read_answer(asked, form)
            votes = self._votes.setdefault((asked.number, item), {})
            earlier = votes.get(number)
            if earlier is not None and place <= earlier.place:
                if place == earlier.place and answer == earlier.answer:
                    return answer
                raise Refused("A later answer of yours counts already.")
            self._add({"e": "vote", "r": asked.number, "i": item, "p": number, "n": place, "a": answer})
            votes[number] = Vote(place, answer)
            return answer

    def vote_of(self, number: str) -> Vote | None:
        """The vote of a student on the item that is asked now."""
        with self._lock:
            return self._votes.get((self._state.round, self._state.item), {}).get(number)

    def answers(self, item: int | None = None) -> list[Answer]:
        """The answers to an item of the round, in no order that tells who gave them.

        Args:
            item: from 0; None for the one that is asked now.
        """
        with self._lock:
            votes = self._votes.get((self._state.round, self._state.item if item is None else item), {})
            return [votes[number].answer for number in sorted(votes)]

    def answers_by_student(self) -> list[dict[int, Answer]]:
        """The answers of each student to the items of the round, {item: answer}, in no order that tells who they are."""
        with self._lock:
            by_student: dict[str, dict[int, Answer]] = {}
            for (number, item), votes in self._votes.items():
                if number == self._state.round:
                    for student, vote in votes.items():
                        by_student.setdefault(student, {})[item] = vote.answer
            return [by_student[student] for student in sorted(by_student)]

    # The teacher

    @property
    def state(self) -> State:
        """What the teacher has decided."""
        return self._state

    @property
    def round(self) -> Round | None:
        """The round that is played."""
        return self._rounds.get(self._state.round)

    @property
    def is_open(self) -> bool:
        """Whether votes are taken now."""
        asked, state = self.round, self._state
        inside = asked is not None and state.item < len(asked.pictures)
        return inside and not self.ended and not state.frozen and state.item not in state.revealed

    @property
    def step(self) -> Step | None:
        """The step of the lesson that the teacher shows."""
        return self._step

    @property
    def version(self) -> str:
        """Changes when a student's page would show something else."""
        return f"{self._life}{self._changes}"

    def play(
        self, kind: KindName, *, classes: Iterable[str] = (), pictures: Iterable[str] = ("",), facts: dict[str, Any] | None = None
    ) -> None:
        """Begin a round in place of the one that is played.

        Raises:
            InputError: the file cannot be written.
        """
        with self._lock:
            begun = Round(max(self._rounds, default=0) + 1, kind, tuple(classes), tuple(pictures), facts or {})
            self._add({"e": "round", **begun.to_dict()})
            self._rounds[begun.number] = begun
            self._set(round=begun.number, item=0, frozen=False, hidden=True, revealed=())

    def stop_playing(self) -> None:
        """Put the board away; the votes stay until the lesson ends."""
        self._set(round=0, item=0, frozen=False, revealed=())

    def go(self, steps: int) -> None:
        """Go on, or back, by so many items; the last one is followed by the results."""
        with self._lock:
            if (asked := self.round) is not None:
                item = min(max(self._state.item + steps, 0), len(asked.pictures))
                self._set(item=item, frozen=False, hidden=True)

    def freeze(self, frozen: bool) -> None:
        """Take no votes, or take them again."""
        self._set(frozen=frozen)

    def hide(self, hidden: bool) -> None:
        """Keep the votes off the board, or show them."""
        self._set(hidden=hidden)

    def reveal(self) -> None:
        """Show label and answers of this item, and close it for votes."""
        with self._lock:
            if (asked := self.round) is not None and self._state.item < len(asked.pictures):
                self._set(revealed=tuple(sorted({*self._state.revealed, self._state.item})), hidden=False)

    def reset(self) -> None:
        """Forget the votes on this item, or at the results those of the whole round, and open it again."""
        with self._lock:
            if (asked := self.round) is None:
                return
            at = self._state.item
            items = [at] if at < len(asked.pictures) else list(range(len(asked.pictures)))
            self._add({"e": "reset", "r": asked.number, "i": items})
            self._forget(asked.number, items)
            revealed = tuple(item for item in self._state.revealed if item not in items)
            self._set(turn=self._state.turn + 1, frozen=False, hidden=True, revealed=revealed, item=items[0])

    def grant(self, rights: Iterable[RightName]) -> None:
        """Say what students may do from now on, in place of what was said before."""
        wanted = set(rights)
        self._set(rights=tuple(name for name in RIGHTS if name in wanted))

    def follow(self, follow: bool) -> None:
        """Have students' pages go where the teacher is, or let them be."""
        self._set(follow=follow)

    def tell(self) -> None:
        """Note that the teacher has read the notice on the law."""
        self._set(told=True)

    def show_step(self, step: Step | None) -> None:
        """Show students the step that the teacher is at; None for none. In memory alone."""
        with self._lock:
            if step != self._step:
                self._step = step
                self._changes += 1

    def end(self) -> None:
        """End the lesson: votes, nicknames and everything in its folder are deleted, and nobody is in the class any more."""
        with self._lock:
            self.ended = True
            for kept in (self._votes, self._names, self._seen, self._rounds):
                kept.clear()
            self._state, self._step = State(), None
            self._changes += 1
        end_trainings()
        lesson_file.delete()

    # Within

    def _sign(self, word: str) -> str:
        return _short(hmac.new(self._secret, b"cookie " + word.encode(errors="replace"), hashlib.sha256).digest())

    def _number(self, word: str) -> str:
        return hmac.new(self._secret, b"number " + word.encode(errors="replace"), hashlib.sha256).hexdigest()[:16]

    def _set(self, **changes: Any) -> None:
        with self._lock:
            self._add({"e": "state", **changes})
            self._state = replace(self._state, **changes)
            self._changes += 1

    def _add(self, line: dict[str, Any]) -> None:
        if self.ended:
            raise Refused("The lesson has ended.")
        self._file.add(line)

    def _forget(self, number: int, items: Iterable[int]) -> None:
        for item in items:
            self._votes.pop((number, item), None)

    def _take_up(self, line: dict[str, Any]) -> None:
        kind = line.pop("e")
        if kind == "round":
            begun = Round.from_dict(line)
            self._rounds[begun.number] = begun
        elif kind == "state":
            for name in ("revealed", "rights"):
                if name in line:
                    line[name] = tuple(line[name])
            self._state = replace(self._state, **line)
        elif kind == "vote":
            self._votes.setdefault((line["r"], line["i"]), {})[line["p"]] = Vote(line["n"], restore(line["a"]))
        elif kind == "reset":
            self._forget(line["r"], line["i"])


_rooms: dict[str, Room] = {}
_guard = threading.Lock()


def room() -> Room:
    """The lesson of this workspace: the one that goes on, in this process or from before a restart, or a new one.

    Raises:
        InputError: its file cannot be written.
    """
    key = str(settings().workspace)
    with _guard:
        if key not in _rooms:
            file = lesson_file.find()
            _rooms[key] = Room(file) if file is not None else _new()
        return _rooms[key]


def begin_another() -> Room:
    """Begin a new lesson in place of the one that was there, with a code of its own.

    Raises:
        InputError: its file cannot be written.
    """
    end_trainings()
    with _guard:
        room = _rooms[str(settings().workspace)] = _new()
        return room


def sweep() -> None:
    """Delete a lesson that nobody has ended and that is older than its lifetime."""
    if lesson_file.folder().exists() and lesson_file.find() is None:
        end_trainings()
        lesson_file.delete()


def checked_nickname(given: str) -> str:
    """A nickname as it is shown: spaces at its ends are dropped; empty for none.

    Raises:
        InputError: it is long, or has other signs than letters, digits, spaces and . ' -
    """
    name = unicodedata.normalize("NFC", given).strip()
    if len(name) > LONGEST_NICKNAME or (name and _NICKNAME.fullmatch(name) is None):
        raise InputError(
            f"A nickname has letters, digits, spaces and . ' - alone, at most {LONGEST_NICKNAME}; or leave it empty."
        )
    return name


def _new() -> Room:
    code = "".join(secrets.choice(LETTERS) for _ in range(CODE_LENGTH))
    line = {"code": code, "secret": secrets.token_hex(32), "began": time.time()}
    return Room(lesson_file.begin(line))


def _short(digest: bytes) -> str:
    return base64.urlsafe_b64encode(digest[:16]).decode().rstrip("=")
