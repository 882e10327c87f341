"""Faces that are found at the import: what is stored, what is listed, what is said, and what the look before it proposes."""

import io
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
from dataset_sources import archive, left_behind, tree
from PIL import Image

from fer_core.datasets import importer
from fer_core.datasets.framing import NO_FACE, NO_FACE_IN_BOX
from fer_core.datasets.importer import import_source
from fer_core.datasets.store import open_dataset
from fer_core.datasets.survey import look
from fer_core.errors import Stopped
from fer_core.photos.cropping import crop_face
from fer_core.photos.frame import Frame

ASTRONAUT = Path(__file__).parents[1] / "fixtures" / "astronaut.jpg"


def jpeg(picture: np.ndarray) -> bytes:
    content = io.BytesIO()
    Image.fromarray(picture).save(content, "JPEG", quality=95)
    return content.getvalue()


@pytest.fixture(scope="module")
def portrait() -> np.ndarray:
    return np.asarray(Image.open(ASTRONAUT).convert("RGB"))


@pytest.fixture(scope="module")
def files(portrait: np.ndarray) -> dict[str, bytes]:
    """Portraits of three sizes in two classes and splits, one with two people, and two pictures without anybody."""
    empty = jpeg(np.full((200, 300, 3), (90, 120, 90), np.uint8))
    pair = np.hstack([portrait[:300, 60:360], portrait[:300, 60:360]])
    made = {
        f"{split}/{label}/{number}.jpg": jpeg(cv2.resize(portrait, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA))
        for split in ("train", "test")
        for label in ("happy", "sad")
        for number, scale in enumerate((1.0, 0.9, 0.8))
    }
    return made | {"train/happy/empty.jpg": empty, "test/sad/empty.jpg": empty, "train/sad/pair.jpg": jpeg(pair)}


def test_faces_are_found_and_pictures_without_are_listed(
    workspace: Path, tmp_path: Path, files: dict, portrait: np.ndarray
) -> None:
    report = import_source(archive(tmp_path / "x.zip", files), "Found", classes=None, faces="find")
    assert (report.images, report.size, report.colour) == (13, 64, "rgb")
    assert [(one["file"], one["reason"]) for one in report.rejected] == [
        ("test/sad/empty.jpg", NO_FACE),
        ("train/happy/empty.jpg", NO_FACE),
    ]
    assert any("found in each of 13 pictures" in note and "2 pictures in which none" in note for note in report.notes)
    assert any("1 pictures are of several faces" in note and "'train/sad/pair.jpg'" in note for note in report.notes)
    dataset = open_dataset("Found")
    assert set(report.notes) >= set(dataset.meta.decisions)
    wanted = crop_face(portrait, size=64)
    assert wanted is not None
    for face in dataset.images:
        assert np.corrcoef(np.asarray(face).ravel(), wanted.pixels.ravel())[0, 1] > 0.85


def test_as_it_is_nothing_is_found_and_that_is_said(workspace: Path, tmp_path: Path, files: dict) -> None:
    report = import_source(archive(tmp_path / "x.zip", files), "Whole", classes=None)
    assert (report.images, report.rejected) == (15, [])
    assert any(
        "Faces were not looked for; where pictures show more than a face, import with --faces find" in n for n in report.notes
    )


def test_the_face_in_its_box_is_found(workspace: Path, tmp_path: Path, portrait: np.ndarray) -> None:
    files = {
        "image/a.jpg": jpeg(np.hstack([portrait[:300, 60:360], cv2.resize(portrait[:300, 60:360], (150, 300))])),
        "label.lst": b"a.jpg 0 50 100 220 210 50 3\na.jpg 1 230 20 290 60 50 6\n",
    }
    report = import_source(tree(tmp_path / "x", files), "Boxes", classes=None, faces="find")
    assert report.classes["train"] == {"happy": 1}
    assert report.rejected == [{"file": "a.jpg face 1", "reason": NO_FACE_IN_BOX}]


def test_a_stop_leaves_nothing(workspace: Path, tmp_path: Path, files: dict, stopping: Callable) -> None:
    with pytest.raises(Stopped):
        import_source(archive(tmp_path / "x.zip", files), "Found", classes=None, faces="find", progress=stopping)
    assert left_behind(workspace) == []
    assert cv2.getNumThreads() > 0


@pytest.fixture
def stopping(monkeypatch: pytest.MonkeyPatch) -> Callable[[float, str], None]:
    monkeypatch.setattr(importer, "_SECONDS_BETWEEN_REPORTS", 0)  # a quick machine is done before the next report

    def report(share: float, text: str) -> None:
        if "read from" in text:
            raise Stopped

    return report


def test_the_look_proposes_what_the_pictures_show(tmp_path: Path, files: dict, portrait: np.ndarray) -> None:
    wide = look(archive(tmp_path / "wide.zip", files))
    assert (wide.proposed, wide.searched, wide.found) == ("find", 15, 13)
    assert wide.room == pytest.approx(119 / 512, rel=0.1)
    assert [pair.after is None for pair in wide.strip] == [False] * 5 + [True]
    assert wide.found_frame == Frame(64, "rgb")
    assert wide.strip[0].whole(100).shape == (100, 100, 3)
    assert wide.strip[-1].stored("find", wide.found_frame).std() == 0

    cropped = crop_face(portrait)
    assert cropped is not None
    close = look(archive(tmp_path / "close.zip", {f"happy/{n}.png": jpeg(cropped.pixels) for n in range(4)}))
    assert (close.proposed, close.searched) == ("as-is", 4)
    small = look(archive(tmp_path / "small.zip", {f"happy/{n}.png": jpeg(portrait[:60, :60]) for n in range(4)}))
    assert (small.proposed, small.searched, small.strip) == ("as-is", 0, ())
