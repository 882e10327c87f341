import numpy as np
import pandas as pd
import pytest
from PIL import Image

from fer_core.datasets import faceless, writing
from fer_core.settings import PROJECT

PORTRAIT = PROJECT / "tests" / "fixtures" / "astronaut.jpg"


@pytest.fixture
def dataset(workspace):
    """40 pictures: a face, but noise in 5 and 38."""
    from fer_core.photos.faces import find_faces

    face = find_faces(np.asarray(Image.open(PORTRAIT).convert("RGB")))[0].grey
    images = np.stack([face] * 40)
    images[[5, 38]] = np.random.default_rng(0).integers(0, 256, (2, 48, 48), dtype=np.uint8)
    table = pd.DataFrame({"label": ["happy", "sad"] * 20, "split": "train"})
    return writing.write_dataset("Few", images, table, classes=("happy", "sad"), kind="csv", source="made")


def test_faces_are_found_among_others_and_the_rest_is_named(dataset, monkeypatch):
    shares = []
    found = faceless.find_faceless(dataset, progress=lambda share, text: shares.append(share))
    assert found.tolist() == [5, 38]
    assert shares == [0.9, 1.0]
    monkeypatch.setattr(faceless, "_quick_look", lambda pictures: pytest.fail("a finished pass was made again"))
    assert faceless.find_faceless(dataset).tolist() == [5, 38]
    assert faceless.kept_faceless(dataset).tolist() == [5, 38]


def test_an_interrupted_pass_goes_on(dataset, monkeypatch):
    faceless._file(dataset).parent.mkdir()
    np.savez(faceless._file(dataset), checked=36, found=[3, 5])
    looked = []
    monkeypatch.setattr(faceless, "_quick_look", lambda pictures: looked.append(len(pictures)) or np.ones(len(pictures), bool))
    assert faceless.kept_faceless(dataset) is None
    assert faceless.find_faceless(dataset).tolist() == [3, 5]
    assert looked == [4]


def test_a_damaged_file_counts_as_none(dataset):
    faceless._file(dataset).parent.mkdir()
    faceless._file(dataset).write_bytes(b"PK")
    assert faceless.kept_faceless(dataset) is None
