"""How a measure of the pixels (brightness, contrast, sharpness) is distributed within each class."""

import numpy as np
import pandas as pd

from fer_core.errors import require_columns
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
    require_columns(samples, ("label", column), "Samples")
    values = samples[column].to_numpy(np.float64)
    codes, names = pd.factorize(samples["label"])
    codes = np.where(np.isnan(values), -1, codes)
    rows = {}
    for code, name in enumerate(names):
        group = values[codes == code]
        if len(group):
            quantiles = np.quantile(group, list(QUANTILES.values()))
            rows[str(name)] = {"n": len(group), "mean": group.mean(), **dict(zip(QUANTILES, quantiles, strict=True))}
    table = pd.DataFrame([{"class": name, **rows[name]} for name in in_order(list(rows))])
    return table if len(table) else pd.DataFrame(columns=["class", "n", "mean", *QUANTILES])
