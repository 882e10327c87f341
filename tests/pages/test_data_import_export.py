"""The page Import and export, opened through the frame."""

import io
import os
import shutil
import zipfile
from pathlib import Path

import cv2
import numpy as np
import pytest
from streamlit.testing.v1 import AppTest
from views import button, view, words

from fer_core import runs
from fer_core.datasets import store
from fer_core.datasets.store import Dataset

PORTRAIT = Path(__file__).parents[1] / "fixtures" / "astronaut.jpg"


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


def pictures(root, classes, size=48, each=12):
    draw = np.random.default_rng(0)
    for label in classes:
        for number in range(each):
            path = root / "train" / label / f"{number}.png"
            path.parent.mkdir(parents=True, exist_ok=True)
            cv2.imwrite(str(path), draw.integers(0, 255, (size, size)).astype(np.uint8))
    return root


def ask_for(app, path) -> AppTest:
    test = view(app, "data/import_export")
    test.text_input(key="import-path").input(str(path))
    test.text_input(key="import-name").input("Mine")
    test.radio(key="import-classes").set_value("all").run()
    test.button(key="import-go").click().run()
    assert not test.exception
    return test


def grids(test: AppTest) -> list[str]:
    return [block.proto.body for block in test.get("html") if "fer-grid" in block.proto.body]


class TestNumbers:
    @pytest.fixture
    def asked(self, app, started_workspace, tmp_path):
        return ask_for(app, pictures(tmp_path / "raf", [str(number) for number in range(1, 8)]))

    def test_nothing_is_imported_before_a_coding_is_chosen(self, asked):
        assert store.dataset_names() == []
        assert asked.button(key="import-so").disabled
        assert asked.radio(key="import-coding").value is None
        assert [grid.count("<img") for grid in grids(asked)] == [5] * 7
        assert asked.radio(key="import-coding").options[0].startswith("RAF-DB, basic set: 1 surprise, 2 fear")

    def test_the_coding_that_is_chosen_names_them(self, asked):
        asked.radio(key="import-coding").set_value("rafdb").run()
        asked.button(key="import-so").click().run()
        assert not asked.exception
        data = store.open_dataset("Mine")
        assert set(data.samples.loc[data.samples["file"].str.startswith("train/1/"), "label"]) == {"surprise"}
        assert any("coding rafdb, as was chosen" in decision for decision in data.meta.decisions)

    def test_names_of_ones_own(self, asked):
        asked.radio(key="import-coding").set_value("map").run()
        assert asked.button(key="import-so").disabled
        asked.text_input(key="import-own").input("Bored").run()
        for place, name in enumerate(("neutral", "bored", "happy", "skip", "contempt", "bored")):
            asked.selectbox(key=f"import-label-{place}-None").set_value(name).run()
        assert asked.button(key="import-so").disabled, "one of seven is not named yet"
        asked.selectbox(key="import-label-6-None").set_value("skip").run()
        asked.button(key="import-so").click().run()
        meta = store.open_dataset("Mine").meta
        assert meta.classes == ("happy", "neutral", "bored", "contempt")
        assert meta.skipped == {"4": 12, "7": 12}
        assert list(meta.mapping.values()) == ["neutral", "bored", "happy", "skip", "contempt", "bored", "skip"]
        assert any("2 bored" in decision and "4 skip" in decision for decision in meta.decisions)

    def test_no_is_an_answer(self, asked):
        asked.button(key="import-stop").click().run()
        assert not asked.exception
        assert store.dataset_names() == []
        assert not [found for found in asked.button if found.key == "import-so"]
        assert asked.text_input(key="import-path").value.endswith("raf"), "what was filled in is there again"


def test_each_label_is_mapped_to_a_class_of_ones_own_and_the_next_import_begins_with_it(app, started_workspace, tmp_path):
    source = pictures(tmp_path / "own", ["anger", "ahegao", "joy"])
    test = view(app, "data/import_export")
    test.text_input(key="import-path").input(str(source))
    test.text_input(key="import-name").input("Mine")
    test.radio(key="import-classes").set_value("map").run()
    test.button(key="import-go").click().run()
    assert store.dataset_names() == []
    fields = [field for field in test.selectbox if (field.key or "").startswith("import-label-")]
    assert [(field.label, field.value) for field in fields] == [
        ("ahegao (12 pictures)", "ahegao"),
        ("anger (12 pictures)", "angry"),
        ("joy (12 pictures)", "happy"),
    ]
    assert [grid.count("<img") for grid in grids(test)] == [5, 5, 5]
    fields[0].set_value("skip").run()
    test.text_input(key="import-own").input("delight, shy").run()
    test.selectbox(key="import-label-2-happy").set_value("delight").run()
    test.button(key="import-so").click().run()
    assert not test.exception
    meta = store.open_dataset("Mine").meta
    assert (meta.classes, meta.skipped) == (("angry", "delight"), {"ahegao": 12})
    assert meta.mapping == {"ahegao": "skip", "anger": "angry", "joy": "delight"}

    test.text_input(key="import-name").input("Again")
    test.radio(key="import-classes").set_value("map").run()
    test.button(key="import-go").click().run()
    next(field for field in test.selectbox if field.label == "Begin with").set_value("Mine").run()
    again = [field.value for field in test.selectbox if (field.key or "").startswith("import-label-")]
    assert again == ["skip", "angry", "delight"]


