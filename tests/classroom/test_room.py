"""A lesson: who is in it, which votes count, what outlives a restart, and that nothing outlives the lesson."""

import json
import stat

import pytest

from fer_core.classroom import lesson_file
from fer_core.classroom.limits import Limiter, source
from fer_core.classroom.room import Room
from fer_core.classroom.rooms import CODE_LENGTH, LETTERS, begin_another, sweep
from fer_core.classroom.rooms import room as this_room
from fer_core.classroom.students import Refused
from fer_core.errors import InputError

CLASSES = ("angry", "happy")


@pytest.fixture
def room(workspace) -> Room:
    lesson = begin_another()
    lesson.play("faces", classes=CLASSES, pictures=("data:,a", "data:,b"), facts={"labels": ["happy", "angry"]})
    return lesson


def joined(room: Room, name: str = "") -> str:
    number = room.students.number(room.students.join(name))
    assert number is not None
    return number


def post(room: Room, answer: str, place: int = 1, **changed: int) -> dict[str, str]:
    at = {"round": room.state.round, "item": room.state.item, "turn": room.state.turn, "place": place, **changed}
    return {name: str(value) for name, value in at.items()} | {"answer": answer}


def reopened() -> Room:
    file = lesson_file.find()
    assert file is not None
    return Room(file)


def test_a_vote_that_is_sent_twice_counts_once_and_a_later_one_replaces_it(room):
    ada, bob = joined(room), joined(room)
    for _ in range(2):
        room.vote(ada, post(room, "1"))
    room.vote(bob, post(room, "1"))
    assert sorted(room.answers()) == [1, 1]
    room.vote(ada, post(room, "0", place=2))
    assert sorted(room.answers()) == [0, 1]
    with pytest.raises(Refused, match="later answer"):
        room.vote(ada, post(room, "1"))
    with pytest.raises(Refused, match="later answer"):
        room.vote(ada, post(room, "1", place=2))
    assert sorted(room.answers()) == [0, 1]


@pytest.mark.parametrize(
    ("form", "error"),
    [
        ({"answer": "2"}, InputError),
        ({"answer": "-1"}, InputError),
        ({"answer": "x"}, InputError),
        ({"answer": "1", "place": "1e3"}, InputError),
        ({"answer": "1", "place": ""}, InputError),
        ({"answer": "1", "round": "9" * 30}, InputError),
        ({"answer": "1", "item": "1"}, Refused),
        ({"answer": "1", "turn": "1"}, Refused),
        ({"answer": "1", "round": "2"}, Refused),
    ],
)
def test_another_post_is_refused(room, form, error):
    with pytest.raises(error):
        room.vote(joined(room), post(room, "1") | form)
    assert room.answers() == []


def test_no_vote_counts_where_the_teacher_takes_none(room):
    ada = joined(room)
    sent = post(room, "1")
    room.vote(ada, sent)
    room.freeze(True)
    with pytest.raises(Refused, match="No answers are taken"):
        room.vote(ada, post(room, "0", place=2))
    room.freeze(False)
    room.reset()
    assert room.answers() == []
    with pytest.raises(Refused, match="elsewhere"):
        room.vote(ada, sent)
    room.reveal()
    with pytest.raises(Refused, match="No answers are taken"):
        room.vote(ada, post(room, "0"))
    room.go(2)
    assert (room.state.item, room.is_open) == (2, False)
    with pytest.raises(Refused, match="No answers are taken"):
        room.vote(ada, post(room, "0"))
    room.go(-1)
    assert room.vote(ada, post(room, "0")) == 0
    room.go(1)
    room.reset()
    assert (room.state.item, room.state.revealed, room.answers_by_student()) == (0, (), [])


def test_a_restart_loses_no_vote(room):
    cookies = [room.students.join(f"Student {number}") for number in range(5)]
    for cookie in cookies:
        room.vote(room.students.number(cookie) or "", post(room, "1"))
    room.go(1)
    room.grant(["camera", "train"])
    with lesson_file.find().path.open("ab") as file:  # the app is killed while it writes
        file.write(b'{"e":"vote","r":1,"i":')
    again = reopened()
    assert (again.code, again.state, again.round) == (room.code, room.state, room.round)
    assert again.state.rights == ("train", "camera")
    assert again.answers(0) == [1] * 5
    student = again.students.number(cookies[0])
    again.vote(student or "", post(again, "0"))
    assert again.answers(1) == [0]
    assert reopened().answers(1) == [0]
    assert [again.students.nickname(again.students.number(cookie) or "") for cookie in cookies] == [""] * 5


