"""A source becomes a data set, whole or not at all."""

import csv
import os
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from dataset_sources import archive, face, kaggle, left_behind, png, tree

from fer_core.datasets import store
from fer_core.datasets.codings import choose
from fer_core.datasets.importer import import_source
from fer_core.errors import ImportRefusedError, InputError, NameTakenError, NotFoundError

PROJECT = Path(__file__).resolve().parents[2]


def test_the_kaggle_layout(workspace: Path, tmp_path: Path) -> None:
    report = import_source(archive(tmp_path / "fer.zip", kaggle()), "Mine")
    assert report.to_dict() == {
        "name": "Mine",
        "images": 26,
        "classes": {
            "train": {"fear": 9, "happy": 9},
            "validation": {"fear": 1, "happy": 1},
            "test": {"fear": 3, "happy": 3},
        },
        "skipped": {"sad": 13},
        "rejected": [],
        "size": 48,
        "colour": "grey",
        "enlarged": 0,
        "subjects": 0,
    }
    assert [note.split(",")[0] for note in report.notes] == [
        "Read as: Folders of classes.",
        "Asked for",
        "Validation has at most 1 face of fear",
    ]
    dataset = store.open_dataset("Mine")
    meta = dataset.meta
    assert (meta.kind, meta.source, meta.validation_cut, meta.drawn, meta.n) == ("kaggle", "fer.zip", True, False, 26)
    assert meta.classes == ("fear", "happy")
    samples = dataset.samples
    assert list(samples["id"]) == list(range(26))
    first = samples[samples["file"] == "train/happy/004.png"].iloc[0]
    np.testing.assert_array_equal(dataset.images[first["id"]], face(4))
    assert first["usage"] == "train"
    assert set(samples.loc[samples["split"] == "test", "usage"]) == {"test"}
    assert first["brightness"] == pytest.approx(face(4).mean(), abs=1e-3)


def test_the_same_pictures_make_the_same_data_set_from_a_folder_and_a_zip(workspace: Path, tmp_path: Path) -> None:
    files = kaggle()
    import_source(archive(tmp_path / "fer.zip", dict(reversed(files.items()))), "a")
    import_source(tree(tmp_path / "fer", files), "b")
    assert store.open_dataset("a").meta.fingerprint == store.open_dataset("b").meta.fingerprint


@pytest.mark.parametrize(
    ("classes", "stored", "skipped"),
    [
        (("happy", "sad"), ("happy", "sad"), {"contempt": 2, "fear": 2}),
        (("sadness", "JOY", "afraid"), ("fear", "happy", "sad"), {"contempt": 2}),
        (None, ("fear", "happy", "sad", "contempt"), {}),
        (("neutral", "contempt"), ("contempt",), {"fear": 2, "happy": 2, "sad": 2}),
    ],
)
def test_chosen_classes(workspace: Path, tmp_path: Path, classes: tuple | None, stored: tuple, skipped: dict) -> None:
    files = {
        f"{label}/{number}.png": png(10 * index + number)
        for index, label in enumerate(("Happiness", "Fear", "sad", "Contempt"))
        for number in range(2)
    }
    report = import_source(tree(tmp_path / "x", files), "Mine", classes=classes)
    meta = store.open_dataset("Mine").meta
    assert meta.classes == stored
    assert report.skipped == skipped == meta.skipped
    assert report.images == 2 * len(stored)
    assert report.rejected == []


def test_usage_values_of_the_original_table(workspace: Path, tmp_path: Path) -> None:
    path = tmp_path / "fer2013.csv"
    usages = ["Training"] * 20 + ["PublicTest"] * 3 + ["PrivateTest"] * 2 + ["Elsewhere"]
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["emotion", "pixels", "Usage"])
        writer.writerows(
            [[number % 2 * 3, " ".join(map(str, face(number).ravel())), usage] for number, usage in enumerate(usages)]
        )
    report = import_source(path, "Table")
    assert {split: sum(counts.values()) for split, counts in report.classes.items()} == {"train": 18, "validation": 2, "test": 5}
    assert report.rejected == [{"file": "fer2013.csv row 26", "reason": "unknown split 'Elsewhere'"}]
    samples = store.open_dataset("Table").samples
    assert samples.groupby("usage")["split"].unique().map(sorted).to_dict() == {
        "Training": ["train", "validation"],
        "PublicTest": ["test"],
        "PrivateTest": ["test"],
    }
    assert store.open_dataset("Table").meta.kind == "csv"


