"""Pictures with FER+'s votes for the trials of `benchmarks.pretraining`: found by their pixels, as names differ."""

from __future__ import annotations

import io
import tempfile
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from fer_core.datasets.card import SAMPLES_FILE
from fer_core.datasets.exporting import export_dataset
from fer_core.datasets.images import decode
from fer_core.datasets.signature import pixel_hash
from fer_core.datasets.splits import cut_validation, split_of
from fer_core.datasets.store import Dataset
from fer_core.datasets.tables import VOTES
from fer_core.labels import canonical
from fer_core.photos.frame import FER

SAME_PICTURE = 6.0
"""Root mean square difference in grey levels up to which a picture and its JPEG are the same (the median of FER2013 is 1.7)."""


_PART = 1_000


def write_votes(dataset: Dataset, table: Path, pictures: Path, target: Path) -> tuple[int, int]:
    """Export a data set with votes beside its pictures; returns how many have votes, and how many there are.

    Args:
        dataset: without votes of its own.
        table: columns Image name and one of counts a name, as FER+'s fer2013new.csv; names that occur twice are left out.
        pictures: folder with the named pictures, at any depth.
        target: a .zip file.
    """
    counts = pd.read_csv(table).drop(columns="Usage").dropna(subset="Image name").drop_duplicates("Image name", keep=False)
    counts = counts.set_index("Image name").rename(columns=lambda name: VOTES + canonical(name))
    files = sorted(path for path in pictures.rglob("*.png") if path.name in counts.index)
    known = np.stack([decode(path.read_bytes(), max_pixels=10_000).fitted(FER) for path in files])
    nearest, distance = nearest_pictures(np.asarray(dataset.images), known)
    found = counts.loc[[path.name for path in files]].iloc[nearest].reset_index(drop=True)
    found[distance > SAME_PICTURE] = 0
    with tempfile.TemporaryDirectory() as folder:
        plain = Path(folder) / "plain.zip"
        export_dataset(dataset.name, plain)
        with zipfile.ZipFile(plain) as old, zipfile.ZipFile(target, "w") as new:
            # An export's rows are in the order of ids, which are the rows of the images.
            rows = pd.read_csv(io.BytesIO(old.read(SAMPLES_FILE)))
            joined = pd.concat([rows, found], axis=1)
            for entry in old.infolist():
                is_table = entry.filename == SAMPLES_FILE
                new.writestr(entry, joined.to_csv(index=False).encode() if is_table else old.read(entry))
    return int((found.sum(axis=1) > 0).sum()), len(found)


def validate_as(source: Path, dataset: Dataset, target: Path) -> int:
    """Copy a parquet file of pictures with a validation split like a data set's; returns how many faces are in it.

    Training faces whose pixels are those of a validation face of the data set become validation, and the usual share of the
    classes that the data set has not.

    Args:
        source: columns image, label and split.
        dataset: made of the same pictures, however they were compressed.
        target: the copy.
    """
    table = pd.read_parquet(source).drop(columns="usage", errors="ignore")
    train = np.flatnonzero([split_of(word) == "train" for word in table["split"]])
    faces = np.stack([decode(table["image"].iloc[place]["bytes"], max_pixels=10_000).fitted(FER) for place in train])
    known = np.asarray(dataset.images[dataset.split("validation")["id"].to_numpy()])
    held = nearest_pictures(faces, known)[1] <= SAME_PICTURE
    rows = pd.DataFrame({"label": [canonical(label) for label in table["label"].iloc[train]], "hash": pixel_hash(faces)})
    strange = ~rows["label"].isin(dataset.meta.classes).to_numpy()
    held[strange] |= cut_validation(rows[strange])
    table.loc[table.index[train[held]], "split"] = "validation"
    table.to_parquet(target, index=False)
    return int(held.sum())


def nearest_pictures(images: NDArray[np.uint8], known: NDArray[np.uint8]) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Find the known picture (M, 48, 48) nearest in pixels to each of some images (N, 48, 48).

    Returns:
        Its place, and the root mean square difference in grey levels, each (N,).
    """
    pixels = known[0].size
    others = known.reshape(len(known), pixels).astype(np.float32)
    squares = (others**2).sum(axis=1)
    places, distances = [], []
    for start in range(0, len(images), _PART):
        part = images[start : start + _PART].reshape(-1, pixels).astype(np.float32)
        apart = (part**2).sum(axis=1)[:, None] + squares - 2 * part @ others.T
        place = apart.argmin(axis=1)
        places.append(place)
        distances.append(np.sqrt(np.maximum(apart[np.arange(len(part)), place], 0) / pixels))
    return np.concatenate(places), np.concatenate(distances)
