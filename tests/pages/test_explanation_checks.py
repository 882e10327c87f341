"""Faithfulness, Mean maps and What it expects, opened through the frame with a network that is a few lines of numpy."""

from collections.abc import Callable
from types import SimpleNamespace

import numpy as np
import pytest
from views import checked, press, view, words

from fer_core.datasets.store import Dataset
from fer_core.explain import cam, faithfulness, randomisation
from fer_core.explain.expectation import Expectation
from fer_core.explain.randomisation import TRAINED, Cascade
from fer_core.explain.regions import region_masks
from fer_core.explain.saliency import Explanation
from fer_core.features import projection
from fer_core.labels import FIVE
from fer_core.models import classifier
from fer_core.predictor import Answer
from fer_core.progress import Stopped
from fer_core.runs import Run
from fer_core.runs.version import version
from pages.explain.parts import expectation, mean_maps
from pages.ui import loaders

pytestmark = pytest.mark.usefixtures("no_bundled_run")


class Network:
    """Answers as the brightness of a face says, and looks at the mouth; the views need no TensorFlow for it."""

    classes = FIVE
    model = None
    network = SimpleNamespace(pooled_layer="late")

    def __init__(self, run: Run) -> None:
        self.run, self.calibration, self.version = run, run.calibration(), version(run)

    def logits(self, faces: np.ndarray) -> np.ndarray:
        places = np.clip((faces.mean(axis=(1, 2)) - 60) // 25, 0, 4).astype(int)
        return 4 * np.eye(5, dtype=np.float32)[places]

    def probabilities(self, logits: np.ndarray) -> np.ndarray:
        return np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)

    def answers(self, faces: np.ndarray) -> list[Answer]:
        return [Answer(FIVE[int(row.argmax())], True, {}) for row in self.logits(faces)]


def explain_faces(predictor, faces, *, method, targets, layer, progress=None) -> list[Explanation]:
    mouth = region_masks()[3].astype(np.float32)
    return [
        Explanation(saliency=mouth, layer="late", target=int(one), method=method, size=(6, 6), empty=False) for one in targets
    ]


def cascade(model, faces, targets, **ignored) -> Cascade:
    fall = np.linspace(1, 0, 3)[:, None].repeat(len(faces), axis=1)
    maps = np.zeros((3, len(faces), 48, 48), np.float32)
    return Cascade((TRAINED, "logits", "stem"), maps, fall, fall, fall[2], fall[2])


@pytest.fixture
def run(small_dataset: Dataset, make_run: Callable[..., Run], monkeypatch: pytest.MonkeyPatch) -> Run:
    """A finished run whose network is `Network`."""
    made = make_run(small_dataset, name="Finished run", state="finished", model=True)
    network = Network(made)
    monkeypatch.setattr(loaders, "predictor", lambda run: network)
    monkeypatch.setattr(cam, "layers", lambda model: [cam.LayerChoice("late", 6, 6, 8)])
    monkeypatch.setattr(cam, "default_layer", lambda model: "late")
    monkeypatch.setattr(faithfulness, "explain_faces", explain_faces)
    monkeypatch.setattr(faithfulness, "as_shown", lambda predictor: lambda faces: network.probabilities(network.logits(faces)))
    monkeypatch.setattr(mean_maps, "explain_faces", explain_faces)
    monkeypatch.setattr("pages.explain.parts.faithfulness.explain_faces", explain_faces)
    monkeypatch.setattr(randomisation, "stages", lambda model, blocks: [("logits", ("logits",)), ("stem", ("early",))])
    monkeypatch.setattr(randomisation, "cascade", cascade)
    monkeypatch.setattr(classifier, "layer_blocks", lambda model, backbone: {})
    monkeypatch.setattr(expectation, "expected_faces", expected_faces)
    return made


def expected_faces(model, start, *, progress) -> Expectation:
    return Expectation(np.repeat(start[None], 5, axis=0), start, np.full(5, 0.2, np.float32), np.full(5, 0.99, np.float32))


def test_faithfulness(app, run):
    at = view(app, "explain/faithfulness")
    assert len(at.get("plotly_chart")) == 2
    assert words(at).count("Area under the curve") == 2
    at.session_state["faithful_check"] = "Many faces"
    at = press(at.run(), "Compare 20 maps with random maps")
    assert "faces they are better" in words(at)
    assert "of 20 faces" in words(at)
    # Twenty are too many for the five test faces of a class.
    at.selectbox("face_class").select("angry").run()
    assert "Compare 5 maps with random maps" in [button.label for button in at.button]
    at.selectbox("face_class").select("all").run()
    at.session_state["faithful_check"] = "Random weights"
    at = press(at.run(), "Make the weights random")
    assert len(at.get("plotly_chart")) == 1
    assert "n = 8, with 95% intervals over 8 faces" in words(at)


