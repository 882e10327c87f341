"""A data set as one file to keep or to pass on: a zip in the Kaggle layout, or a parquet file; both come back through import."""

from __future__ import annotations

import io
import stat
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from fer_core.datasets import store
from fer_core.datasets.card import CARD_FILE, METADATA_KEY, READ_ME, SAMPLES_FILE, Card, markdown
from fer_core.datasets.manifest import WHO, picture_paths, write_manifest
from fer_core.datasets.meta import SPLITS
from fer_core.datasets.signature import fingerprint
from fer_core.datasets.statistics import count
from fer_core.datasets.store import Dataset, Labels
from fer_core.datasets.tables import extras_of
from fer_core.datasets.traits import coded
from fer_core.errors import InputError
from fer_core.files import require_places, write_output
from fer_core.progress import Progress, part, silent

FORMATS: tuple[str, ...] = (".zip", ".parquet")
"""Suffixes of exported files."""


_CHUNK = 1024
_COUNTED = 0.1
_EPOCH = (1980, 1, 1, 0, 0, 0)
_PNG_LEVEL = [cv2.IMWRITE_PNG_COMPRESSION, 6]


@dataclass(frozen=True)
class Exported:
    """What was written.

    Attributes:
        path: the file.
        card: its data card.
        size: in bytes.
    """

    path: Path
    card: Card
    size: int


def export_dataset(name: str, path: Path, *, labels: Labels = "imported", progress: Progress = silent) -> Exported:
    """Write a data set into one file; the same data and decisions make the same bytes.

    Pictures are stored as PNG without loss. Memory does not grow with their number: they go through in parts of 1,024.

    Args:
        name: of the data set.
        path: ends with .zip (folders `train/CLASS/`, a data card, and a table of the samples) or .parquet (a row a sample, the
            data card in its metadata); a file of that name is replaced when the new one is complete.
        labels: "imported", or "edited": relabelled samples carry their new label, excluded ones are left out.
        progress: called with a fraction from 0 to 1 and a sentence.

    Raises:
        InputError: another suffix, a place that cannot be written, a full disk, or no sample left; nothing is left behind.
        NotFoundError: there is no such data set.
        DatasetError: the data set is damaged.
    """
    if path.suffix.lower() not in FORMATS:
        raise InputError(f"An export is a .zip or a .parquet file; got '{path.name}'.")
    require_places(path)
    dataset = store.open_dataset(name)
    progress(0.0, f"Counting the samples of {dataset.name}")
    rows = selected(dataset, labels)
    if rows.empty:
        raise InputError(f"All samples of '{dataset.name}' are excluded; export the imported labels, or undo some edits.")
    card = make_card(dataset, rows, labels, progress=part(progress, 0, _COUNTED))
    write = _write_zip if path.suffix.lower() == ".zip" else _write_parquet

    write_output(path, lambda temporary: write(temporary, dataset, rows, card, part(progress, _COUNTED, 1)))
    progress(1.0, f"{len(rows):,} faces written to {path.name}")
    return Exported(path=path, card=card, size=path.stat().st_size)


def selected(dataset: Dataset, labels: Labels) -> pd.DataFrame:
    """The samples of an export in order of id, index from 0, as in `Dataset.samples`, with tags and imported_label."""
    splits = [dataset.split(split, labels) for split in SPLITS]
    rows = pd.concat([rows for rows in splits if len(rows)] or splits[:1]).sort_values("id", ignore_index=True)
    imported = dataset.samples.set_index("id")["label"]
    seen = coded(dataset.traits()).loc[rows["id"]].reset_index(drop=True)
    rows = rows.assign(**seen)
    return rows.assign(imported_label=imported.loc[rows["id"]].to_numpy(), source=rows["file"])


