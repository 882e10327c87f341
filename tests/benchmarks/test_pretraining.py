"""The archive and the weights that a first training on seven classes needs."""

import zipfile

import cv2
import numpy as np
import pandas as pd
import pytest

from benchmarks import pretraining, voted_pictures
from fer_core.datasets.importer import import_source
from fer_core.datasets.store import open_dataset
from fer_core.datasets.writing import write_dataset
from fer_core.labels import FIVE
from fer_core.models import classifier
from fer_core.predictor import load_predictor
from fer_core.runs import open_run
from fer_core.runs.config import preset_config


@pytest.fixture
def archive(tmp_path):
    """Three pictures of two classes."""
    path = tmp_path / "faces.zip"
    with zipfile.ZipFile(path, "w") as made:
        for name in ("train/happy/1.png", "train/sad/2.png", "test/happy/3.png"):
            made.writestr(name, name)
    return path


def test_pictures_that_validate_are_moved_and_nothing_else(archive, tmp_path) -> None:
    out = tmp_path / "out.zip"
    assert pretraining.hold_out(archive, {"train/happy/1.png"}, out) == 1
    with zipfile.ZipFile(out) as made:
        assert {name: made.read(name).decode() for name in made.namelist()} == {
            "validation/happy/1.png": "train/happy/1.png",
            "train/sad/2.png": "train/sad/2.png",
            "test/happy/3.png": "test/happy/3.png",
        }


def test_folds_leave_each_training_picture_out_once(tmp_path, workspace) -> None:
    source = tmp_path / "faces.zip"
    places = [("train", label, number) for label in ("angry", "happy") for number in range(5)]
    places += [("train", "happy", 5), ("test", "happy", 6)]
    files = [f"{split}/{label}/{number}.png" for split, label, number in places]
    with zipfile.ZipFile(source, "w") as made:
        for name in files:
            made.writestr(name, name)
    splits = ["train"] * 10 + ["validation", "test"]
    samples = pd.DataFrame({"label": [label for _, label, _ in places], "split": splits, "file": files})
    images = np.random.default_rng(0).integers(0, 256, (len(files), 48, 48), np.uint8)
    dataset = write_dataset("faces", images, samples, classes=("angry", "happy"), kind="folders", source="test")
    left_out = []
    for path, count in pretraining.write_folds(source, dataset, 2, tmp_path / "folds"):
        with zipfile.ZipFile(path) as made:
            names = set(made.namelist())
        gone = set(files[:10]) - names
        assert (len(gone), count) == (5, 5)
        assert names - set(files) == {"validation/happy/5.png"}
        assert "train/happy/5.png" not in names
        left_out += sorted(gone)
    assert sorted(left_out) == sorted(files[:10])


def test_a_picture_of_another_archive_is_refused(archive, tmp_path) -> None:
    with pytest.raises(SystemExit, match=r"has no train/happy/9\.png"):
        pretraining.hold_out(archive, {"train/happy/9.png"}, tmp_path / "out.zip")
    assert not (tmp_path / "out.zip").exists()


def test_a_run_starts_from_the_backbone_of_another_one(workspace, tmp_path) -> None:
    out = tmp_path / "backbone.weights.h5"
    assert pretraining.backbone_weights("bundled", out) == 3_228_864
    config = preset_config("x", "standard", weights_file=str(out))
    started = classifier.build(config, ("angry", "happy"), weights=out).get_weights()[:-2]
    source = classifier.load(open_run("bundled").model_file).get_weights()[:-2]
    assert all(np.array_equal(left, right) for left, right in zip(started, source, strict=True))


