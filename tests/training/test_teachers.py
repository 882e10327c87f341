import time

import numpy as np
import pandas as pd
import pytest

from fer_core import predictor, runs
from fer_core.datasets import store, writing
from fer_core.errors import DatasetError, InputError, NotFoundError
from fer_core.labels import FIVE
from fer_core.runs.config import preset_config
from fer_core.runs.records import Status, Training
from fer_core.training import jobs, teachers
from fer_core.training.selection import select


@pytest.fixture
def faces(workspace) -> store.Dataset:
    """50 random faces of five classes: 20 to train on, 5 to validate on, 25 to test on."""
    images = np.random.default_rng(0).integers(0, 255, (50, 48, 48), np.uint8)
    samples = pd.DataFrame({"label": list(FIVE) * 10, "split": ["train"] * 20 + ["validation"] * 5 + ["test"] * 25})
    return writing.write_dataset("faces", images, samples, classes=FIVE, kind="folders", source="test")


class Silent:
    """Events that go nowhere."""

    def say(self, sentence: str) -> None: ...


class Fixed:
    """A predictor that always answers the same."""

    def __init__(self, row: list[float]) -> None:
        self._row = np.array(row, np.float32)

    def logits(self, faces: np.ndarray, *, progress) -> np.ndarray:
        for share in (0.5, 1.0):
            progress(share, "Some faces")
        return np.tile(self._row, (len(faces), 1))

    def probabilities(self, logits: np.ndarray) -> np.ndarray:
        return logits


def teacher(dataset, *, classes=None, trained_on="train") -> runs.Run:
    run = runs.create(preset_config(dataset.name))
    run.write(Status(state="finished", created=time.time()))
    run.write(
        Training(
            dataset=dataset.name, fingerprint=dataset.meta.fingerprint, classes=classes or select(dataset, run.config()).classes
        )
    )
    run.write_training_samples(dataset.split(trained_on)[["hash", "signature"]])
    return run


def test_without_teachers_there_are_no_answers(faces):
    config = preset_config(faces.name)
    assert teachers.answers(config, faces, select(faces, config), Silent()) is None


def test_answers_are_the_mean_of_the_teachers(faces, monkeypatch):
    first, second = teacher(faces), teacher(faces)
    said = {first.id: Fixed([1, 0, 0, 0, 0]), second.id: Fixed([0, 0.5, 0.5, 0, 0])}
    monkeypatch.setattr(predictor, "load_predictor", lambda run: said[run.id])
    config = preset_config(faces.name, teachers=f"{first.id},{second.id}")
    chosen = select(faces, config)
    told = []
    found = teachers.answers(config, faces, chosen, Silent(), progress=lambda share, text: told.append(share))
    np.testing.assert_allclose(found, np.tile([0.5, 0.25, 0.25, 0, 0], (len(chosen.train), 1)))
    assert told == [0.25, 0.5, 0.75, 1.0]


def test_a_teacher_answers_only_for_faces_that_it_has_not_met(faces, monkeypatch):
    """Of 20 faces the first teacher has met 0 to 11, the second 8 to 19: both are asked for none of 8 to 11."""
    config = preset_config(faces.name)
    chosen = select(faces, config)
    first, second = teacher(faces), teacher(faces)
    first.write_training_samples(chosen.train.iloc[:12][["hash", "signature"]])
    second.write_training_samples(chosen.train.iloc[8:][["hash", "signature"]])
    said = {first.id: Fixed([1, 0, 0, 0, 0]), second.id: Fixed([0, 0.5, 0.5, 0, 0])}
    monkeypatch.setattr(predictor, "load_predictor", lambda run: said[run.id])
    asked = preset_config(faces.name, teachers=f"{first.id},{second.id}", teacher_faces="unmet")
    found = teachers.answers(asked, faces, chosen, Silent())
    np.testing.assert_allclose(found[:8], np.tile([0, 0.5, 0.5, 0, 0], (8, 1)))
    assert np.isnan(found[8:12]).all()
    np.testing.assert_allclose(found[12:], np.tile([1, 0, 0, 0, 0], (8, 1)))


