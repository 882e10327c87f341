"""The page Faces, opened through the frame: grid and projection."""

import json
import re

import numpy as np
import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest
from views import button, buttons, component, view, words

from fer_core.features import projection
from fer_core.features.backbone import _keep
from fer_core.features.projection import MapRequest
from fer_core.figures.embedding import Layer
from pages.data.parts import projection as projection_part
from pages.data.parts import sample_order
from pages.ui import drawer


def grid_cells(test: AppTest) -> str:
    """The faces of a grid that opens them, as HTML."""
    return json.loads(test.get("bidi_component")[0].proto.json)["cells"]


class TestSamples:
    @pytest.mark.parametrize(
        ("query", "shown"),
        [
            ({}, "1 to 60 of 100 samples"),
            ({"page": "2"}, "61 to 100 of 100 samples"),
            ({"page": "99"}, "1 to 60 of 100 samples"),
            ({"split": "Test"}, "1 to 25 of 25 samples"),
            ({"split": "Test", "class": "Fear"}, "1 to 4 of 4 samples"),
            ({"find": "HAPPY_00"}, "1 to 10 of 10 samples"),
            ({"class": "Nonsense"}, "1 to 60 of 100 samples"),
        ],
    )
    def test_filters_from_the_address(self, app, small_dataset, query, shown):
        test = view(app, "data/faces", **query)
        assert not test.exception
        assert shown in [caption.value for caption in test.caption]

    def test_next_and_previous(self, app, small_dataset):
        test = view(app, "data/faces")
        assert [found.disabled for found in buttons(test)] == [True, False]
        buttons(test)[1].click().run()
        assert "61 to 100 of 100 samples" in [caption.value for caption in test.caption]
        assert [found.disabled for found in buttons(test)] == [False, True]
        buttons(test)[0].click().run()
        assert "1 to 60 of 100 samples" in [caption.value for caption in test.caption]

    def test_buttons_know_the_page_of_the_address(self, app, small_dataset):
        test = view(app, "data/faces", page="2")
        assert {found.label: found.disabled for found in buttons(test)} == {"Previous": False, "Next": True}

    def test_a_filter_begins_at_the_first_page(self, app, small_dataset):
        test = view(app, "data/faces", page="2")
        test.selectbox(key="split").select("train").run()
        assert test.number_input(key="page").value == 1
        assert "1 to 50 of 50 samples" in [caption.value for caption in test.caption]

    def test_nothing_found(self, app, small_dataset):
        test = view(app, "data/faces", find="nowhere")
        assert not test.exception
        assert "No sample matches this filter" in words(test)

    def test_faces_are_named(self, app, small_dataset):
        test = view(app, "data/faces", split="Test")
        grid = grid_cells(test)
        assert grid.count("<img") == grid.count("data-place") == 25
        assert 'alt="angry, test split, test/angry/angry_003.png"' in grid
        assert ">angry_003.png<" in grid

    def test_opens_in_mixed_order(self, app, small_dataset):
        test = view(app, "data/faces")
        assert test.selectbox(key="order").value == "Mixed"
        labels = re.findall(r'alt="(\w+),', grid_cells(test))
        assert len(set(labels[:15])) == 5

    def test_an_opened_face_lies_in_the_drawer(self, app, small_dataset):
        test = view(app, "data/faces")
        test.session_state[drawer.OPEN] = (small_dataset.name, 7)
        test.run()
        assert not test.exception
        assert any("Sample 7" in caption.value for caption in test.caption)

    def test_what_is_to_be_seen_is_said_in_the_drawer(self, app, small_dataset):
        test = view(app, "data/faces")
        test.session_state[drawer.OPEN] = (small_dataset.name, 7)
        test.run()
        test.selectbox(key="drawer-tag-glasses-7").set_value("sunglasses").run()
        assert small_dataset.traits()["glasses"][7] == "sunglasses"
        test.selectbox(key="drawer-tag-glasses-7").set_value("").run()
        assert small_dataset.traits()["glasses"][7] == ""


def test_a_kept_map_is_drawn_and_one_that_is_not_is_offered(app, small_dataset, finished_run):
    features = np.random.default_rng(0).normal(0, 1, (100, 8)).astype(np.float16)
    _keep(projection._source(small_dataset, "backbone")[2], features)
    projection.make_map(small_dataset, MapRequest(faces=100), progress=lambda share, text: None)
    test = view(app, "data/faces#Projection", run=finished_run.id)
    assert not test.exception
    assert len(test.get("plotly_chart")) == 1
    test.segmented_control(key="map-colour").select("Right or wrong").run()
    # Every second fear is called angry: 4 of the 50 faces of validation and test.
    assert "for 50 of 100 faces: 92.0% right on this map" in " ".join(part.value for part in test.caption)
    layers = [(trace["name"], trace["type"]) for trace in json.loads(test.get("plotly_chart")[0].proto.spec)["data"]]
    assert layers == [("not predicted", "scattergl"), ("right", "scattergl"), ("wrong", "scattergl")]
    test.segmented_control(key="map-method").select("tsne").run()
    assert not test.get("plotly_chart")
    test = button(test, "Make the map").click().run()
    assert len(test.get("plotly_chart")) == 1
    assert "has not been made yet" not in " ".join(part.value for part in test.markdown)


