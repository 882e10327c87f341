"""Parquet files whose rows hold a picture, encoded or as grey levels, and a label."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import PurePosixPath
from typing import IO, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from fer_core.datasets.card import card_of_parquet
from fer_core.datasets.codings import CODINGS
from fer_core.datasets.images import Loaded, UnusableError, decode, face_of_levels, parse_pixels
from fer_core.datasets.readers.parquet_pages import rows_at_once
from fer_core.datasets.source import Listing, Record, Source, unusable
from fer_core.datasets.splits import split_of, split_words
from fer_core.datasets.streams import spooled
from fer_core.datasets.tables import LABELS, NAMES, PICTURES, PIXELS, USAGES, extras_of, first, whole
from fer_core.errors import ImportRefusedError
from fer_core.settings import Settings, settings

_LONGEST_WORD = 200
_BUFFER = 1 << 20


@dataclass(frozen=True)
class _Columns:
    """Names of the columns that are read; `names` are the classes of the label's numbers, where the file says them."""

    picture: str
    label: str
    usage: str | None
    split: str | None
    subject: str | None
    angle: str | None
    names: tuple[str, ...]
    is_levels: bool


def has_parquet(listing: Listing) -> bool:
    """Whether there are parquet files."""
    return bool(listing.ending(".parquet"))


def read_parquet(listing: Listing) -> Source:
    """Samples of the parquet files: a column of pictures (bytes, a struct of bytes and path, or grey levels) and one of labels.

    Labels are words, or numbers whose names stand in the `huggingface` metadata or in a column of names. The split is a column,
    else a word of the file's or its folders' names; beside a column usage, a column split says what that word stands for.

    Raises:
        ImportRefusedError: a file cannot be read, has no such columns, or takes more memory than the limits.
    """
    shards = listing.ending(".parquet")
    rows = 0
    for shard in shards:
        with ExitStack() as stack:
            table = _opened(listing, shard, stack)[0]
            rows += table.metadata.num_rows
            if shard == shards[0]:
                columns = _columns(table.schema_arrow, PurePosixPath(shard).name, listing.subject_columns)
                extras = extras_of([field.name for field in table.schema_arrow if _is_number(field.type)])
                card = card_of_parquet(table.schema_arrow) if len(shards) == 1 else None
    name = PurePosixPath(shards[0]).name if len(shards) == 1 and len(listing.paths) == 1 else listing.files.name
    records = (record for shard in shards for record in _records(listing, shard, tuple(extras)))
    coding = CODINGS["fer2013"] if columns.is_levels else None
    return Source("parquet", name, records, lambda done: done / max(1, rows), extras, card, coding=coding)


def _records(listing: Listing, shard: str, extras: Sequence[str]) -> Iterator[Record]:
    name = PurePosixPath(shard).name if len(listing.paths) == 1 else shard
    limits = settings()
    word = next((next(iter(split_words(part))) for part in reversed(PurePosixPath(shard).parts) if split_of(part)), "")
    try:
        with ExitStack() as stack:
            table, file = _opened(listing, shard, stack)
            columns = _columns(table.schema_arrow, PurePosixPath(shard).name, listing.subject_columns)
            more = [column for column in extras if column in table.schema_arrow.names]
            known = (columns.picture, columns.label, columns.usage, columns.split, columns.subject, columns.angle)
            wanted = [one for one in (*known, *more) if one]
            size = rows_at_once(file, table.metadata, wanted, name)
            number = 0
            for batch in table.iter_batches(size, columns=wanted):
                number += len(batch)
                before = number - len(batch)
                yield from _rows(batch, columns, extras, more, word, f"{name} row", before, limits, fine=listing.fine)
    except (pa.ArrowException, OSError, UnusableError) as error:
        raise ImportRefusedError(f"'{name}' is damaged and cannot be read to its end; download it again.") from error


