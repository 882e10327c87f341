"""The command predict: a line for every photo, whatever is in it, and nothing left in the home folder."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from fer_core import cli, runs
from fer_core.commands.predicting import photo_files
from fer_core.labels import FIVE
from fer_core.runs.config import preset_config
from fer_core.runs.records import Calibration, Status, Training
from fer_core.settings import PROJECT

PORTRAIT = PROJECT / "tests" / "fixtures" / "astronaut.jpg"


@pytest.fixture
def run(workspace, tiny_model):
    made = runs.create(preset_config("Faces", weights="random"))
    made.model_file.write_bytes(tiny_model)
    made.write(Training(dataset="Faces", fingerprint="0" * 16, classes=FIVE))
    made.write(Status(state="finished"))
    return made


@pytest.fixture
def photos(tmp_path, monkeypatch) -> Path:
    """The working folder: a portrait, twice under one name, a picture without a face, and a file that is no picture."""
    for folder in ("album/a", "album/b"):
        (tmp_path / folder).mkdir(parents=True)
        (tmp_path / folder / "face.JPG").write_bytes(PORTRAIT.read_bytes())
    Image.new("RGB", (300, 200), (40, 90, 160)).save(tmp_path / "album" / "sky.png")
    (tmp_path / "album" / "notes.txt").write_text("no picture")
    (tmp_path / "bad.jpg").write_bytes(b"no picture")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_line_for_every_photo_and_status_2_for_one_that_cannot_be_read(run, photos, capsys):
    assert cli.main(["predict", "./album", "bad.jpg", "--model", run.id]) == 2
    lines = capsys.readouterr().out.splitlines()
    assert [line.split(" (")[0].rpartition(" ")[0] if "face 1" in line else line for line in lines] == [
        "./album/a/face.JPG, face 1:",
        "./album/b/face.JPG, face 1:",
        "./album/sky.png: no face was found",
        "bad.jpg: bad.jpg is not a picture that can be read here; choose a JPEG, PNG, WEBP, BMP, GIF or TIFF file.",
    ]


def test_json_holds_the_others_beside_one_that_cannot_be_read(run, photos, capsys):
    assert cli.main(["predict", "album/a/face.JPG", "bad.jpg", "album/sky.png", "--model", run.id, "--json"]) == 2
    good, wrong, sky = json.loads(capsys.readouterr().out)
    assert set(good["faces"][0]) == {"box", "score", "label", "sure", "probabilities", "quality"}
    assert sum(good["faces"][0]["probabilities"].values()) == pytest.approx(1, abs=1e-4)
    assert (good["file"], good["error"], len(good["faces"])) == ("album/a/face.JPG", None, 1)
    assert (wrong["file"], wrong["faces"]) == ("bad.jpg", [])
    assert wrong["error"].startswith("bad.jpg is not a picture")
    assert sky == {"file": "album/sky.png", "faces": [], "error": None}


def test_a_photo_without_a_face_is_no_failure(run, photos, capsys):
    assert cli.main(["predict", "album/sky.png", "--model", run.id]) == 0
    assert capsys.readouterr().out == "album/sky.png: no face was found\n"


@pytest.mark.parametrize(("threshold", "said"), [(0.0, False), (1.0, True)])
def test_text_says_when_the_run_is_not_sure(run, photos, capsys, threshold, said):
    run.write(Calibration(threshold=threshold))
    assert cli.main(["predict", "album/a/face.JPG", "--model", run.id]) == 0
    assert ("face.JPG, face 1: not sure (" in capsys.readouterr().out) is said


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("album", ["album/a/face.JPG", "album/b/face.JPG", "album/sky.png"]),
        ("album/", ["album/a/face.JPG", "album/b/face.JPG", "album/sky.png"]),
        ("bad.jpg", ["bad.jpg"]),
        ("missing", ["missing"]),
        ("x" * 300, ["x" * 300]),
    ],
)
def test_a_folder_stands_for_its_pictures(photos, given, expected):
    assert list(photo_files(given)) == expected


def test_names_that_are_no_text(run, photos, capsysbinary):
    name = os.fsdecode(b"caf\xe9.png")
    Image.new("RGB", (60, 60)).save("sky.png")
    try:
        os.rename("sky.png", name)
    except OSError:
        pytest.skip("this disk takes no names that are not UTF-8")
    assert cli.main(["predict", name, "--model", run.id, "--json"]) == 0
    assert json.loads(capsysbinary.readouterr().out)[0]["file"] == name
    assert cli.main(["predict", name, "--model", run.id]) == 0
    assert capsysbinary.readouterr().out.decode() == "caf\N{REPLACEMENT CHARACTER}.png: no face was found\n"


def test_answering_leaves_nothing_in_the_home_folder(run, tmp_path):
    """ONNX Runtime keeps a device id and an event database there, unless it is told not to."""
    home = tmp_path / "home"
    home.mkdir()
    environment = {name: value for name, value in os.environ.items() if name not in ("ORT_DISABLE_TELEMETRY", "XDG_CACHE_HOME")}
    environment |= {"HOME": str(home), "USERPROFILE": str(home), "LOCALAPPDATA": str(home)}
    command = [sys.executable, "-m", "fer_core", "predict", str(PORTRAIT), "--model", run.id]
    done = subprocess.run(command, cwd=PROJECT, env=environment, capture_output=True, text=True, check=True)
    assert "face 1" in done.stdout
    assert list(home.rglob("*")) == []