def test_a_kept_map_can_be_made_anew(app, small_dataset, monkeypatch):
    features = np.random.default_rng(0).normal(0, 1, (100, 8)).astype(np.float16)
    _keep(projection._source(small_dataset, "backbone")[2], features)
    projection.make_map(small_dataset, MapRequest(faces=100), progress=lambda share, text: None)
    asked = []

    def make(data, request, *, progress, stop):
        asked.append(request)
        return projection.make_map(data, request, progress=progress)

    monkeypatch.setattr(projection_part, "make_map_in_process", make)
    test = view(app, "data/faces#Projection")
    assert asked == []
    button(test, "Make it anew").click().run()
    assert asked == [MapRequest(faces=100)]
    assert len(test.get("plotly_chart")) == 1


@pytest.mark.parametrize(
    ("points", "rows"),
    [
        ([], []),
        ([{"curve_number": 1, "point_index": 0}, {"curve_number": 0, "point_index": 2}], [1, 5]),
        ([{"curve_number": 2, "point_index": 0}, {"curve_number": 0, "point_index": 9}], []),
    ],
)
def test_selected_points_are_rows_of_the_map(points, rows):
    layers = [Layer("a", "#000000", np.array([0, 3, 5])), Layer("b", "#000000", np.array([1, 2]))]
    assert projection_part.selected_rows({"selection": {"points": points}}, layers).tolist() == rows


SAMPLES = pd.DataFrame(
    {
        "id": [0, 1, 2, 3],
        "label": ["happy", "angry", "happy", "fear"],
        "split": ["train", "train", "test", "test"],
        "file": ["b/X_1.png", "a/x_2.png", "c/y.png", "d/(z).png"],
        "brightness": [10.0, 40.0, 20.0, 30.0],
        "contrast": [1.0, 2.0, 3.0, 4.0],
        "sharpness": [4.0, 3.0, 2.0, 1.0],
    }
)


@pytest.mark.parametrize(
    ("choice", "ids"),
    [
        ({}, [0, 3, 1, 2]),
        ({"order": "Stored order"}, [0, 1, 2, 3]),
        ({"split": "test"}, [3, 2]),
        ({"label": "happy"}, [0, 2]),
        ({"split": "test", "label": "happy"}, [2]),
        ({"text": "x_"}, [0, 1]),
        ({"text": "(z"}, [3]),
        ({"text": "nowhere"}, []),
        ({"order": "File name"}, [1, 0, 2, 3]),
        ({"order": "Darkest first"}, [0, 2, 3, 1]),
        ({"order": "Brightest first"}, [1, 3, 2, 0]),
    ],
)
def test_matching(choice, ids):
    assert sample_order.matching(SAMPLES, **choice)["id"].tolist() == ids


def test_orders_need_their_column():
    assert "Weakest expression first" not in sample_order.orders(SAMPLES)
    assert "Weakest expression first" in sample_order.orders(SAMPLES.assign(intensity=0.5))


class TestSimilar:
    def cells(self, test: AppTest) -> str:
        return component(test, "similar-grid")["cells"]

    @pytest.fixture
    def features(self, monkeypatch, answering_run, small_dataset):
        """Features whose direction turns with the sample's number: the nearest of a face are those numbered like it."""
        turn = np.linspace(0, 1, small_dataset.meta.n)
        monkeypatch.setattr(projection, "source_features", lambda data, source: np.stack([np.cos(turn), np.sin(turn)], axis=1))
        return answering_run

    def test_without_features_they_are_offered(self, app, answering_run, small_dataset):
        test = view(app, "data/faces#Similar faces", run=answering_run.id)
        assert "The run has to look at all 100 faces of **Small** once" in words(test)
        assert button(test, "Compute the features")

    def test_faces_are_taken_out_and_the_others_decided_about_with_one_undo(self, app, features, small_dataset):
        test = view(app, "data/faces#Similar faces", run=features.id)
        test.session_state[drawer.FACE] = (small_dataset.name, 20)
        test.selectbox(key="similar-count").select(12).run()
        assert "**4 of the 12 most similar faces have the same label**" not in words(test)
        assert "**3 of the 12 most similar faces have the same label**, disgust." in words(test)
        assert "**12 of 12 faces are taken in**: " in words(test)
        test.session_state["_similar_turned"][1].add(21)
        test.run()
        assert self.cells(test).count("class=pale") == 1
        assert "**11 of 12 faces are taken in**: " in words(test)
        assert button(test, "similar-relabel").disabled
        test.selectbox(key="similar-label").select("fear").run()
        assert button(test, "similar-relabel").label == "Relabel 11 faces"
        button(test, "similar-relabel").click().run()
        edits = small_dataset.edits().in_force
        assert sorted(edits) == [14, 15, 16, 17, 18, 19, 22, 23, 24, 25, 26]
        assert {edit.label or edit.action for edit in edits.values()} == {"fear", "keep"}
        assert {edit.origin for edit in edits.values()} == {f"similar to sample 20, {features.id}"}
        assert "angry, relabelled Fear, 0.000, train" in self.cells(test)
        button(test, "edit-undo").click().run()
        assert small_dataset.edits().in_force == {}
        button(test, "similar-none").click().run()
        assert button(test, "similar-exclude").disabled
        test.selectbox(key="similar-split").select("validation").run()
        assert self.cells(test).count("<img") == 12
        assert "validation split" in self.cells(test)
        assert "train split" not in self.cells(test)
        button(test, "similar-exclude").click().run()
        assert len(small_dataset.edits().in_force) == 12

    def test_a_filter_that_nothing_passes(self, app, features, small_dataset):
        test = view(app, "data/faces#Similar faces", run=features.id)
        test.session_state[drawer.FACE] = (small_dataset.name, 23)
        test.selectbox(key="similar-split").select("test")
        test.selectbox(key="similar-labels").select("same").run()
        assert not test.exception
        assert "No face is in this split with such a label" in words(test)
