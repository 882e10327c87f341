"""The import page asks where a label or a picture would not be what it seems, and imports nothing before."""

import cv2
import numpy as np
import pytest
from streamlit.testing.v1 import AppTest
from views import view

from fer_core.datasets import store


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
        asked.text_input(key="import-map").input("1=calm,2=bored").run()
        assert asked.button(key="import-so").disabled
        asked.text_input(key="import-map").input("1=calm,2=bored,3=a,4=b,5=c,6=d,7=e").run()
        asked.button(key="import-so").click().run()
        assert store.open_dataset("Mine").meta.classes == ("neutral", "a", "b", "bored", "c", "d", "e")

    def test_no_is_an_answer(self, asked):
        asked.button(key="import-stop").click().run()
        assert not asked.exception
        assert store.dataset_names() == []
        assert not [found for found in asked.button if found.key == "import-so"]


def test_pictures_of_another_size_are_shown_as_they_will_be_stored(app, started_workspace, tmp_path):
    test = ask_for(app, pictures(tmp_path / "own", ["happy", "sad", "angry"], size=120))
    assert store.dataset_names() == []
    assert "Faces are not looked for" in " ".join(part.value for part in test.markdown)
    assert [grid.count("<img") for grid in grids(test)] == [3]
    assert "from 120x120" in grids(test)[0]
    test.button(key="import-so").click().run()
    assert not test.exception
    assert store.open_dataset("Mine").meta.n == 36
    assert "36 of 36 pictures are not 48x48" in " ".join(part.value for part in test.markdown)


def test_the_page_lists_the_layouts(app, started_workspace):
    test = view(app, "data/import_export")
    listed = next(frame.value for frame in test.dataframe if "Layout" in frame.value)
    assert {"RAF-DB, basic set", "KDEF", "Parquet files"} <= set(listed["Layout"])