def test_names_stay_in_memory_and_the_file_is_its_owners(room):
    ada = joined(room, "Ada Lovelace")
    room.vote(ada, post(room, "1"))
    path = lesson_file.find().path
    content = path.read_text()
    assert "Ada" not in content
    assert [json.loads(line)["p"] for line in content.splitlines() if '"vote"' in line] == [ada]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert room.students.nicknames() == ["Ada Lovelace"]


def test_nothing_stays_of_a_lesson_that_has_ended(room, workspace):
    cookie = room.students.join("Ada")
    room.vote(room.students.number(cookie) or "", post(room, "1"))
    code = room.code
    room.end()
    assert not (workspace / "classroom").exists()
    assert (room.students.number(cookie), room.is_code(code), room.students.nicknames(), room.answers()) == (None, False, [], [])
    for act in (room.students.join, lambda: room.grant(["edit"]), lambda: room.play("faces")):
        with pytest.raises(Refused, match="ended"):
            act()
    another = begin_another()
    assert another.students.number(cookie) is None
    assert this_room() is another


@pytest.mark.parametrize(("hours", "kept"), [(11.9, True), (12.1, False)])
def test_a_lesson_is_deleted_after_twelve_hours(room, workspace, hours, kept):
    path = lesson_file.find().path
    first, *rest = path.read_text().splitlines()
    about = json.loads(first)
    about["began"] -= hours * 3600
    path.write_text("\n".join([json.dumps(about), *rest]) + "\n")
    sweep()
    assert path.exists() is kept


@pytest.mark.parametrize("content", ["", "{", "[]\n", "null\n", '{"began": "x"}\n'])
def test_a_damaged_file_is_no_lesson(room, content):
    path = lesson_file.find().path
    path.write_text(content)
    sweep()
    assert not path.exists()


def test_a_full_disk_refuses_the_vote(room, monkeypatch):
    ada = joined(room)

    def full(*_: object) -> int:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(lesson_file.os, "write", full)
        with pytest.raises(InputError, match="free some space"):
            room.vote(ada, post(room, "1"))
    assert room.answers() == []
    room.vote(ada, post(room, "1"))
    assert reopened().answers() == [1]


def test_cookies_and_codes(room):
    cookie = room.students.join()
    word, _, sign = cookie.partition(".")
    for wrong in ("", ".", word, f"{word}.", f"{word}.{sign[:-1]}", f"{word}x.{sign}", f"ä.{sign}", "\ud800.x"):
        assert room.students.number(wrong) is None
    assert room.is_code(f" {room.code.lower()} ")
    assert len(room.code) == CODE_LENGTH
    assert set(room.code) <= set(LETTERS)
    for wrong in ("", room.code[:-1], f"{room.code}X", "ÄÖÜ", "\ud800"):
        assert not room.is_code(wrong)


def test_too_many_posts_of_one_student_wait(room):
    ada, bob = joined(room), joined(room)
    for place in range(1, 41):
        room.vote(ada, post(room, "1", place=place))
    with pytest.raises(Refused, match="Too many"):
        room.vote(ada, post(room, "1", place=41))
    room.vote(bob, post(room, "1"))


def test_a_limiter_forgets_after_its_window():
    now = [0.0]
    limiter = Limiter(2, 10.0, clock=lambda: now[0])
    assert [limiter.count("a"), limiter.count("a"), limiter.count("a"), limiter.count("b")] == [True, True, False, True]
    now[0] = 10.0
    assert not limiter.is_full("a")
    limiter.count("a")
    limiter.count("a")
    limiter.forget("a")
    assert limiter.count("a")


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("192.168.0.7", "192.168.0.7"),
        ("::ffff:192.168.0.7", "192.168.0.7"),
        ("2001:db8::1", "2001:db8::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        (None, ""),
        ("x", "x"),
    ],
)
def test_guesses_are_counted_by_network(address, expected):
    assert source(address) == expected