def test_pictures_of_another_size_are_shown_as_they_will_be_stored(app, started_workspace, tmp_path):
    test = ask_for(app, pictures(tmp_path / "own", ["happy", "sad", "angry"], size=120))
    assert store.dataset_names() == []
    assert "Faces are not looked for" in " ".join(part.value for part in test.caption)
    assert [grid.count("<img") for grid in grids(test)] == [3]
    assert "from 120x120" in grids(test)[0]
    assert "Its faces are stored as 112x112 grey." in " ".join(part.value for part in test.markdown)
    test.selectbox(key="import-size").set_value(64).run()
    assert "Its faces are stored as 64x64 grey." in " ".join(part.value for part in test.markdown)
    test.button(key="import-so").click().run()
    assert not test.exception
    dataset = store.open_dataset("Mine")
    assert (dataset.meta.n, dataset.images.shape) == (36, (36, 64, 64))
    assert "36 of 36 pictures are not 64x64" in " ".join(part.value for part in test.markdown)


def test_persons_and_splits_by_person(app, started_workspace, tmp_path):
    test = view(app, "data/import_export")
    test.text_input(key="import-path").input(str(pictures(tmp_path / "own", ["happy", "sad"])))
    test.text_input(key="import-name").input("Mine")
    test.radio(key="import-classes").set_value("all").run()
    test.text_input(key="import-subject").input("name:(\\d+)\\.png").run()
    test.toggle(key="import-by-person").set_value(True).run()
    test.button(key="import-go").click().run()
    assert not test.exception
    samples = store.open_dataset("Mine").samples
    assert samples["subject"].nunique() == 12
    assert samples.groupby("subject")["split"].nunique().max() == 1
    assert set(samples["split"]) == {"train", "validation", "test"}


def test_a_rule_that_is_none_is_refused_in_words(app, started_workspace, tmp_path):
    test = view(app, "data/import_export")
    test.text_input(key="import-path").input(str(pictures(tmp_path / "own", ["happy", "sad"])))
    test.text_input(key="import-subject").input("who").run()
    test.button(key="import-go").click().run()
    assert ["Persons are told by" in error.value for error in test.error] == [True]


def test_the_page_lists_the_layouts(app, started_workspace):
    test = view(app, "data/import_export")
    listed = next(frame.value for frame in test.dataframe if "Layout" in frame.value)
    assert {"RAF-DB, basic set", "KDEF", "Parquet files"} <= set(listed["Layout"])


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


def test_faces_are_found_where_the_look_proposes_it(app, started_workspace, tmp_path):
    portrait = cv2.imread(str(PORTRAIT))
    for label in ("happy", "sad"):
        for number in range(3):
            path = tmp_path / "wild" / "train" / label / f"{number}.jpg"
            path.parent.mkdir(parents=True, exist_ok=True)
            cv2.imwrite(str(path), portrait[:, : 512 - 10 * number])
    test = ask_for(app, tmp_path / "wild")
    assert test.radio(key="import-faces").value == "find"
    assert [grid.count("<img") for grid in grids(test)] == [6, 6]
    assert "A face was found in 6 of 6 pictures" in " ".join(part.value for part in test.caption)
    test.radio(key="import-faces").set_value("as-is").run()
    assert "Its faces are stored as 224x224 RGB." in " ".join(part.value for part in test.markdown)
    test.radio(key="import-faces").set_value("find").run()
    test.button(key="import-so").click().run()
    assert not test.exception
    dataset = store.open_dataset("Mine")
    assert (dataset.meta.n, dataset.meta.frame.words) == (6, "112x112 RGB")
    assert any("set upright and cropped" in decision for decision in dataset.meta.decisions)
