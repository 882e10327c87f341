import json
import os
import re
import shutil

import cv2
import numpy as np
import pytest
from streamlit.testing.v1 import AppTest
from views import button, buttons, view, words

from fer_core import runs
from fer_core.datasets import store, synthetic
from fer_core.datasets.store import Dataset
from pages.ui import drawer


def grid_cells(test: AppTest) -> str:
    """The faces of a grid that opens them, as HTML."""
    return json.loads(test.get("bidi_component")[0].proto.json)["cells"]


class TestOverview:
    def test_figures(self, app, small_dataset):
        test = view(app, "data/overview")
        assert {metric.label: metric.value for metric in test.metric} == {
            "Faces": "100",
            "Imbalance ratio": "10.0 : 1",
            "Majority baseline": "40.0%",
        }
        assert "**Always answering “Happy” would be right for 40.0% of the train split; there are 10.0 times" in words(test)

    def test_provenance_and_what_was_left_out(self, app, small_dataset):
        test = view(app, "data/overview")
        table = dict(zip(*test.table[0].value.iloc[:, :2].to_numpy().T, strict=True))
        assert table["Source"] == "Folders with splits: small.zip"
        assert table["Left out"] == "Sad 7 (class not chosen)"
        assert small_dataset.meta.fingerprint in table["Fingerprint"]
        listed = next(frame.value for frame in test.dataframe if "reason" in frame.value)
        assert listed.to_dict("records") == [{"file": "train/happy/broken.png", "reason": "truncated"}]

    @pytest.mark.parametrize(("unit", "written"), [("Counts", "10"), ("Shares", "20.0%")])
    def test_counts_or_shares(self, app, small_dataset, unit, written):
        test = view(app, "data/overview", unit=unit)
        assert test.segmented_control[0].value == unit
        figure = json.loads(test.get("plotly_chart")[0].proto.spec)
        assert figure["data"][0]["text"][0] == written

    def test_drawn_faces_are_called_drawn(self, app, workspace):
        synthetic.create_synthetic("Drawn", 60, 0)
        test = view(app, "data/overview")
        assert not test.exception
        assert "drawn by a program" in test.info[0].value

    def test_real_pictures_are_not(self, app, small_dataset):
        assert not view(app, "data/overview").info


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


class TestPixels:
    def test_mean_faces_and_measures(self, app, small_dataset):
        test = view(app, "data/overview#Mean faces")
        grid = next(block.proto.body for block in test.get("html") if "fer-grid" in block.proto.body)
        assert grid.count("<img") == 5
        assert sum(block.proto.body.count("What sets the mean face apart of class") for block in test.get("html")) == 10
        assert len(test.get("plotly_chart")) == 2

    def test_split(self, app, small_dataset):
        test = view(app, "data/overview#Mean faces", **{"pixels-split": "Test"})
        assert not test.exception
        assert test.segmented_control[0].value == "test"


@pytest.fixture
def folder(tmp_path):
    draw = np.random.default_rng(0)
    for label in ("happy", "sad", "angry"):
        for number in range(12):
            path = tmp_path / "pictures" / label / f"{number}.png"
            path.parent.mkdir(parents=True, exist_ok=True)
            cv2.imwrite(str(path), draw.integers(0, 255, (48, 48)).astype(np.uint8))
    (tmp_path / "pictures" / "happy" / "broken.png").write_bytes(b"no picture")
    return tmp_path / "pictures"


