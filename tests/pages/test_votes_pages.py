import io
import zipfile

import numpy as np
import pandas as pd
import pytest
from views import button, view, words

from fer_core.datasets import store
from fer_core.datasets.store import Dataset
from fer_core.labels import FIVE


@pytest.fixture
def voted(small_dataset: Dataset) -> Dataset:
    """`Voted`: the faces of `Small`; 9 of 10 vote for the label, for every eighth face 5 for it and 5 for sad."""
    rows = small_dataset.samples[["label", "split", "file"]].copy()
    doubted = np.arange(len(rows)) % 8 == 3
    for name in (*FIVE, "sad"):
        mine = rows["label"] == name
        rows[f"votes_{name}"] = np.where(mine, np.where(doubted, 5, 9), 0).astype(np.int8)
    rows["votes_sad"] = np.where(doubted, 5, 0).astype(np.int8)
    rows["votes_nf"] = np.where(doubted, 0, 1).astype(np.int8)
    return store.write_dataset(
        "Voted", np.array(small_dataset.images), pd.DataFrame(rows), classes=FIVE, kind="csv", source="x.csv", votes="new.csv"
    )


class TestAgreement:
    def test_without_votes_it_says_how_to_get_them(self, app, small_dataset):
        test = view(app, "data/labels#Annotators")
        assert not test.exception
        assert "**Small** has no annotators' votes" in words(test)
        assert "--votes fer2013new.csv" in test.code[0].value

    def test_with_votes_and_a_run(self, app, voted, make_run):
        make_run(voted, name="Finished run", state="finished", model=True)
        test = view(app, "data/labels#Annotators", dataset="Voted")
        assert not test.exception
        assert not test.error
        shown = {metric.label: metric.value for metric in test.metric}
        assert (shown["Faces with votes"], shown["Crowd gives the label"]) == ("100", "87.0%")
        assert (shown["Among these classes"], shown["Cohen's kappa"]) == ("100.0%", "1.00")
        assert "Tie 13; 13 faces, 13.0%" in words(test)
        assert "1 to 13 of 13 faces" in words(test)
        assert {"At most 50% agree", "At least 80% agree"} <= set(shown)
        assert len(test.get("plotly_chart")) == 4


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
        store.write_dataset(
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


class TestExport:
    def test_makes_the_file_and_offers_it(self, app, small_dataset, workspace):
        test = view(app, "data/import_export#Export")
        assert not test.exception
        button(test, "export-go").click().run()
        assert not test.error
        made = workspace / "exports" / "Small.zip"
        assert "**Small.zip**" in words(test)
        assert len(zipfile.ZipFile(io.BytesIO(made.read_bytes())).namelist()) == 103
        button(test, "remove-Small.zip").click().run()
        assert not made.exists()
        assert "**Small.zip**" not in words(test)


def test_votes_are_asked_for_beside_a_table_only(app, started_workspace, tmp_path):
    test = view(app, "data/import_export")
    assert "import-votes" not in [field.key for field in test.text_input]
    (tmp_path / "fer2013.csv").write_text("emotion,pixels,Usage\n3,0 0,Training\n")
    test.text_input(key="import-path").input(str(tmp_path / "fer2013.csv")).run()
    test.text_input(key="import-votes").input(str(tmp_path / "nowhere.csv"))
    button(test, "import-go").click().run()
    assert "There is no file 'nowhere.csv' with votes" in test.error[0].value
