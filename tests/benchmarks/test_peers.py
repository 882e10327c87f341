"""Whose answers are compared, on which rows: what the other packages say is measured by the benchmark itself."""

import json

import numpy as np
import pandas as pd
import pytest

from benchmarks import peers
from fer_core.datasets.writing import write_dataset
from fer_core.labels import FIVE


def content(names, shares):
    return json.dumps(names).encode() + b"\n" + np.array(shares, np.float32).tobytes()


def test_columns_are_taken_by_name_whatever_a_package_calls_them():
    written = content(["neutral", "happy", "sad", "fearful"], [[0.1, 0.2, 0.3, 0.4], [0.5, 0.2, 0.2, 0.1]])
    found = peers.read_answers(written, 2, ["fear", "neutral"])
    np.testing.assert_allclose(found, [[0.4, 0.1], [0.1, 0.5]], atol=1e-6)


@pytest.mark.parametrize(("count", "classes", "reason"), [(3, ["happy"], "cannot reshape"), (2, ["disgust"], "not in list")])
def test_a_network_that_answers_too_little_is_refused(count, classes, reason):
    with pytest.raises(ValueError, match=reason):
        peers.read_answers(content(["happy", "sad"], [[0.4, 0.6], [1, 0]]), count, classes)


def test_the_crowd_judges_where_it_is_asked(workspace):
    images = np.arange(3, dtype=np.uint8)[:, None, None] * np.ones((48, 48), np.uint8)
    votes = {"votes_angry": [0, 10, 5], "votes_happy": [9, 0, 5], "votes_unknown": [1, 0, 0]}
    samples = pd.DataFrame({"label": ["sad", "happy", "fear"], "split": "test", **votes})
    dataset = write_dataset("voted", images, samples, classes=(*FIVE, "sad"), kind="folders", source="test")
    assert peers.rows(dataset, "test", "imported")[1].tolist() == ["sad", "happy", "fear"]
    faces, labels = peers.rows(dataset, "test", "crowd")
    assert (faces[:, 0, 0].tolist(), labels.tolist()) == ([0, 1], ["happy", "angry"])


def test_the_table_holds_every_network_with_its_intervals():
    labels, right = pd.Series(["angry", "happy", "happy"]), np.array([[1, 0], [0, 1], [0, 1]], np.float32)
    lines = peers.table(labels, {"ours": right, "theirs": right[::-1]}, ["angry", "happy"])
    assert lines[0] == "n = 3 (angry 1, happy 2); majority 0.667"
    assert lines[4].startswith("| ours | 1.000 (0.439 to 1.000) | 1.000")
    assert lines[5].startswith("| theirs | 0.333")
    assert lines[5].endswith("| 0.00, 0.50 |")
