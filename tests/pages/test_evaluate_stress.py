"""The Robustness and Subtle expressions views, opened through the frame, with a run that goes by brightness alone."""

import shutil

import numpy as np
import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest
from views import button, view, words

from fer_core.datasets import store, writing
from fer_core.evaluation import robustness
from fer_core.labels import FIVE
from fer_core.runs.records import Calibration
from pages.evaluate.parts import morphs
from pages.evaluate.parts import robustness as robustness_part
from pages.ui import loaders

pytestmark = pytest.mark.usefixtures("no_bundled_run")


class ByBrightness:
    """Answers with the class whose faces are as bright as this one, see the fixture `small_dataset`."""

    classes = FIVE
    calibration = Calibration(flip=True, temperature=2)

    def fitted(self, faces):
        return faces

    def logits(self, faces, *, progress=None):
        means = faces.mean(axis=(1, 2))
        return -np.abs(means[:, None] - (59.5 + 25 * np.arange(5))[None]).astype(np.float32)

    def probabilities(self, logits):
        powers = np.exp(logits / 20)
        return powers / powers.sum(axis=1, keepdims=True)


def html(at: AppTest) -> str:
    return "\n".join(str(element.proto.body) for element in at.get("html") if "<figure" in element.proto.body)


def test_robustness_is_measured_and_shown(app, run, monkeypatch):
    asked = []

    def here(run, data, split, *, limit, progress, stop):
        asked.append((run.id, data.name, split, limit))
        return robustness.measure(run, data, split, load=lambda run: ByBrightness(), limit=limit, progress=progress).record

    monkeypatch.setattr(robustness_part, "measure_in_process", here)
    at = view(app, "evaluate/stress")
    assert "answers the same faces 46 times" in words(at)
    shown = html(at)
    # The face as it is, and under each of the nine corruptions, before anything is measured.
    assert shown.count("<figure") == 10
    assert html(at.select_slider("robustness_strength").set_value(5).run()) != shown
    at = button(at, "Measure").click().run()
    assert asked == [(run.id, "Small", "test", None)]
    shown = {metric.label: metric.value for metric in at.metric}
    # All of the 25 test faces are right as they are; in the dark all are called angry, which 5 are.
    assert (shown["As they are"], shown["Majority baseline"], shown["Worst case"]) == ("100.0%", "40.0%", "20.0%")
    text = words(at)
    assert "**Worst case: " in text
    assert "no better than always answering with the most frequent class" in text
    assert (
        at.selectbox(key="robustness_closer").value
        == robustness.summarise(robustness.kept(run, store.open_dataset("Small").meta.fingerprint, "test")).worst["corruption"]
    )
    at = at.selectbox(key="robustness_closer").set_value("rotation").run()
    assert not at.exception
    assert at.expander[0].label == "Measured on 25 of 25 faces: measure them anew"
    button(at, "Measure").click().run()
    assert len(asked) == 2


def test_intensities_that_are_not_known_and_a_morph(app, run, monkeypatch):
    morphs._morph.clear()
    monkeypatch.setattr(loaders, "predictor", lambda run: ByBrightness())
    monkeypatch.setattr(morphs, "find_landmarks", lambda face: np.full((5, 2), 20.0))
    at = view(app, "evaluate/stress#Subtle expressions")
    text = words(at)
    # Neutral is the brightest class and happy the next one: half way between the two the answer changes.
    assert "From **Neutral** (answered Neutral" in text
    assert "to **Happy** (answered Happy" in text
    assert "from Neutral to Happy at **" in text
    assert "Both faces were found" in text
    at = at.selectbox(key="morph_second_class").set_value("angry").run()
    assert text.count("→") == 0
    assert "from Neutral to Happy at **13%**, then from Happy to Fear at **" in words(at)
    at = button(at, "Other faces").click().run()
    assert not at.exception
    at.segmented_control(key="subtle_mode").set_value("By intensity").run()
    assert "The intensity of the expressions in **Small** is not known." in words(at)
    assert button(at, "Draw 1,320 faces from faint to full")


def test_curves_of_drawn_faces(app, run, small_dataset):
    shutil.rmtree(small_dataset.path)
    labels = [name for name in FIVE[:4] for _ in range(40)] + ["neutral"] * 20
    strength = np.concatenate([np.tile(np.linspace(0.025, 1, 40), 4), np.zeros(20)]).astype(np.float32)
    draw = np.random.default_rng(0)
    data = writing.write_dataset(
        "Drawn",
        draw.integers(0, 255, (180, 48, 48)).astype(np.uint8),
        pd.DataFrame({"label": labels, "split": "test", "intensity": strength}),
        classes=FIVE,
        kind="synthetic",
        source="here",
        drawn=True,
    )
    # Each expression is found from an intensity of a half; disgust never is.
    found = (strength > 0.5) & (np.array(labels) != "disgust") | (np.array(labels) == "neutral")
    answers = np.where(found, labels, "neutral")
    logits = pd.DataFrame(4.0 * (answers[:, None] == np.array(FIVE)), columns=[f"logit_{name}" for name in FIVE])
    rows = data.split("test")[["id", "hash", "label"]].rename(columns={"id": "sample"})
    run.write_predictions(data.meta.fingerprint, "test", rows.join(logits))
    at = view(app, "evaluate/stress#Subtle expressions")
    text = words(at)
    assert "On all 180 faces 44.4% of the answers are right" in text
    assert "majority baseline 22.2%" in text
    assert "**Hardest when subtle: Disgust**, which does not reach half its ceiling even at full intensity" in text
    assert "Faint or strong faces are few here for Angry, Disgust, Fear, Happy" in text
    table = at.dataframe[0].value.set_index("Class")
    assert table.loc["Happy", "Half its ceiling at"].startswith("0.5")
    assert table.loc["Disgust", "Half its ceiling at"] == "not reached"
    assert table.loc["Happy", "Guessed without it"] == "0.0%"
