"""How soon a vote is on the board, from when it was told to count and what the board has shown."""

import random

from benchmarks.classroom import _delays
from benchmarks.phones import Student


class Page:
    """A board that showed these numbers of answers at these times."""

    def __init__(self, *seen: tuple[float, int]) -> None:
        self._seen = seen

    def evaluate(self, _: str) -> list[tuple[float, int]]:
        return list(self._seen)


def test_delays():
    students = [Student(1, "/", random.Random(0), told={0: (when, 0)}) for when in (10.0, 11.0, 11.2)]
    board = Page((9.0, 0), (10.5, 1), (12.0, 3))
    assert [round(delay, 2) for delay in _delays(board, students, 0)] == [0.5, 1.0, 0.8]
    assert _delays(Page((9.0, 0), (10.5, 1)), students, 0)[2] == float("inf"), "a vote that never came is late without end"