@pytest.mark.parametrize(
    ("split", "folder", "kept"),
    [
        ("train", "train", {"train/sad/2.png", "test/happy/3.png"}),
        ("test", "test", {"train/sad/2.png"}),
        ("both", "test", {"train/sad/2.png", "test/happy/3.png"}),
    ],
)
def test_the_private_test_joins_the_training_or_test_faces_or_replaces_these(
    archive, tmp_path, workspace, split, folder, kept
) -> None:
    faces = np.random.default_rng(0).integers(0, 256, (3, 48, 48), np.uint8)
    samples = pd.DataFrame(
        {
            "label": ["happy", "sad", "happy"],
            "split": ["validation", "train", "test"],
            "file": ["train/happy/1.png", "train/sad/2.png", "test/happy/3.png"],
        }
    )
    dataset = write_dataset("faces", faces, samples, classes=("happy", "sad"), kind="folders", source="test")
    rows = [(3, "Training"), (0, "PrivateTest"), (4, "PublicTest"), (6, "PrivateTest")]
    pixels = np.random.default_rng(1).integers(0, 256, (len(rows), 48, 48), np.uint8)
    lines = ["emotion,pixels,Usage"]
    lines += [f"{number},{' '.join(map(str, face.ravel()))},{usage}" for (number, usage), face in zip(rows, pixels, strict=True)]
    table = tmp_path / "fer2013.csv"
    table.write_text("\n".join(lines))
    out = tmp_path / "out.zip"
    assert pretraining.add_private(archive, dataset, table, split, out) == 2
    added = {f"{folder}/angry/PrivateTest_0.png": pixels[1], f"{folder}/neutral/PrivateTest_1.png": pixels[3]}
    with zipfile.ZipFile(out) as made:
        assert set(made.namelist()) == {"validation/happy/1.png", *kept, *added}
        for name, face in added.items():
            assert np.array_equal(cv2.imdecode(np.frombuffer(made.read(name), np.uint8), cv2.IMREAD_UNCHANGED), face)


def test_a_table_without_the_private_test_is_refused(archive, tmp_path, workspace) -> None:
    faces = np.random.default_rng(0).integers(0, 256, (2, 48, 48), np.uint8)
    samples = pd.DataFrame(
        {"label": ["happy", "sad"], "split": ["train", "test"], "file": ["train/happy/1.png", "test/happy/3.png"]}
    )
    dataset = write_dataset("faces", faces, samples, classes=("happy", "sad"), kind="folders", source="test")
    table = tmp_path / "fer2013.csv"
    table.write_text("emotion,pixels,Usage\n3," + " ".join(["7"] * 2304) + ",PublicTest")
    with pytest.raises(SystemExit, match=r"fer2013\.csv has no row whose Usage is PrivateTest"):
        pretraining.add_private(archive, dataset, table, "train", tmp_path / "out.zip")
    assert not (tmp_path / "out.zip").exists()


def test_votes_find_their_pictures_by_pixels_and_keep_the_fingerprint(tmp_path, workspace) -> None:
    images = np.random.default_rng(0).integers(0, 256, (4, 48, 48), np.uint8)
    samples = pd.DataFrame({"label": ["angry", "happy"] * 2, "split": ["train", "train", "validation", "test"]})
    dataset = write_dataset("faces", images, samples, classes=("angry", "happy"), kind="folders", source="test")
    pictures = tmp_path / "pictures" / "FER2013Train"
    pictures.mkdir(parents=True)
    for number, place in enumerate((2, 0, 3)):  # the second picture is not among them
        cv2.imwrite(str(pictures / f"fer000000{number}.png"), np.maximum(images[place], 2))
    cv2.imwrite(str(pictures / "fer0000003.png"), images[1])  # its name stands twice in the table
    rows = ["Usage,Image name,happiness,anger,NF", "Training,fer0000000.png,7,2,1", "Training,fer0000001.png,0,10,0"]
    rows += [
        "Training,fer0000002.png,3,6,0",
        "Training,fer0000003.png,9,1,0",
        "Training,fer0000003.png,1,9,0",
        "Training,,0,0,10",
    ]
    table = tmp_path / "fer2013new.csv"
    table.write_text("\n".join(rows))
    out = tmp_path / "voted.zip"
    assert voted_pictures.write_votes(dataset, table, tmp_path / "pictures", out) == (3, 4)
    import_source(out, "voted")
    voted = open_dataset("voted").samples.sort_values("id")
    assert voted[["votes_happy", "votes_angry", "votes_nf"]].to_numpy().tolist() == [[0, 10, 0], [0, 0, 0], [7, 2, 1], [3, 6, 0]]
    assert open_dataset("voted").meta.fingerprint == dataset.meta.fingerprint


