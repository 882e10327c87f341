"""The page Scores, opened through the frame: scores and calibration."""

import shutil

import numpy as np
import pandas as pd
import pytest
from answers import other_dataset, predictions_of
from streamlit.testing.v1 import AppTest
from views import button, checked, metrics, show, view, words

from fer_core.datasets import editing
from fer_core.labels import FIVE
from fer_core.runs import Run
from fer_core.runs.records import Calibration, Training

pytestmark = pytest.mark.usefixtures("no_bundled_run")


def faces(at: AppTest) -> list[str]:
    """What a screen reader says of each face that can be opened."""
    grids = [
        grid.proto.json for grid in at.get("bidi_component") if "fer-grid" in grid.proto.json or "data-place" in grid.proto.json
    ]
    return [part.split('\\"')[0] for grid in grids for part in grid.split('alt=\\"')[1:]]


def test_scores(app, run):
    at = view(app, "evaluate/scores")
    assert "#### Right for 92.0% of 25 faces; always answering Happy: 40.0%" in words(at)
    # 23 of 25 right; Wilson for 23/25; F1 by class 5/6, 1, 2/3, 1, 1; 10 of 25 are happy.
    assert metrics(at)["Accuracy"] == ("92.0%", "75.0% to 97.8%, n = 25, few")
    assert metrics(at)["Majority baseline"] == ("40.0%", "always Happy")
    assert metrics(at)["Balanced accuracy"][0] == "90.0%"
    assert metrics(at)["Macro F1"][0] == "90.0%"
    assert metrics(at)["Leaked, exact"] == ("0", "0.0% of the faces")
    assert metrics(at)["Accuracy without them"] == ("92.0%", "75.0% to 97.8%, n = 25, few")
    assert at.dataframe[0].value["class"].tolist()[:2] == ["Fear", "Angry"]
    assert at.dataframe[0].value["n"].tolist()[:2] == [4, 5]
    assert "each face and its mirror image averaged · calibrated probabilities (temperature 1.50)" in words(at)
    assert [button.label for button in at.get("download_button")] == ["Download 25 predictions (CSV)"]


@pytest.mark.parametrize(
    ("trained_on", "exact", "sentence"),
    [
        (25, "25", "The run was trained on every one of these faces"),
        (5, "5", "20.0% of these faces were in training, exactly or nearly."),
        (1, "1", ""),
    ],
)
def test_leaks(app, run, small_dataset, trained_on, exact, sentence):
    run.write_training_samples(small_dataset.split("test")[["hash", "signature"]].head(trained_on))
    at = view(app, "evaluate/scores")
    assert metrics(at)["Leaked, exact"][0] == exact
    assert [warning.value[: len(sentence)] for warning in at.warning] == ([sentence] if sentence else [])


def test_scores_say_who_is_failed_once_it_is_known(app, run, small_dataset):
    at = view(app, "evaluate/scores")
    assert "Nothing is known of these faces (glasses, beard, age, skin tone, light)." in words(at)
    charts = len(at.get("plotly_chart"))
    rows = small_dataset.split("test")
    fear = rows.loc[rows["label"] == "fear", "id"].tolist()
    editing.tag(small_dataset, fear, "glasses", "glasses")
    editing.tag(small_dataset, rows.loc[rows["label"] == "happy", "id"].tolist(), "glasses", "no glasses")
    at = view(app, "evaluate/scores")
    assert "**Least often right on glasses: glasses**, 50.0% (15.0% to 85.0%, n = 4, few)." in words(at)
    assert len(at.get("plotly_chart")) == charts + 1


def test_choice_of_split_is_kept_from_view_to_view(app, run):
    at = view(app, "evaluate/scores")
    assert at.selectbox("evaluate_on").options == ["Small / test", "Small / validation", "Small / train"]
    at.selectbox("evaluate_on").select("data/validation").run()
    assert metrics(at)["Accuracy"][1].endswith("n = 25, few")
    show(at, "evaluate/errors#Mistakes")
    assert at.selectbox("evaluate_on").value == "data/validation"


def test_unknown_classes_are_left_out_and_said(app, run):
    data = other_dataset("More", {"happy": 4, "sad": 2, "surprise": 1})
    run.write_predictions(data.meta.fingerprint, "test", predictions_of(data, ["happy"] * 7).head(4))
    at = view(app, "evaluate/scores", dataset="More")
    assert "4 faces, few · the run was trained on Small · 3 left out" in words(at)
    assert "because the run does not know their class (Sad 2, Surprise 1)" in words(at)
    assert "no face of Angry, Disgust, Fear, Neutral, which the run may answer all the same" in words(at)
    assert metrics(at)["Accuracy"][0] == "100.0%"


class TestPredicting:
    @pytest.fixture(autouse=True)
    def model(self, run, tiny_model):
        run.model_file.write_bytes(tiny_model)

    def test_a_small_split_is_predicted_at_once_and_kept(self, app, run):
        data = other_dataset("Others", {"happy": 3, "fear": 2})
        at = view(app, "evaluate/scores", dataset="Others")
        kept = run.predictions(data.meta.fingerprint, "test")
        assert metrics(at)["Accuracy"][1].endswith("n = 5, few")
        assert kept["label"].tolist() == ["happy"] * 3 + ["fear"] * 2


