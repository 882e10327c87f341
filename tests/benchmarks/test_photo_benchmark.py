"""The pictures, the archive and the table of the photo benchmark; what it measures is measured elsewhere."""

import io
import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from benchmarks import photos
from benchmarks.machine import Spread
from fer_core.photos.faces import find_faces
from fer_core.photos.reading import read_photo

PORTRAIT = Path(__file__).resolve().parents[1] / "fixtures" / "astronaut.jpg"


def test_pictures_hold_one_and_eight_faces():
    pictures = photos.compose(read_photo(PORTRAIT.read_bytes(), name="portrait"))
    assert {name: picture.shape for name, picture in pictures.items()} == dict.fromkeys(
        ("one face", "eight faces"), (480, 640, 3)
    )
    assert [len(find_faces(picture)) for picture in pictures.values()] == [1, 8]


def test_a_portrait_without_a_face_is_refused():
    with pytest.raises(SystemExit, match="must hold one face; found 0"):
        photos.compose(np.full((300, 300, 3), 90, np.uint8))


def test_only_test_faces_of_the_five_classes_are_taken(tmp_path):
    picture = io.BytesIO()
    Image.new("L", (48, 48), 7).save(picture, "PNG")
    with zipfile.ZipFile(tmp_path / "faces.zip", "w") as archive:
        for name in ("test/happy/1.png", "test/sad/2.png", "train/happy/3.png", "test/angry/4.png", "test/happy/words.txt"):
            archive.writestr(name, picture.getvalue())
    faces, labels = photos.public_test(tmp_path / "faces.zip")
    assert labels == ["angry", "happy"]
    assert faces.shape == (2, 48, 48)
    assert faces.dtype == np.uint8


def test_the_table_says_how_many_times_sooner_ours_is():
    def row(who: str, wall: float, processor: float, faces: int) -> photos.Row:
        return photos.Row("one face", "whole", who, faces, Spread(wall, wall - 1, wall + 1), Spread(processor, 0, 0))

    assert photos.table([row("ours", 20, 30, 1), row("fer", 50, 75, 2)])[2:] == [
        "| one face | whole | 20.0 (19.0 to 21.0) | 50.0 (49.0 to 51.0) | 2.5 | 30.0 | 75.0 | 1, 2 |"
    ]
