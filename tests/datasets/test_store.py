"""Data sets on disk: names, opening, damage, deleting, edits."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from fer_core.datasets import staging, store, writing
from fer_core.errors import DatasetError, InputError, NameTakenError, NotFoundError
from fer_core.settings import PROJECT

IMAGES = np.random.default_rng(0).integers(0, 256, (6, 48, 48), dtype=np.uint8)
SAMPLES = pd.DataFrame(
    {"label": ["happy", "fear", "happy", "fear", "happy", "happy"], "split": ["train"] * 3 + ["validation"] + ["test"] * 2}
)


def write(name: str = "Mine", images: np.ndarray = IMAGES, samples: pd.DataFrame = SAMPLES, **rest: object) -> store.Dataset:
    keywords = {"classes": ("fear", "happy"), "kind": "folders", "source": "here"} | rest
    return writing.write_dataset(name, images, samples, **keywords)


def test_what_is_written_is_read_again(workspace: Path) -> None:
    written = write(samples=SAMPLES.assign(intensity=np.float32(0.5)), drawn=True, note="drawn here", skipped={"sad": 2})
    dataset = store.open_dataset("Mine")
    assert dataset.meta == written.meta
    assert dataset.meta.counts == {
        "train": {"fear": 1, "happy": 2},
        "validation": {"fear": 1, "happy": 0},
        "test": {"fear": 0, "happy": 2},
    }
    np.testing.assert_array_equal(dataset.images, IMAGES)
    assert isinstance(dataset.images, np.memmap)
    assert not dataset.images.flags.writeable
    assert {name: str(kind) for name, kind in dataset.samples.dtypes.items()} == {
        "id": "int64",
        "label": "str",
        "split": "str",
        "usage": "str",
        "file": "str",
        "hash": "str",
        "signature": "uint64",
        "brightness": "float32",
        "contrast": "float32",
        "sharpness": "float32",
        "intensity": "float32",
    }
    np.testing.assert_array_equal(dataset.meta.mean_face("fear"), np.rint(IMAGES[[1, 3]].mean(0)).astype(np.uint8))
    assert store.list_datasets() == [dataset.meta]
    assert sorted(os.listdir(dataset.path)) == ["dataset.json", "images.npy", "samples.parquet"]


@pytest.mark.parametrize(
    ("change", "same"),
    [
        ({}, True),
        ({"name": "Other name", "note": "x"}, True),
        ({"images": IMAGES[::-1]}, False),
        ({"samples": SAMPLES.assign(label=["fear"] * 6)}, False),
        ({"samples": SAMPLES.assign(split=["test"] * 6)}, False),
    ],
)
def test_the_fingerprint_knows_pixels_labels_and_splits(workspace: Path, change: dict, same: bool) -> None:
    first = write().meta.fingerprint
    assert len(first) == 16
    assert (write(**({"name": "second"} | change)).meta.fingerprint == first) is same


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"images": IMAGES.astype(np.float32)}, InputError),
        ({"images": IMAGES[:, :40]}, InputError),
        ({"images": IMAGES[:0], "samples": SAMPLES[:0]}, InputError),
        ({"samples": SAMPLES[:5]}, InputError),
        ({"samples": SAMPLES[["label"]]}, InputError),
        ({"samples": SAMPLES.assign(split="training")}, InputError),
        ({"classes": ("happy",)}, InputError),
        ({"name": "a/b"}, InputError),
        ({"name": "MINE"}, NameTakenError),
    ],
)
def test_what_cannot_be_written_leaves_the_old_one(workspace: Path, change: dict, error: type) -> None:
    write()
    with pytest.raises(error):
        write(**change)
    assert store.dataset_names() == ["Mine"]


@pytest.mark.parametrize("name", ["gone", "..", "a/b", "", "/etc"])
@pytest.mark.parametrize("action", [store.open_dataset, store.delete_dataset])
def test_a_name_that_is_not_there(workspace: Path, name: str, action: object) -> None:
    write()
    with pytest.raises(NotFoundError, match="no data set"):
        action(name)


def test_an_empty_workspace_has_no_data_sets(workspace: Path) -> None:
    assert store.dataset_names() == []
    assert store.list_datasets() == []
    with pytest.raises(NotFoundError, match="import one"):
        store.open_dataset("any")


def test_names_are_sorted_and_strangers_passed_over(workspace: Path) -> None:
    for name in ("b", "A", "c 1"):
        write(name)
    (workspace / "datasets" / "stray folder").mkdir()
    (workspace / "datasets" / "file.txt").write_text("x")
    assert store.dataset_names() == ["A", "b", "c 1"]


def read_all(name: str) -> int:
    dataset = store.open_dataset(name)
    return len(dataset.samples) + len(dataset.images)


@pytest.mark.parametrize("file", ["dataset.json", "images.npy", "samples.parquet"])
@pytest.mark.parametrize("damage", ["gone", "cut", "empty"])
def test_damage_is_one_sentence_and_spoils_no_other(workspace: Path, file: str, damage: str) -> None:
    write("Other")
    path = write().path / file
    if damage == "gone":
        path.unlink()
    else:
        path.write_bytes(path.read_bytes()[: 60 if damage == "cut" else 0])
    with pytest.raises(DatasetError, match=f"'Mine' is damaged \\({file}"):
        read_all("Mine")
    assert "Other" in [meta.name for meta in store.list_datasets()]
    if damage != "gone" or file != "dataset.json":
        store.delete_dataset("Mine")
        assert store.dataset_names() == ["Other"]
    write(overwrite=True)
    assert len(store.open_dataset("Mine").samples) == 6


def test_deleting(workspace: Path) -> None:
    write()
    write("Other")
    store.delete_dataset("Mine")
    assert store.dataset_names() == ["Other"]
    assert sorted(os.listdir(workspace / "datasets")) == [".lock", "Other"]


def test_leftovers_of_dead_processes_are_swept_and_those_of_living_ones_are_not(workspace: Path) -> None:
    root = workspace / "datasets"
    for name in (".making-999999999-00000000", f".making-{os.getpid()}-11111111", ".deleted-999999999-22222222", ".other"):
        (root / name).mkdir(parents=True)
    (root / ".making-999999999-00000000.lock").touch()
    with staging.staging(root) as making:
        # A process id tells nothing, nor does a time: only the lock is held as long as the process lives.
        os.utime(making, (0, 0))
        write()
        assert set(os.listdir(root)) == {making.name, f"{making.name}.lock", ".lock", ".other", "Mine"}
    assert set(os.listdir(root)) == {".lock", ".other", "Mine"}


def test_what_a_killed_process_was_making_is_swept(workspace: Path) -> None:
    root = workspace / "datasets"
    code = f"""
