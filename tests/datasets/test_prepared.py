import shutil
import zipfile

import numpy as np
import pandas as pd
import pytest

from fer_core.datasets import prepared
from fer_core.datasets.prepared import COUNT, PREPARED, create_prepared, pack, read_prepared
from fer_core.datasets.store import open_dataset
from fer_core.datasets.synthetic import create_synthetic, make_faces
from fer_core.errors import DatasetError, NameTakenError
from fer_core.labels import FIVE

SAMPLE = 120
"""Faces that are drawn anew to be compared: twenty people, all classes."""

LARGEST_DIFFERENCE = 2
"""Grey levels by which a pixel may differ: another processor or library rounds otherwise."""


@pytest.fixture(scope="module")
def packed():
    return read_prepared()


def test_they_are_what_the_renderer_draws(packed):
    images, samples = packed
    drawn = make_faces(SAMPLE, 0)
    differences = np.abs(images[:SAMPLE].astype(int) - drawn.images)
    assert differences.max() <= LARGEST_DIFFERENCE
    assert samples["label"][:SAMPLE].tolist() == drawn.labels
    np.testing.assert_allclose(samples["intensity"][:SAMPLE], drawn.intensity, atol=1e-6)
    rows = zip(drawn.identity, drawn.labels, drawn.intensity, strict=True)
    assert samples["file"][:SAMPLE].tolist() == [
        f"person-{who:04d}_{label}_{much:.2f}_{index:05d}.png" for index, (who, label, much) in enumerate(rows)
    ]


def test_the_data_set_is_the_one_that_is_drawn_by_default(workspace):
    made = create_prepared()
    stored = open_dataset("Synthetic faces")
    assert stored.meta == made.meta
    assert stored.meta.fingerprint == "9d9ed93109d25fec"
    assert stored.meta.n == COUNT == 3000
    assert stored.meta.classes == FIVE
    assert stored.meta.kind == "synthetic"
    assert stored.meta.drawn
    assert stored.meta.source == "drawn by FER Lab with seed 0"
    assert {split: sum(counts.values()) for split, counts in stored.meta.counts.items()} == {
        "train": 2100,
        "validation": 300,
        "test": 600,
    }
    assert stored.samples["intensity"].dtype == np.float32
    assert stored.samples.groupby(stored.samples["file"].str[:11])["split"].nunique().max() == 1
    assert len(stored.samples["hash"].unique()) == 3000


def test_a_taken_name_is_refused(workspace):
    create_synthetic("Synthetic faces", 10)
    with pytest.raises(NameTakenError):
        create_prepared()


def test_other_faces_are_not_packed(workspace, tmp_path):
    with pytest.raises(DatasetError, match="must be 3,000; 'Few' has 10"):
        pack(create_synthetic("Few", 10), tmp_path / "few.zip")


def test_packing_loses_nothing(workspace, tmp_path, monkeypatch):
    monkeypatch.setattr(prepared, "COUNT", 60)
    drawn = create_synthetic("Few", 60)
    pack(drawn, tmp_path / "few.zip")
    images, samples = read_prepared(tmp_path / "few.zip")
    np.testing.assert_array_equal(images, drawn.images)
    pd.testing.assert_frame_equal(samples, drawn.samples[["label", "split", "file", "intensity"]])


@pytest.mark.parametrize("damage", ["missing", "cut", "no table", "other labels"])
def test_damage_is_one_sentence(damage, tmp_path, packed):
    file = tmp_path / "faces.zip"
    if damage == "cut":
        file.write_bytes(PREPARED.read_bytes()[:100_000])
    elif damage != "missing":
        with zipfile.ZipFile(PREPARED) as old, zipfile.ZipFile(file, "w") as new:
            for name in old.namelist():
                if name != "samples.parquet":
                    new.writestr(name, old.read(name))
            if damage == "other labels":
                packed[1].assign(label="happy").to_parquet(tmp_path / "table")
                new.write(tmp_path / "table", "samples.parquet")
    with pytest.raises(DatasetError, match=r"faces\.zip is missing or not readable"):
        read_prepared(file)


def test_what_was_recorded_lies_beside_the_faces(workspace, tmp_path, monkeypatch):
    recorded = tmp_path / "recorded"
    (recorded / "maps").mkdir(parents=True)
    (recorded / "maps" / "one.npz").write_bytes(b"map")
    monkeypatch.setattr(prepared, "RECORDED", recorded)
    made = create_prepared()
    assert (made.path / "maps" / "one.npz").read_bytes() == b"map"
    shutil.rmtree(recorded)
    assert create_prepared("Without").meta.n == 3000
