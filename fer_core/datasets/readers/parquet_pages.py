"""How much memory a parquet file takes while it is read, by the headers of its pages, which are read without unpacking any.

Apache Parquet format 2.11, parquet.thrift: PageHeader; Apache Thrift, compact protocol.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import IO, Any

import pyarrow.parquet as pq

from fer_core.errors import ImportRefusedError
from fer_core.settings import settings

MOST_ROWS = 64
"""Rows that are read at once at most."""

_BATCH_BYTES = 128_000_000
# Arrow takes about 21 bytes for each number of a list while it grows, and one row may hold all of a row group.
_MOST_LIST_VALUES = 45_000_000
_HEADER_BYTES = (1 << 12, 1 << 16, 1 << 20)
_DICTIONARY_PAGE, _DELTA_BYTE_ARRAY = 2, 7
_DEEPEST = 8


@dataclass(frozen=True)
class _Page:
    """What a page's header says: its kind, sizes in bytes, number of values and encoding."""

    kind: int
    size: int
    packed: int
    values: int
    encoding: int


def rows_at_once(file: IO[bytes], metadata: pq.FileMetaData, columns: list[str], name: str) -> int:
    """How many rows may be read at once, 1 to `MOST_ROWS`.

    A short file can hold a long one: a value that stands once in a dictionary and is meant a thousand times, or a page of zeros.

    Args:
        file: the file, from whose position nothing is expected.
        metadata: of the file.
        columns: names of the columns that will be read.
        name: of the file, for the sentence.

    Raises:
        ImportRefusedError: a page unpacks to more than the limit, lists are longer than the limit, or a header is damaged.
    """
    largest_page = settings().max_decoded_bytes // 2
    cost = 1.0
    for group in range(metadata.num_row_groups):
        row_group = metadata.row_group(group)
        for position in range(row_group.num_columns):
            column = row_group.column(position)
            path = column.path_in_schema
            if not any(path == one or path.startswith(f"{one}.") for one in columns):
                continue
            if path.count(".") > 1 and column.num_values > _MOST_LIST_VALUES:
                raise ImportRefusedError(
                    f"'{name}' is refused: its column '{path[:40]}' has {column.num_values:,} numbers in one row group, and "
                    f"{_MOST_LIST_VALUES:,} are read; write it with smaller groups (row_group_size=10000), or the pixels as text."
                )
            for page in _pages(file, column, name):
                if page.size > largest_page:
                    raise ImportRefusedError(
                        f"'{name}' is refused: a part of it unpacks to {page.size:,} bytes; the limit is {largest_page:,} "
                        "(half of FER_MAX_DECODED_BYTES)."
                    )
                # Any row may repeat a dictionary's longest value, or the text before it in this encoding.
                repeats = page.kind == _DICTIONARY_PAGE or page.encoding == _DELTA_BYTE_ARRAY
                cost = max(cost, page.size if repeats else page.size / max(1, min(page.values, MOST_ROWS)))
    return int(min(MOST_ROWS, max(1, _BATCH_BYTES // cost)))


def _pages(file: IO[bytes], column: Any, name: str) -> list[_Page]:
    start = column.data_page_offset
    if column.has_dictionary_page and 0 < (column.dictionary_page_offset or 0) < start:
        start = column.dictionary_page_offset
    end = start + column.total_compressed_size
    pages = []
    while start < end:
        page, length = _page(file, start, name)
        pages.append(page)
        start += length + page.packed
    return pages


def _page(file: IO[bytes], start: int, name: str) -> tuple[_Page, int]:
    """The page header at a place in the file, and its length in bytes."""
    for most in _HEADER_BYTES:
        file.seek(start)
        data = file.read(most)
        try:
            fields, length = _struct(data, 0, 0)
        except IndexError:
            continue
        except ValueError:
            break
        details: dict[int, Any] = next((fields[number] for number in (5, 7, 8) if isinstance(fields.get(number), dict)), {})
        encoding = details.get(4 if 8 in fields else 2, 0)
        page = _Page(fields.get(1, -1), fields.get(2, -1), fields.get(3, -1), details.get(1, 0), encoding)
        if page.size >= 0 and page.packed >= 0:
            return page, length
        break
    raise ImportRefusedError(f"'{name}' is damaged and cannot be read to its end; download it again.")


def _struct(data: bytes, place: int, depth: int) -> tuple[dict[int, Any], int]:
    """A struct in Thrift's compact protocol {field: value}, and where it ends; lists and texts are passed over.

    Raises:
        IndexError: the data end before it.
        ValueError: it is none.
    """
    if depth > _DEEPEST:
        raise ValueError("nested too deeply")
    fields: dict[int, Any] = {}
    number = 0
    while (head := data[place]) != 0:
        place += 1
        kind = head & 15
        if head >> 4:
            number += head >> 4
        else:
            number, place = _zigzag(data, place)
        fields[number], place = _value(data, place, kind, depth)
    return fields, place + 1


def _value(data: bytes, place: int, kind: int, depth: int) -> tuple[Any, int]:
    if kind in (1, 2):
        return kind == 1, place
    if kind == 3:
        return data[place], place + 1
    if kind in (4, 5, 6):
        return _zigzag(data, place)
    if kind == 7:
        return None, place + 8
    if kind == 8:
        length, place = _varint(data, place)
        if place + length > len(data):
            raise IndexError
        return None, place + length
    if kind == 12:
        return _struct(data, place, depth + 1)
    raise ValueError(f"a field of kind {kind}")


def _varint(data: bytes, place: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = data[place]
        place += 1
        value |= (byte & 127) << shift
        if byte < 128:
            return value, place
        shift += 7
        if shift > 63:
            raise ValueError("a number of more than 64 bits")


def _zigzag(data: bytes, place: int) -> tuple[int, int]:
    value, place = _varint(data, place)
    return (value >> 1) ^ -(value & 1), place
