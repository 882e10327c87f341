"""Taking the prior off: known answers of the fit, and that what is stored, shown and answered agree."""

import numpy as np
import pandas as pd
import pytest

from fer_core import runs
from fer_core.datasets import store, writing
from fer_core.errors import InputError, RunError
from fer_core.evaluation.mistakes import answers
from fer_core.evaluation.predictions import find_split, own_predictions, predict_split
from fer_core.evaluation.prior import fit_prior, fitted_prior, prior_effect, training_prior, with_tau
from fer_core.predictor import corrected, load_predictor
from fer_core.runs.config import preset_config
from fer_core.runs.records import Calibration, Status, Training
from fer_core.runs.version import logits_version, version

PRIOR = (0.6, 0.3, 0.1)


def sampled(n: int, lean: float, temperature: float, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Logits T (log likelihood + lean log prior) of a perfect observer, and labels as frequent as PRIOR."""
    rng = np.random.default_rng(seed)
    labels = rng.choice(3, n, p=PRIOR)
    seen = rng.normal(np.array([-1.2, 0.0, 1.2])[labels])
    likelihood = -0.5 * (seen[:, None] - np.array([-1.2, 0.0, 1.2])) ** 2
    return temperature * (likelihood + lean * np.log(PRIOR)), labels


@pytest.mark.parametrize(("lean", "temperature"), [(1.0, 1.0), (0.5, 1.0), (0.0, 1.0), (0.5, 2.0)])
def test_the_fit_finds_how_much_of_the_prior_the_logits_hold(lean, temperature):
    tau, fitted = fit_prior(*sampled(60_000, lean, temperature), PRIOR)
    # What is to be taken off T (l + lean log p) so that l is left, is T lean log p; then it is T too large.
    assert tau == pytest.approx(temperature * lean, abs=0.06)
    assert fitted == pytest.approx(temperature, abs=0.06)


def test_taking_the_whole_prior_off_gives_every_class_the_recall_of_the_others():
    logits, labels = sampled(30_000, 1.0, 1.0)
    tau, _ = fit_prior(logits, labels, PRIOR)
    recall = lambda values: [float((values.argmax(1)[labels == name] == name).mean()) for name in range(3)]  # noqa: E731
    before = recall(logits)
    after = recall(corrected(logits, Calibration(prior_tau=tau, prior=PRIOR)))
    assert before[2] < 0.4
    assert after[2] == pytest.approx(after[0], abs=0.03)


@pytest.mark.parametrize(
    ("n", "labels", "prior", "sentence"),
    [
        (40, [0, 1, 2], PRIOR, "at least 50 validation faces"),
        (60, [0, 1], PRIOR, "each class among them"),
        (60, [0, 1, 2], (0.5, 0.5), "A prior is"),
        (60, [0, 1, 2], (0.5, 0.5, 0.0), "A prior is"),
    ],
)
def test_what_cannot_be_fitted_is_refused(n, labels, prior, sentence):
    with pytest.raises(InputError, match=sentence):
        fit_prior(np.zeros((n, 3)), np.resize(labels, n), prior)


def test_nothing_taken_off_leaves_logits_as_they_are():
    logits = np.random.default_rng(0).normal(size=(5, 3)).astype(np.float32)
    assert corrected(logits, Calibration(temperature=0.7)) is logits
    assert corrected(logits, Calibration(prior=PRIOR)) is logits
    shifted = corrected(logits, Calibration(prior_tau=0.5, prior=PRIOR))
    assert shifted.dtype == np.float32
    np.testing.assert_allclose(shifted, logits - 0.5 * np.log(PRIOR), atol=1e-6)


def test_a_correction_without_shares_is_refused():
    with pytest.raises(ValueError, match="share of each class"):
        Calibration(prior_tau=0.5)


@pytest.fixture
def run(workspace, tiny_model):
    """A run of five classes whose training faces are one tenth disgust; 60 faces of validation and test each."""
    names = ("angry", "disgust", "fear", "happy", "neutral")
    images = np.random.default_rng(0).integers(0, 256, (120, 48, 48)).astype(np.uint8)
    rows = pd.DataFrame({"label": list(names) * 24, "split": ["validation"] * 60 + ["test"] * 60})
    data = writing.write_dataset("Mine", images, rows, classes=names, kind="folders", source="x")
    made = runs.create(preset_config("Mine", weights="random"))
    made.model_file.write_bytes(tiny_model)
    made.write(Status(state="finished"))
    counts = {"train": {"angry": 20, "disgust": 10, "fear": 20, "happy": 30, "neutral": 20}}
    made.write(Training(dataset="Mine", fingerprint=data.meta.fingerprint, classes=names, counts=counts))
    made.write(Calibration(flip=False))
    return made


def test_the_prior_is_that_of_the_training_faces(run):
    assert training_prior(run) == (0.2, 0.1, 0.2, 0.3, 0.2)
    training = run.training()
    run.write(training.model_copy(update={"counts": {"train": {**training.counts["train"], "fear": 0}}}))
    with pytest.raises(RunError, match="prior is not known"):
        training_prior(run)


def test_stored_logits_stay_raw_and_every_reader_gets_what_the_predictor_answers(run):
    data = store.open_dataset("Mine")
    plain = predict_split(run, data, "test")
    names = [f"logit_{name}" for name in run.classes()]
    kept = next((run.own / "predictions").iterdir()).read_bytes()
    before, of_logits = version(run), logits_version(run)
    run.write(with_tau(run, 1.0))
    shift = np.log(training_prior(run))
    for table in (find_split(run, data, "test"), own_predictions(run, "test"), predict_split(run, data, "test")):
        np.testing.assert_allclose(table[names], plain[names] - shift, atol=1e-5)
    assert next((run.own / "predictions").iterdir()).read_bytes() == kept
    assert (version(run) != before, logits_version(run)) == (True, of_logits)
    predictor = load_predictor(run)
    faces = data.images[data.split("test")["id"].to_numpy()]
    np.testing.assert_allclose(predictor.logits(faces), plain[names] - shift, atol=1e-4)
    said = [answer.label for answer in predictor.answers(faces)]
    assert said == answers(find_split(run, data, "test"), run.classes(), run.calibration())["predicted"].tolist()
    (run.own / "predictions").joinpath(f"{data.meta.fingerprint}-test.parquet").unlink()
    np.testing.assert_allclose(predict_split(run, data, "test")[names], plain[names] - shift, atol=1e-4)
    np.testing.assert_allclose(find_split(run, data, "test")[names], plain[names] - shift, atol=1e-4)
    run.write(with_tau(run, 0.0))
    assert version(run) == before
    pd.testing.assert_frame_equal(find_split(run, data, "test"), plain)


def test_the_fit_of_a_run_and_what_it_changes(run):
    data = store.open_dataset("Mine")
    with pytest.raises(RunError, match="keeps no answers for its validation split"):
        fitted_prior(run)
    rows = data.split("validation")[["id", "hash", "label"]].rename(columns={"id": "sample"})
    prior = np.array([0.2, 0.1, 0.2, 0.3, 0.2])
    hot = np.eye(5)[[run.classes().index(name) for name in rows["label"]]]
    hot[::7] = np.eye(5)[3]  # some are taken for happy
    logits = pd.DataFrame(2 * hot + np.log(prior), columns=[f"logit_{name}" for name in run.classes()])
    run.write_predictions(data.meta.fingerprint, "validation", rows.join(logits))
    fitted = fitted_prior(run)
    assert 0 < fitted.prior_tau <= 1.5
    assert fitted.prior == tuple(prior)
    split, recalls, scores = prior_effect(run, fitted)
    assert split == "validation"
    assert recalls["n"].tolist() == [12] * 5
    assert list(scores["score"]) == ["Accuracy", "Macro F1", "Calibration error"]
    zero = prior_effect(run, with_tau(run, 0.0))[1]
    assert (zero["before"] == zero["after"]).all()


def test_a_calibration_of_another_number_of_classes_is_refused(run):
    run.write(Calibration(prior_tau=0.5, prior=(0.5, 0.5)))
    with pytest.raises(RunError, match="has another number"):
        load_predictor(run)


def test_whether_a_photo_is_near_to_another_answer_is_judged_without_the_prior(run):
    run.write(Calibration(prior_tau=1.0, prior=(0.2, 0.1, 0.2, 0.3, 0.2)))
    predictor = load_predictor(run)
    asked: list[int] = []
    level = np.log(np.array(predictor.calibration.prior, np.float32))

    def quick(faces):
        """Logits that are equal for all classes once the prior is off: every face is near."""
        asked.append(len(faces))
        return np.tile(level, (len(faces), 1))

    predictor.calibration = predictor.calibration.model_copy(update={"flip": True})
    predictor._logits(np.zeros((3, 48, 48), np.uint8), quick)
    assert asked == [3, 3]
