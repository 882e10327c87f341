import json
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from fer_core import cli, runs
from fer_core.datasets.store import open_dataset
from fer_core.datasets.writing import write_dataset
from fer_core.runs.config import preset_config
from fer_core.runs.records import Status, Training
from fer_core.settings import PROJECT

CLASSES = ("angry", "disgust", "fear", "happy", "neutral")
PORTRAIT = PROJECT / "tests" / "fixtures" / "astronaut.jpg"
EXPLAIN = ["explain", str(PORTRAIT), "--model", "RUN", "--out", "x.png"]


@pytest.fixture
def faces(workspace, tmp_path, capsys):
    """An imported data set of 5 classes with 6 training and 2 test pictures each."""
    random = np.random.default_rng(0)
    for split, count in (("train", 6), ("test", 2)):
        for name in CLASSES:
            folder = tmp_path / "source" / split / name
            folder.mkdir(parents=True)
            for number in range(count):
                Image.fromarray(random.integers(0, 256, (48, 48), dtype=np.uint8)).save(folder / f"{number}.png")
    assert cli.main(["import", str(tmp_path / "source"), "--name", "Faces", "--json"]) == 0
    return json.loads(capsys.readouterr().out)


@pytest.fixture
def run(faces, tiny_model):
    made = runs.create(preset_config("Faces", weights="random"))
    made.model_file.write_bytes(tiny_model)
    made.write(Training(dataset="Faces", fingerprint="0" * 16, classes=CLASSES))
    made.write(Status(state="finished"))
    return made


