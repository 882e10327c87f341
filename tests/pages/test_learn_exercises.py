"""The exercises, opened through the frame."""

import pytest
from views import checked, show, view, words

pytestmark = pytest.mark.usefixtures("no_bundled_run")


def test_answers_are_checked_kept_and_counted(app, finished_run):
    at = checked(view(app, "learn/exercises"))
    assert at.get("progress")[0].proto.text == "0 of 12 right"
    assert not [found for found in at.get("popover") if found.proto.popover.label == "Hint"]
    at.text_input("exercise_head").set_value("7 175").run()  # as Enter does
    assert [found.value for found in at.success] == [
        "Right: it is 7,175 parameters, 1,024 weights and a bias for each of 7 classes."
    ]
    at.selectbox("exercise_confused").set_value("Happy taken for fear")
    at.button("exercise_confused_check").click().run()
    assert [found.value for found in at.warning] == ["Not right. Try again; the hint helps."]
    at.button("exercise_beat_check").click().run()
    assert "has resolution 64 yet; start one" in at.info[0].value
    show(at, "learn/explore#Convolution")
    checked(show(at, "learn/exercises"))
    assert at.text_input("exercise_head").value == "7 175"
    assert at.get("progress")[0].proto.text == "1 of 12 right"
    at.text_input("exercise_head").set_value("7000").run()
    assert at.get("progress")[0].proto.text == "0 of 12 right"


def test_an_answer_that_is_shown_does_not_count_and_a_reload_keeps_all(app, finished_run):
    at = checked(view(app, "learn/exercises"))
    assert words(at).count("Teaches ") == 12
    at.text_input("exercise_head").set_value("7175").run()
    at.selectbox("exercise_confused").set_value("Happy taken for fear")
    at.button("exercise_confused_check").click().run()
    assert "2 faces" not in words(at)
    checked(at.button("exercise_confused_show").click().run())
    assert "It is Fear taken for angry, 2 faces, in 25 answers" in words(at)
    at.selectbox("exercise_confused").set_value("Fear taken for angry")
    at.button("exercise_confused_check").click().run()
    assert at.get("progress")[0].proto.text == "1 of 12 right"
    kept = at.query_params["work"]
    again = checked(view(app, "learn/exercises", work=kept if isinstance(kept, str) else kept[0]))
    assert again.text_input("exercise_head").value == "7175"
    assert again.get("progress")[0].proto.text == "1 of 12 right"
    assert "It was shown, and does not count." in words(again)
    checked(view(app, "learn/exercises", work="{broken"))
