"""The page Errors, opened through the frame: confusion, mistakes and votes on them."""

import shutil

import pytest
from answers import other_dataset, predictions_of
from streamlit.testing.v1 import AppTest
from views import button, html, view, words

from fer_core.datasets import editing, store
from fer_core.labels import FIVE
from fer_core.runs import Run
from fer_core.runs.records import Training
from pages.ui import evaluation_data

pytestmark = pytest.mark.usefixtures("no_bundled_run")


def faces(at: AppTest) -> list[str]:
    """What a screen reader says of each face that can be opened."""
    grids = [
        grid.proto.json for grid in at.get("bidi_component") if "fer-grid" in grid.proto.json or "data-place" in grid.proto.json
    ]
    return [part.split('\\"')[0] for grid in grids for part in grid.split('alt=\\"')[1:]]


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


@pytest.fixture
def voting(app, run) -> AppTest:
    """The view at its first vote: both mistakes of the run call a fear angry."""
    at = view(app, "evaluate/errors#Mistakes")
    return at.segmented_control("mistakes_mode").set_value("Vote one by one").run()


def decisions() -> list[tuple[str, str, str]]:
    return [(edit.action, edit.label, edit.origin) for edit in store.open_dataset("Small").edits().in_force.values()]


def bar(at: AppTest) -> str:
    return at.get("progress")[0].proto.text


def test_votes_are_edits_and_leave_the_scores_alone(voting):
    voting.button("vote-relabel-angry").click().run()
    assert decisions() == [("relabel", "angry", "mistakes")]
    assert bar(voting).startswith("1 of 2 voted on: the model is wrong for 0, the label for 1 (100%, 95% interval 21% to 100%)")
    assert voting.number_input("mistake").value == 2
    voting.button("vote-keep-").click().run()
    assert decisions()[1] == ("keep", "", "mistakes")
    assert "**2** mistakes among 25 faces." in words(voting)
    voting.number_input("mistake").set_value(1).run()
    voting.button("edit-undo").click().run()
    assert len(decisions()) == 1
    assert voting.number_input("mistake").value == 2, "undo goes back to the face that it was about"
    voting.segmented_control("mistakes_labels").set_value("edited").run()
    assert not voting.exception
    assert "**1** mistakes among 25 faces." in words(voting)
    assert "right for **96.0%** of 25 faces" in words(voting)
    assert "as imported for 92.0% of 25" in words(voting)


def test_excluded_faces_fall_away_only_when_asked(voting):
    voting.button("vote-exclude-").click().run()
    assert "**2** mistakes among 25 faces." in words(voting)
    voting.segmented_control("mistakes_labels").set_value("edited").run()
    assert "**1** mistakes among 24 faces." in words(voting)


def test_a_vote_that_cannot_be_written_is_a_sentence(voting, monkeypatch):
    from fer_core.errors import DatasetError

    def full(*_, **__):
        raise DatasetError("The disk is full; free some space.")

    monkeypatch.setattr(editing, "decide", full)
    voting.button("vote-keep-").click().run()
    assert [toast.value for toast in voting.toast] == ["The disk is full; free some space."]
    assert decisions() == []
