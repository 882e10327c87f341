"""The views Audit and Projection, opened through the frame."""

import json

import numpy as np
import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest
from views import button, view, words

from fer_core.datasets import faceless, store
from fer_core.features import projection
from fer_core.features.backbone import _keep
from fer_core.features.projection import MapRequest
from fer_core.figures.embedding import Layer
from fer_core.labels import FIVE
from pages.data.parts import projection as projection_part


def drawn(test: AppTest) -> str:
    return " ".join([block.proto.body for block in test.get("html")] + [grid.proto.json for grid in test.get("bidi_component")])


@pytest.fixture
def copies(workspace):
    """Eight noisy faces: one three times (train, train, test; two labels), a blank one, and four more."""
    images = np.random.default_rng(0).integers(60, 200, (8, 48, 48), dtype=np.uint8)
    images[1] = images[2] = images[0]
    images[3] = 9
    rows = pd.DataFrame(
        {
            "label": ["happy", "happy", "fear", "angry", "angry", "neutral", "disgust", "happy"],
            "split": ["train", "train", "test", "train", "train", "validation", "test", "train"],
            "file": [f"face_{number}.png" for number in range(8)],
        }
    )
    return store.write_dataset("Copies", images, rows, classes=FIVE, kind="folders", source="made")


@pytest.mark.parametrize("name", ["labels#Audit", "faces#Projection"])
def test_without_a_data_set_it_says_what_to_do(app, started_workspace, name):
    test = view(app, f"data/{name}")
    assert not test.exception
    assert "There is no data set yet" in " ".join(part.value for part in test.markdown)


def test_counts_come_first_and_copies_can_be_excluded_and_brought_back(app, copies):
    test = view(app, "data/labels#Audit")
    assert not test.exception
    counted = ["Copies **2**", "In two splits **1**", "Two labels **3**", "Near copies **0**", "Blank **1**", "No face **–**"]
    assert set(counted) <= set(test.pills(key="finding").options)
    assert "**Extra copies: 2 (25.00%).**" in words(test)
    assert "3 copies" in drawn(test)
    test.button(key="audit-exclude").click().run()
    assert copies.edits().in_force.keys() == {0, 1}
    assert test.button(key="audit-exclude").disabled
    test.button(key="edit-undo").click().run()
    assert not copies.edits().in_force


@pytest.mark.parametrize(
    ("finding", "words"),
    [("In two splits", "face_2.png"), ("Two labels", "3 copies, not one label"), ("Blank", "face_3.png")],
)
def test_each_finding_shows_its_pictures(app, copies, finding, words):
    test = view(app, "data/labels#Audit", finding=finding)
    assert not test.exception
    assert words in drawn(test)


def test_a_face_of_a_group_opens_in_the_drawer(app, copies):
    test = view(app, "data/labels#Audit")
    grid = next(one for one in test.get("bidi_component") if "fer-groups" in one.proto.json)
    cells = json.loads(grid.proto.json)["cells"]
    assert [f'data-place="{place}"' in cells for place in (0, 1, 2, 3)] == [True, True, True, False]
    assert cells.count('tabindex="0"') == 3


def test_nothing_near_says_so(app, copies):
    test = view(app, "data/labels#Audit", finding="Near copies")
    assert "No two pictures are nearly alike." in [part.value for part in test.markdown]


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


def test_the_offer_of_an_audit_goes_when_it_is_made(app, copies, monkeypatch):
    monkeypatch.setattr("pages.data.parts.audit.AUTOMATIC", 1)
    test = view(app, "data/labels#Audit")
    assert "has not been audited yet" in " ".join(part.value for part in test.markdown)
    test = button(test, "Audit it now").click().run()
    assert "**Extra copies: 2" in words(test)
    assert "has not been audited yet" not in " ".join(part.value for part in test.markdown)


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


def test_a_search_for_faces_can_be_made_anew(app, copies, monkeypatch):
    faceless._keep(copies, 8, [3])
    seen = []

    def find(data, *, progress):
        seen.append(faceless.kept_faceless(data))
        faceless._keep(data, 8, [1, 3])

    monkeypatch.setattr(faceless, "find_faceless", find)
    test = view(app, "data/labels#Audit", finding="No face")
    assert "1 to 1 of 1 pictures" in [part.value for part in test.caption]
    button(test, "Make it anew").click().run()
    assert seen == [None]
    assert "1 to 2 of 2 pictures" in [part.value for part in test.caption]


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
