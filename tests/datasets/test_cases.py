"""Every input of ../shared/cases gives what its README says; skipped where the folder is not on this machine."""

import json
import os
import subprocess
from pathlib import Path

import pytest
from dataset_sources import left_behind

from fer_core import cli
from fer_core.datasets import store

CASES = Path(__file__).resolve().parents[3] / "shared" / "cases"
pytestmark = pytest.mark.skipif(not (CASES / "import").is_dir(), reason="needs ../shared/cases, which is not on this machine")

SEVEN = ("angry", "disgust", "fear", "happy", "sad", "surprise", "neutral")
EIGHT = (*SEVEN, "contempt")
RAFDB = dict.fromkeys(SEVEN, (8, 3)) | {"happy": (16, 6)}
TABLE = dict.fromkeys(SEVEN, (8, 2))

# File, options, {class: (faces in train and validation, faces in test)}.
IMPORTED = [
    ("raf-db-dataset.zip", ["--coding", "rafdb"], RAFDB),
    ("rafdb_train_set.zip", ["--coding", "rafdb"], dict.fromkeys(SEVEN, (12, 0))),
    ("RAF-DB-basic.zip", [], dict.fromkeys(SEVEN, (8, 3))),
    ("affectnet_numbers.zip", ["--coding", "affectnet"], dict.fromkeys(EIGHT, (11, 0))),
    ("affectnet_0-Anger.zip", [], dict.fromkeys(EIGHT, (8, 3))),
    (
        "affectnet_0-Anger.zip",
        ["--classes", "five"],
        dict.fromkeys(("angry", "disgust", "fear", "happy", "neutral"), (8, 3)),
    ),
    ("class_subject.zip", [], dict.fromkeys(("angry", "happy", "sad", "surprise", "contempt"), (12, 0))),
    ("split_test_set.zip", [], dict.fromkeys(SEVEN, (4, 4))),
    ("face-expression-recognition-dataset.zip", [], dict.fromkeys(SEVEN, (18, 0))),
    ("folders_0_angry.zip", [], dict.fromkeys(SEVEN, (11, 0))),
    (
        "facial_expressions.zip",
        [],
        {
            "angry": (4, 0),
            "disgust": (4, 0),
            "fear": (3, 0),
            "happy": (6, 0),
            "sad": (3, 0),
            "surprise": (4, 0),
            "neutral": (3, 0),
            "contempt": (3, 0),
        },
    ),
    ("hf_imagefolder_metadata.zip", [], dict.fromkeys(SEVEN, (4, 0)) | {"angry": (5, 0), "disgust": (5, 0)}),
    ("hf_repo.zip", [], dict.fromkeys(SEVEN, (5, 5))),
    (
        "FERPlus_generated.zip",
        ["--labels", "crowd"],
        {
            "angry": (1, 0),
            "disgust": (1, 0),
            "fear": (1, 0),
            "happy": (3, 1),
            "sad": (3, 1),
            "surprise": (3, 1),
            "neutral": (3, 1),
            "contempt": (1, 0),
        },
    ),
    ("jaffe_small.zip", [], dict.fromkeys(SEVEN, (3, 0))),
    ("KDEF.zip", [], dict.fromkeys(SEVEN, (25, 0))),
    ("fer2013.tar.gz", [], TABLE),
    ("fer2013_targz_inside.zip", [], TABLE),
    ("csv_pixels_commas.csv.gz", [], TABLE),
    ("csv_pixels_float.csv.gz", [], TABLE),
    ("csv_utf16.csv.gz", [], TABLE),
    ("csv_wide.csv.gz", [], dict.fromkeys(SEVEN, (10, 0))),
    ("fer2013_enhanced.parquet", [], TABLE),
    ("wds_fer2013_cls.parquet", ["--coding", "fer2013"], dict.fromkeys(SEVEN, (10, 0))),
]


def bring(name: str, *options: str) -> int:
    return cli.main(["import", str(CASES / name), "--name", "Case", "--classes", "all", *options])


@pytest.mark.parametrize(
    ("name", "options", "expected"), IMPORTED, ids=[f"{name} {' '.join(more)}" for name, more, _ in IMPORTED]
)
def test_imported(workspace: Path, name: str, options: list[str], expected: dict[str, tuple[int, int]]) -> None:
    assert bring(f"import/{name}", *options) == 0
    counts = store.open_dataset("Case").meta.counts
    assert {
        label: (counts["train"][label] + counts["validation"][label], counts["test"][label]) for label in counts["train"]
    } == expected


