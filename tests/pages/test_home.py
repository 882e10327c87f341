import hashlib
import json

import pytest
from views import view, words

from fer_core import runs
from fer_core.lesson import moving_face
from fer_core.runs import BUNDLED, BUNDLED_CROWD


def test_empty_says_what_to_do(app, started_workspace):
    test = view(app)
    assert not test.exception
    assert "There is no data set yet." in words(test)


def test_shows_faces_of_the_chosen_data_set(app, small_dataset):
    page = next(json.loads(grid.proto.json)["cells"] for grid in view(app).get("bidi_component") if "cells" in grid.proto.json)
    assert page.count("<img") == 9
    for name in ("Angry", "Disgust", "Fear", "Happy", "Neutral"):
        assert page.count(f"</span>{name}</span>") in (1, 2)


def test_lists_data_sets_and_runs(app, finished_run):
    test = view(app)
    tables = [table.value for table in test.dataframe]
    assert tables[0].to_dict("records") == [{"Name": "Small", "Faces": 100, "Classes": 5, "Kind": "pictures"}]
    assert tables[1].iloc[0].to_dict() == {
        "Name": "Finished run",
        "Best": "accuracy 62.0%",
        "95%": "42.6% to 78.2%",
        "n": "25, few",
        "State": "Finished",
        "Data set": "Small",
    }


def test_a_half_written_run_is_shown(app, finished_run):
    (finished_run.path / "status.json").write_text("{")
    test = view(app)
    assert not test.exception
    assert test.dataframe[1].value.iloc[0]["State"] == "Failed"


def test_says_what_it_must_not_be_used_for(app, started_workspace):
    text = words(view(app))
    assert "Regulation (EU) 2024/1689" in text
    assert "5(1)(f)" in text
    assert "**prohibited**" in text
    assert "you feel" not in text


def test_bundled_scores_come_from_its_predictions(app, small_dataset, make_run, monkeypatch, tmp_path):
    source = make_run(small_dataset, name="In the box", state="finished", model=True)
    boxed = tmp_path / "assets" / BUNDLED
    boxed.parent.mkdir()
    source.path.rename(boxed)
    monkeypatch.setattr("fer_core.runs.store.ASSETS", tmp_path / "assets")
    test = view(app)
    assert not test.exception
    shown = {metric.label: (metric.value, metric.delta) for metric in test.metric}
    assert shown["Accuracy"] == ("92.0%", "75.0% to 97.8%, n = 25, few")
    assert {"Majority baseline", "Macro F1", "Balanced accuracy"} <= set(shown)


def test_the_film_is_of_the_run_that_answers_photos_and_says_where_it_is_not_sure(app, started_workspace):
    made, frames = moving_face.load()
    run = runs.open_run(BUNDLED_CROWD)
    assert made["run"] == run.id
    assert made["model"] == hashlib.sha256(run.model_file.read_bytes()).hexdigest()
    threshold = run.calibration().threshold
    assert [frame.sure for frame in frames] == [max(frame.probabilities.values()) >= threshold for frame in frames]
    assert f"what the run **{run.about().name}** answers" in words(view(app))


def test_both_runs_in_the_box_show_their_scores(app, started_workspace):
    text = words(view(app))
    assert "which answers photos and the face above; judged by what ten people said" in text
    assert "which the lesson is about; judged by FER2013's own labels" in text


@pytest.mark.parametrize("count", [9])
def test_older_runs_are_counted(app, small_dataset, make_run, count):
    for number in range(count):
        make_run(small_dataset, name=f"run {number}", state="finished")
    test = view(app)
    listed = len(runs.list_runs())
    assert len(test.dataframe[1].value) == 8
    assert f"and {listed - 8} older ones" in words(test)
