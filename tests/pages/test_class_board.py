"""The tab Class: how a class is begun, the teacher's board, a student's seat."""

import pytest
from streamlit.testing.v1 import AppTest
from views import checked, html, press, show, view, words

from fer_core.classroom.room import Room
from fer_core.classroom.rooms import begin_another
from pages.learn.parts import class_board, class_settings
from pages.ui import access
from pages.ui.access import Visitor

TAB = "learn/lesson#Class"


@pytest.fixture
def lesson(workspace, monkeypatch) -> Room:
    """A class whose teacher looks at the page, and has read the notice."""
    monkeypatch.setenv("FER_ACCESS", "class")
    monkeypatch.setenv("FER_HOST", "lab.local")
    room = begin_another()
    room.tell()
    return room


@pytest.fixture
def students(lesson) -> list[str]:
    """Three who have joined."""
    return [str(lesson.students.number(lesson.students.join(name))) for name in ("Ada", "Bob", "")]


def vote(lesson: Room, number: str, place: int = 1, **answer: str) -> None:
    state = lesson.state
    form = {"round": state.round, "item": state.item, "turn": state.turn, "place": place}
    lesson.vote(number, {name: str(value) for name, value in form.items()} | answer)


def test_without_a_class_the_tab_says_how_one_is_begun(app, finished_run):
    assert "make classroom" in words(view(app, TAB))


def test_the_law_comes_before_anything_else(app, finished_run, lesson):
    again = begin_another()
    at = view(app, TAB)
    assert "2024/1689" in words(at)
    assert again.code not in words(at) + html(at)
    press(at, "class_told")
    assert again.code in html(at)


def test_the_way_in(app, finished_run, lesson, students):
    at = checked(view(app, TAB))
    assert f"lab.local:8501/join/{lesson.code}" in html(at)
    assert "data:image/svg+xml" in html(at)
    assert access.KEY not in html(at) + words(at)
    assert "**3** students are here: Ada, Bob" in words(at)


def test_ten_faces_from_the_first_to_who_agrees_with_whom(app, small_dataset, answering_run, lesson, students, no_bundled_run):
    at = view(app, TAB)
    press(at, "class_play_faces")
    asked = lesson.round
    assert asked is not None
    assert (asked.kind, len(asked.pictures), asked.facts["source"]) == ("faces", 10, "Small")
    for number, answer in zip(students, "330", strict=True):
        vote(lesson, number, answer=answer)
    at.run()
    assert "<b>3</b> of 3 have answered" in html(at)
    assert "Votes of the class" not in html(at)
    press(at, "class_hide")
    assert "Votes of the class: Angry 1, Disgust 0, Fear 0, Happy 2, Neutral 0" in html(at)
    press(at, "class_freeze")
    assert not lesson.is_open
    press(at, "class_freeze")
    press(at, "class_reveal")
    assert f"<span>Label</span><b>{asked.facts['labels'][0].capitalize()}</b>" in html(at)
    press(at, "class_reset")
    assert (lesson.answers(), lesson.state.revealed) == ([], ())
    for label in asked.facts["labels"]:
        for number in students:
            vote(lesson, number, answer=str(asked.classes.index(label)))
        press(at, "class_next")
    assert "The class agrees most with the label (κ 1.00)" in words(at)
    assert "30 of 30 as labelled (100%)" in html(at)
    assert "10 faces are few" in words(at)
    table = class_board.counts_table(lesson, asked)
    assert table["count"].tolist() == [3] * 10
    assert table["answer"].tolist() == asked.facts["labels"]
    assert set(table.columns) == {"item", "label", "answer", "count"}
    press(at, "class_away")
    assert lesson.round is None


def test_guess_the_accuracy(app, small_dataset, run, lesson, students):
    at = view(app, TAB, run=run.id)
    press(at, "class_play_accuracy")
    # 25 test faces, 2 of the 4 of fear are called angry: 23 of 25.
    assert lesson.round.facts["accuracy"] == 0.92
    for number, answer in zip(students, ("60", "90", "95"), strict=True):
        vote(lesson, number, answer=answer)
    at.run()
    assert "Guesses of the class, hidden" in html(at)
    assert "92%" not in words(at)
    press(at, "class_reveal")
    assert "Guesses of the class: 60, 90, 95" in html(at)
    assert "**It names 92% as labelled** (75% to 98%); the class's middle guess is **90**" in words(at)
    assert "2 of 3 guesses lie in the interval" in words(at)
    assert "reaches 40%" in words(at), "the baseline: 10 of 25 are happy"