class TestImport:
    def start(self, app, path, name="Mine") -> AppTest:
        test = view(app, "data/import_export")
        test.text_input(key="import-path").input(str(path))
        test.text_input(key="import-name").input(name)
        return test

    def test_by_path(self, app, started_workspace, folder):
        test = self.start(app, folder)
        button(test, "import-go").click().run()
        assert not test.exception
        assert not test.error
        assert "**Mine** is imported: 24 faces." in words(test)
        assert "See the faces" in [link.proto.label for link in test.main.get("page_link")]
        assert "Left out, because their class was not chosen: Sad 12." in words(test)
        assert test.selectbox[0].value == "Mine"
        rejected = next(frame.value for frame in test.dataframe if "reason" in frame.value)
        assert rejected["file"].str.endswith("broken.png").tolist() == [True]

    def test_own_classes(self, app, started_workspace, folder):
        test = self.start(app, folder)
        test.radio(key="import-classes").set_value("custom").run()
        test.text_input(key="import-list").input("sad, joy")
        button(test, "import-go").click().run()
        assert store.open_dataset("Mine").meta.classes == ("happy", "sad")

    def test_name_comes_from_the_source(self, app, started_workspace, folder):
        test = self.start(app, folder, name="")
        button(test, "import-go").click().run()
        assert store.dataset_names() == ["pictures"]

    @pytest.mark.parametrize(
        ("path", "name", "sentence"),
        [
            ("", "Mine", "Choose what to import first"),
            ("nowhere", "Mine", "nowhere"),
            ("nowhere", "../x", "A data set's name has"),
        ],
    )
    def test_what_cannot_be_imported_is_one_sentence(self, app, started_workspace, path, name, sentence):
        test = self.start(app, path, name)
        button(test, "import-go").click().run()
        assert not test.exception
        assert len(test.error) == 1
        assert sentence in test.error[0].value
        assert test.text_input(key="import-path").value == path
        assert store.dataset_names() == []

    @pytest.mark.parametrize(("answer", "left"), [("import-yes", 24), ("import-no", 100)])
    def test_a_taken_name_asks(self, app, small_dataset, folder, answer, left):
        test = self.start(app, folder, name="Small")
        button(test, "import-go").click().run()
        assert store.open_dataset("Small").meta.n == 100
        button(test, answer).click().run()
        assert not test.exception
        assert store.open_dataset("Small").meta.n == left

    def test_upload(self, app, started_workspace, folder, tmp_path):
        packed = shutil.make_archive(str(tmp_path / "packed"), "zip", folder)
        test = view(app, "data/import_export")
        test.segmented_control(key="import-way").set_value("Upload").run()
        with open(packed, "rb") as file:
            test.file_uploader(key="import-upload").upload("packed.zip", file.read(), "application/zip").run()
        button(test, "import-go").click().run()
        assert not test.exception
        assert not test.error
        assert store.open_dataset("packed").meta.n == 24


class TestMakeAndDelete:
    def test_draws_faces(self, app, small_dataset):
        test = view(app, "data/import_export")
        test.text_input(key="synthetic-name").input("Drawn")
        test.number_input(key="synthetic-count").set_value(100)
        button(test, "synthetic-go").click().run()
        assert not test.exception
        assert store.open_dataset("Drawn").meta.n == 100
        assert test.selectbox[0].value == "Drawn"
        assert "**Drawn** is ready: 100 drawn faces." in words(test)

    def test_delete_asks_first(self, app, small_dataset):
        test = view(app, "data/import_export")
        test.selectbox(key="delete-name").select("Small").run()
        button(test, "delete-go").click().run()
        assert store.dataset_names() == ["Small"]
        button(test, "delete-yes").click().run()
        assert store.dataset_names() == []
        assert "The data set **Small** is deleted." in words(test)
        assert not test.run().exception
        assert store.dataset_names() == []

    def test_delete_is_refused_while_a_run_uses_it(self, app, small_dataset: Dataset, make_run, hold):
        run = make_run(small_dataset, name="At work", state="running")
        run.write(run.status().model_copy(update={"state": "running", "pid": os.getpid()}))
        hold(run)
        assert runs.runs_using("Small")
        test = view(app, "data/import_export")
        test.selectbox(key="delete-name").select("Small").run()
        button(test, "delete-go").click().run()
        button(test, "delete-yes").click().run()
        assert store.dataset_names() == ["Small"]
        assert any("At work" in error.value or "Small" in error.value for error in test.error)
