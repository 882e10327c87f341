"""What every view says when something is missing, and first of all whose figures it shows."""

import os

import numpy as np
import pandas as pd
import pytest
from answers import other_dataset
from views import view, words

from fer_core.datasets import store, writing
from pages.ui.whose import unknown_classes

SCORES = ("evaluate/scores", "evaluate/errors", "evaluate/errors#Mistakes")
ANSWERS = (*SCORES, "explain/look", "try_it/photo")


@pytest.mark.parametrize("place", ["data/labels#Audit", "data/faces#Projection", "train/new_run"])
def test_without_anything_there_is_no_data_set(app, started_workspace, no_bundled_run, place):
    assert "There is no data set yet" in words(view(app, place))


@pytest.mark.parametrize("place", [*SCORES, "explain/faithfulness", "explain/averages", "explain/averages#What it expects"])
def test_a_run_without_a_data_set(app, looking_run, no_bundled_run, workspace, place):
    (workspace / "datasets").rename(workspace / "gone")
    (workspace / ".first-start").touch()
    assert "There is no data set yet." in words(view(app, place))


@pytest.mark.parametrize(
    "place",
    [
        *ANSWERS,
        "evaluate/scores#Calibration",
        "evaluate/share",
        "evaluate/stress",
        "evaluate/stress#Subtle expressions",
        "train/runs",
        "train/runs#One run",
    ],
)
def test_no_run(app, place, small_dataset, no_bundled_run):
    assert "There is no run yet" in words(view(app, place))


@pytest.mark.parametrize("place", ANSWERS)
def test_run_is_still_at_work(app, place, run, hold, no_bundled_run):
    hold(run)
    run.write(run.status().model_copy(update={"state": "running", "pid": os.getpid()}))
    assert "The run **Finished run** is still running." in words(view(app, place))


@pytest.mark.parametrize("place", ANSWERS)
def test_run_has_no_model(app, place, run, no_bundled_run):
    run.model_file.unlink()
    assert "ended without a model" in words(view(app, place))


@pytest.mark.parametrize("place", SCORES)
@pytest.mark.usefixtures("no_bundled_run")
class TestScoresOf:
    def test_a_damaged_run(self, app, place, run):
        (run.path / "training.json").write_text("{")
        at = view(app, place)
        assert [error.value for error in at.error] == [
            "The run 'Finished run' is damaged: its training.json is not readable. Choose another run."
        ]

    def test_faces_of_no_class_that_the_run_knows(self, app, place, run):
        other_dataset("Others", {"sad": 3, "surprise": 2})
        at = view(app, place, dataset="Others")
        assert "**Others / test** has no face of a class that this run knows (Angry, Disgust, Fear, Happy, Neutral)." in words(at)

    def test_a_damaged_model_when_it_is_needed(self, app, place, run):
        other_dataset("Others", {"happy": 3, "fear": 2})
        at = view(app, place, dataset="Others")
        assert [error.value for error in at.error] == [
            "The model file model.keras cannot be read; train the run again or choose another one."
        ]


def write_other(name: str, classes: tuple[str, ...]) -> store.Dataset:
    draw = np.random.default_rng(1)
    rows = pd.DataFrame({"label": [classes[n % len(classes)] for n in range(24)], "split": ["train", "validation", "test"] * 8})
    images = draw.integers(0, 255, (24, 48, 48)).astype(np.uint8)
    return writing.write_dataset(name, images, rows, classes=classes, kind="folders", source=name)


@pytest.mark.parametrize("path", [*SCORES, "evaluate/scores#Calibration"])
def test_recorded_figures_are_said_to_be_of_another_data_set(app, small_dataset, path):
    """The bundled run brings figures of FER2013; here only `Small` is there, and chosen."""
    at = view(app, path, dataset="Small", run="bundled")
    at = at.selectbox("evaluate_on").select("recorded/test").run()
    assert not at.exception
    assert at.warning[0].value == "These figures are of **FER2013**, not of **Small**, which is chosen at the top of the page."
    at = at.selectbox("evaluate_on").select("data/test").run()
    assert [warning.value for warning in at.warning if "These figures" in warning.value] == []


def test_curves_of_a_run_on_another_data_set_are_said_to_be(app, no_bundled_run, finished_run):
    write_other("Other", ("happy", "sad"))
    at = view(app, "train/runs#One run", dataset="Other", run=finished_run.id)
    assert at.warning[0].value == "These figures are of **Small**, not of **Other**, which is chosen at the top of the page."
    assert not view(app, "train/runs#One run", dataset="Small", run=finished_run.id).warning


@pytest.mark.parametrize("path", ["evaluate/scores", "explain/look"])
def test_classes_that_the_run_does_not_know_are_named_with_the_way_to_a_run_that_does(app, no_bundled_run, answering_run, path):
    write_other("Other", ("happy", "sad", "surprise"))
    at = view(app, path, dataset="Other", run=answering_run.id)
    said = [part.value for part in at.main.markdown if "does not know" in part.value]
    assert len(said) == 1
    assert said[0].startswith("The run **Finished run** does not know Sad, Surprise of **Other**")
    links = [link.proto.label for link in at.main.get("page_link")]
    assert "Train a run on Other" in links


def test_unknown_classes(small_dataset, finished_run):
    assert unknown_classes(finished_run, small_dataset) == []
    assert unknown_classes(finished_run, write_other("Other", ("angry", "sad"))) == ["sad"]


def test_scores_of_few_faces_have_their_number_and_interval_on_scores_and_runs(app, no_bundled_run, run):
    """`Small` has 25 faces for validation and 25 for testing; the best epoch's accuracy is 62%."""
    accuracy = next(metric for metric in view(app, "evaluate/scores").metric if metric.label == "Accuracy")
    assert accuracy.delta == "75.0% to 97.8%, n = 25, few"
    best = next(metric for metric in view(app, "train/runs#One run").metric if metric.label.startswith("Best val."))
    assert best.delta.endswith("n = 25, few, epoch 3")
    row = view(app, "train/runs").dataframe[0].value.iloc[0]
    assert (row["Val. 95%"], row["n"]) == ("42.6% to 78.2%", "25, few")