def test_teachers_that_have_met_every_face_cannot_answer_unmet_ones(faces, monkeypatch):
    first = teacher(faces)
    monkeypatch.setattr(predictor, "load_predictor", lambda run: Fixed([1, 0, 0, 0, 0]))
    config = preset_config(faces.name, teachers=first.id, teacher_faces="unmet")
    with pytest.raises(InputError, match="All teachers were trained on all training faces"):
        teachers.answers(config, faces, select(faces, config), Silent())


def test_a_teacher_of_some_classes_shares_out_what_is_theirs(faces, monkeypatch):
    """Faces of the other classes keep their labels."""
    first = teacher(faces, classes=("angry", "happy"))
    monkeypatch.setattr(predictor, "load_predictor", lambda run: Fixed([0.25, 0.75]))
    config = preset_config(faces.name, teachers=first.id)
    chosen = select(faces, config)
    found = teachers.answers(config, faces, chosen, Silent())
    labels = chosen.train["label"].to_numpy()
    known = np.isin(labels, ["angry", "happy"])
    assert known.sum() == 8
    np.testing.assert_array_equal(found[known], np.tile(np.float32([0.25, 0, 0, 0.75, 0]), (8, 1)))
    np.testing.assert_array_equal(found[~known], np.eye(5, dtype=np.float32)[chosen.labels(chosen.train)[~known]])


def test_a_teacher_of_some_classes_leaves_the_votes_for_the_others(workspace, monkeypatch):
    """Eight votes of ten for its classes are shared out as it answers; two for neutral stay."""
    votes = pd.DataFrame({"votes_angry": [2, 8, 0] * 14, "votes_happy": [6, 0, 1] * 14, "votes_neutral": [2, 2, 9] * 14})
    images = np.random.default_rng(0).integers(0, 255, (42, 48, 48), np.uint8)
    samples = votes.assign(label=["happy", "angry", "neutral"] * 14, split=["train"] * 36 + ["validation"] * 6)
    faces = writing.write_dataset("voted", images, samples, classes=("angry", "happy", "neutral"), kind="csv", source="test")
    first = teacher(faces, classes=("angry", "happy"))
    monkeypatch.setattr(predictor, "load_predictor", lambda run: Fixed([0.5, 0.5]))
    config = preset_config(faces.name, labels="crowd", teachers=first.id)
    found = teachers.answers(config, faces, select(faces, config), Silent())
    np.testing.assert_allclose(found, np.tile([[0.4, 0.4, 0.2], [0.4, 0.4, 0.2], [0.05, 0.05, 0.9]], (12, 1)), atol=1e-6)


@pytest.mark.parametrize(
    ("made", "sentence"),
    [
        ({"classes": ("angry", "pain")}, "knows the classes angry, pain; choose one that knows only those of this run"),
        ({"trained_on": "test"}, "was trained on 25 faces that validate or test this run"),
    ],
)
def test_a_teacher_that_does_not_fit_is_refused(faces, made, sentence):
    config = preset_config(faces.name, teachers=(teacher(faces, **made).id,))
    with pytest.raises(InputError, match=sentence):
        teachers.answers(config, faces, select(faces, config), Silent())


def test_a_teacher_that_is_not_there_is_said(faces):
    config = preset_config(faces.name, teachers="nobody")
    with pytest.raises(NotFoundError, match="There is no run 'nobody'"):
        teachers.answers(config, faces, select(faces, config), Silent())


