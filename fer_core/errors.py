"""Every error that a user can cause or meet.

Pages and the command line catch `FerError` only and show its one sentence, which says what is wrong and what to do next.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd


class FerError(Exception):
    """Base of all expected errors; `str(error)` is one sentence for the person in front of the screen."""


class InputError(FerError):
    """An argument, a setting or a form field is outside what is allowed."""


class NotFoundError(FerError):
    """A data set, run, sample or file of that name does not exist."""


class NameTakenError(FerError):
    """A data set or run of that name exists already and overwriting was not asked for."""


class ImportRefusedError(FerError):
    """A source is refused whole: unsafe archive, over a limit, or nothing in it that can be used."""


class DatasetError(FerError):
    """A data set on disk is damaged, or in use by a run."""


class RunError(FerError):
    """A run is damaged, not finished, or cannot be started, stopped or deleted now."""


class Superseded(RunError):
    """Says that another process has taken over the work of this one."""

    def __init__(self, sentence: str = "Another process has taken this work over; this one ends.") -> None:
        super().__init__(sentence)


class WeightsError(FerError):
    """Pretrained weights are missing, or do not fit the network."""


class PhotoError(FerError):
    """A photo cannot be read or is beyond a limit."""


class Stopped(FerError):
    """Work was asked to stop, and has stopped."""

    def __init__(self, sentence: str = "The work was stopped.") -> None:
        super().__init__(sentence)


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
