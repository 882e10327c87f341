"""The Evaluate views, opened through the frame: empty, normal, and with what goes wrong."""

import shutil

import numpy as np
import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest
from views import button, html, show, view, words

from fer_core.datasets import store
from fer_core.datasets.store import Dataset
from fer_core.labels import FIVE
from fer_core.runs import Run
from fer_core.runs.records import Training
from pages.ui import evaluation_data

pytestmark = pytest.mark.usefixtures("no_bundled_run")

VIEWS = ("scores", "errors", "errors#Mistakes")


def faces(at: AppTest) -> list[str]:
    """What a screen reader says of each face that can be opened."""
    grids = [
        grid.proto.json for grid in at.get("bidi_component") if "fer-grid" in grid.proto.json or "data-place" in grid.proto.json
    ]
    return [part.split('\\"')[0] for grid in grids for part in grid.split('alt=\\"')[1:]]


def metrics(at: AppTest) -> dict[str, tuple[str, str]]:
    return {metric.label: (metric.value, metric.delta) for metric in at.metric}


def other_dataset(name: str, counts: dict[str, int], *, seed: int = 1) -> Dataset:
    """Random faces, all of them in the test split."""
    labels = [label for label, count in counts.items() for _ in range(count)]
    images = np.random.default_rng(seed).integers(0, 255, (len(labels), 48, 48)).astype(np.uint8)
    return store.write_dataset(
        name,
        images,
        pd.DataFrame({"label": labels, "split": "test", "file": [f"{number}.png" for number in range(len(labels))]}),
        classes=tuple(counts),
        kind="folders",
        source=name,
    )


def predictions_of(data: Dataset, predicted: list[str], *, split: str = "test") -> pd.DataFrame:
    rows = data.split(split)
    logits = np.eye(len(FIVE))[[FIVE.index(label) for label in predicted]] * np.arange(1, len(rows) + 1)[:, None]
    frame = rows[["id", "hash", "label"]].rename(columns={"id": "sample"})
    return frame.join(pd.DataFrame(logits, columns=[f"logit_{label}" for label in FIVE]))


@pytest.mark.parametrize("name", VIEWS)
class TestNothingToShow:
    def test_no_data_set(self, app, name, run, small_dataset):
        shutil.rmtree(small_dataset.path)
        (small_dataset.path.parent.parent / ".first-start").touch()
        assert "There is no data set yet" in words(view(app, f"evaluate/{name}"))

    def test_damaged_run(self, app, name, run):
        (run.path / "training.json").write_text("{")
        at = view(app, f"evaluate/{name}")
        assert [error.value for error in at.error] == [
            "The run 'Finished run' is damaged: its training.json is not readable. Choose another run."
        ]

    def test_no_common_class(self, app, name, run):
        other_dataset("Others", {"sad": 3, "surprise": 2})
        at = view(app, f"evaluate/{name}", dataset="Others")
        assert "**Others / test** has no face of a class that this run knows (Angry, Disgust, Fear, Happy, Neutral)." in words(at)

    def test_damaged_model_when_it_is_needed(self, app, name, run):
        other_dataset("Others", {"happy": 3, "fear": 2})
        at = view(app, f"evaluate/{name}", dataset="Others")
        assert [error.value for error in at.error] == [
            "The model file model.keras cannot be read; train the run again or choose another one."
        ]


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


def test_confusion_begins_with_the_largest_error(app, run):
    at = view(app, "evaluate/errors")
    assert "**2** of 4 faces of **Fear** (50.0%) were answered **Angry**." in words(at)
    assert len(faces(at)) == 2
    assert faces(at)[0].startswith("fear, answered angry with")


def test_confusion_cell_by_name(app, run):
    at = view(app, "evaluate/errors")
    at.selectbox("confusion_true").select("happy").run()
    at.selectbox("confusion_predicted").select("happy").run()
    assert "**10** of 10 faces of **Happy** (100.0%) were rightly answered **Happy**." in words(at)
    assert len(faces(at)) == 10
    at.selectbox("confusion_predicted").select("disgust").run()
    assert "**0** of 10 faces of **Happy** (0.0%) were answered **Disgust**." in words(at)
    assert faces(at) == []


