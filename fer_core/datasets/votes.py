"""Read annotators' votes from the table that FER+ adds to FER2013, and join them to the pictures row by row."""

from __future__ import annotations

import csv
import gzip
import re
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain, zip_longest
from pathlib import Path
from typing import IO, cast

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from fer_core.datasets.crowd import kappa, summarise
from fer_core.datasets.source import Record, Source
from fer_core.datasets.streams import lines
from fer_core.datasets.tables import VOTES
from fer_core.errors import ImportRefusedError, NotFoundError
from fer_core.files import open_regular
from fer_core.labels import canonical, in_order
from fer_core.settings import settings

MISNAMED: frozenset[str] = frozenset({"fer0006953.png", "fer0011785.png", "fer0008403.png", "fer0033120.png"})
"""Names that FER+ gives twice, once to a row between others (microsoft/FERPlus, fer2013new.csv); not looked at for the order."""

CHANCE_KAPPA = 0.1
"""Below this kappa votes and labels agree hardly better than chance (FER+ and FER2013: 0.57 on 8,990 rows)."""

CHANCE_ROWS = 500
"""Pictures that are needed before `CHANCE_KAPPA` is asked."""

_LONGEST_LINE = 10_000
_NAME = re.compile(r"[a-z][a-z0-9 _-]{0,39}")
_MOST = 127


