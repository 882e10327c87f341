"""A student's page goes where the teacher is; what a student trains is theirs alone."""

import pytest
from views import checked, html, show, view, words

from fer_core.classroom import training
from fer_core.classroom.room import Room
from fer_core.classroom.rooms import begin_another
from fer_core.classroom.state import Step
from fer_core.training import executors
from pages.parts import join_page
from pages.ui import access
from pages.ui.access import Visitor


@pytest.fixture
def lesson(workspace, monkeypatch) -> Room:
    monkeypatch.setenv("FER_ACCESS", "class")
    room = begin_another()
    room.tell()
    return room


@pytest.fixture
def as_student(lesson, monkeypatch):
    """`as_student()`: from now on a student looks at the pages."""
    cookie = lesson.students.join("Ada")

    def turn() -> str:
        monkeypatch.setattr(access, "viewer", lambda: Visitor({}, {access.student_cookie(): cookie}, "192.168.0.7"))
        return str(lesson.students.number(cookie))

    return turn


def test_the_teachers_step_is_told_and_taken_back(app, finished_run, lesson):
    at = view(app, "learn/lesson", step="transfer")
    assert (lesson.step.name, lesson.step.stage) == ("transfer", 0)
    at.button("lesson_next").click().run()
    assert (lesson.step.name, lesson.step.stage) != ("transfer", 0)
    at.button("lesson_plan").click().run()
    assert lesson.step is None


def test_a_student_goes_where_the_teacher_is(app, finished_run, lesson, as_student):
    as_student()
    lesson.show_step(Step("transfer", 0, "A task", "Words"))
    at = view(app, "data/overview")
    assert at.title[0].value == "Overview", "nobody has said that the class follows"
    lesson.follow(True)
    at.run()
    assert at.button("lesson_plan"), "the step is on the page"
    show(at, "data/overview")
    assert at.title[0].value == "Overview", "where the teacher stays, a student may look around"
    lesson.play("faces", classes=("angry", "happy"), pictures=("data:,",), facts={"labels": ["happy"]})
    checked(at.run())
    assert "Which expression is shown?" in words(at)
    assert lesson.step.name == "transfer", "a student's page tells the class nothing"


def test_a_phone_reads_the_teachers_step(lesson, as_student):
    number = as_student()
    words = (
        "# Head\n\n- **one** :material/home: :red[two]\n\n![x](http://x/y.png) "
        "<script>alert(1)</script>\n\n[a](javascript:alert(1))"
    )
    lesson.show_step(Step("transfer", 0, "A <b>task</b>", words))
    page = join_page.seat(lesson, number, "/join/X", "/")
    assert "<h1>A &lt;b&gt;task&lt;/b&gt;</h1>" in page
    assert "<li><strong>one</strong>  two</li>" in page
    part = join_page.seat_part(lesson, number, "/join/X")
    assert "<script" not in part
    assert "<img" not in part
    assert 'href="javascript' not in part


def test_the_quiz_of_the_lesson_is_the_class_board(app, finished_run, lesson):
    at = view(app, "learn/lesson", step="guess")
    assert lesson.code in html(at)


def test_a_student_trains_where_it_is_granted(app, small_dataset, no_bundled_run, lesson, as_student, monkeypatch):
    begun: list[object] = []
    monkeypatch.setattr(training, "start", lambda config, **_: begun.append(config) or (_ for _ in ()).throw(StopIteration))
    monkeypatch.setattr(executors, "start", lambda *given, **_: pytest.fail("not in the lesson's folder"))
    as_student()
    assert "the teacher may grant it" in " ".join(one.value for one in view(app, "train/new_run").info)
    lesson.grant(["train"])
    at = view(app, "train/new_run")
    assert "at most 2,000 faces and 5 minutes" in words(at)
    assert "A file" not in str([one.options for one in at.segmented_control])
    next(one for one in at.button if one.label == "Start training").click().run()
    assert [config.dataset for config in begun] == ["Small"]
