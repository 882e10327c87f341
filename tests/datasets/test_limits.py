"""Inputs that would take too much, or never end, are refused in one sentence and leave nothing behind."""

import gzip
import io
import os
import tarfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from dataset_sources import archive, face, kaggle, left_behind, png, tree
from PIL import Image

from fer_core import cli
from fer_core.datasets import store
from fer_core.datasets.codings import choose
from fer_core.datasets.importer import import_source
from fer_core.datasets.readers.parquet_pages import rows_at_once
from fer_core.errors import ImportRefusedError, InputError

PIXELS = " ".join(map(str, face(1).ravel()))


def table(labels: list[str]) -> bytes:
    return ("emotion,pixels\n" + "".join(f"{label},{PIXELS}\n" for label in labels)).encode()


def repeated(rows: int, size: int, **options: object) -> Callable[[Path], Path]:
    """A parquet file in which one long value stands once and is meant `rows` times."""

    def make(folder: Path) -> Path:
        values = pa.DictionaryArray.from_arrays(pa.array([0] * rows, pa.int32()), pa.array([bytes(size)]))
        pq.write_table(
            pa.table({"image": values, "label": ["happy"] * rows}), folder / "a.parquet", compression="zstd", **options
        )
        return folder / "a.parquet"

    return make


def packed_tar(folder: Path) -> Path:
    with tarfile.open(folder / "a.tar", "w") as target:
        entry = tarfile.TarInfo("../outside.png")
        target.addfile(entry, io.BytesIO())
    return folder / "a.tar"


def linked_tar(folder: Path) -> Path:
    with tarfile.open(folder / "a.tar", "w") as target:
        entry = tarfile.TarInfo("happy/1.png")
        entry.type, entry.linkname = tarfile.SYMTYPE, "/etc/passwd"
        target.addfile(entry)
    return folder / "a.tar"


def large_header(folder: Path) -> Path:
    """A tar archive whose first entry's own description claims to have 200 MB."""
    entry = tarfile.TarInfo("x")
    entry.type, entry.size = tarfile.XHDTYPE, 200_000_000
    (folder / "a.tar.gz").write_bytes(gzip.compress(entry.tobuf(tarfile.PAX_FORMAT) + bytes(200_000_000), 1))
    return folder / "a.tar.gz"


@pytest.mark.parametrize(
    ("setting", "make", "message"),
    [
        ({"FER_MAX_ROWS": "20"}, lambda folder: archive(folder / "x.zip", kaggle()), "more than 20 samples"),
        (
            {"FER_MAX_CLASSES": "5"},
            lambda folder: tree(folder, {"a.csv": table([f"class {n} x" for n in range(9)])}) / "a.csv",
            "more than 5 different classes",
        ),
        ({"FER_MAX_NAME_BYTES": "500"}, lambda folder: archive(folder / "x.zip", kaggle()), "The names of the samples take more"),
        ({"FER_MAX_ARCHIVE_FILES": "9"}, lambda folder: tree(folder / "x", kaggle()), "holds more than 9 files"),
        ({"FER_MAX_CELL_BYTES": "1000"}, repeated(9, 2_000), "a cell of 2,000 bytes is more than the limit"),
        ({"FER_MAX_DECODED_BYTES": "16000000"}, repeated(9, 9_000_000), "a part of it unpacks to 9,000,004 bytes"),
        ({"FER_MAX_FILE_BYTES": "100"}, lambda folder: archive(folder / "x.zip", kaggle()), "larger than 100 bytes"),
        (
            {"FER_MAX_DECODED_BYTES": "16000000"},
            lambda folder: tree(folder / "x", {"happy/1.png": png(1, 1_600)}),
            "FER_MAX_DECODED",
        ),
        ({}, packed_tar, "points outside"),
        ({}, linked_tar, "is a link or a device"),
        ({}, large_header, "its list of files alone has more than"),
    ],
    ids=lambda value: value.__name__ if callable(value) else str(value),
)
def test_limits(
    workspace: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, setting: dict[str, str], make: Callable, message: str
) -> None:
    for name, value in setting.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(ImportRefusedError, match=message):
        import_source(make(tmp_path), "Mine", classes=None)
    assert left_behind(workspace) == []


@pytest.mark.parametrize(
    ("size", "use_dictionary", "rows"),
    [(1_000, True, 64), (20_000_000, True, 6), (150_000_000, True, 1), (1_000, False, 64)],
)
def test_rows_that_are_read_at_once(tmp_path: Path, size: int, use_dictionary: bool, rows: int) -> None:
    path = repeated(64, size, use_dictionary=use_dictionary)(tmp_path)
    with path.open("rb") as file:
        assert rows_at_once(file, pq.read_metadata(path), ["image", "label"], "a.parquet") == rows


def test_many_rejected_samples_are_counted(workspace: Path, tmp_path: Path) -> None:
    content = table(["3"] * 20) + b"3,x\n" * 10_500 + b",1 2\n" * 7
    report = import_source(tree(tmp_path, {"a.csv": content}) / "a.csv", "Mine", classes=None)
    assert report.images == 20
    assert len(report.rejected) == 10_002
    assert report.rejected[-2:] == [
        {"file": "500 more", "reason": "the pixels are not all whole numbers"},
        {"file": "7 more", "reason": "2 pixels make no square picture"},
    ]


