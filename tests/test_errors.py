"""A table that lacks a column is refused by name."""

import pandas as pd
import pytest

from fer_core.errors import InputError, require_columns

TABLE = pd.DataFrame(columns=["name", "value", "note"])


@pytest.mark.parametrize(
    ("columns", "sentence"),
    [
        (("name", "low"), "Scores need the columns name, low; missing: low."),
        (("low", "high", "low"), "Scores need the columns low, high; missing: low, high."),
    ],
)
def test_what_is_needed_and_what_is_missing_is_said(columns: tuple[str, ...], sentence: str) -> None:
    with pytest.raises(InputError) as refused:
        require_columns(TABLE, columns, "Scores")
    assert str(refused.value) == sentence


@pytest.mark.parametrize("columns", [(), ("name",), ("value", "name")])
def test_further_columns_are_no_fault(columns: tuple[str, ...]) -> None:
    require_columns(TABLE, columns, "Scores")