def test_a_validation_split_of_the_source_is_kept(workspace: Path, tmp_path: Path) -> None:
    files = kaggle() | {"val/happy/x.png": png(77)}
    report = import_source(tree(tmp_path / "x", files), "Mine")
    assert report.classes["validation"] == {"fear": 0, "happy": 1}
    assert sum(report.classes["train"].values()) == 20
    assert not store.open_dataset("Mine").meta.validation_cut


@pytest.mark.parametrize(
    ("split", "expected"),
    [("test", {"test": 6}), ("validation", {"validation": 6}), ("train", {"train": 4, "validation": 2})],
)
def test_one_split_folder_alone_is_a_split(workspace: Path, tmp_path: Path, split: str, expected: dict[str, int]) -> None:
    files = {f"{split}/{label}/{n}.png": png(n + offset) for label, offset in (("happy", 0), ("fear", 50)) for n in range(3)}
    report = import_source(archive(tmp_path / "x.zip", files), "Mine", classes=None)
    assert {name: sum(counts.values()) for name, counts in report.classes.items() if sum(counts.values())} == expected
    assert store.open_dataset("Mine").meta.classes == ("fear", "happy")


def test_parquet(workspace: Path, tmp_path: Path) -> None:
    for split, offset in (("train", 0), ("test", 100)):
        cells = {
            "image": [{"bytes": png(offset + number), "path": f"{number}.png"} for number in range(20)],
            "label": ["Happy", "anger"] * 10,
        }
        pq.write_table(pa.table(cells), tmp_path / f"{split}-00000-of-00001.parquet")
    report = import_source(tmp_path, "Hub")
    assert report.classes == {
        "train": {"angry": 9, "happy": 9},
        "validation": {"angry": 1, "happy": 1},
        "test": {"angry": 10, "happy": 10},
    }
    assert store.open_dataset("Hub").meta.kind == "parquet"


