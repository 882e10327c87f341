"""The page Averages and expectations, opened through the frame with a network that is a few lines of numpy."""

import numpy as np
import pytest
from answers import expected_faces
from views import checked, press, view, words

from fer_core.features import projection
from fer_core.progress import Stopped
from fer_core.runs import Run
from pages.explain.parts import expectation

pytestmark = pytest.mark.usefixtures("no_bundled_run")


@pytest.fixture
def run(looking_run: Run) -> Run:
    return looking_run


@pytest.mark.parametrize(
    ("drawn", "start", "kept"),
    [
        (False, "The mean face", 0),
        (False, "This face", 0),
        (False, "Plain grey", 1),
        (True, "The mean face", 1),
        (True, "This face", 1),
    ],
)
def test_no_picture_made_from_a_person_is_kept(app, run, small_dataset, drawn, start, kept):
    about = small_dataset.path / "dataset.json"
    about.write_text(small_dataset.meta.model_copy(update={"drawn": drawn}).model_dump_json())
    at = view(app, "explain/averages#What it expects")
    for made in (run.own / "explanations").glob("expectation-*.npz"):
        made.unlink()
    at.session_state["expect_start"] = start
    at.session_state["_asked_results"].clear()
    checked(at.run())
    assert "the probability of its class before and after" in words(at)
    assert len(list((run.own / "explanations").glob("expectation-*.npz"))) == kept


def test_mean_maps_are_made_once(app, run):
    at = view(app, "explain/averages")
    # Fear is called angry in 2 of its 4 test faces, and everything else is right.
    assert at.selectbox("mean_true").value == "fear"
    assert at.selectbox("mean_answer").value == "angry"
    assert at.dataframe[0].value["Faces"].tolist() == ["Fear → Angry", "Fear, right", "Angry, right", "share of the picture"]
    assert at.dataframe[0].value["n"].tolist() == ["2", "2", "5", ""]
    assert len(list((run.own / "explanations").glob("mean-maps-*.npz"))) == 1
    again = view(app, "explain/averages")
    assert len(again.get("plotly_chart")) == 1


def test_work_that_was_stopped_is_offered_and_not_begun_again(app, run, monkeypatch):
    def stopped(*_, **__):
        raise Stopped("Stopped.")

    monkeypatch.setattr(expectation, "expected_faces", stopped)
    at = view(app, "explain/averages#What it expects")
    assert [error.value for error in at.error] == ["Stopped."]
    monkeypatch.setattr(expectation, "expected_faces", expected_faces)
    at = checked(at.run())
    assert "the probability of its class before and after" not in words(at)
    press(at, "Make the pictures")
    assert "the probability of its class before and after" in words(at)


def test_long_work_waits_to_be_asked(app, run, monkeypatch):
    monkeypatch.setattr("pages.explain.parts.asked_work.AT_ONCE", 0.0)
    press(view(app, "explain/averages"), "Make the mean maps")


def test_what_it_expects(app, run, small_dataset, monkeypatch):
    at = view(app, "explain/averages#What it expects")
    assert "the probability of its class before and after" in words(at)
    assert "20% → 99%" in "".join(part.proto.body for part in at.get("html"))
    assert "Compute the features" in [button.label for button in at.button]
    features = np.random.default_rng(0).normal(size=(small_dataset.meta.n, 8)).astype(np.float16)
    monkeypatch.setattr(projection, "source_features", lambda data, source: features)
    (small_dataset.path / "features").mkdir()
    assert "Of the 12 nearest training faces" in words(at.run())
    assert "The run was trained on all of them." in words(at)
