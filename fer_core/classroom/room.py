"""A lesson with a class: what the teacher shows, and the votes; all of it in memory, votes in a file as well."""

from __future__ import annotations

import hmac
import secrets
import threading
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from fer_core.classroom import lesson_file
from fer_core.classroom.lesson_file import LessonFile
from fer_core.classroom.limits import Limiter
from fer_core.classroom.questions import Answer, KindName, Round, read_answer, restore
from fer_core.classroom.rights import RIGHTS, RightName
from fer_core.classroom.state import State, Step, Vote
from fer_core.classroom.students import Refused, Students
from fer_core.classroom.training import end_trainings
from fer_core.errors import InputError


class Room:
    """One lesson. Every method may be called from any thread.

    Args:
        file: of the lesson; what it holds is taken up.

    Attributes:
        code: what students type to find the class.
        began: seconds since the epoch (UTC).
        ended: nothing is taken any more, and nobody is in the class.
        students: who is in the class.
    """

    def __init__(self, file: LessonFile) -> None:
        first, *rest = file.lines()
        self.code: str = first["code"]
        self.began = float(first["began"])
        self.ended = False
        self.students = Students(bytes.fromhex(first["secret"]))
        self._file = file
        self._lock = threading.RLock()
        self._state = State()
        self._rounds: dict[int, Round] = {}
        self._votes: dict[tuple[int, int], dict[str, Vote]] = {}
        self._step: Step | None = None
        self._posts = Limiter(40, 10.0)
        self._changes, self._life = 0, secrets.token_hex(3)
        for line in rest:
            self._take_up(line)

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
            self.students.end()
            self._votes.clear()
            self._rounds.clear()
            self._state, self._step = State(), None
            self._changes += 1
        end_trainings()
        lesson_file.delete()

    # Within

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