@pytest.mark.parametrize(
    ("mode", "sentence"), [("counts", "the diagonal is right"), ("rows", "the diagonal is recall"), ("columns", "is precision")]
)
def test_confusion_modes(app, run, mode, sentence):
    at = view(app, "evaluate/errors")
    at.get("button_group")[0].set_value(mode).run()
    assert not at.exception
    assert sentence in words(at)
    assert len(at.get("plotly_chart")) == 1


def test_mistakes_are_most_confident_first_and_can_be_filtered(app, run, small_dataset):
    labels = small_dataset.split("test")["label"].tolist()
    run.write_predictions(small_dataset.meta.fingerprint, "test", predictions_of(small_dataset, ["happy"] * len(labels)))
    at = view(app, "evaluate/errors#Mistakes")
    assert "**15** mistakes among 25 faces." in words(at)
    # Logits grow with the position, so that the last face, a neutral one, is answered most confidently.
    assert len(faces(at)) == 15
    assert faces(at)[0].startswith("Face labelled neutral, answered happy with ")
    assert faces(at)[0].endswith("test/neutral/neutral_019.png")
    at.selectbox("mistakes_true").select("disgust").run()
    assert "**1** mistakes of 15 among 25 faces." in words(at)
    at.selectbox("mistakes_predicted").select("fear").run()
    assert "No mistake of this kind." in words(at)


def test_mistakes_in_pages(app, run):
    data = other_dataset("Many", {"happy": 30, "fear": 1})
    run.write_predictions(data.meta.fingerprint, "test", predictions_of(data, ["fear"] * 31))
    at = view(app, "evaluate/errors#Mistakes", dataset="Many")
    assert len(faces(at)) == 28
    at.number_input("mistakes_page").set_value(2).run()
    assert len(faces(at)) == 2


def test_a_run_without_mistakes(app, run, small_dataset):
    labels = small_dataset.split("test")["label"].tolist()
    run.write_predictions(small_dataset.meta.fingerprint, "test", predictions_of(small_dataset, labels))
    assert "The run makes no mistake here." in words(view(app, "evaluate/errors#Mistakes"))


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

    def test_a_large_split_asks_first(self, app, run, monkeypatch):
        monkeypatch.setattr(evaluation_data, "AUTOMATIC", 4)
        data = other_dataset("Others", {"happy": 3, "fear": 2})
        at = view(app, "evaluate/errors#Mistakes", dataset="Others")
        assert "The run has no predictions for **Others / test** yet: 5 faces." in words(at)
        assert run.predictions(data.meta.fingerprint, "test") is None
        button(at, "Predict them now").click().run()
        assert len(run.predictions(data.meta.fingerprint, "test")) == 5
        assert "among 5 faces." in words(at)
        assert "Predict them now" not in [button.label for button in at.button]


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

    @pytest.mark.parametrize("name", ["errors", "errors#Mistakes"])
    def test_samples_are_numbers_with_the_way_to_their_pictures(self, app, bundled, name):
        at = view(app, f"evaluate/{name}")
        assert "The pictures of FER2013 are not shipped" in words(at)
        assert at.dataframe[0].value[["label", "predicted"]].to_numpy().tolist() == [["Fear", "Angry"]] * 2
        assert "<img" not in html(at)

    def test_pictures_appear_once_they_are_there(self, app, bundled, workspace):
        made = other_dataset("Imported", {"happy": 2, "fear": 1})
        frame = predictions_of(made, ["happy", "angry", "fear"])
        bundled.write_predictions("0" * 16, "test", frame.sample(frac=1, random_state=0).assign(sample=[7, 8, 9]))
        at = view(app, "evaluate/errors", dataset="Imported")
        assert at.selectbox("evaluate_on").options == ["Imported / test"]
        assert "**1** of 2 faces of **Happy** (50.0%) were answered **Angry**." in words(at)
        assert len(faces(at)) == 1
