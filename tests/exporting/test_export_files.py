import contextlib
import dataclasses
import io
import json
import sys
import types
import zipfile

import numpy as np
import pandas as pd
import pytest

from fer_core import cli, runs
from fer_core.datasets.writing import write_dataset
from fer_core.errors import InputError, RunError
from fer_core.exporting import checking, making
from fer_core.exporting.example import example
from fer_core.exporting.formats import KINDS, kind_of
from fer_core.labels import FIVE
from fer_core.runs.config import preset_config
from fer_core.runs.records import Calibration, Training


@pytest.fixture
def run(workspace, tiny_model):
    """A run with temperature 2 and threshold 0.9 on a data set of 60 random faces."""
    draw = np.random.default_rng(0)
    rows = pd.DataFrame({"label": [FIVE[number % 5] for number in range(60)], "split": ["train", "test"] * 30})
    faces = draw.integers(0, 256, (60, 1, 1)) * draw.random((60, 48, 48))
    data = write_dataset("Noise", faces.astype(np.uint8), rows, classes=FIVE, kind="folders", source="noise")
    made = runs.create(preset_config("Noise", "frozen"))
    made.write(Training(dataset="Noise", fingerprint=data.meta.fingerprint, classes=FIVE))
    made.write(Calibration(temperature=2.0, threshold=0.9, flip=True))
    made.model_file.write_bytes(tiny_model)
    return made


def answers(run):
    """Probabilities of the run for its test faces, without mirror images, worked out beside the code under test."""
    from fer_core.datasets.store import open_dataset
    from fer_core.models.classifier import load

    data = open_dataset("Noise")
    faces = data.images[data.split("test")["id"].to_numpy()]
    logits = load(run.model_file).predict(faces[..., None], verbose=0) / 2.0
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return faces, powers / powers.sum(axis=1, keepdims=True)


@pytest.mark.parametrize("name", ["keras", "onnx"])
def test_a_prior_that_is_taken_off_is_taken_off_in_the_file(run, tmp_path, name):
    prior = (0.2, 0.05, 0.2, 0.35, 0.2)
    faces, plain = answers(run)
    run.write(Calibration(temperature=2.0, threshold=0.9, flip=True, prior_tau=0.8, prior=prior))
    kind = KINDS[name]
    file = tmp_path / f"mine{kind.suffix}"
    made = making.export_run(run, kind, file)
    found = np.concatenate(list(making._asked(file.read_bytes(), kind, faces)))
    expected = plain / np.array(prior) ** (0.8 / 2.0)
    np.testing.assert_allclose(found, expected / expected.sum(axis=1, keepdims=True), atol=1e-5)
    assert (made.about["prior_tau"], made.about["prior"]) == (0.8, list(prior))


