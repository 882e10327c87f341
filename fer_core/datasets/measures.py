"""How a measure of the pixels (brightness, contrast, sharpness) is distributed within each class."""

import pandas as pd

from fer_core.errors import InputError
from fer_core.labels import in_order

QUANTILES: dict[str, float] = {"q05": 0.05, "q25": 0.25, "q50": 0.50, "q75": 0.75, "q95": 0.95}
"""Columns of a summary and the quantile that each holds."""


def measures_summary(samples: pd.DataFrame, column: str) -> pd.DataFrame:
    """Quantiles of a measure for each class.

    Args:
        samples: columns label and `column`, one row a sample.
        column: name of a numeric column, such as brightness or contrast.

    Returns:
        Columns class, n (int), mean, q05, q25, q50, q75, q95 (float64, in the unit of `column`; missing values left out),
        one row a class, in the order of the labels.

    Raises:
        InputError: `samples` has no such column.
    """
    missing = [name for name in ("label", column) if name not in samples.columns]
    if missing:
        raise InputError(f"Samples need the columns label and {column}; missing: {', '.join(missing)}.")
    values = samples[column].astype("float64").dropna()
    groups = values.groupby(samples.loc[values.index, "label"].astype(object))
    table = pd.DataFrame({"n": groups.count(), "mean": groups.mean()})
    for name, quantile in QUANTILES.items():
        table[name] = groups.quantile(quantile)
    table = table.loc[list(in_order([str(name) for name in table.index]))]
    return table.rename_axis("class").reset_index()
