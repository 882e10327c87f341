"""A run's tables: those that grow while it trains, read as far as they are whole or cut back to an epoch, and its samples."""

from __future__ import annotations

import csv
import json
import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pandas as pd

from fer_core.errors import RunError
from fer_core.files import replace

_TAIL_BYTES = 65536


def read_epochs(path: Path) -> pd.DataFrame:
    """The rows of `epochs.csv` that are whole; an empty frame with its first columns when there are none.

    A row that a crash tore, or filled with zeros, is left out.
    """
    names, rows = _epoch_rows(path)
    if not rows:
        return pd.DataFrame(columns=["epoch", "phase", "loss", "accuracy", "val_loss", "val_accuracy", "val_macro_f1"])
    table = pd.DataFrame(rows, columns=names)
    return table.assign(**{name: pd.to_numeric(table[name], errors="coerce") for name in names if name != "phase"})


def read_batches(path: Path) -> pd.DataFrame:
    """The whole lines of `batches.jsonl`: step, epoch (a float: position), phase, loss, accuracy."""
    return pd.DataFrame([row for _, row in _batch_lines(path)], columns=["step", "epoch", "phase", "loss", "accuracy"])


def read_tail(path: Path, lines: int) -> str:
    """The last lines of a text file, at most 64 KiB of it; empty when there is none."""
    try:
        with path.open("rb") as file:
            file.seek(0, os.SEEK_END)
            file.seek(max(0, file.tell() - _TAIL_BYTES))
            text = file.read().decode("utf-8", errors="replace")
    except OSError:
        return ""
    return "\n".join(text.splitlines()[-lines:])


def read_training_samples(path: Path, run_id: str) -> pd.DataFrame:
    """Columns hash, signature, and person where known, of `training_samples.parquet`; an empty frame when there is no such file.

    Raises:
        RunError: the file is damaged.
    """
    if not path.exists():
        return pd.DataFrame({"hash": pd.Series(dtype=str), "signature": pd.Series(dtype="uint64")})
    try:
        table = pd.read_parquet(path)
        return table[[*("hash", "signature"), *(column for column in ("person",) if column in table)]]
    except (OSError, ValueError, KeyError) as error:
        raise RunError(f"Run '{run_id}' has a damaged {path.name}; delete the run or restore the file.") from error


def cut_epochs(path: Path, last: int) -> None:
    """Drop from `epochs.csv` what is torn or comes after epoch `last`; without a row that stays, the file goes.

    Raises:
        OSError: the disk is full or may not be written; the file is as it was.
    """
    names, rows = _epoch_rows(path)
    kept = [row for row in rows if int(row[0]) <= last]
    if not kept:
        path.unlink(missing_ok=True)
        return

    def write(temporary: Path) -> None:
        with temporary.open("w", newline="") as file:
            csv.writer(file).writerows([names, *kept])

    replace(path, write)


def cut_batches(path: Path, last: int) -> None:
    """Drop from `batches.jsonl` what is torn or comes after the end of epoch `last`; without a line that stays, the file goes.

    Raises:
        OSError: the disk is full or may not be written; the file is as it was.
    """
    kept = [line for line, row in _batch_lines(path) if isinstance(row.get("epoch"), int | float) and row["epoch"] <= last]
    if not kept:
        path.unlink(missing_ok=True)
        return
    replace(path, lambda temporary: temporary.write_text("".join(line.rstrip("\n") + "\n" for line in kept)))


def _epoch_rows(path: Path) -> tuple[list[str], list[list[str]]]:
    """The names of the columns, and the whole rows."""
    rows: list[list[str]] = []
    with suppress(OSError, csv.Error), path.open(newline="", errors="replace") as file:
        rows = list(csv.reader(file))
    if not rows or rows[0][:2] != ["epoch", "phase"]:
        return [], []
    width = len(rows[0])
    return rows[0], [
        row for row in rows[1:] if len(row) == width and row[0].isdecimal() and not any("\0" in cell for cell in row)
    ]


def _batch_lines(path: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    with suppress(OSError), path.open(errors="replace") as lines:
        for line in lines:
            with suppress(json.JSONDecodeError):
                row = json.loads(line)
                if isinstance(row, dict):
                    yield line, row
