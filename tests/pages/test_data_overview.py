"""The page Overview, opened through the frame."""

import json

import numpy as np
import pytest
from views import view, words

from fer_core.datasets import synthetic, writing
from fer_core.labels import FIVE


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


class TestCompare:
    def test_train_with_test_by_default(self, app, small_dataset):
        test = view(app, "data/overview#Two data sets")
        assert not test.exception
        assert [box.value for box in test.main.selectbox[2:]] == ["Small / train", "Small / test"]
        assert {metric.label: metric.value for metric in test.metric} == {
            "Faces in the first": "50",
            "Faces in the second": "25",
            "Class shares apart": "0.0%",
            "Also in the first": "0",
        }

    def test_a_darker_copy(self, app, small_dataset):
        writing.write_dataset(
            "Dark",
            np.array(small_dataset.images) // 2,
            small_dataset.samples[["label", "split"]],
            classes=FIVE,
            kind="csv",
            source="x",
        )
        test = view(app, "data/overview#Two data sets", first="Small / all", second="Dark / all")
        assert not test.exception
        assert "**Brightness** is higher in the first" in words(test)
        assert "**Mean faces** differ" in words(test)
        assert "**Class shares**" not in " ".join(note.value for note in test.warning)