def test_nasty_files_are_listed_and_stop_nothing(workspace: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FER_MAX_IMAGE_PIXELS", "10000")
    files = kaggle() | {
        "train/happy/empty.jpg": b"",
        "train/happy/text.jpg": b"hello",
        "train/happy/cut.png": png(3)[:500],
        "train/happy/big.png": png(3, 101),
        "train/happy/notes.txt": b"notes",
        "train/happy/Thumbs.db": b"x",
        "train/sad/cut.png": b"not of a chosen class",
    }
    report = import_source(archive(tmp_path / "x.zip", files), "Mine")
    assert report.images == 26
    assert report.skipped == {"sad": 14}
    assert [entry["file"].rsplit("/", 1)[1] for entry in report.rejected] == [
        "big.png",
        "cut.png",
        "empty.jpg",
        "notes.txt",
        "text.jpg",
    ]
    assert [entry["reason"].split(":")[0] for entry in report.rejected] == [
        "101 x 101 pixels are more than the limit of 10,000",
        "damaged",
        "the file is empty",
        "not a format that can be read (.txt)",
        "not a picture in a format that can be read",
    ]
    assert [one.model_dump() for one in store.open_dataset("Mine").meta.rejected] == report.rejected


def test_a_file_name_that_is_no_utf8_is_stored(workspace: Path, tmp_path: Path) -> None:
    root = tree(tmp_path / "x", kaggle())
    (root / "train/happy" / os.fsdecode(b"\xff\xfe.png")).write_bytes(png(900))
    assert import_source(root, "Mine").images == 27


@pytest.mark.parametrize(
    ("name", "keywords", "error"),
    [
        ("../x", {}, InputError),
        ("", {}, InputError),
        (".hidden", {}, InputError),
        ("x" * 61, {}, InputError),
        ("taken", {}, NameTakenError),
        ("Taken", {}, NameTakenError),
    ],
)
def test_names_and_arguments_are_checked_before_the_source(
    workspace: Path, tmp_path: Path, name: str, keywords: dict, error: type
) -> None:
    import_source(archive(tmp_path / "x.zip", kaggle()), "taken")
    with pytest.raises(error):
        import_source(tmp_path / "not even there.zip", name, **keywords)


def test_a_source_that_is_not_there(workspace: Path, tmp_path: Path) -> None:
    with pytest.raises(NotFoundError):
        import_source(tmp_path / "gone", "Mine")
    assert left_behind(workspace) == []


def test_overwriting_replaces_when_complete_and_not_when_it_fails(workspace: Path, tmp_path: Path) -> None:
    import_source(archive(tmp_path / "a.zip", kaggle()), "Mine")
    old = store.open_dataset("Mine")
    pixels = np.array(old.images)
    with pytest.raises(ImportRefusedError):
        import_source(archive(tmp_path / "b.zip", {}), "Mine", overwrite=True)
    assert store.open_dataset("Mine").meta == old.meta
    import_source(archive(tmp_path / "c.zip", kaggle(train=5)), "MINE", overwrite=True)
    assert left_behind(workspace) == ["MINE"]
    assert store.open_dataset("MINE").meta.n == 16
    np.testing.assert_array_equal(old.images, pixels)


def test_progress_rises_to_one_and_is_throttled(workspace: Path, tmp_path: Path) -> None:
    said: list[tuple[float, str]] = []
    import_source(archive(tmp_path / "a.zip", kaggle(train=400)), "Mine", progress=lambda *news: said.append(news))
    fractions = [fraction for fraction, _ in said]
    assert fractions == sorted(fractions)
    assert fractions[0] == 0
    assert said[-1] == (1.0, "806 faces imported")
    assert len(said) < 40


def test_the_real_archive(workspace: Path, shared: Path) -> None:
    report = import_source(shared / "data" / "fer2013.zip", "FER2013")
    counts = report.classes
    assert sum(counts["test"].values()) == 2521
    assert sum(counts["train"].values()) + sum(counts["validation"].values()) == 20708
    assert report.skipped == {"sad": 5483, "surprise": 3586}
    assert report.rejected == []
    assert counts["test"] == {"angry": 467, "disgust": 56, "fear": 496, "happy": 895, "neutral": 607}
    for label, n in {"angry": 3995, "disgust": 436, "fear": 4097, "happy": 7215, "neutral": 4965}.items():
        assert counts["train"][label] + counts["validation"][label] == n
        assert abs(counts["validation"][label] - 0.1 * n) < 3
    dataset = store.open_dataset("FER2013")
    page = dataset.images[dataset.split("test")["id"].to_numpy()[:48]]
    assert page.shape == (48, 48, 48)
    train, validation = (set(dataset.split(split)["hash"]) for split in ("train", "validation"))
    assert not train & validation


def test_the_real_table(workspace: Path, shared: Path) -> None:
    report = import_source(shared / "data" / "ferplus" / "fer2013_part.csv.gz", "Part", classes=None)
    counts = {split: sum(values.values()) for split, values in report.classes.items()}
    assert counts["train"] + counts["validation"] == 5966
    assert counts["test"] == 3579
    assert report.skipped == {}
    assert report.rejected == []


def test_a_mapping_is_said_kept_and_used_again(workspace: Path, tmp_path: Path) -> None:
    files = {f"{label}/{n}.png": png(100 * k + n) for k, label in enumerate(("Anger", "7", "odd", "skip")) for n in range(3)}
    source = archive(tmp_path / "x.zip", files)
    report = import_source(source, "Mine", classes=None, naming=choose(mapping="7=contempt,odd=skip"))
    assert report.classes["train"].keys() == {"angry", "contempt", "skip"}, "a class of that name is one"
    assert report.skipped == {"odd": 3}
    assert {
        "Class numbers were read by coding map, as was chosen: 7 contempt.",
        "Skipped as was chosen: 'odd' (3).",
        "Spellings of expressions: 'Anger' as angry.",
    } <= set(report.notes)
    meta = store.open_dataset("Mine").meta
    assert meta.mapping == {"Anger": "angry", "7": "contempt", "odd": "skip"}
    assert meta.is_mapped
    again = import_source(source, "Again", classes=None, naming=choose(mapping=store.open_dataset("Mine").path / "dataset.json"))
    assert again.skipped == {"odd": 3}

    with pytest.raises(ImportRefusedError, match=r"Every label of 'x.zip' is skipped: 7, Anger, odd, skip; map one"):
        import_source(source, "None", classes=None, naming=choose(mapping="7=skip,odd=skip,anger=skip,skip=skip"))