import time
from pathlib import Path
from fer_core.datasets.staging import staging
with staging(Path({str(root)!r})):
    print("here", flush=True)
    time.sleep(600)
"""
    killed = subprocess.Popen([sys.executable, "-c", code], cwd=PROJECT, stdout=subprocess.PIPE)
    assert killed.stdout is not None
    assert killed.stdout.readline().strip() == b"here"
    write()
    assert len(list(root.glob(".making-*"))) == 2, "the folder and its lock, while the process lives"
    killed.kill()
    killed.wait(timeout=60)
    killed.stdout.close()
    write("Other")
    assert set(os.listdir(root)) == {".lock", "Mine", "Other"}


@pytest.mark.parametrize(
    ("split", "labels", "expected"),
    [
        ("train", "imported", {0: "happy", 1: "fear", 2: "happy"}),
        ("train", "edited", {0: "fear", 1: "fear"}),
        ("validation", "edited", {3: "fear"}),
        ("test", "edited", {4: "happy", 5: "happy"}),
    ],
)
def test_edits_are_applied_when_asked(workspace: Path, split: str, labels: str, expected: dict[int, str]) -> None:
    dataset = write()
    decided = [
        {"sample": 0, "action": "relabel", "label": "fear"},
        {"sample": 2, "action": "exclude"},
        {"sample": 4, "action": "exclude"},
        {"sample": 4, "action": "keep", "time": "2024-01-01T00:00:00+00:00"},
        {"sample": 5, "action": "relabel"},
        {"sample": 5, "action": "burn"},
        {"sample": 99, "action": "exclude"},
    ]
    common = {"batch": "b", "fingerprint": dataset.meta.fingerprint}
    lines = [{"hash": dataset.samples["hash"][edit["sample"] % 6], **common, **edit} for edit in decided]
    dataset.edits_file.write_text("".join(json.dumps(line) + "\n" for line in lines) + '{"sample": 1, "acti')
    rows = dataset.split(split, labels)
    assert dict(zip(rows["id"], rows["label"], strict=True)) == expected
    assert list(rows.index) == list(range(len(expected)))
    assert list(dataset.samples["label"]) == list(SAMPLES["label"])


@pytest.mark.parametrize("split", ["train", "test"])
def test_a_label_that_is_no_class_of_the_data_set_is_a_sentence(workspace: Path, split: str) -> None:
    dataset = write()
    line = {"sample": 4, "hash": dataset.samples["hash"][4], "batch": "b", "fingerprint": dataset.meta.fingerprint}
    dataset.edits_file.write_text(json.dumps({**line, "action": "relabel", "label": "bored"}) + "\n")
    with pytest.raises(DatasetError, match=r"Sample 4 of 'Mine' is relabelled as 'bored', .* \(fear, happy\); relabel it as"):
        dataset.split(split, "edited")
    assert len(dataset.split(split))


def test_without_edits_both_labels_are_the_same(workspace: Path) -> None:
    dataset = write()
    pd.testing.assert_frame_equal(dataset.split("train", "edited"), dataset.split("train"))


@pytest.mark.parametrize(("split", "labels"), [("dev", "imported"), ("train", "new")])
def test_other_splits_and_labels_are_refused(workspace: Path, split: str, labels: str) -> None:
    with pytest.raises(InputError, match="got"):
        write().split(split, labels)
