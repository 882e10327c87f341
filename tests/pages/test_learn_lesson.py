"""The lesson, opened through the frame."""

import pytest
from streamlit.testing.v1 import AppTest
from views import checked, show, view, words

from pages.learn.parts import lesson_state, quiz_board
from pages.learn.parts.lesson_steps import PARTS

pytestmark = pytest.mark.usefixtures("no_bundled_run")


def address(at: AppTest, key: str) -> str:
    value = at.query_params.get(key, "")
    return value[0] if isinstance(value, list) else value


def walk(at: AppTest) -> dict[str, str]:
    """{step: what it says} from the first to the last."""
    at.button("lesson_begin").click()
    checked(at.run())
    said = {address(at, "step"): words(at)}
    while not at.button("lesson_next").disabled:
        checked(at.button("lesson_next").click().run())
        said[address(at, "step")] = words(at)
    return said


def test_every_step_fills_its_numbers(app, finished_run):
    at = checked(view(app, "learn/lesson"))
    assert at.title[0].value == "Lesson"
    assert "“Small” is chosen, 100 faces in 5 classes." in words(at)
    said = walk(at)
    assert list(said) == [step.name for step in lesson_state.plan(list(PARTS))]
    assert not [name for name, words in said.items() if "{" in words or "–**" in words]
    assert "Happy is **10.0 times** as frequent as Disgust" in said["data"]
    # Every second of four fearful test faces is called angry; all others are right: 23 of 25.
    assert "Accuracy **92.0%**" in said["scores"]
    assert "**Fear** taken for **Angry**, 2 faces" in said["confusion"]
    assert "For the presenter" not in said["data"]
    checked(at.toggle("lesson_notes").set_value(True).run())
    assert "For the presenter" in words(at)


def test_an_empty_workspace_is_led_on_by_every_step(app, started_workspace):
    at = checked(view(app, "learn/lesson"))
    assert "There is no data set." in words(at)
    said = walk(at)
    assert "There is no data set yet." in said["data"]
    assert "There is no run yet." in said["confusion"]
    assert len(said) == len(lesson_state.plan(list(PARTS)))


def test_step_and_clock_are_in_the_address(app, started_workspace):
    at = checked(view(app, "learn/lesson", step="convolution", clock="p90"))
    assert at.title[1].value == "The one idea of MobileNet"
    at.button("lesson_run").click().run()
    assert address(at, "clock").startswith("r")
    at.button("lesson_page_up").click().run()
    assert address(at, "step") == "network"
    show(at, "learn/explore#Convolution")
    show(at, "learn/lesson")
    assert at.title[1].value == "A network that knows photographs"
    at.button("lesson_plan").click().run()
    assert (at.title[0].value, address(at, "step")) == ("Lesson", "")
    gone = view(app, "learn/lesson", step="nowhere")
    assert gone.toast[0].value == "The lesson has no step 'nowhere' any more; it begins here."


def test_the_next_group_finds_a_clean_slate(app, started_workspace):
    at = checked(view(app, "learn/lesson", step="guess", clock="p90"))
    quiz_board.hand_in(quiz_board.key("drawn", 1), ("fear",) * 10)
    at.button("lesson_plan").click().run()
    at.button("lesson_reset").click().run()
    assert len(quiz_board.rounds(quiz_board.key("drawn", 1))) == 1
    checked(at.button("lesson-yes").click().run())
    assert quiz_board.rounds(quiz_board.key("drawn", 1)) == ()
    assert address(at, "clock") == ""
    assert at.title[0].value == "Lesson"


def test_a_broken_sheet_is_one_sentence_and_its_mending_is_seen(app, started_workspace, tmp_path, monkeypatch):
    monkeypatch.setattr(lesson_state, "FOLDER", tmp_path)
    (tmp_path / "1-own.md").write_text("---\ntitle: Own\nminutes: many\n---\nHello.\n")
    at = view(app, "learn/lesson")
    assert [error.value for error in at.error] == ["1-own.md: minutes must be a number above 0 and at most 180; got 'many'."]
    (tmp_path / "1-own.md").write_text("---\ntitle: Own\nminutes: 10\n---\nHello {unknown}.\n")
    checked(at.run())
    assert "Hello {unknown}." in walk(at)["own"]