def test_faces_beyond_the_memory_go_through_a_file(workspace: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from fer_core.datasets import harvest

    import_source(archive(tmp_path / "x.zip", kaggle()), "a")
    monkeypatch.setattr(harvest, "_IN_MEMORY", 5_000)
    import_source(archive(tmp_path / "x.zip", kaggle()), "b")
    assert left_behind(workspace) == ["a", "b"]
    np.testing.assert_array_equal(store.open_dataset("a").images, store.open_dataset("b").images)
    assert store.open_dataset("a").meta.fingerprint == store.open_dataset("b").meta.fingerprint


class TestNothingButRegularFiles:
    @pytest.fixture
    def pipe(self, tmp_path: Path) -> Path:
        os.mkfifo(tmp_path / "pipe.csv")
        return tmp_path / "pipe.csv"

    def test_in_a_folder(self, workspace: Path, tmp_path: Path) -> None:
        root = tree(tmp_path / "x", kaggle())
        os.mkfifo(root / "train" / "happy" / "pipe.png")
        (root / "train" / "happy" / "zero.png").symlink_to("/dev/zero")
        report = import_source(root, "Mine")
        assert [(one["file"], one["reason"]) for one in report.rejected] == [
            ("train/happy/pipe.png", "not a regular file"),
            ("train/happy/zero.png", "not a regular file"),
        ]

    @pytest.mark.parametrize("name", ["a.csv", "a.parquet", "data_card.json", "x.zip", "label.csv", "list_patition_label.txt"])
    def test_in_the_place_of_a_table(self, workspace: Path, tmp_path: Path, name: str) -> None:
        root = tree(tmp_path / "x", {"p1.png": png(1)} if "label" in name else {})
        os.mkfifo(root / name)
        with pytest.raises(ImportRefusedError):
            import_source(root, "Mine")

    def test_as_the_source(self, workspace: Path, pipe: Path) -> None:
        with pytest.raises(InputError, match="is a named pipe, and only regular files are read"):
            import_source(pipe, "Mine")

    @pytest.mark.parametrize("option", ["--votes", "--map"])
    def test_as_an_option(self, workspace: Path, tmp_path: Path, pipe: Path, option: str) -> None:
        source = tree(tmp_path / "x", {"fer2013.csv": table(["3"])}) / "fer2013.csv"
        assert cli.main(["import", str(source), "--name", "Mine", option, str(pipe)]) == 2

    @pytest.mark.parametrize("source", ["/dev/zero", "pipe"])
    def test_as_decisions(self, workspace: Path, tmp_path: Path, pipe: Path, source: str, capsys: pytest.CaptureFixture) -> None:
        import_source(archive(tmp_path / "x.zip", kaggle()), "Mine")
        assert cli.main(["edits", "Mine", "--import", str(pipe) if source == "pipe" else source]) == 2
        assert "only regular files are read" in capsys.readouterr().err


def test_linked_folders_are_followed_and_loops_are_named(workspace: Path, tmp_path: Path) -> None:
    root = tree(tmp_path / "x", {f"happy/{n}.png": png(n) for n in range(3)})
    tree(tmp_path / "elsewhere", {f"{n}.png": png(10 + n) for n in range(3)})
    (root / "sad").symlink_to(tmp_path / "elsewhere")
    (root / "happy" / "again").symlink_to(root)
    report = import_source(root, "Mine", classes=None)
    assert store.open_dataset("Mine").meta.classes == ("happy", "sad")
    assert report.images == 6
    assert "Linked folders that lead back into themselves were not followed: 'happy/again'." in report.notes


def jpeg(size: int, cut: float) -> bytes:
    content = io.BytesIO()
    ramp = (np.indices((size, size)).sum(0) * 3 % 251).astype(np.uint8)
    Image.fromarray(ramp).save(content, "JPEG", quality=95)
    whole = content.getvalue()
    return whole[: len(whole) - int(cut if cut >= 1 else cut * len(whole))]


@pytest.mark.parametrize(("cut", "outcome"), [(0, "face"), (2, "face"), (60, "face"), (0.6, "damaged: cut short")])
def test_a_jpeg_that_is_short_of_its_last_bytes(workspace: Path, tmp_path: Path, cut: int, outcome: str) -> None:
    files = {"happy/a.jpg": jpeg(120, cut), "happy/b.png": png(1), "sad/c.png": png(2)}
    report = import_source(tree(tmp_path / "x", files), "Mine", classes=None)
    assert ("face" if report.images == 3 else report.rejected[0]["reason"])[: len(outcome)] == outcome
    assert any("short of its last bytes" in note for note in report.notes) is (outcome == "face" and cut > 0)


def test_avif(workspace: Path, tmp_path: Path) -> None:
    content = io.BytesIO()
    Image.fromarray(np.full((96, 96, 3), 90, np.uint8)).save(content, "AVIF")
    import_source(tree(tmp_path / "x", {"happy/a.avif": content.getvalue()}), "Mine", classes=None)
    assert abs(int(store.open_dataset("Mine").images[0].mean()) - 90) <= 2


@pytest.mark.parametrize(
    ("mapping", "classes", "note"),
    [
        ("", ("surprise", "natural"), "if it means neutral, import with --map natural=neutral"),
        ("natural=neutral", ("surprise", "neutral"), "Names were taken as was chosen: 'natural' as neutral."),
    ],
)
def test_misspelled_classes(workspace: Path, tmp_path: Path, mapping: str, classes: tuple, note: str) -> None:
    files = {"suprise/1.png": png(1), "natural/1.png": png(2)}
    report = import_source(tree(tmp_path / "x", files), "Mine", classes=None, naming=choose("", mapping))
    assert store.open_dataset("Mine").meta.classes == classes
    assert any(note in said for said in report.notes)