@pytest.mark.parametrize(
    ("name", "options", "said"),
    [
        ("import/raf-db-dataset.zip", [], "coding rafdb (1 to 7) fits"),
        ("import/rafdb_train_set.zip", [], "coding rafdb (1 to 7) fits"),
        ("import/affectnet_numbers.zip", [], "coding affectnet (0 to 7) fits"),
        ("import/wds_fer2013_cls.parquet", [], "coding fer2013 (0 to 6) fits"),
        ("import/affectnet_numbers.zip", ["--coding", "rafdb"], "which coding rafdb (1 to 7) does not have"),
        ("import/FERPlus_generated.zip", [], "--labels crowd"),
        pytest.param("hostile/bomb_rows.csv.gz", [], "1 x 1 pixels show no face", marks=pytest.mark.slow),
        ("hostile/bomb_dict.parquet", [], "FER_MAX_CELL_BYTES"),
        ("hostile/zip_fifield.zip", [], "its entries overlap"),
        ("hostile/zip_liar.zip", [], "larger than 48,000,000 bytes"),
    ],
)
def test_refused(workspace: Path, capsys: pytest.CaptureFixture, name: str, options: list[str], said: str) -> None:
    assert bring(name, *options) == 2
    sentence = capsys.readouterr().err
    assert len(sentence.strip().splitlines()) == 1
    assert said in sentence
    assert left_behind(workspace) == []


@pytest.mark.parametrize(
    ("name", "options", "said"),
    [
        ("face-expression-recognition-dataset.zip", [], "63 of 126 pictures are copies of others"),
        ("affectnet_0-Anger.zip", ["--classes", "five"], "skipped (classes not chosen): contempt 11, sad 11, surprise 11"),
        ("RAF-DB-basic.zip", [], "by coding rafdb, which this layout defines: 1 surprise, 2 fear"),
        ("split_test_set.zip", [], "Splits: 'test_set' is test, 'training_set' is train."),
        ("csv_wide.csv.gz", [], "There is no test split"),
        ("csv_wide.csv.gz", [], "Validation has at most 1 face of angry"),
        ("KDEF.zip", [], "175 images, 128x128 grey"),
    ],
)
def test_said(workspace: Path, capsys: pytest.CaptureFixture, name: str, options: list[str], said: str) -> None:
    assert bring(f"import/{name}", *options) == 0
    assert said in capsys.readouterr().out


@pytest.mark.parametrize(
    ("name", "column", "values"),
    [
        ("class_subject.zip", "subject", {"S010", "S055", "S138"}),
        ("jaffe_small.zip", "subject", {"KA"}),
        ("KDEF.zip", "subject", {"F01", "F02", "M01", "M02"}),
        ("KDEF.zip", "angle", {"straight", "half left", "half right", "full left", "full right"}),
    ],
)
def test_columns(workspace: Path, name: str, column: str, values: set[str]) -> None:
    assert bring(f"import/{name}") == 0
    assert set(store.open_dataset("Case").samples[column]) == values


def test_votes_of_ferplus(workspace: Path) -> None:
    assert bring("import/FERPlus_generated.zip", "--labels", "crowd") == 0
    first = store.open_dataset("Case").samples.set_index("file").loc["data/FER2013Train/fer0000001.png"]
    assert (first["label"], first["votes_happy"], first["votes_unknown"]) == ("happy", 8, 2)


def test_linked_class_folders(workspace: Path, tmp_path: Path) -> None:
    subprocess.run(["sh", str(CASES / "import" / "make_symlinks.sh"), str(tmp_path / "t")], check=True, stdout=subprocess.DEVNULL)
    assert cli.main(["import", str(tmp_path / "t" / "data"), "--name", "Case", "--classes", "all"]) == 0
    assert store.open_dataset("Case").meta.n == 28


def test_hostile_names_are_kept_as_they_are(workspace: Path) -> None:
    assert bring("hostile/evil.zip") == 0
    assert any("<script>" in label for label in store.open_dataset("Case").meta.classes)


def test_deep_decisions_are_one_sentence(workspace: Path, capsys: pytest.CaptureFixture) -> None:
    assert bring("import/split_test_set.zip") == 0
    capsys.readouterr()
    assert cli.main(["edits", "Case", "--import", str(CASES / "hostile" / "e-deep.jsonl"), "--json"]) == 2
    assert len(capsys.readouterr().err.splitlines()) == 1
    assert "edits.jsonl" not in os.listdir(workspace / "datasets" / "Case")
    assert json.loads((workspace / "datasets" / "Case" / "dataset.json").read_text())["n"] == 56
