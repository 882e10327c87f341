"""Writing a data set: whole or not at all, under a name that is free."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

import numpy as np
import pandas as pd

from fer_core.datasets import staging
from fer_core.datasets.meta import SPLITS, DatasetMeta, Rejected
from fer_core.datasets.naming import check_name
from fer_core.datasets.sample_rows import complete
from fer_core.datasets.signature import fingerprint
from fer_core.datasets.statistics import count, mean_faces
from fer_core.datasets.store import EDITS, IMAGES, META, SAMPLES, Dataset
from fer_core.errors import InputError
from fer_core.photos.frame import frame_of
from fer_core.settings import settings


def require_free(name: str, *, overwrite: bool = False) -> str:
    """The checked name, when a data set of that name may be written now.

    Raises:
        InputError: it cannot be a name.
        NameTakenError: it is taken (in any case) and `overwrite` is false.
        DatasetError: it is to be overwritten, and a run is using it.
    """
    clean = check_name(name)
    staging.require_free(settings().datasets, clean, overwrite=overwrite)
    return clean


def write_dataset(
    name: str,
    images: np.ndarray,
    samples: pd.DataFrame,
    *,
    classes: Sequence[str],
    kind: str,
    source: str,
    skipped: dict[str, int] | None = None,
    rejected: Sequence[Rejected] = (),
    validation_cut: bool = False,
    drawn: bool = False,
    note: str = "",
    votes: str = "",
    decisions: Sequence[str] = (),
    mapping: Mapping[str, str] | None = None,
    enlarged: int = 0,
    overwrite: bool = False,
) -> Dataset:
    """Write a data set: measured, built in a hidden folder beside its place, flushed, and renamed into it.

    Args:
        name: see `naming.check_name`.
        images: faces, (N, S, S) or (N, S, S, 3) uint8, S from 48 to 224.
        samples: N rows in the order of `images`, with columns label and split; usage and file are empty when absent; hash,
            signature, brightness, contrast and sharpness are computed when absent; id is set; further columns are kept.
        classes: class names in order; every label is one of them.
        kind: see DatasetMeta, as all that follow.
        overwrite: replace a data set of the same name, once this one is complete.

    Raises:
        InputError: name, images or samples are not as described.
        NameTakenError: the name is taken and `overwrite` is false.
        DatasetError: the disk is full or not writable, or the old data set is in use by a run.
    """
    frame = frame_of(images)
    if not len(images):
        raise InputError("A data set needs at least one face; got none.")
    if len(samples) != len(images) or not {"label", "split"} <= set(samples.columns):
        raise InputError(f"Samples must have columns label and split and {len(images)} rows; got {len(samples)} rows.")
    strangers = (set(samples["label"]) - set(classes)) | (set(samples["split"]) - set(SPLITS))
    if strangers:
        raise InputError(
            f"Labels must be among {', '.join(classes)} and splits among {', '.join(SPLITS)}; got {sorted(strangers)}."
        )
    clean = require_free(name, overwrite=overwrite)
    images = np.ascontiguousarray(images)
    rows = complete(images, samples)
    meta = DatasetMeta(
        name=clean,
        classes=tuple(classes),
        counts=count(rows, tuple(classes), SPLITS),
        n=len(rows),
        fingerprint=fingerprint([images], rows),
        kind=kind,
        source=source,
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        skipped=dict(skipped or {}),
        rejected=list(rejected),
        validation_cut=validation_cut,
        drawn=drawn,
        note=note,
        votes=votes,
        decisions=list(decisions),
        mapping=dict(mapping or {}),
        size=frame.size,
        colour=frame.colour,
        enlarged=enlarged,
        mean_faces={label: face.ravel().tolist() for label, face in mean_faces(images, rows["label"], tuple(classes)).items()},
    )
    root = settings().datasets
    with staging.staging(root) as folder:
        np.save(folder / IMAGES, images, allow_pickle=False)
        rows.to_parquet(folder / SAMPLES, index=False)
        (folder / META).write_text(meta.model_dump_json(), encoding="utf-8")
        path = staging.publish(folder, root, clean, overwrite=overwrite, carry=[EDITS])
    return Dataset(name=clean, path=path, meta=meta)
