"""The students of a lesson: how many may join, what they may be called, and who is there."""

from types import SimpleNamespace

import pytest

from fer_core.classroom.students import MOST_STUDENTS, Refused, Students, checked_nickname
from fer_core.errors import InputError


def test_a_class_is_full():
    students = Students(b"secret")
    for _ in range(MOST_STUDENTS):
        students.join()
    with pytest.raises(Refused, match="full"):
        students.join()


def test_who_was_heard_of_lately_is_there(monkeypatch):
    now = [0.0]
    monkeypatch.setattr("fer_core.classroom.students.time", SimpleNamespace(monotonic=lambda: now[0]))
    students = Students(b"secret")
    ada, bob = (students.number(students.join(name)) for name in ("Ada", "Bob"))
    now[0] = 14.0
    students.see(str(ada))
    assert (students.present(), students.nicknames()) == (2, ["Ada", "Bob"])
    now[0] = 16.0
    assert (students.present(), students.nicknames(), students.nickname(str(bob))) == (1, ["Ada"], "Bob")


@pytest.mark.parametrize("name", ["", "  ", "Ada", "Žofie K.", "李雷", "O'Neil-Smith", "7"])
def test_names(name):
    assert checked_nickname(name) == name.strip()


@pytest.mark.parametrize("name", ["<b>x</b>", "a&b", 'a"b', "x" * 25, "a\nb", "a\u202eb", "`x`", "[x](y)", "$x$", "..", "\x00"])
def test_a_name_with_markup_is_refused(name):
    with pytest.raises(InputError, match="A nickname has letters"):
        checked_nickname(name)
