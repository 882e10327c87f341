"""Faces in tables: fer2013.csv with its lists of pixels, and parquet files with encoded pictures."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import IO, Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from fer_core.datasets.archive import lines
from fer_core.datasets.images import UnusableError, decode, parse_pixels
from fer_core.datasets.splits import split_of
from fer_core.errors import ImportRefusedError
from fer_core.settings import settings

LABELS = ("emotion", "label", "labels", "class", "expression", "emotions", "target", "fine_label")
PIXELS = ("pixels", "pixel")
USAGES = ("usage", "split", "set", "subset")
VOTES = "votes_"
"""Prefix of the columns that hold annotators' votes, one a name."""
PICTURES = ("image", "img", "face", "picture", "image_bytes", "bytes", "content", "data")

_EXTRA = re.compile(rf"{VOTES}[a-z0-9 _-]{{1,40}}|intensity")
_LONGEST_LINE = 4_000_000
_BATCH = 64


@dataclass(frozen=True)
class Record:
    """One sample of a source, not decoded yet.

    Attributes:
        label: class as the source writes it; empty when there is none.
        usage: the source's word for the split; empty when there is none.
        file: name at the source.
        load: makes the face, (48, 48) uint8, or raises UnusableError; safe to call in another thread.
        split: the split itself, where the source says it beside its own word; empty when only `usage` tells.
        extras: values of the source's further columns (votes, intensity), as many as it names.
    """

    label: str
    usage: str
    file: str
    load: Callable[[], np.ndarray]
    split: str = ""
    extras: tuple[float, ...] = ()


def csv_records(stream: IO[bytes], name: str) -> Iterator[Record]:
    """Samples of a table with columns emotion, pixels and perhaps Usage, in any order and case.

    Args:
        stream: UTF-8 text.
        name: name of the table, for the samples' file names, which count its rows from 1.

    Raises:
        ImportRefusedError: it has no such columns, or is no text.
    """
    text = lines(stream, longest=_LONGEST_LINE)
    head = next(text, "")
    separator = max(",;\t", key=head.count)
    csv.field_size_limit(_LONGEST_LINE)
    try:
        names = [cell.strip().lower() for cell in next(csv.reader([head], delimiter=separator), [])]
    except csv.Error as error:
        raise _no_table(name, error) from error
    label, pixels, usage = (_first(names, wanted) for wanted in (LABELS, PIXELS, USAGES))
    if label is None or pixels is None:
        shown = ", ".join(names)[:120] or "nothing"
        raise ImportRefusedError(
            f"'{name}' needs the columns emotion and pixels (and Usage, if it has splits); its first line has: {shown}."
        )
    try:
        for number, row in enumerate((row for row in csv.reader(text, delimiter=separator) if row), start=1):
            file = f"{name} row {number}"
            if len(row) <= max(label, pixels):
                yield Record("", "", file, partial(_unusable, "the row has too few columns"))
                continue
            word = row[usage].strip() if usage is not None and usage < len(row) else ""
            yield Record(_whole(row[label]), word, file, partial(parse_pixels, row[pixels]))
    except csv.Error as error:
        raise _no_table(name, error) from error


def _no_table(name: str, error: csv.Error) -> ImportRefusedError:
    return ImportRefusedError(f"'{name}' is not a table that can be read: {str(error).split(' - ')[0]}.")


def parquet_rows(path: Path) -> int:
    """Number of rows that a parquet file declares.

    Raises:
        ImportRefusedError: it cannot be read, or unpacks to more than the limit of archives.
    """
    limit = settings().max_archive_bytes
    try:
        about = pq.read_metadata(path)
    except (pa.ArrowException, OSError) as error:
        raise _no_parquet(path.name) from error
    if sum(about.row_group(number).total_byte_size for number in range(about.num_row_groups)) > limit:
        raise ImportRefusedError(f"'{path.name}' unpacks to more than {limit:,} bytes, the limit (FER_MAX_ARCHIVE_BYTES).")
    return about.num_rows


def parquet_extras(path: Path) -> dict[str, str]:
    """Further columns of a parquet file that a data set keeps {column: dtype}: votes_NAME, and the intensity of drawn faces.

    Raises:
        ImportRefusedError: it cannot be read.
    """
    try:
        schema = pq.read_schema(path)
    except (pa.ArrowException, OSError) as error:
        raise _no_parquet(path.name) from error
    return extras_of([field.name for field in schema if pa.types.is_integer(field.type) or pa.types.is_floating(field.type)])


def extras_of(columns: Sequence[str]) -> dict[str, str]:
    """Those of the columns that a data set keeps {column: dtype}."""
    return {name: "int8" if name.startswith(VOTES) else "float32" for name in columns if _EXTRA.fullmatch(name)}