def make_card(dataset: Dataset, rows: pd.DataFrame, labels: Labels, *, progress: Progress = silent) -> Card:
    """Make the data card for these rows of a data set; hashes their pixels unless they are what was imported."""
    is_imported = len(rows) == dataset.meta.n and bool((rows["label"] == rows["imported_label"]).all())
    decided = dataset.edits().in_force.values() if labels == "edited" else ()
    return Card(
        labels=labels,
        relabelled=int((rows["label"] != rows["imported_label"]).sum()),
        excluded=dataset.meta.n - len(rows),
        last_edit=max((edit.time for edit in decided), default=""),
        counts=count(rows, dataset.meta.classes, SPLITS),
        fingerprint=dataset.meta.fingerprint
        if is_imported
        else fingerprint((faces for _, faces in _parts(dataset, rows, progress, "hashed")), rows),
        origin=dataset.meta.model_copy(update={"mean_faces": {}, "rejected": []}),
    )


def _write_zip(path: Path, dataset: Dataset, rows: pd.DataFrame, card: Card, progress: Progress) -> None:
    listed = rows.assign(file=picture_paths(rows))
    names = listed["file"].to_numpy()
    table = io.StringIO()
    write_manifest(table, listed)
    with zipfile.ZipFile(path, "w") as archive:
        _add(archive, READ_ME, markdown(card).encode())
        _add(archive, CARD_FILE, card.model_dump_json(indent=1).encode())
        _add(archive, SAMPLES_FILE, table.getvalue().encode())
        for start, faces in _parts(dataset, rows, progress, "written"):
            for number, face in enumerate(faces, start=start):
                _add(archive, names[number], _png(face))


def _write_parquet(path: Path, dataset: Dataset, rows: pd.DataFrame, card: Card, progress: Progress) -> None:
    extras = extras_of(list(rows.columns))
    columns = ("label", "split", "usage", "imported_label", *(name for name in WHO if name in rows))
    schema = pa.schema(
        [
            ("image", pa.struct([("bytes", pa.binary()), ("path", pa.string())])),
            *((name, pa.string()) for name in columns),
            *((name, pa.int8() if dtype == "int8" else pa.float32()) for name, dtype in extras.items()),
        ],
        metadata={METADATA_KEY: card.model_dump_json().encode(), b"data_card": markdown(card).encode()},
    )
    files = rows["source"].to_numpy()
    with path.open("wb") as stream, pq.ParquetWriter(stream, schema, compression="zstd") as writer:
        for start, faces in _parts(dataset, rows, progress, "written"):
            here = rows.iloc[start : start + len(faces)]
            pictures = [{"bytes": _png(face), "path": files[number]} for number, face in enumerate(faces, start=start)]
            cells: dict[str, Any] = {name: here[name].tolist() for name in (*columns, *extras)}
            writer.write_table(pa.table({"image": pictures, **cells}, schema=schema), row_group_size=_CHUNK)


def _parts(dataset: Dataset, rows: pd.DataFrame, progress: Progress, participle: str) -> Iterator[tuple[int, np.ndarray]]:
    """The faces of these rows, in parts, each with the position of its first."""
    ids = rows["id"].to_numpy()
    for start in range(0, len(ids), _CHUNK):
        progress(start / len(ids), f"{start:,} of {len(ids):,} faces {participle}")
        yield start, dataset.images[ids[start : start + _CHUNK]]


def _png(face: np.ndarray) -> bytes:
    # OpenCV's colours run from blue to red; a grey face has no such axis.
    plane = face if face.ndim == 2 else np.ascontiguousarray(face[..., ::-1])
    return cv2.imencode(".png", plane, _PNG_LEVEL)[1].tobytes()


def _add(archive: zipfile.ZipFile, name: str, content: bytes) -> None:
    """Add a file without anything that would differ at another time or on another system."""
    entry = zipfile.ZipInfo(name, _EPOCH)
    entry.create_system = 3
    entry.external_attr = (stat.S_IFREG | 0o644) << 16
    entry.compress_type = zipfile.ZIP_STORED if name.endswith(".png") else zipfile.ZIP_DEFLATED
    archive.writestr(entry, content)