def test_faces_of_other_classes_go_where_the_runs_answer_most(tmp_path, workspace) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (4, 48, 48), np.uint8)
    files = ["train/happy/1.png", "train/angry/2.png", "train/sad/3.png", "test/sad/4.png"]
    source = tmp_path / "faces.zip"
    with zipfile.ZipFile(source, "w") as made:
        for name, face in zip(files, pixels, strict=True):
            made.writestr(name, cv2.imencode(".png", face)[1].tobytes())
    samples = pd.DataFrame({"label": ["happy", "angry"], "split": ["validation", "train"], "file": files[:2]})
    dataset = write_dataset("faces", pixels[:2], samples, classes=FIVE, kind="folders", source="test")
    predictor = load_predictor(open_run("bundled"))
    answer = FIVE[int(predictor.logits(pixels[2:3]).argmax())]
    out = tmp_path / "out.zip"
    assert pretraining.name_others(source, dataset, ["bundled"], out) == {answer: 1}
    with zipfile.ZipFile(out) as made:
        moved = f"train/{answer}/sad-3.png"
        assert set(made.namelist()) == {"validation/happy/1.png", files[1], moved, files[3]}
        assert np.array_equal(cv2.imdecode(np.frombuffer(made.read(moved), np.uint8), cv2.IMREAD_UNCHANGED), pixels[2])


def test_a_run_of_other_classes_cannot_name_them(archive, tmp_path, workspace) -> None:
    faces = np.zeros((1, 48, 48), np.uint8)
    samples = pd.DataFrame({"label": ["happy"], "split": ["train"], "file": ["train/happy/1.png"]})
    dataset = write_dataset("faces", faces, samples, classes=("happy", "neutral"), kind="folders", source="test")
    source = tmp_path / "source.zip"
    with zipfile.ZipFile(source, "w") as made:
        made.writestr("train/sad/2.png", cv2.imencode(".png", faces[0])[1].tobytes())
    with pytest.raises(SystemExit, match="Run bundled does not know the classes of faces"):
        pretraining.name_others(source, dataset, ["bundled"], tmp_path / "out.zip")
    assert not (tmp_path / "out.zip").exists()


def test_votes_are_validated_on_the_faces_that_validate_another_run(workspace, tmp_path) -> None:
    """Found by pixels, though they differ by a grey level; of ten faces of a class that the other has not, one is."""
    images = np.random.default_rng(0).integers(0, 255, (16, 48, 48), np.uint8)
    samples = pd.DataFrame({"label": ["happy", "fear"] * 2, "split": ["validation", "train", "test", "train"]})
    dataset = write_dataset("faces", images[:4], samples, classes=("fear", "happy"), kind="folders", source="test")
    labels, split = (
        ["happy", "fear"] * 2 + ["surprised"] * 12,
        ["train", "train", "test", "train"] + ["train"] * 10 + ["test"] * 2,
    )
    pictures = [{"bytes": cv2.imencode(".png", image + 1)[1].tobytes(), "path": None} for image in images]
    table = pd.DataFrame({"image": pictures, "label": labels, "split": split, "usage": "x", "votes_happy": np.int8(3)})
    table.to_parquet(tmp_path / "votes.parquet")
    assert voted_pictures.validate_as(tmp_path / "votes.parquet", dataset, tmp_path / "out.parquet") == 2
    made = pd.read_parquet(tmp_path / "out.parquet")
    assert made["split"].tolist()[:4] == ["validation", "train", "test", "train"]
    assert made["split"].tolist()[14:] == ["test", "test"]
    assert made["split"].value_counts()["validation"] == 2
    assert made["votes_happy"].tolist() == [3] * 16
