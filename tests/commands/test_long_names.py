"""Names that are too long, and a file that is a folder: one sentence, exit status 2, and nothing left behind."""

import zipfile

import numpy as np
import pandas as pd
import pytest

from fer_core import cli
from fer_core.datasets import editing
from fer_core.datasets.store import open_dataset
from fer_core.datasets.writing import write_dataset
from fer_core.errors import DatasetError

LONG = "x" * 300
CLASSES = ("happy", LONG, "ä" * 200)


@pytest.fixture
def data(workspace):
    rows = pd.DataFrame({"label": [CLASSES[n % 3] for n in range(18)], "split": ["train"] * 9 + ["test"] * 9})
    faces = np.random.default_rng(0).integers(0, 255, (18, 48, 48)).astype(np.uint8)
    return write_dataset("Faces", faces, rows, classes=CLASSES, kind="folders", source="faces")


@pytest.mark.parametrize(
    "words",
    [
        ["import", LONG, "--name", "Other"],
        ["train", LONG],
        ["train", "--resume", LONG],
        ["evaluate", LONG, "--dataset", "Faces", "--split", "test"],
        ["evaluate", "bundled", "--dataset", LONG, "--split", "test"],
        ["evaluate", "bundled", "--dataset", "Faces", "--split", "test", "--predictions", f"{LONG}.parquet"],
        ["export", "bundled", "--format", "onnx", "--out", f"{LONG}.onnx"],
        ["export-dataset", "Faces", "--out", f"{LONG}.zip"],
        ["report", "bundled", "--out", f"{LONG}.html"],
        ["predict", LONG, "--model", "bundled"],
        ["predict", "x.png", "--model", LONG],
        ["explain", "x.png", "--model", "bundled", "--method", "gradcam", "--out", f"{LONG}.png"],
        ["edits", "Faces", "--import", LONG],
        ["edits", LONG],
        ["audit", LONG],
        ["robustness", LONG, "--dataset", "Faces"],
    ],
)
def test_an_argument_of_300_letters_is_one_sentence(data, tmp_path, monkeypatch, capsys, words):
    monkeypatch.chdir(tmp_path)
    assert cli.main(words) == 2
    said = capsys.readouterr()
    sentence = (said.err or said.out).splitlines()
    assert len(sentence) == 1
    assert sentence[0].endswith(".")
    assert [path.name for path in tmp_path.iterdir()] == ["workspace"]


def test_class_names_beyond_what_a_file_system_takes_are_cut_in_an_archive(data, tmp_path):
    out = tmp_path / "faces.zip"
    assert cli.main(["export-dataset", "Faces", "--out", str(out)]) == 0
    with zipfile.ZipFile(out) as archive:
        archive.extractall(tmp_path / "out")
        assert max(len(part.encode()) for name in archive.namelist() for part in name.split("/")) <= 240
        table = pd.read_csv(archive.open("samples.csv"))
    assert set(table["label"]) == set(CLASSES)
    assert len(list((tmp_path / "out").rglob("*.png"))) == 18


def test_a_folder_in_the_place_of_the_decisions_is_one_sentence(data, capsys):
    data.edits_file.mkdir()
    assert cli.main(["edits", "Faces"]) == 2
    assert capsys.readouterr().err == (
        "The decisions of 'Faces' cannot be read (edits.jsonl: Is a directory); move edits.jsonl away or put the file back.\n"
    )
    with pytest.raises(DatasetError):
        editing.decide(open_dataset("Faces"), [0], "exclude", origin="test")


def test_json_lines_nested_deeply_are_refused(data, tmp_path, capsys):
    deep = tmp_path / "deep.jsonl"
    deep.write_text('{"a":' * 100_000 + "\n" + "[" * 100_000)
    assert cli.main(["edits", "Faces", "--import", str(deep)]) == 2
    assert len(capsys.readouterr().err.splitlines()) == 1
    data.edits_file.write_text('{"a":' * 100_000 + "\n")
    assert data.edits().in_force == {}
