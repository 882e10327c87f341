"""The sliders that disturb a face, opened through the frame, with a tiny network that really answers."""

import shutil
from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest
from views import button, html, show, view, words

from fer_core import numbers
from fer_core.labels import display_name
from fer_core.predictor import Predictor, load_predictor
from fer_core.runs import Run
from pages.try_it.parts.sliders import SLIDERS, Setting

pytestmark = pytest.mark.usefixtures("no_bundled_run")

PORTRAIT = Path(__file__).resolve().parents[1] / "fixtures" / "astronaut.jpg"
START = {slider.name: float(slider.start) for slider in SLIDERS}


@pytest.fixture
def run(answering_run: Run) -> Run:
    return answering_run


def sliders(at: AppTest) -> dict[str, float]:
    return {slider.key.removeprefix("disturb_"): slider.value for slider in at.slider if slider.key}


def test_the_answers_follow_the_sliders(app, run, small_dataset):
    at = view(app, "try_it/disturb")
    assert "Move a slider." in html(at)
    assert "**Rotate: probability at every strength**" in words(at)
    at = at.slider("disturb_light").set_value(-60).run()
    at = at.slider("disturb_blur").set_value(2.0).run()
    assert not at.exception
    assert "Move a slider." not in html(at)
    assert "**Blur: probability at every strength**" in words(at)
    # The first face of the test split that the run's stored answers have right.
    rows = small_dataset.split("test")
    face = small_dataset.images[int(rows[rows["label"] == "angry"]["id"].iloc[0])][None]
    spoiled = Setting({**START, "light": -60, "blur": 2.0}).apply(np.asarray(face))
    expected = load_predictor(run).answers(spoiled)[0]
    shown = html(at).split("Disturbed</div>")[1]
    for name, value in expected.probabilities.items():
        assert f"<span>{display_name(name)}</span>" in shown
        assert f'<span class="value">{numbers.percent(value, 0)}</span>' in shown
    assert shown.count('class="was"') == 5
    at = button(at, "Reset all").click().run()
    assert not at.exception
    assert sliders(at) == {"rotation": 0, "light": 0, "blur": 0, "low-resolution": 1, "noise": 0}
    assert "Move a slider." in html(at)


def test_what_is_covered_has_its_sliders(app, run):
    at = view(app, "try_it/disturb")
    at = at.button_group("disturb_cover").set_value("eyes-covered").run()
    assert set(sliders(at)) - set(START) == set()
    assert "height" in sliders(at)
    assert "down" not in sliders(at)
    at = at.button_group("disturb_cover").set_value("bar").run()
    assert {"height", "down", "across", "width"} <= set(sliders(at))
    assert "**Bar from top to bottom: probability at every strength**" in words(at)
    assert not at.exception


def test_the_curve_is_made_once_while_one_slider_moves(app, run, monkeypatch):
    asked: list[int] = []
    logits = Predictor.logits
    monkeypatch.setattr(Predictor, "logits", lambda self, faces, **kw: asked.append(len(faces)) or logits(self, faces, **kw))
    at = view(app, "try_it/disturb")
    for degrees in (20, 40):
        at = at.slider("disturb_rotation").set_value(degrees).run()
    # The face, the 17 strengths of the curve; then the disturbed face alone.
    assert asked == [1, 17, 1, 1]


def test_a_photo_of_the_viewer_comes_first_and_is_forgotten(app, run):
    if not PORTRAIT.is_file():
        pytest.skip("needs the portrait in tests/fixtures, which is not there")
    at = view(app, "try_it/photo")
    at = at.file_uploader[0].set_value([("astronaut.jpg", PORTRAIT.read_bytes(), "image/jpeg")]).run()
    at = show(at, "try_it/disturb")
    assert not at.exception
    assert "astronaut.jpg, face 1, disturbed" in html(at)
    at = button(at, "Forget everything").click().run()
    assert not at.exception
    assert "astronaut" not in html(at)
    assert "Sample " in html(at)


def test_without_any_face_the_view_says_what_to_do(app, run, small_dataset):
    (small_dataset.path.parents[1] / ".first-start").touch()
    shutil.rmtree(small_dataset.path)
    at = view(app, "try_it/disturb")
    assert "There is no face to disturb yet. Add a photo" in words(at)
    assert not at.slider


@pytest.mark.parametrize(
    ("setting", "row", "values"),
    [
        (Setting(START), 10, [200, 200, 200]),
        (Setting({**START, "light": -50}), 10, [100, 100, 100]),
        (Setting({**START, "light": 20}), 10, [251, 251, 251]),
        (Setting({**START, "height": 8}, "eyes-covered"), 19, [200, 0, 200]),
        (Setting({**START, "height": 8}, "mouth-covered"), 36, [200, 0, 200]),
        (Setting({**START, "height": 8}, "mouth-covered", 0, {"mouth": (24, 44)}), 44, [200, 0, 200]),
        (Setting({**START, "height": 4, "down": 10, "across": 2, "width": 8}, "bar", 128), 10, [128, 200, 200]),
        (Setting({**START, "height": 8, "rotation": 180}, "eyes-covered"), 28, [200, 0, 200]),
    ],
)
def test_what_a_setting_does(setting: Setting, row: int, values: list[int]) -> None:
    made = setting.apply(np.full((1, 48, 48), 200, np.uint8))[0]
    assert [made[row, column] for column in (1, 24, 46)] == values
    assert setting.moved() is (setting.key() != Setting(START).key())
