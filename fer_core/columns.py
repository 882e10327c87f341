"""Which columns a table must have."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from fer_core.errors import InputError

if TYPE_CHECKING:
    import pandas as pd


def require_columns(table: pd.DataFrame, columns: Iterable[str], what: str) -> None:
    """Refuse a table that lacks one of its columns.

    Args:
        table: any; further columns are no fault.
        columns: that it must have.
        what: what the table holds, in the plural, the first word of the sentence: `Scores`.

    Raises:
        InputError: a column is missing; the sentence names all that are needed and those that are missing.
    """
    needed = list(dict.fromkeys(columns))
    missing = [name for name in needed if name not in table.columns]
    if missing:
        raise InputError(f"{what} need the columns {', '.join(needed)}; missing: {', '.join(missing)}.")