def answer(capsys, *words):
    assert cli.main([*words, "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def test_import_prints_the_agreed_keys(faces):
    assert set(faces) == {"name", "images", "classes", "skipped", "rejected", "size", "colour", "enlarged", "subjects"}
    assert faces["images"] == 40
    assert faces["classes"]["test"] == dict.fromkeys(CLASSES, 2)


def test_synthetic_and_datasets(faces, capsys):
    made = answer(capsys, "synthetic", "--name", "Drawn", "--count", "60", "--seed", "3")
    assert made["images"] == 60
    assert {row["name"] for row in answer(capsys, "datasets")} == {"Drawn", "Faces"}


def test_evaluate_prints_the_agreed_keys_and_writes_predictions(run, capsys, tmp_path):
    out = tmp_path / "predictions.parquet"
    found = answer(capsys, "evaluate", run.id, "--dataset", "Faces", "--split", "test", "--predictions", str(out))
    keys = "classes n skipped flip accuracy accuracy_ci95 balanced_accuracy macro_f1 per_class confusion ece ece_uncalibrated"
    assert set(keys.split()) | {"leaked", "accuracy_without_leaked", "majority_baseline"} <= set(found)
    assert found["n"] == 10
    assert found["classes"] == list(CLASSES)
    assert found["majority_baseline"] == 0.2
    assert np.sum(found["confusion"]) == 10
    assert found["accuracy"] == np.trace(found["confusion"]) / 10
    assert list(pd.read_parquet(out).columns[:3]) == ["sample", "hash", "label"]


def test_evaluate_by_the_crowd(run, capsys):
    dataset = open_dataset("Faces")
    votes = {f"votes_{name}": np.where(dataset.samples["label"] == name, 6, 1).astype(np.int8) for name in CLASSES}
    samples = dataset.samples.assign(**votes)
    write_dataset("Voted", np.array(dataset.images), samples, classes=CLASSES, kind="folders", source="made")
    by_label, by_crowd = (
        answer(capsys, "evaluate", run.id, "--dataset", "Voted", "--split", "test", "--labels", labels)
        for labels in ("imported", "crowd")
    )
    assert (by_label.pop("labels"), by_crowd.pop("labels")) == ("imported", "crowd")
    scores = by_crowd.pop("votes")
    assert (set(scores), scores["majority"]["n"]) == ({"divergence", "majority"}, 10)
    assert scores["majority"]["accuracy"] == by_crowd["accuracy"]
    assert by_label == by_crowd
    assert cli.main(["evaluate", run.id, "--dataset", "Faces", "--split", "test", "--labels", "crowd"]) == 2
    assert capsys.readouterr().err.startswith("These samples have no votes; import fer2013.csv with fer2013new.csv, or")


def test_evaluate_keeps_stderr_free_of_chatter(run):
    words = ["evaluate", run.id, "--dataset", "Faces", "--split", "test", "--json"]
    answer = subprocess.run([sys.executable, "-m", "fer_core", *words], cwd=PROJECT, capture_output=True, text=True, check=True)
    assert json.loads(answer.stdout)["n"] == 10
    assert answer.stderr == ""


def test_explain_writes_picture_and_map(run, tmp_path, capsys):
    picture, heat = tmp_path / "out.png", tmp_path / "map.npy"
    words = ["explain", str(PORTRAIT), "--model", run.id, "--method", "gradcam", "--target", "happiness", "--save-map", str(heat)]
    assert cli.main([*words, "--out", str(picture)]) == 0
    assert Image.open(picture).size == (384, 384)
    made = np.load(heat)
    assert made.shape == (48, 48)
    assert made.dtype == np.float32
    assert 0 <= made.min() <= made.max() <= 1


@pytest.mark.parametrize(
    ("method", "made_on"),
    [("scorecam", "on late, 8 of 8 channels"), ("smoothgrad", "on the pixels"), ("occlusion", "on the pixels")],
)
def test_explain_one_class_and_not_another(run, tmp_path, capsys, method, made_on):
    words = ["explain", str(PORTRAIT), "--model", run.id, "--method", method, "--target", "happy", "--against", "anger"]
    assert cli.main([*words, "--out", str(tmp_path / "out.png")]) == 0
    assert f"{method} for happy and not angry {made_on}" in capsys.readouterr().out


@pytest.mark.parametrize("given", ["map", "map.npy", "map.txt"])
def test_the_map_is_written_under_the_name_given(run, tmp_path, given):
    (tmp_path / "out").mkdir()
    picture, heat = tmp_path / "out" / "face.png", tmp_path / "out" / given
    words = ["explain", str(PORTRAIT), "--model", run.id, "--method", "gradcam", "--save-map", str(heat), "--out", str(picture)]
    assert cli.main(words) == 0
    assert np.load(heat).shape == (48, 48)
    assert sorted(path.name for path in heat.parent.iterdir()) == ["face.png", given]


def test_a_picture_without_a_place_leaves_no_map(run, tmp_path, capsys):
    heat = tmp_path / "map.npy"
    words = ["explain", str(PORTRAIT), "--model", run.id, "--method", "gradcam", "--save-map", str(heat)]
    assert cli.main([*words, "--out", str(tmp_path / "gone" / "face.png")]) == 2
    assert "cannot be written" in capsys.readouterr().err
    assert not heat.exists()


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["evaluate", "nothing", "--dataset", "Faces", "--split", "test"], "There is no run 'nothing'"),
        (["evaluate", "RUN", "--dataset", "Faces", "--split", "final"], "Split must be one of train, validation, test"),
        (["evaluate", "RUN", "--dataset", "Other", "--split", "test"], "There is no data set 'Other'"),
        (["train", "Faces", "--preset", "fast"], "Preset must be one of frozen, quick, standard, full"),
        (["train", "Faces", "--set", "seed"], "--set expects KEY=VALUE"),
        (["train", "Nowhere"], "There is no data set 'Nowhere'"),
        (["train"], "train expects the NAME of a data set, or --resume RUN"),
        (["train", "Faces", "--resume", "RUN"], "leave out NAME, --preset and --set"),
        (["train", "--resume", "RUN"], "has finished; there is nothing to resume"),
        (["import", "nowhere.zip", "--name", "X"], "nowhere.zip"),
        (["explain", str(PORTRAIT), "--model", "RUN", "--method", "tea-leaves", "--out", "x.png"], "gradcam"),
        (
            ["explain", str(PORTRAIT), "--model", "RUN", "--method", "gradcam", "--target", "bored", "--out", "x.png"],
            "--target must be",
        ),
        (
            [*EXPLAIN, "--method", "occlusion", "--against", "bored"],
            "--against must be",
        ),
        (
            [*EXPLAIN, "--method", "occlusion", "--target", "happy", "--against", "happiness"],
            "--against must be another class than the one that is explained, which is happy.",
        ),
        (
            ["explain", str(PORTRAIT), "--model", "RUN", "--method", "gradcam", "--layer", "face", "--out", "x.png"],
            "The layer must be one with feature maps, such as late, early; got 'face'",
        ),
    ],
)
def test_errors_are_one_line_and_exit_two(run, capsys, words, sentence, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert cli.main([run.id if word == "RUN" else word for word in words]) == 2
    streams = capsys.readouterr()
    assert streams.out == ""
    assert sentence in streams.err
    assert streams.err.count("\n") == 1
    assert not (tmp_path / "x.png").exists()
