"""The command video: a table, a document, an annotated video; one sentence and nothing left where it cannot be done."""

from __future__ import annotations

import json
from pathlib import Path

import clips
import pandas as pd
import pytest

from fer_core import cli, runs
from fer_core.labels import FIVE
from fer_core.runs.config import preset_config
from fer_core.runs.records import Status, Training


@pytest.fixture
def run(workspace, tiny_model):
    made = runs.create(preset_config("Faces", weights="random"))
    made.model_file.write_bytes(tiny_model)
    made.write(Training(dataset="Faces", fingerprint="0" * 16, classes=FIVE))
    made.write(Status(state="finished"))
    return made


@pytest.fixture
def clip(tmp_path, monkeypatch) -> Path:
    """Eight frames of two faces that pass, in the working folder."""
    monkeypatch.chdir(tmp_path)
    return clips.write(tmp_path / "clip.mp4", clips.crossing, 8)


@pytest.mark.parametrize("name", ["table.csv", "table.parquet"])
def test_a_row_for_each_face_and_frame(run, clip, capsys, name):
    assert cli.main(["video", "clip.mp4", "--model", run.id, "--out", name]) == 0
    table = pd.read_csv(name) if name.endswith("csv") else pd.read_parquet(name)
    assert table[["frame", "track"]].to_numpy().tolist() == [[frame, track] for frame in range(8) for track in (1, 2)]
    assert table["seconds"].tolist() == pytest.approx([frame / 10 for frame in range(8) for _ in (1, 2)])
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == f"clip.mp4: 8 frames, 0.7 s, 2 tracks of faces, 16 rows in {name}"
    assert lines[1].startswith("track 1: 0.00 s to 0.70 s, 8 rows, mostly ")
    assert len(lines) == 3 + len(FIVE)


def test_the_document_and_the_annotated_video(run, clip, capsys):
    arguments = ["video", "clip.mp4", "--model", run.id, "--out", "t.csv", "--annotated", "a.mp4", "--every", "2", "--json"]
    assert cli.main(arguments) == 0
    document = json.loads(capsys.readouterr().out)
    assert {key: document[key] for key in ("file", "width", "height", "rotation", "every", "frames", "rows", "notes")} == {
        "file": "clip.mp4",
        "width": 640,
        "height": 360,
        "rotation": 0,
        "every": 2,
        "frames": 4,
        "rows": 8,
        "notes": [],
    }
    assert set(document["peaks"]) == set(FIVE)
    frames = list(clips.opened(Path("a.mp4")).frames())
    assert [round(frame.seconds, 3) for frame in frames] == [0.0, 0.2, 0.4, 0.6]


def test_a_video_without_a_face_is_done_and_says_so(run, tmp_path, capsys):
    clips.write(tmp_path / "grey.mp4", lambda number: [], 3)
    assert cli.main(["video", str(tmp_path / "grey.mp4"), "--model", run.id, "--out", str(tmp_path / "t.csv")]) == 0
    assert "No face was found in grey.mp4" in capsys.readouterr().out
    assert pd.read_csv(tmp_path / "t.csv").empty


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["nothing.mp4", "--out", "t.csv"], "nothing.mp4 cannot be opened (No such file or directory); check the path."),
        (["text.mp4", "--out", "t.csv", "--annotated", "a.mp4"], "text.mp4 is not a video that can be read here"),
        (["clip.mp4", "--out", "t.txt"], "--out must end in .csv or .parquet; got 't.txt'."),
        (["clip.mp4", "--out", "t.csv", "--annotated", "a.avi"], "--annotated must end in .mp4; got 'a.avi'."),
        (["clip.mp4", "--out", "t.csv", "--annotated", "clip.mp4"], "--annotated must be another file than the video itself."),
        (["clip.mp4", "--out", "t.csv", "--every", "0"], "--every must be at least 1; got 0."),
        (["clip.mp4", "--out", "none/t.csv"], "none/t.csv cannot be written"),
    ],
)
def test_what_cannot_be_done_is_one_line_and_leaves_nothing(run, clip, capfd, arguments, sentence):
    Path("text.mp4").write_text("no video at all" * 20)
    before = sorted(Path().iterdir())
    assert cli.main(["video", *arguments, "--model", run.id]) == 2
    said = capfd.readouterr()
    assert said.err.startswith(sentence)
    assert said.err.count("\n") == 1
    assert said.out == ""
    assert sorted(Path().iterdir()) == before
