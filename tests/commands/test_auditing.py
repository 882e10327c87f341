import json

import numpy as np
import pandas as pd
import pytest

from fer_core import cli
from fer_core.datasets import writing
from fer_core.evaluation import suspects
from fer_core.evaluation.suspects import Suspects


@pytest.fixture
def dataset(workspace):
    """Three noisy faces, the last a copy of the first in another split and under another label."""
    images = np.random.default_rng(0).integers(60, 200, (3, 48, 48), dtype=np.uint8)
    images[2] = images[0]
    rows = pd.DataFrame({"label": ["happy", "sad", "sad"], "split": ["train", "train", "test"]})
    return writing.write_dataset("Few", images, rows, classes=("happy", "sad"), kind="csv", source="made")


def test_json_has_the_agreed_keys(dataset, capsys):
    assert cli.main(["audit", "Few", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    keys = "images exact_duplicates cross_split conflicting_labels blank near_duplicates suspects faceless"
    assert set(keys.split()) <= set(found)
    assert found["exact_duplicates"] == {"groups": 1, "extra_copies": 1}
    assert found["cross_split"]["train/test"] == 1
    assert found["conflicting_labels"]["groups"] == 1
    assert (found["suspects"], found["faceless"]) == (None, None)


def test_what_is_asked_for_is_added(dataset, capsys, monkeypatch):
    table = pd.DataFrame({"split": ["train"], "label": ["happy"], "suggestion": ["sad"], "suspected": [True]})
    made = Suspects(table, ("happy", "sad"), {})
    monkeypatch.setattr(suspects, "suspects_in_process", lambda *_, **__: made)
    monkeypatch.setattr("fer_core.datasets.faceless.find_faceless", lambda *_, **__: np.array([1]))
    assert cli.main(["audit", "Few", "--suspects", "--faceless"]) == 0
    said = capsys.readouterr().out
    assert "samples of test whose pixels are in train, too: 1" in said
    assert "suspected labels: 1 of 1" in said
    assert "the detector finds no face: 1 (33.33%)" in said


def test_an_unknown_data_set_is_one_line(workspace, capsys):
    assert cli.main(["audit", "Nothing", "--json"]) == 2
    streams = capsys.readouterr()
    assert streams.out == ""
    assert streams.err.startswith("There is no data set 'Nothing'")