@pytest.mark.parametrize("kind", [kind for kind in KINDS.values() if kind.name != "html"], ids=lambda kind: kind.name)
def test_a_file_answers_as_its_run_and_says_what_it_is(run, tmp_path, kind, capsys, monkeypatch):
    import tensorflow as tf

    if kind.name == "onnx-int8":
        run.model_file.write_bytes(runs.open_run("bundled").model_file.read_bytes())
    # This untrained network hardly prefers one class: 8 bits decide otherwise for some faces.
    monkeypatch.setitem(KINDS, kind.name, dataclasses.replace(kind, agreement=0.5))
    file = tmp_path / f"mine{kind.suffix}"
    assert cli.main(["export", run.id, *kind.options.split(), "--out", str(file), "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    faces, expected = answers(run)
    found = np.concatenate(list(making._asked(file.read_bytes(), kind, faces)))
    np.testing.assert_allclose(found, expected, atol=0.05 if kind.int8 else 1e-5)
    assert said["check"]["n"] == 30
    assert said["check"]["source"] == "Noise, test split"
    assert said["check"]["largest"] == pytest.approx(np.abs(found - expected).max(), abs=1e-5)
    about = making.read_description(file)
    assert about["check"] == said["check"]
    assert (about["classes"], about["temperature"], about["threshold"]) == (list(FIVE), 2.0, 0.9)
    assert about["mirror_image"].startswith("not in the file; the run averages")
    assert about.get("quantised_with") == ("Noise, train split" if kind.ranges_from_faces else None)
    assert said["bytes"] == file.stat().st_size
    litert = types.SimpleNamespace(Interpreter=tf.lite.Interpreter)
    monkeypatch.setitem(sys.modules, "ai_edge_litert", types.ModuleType("ai_edge_litert"))
    monkeypatch.setitem(sys.modules, "ai_edge_litert.interpreter", litert)
    with contextlib.redirect_stdout(io.StringIO()) as printed:
        exec(example(kind, str(file)), {})
    assert printed.getvalue().startswith("not sure 0.")


def test_onnx_in_8_bits_is_for_mobilenet(run, tmp_path, capsys):
    assert cli.main(["export", run.id, "--format", "onnx", "--int8", "--out", str(tmp_path / "mine.onnx")]) == 2
    assert "Only a MobileNet can be written as ONNX in 8 bits" in capsys.readouterr().err
    assert not (tmp_path / "mine.onnx").exists()


def test_a_file_that_answers_otherwise_is_not_kept(run, tmp_path, monkeypatch, capsys):
    from fer_core.exporting import network

    whole = network.answering
    monkeypatch.setattr(network, "answering", lambda model, _: whole(model, Calibration(temperature=0.04)))
    (tmp_path / "out").mkdir()
    assert cli.main(["export", run.id, "--format", "onnx", "--out", str(tmp_path / "out" / "mine.onnx")]) == 2
    assert "too differently from the run" in capsys.readouterr().err
    assert list((tmp_path / "out").iterdir()) == []


def test_without_the_runs_data_set_synthetic_faces_are_asked_and_named(run):
    (run.path / "training.json").unlink()
    found = checking.faces_for(run, None)
    assert found.check.shape == (256, 48, 48)
    assert found.source == found.ranges_source == "synthetic faces, because the run's data set is not here"


@pytest.mark.parametrize(
    ("found", "kind", "sentence"),
    [
        ([[0.6, 0.4], [0.2, 0.8]], "onnx", None),
        ([[0.6, 0.4], [0.202, 0.798]], "onnx", r"100\.0% get"),
        ([[0.6, 0.4], [0.202, 0.798]], "tflite-int8", None),
        ([[0.49, 0.51], [0.2, 0.8]], "tflite-int8", r"50\.0% get"),
        ([[0.6, np.nan], [0.2, 0.8]], "tflite", "does not answer"),
        ([[0.6, 0.4]], "keras", "does not answer"),
    ],
)
def test_what_is_near_enough(found, kind, sentence):
    expected = np.array([[0.6, 0.4], [0.2, 0.8]])
    refused = pytest.raises(RunError, match=sentence) if sentence else contextlib.nullcontext()
    with refused:
        check = checking.compare(expected, np.array(found), kind=KINDS[kind], source="two faces", with_mirror=expected[:, ::-1])
        assert (check.agreement, check.agreement_with_mirror) == (1.0, 0.0)
        assert check.largest == pytest.approx(abs(np.array(found) - expected).max())


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--format", "pickle", "--out", "mine.bin"], "keras, tflite, onnx, html; got 'pickle'"),
        (["--format", "html", "--out", "mine.htm"], r"ends in .html; got 'mine.htm'"),
        (["--format", "keras", "--int8", "--out", "mine.keras"], "8-bit numbers are for tflite and onnx only"),
        (["--format", "keras", "--out", "mine.h5"], r"ends in .keras; got 'mine.h5'"),
        (["--format", "onnx", "--out", "nowhere/mine.onnx"], "folder that exists"),
        (["--format", "onnx", "--dataset", "Absent", "--out", "mine.onnx"], "no data set 'Absent'"),
    ],
)
def test_wrong_arguments_are_refused_in_a_sentence(run, tmp_path, monkeypatch, capsys, arguments, sentence):
    monkeypatch.chdir(tmp_path)
    before = sorted(tmp_path.iterdir())
    assert cli.main(["export", run.id, *arguments]) == 2
    assert sentence in capsys.readouterr().err
    assert sorted(tmp_path.iterdir()) == before


def test_tflite_and_onnx_have_8_bits():
    assert [kind_of(name, int8=True).name for name in ("tflite", "onnx")] == ["tflite-int8", "onnx-int8"]
    with pytest.raises(InputError):
        kind_of("keras", int8=True)


def test_files_that_were_not_exported_here_are_refused(tmp_path):
    stranger, page, archive = tmp_path / "stranger.onnx", tmp_path / "page.html", tmp_path / "other.tflite"
    stranger.write_bytes(b"nothing of the kind")
    page.write_text("<p>nothing of the kind")
    with zipfile.ZipFile(archive, "w") as other:
        other.writestr("labels.txt", "happy")
    for file in (stranger, page, archive):
        with pytest.raises(RunError, match="does not say what it is"):
            making.read_description(file)