def parquet_records(path: Path, name: str, extras: Sequence[str] = ()) -> Iterator[Record]:
    """Samples of a parquet file with a column of encoded pictures and a column of labels.

    The picture is a struct with `bytes` (and `path`), or plain bytes. Labels are words, or numbers whose names stand in the
    `huggingface` metadata, else FER2013's numbers. The split is a column, else a word of the file's or its folders' names;
    beside a column usage, a column split says what that word stands for.

    Args:
        path: the file.
        name: its name below the source, for split and file names.
        extras: names of further columns whose values the records carry; 0 where the file has none.

    Raises:
        ImportRefusedError: it has no such columns, or is damaged.
    """
    max_pixels = settings().max_image_pixels
    try:
        with pq.ParquetFile(path) as table:
            picture, label, usage, split = _columns(table.schema_arrow, name)
            more = [column for column in extras if column in table.schema_arrow.names]
            names = _class_names(table.schema_arrow, label)
            word = _split_word(name)
            number = 0
            for batch in table.iter_batches(_BATCH, columns=[one for one in (picture, label, usage, split, *more) if one]):
                cells = batch.to_pydict()
                usages = cells[usage] if usage else [word] * len(batch)
                splits = cells[split] if split else [None] * len(batch)
                zeros = [0] * len(batch)
                beside = [cells.get(column, zeros) for column in extras]
                further = list(zip(*beside, strict=True)) if beside else [()] * len(batch)
                rows = zip(cells[picture], cells[label], usages, splits, further, strict=True)
                for content, value, its_usage, its_split, values in rows:
                    number += 1
                    data, inside = (content.get("bytes"), content.get("path")) if isinstance(content, dict) else (content, None)
                    file = str(inside) if inside else f"{name} row {number}"
                    yield Record(
                        _label(value, names),
                        "" if its_usage is None else str(its_usage),
                        file,
                        partial(_decode, data, max_pixels),
                        (split_of(str(its_split)) or "") if its_split else "",
                        tuple(cell or 0 for cell in values),
                    )
    except (pa.ArrowException, OSError) as error:
        raise ImportRefusedError(f"'{name}' is damaged and cannot be read to its end; download it again.") from error


def _no_parquet(name: str) -> ImportRefusedError:
    return ImportRefusedError(f"'{name}' is not a parquet file that can be read; download it again.")


def _decode(data: bytes | None, max_pixels: int) -> np.ndarray:
    if data is None:
        raise UnusableError("the row holds no picture")
    return decode(data, max_pixels=max_pixels)


def _unusable(reason: str) -> np.ndarray:
    raise UnusableError(reason)


def _first(names: Sequence[str], wanted: Sequence[str]) -> int | None:
    return next((names.index(name) for name in wanted if name in names), None)


def _columns(schema: pa.Schema, name: str) -> tuple[str, str, str | None, str | None]:
    pictures = [field.name for field in schema if _is_picture(field.type)]
    lower = [field.name.strip().lower() for field in schema]
    preferred = [column for column in pictures if column.strip().lower() in PICTURES]
    label, usage = _first(lower, LABELS), _first(lower, USAGES)
    if not pictures or label is None:
        raise ImportRefusedError(
            f"'{name}' needs a column of picture bytes and one named label or emotion; it has: {', '.join(schema.names)[:120]}."
        )
    split = lower.index("split") if "split" in lower and usage is not None and lower[usage] != "split" else None
    return (
        (preferred or pictures)[0],
        schema.names[label],
        None if usage is None else schema.names[usage],
        None if split is None else schema.names[split],
    )


def _is_picture(kind: pa.DataType) -> bool:
    if pa.types.is_struct(kind):
        return any(kind.field(number).name == "bytes" for number in range(kind.num_fields))
    return pa.types.is_binary(kind) or pa.types.is_large_binary(kind)


def _class_names(schema: pa.Schema, label: str) -> list[str]:
    try:
        feature: Any = json.loads((schema.metadata or {})[b"huggingface"])["info"]["features"][label]
        return [str(name) for name in feature["names"]]
    except (KeyError, TypeError, ValueError):
        return []


def _label(value: object, names: Sequence[str]) -> str:
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < len(names):
        return names[value]
    return "" if value is None else _whole(str(value))


def _whole(text: str) -> str:
    return re.sub(r"^(\d+)\.0*$", r"\1", text.strip())


def _split_word(name: str) -> str:
    parts = [part for step in reversed(Path(name).parts) for part in re.split(r"[-_. ]", step)]
    return next((part for part in parts if split_of(part)), "")
