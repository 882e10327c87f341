"""Filter and sort the samples that a grid shows."""

from __future__ import annotations

import pandas as pd

from pages.ui.browse import ALL

MIXED = "Mixed"


ORDERS: dict[str, tuple[str, bool]] = {
    MIXED: ("id", True),
    "Stored order": ("id", True),
    "File name": ("file", True),
    "Darkest first": ("brightness", True),
    "Brightest first": ("brightness", False),
    "Lowest contrast first": ("contrast", True),
    "Least sharp first": ("sharpness", True),
    "Weakest expression first": ("intensity", True),
    "Strongest expression first": ("intensity", False),
}
"""What a viewer can sort by: {shown: (column, ascending)}; mixed goes by a hash of the column, the same at every visit."""


def orders(samples: pd.DataFrame) -> list[str]:
    """The orders that this table has columns for (intensity is known for drawn faces only)."""
    return [shown for shown, (column, _) in ORDERS.items() if column in samples.columns]


def matching(samples: pd.DataFrame, *, split: str = ALL, label: str = ALL, text: str = "", order: str = MIXED) -> pd.DataFrame:
    """Rows of a split and class whose file name contains `text` (any case), in the given order."""
    keep = pd.Series(True, index=samples.index)
    if split != ALL:
        keep &= samples["split"] == split
    if label != ALL:
        keep &= samples["label"] == label
    if text.strip():
        keep &= samples["file"].str.contains(text.strip(), case=False, regex=False, na=False)
    column, ascending = ORDERS[order]
    return samples[keep].sort_values(column, ascending=ascending, kind="stable", key=_hashes if order == MIXED else None)


def _hashes(ids: pd.Series) -> pd.Series:
    return pd.Series(pd.util.hash_array(ids.to_numpy()), index=ids.index)