def _rows(
    batch: pa.RecordBatch,
    columns: _Columns,
    extras: Sequence[str],
    more: Sequence[str],
    word: str,
    name: str,
    before: int,
    limits: Settings,
    *,
    fine: bool,
) -> Iterator[Record]:
    cells = {
        column: batch.column(column)
        for column in {columns.label, columns.usage, columns.split, columns.subject, columns.angle, *more}
        if column
    }
    zeros = [0] * len(batch)
    beside = [cells[column].to_pylist() if column in more else zeros for column in extras]
    usages = _words(cells[columns.usage]) if columns.usage else [word] * len(batch)
    splits = _words(cells[columns.split]) if columns.split else [""] * len(batch)
    subjects, angles = (_words(cells[one]) if one else [""] * len(batch) for one in (columns.subject, columns.angle))
    labels = _words(cells[columns.label])
    pictures = batch.column(columns.picture)
    for row in range(len(batch)):
        load, inside, weight = _picture(pictures, row, limits, fine=fine)
        yield Record(
            _label(labels[row], columns.names),
            usages[row],
            inside or f"{name} {before + row + 1}",
            load,
            (split_of(splits[row]) or "") if splits[row] else "",
            tuple(column[row] or 0 for column in beside),
            subject=subjects[row].strip(),
            angle=angles[row].strip(),
            weight=weight,
        )


def _picture(column: pa.Array, row: int, limits: Settings, *, fine: bool) -> tuple[Any, str, int]:
    """What makes the face of a row, the file's name that stands beside it, and the bytes that are held until then."""
    inside = ""
    if pa.types.is_struct(column.type):
        names = [column.type.field(place).name for place in range(column.type.num_fields)]
        if not column[row].is_valid:
            return unusable("the row holds no picture"), "", 0
        if (
            "path" in names
            and (path := column.field("path")[row]).is_valid
            and isinstance(path, pa.StringScalar | pa.LargeStringScalar)
        ):
            inside = str(path)[-_LONGEST_WORD:]
        column = column.field("bytes")
    cell = column[row]
    if cell.is_valid and pa.types.is_dictionary(column.type):
        cell, column = column.dictionary[cell.index.as_py()], column.dictionary
    if not cell.is_valid:
        return unusable("the row holds no picture"), inside, 0
    if _is_list(column.type):
        values = cell.values
        while _is_list(values.type):
            values = values.flatten()
        if values.nbytes > limits.max_cell_bytes:
            return _too_long(values.nbytes, limits), inside, 0
        return partial(_levels, values), inside, values.nbytes
    length = len(cell.as_buffer())
    if length > limits.max_cell_bytes:
        return _too_long(length, limits), inside, 0
    content = cell.as_py()
    if isinstance(content, str):
        return partial(parse_pixels, content), inside, length
    return partial(_decode, content, limits.max_image_pixels, fine), inside, length


def _too_long(length: int, limits: Settings) -> Callable[[], Loaded]:
    return unusable(f"a cell of {length:,} bytes is more than the limit of {limits.max_cell_bytes:,} (FER_MAX_CELL_BYTES)")


def _levels(values: pa.Array) -> Loaded:
    if values.null_count or not _is_number(values.type):
        raise UnusableError("the pixels are not all whole numbers")
    levels = values.to_numpy(zero_copy_only=False)
    if not (levels == np.floor(levels)).all():
        raise UnusableError("the pixels are not all whole numbers")
    return face_of_levels(levels)


def _decode(data: bytes, max_pixels: int, fine: bool) -> Loaded:
    return decode(data, max_pixels=max_pixels, fine=fine)


def _words(column: pa.Array) -> list[str]:
    """Cells as short texts, empty for none."""
    if pa.types.is_dictionary(column.type):
        words = _words(column.dictionary)
        return ["" if place is None else words[place] for place in column.indices.to_pylist()]
    if pa.types.is_string(column.type) or pa.types.is_large_string(column.type):
        column = pc.utf8_slice_codeunits(column, 0, _LONGEST_WORD)
    elif not (_is_number(column.type) or pa.types.is_boolean(column.type)):
        return [str(cell)[:_LONGEST_WORD] if cell.is_valid else "" for cell in column]
    return ["" if cell is None else str(cell)[:_LONGEST_WORD] for cell in column.to_pylist()]


