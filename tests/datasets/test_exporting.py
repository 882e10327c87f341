"""A data set as one file, and back."""

import csv
import errno
import json
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
from dataset_sources import face, png

from fer_core import cli
from fer_core.datasets import exporting, store, writing
from fer_core.datasets.edits import Edit, append
from fer_core.datasets.exporting import export_dataset
from fer_core.datasets.importer import import_source
from fer_core.datasets.store import Dataset
from fer_core.errors import InputError

KEPT = ["label", "split", "usage", "file", "hash", "intensity", "votes_happy", "votes_nf"]


def make(name: str = "Mine", **more) -> Dataset:
    labels = ["happy", "a/b", "fear", "happy"] * 3
    rows = pd.DataFrame(
        {
            "label": labels,
            "split": ["train"] * 7 + ["validation"] * 2 + ["test"] * 3,
            "usage": ["Training"] * 9 + ["PublicTest"] * 3,
            "file": [f"fer2013.csv row {number}" if number else 'odd, "näme"\n' for number in range(12)],
            "intensity": np.linspace(0, 1, 12, dtype=np.float32),
            "votes_happy": np.arange(12, dtype=np.int8),
            "votes_nf": np.arange(12, dtype=np.int8)[::-1],
        }
    )
    images = np.stack([face(number) for number in range(12)])
    meta = {"kind": "csv", "source": "fer2013.csv", "votes": "new.csv", "drawn": True, "note": "A note."} | more
    return writing.write_dataset(name, images, rows, classes=("fear", "happy", "sad", "a/b"), **meta)


def decide(data: Dataset, *decisions: tuple[int, str, str]) -> None:
    hashes = data.samples["hash"]
    append(
        data.edits_file,
        [
            Edit(
                sample=sample,
                hash=hashes[sample],
                action=action,
                label=label,
                time=f"2026-01-0{sample + 1}T00:00:00+00:00",
                batch=str(sample),
                fingerprint=data.meta.fingerprint,
            )
            for sample, action, label in decisions
        ],
    )


def test_no_name_in_the_table_of_samples_is_a_formula(workspace: Path, tmp_path: Path) -> None:
    formula, quoted = '=hyperlink("http://x.invalid")', "'=1+1"
    images = np.stack([face(number) for number in range(4)])
    rows = pd.DataFrame(
        {
            "label": [formula, quoted] * 2,
            "split": ["train", "train", "test", "test"],
            "file": ["@a.png", "-b.png", "c.png", quoted],
        }
    )
    writing.write_dataset("Formulas", images, rows, classes=(formula, quoted), kind="folders", source="here")
    export_dataset("Formulas", tmp_path / "out.zip")
    with zipfile.ZipFile(tmp_path / "out.zip") as archive:
        table = list(csv.reader(archive.read("samples.csv").decode().splitlines()))
    assert [cell for row in table for cell in row if cell.startswith(("=", "+", "-", "@"))] == []
    import_source(tmp_path / "out.zip", "Back", classes=None)
    back = store.open_dataset("Back").samples
    assert back["label"].tolist() == rows["label"].tolist()
    assert back["file"].tolist() == rows["file"].tolist()


@pytest.mark.parametrize("suffix", [".zip", ".parquet"])
def test_an_export_comes_back_the_same(workspace: Path, tmp_path: Path, suffix: str) -> None:
    data = make()
    made = export_dataset("Mine", tmp_path / f"out{suffix}")
    assert (made.card.n, made.card.fingerprint, made.size) == (12, data.meta.fingerprint, made.path.stat().st_size)
    report = import_source(made.path, "Back", classes=None)
    assert report.rejected == []
    back = store.open_dataset("Back")
    np.testing.assert_array_equal(back.images, data.images)
    pd.testing.assert_frame_equal(back.samples[KEPT], data.samples[KEPT])
    assert (back.meta.fingerprint, back.meta.classes) == (data.meta.fingerprint, data.meta.classes)
    assert (back.meta.votes, back.meta.drawn, back.meta.validation_cut) == ("new.csv", True, False)
    assert back.meta.note.startswith("Exported from 'Mine' (fer2013.csv, imported 20")
    assert back.meta.note.endswith("labels as imported, no edits applied). A note.")


@pytest.mark.parametrize("suffix", [".zip", ".parquet"])
def test_edits_are_applied_when_asked(workspace: Path, tmp_path: Path, suffix: str) -> None:
    data = make()
    decide(data, (0, "relabel", "fear"), (1, "keep", ""), (7, "exclude", ""), (8, "exclude", ""))
    made = export_dataset("Mine", tmp_path / f"edited{suffix}", labels="edited")
    assert (made.card.n, made.card.relabelled, made.card.excluded) == (10, 1, 2)
    assert made.card.edits == "edits applied: 1 relabelled, 2 excluded, the last on 2026-01-09"
    import_source(made.path, "Back", classes=None)
    back = store.open_dataset("Back")
    assert back.meta.fingerprint == made.card.fingerprint != data.meta.fingerprint
    assert back.samples["label"].tolist()[:2] == ["fear", "a/b"]
    assert back.meta.counts["validation"] == {"fear": 0, "happy": 0, "sad": 0, "a/b": 0}
    np.testing.assert_array_equal(back.images, data.images[[0, 1, 2, 3, 4, 5, 6, 9, 10, 11]])
    assert export_dataset("Mine", tmp_path / f"plain{suffix}").card.fingerprint == data.meta.fingerprint