def test_where_did_it_look(app, small_dataset, answering_run, lesson, students):
    at = view(app, TAB, run=answering_run.id)
    press(at, "class_play_look")
    for number in students:
        vote(lesson, number, x="500", y="500")
    at.run()
    assert html(at).count("fer-face") == 2, "one picture, and its rule"
    press(at, "class_reveal")
    assert html(at).count('<img class="fer-face"') == 2
    assert "3 taps are where the network looked" in words(at)
    table = class_board.counts_table(lesson, lesson.round)
    assert table[["answer", "count"]].values.tolist() == [["column 6, row 6", 3]]
    press(at, "class_again")
    assert lesson.round.number == 2


def test_a_run_without_scores_cannot_be_guessed(app, small_dataset, no_bundled_run, lesson):
    at = view(app, TAB)
    at.button("class_play_accuracy").click().run()
    assert "open Scores once" in at.error[0].value
    assert lesson.round is None


def test_what_the_teacher_grants_and_the_end(app, finished_run, lesson, students, workspace):
    at = view(app, TAB)
    at.checkbox(key="class_grant_train").check().run()
    at.checkbox(key="class_grant_camera").check().run()
    assert lesson.state.rights == ("train", "camera")
    at.checkbox(key="class_grant_train").uncheck().run()
    assert lesson.state.rights == ("camera",)
    at.toggle(key="class_follow").set_value(True).run()
    assert lesson.state.follow
    at.button("class_end").click().run()
    at.button("class-end-yes").click().run()
    assert "answers and nicknames are deleted" in words(checked(at))
    assert not (workspace / "classroom").exists()
    press(at, "class_anew")
    assert (workspace / "classroom" / "lesson.jsonl").is_file()


@pytest.fixture
def seat(app, finished_run, lesson, monkeypatch) -> AppTest:
    """The tab as a student sees it."""
    cookie = lesson.students.join("Ada")
    monkeypatch.setattr(access, "viewer", lambda: Visitor({}, {access.student_cookie(): cookie}, "192.168.0.7"))
    return view(app, TAB)


def test_a_student_answers_in_the_app(seat, lesson):
    assert "Wait for the teacher" in words(seat)
    lesson.play("faces", classes=("angry", "happy"), pictures=("data:,", "data:,"), facts={"labels": ["happy", "angry"]})
    seat.run()
    press(seat, "seat_1")
    assert lesson.answers() == [1]
    assert "Counted." in words(seat)
    press(seat, "seat_0")
    assert lesson.answers() == [0]
    lesson.reveal()
    seat.run()
    assert "Label: **Happy**" in words(seat)
    assert seat.button("seat_0").disabled
    lesson.play("accuracy", facts={})
    seat.run()
    seat.slider[0].set_value(77).run()
    press(seat, "seat_send")
    assert lesson.answers() == [77]
    lesson.play("look", pictures=("data:,",), facts={})
    seat.run()
    assert "Answer on the plain page" in words(checked(seat))


@pytest.mark.parametrize("act", [class_settings._follow, class_settings._grant, class_settings.end])
def test_a_student_leads_no_class(seat, lesson, act):
    with pytest.raises(Exception, match="You look on here"):
        act(lesson)
    assert lesson.state.told
    assert not lesson.ended


def test_the_frame_says_what_is_granted(seat, lesson):
    assert "Granted: —" in words(seat)
    lesson.grant(["camera"])
    assert "Granted: camera" in words(show(seat, "home"))


def test_names_from_outside_are_text_on_the_board(app, finished_run, lesson, students):
    hostile = ("<script>alert(1)</script>", "![x](http://x/y.png)", "=1+1")
    facts = {"labels": list(hostile), "network": [hostile[1]] * 3, "annotators": [], "run": hostile[1], "source": hostile[0]}
    lesson.play("faces", classes=hostile, pictures=("data:,",) * 3, facts=facts)
    at = view(app, TAB)
    for _ in range(3):
        vote(lesson, students[0], answer="1")
        press(at, "class_hide")
        press(at, "class_reveal")
        press(at, "class_next")
    assert "Who agrees with whom?" in words(at)
    assert "<script>alert" not in html(at)
    assert "![x](" not in words(at)
    assert class_board.counts_table(lesson, lesson.round)["label"].tolist() == [*hostile[:2], "'=1+1"]