def _label(word: str, names: Sequence[str]) -> str:
    text = whole(word)
    if names and text.isdigit() and int(text) < len(names):
        return names[int(text)]
    return text


def _opened(listing: Listing, path: str, stack: ExitStack) -> tuple[pq.ParquetFile, IO[bytes]]:
    """The file open for reading; one in an archive is unpacked into an unnamed file first, as parquet is read from its end."""
    name = PurePosixPath(path).name
    limit = settings().max_archive_bytes
    try:
        stream = stack.enter_context(listing.files.stream(path))
        if not stream.seekable():
            stream = stack.enter_context(spooled(stream))
        table = stack.enter_context(pq.ParquetFile(stream, buffer_size=_BUFFER))
        groups = range(table.metadata.num_row_groups)
        if sum(table.metadata.row_group(number).total_byte_size for number in groups) > limit:
            raise ImportRefusedError(f"'{name}' unpacks to more than {limit:,} bytes, the limit (FER_MAX_ARCHIVE_BYTES).")
    except (pa.ArrowException, OSError, UnusableError) as error:
        raise ImportRefusedError(f"'{name}' is not a parquet file that can be read; download it again.") from error
    return table, stream


def _columns(schema: pa.Schema, name: str, subjects: Sequence[str]) -> _Columns:
    lower = [field.name.strip().lower() for field in schema]
    texts = [place for place, field in enumerate(schema) if lower[place] in PIXELS and _is_text(field.type)]
    lists = [place for place, field in enumerate(schema) if lower[place] in (*PIXELS, *PICTURES) and _is_list(field.type)]
    encoded = [place for place, field in enumerate(schema) if _is_picture(field.type)]
    preferred = [place for place in encoded if lower[place] in PICTURES]
    pictures = [*preferred, *encoded, *texts, *lists]
    words = [place for place, field in enumerate(schema) if lower[place] in NAMES and _is_text(field.type)]
    label = words[0] if words else first(lower, LABELS)
    usage = first(lower, USAGES)
    if not pictures or label is None:
        raise ImportRefusedError(
            f"'{name}' needs a column of picture bytes and one named label or emotion; it has: {', '.join(schema.names)[:120]}."
        )
    subject, angle = first(lower, subjects), first(lower, ("angle",))
    split = lower.index("split") if "split" in lower and usage is not None and lower[usage] != "split" else None
    return _Columns(
        picture=schema.names[pictures[0]],
        label=schema.names[label],
        usage=None if usage is None else schema.names[usage],
        split=None if split is None else schema.names[split],
        subject=None if subject is None else schema.names[subject],
        angle=None if angle is None else schema.names[angle],
        names=_class_names(schema, schema.names[label]),
        is_levels=pictures[0] not in encoded,
    )


def _is_picture(kind: pa.DataType) -> bool:
    if pa.types.is_dictionary(kind):
        return _is_picture(kind.value_type)
    if pa.types.is_struct(kind):
        return any(kind.field(place).name == "bytes" and _is_picture(kind.field(place).type) for place in range(kind.num_fields))
    return pa.types.is_binary(kind) or pa.types.is_large_binary(kind)


def _is_text(kind: pa.DataType) -> bool:
    kind = kind.value_type if pa.types.is_dictionary(kind) else kind
    return pa.types.is_string(kind) or pa.types.is_large_string(kind)


def _is_list(kind: pa.DataType) -> bool:
    return pa.types.is_list(kind) or pa.types.is_large_list(kind) or pa.types.is_fixed_size_list(kind)


def _is_number(kind: pa.DataType) -> bool:
    return pa.types.is_integer(kind) or pa.types.is_floating(kind)


def _class_names(schema: pa.Schema, label: str) -> tuple[str, ...]:
    try:
        feature: Any = json.loads((schema.metadata or {})[b"huggingface"])["info"]["features"][label]
        return tuple(str(name)[:_LONGEST_WORD] for name in feature["names"])
    except (KeyError, TypeError, ValueError, RecursionError):
        return ()
