"""Rows of `samples.parquet`: what is measured of every face that is stored."""

from __future__ import annotations

import numpy as np
import pandas as pd

from fer_core.datasets.signature import pixel_hash, signatures
from fer_core.datasets.statistics import measures


def complete(images: np.ndarray, samples: pd.DataFrame) -> pd.DataFrame:
    """Give samples the columns that every data set has, computed from the pixels where the source does not give them.

    Args:
        images: (N, S, S) or (N, S, S, 3) uint8.
        samples: N rows with label and split, and whatever else is known.

    Returns:
        Columns id, label, split, usage, file, hash, signature and the pixel measures, then the further ones as given.
    """
    given = samples.reset_index(drop=True)
    rows = pd.DataFrame({"id": np.arange(len(images), dtype=np.int64), "label": given["label"], "split": given["split"]})
    for column in ("usage", "file"):
        rows[column] = given.get(column, "")
    rows["hash"] = given["hash"] if "hash" in given else pixel_hash(images)
    rows["signature"] = given["signature"].astype(np.uint64) if "signature" in given else signatures(images)
    measured = measures(images)
    for column in measured.columns:
        rows[column] = given[column].astype(np.float32) if column in given else measured[column]
    return rows.join(given[[column for column in given.columns if column not in rows.columns]])
