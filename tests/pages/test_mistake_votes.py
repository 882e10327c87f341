"""Votes on the Mistakes view: the model is wrong, the label is wrong, or neither."""

import pytest
from streamlit.testing.v1 import AppTest
from views import view, words

from fer_core.datasets import editing, store

pytestmark = pytest.mark.usefixtures("no_bundled_run")


@pytest.fixture
def voting(app, run) -> AppTest:
    """The view at its first vote: both mistakes of the run call a fear angry."""
    at = view(app, "evaluate/errors#Mistakes")
    return at.segmented_control("mistakes_mode").set_value("Vote one by one").run()


def decisions() -> list[tuple[str, str, str]]:
    return [(edit.action, edit.label, edit.origin) for edit in store.open_dataset("Small").edits().in_force.values()]


def bar(at: AppTest) -> str:
    return at.get("progress")[0].proto.text


def test_votes_are_edits_and_leave_the_scores_alone(voting):
    voting.button("vote-relabel-angry").click().run()
    assert decisions() == [("relabel", "angry", "mistakes")]
    assert bar(voting).startswith("1 of 2 voted on: the model is wrong for 0, the label for 1 (100%, 95% interval 21% to 100%)")
    assert voting.number_input("mistake").value == 2
    voting.button("vote-keep-").click().run()
    assert decisions()[1] == ("keep", "", "mistakes")
    assert "**2** mistakes among 25 faces." in words(voting)
    voting.number_input("mistake").set_value(1).run()
    voting.button("edit-undo").click().run()
    assert len(decisions()) == 1
    assert voting.number_input("mistake").value == 2, "undo goes back to the face that it was about"
    voting.segmented_control("mistakes_labels").set_value("edited").run()
    assert not voting.exception
    assert "**1** mistakes among 25 faces." in words(voting)
    assert "right for **96.0%** of 25 faces" in words(voting)
    assert "as imported for 92.0% of 25" in words(voting)


def test_excluded_faces_fall_away_only_when_asked(voting):
    voting.button("vote-exclude-").click().run()
    assert "**2** mistakes among 25 faces." in words(voting)
    voting.segmented_control("mistakes_labels").set_value("edited").run()
    assert "**1** mistakes among 24 faces." in words(voting)


def test_a_vote_that_cannot_be_written_is_a_sentence(voting, monkeypatch):
    from fer_core.errors import DatasetError

    def full(*_, **__):
        raise DatasetError("The disk is full; free some space.")

    monkeypatch.setattr(editing, "decide", full)
    voting.button("vote-keep-").click().run()
    assert [toast.value for toast in voting.toast] == ["The disk is full; free some space."]
    assert decisions() == []