@pytest.mark.parametrize("suffix", [".zip", ".parquet"])
def test_the_same_data_make_the_same_bytes(workspace: Path, tmp_path: Path, suffix: str) -> None:
    make()
    shares: list[float] = []
    first = export_dataset("Mine", tmp_path / f"a{suffix}", progress=lambda share, text: shares.append(share))
    again = export_dataset("Mine", tmp_path / f"b{suffix}")
    assert first.path.read_bytes() == again.path.read_bytes()
    assert shares == sorted(shares)
    assert (shares[0], shares[-1]) == (0.0, 1.0)


def test_what_the_zip_holds(workspace: Path, tmp_path: Path) -> None:
    make(drawn=False)
    export_dataset("Mine", tmp_path / "out.zip")
    with zipfile.ZipFile(tmp_path / "out.zip") as archive:
        names = archive.namelist()
        card = archive.read("DATA_CARD.md").decode()
    assert names[:6] == [
        "DATA_CARD.md", "data_card.json", "samples.csv",
        "train/happy/000000.png", "train/a_b/000001.png", "train/fear/000002.png",
    ]  # fmt: skip
    assert "| Train | 2 | 3 | 0 | 2 | 7 |" in card
    assert "research only" in card
    assert "| Labels | labels as imported, no edits applied |" in card


def test_what_the_parquet_holds(workspace: Path, tmp_path: Path) -> None:
    make()
    export_dataset("Mine", tmp_path / "out.parquet")
    table = pq.read_table(tmp_path / "out.parquet")
    assert table.column_names == [
        "image", "label", "split", "usage", "imported_label", "intensity", "votes_happy", "votes_nf",
    ]  # fmt: skip
    assert table["image"][0]["bytes"].as_py().startswith(b"\x89PNG")
    assert table.schema.metadata[b"data_card"].startswith(b"# Data card: Mine")


def test_an_unpacked_export_that_was_changed(workspace: Path, tmp_path: Path) -> None:
    make()
    export_dataset("Mine", tmp_path / "out.zip")
    with zipfile.ZipFile(tmp_path / "out.zip") as archive:
        archive.extractall(tmp_path / "out")
    (tmp_path / "out" / "train" / "happy" / "000000.png").unlink()
    (tmp_path / "out" / "train" / "happy" / "new.png").write_bytes(png(99))
    report = import_source(tmp_path / "out", "Back", classes=None)
    assert report.images == 12
    assert [one["reason"] for one in report.rejected] == ["listed in samples.csv, but train/happy/000000.png is not there"]
    np.testing.assert_array_equal(store.open_dataset("Back").images[-1], face(99))


@pytest.mark.parametrize(
    ("name", "said"),
    [("out.csv", "a .zip or a .parquet file"), ("nowhere/out.zip", "folder that exists"), (".zip", "a .zip or a .parquet file")],
)
def test_places_that_will_not_do(workspace: Path, tmp_path: Path, name: str, said: str) -> None:
    make()
    with pytest.raises(InputError, match=said):
        export_dataset("Mine", tmp_path / name)


@pytest.mark.parametrize("suffix", [".zip", ".parquet"])
def test_a_full_disk_is_one_sentence_and_leaves_the_old_file(
    workspace: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, suffix: str
) -> None:
    make()
    out = tmp_path / f"out{suffix}"
    out.write_bytes(b"old")

    def full(face: np.ndarray) -> bytes:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(exporting, "_png", full)
    with pytest.raises(InputError, match="the disk is full"):
        export_dataset("Mine", out)
    assert out.read_bytes() == b"old"
    assert [path.name for path in tmp_path.iterdir() if path.is_file()] == [out.name]


def test_nothing_left_to_export(workspace: Path, tmp_path: Path) -> None:
    data = make()
    decide(data, *((sample, "exclude", "") for sample in range(9)))
    hashes = data.samples["hash"]
    rest = [
        Edit(sample=sample, hash=hashes[sample], action="exclude", batch="x", fingerprint=data.meta.fingerprint)
        for sample in range(9, 12)
    ]
    append(data.edits_file, rest)
    with pytest.raises(InputError, match="undo some edits"):
        export_dataset("Mine", tmp_path / "out.zip", labels="edited")


def test_the_command(workspace: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = make()
    out = tmp_path / "out.zip"
    assert cli.main(["export-dataset", "Mine", "--out", str(out), "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert said["images"] == 12
    assert said["fingerprint"] == data.meta.fingerprint
    assert cli.main(["export-dataset", "Nobody", "--out", str(out)]) == 2
    assert "There is no data set 'Nobody'" in capsys.readouterr().err