def votes_and_labels(n: int = 600) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Ten votes a face for three names and its label, both drawn from the same probabilities (N, 3), which come last."""
    rng = np.random.default_rng(0)
    truth = rng.dirichlet((0.5, 0.5, 0.5), n)
    votes = np.array([rng.multinomial(10, row) for row in truth], np.float64)
    return votes, np.array([rng.choice(3, p=row) for row in truth]), truth


def loss(probabilities: np.ndarray, labels: np.ndarray) -> float:
    return float(-np.log(probabilities[np.arange(len(labels)), labels]).mean())


def test_votes_and_answers_together_are_nearer_to_the_truth_than_each_alone():
    votes, labels, truth = votes_and_labels()
    answers = np.array([np.random.default_rng(1).dirichlet(0.3 + 6 * row) for row in truth], np.float32)
    alone = teachers.join_votes(votes, labels, None)
    both = teachers.join_votes(votes, labels, answers)
    for made in (alone, both):
        assert made.dtype == np.float32
        np.testing.assert_allclose(made.sum(axis=1), 1, atol=1e-5)
    apart = [float(np.abs(made - truth).mean()) for made in (np.eye(3)[labels], answers, alone, both)]
    assert apart[3] < apart[2] < apart[0]
    assert apart[3] < apart[1]


def test_the_label_of_a_face_has_no_part_in_what_its_votes_say():
    _, labels, _ = votes_and_labels()
    noise = np.random.default_rng(2).multinomial(10, (0.3, 0.3, 0.4), len(labels)).astype(np.float64)
    shares = np.bincount(labels) / len(labels)
    assert loss(teachers.join_votes(noise, labels, None), labels) > loss(np.tile(shares, (len(labels), 1)), labels)


def test_faces_without_votes_keep_their_answers_and_faces_without_answers_have_their_votes():
    votes, labels, truth = votes_and_labels()
    answers = truth.astype(np.float32)
    votes[:100], answers[50:200] = 0, np.nan
    made = teachers.join_votes(votes, labels, answers)
    np.testing.assert_array_equal(made[:50], answers[:50])
    assert np.isnan(made[50:100]).all()
    alone = teachers.join_votes(votes, labels, None)
    np.testing.assert_array_equal(made[100:200], alone[100:200])
    assert (made[200:] != alone[200:]).any(axis=1).all()


def test_a_class_with_too_few_votes_is_refused():
    votes, labels, _ = votes_and_labels()
    votes[labels == 2] = 0
    with pytest.raises(InputError, match=r"^A class has fewer than 5 training faces with votes; set teacher_votes to false\.$"):
        teachers.join_votes(votes, labels, None)


def test_votes_teach_with_and_without_a_teacher(workspace, monkeypatch):
    votes, labels, _ = votes_and_labels(200)
    images = np.random.default_rng(0).integers(0, 255, (220, 48, 48), np.uint8)
    table = pd.DataFrame(votes.astype(np.int8), columns=["votes_angry", "votes_happy", "votes_nf"])
    table = pd.concat([table, table.iloc[:20]], ignore_index=True)
    names = np.array(["angry", "happy", "neutral"])[np.concatenate([labels, labels[:20]])]
    samples = table.assign(label=names, split=["train"] * 200 + ["validation"] * 20)
    faces = writing.write_dataset("voted", images, samples, classes=("angry", "happy", "neutral"), kind="csv", source="test")
    config = preset_config(faces.name, teacher_votes=True)
    chosen = select(faces, config)
    found = teachers.answers(config, faces, chosen, Silent())
    np.testing.assert_array_equal(found, teachers.join_votes(votes, labels, None))
    first = teacher(faces)
    monkeypatch.setattr(predictor, "load_predictor", lambda run: Fixed([0.2, 0.3, 0.5]))
    asked = preset_config(faces.name, teacher_votes=True, teachers=first.id)
    found = teachers.answers(asked, faces, chosen, Silent())
    fixed = np.tile(np.float32([0.2, 0.3, 0.5]), (200, 1))
    np.testing.assert_array_equal(found, teachers.join_votes(votes, labels, fixed))


def test_votes_that_are_not_there_cannot_teach(faces):
    """Neither in the worker nor when a run is started, so that nothing is made for nothing."""
    config = preset_config(faces.name, teacher_votes=True)
    sentence = (
        r"^Data set 'faces' has no votes to learn from; import fer2013\.csv together with fer2013new\.csv, or set teacher_votes"
    )
    with pytest.raises(DatasetError, match=sentence):
        teachers.answers(config, faces, select(faces, config), Silent())
    with pytest.raises(DatasetError, match=sentence):
        jobs.start(config)
    assert [run for run in runs.list_runs() if not run.read_only] == []