@pytest.mark.parametrize(
    ("check", "button"),
    [
        ("One face", ""),
        ("Many faces", "Compare 20 maps with random maps"),
        ("Random weights", "Make the weights random"),
    ],
)
def test_what_was_weighed_is_kept_and_can_be_made_anew(app, run, check, button):
    at = view(app, "explain/faithfulness")
    at.session_state["faithful_check"] = check
    before = set() if check == "One face" else set((run.own / "explanations").iterdir())
    at = press(at.run(), button) if button else at.run()
    charts = len(at.get("plotly_chart"))
    assert charts
    later = view(app, "explain/faithfulness")
    later.session_state["faithful_check"] = check
    later.run()
    assert button not in [one.label for one in later.button]
    assert len(later.get("plotly_chart")) == charts
    (file,) = set((run.own / "explanations").iterdir()) - before
    file.unlink()
    press(later, "Make it anew")
    assert file.is_file()
    assert len(later.get("plotly_chart")) == charts


@pytest.mark.parametrize(
    ("drawn", "start", "kept"),
    [
        (False, "The mean face", 0),
        (False, "This face", 0),
        (False, "Plain grey", 1),
        (True, "The mean face", 1),
        (True, "This face", 1),
    ],
)
def test_no_picture_made_from_a_person_is_kept(app, run, small_dataset, drawn, start, kept):
    about = small_dataset.path / "dataset.json"
    about.write_text(small_dataset.meta.model_copy(update={"drawn": drawn}).model_dump_json())
    at = view(app, "explain/averages#What it expects")
    for made in (run.own / "explanations").glob("expectation-*.npz"):
        made.unlink()
    at.session_state["expect_start"] = start
    at.session_state["_asked_results"].clear()
    checked(at.run())
    assert "the probability of its class before and after" in words(at)
    assert len(list((run.own / "explanations").glob("expectation-*.npz"))) == kept


def test_mean_maps_are_made_once(app, run):
    at = view(app, "explain/averages")
    # Fear is called angry in 2 of its 4 test faces, and everything else is right.
    assert at.selectbox("mean_true").value == "fear"
    assert at.selectbox("mean_answer").value == "angry"
    assert at.dataframe[0].value["Faces"].tolist() == ["Fear → Angry", "Fear, right", "Angry, right", "share of the picture"]
    assert at.dataframe[0].value["n"].tolist() == ["2", "2", "5", ""]
    assert len(list((run.own / "explanations").glob("mean-maps-*.npz"))) == 1
    again = view(app, "explain/averages")
    assert len(again.get("plotly_chart")) == 1


def test_work_that_was_stopped_is_offered_and_not_begun_again(app, run, monkeypatch):
    def stopped(*_, **__):
        raise Stopped("Stopped.")

    monkeypatch.setattr(expectation, "expected_faces", stopped)
    at = view(app, "explain/averages#What it expects")
    assert [error.value for error in at.error] == ["Stopped."]
    monkeypatch.setattr(expectation, "expected_faces", expected_faces)
    at = checked(at.run())
    assert "the probability of its class before and after" not in words(at)
    press(at, "Make the pictures")
    assert "the probability of its class before and after" in words(at)


def test_long_work_waits_to_be_asked(app, run, monkeypatch):
    monkeypatch.setattr("pages.explain.parts.asked_work.AT_ONCE", 0.0)
    press(view(app, "explain/averages"), "Make the mean maps")


def test_what_it_expects(app, run, small_dataset, monkeypatch):
    at = view(app, "explain/averages#What it expects")
    assert "the probability of its class before and after" in words(at)
    assert "20% → 99%" in "".join(part.proto.body for part in at.get("html"))
    assert "Compute the features" in [button.label for button in at.button]
    features = np.random.default_rng(0).normal(size=(small_dataset.meta.n, 8)).astype(np.float16)
    monkeypatch.setattr(projection, "source_features", lambda data, source: features)
    (small_dataset.path / "features").mkdir()
    assert "Of the 12 nearest training faces" in words(at.run())
    assert "The run was trained on all of them." in words(at)


@pytest.mark.parametrize("name", ["faithfulness", "averages", "averages#What it expects"])
def test_without_a_data_set(app, run, name):
    run.path.parent.parent.joinpath("datasets").rename(run.path.parent.parent / "gone")
    (run.path.parent.parent / ".first-start").touch()
    assert "There is no data set yet." in words(view(app, f"explain/{name}"))
