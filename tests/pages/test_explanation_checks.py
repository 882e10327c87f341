"""Faithfulness, Mean maps and What it expects, opened through app.py with a tiny network that really answers."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from fer_core import embedding, runs
from fer_core.datasets.store import Dataset
from fer_core.runs import Run


@pytest.fixture(autouse=True)
def no_bundled_run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(runs, "ASSETS", tmp_path / "assets")


@pytest.fixture
def run(small_dataset: Dataset, make_run: Callable[..., Run], tiny_model: bytes) -> Run:
    made = make_run(small_dataset, name="Finished run", state="finished", model=True)
    made.model_file.write_bytes(tiny_model)
    return made


def view(app: str, name: str) -> AppTest:
    at = AppTest.from_file(app, default_timeout=120).run()
    at = at.switch_page(f"pages/explain/{name}.py").run()
    assert not at.exception
    return at


def press(at: AppTest, label: str) -> AppTest:
    next(button for button in at.button if button.label == label).click().run()
    assert not at.exception
    assert [error.value for error in at.error] == []
    return at


def words(at: AppTest) -> str:
    return "\n".join(str(part.value) for part in [*at.markdown, *at.caption, *at.info, *at.warning])


def test_faithfulness(app, run):
    at = press(view(app, "faithfulness"), "Weigh this map")
    assert len(at.get("plotly_chart")) == 2
    assert words(at).count("Area under the curve") == 2
    at.session_state["faithful_check"] = "Many faces"
    at = press(at.run(), "Weigh 20 maps")
    assert "faces they are better" in words(at)
    assert "of 20 faces" in words(at)
    at.session_state["faithful_check"] = "Random weights"
    at = press(at.run(), "Make the weights random")
    assert len(at.get("plotly_chart")) == 1
    assert "n = 8, with 95% intervals over 8 faces" in words(at)


def test_mean_maps_are_made_once(app, run):
    at = press(view(app, "mean_maps"), "Make the mean maps")
    # Fear is called angry in 2 of its 4 test faces, and everything else is right.
    assert at.selectbox("mean_true").value == "fear"
    assert at.selectbox("mean_answer").value == "angry"
    assert at.dataframe[0].value["Faces"].tolist() == ["Fear → Angry", "Fear, right", "Angry, right", "share of the picture"]
    assert at.dataframe[0].value["n"].tolist() == ["2", "2", "5", ""]
    assert len(list((run.own / "explanations").glob("mean-maps-*.npz"))) == 1
    again = view(app, "mean_maps")
    assert "Make the mean maps" not in [button.label for button in again.button]
    assert len(again.get("plotly_chart")) == 1


def test_what_it_expects(app, run, small_dataset, monkeypatch):
    at = press(view(app, "expects"), "Make the pictures")
    assert "the probability of its class before and after" in words(at)
    assert "Let it look" in [button.label for button in at.button]
    features = np.random.default_rng(0).normal(size=(small_dataset.meta.n, 8)).astype(np.float16)
    monkeypatch.setattr(embedding, "source_features", lambda data, source: features)
    (small_dataset.path / "features").mkdir()
    assert "Of the 12 nearest training faces" in words(at.run())
    assert "The run was trained on all of them." in words(at)


@pytest.mark.parametrize("name", ["faithfulness", "mean_maps", "expects"])
def test_without_a_data_set(app, run, name):
    run.path.parent.parent.joinpath("datasets").rename(run.path.parent.parent / "gone")
    (run.path.parent.parent / ".first-start").touch()
    assert "There is no data set yet." in words(view(app, name))
