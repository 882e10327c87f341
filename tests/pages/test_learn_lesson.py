"""The lesson, opened through the frame."""

import pytest
from streamlit.testing.v1 import AppTest
from views import checked, component, show, view, words

from pages.learn.parts import class_results, lesson_state, quiz_board
from pages.learn.parts.lesson_numbers import NUMBERS
from pages.learn.parts.lesson_steps import PARTS

pytestmark = pytest.mark.usefixtures("no_bundled_run")


def address(at: AppTest, key: str) -> str:
    value = at.query_params.get(key, "")
    return value[0] if isinstance(value, list) else value


def steps() -> list[str]:
    return [step.name for step in lesson_state.plan(list(PARTS), list(NUMBERS))]


def walk(at: AppTest) -> dict[str, str]:
    """{step: what its last stage says} from the first to the last, after which the plan is shown again."""
    at.button("lesson_begin").click()
    checked(at.run())
    said = {}
    while name := address(at, "step"):
        said[name] = words(at)
        at.button("lesson_next").click().run()
        assert not at.exception
        # The face that travels does so in a run that ships, which these tests take away.
        assert {error.value.partition(";")[0] for error in at.error} <= {"There is no run 'bundled'"}
    return said


def test_every_step_fills_its_numbers(app, finished_run):
    at = checked(view(app, "learn/lesson"))
    assert at.title[0].value == "Lesson"
    assert "“Small” is chosen, 100 faces in 5 classes." in words(at)
    said = walk(at)
    assert list(said) == steps()
    assert not [name for name, words in said.items() if "{" in words or "–**" in words]
    assert "*Happy* is **10.0 times** as frequent as *Disgust*" in said["data"]
    # Every second of four fearful test faces is called angry; all others are right: 23 of 25.
    assert "Accuracy **92.0%**" in said["scores"]
    assert "**Fear** taken for **Angry**, 50% of them" in said["confusion"]
    assert "The network is right for 92.0% of the faces" in said["sum"]
    assert "The lesson is over." in words(at)
    assert address(at, "clock").startswith("p") or address(at, "clock") == ""


def test_an_answer_comes_with_the_last_stage(app, finished_run):
    at = checked(view(app, "learn/lesson", step="confusion"))
    assert "Fear" not in words(at)
    checked(at.button("lesson_next").click().run())
    assert (address(at, "step"), address(at, "stage")) == ("confusion", "2")
    assert "**Fear** taken for **Angry**" in words(at)
    checked(at.button("lesson_back").click().run())
    assert (address(at, "stage"), "**Fear** taken" in words(at)) == ("", False)
    checked(at.button("lesson_back").click().run())
    assert (address(at, "step"), address(at, "stage")) == ("scores", "2")
    at.button("lesson_notes_turn").click()
    assert "Without n and the baseline" in words(checked(at.run()))


def test_the_short_plan_takes_twenty_minutes(app, finished_run):
    at = checked(view(app, "learn/lesson", plan="short"))
    assert "Transfer learning in 20 minutes" in words(at)
    said = walk(at)
    assert set(said) < set(steps())
    assert "sum" in said


def test_an_empty_workspace_is_led_on_by_every_step(app, started_workspace):
    at = checked(view(app, "learn/lesson"))
    assert "There is no data set." in words(at)
    said = walk(at)
    assert "There is no data set yet." in said["data"]
    assert "There is no run yet." in said["confusion"]
    assert list(said) == steps()


def test_step_stage_and_clock_are_in_the_address(app, started_workspace):
    at = checked(view(app, "learn/lesson", step="convolution", stage="2", clock="p90", since="60"))
    assert at.subheader[0].value == "4. The one idea of MobileNet"
    assert "**How much does that save?**" in words(at)
    clock = component(at, "lesson_clock")
    assert (clock["since"], clock["minutes"], clock["end"], clock["total"]) == (60, 240, 1080, 2700)
    assert round(clock["elapsed"]) == 90
    at.button("lesson_run").click().run()
    assert address(at, "clock").startswith("r")
    for _ in range(2):
        at.button("lesson_back").click().run()
    assert (address(at, "step"), address(at, "stage")) == ("network", "2")
    show(at, "learn/explore#Convolution")
    show(at, "learn/lesson")
    assert at.subheader[0].value == "3. A network that knows photographs"
    at.button("lesson_plan").click().run()
    assert (at.title[0].value, address(at, "step")) == ("Lesson", "")
    gone = view(app, "learn/lesson", step="nowhere")
    assert gone.toast[0].value == "The lesson has no step 'nowhere' any more; it begins here."


def test_the_second_window_follows(app, started_workspace):
    first = checked(view(app, "learn/lesson", step="guess", talk="word"))
    second = checked(view(app, "learn/lesson", follow="word"))
    assert second.subheader[0].value == "1. What would you say?"
    assert "Have the class call out" in words(second)
    checked(first.button("lesson_next").click().run())
    assert checked(second.run()).subheader[0].value == "2. What the network gets"
    other = checked(view(app, "learn/lesson", follow="another"))
    assert "as soon as the lesson begins" in words(other)


def test_the_handout_has_every_step(app, started_workspace):
    at = checked(view(app, "learn/lesson"))
    checked(at.button("lesson_handout").click().run())
    assert len(at.subheader) == len(steps())
    assert "MobileNet first looks around" in words(at)
    checked(at.button("handout_close").click().run())
    assert "Before class" in words(at)


def test_a_lecturers_own_lesson(app, started_workspace, tmp_path, monkeypatch):
    (tmp_path / "1-own.md").write_text("---\ntitle: Own\nminutes: 10\n---\nHello {classes}.\n")
    monkeypatch.setenv("FER_LESSON", str(tmp_path))
    assert "Hello 5." in walk(checked(view(app, "learn/lesson")))["own"]


def test_the_next_group_finds_a_clean_slate(app, started_workspace):
    at = checked(view(app, "learn/lesson", step="guess", clock="p90"))
    quiz_board.hand_in(quiz_board.key("drawn", 1), ("fear",) * 10)
    class_results.keep("curves", {"few": "frozen"})
    at.button("lesson_plan").click().run()
    at.button("lesson_reset").click().run()
    assert len(quiz_board.rounds(quiz_board.key("drawn", 1))) == 1
    checked(at.button("lesson-yes").click().run())
    assert quiz_board.rounds(quiz_board.key("drawn", 1)) == ()
    assert class_results.kept("curves") is None
    assert address(at, "clock") == ""
    assert at.title[0].value == "Lesson"


def test_a_broken_sheet_is_one_sentence_and_its_mending_is_seen(app, started_workspace, tmp_path, monkeypatch):
    monkeypatch.setattr(lesson_state, "FOLDER", tmp_path)
    (tmp_path / "1-own.md").write_text("---\ntitle: Own\nminutes: many\n---\nHello.\n")
    at = view(app, "learn/lesson")
    assert [error.value for error in at.error] == [
        "1-own.md, line 3: minutes must be a number above 0 and at most 180; got 'many'."
    ]
    (tmp_path / "1-own.md").write_text("---\ntitle: Own\nminutes: 10\n---\nHello {unknown}.\n")
    assert "1-own.md, line 5: there is no number 'unknown'" in at.run().error[0].value
    (tmp_path / "1-own.md").write_text("---\ntitle: Own\nminutes: 10\n---\nHello {classes}.\n")
    checked(at.run())
    assert "Hello 5." in walk(at)["own"]
