"""Votes on the Mistakes view: the model is wrong, the label is wrong, or neither."""

import pytest
from streamlit.testing.v1 import AppTest
from views import show

from fer_core.datasets import editing, store

pytestmark = pytest.mark.usefixtures("no_bundled_run")


@pytest.fixture
def view(app, run) -> AppTest:
    """The view at its first vote: both mistakes of the run call a fear angry."""
    at = show(AppTest.from_file(app, default_timeout=60).run(), "evaluate/errors#Mistakes")
    return at.segmented_control("mistakes_mode").set_value("Vote one by one").run()


def words(at: AppTest) -> str:
    return "\n".join(str(part.value) for part in [*at.markdown, *at.info, *at.caption])


def decisions() -> list[tuple[str, str, str]]:
    return [(edit.action, edit.label, edit.origin) for edit in store.open_dataset("Small").edits().in_force.values()]


def bar(at: AppTest) -> str:
    return at.get("progress")[0].proto.text


def test_votes_are_edits_and_leave_the_scores_alone(view):
    view.button("vote-relabel-angry").click().run()
    assert decisions() == [("relabel", "angry", "mistakes")]
    assert bar(view).startswith("1 of 2 voted on: the model is wrong for 0, the label for 1 (100%, 95% interval 21% to 100%)")
    assert view.number_input("mistake").value == 2
    view.button("vote-keep-").click().run()
    assert decisions()[1] == ("keep", "", "mistakes")
    assert "**2** mistakes among 25 faces." in words(view)
    view.button("edit-undo").click().run()
    assert len(decisions()) == 1
    view.segmented_control("mistakes_labels").set_value("edited").run()
    assert not view.exception
    assert "**1** mistakes among 25 faces." in words(view)
    assert "right for **96.0%** of 25 faces" in words(view)
    assert "as imported for 92.0% of 25" in words(view)


def test_excluded_faces_fall_away_only_when_asked(view):
    view.button("vote-exclude-").click().run()
    assert "**2** mistakes among 25 faces." in words(view)
    view.segmented_control("mistakes_labels").set_value("edited").run()
    assert "**1** mistakes among 24 faces." in words(view)


def test_a_vote_that_cannot_be_written_is_a_sentence(view, monkeypatch):
    from fer_core.errors import DatasetError

    def full(*_, **__):
        raise DatasetError("The disk is full; free some space.")

    monkeypatch.setattr(editing, "decide", full)
    view.button("vote-keep-").click().run()
    assert [toast.value for toast in view.toast] == ["The disk is full; free some space."]
    assert decisions() == []
