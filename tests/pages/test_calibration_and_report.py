"""The Calibration and Report views, opened through the frame."""

import shutil

import numpy as np
import pandas as pd
import pytest
from views import button, view, words

from fer_core.labels import FIVE

pytestmark = pytest.mark.usefixtures("no_bundled_run")


@pytest.mark.parametrize("name", ["scores#Calibration", "share"])
def test_no_run(app, name, small_dataset):
    assert "There is no run yet" in words(view(app, f"evaluate/{name}"))


def test_calibration(app, run):
    at = view(app, "evaluate/scores#Calibration")
    text = words(at)
    assert "calibrated probabilities (temperature 1.50)" in text
    # exp(2) / (exp(2) + 4) = 0.649 without temperature, exp(4/3) / (exp(4/3) + 4) = 0.487 with it; 0.92 are right.
    assert "Calibration error **27.1%**, n = 25" in text
    assert "Calibration error **43.3%**, n = 25" in text
    assert "less sure than it should be" in text
    assert button(at, "Fit on validation").disabled, "25 validation faces are too few"
    at = button(at, "Set back to 1").click().run()
    assert run.calibration().model_dump() == {"temperature": 1.0, "threshold": 0.3, "flip": True}
    assert "probabilities as the network says them, not calibrated" in words(at)
    assert "at least 50 validation faces; there are 25" in words(at)


def test_a_fit_is_offered_and_stored(app, run, small_dataset):
    logits = np.zeros((100, 5))
    logits[:, 3] = 2.0
    frame = pd.DataFrame(logits, columns=[f"logit_{name}" for name in FIVE])
    frame = frame.assign(sample=range(100), hash="x", label=["happy"] * 50 + ["fear"] * 50)
    run.write_predictions(small_dataset.meta.fingerprint, "validation", frame)
    at = view(app, "evaluate/scores#Calibration")
    # Right answers have the odds exp(2 / T) / 4, and half of them are right: T = 2 / ln 4.
    button(at, "Use the fitted temperature 1.44").click().run()
    assert run.calibration().temperature == pytest.approx(2 / np.log(4), rel=1e-4)


def test_a_threshold_is_tried_and_then_saved(app, run):
    at = view(app, "evaluate/scores#Calibration")
    assert at.slider[0].value == 0.3
    at = at.slider[0].set_value(0.5).run()
    shown = {metric.label: metric.value for metric in at.metric}
    assert (shown["Answered"], shown["Right among all"], shown["Wrong answers"]) == ("0.0%", "92.0%", "0")
    assert run.calibration().threshold == 0.3
    button(at, "Save 50% with the run").click().run()
    assert run.calibration().model_dump() == {"temperature": 1.5, "threshold": 0.5, "flip": True}


def test_report(app, run, small_dataset):
    at = view(app, "evaluate/share")
    text = words(at)
    assert "# Model card: Finished run" in text
    assert [expander.label for expander in at.expander] == ["The whole card, with every setting"]
    assert at.get("bidi_component")[0].proto.json.count("<svg") == 4
    assert (at.metric[0].label, at.metric[0].value) == ("Accuracy on test", "92.0%")
    assert "| Accuracy, test | 92.0% | 75.0% to 97.8% | 25 | 40.0% |" in text
    assert [button.proto.label.split(" (")[0] for button in at.get("download_button")] == ["HTML, one file", "Markdown"]
    shutil.rmtree(small_dataset.path)
    (small_dataset.path.parent.parent / ".first-start").touch()
    at = at.toggle[0].set_value(True).run()
    assert "need the data set 'Small'" in words(at)