@dataclass(frozen=True)
class Votes:
    """A table of votes, row by row as the table of pictures.

    Attributes:
        source: name of the file.
        names: what could be voted for, in the table's order: classes, and perhaps contempt, unknown and nf (no face).
        usages: the source's word for the split, one a row.
        counts: votes, (N, names) int8.
    """

    source: str
    names: tuple[str, ...]
    usages: tuple[str, ...]
    counts: NDArray[np.int8]

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the columns in `samples.parquet`."""
        return tuple(VOTES + name for name in self.names)


def read_votes(path: Path) -> Votes:
    """Read a table like `fer2013new.csv`: columns Usage, Image name, and one column of counts for each name.

    Args:
        path: a .csv or .csv.gz file; image names may be empty (FER+ leaves them out where there is no face).

    Raises:
        NotFoundError: there is no such file.
        ImportRefusedError: it cannot be read, has other columns, a count that is no whole number from 0 to 127, or image names
            that are out of order.
    """
    if not path.exists():
        raise NotFoundError(f"There is no file '{path.name or path}' with votes; check the path.")
    try:
        with open_regular(path) as raw:
            packed = path.name.lower().endswith(".gz")
            return _parse(cast("IO[bytes]", gzip.GzipFile(fileobj=raw)) if packed else raw, path.name)
    except (OSError, EOFError, zlib.error, csv.Error) as error:
        raise ImportRefusedError(f"'{path.name}' is damaged and cannot be read to its end; download it again.") from error


def attach(records: Iterator[Record], votes: Votes, table: str) -> Iterator[Record]:
    """The records of a table of pictures, each with the votes of the same row.

    Args:
        records: the rows of the table, all of them and in order.
        votes: the votes.
        table: name of the table of pictures.

    Raises:
        ImportRefusedError: while iterating, at the first row where the tables part.
    """
    number = 0
    for number, (record, usage) in enumerate(zip_longest(records, votes.usages), start=1):
        if record is None:
            raise _not_together(table, votes, f"'{table}' ends before row {number:,}, while '{votes.source}' goes on")
        if usage is None:
            raise _not_together(table, votes, f"'{votes.source}' ends before row {number:,}, while '{table}' goes on")
        if record.usage and record.usage.lower() != usage.lower():
            raise _not_together(table, votes, f"in row {number:,} Usage is '{record.usage[:40]}' here and '{usage[:40]}' there")
        yield replace(record, extras=tuple(votes.counts[number - 1].tolist()))


def with_votes(source: Source, votes: Votes) -> Source:
    """The source, its records carrying the votes of the same row.

    Raises:
        ImportRefusedError: the source is no table, which alone has rows in an order; while reading, see `attach`.
    """
    if source.kind != "csv":
        raise ImportRefusedError(
            f"'{votes.source}' cannot be used with '{source.name}': votes belong to the rows of the original table, so give "
            "fer2013.csv (or .csv.gz) as the source."
        )
    extras = dict.fromkeys(votes.columns, "int8")
    return replace(source, records=attach(source.records, votes, source.name), extras=extras)


def require_related(samples: pd.DataFrame, votes: Votes, table: str) -> None:
    """See that the votes are about these pictures: shuffled rows of one split have the same length and Usage.

    Raises:
        ImportRefusedError: votes and labels agree no better than chance.
    """
    crowd = summarise(samples)
    classes = in_order(set(samples["label"]) & set(votes.names))
    both = crowd[crowd["label"].isin(classes) & crowd["crowd"].isin(classes)]
    if len(both) < CHANCE_ROWS or len(classes) < 2:
        return
    agreement = float(kappa(_square(both["label"], both["crowd"], classes)))
    if agreement < CHANCE_KAPPA:
        reason = f"from row 1 on votes and labels agree no better than chance (kappa {agreement:.2f} on {len(both):,} rows)"
        raise _not_together(table, votes, reason)


def _parse(stream: IO[bytes], name: str) -> Votes:
    text = lines(stream, longest=_LONGEST_LINE)
    first = next(text, "")
    rows = csv.reader(chain([first], text), delimiter=max(",;\t", key=first.count))
    head = [cell.strip().lower() for cell in next(rows, [])]
    try:
        usage, image = head.index("usage"), head.index("image name")
    except ValueError as error:
        shown = ", ".join(head)[:120] or "nothing"
        raise ImportRefusedError(
            f"'{name}' is no table of votes: it needs the columns Usage, Image name and one for each expression, like FER+'s "
            f"fer2013new.csv; its first line has: {shown}."
        ) from error
    places = [place for place in range(len(head)) if place not in (usage, image)]
    names = [canonical(head[place]) for place in places]
    if len(set(names)) < max(2, len(names)) or not all(_NAME.fullmatch(one) for one in names):
        raise ImportRefusedError(f"'{name}' is no table of votes: it needs two or more columns of counts with different names.")
    usages, counts, before = [], [], ""
    for number, row in enumerate((row for row in rows if row), start=1):
        if number > settings().max_rows:
            raise ImportRefusedError(f"'{name}' has more than {number - 1:,} rows, the limit (FER_MAX_ROWS).")
        counts.append(_counts(row, places, name, number))
        usages.append(row[usage].strip())
        here = row[image].strip()
        if here and here not in MISNAMED:
            if before and here <= before:
                raise ImportRefusedError(
                    f"'{name}' is refused: its image names are out of order from row {number:,} on ('{here[:40]}' after "
                    f"'{before[:40]}'), and the order of rows says which picture a vote is about; download it again."
                )
            before = here
    if not counts:
        raise ImportRefusedError(f"'{name}' has no rows; download it again.")
    return Votes(name, tuple(names), tuple(usages), np.array(counts, np.int8))


def _counts(row: Sequence[str], places: Sequence[int], name: str, number: int) -> list[int]:
    try:
        counts = [int(row[place]) for place in places]
    except (ValueError, IndexError):
        counts = [-1]
    if min(counts) < 0 or max(counts) > _MOST:
        raise ImportRefusedError(f"'{name}' is refused: row {number:,} has a count that is no whole number from 0 to {_MOST}.")
    return counts


def _square(rows: pd.Series, columns: pd.Series, classes: Sequence[str]) -> NDArray[np.int64]:
    table = pd.crosstab(rows, columns).reindex(index=list(classes), columns=list(classes), fill_value=0)
    return table.to_numpy(np.int64)


def _not_together(table: str, votes: Votes, reason: str) -> ImportRefusedError:
    return ImportRefusedError(
        f"The rows of '{table}' and '{votes.source}' do not belong together: {reason}; take both tables whole and unsorted."
    )
