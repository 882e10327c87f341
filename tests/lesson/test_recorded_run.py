"""The recorded training that ships."""

import json

import numpy as np
import pytest

from fer_core.datasets.prepared import read_prepared
from fer_core.errors import NotFoundError
from fer_core.lesson import recorded_run


@pytest.fixture(scope="module")
def recording():
    return recorded_run.load()


def test_it_was_asked_often_within_the_first_epoch_and_at_the_end_of_each(recording):
    asked = [moment.epoch for moment in recording.moments]
    assert asked == sorted(set(asked))
    assert asked[0] == 0
    assert sum(epoch < 1 for epoch in asked) >= 10
    assert set(recording.epochs["epoch"]) <= set(asked)


def test_the_confusion_at_the_end_of_an_epoch_gives_the_scores_of_its_curves(recording):
    moments = {moment.epoch: moment for moment in recording.moments}
    assert {moment.n for moment in recording.moments} == {recording.origin.validation}
    for row in recording.epochs.to_dict("records"):
        matrix = np.array(moments[row["epoch"]].confusion)
        assert np.trace(matrix) / matrix.sum() == pytest.approx(row["val_accuracy"], abs=1e-5)
        recalls = np.diagonal(matrix) / matrix.sum(axis=1)
        assert recalls == pytest.approx([row[f"val_recall_{name}"] for name in recording.classes], abs=1e-5)


def test_it_learned_more_than_to_say_the_most_frequent_class(recording):
    last = np.array(recording.moments[-1].confusion)
    assert np.trace(last) > 1.3 * last.sum(axis=1).max()


def test_its_faces_are_drawn_ones_of_all_classes_that_show_what_they_are_labelled(recording):
    images, samples = read_prepared()
    first = recording.moments[0]
    assert {(moment.faces, moment.labels) for moment in recording.moments} == {(first.faces, first.labels)}
    chosen = samples.iloc[list(first.faces)]
    assert chosen["label"].tolist() == [recording.classes[label] for label in first.labels]
    assert set(chosen["label"]) == set(recording.classes)
    assert len(set(first.faces)) == 12
    np.testing.assert_array_equal(recorded_run.faces(recording), images[list(first.faces)])
    for moment in recording.moments:
        assert np.sum(moment.probabilities, axis=1) == pytest.approx(1, abs=1e-3)


def test_the_file_holds_figures_alone_and_is_small():
    text = recorded_run.RECORDED.read_text()
    assert len(text) < 100_000
    assert "base64" not in text
    assert set(json.loads(text)) == {"origin", "classes", "epochs", "batches", "moments"}


def test_what_was_written_is_read(recording, tmp_path):
    recorded_run.write(recording, tmp_path / "again.json")
    again = recorded_run.load(tmp_path / "again.json")
    assert (again.origin, again.classes, again.moments) == (recording.origin, recording.classes, recording.moments)
    assert again.epochs.equals(recording.epochs)
    assert again.batches.equals(recording.batches)


@pytest.mark.parametrize("content", [None, b"", b'{"origin": {}}', b'{"origin": 3, "classes": [], "moments": []}', b"\xff\xfe"])
def test_a_damaged_file_is_one_sentence(content, tmp_path):
    if content is not None:
        (tmp_path / "learning.json").write_bytes(content)
    with pytest.raises(NotFoundError, match=r"learning\.json cannot be read"):
        recorded_run.load(tmp_path / "learning.json")