class TestRecordedFigures:
    @pytest.fixture
    def bundled(self, run, small_dataset, tmp_path) -> Run:
        """The run as if it were shipped, with predictions for a data set of which no picture is there."""
        folder = tmp_path / "assets" / "bundled"
        shutil.move(run.path, folder)
        shipped = Run(id="bundled", path=folder, own=folder)
        shipped.write(Training(dataset="FER2013", fingerprint="0" * 16, classes=FIVE))
        (folder / "predictions" / f"{small_dataset.meta.fingerprint}-validation.parquet").unlink()
        kept = folder / "predictions" / f"{small_dataset.meta.fingerprint}-test.parquet"
        kept.rename(kept.with_name(f"{'0' * 16}-test.parquet"))
        shutil.rmtree(small_dataset.path)
        (small_dataset.path.parent.parent / ".first-start").touch()
        return shipped

    def test_scores_need_no_pictures(self, app, bundled):
        at = view(app, "evaluate/scores")
        assert at.selectbox("evaluate_on").options == ["FER2013 test (recorded figures, no pictures)"]
        assert metrics(at)["Accuracy"] == ("92.0%", "75.0% to 97.8%, n = 25, few")
        assert metrics(at)["Leaked, near"] == ("–", "needs the pictures")


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
    assert run.calibration().model_dump() == Calibration(temperature=1.0, threshold=0.3, flip=True).model_dump()
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


def test_a_threshold_is_fitted_on_validation_and_not_on_the_faces_that_are_shown(app, run, small_dataset):
    """Of 100 answers to validation the 40 surest are right, of the other 60 none: 95 % takes at least 38 of 40."""
    logits = np.zeros((100, 5))
    logits[:40, 3], logits[40:, 3] = 4.0, 2.0
    frame = pd.DataFrame(logits, columns=[f"logit_{name}" for name in FIVE])
    frame = frame.assign(sample=range(100), hash="x", label=["happy"] * 40 + ["fear"] * 60)
    run.write_predictions(small_dataset.meta.fingerprint, "validation", frame)
    at = view(app, "evaluate/scores#Calibration")
    # exp(4 / 1.5) / (exp(4 / 1.5) + 4) = 0.782, rounded up.
    at = button(at, "Try 79%, fitted on validation").click().run()
    assert at.slider[0].value == pytest.approx(0.79)
    assert run.calibration().threshold == 0.3
    button(at, "Save 79% with the run").click().run()
    assert run.calibration().threshold == pytest.approx(0.79)


def test_where_no_threshold_makes_sure_answers_right_it_is_said(app, run, small_dataset):
    frame = pd.DataFrame(np.tile([0.0, 0, 0, 2, 0], (100, 1)), columns=[f"logit_{name}" for name in FIVE])
    frame = frame.assign(sample=range(100), hash="x", label=["happy"] * 50 + ["fear"] * 50)
    run.write_predictions(small_dataset.meta.fingerprint, "validation", frame)
    assert "No threshold makes 95% of the answers right" in words(view(app, "evaluate/scores#Calibration"))


def test_a_threshold_is_tried_and_then_saved(app, run):
    at = view(app, "evaluate/scores#Calibration")
    assert at.slider[0].value == 0.3
    assert "A threshold is fitted on at least 50 validation faces; there are 25." in words(at)
    at = at.slider[0].set_value(0.5).run()
    shown = {metric.label: metric.value for metric in at.metric}
    assert (shown["Answered"], shown["Right among all"], shown["Wrong answers"]) == ("0.0%", "92.0%", "0")
    assert run.calibration().threshold == 0.3
    button(at, "Save 50% with the run").click().run()
    assert run.calibration().model_dump() == Calibration(temperature=1.5, threshold=0.5, flip=True).model_dump()


VIEW = "evaluate/compare"


@pytest.fixture
def run(small_dataset, make_run) -> Run:
    """Of 25 test faces, 2 of the 4 of fear are called angry."""
    return make_run(small_dataset, name="First run", state="finished", model=True)


def test_scores_show_how_well_classes_are_told_apart(app, run):
    at = show(checked(view(app, VIEW, run=run.id)), "evaluate/scores")
    assert not at.exception
    table = at.dataframe[1].value.set_index("Class")
    # Two of the four of fear score no higher than the faces of other classes.
    assert table.loc["Happy", ["ROC area", "Average precision", "Chance", "Faces"]].tolist() == ["1.000", "1.000", "0.400", "10"]
    assert table.index[0] == "Fear"
    assert "People, published" not in [metric.label for metric in at.metric]


def test_the_prior_is_tried_saved_and_set_back(app, run, small_dataset):
    at = view(app, "evaluate/scores#Calibration")
    assert "Nothing is taken off now." in words(at)
    assert "at least 50 validation faces" in words(at)
    at = at.slider(key="prior_tau").set_value(1.0).run()
    assert run.calibration().prior_tau == 0
    assert "is found" in words(at)
    assert "on test" in words(at)
    at = at.button(key="prior-save").click().run()
    train = small_dataset.meta.counts["train"]
    assert run.calibration().prior_tau == 1.0
    assert run.calibration().prior == pytest.approx([train[name] / 50 for name in FIVE])
    assert "calibrated probabilities (temperature 1.50, 1.00 of the training prior taken off)" in words(at)
    at.button(key="prior-reset").click().run()
    assert run.calibration() == Calibration(temperature=1.5, threshold=0.3, flip=True)


def test_each_source_has_a_row(app, run, small_dataset):
    text = words(view(app, "evaluate/scores#Calibration"))
    assert "**Least to be believed on Small / test**: calibration error 43.3%" in text
    assert "Sure: at least 30.0%, the threshold saved with the run." in text
