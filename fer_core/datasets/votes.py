"""Annotators' votes: the table that FER+ adds to FER2013, and what the votes on a picture say."""

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

from fer_core.datasets.source import Record, Source
from fer_core.datasets.streams import lines
from fer_core.datasets.tables import VOTES
from fer_core.errors import DatasetError, ImportRefusedError, InputError, NotFoundError
from fer_core.files import open_regular
from fer_core.labels import canonical, display_name, in_order
from fer_core.settings import settings

TIE = "tie"
"""Stands for the crowd's label where two or more names have the most votes."""

MISNAMED: frozenset[str] = frozenset({"fer0006953.png", "fer0011785.png", "fer0008403.png", "fer0033120.png"})
"""Names that FER+ gives twice, once to a row between others (microsoft/FERPlus, fer2013new.csv); not looked at for the order."""

CHANCE_KAPPA = 0.1
"""Below this kappa votes and labels agree hardly better than chance (FER+ and FER2013: 0.57 on 8,990 rows)."""

CHANCE_ROWS = 500
"""Pictures that are needed before `CHANCE_KAPPA` is asked."""

_LONGEST_LINE = 10_000
_NAME = re.compile(r"[a-z][a-z0-9 _-]{0,39}")
_MOST = 127
_WRITTEN = {"nf": "No face", "unknown": "Unknown", TIE: "Tie"}


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
    found = float(kappa(_square(both["label"], both["crowd"], classes)))
    if found < CHANCE_KAPPA:
        reason = f"from row 1 on votes and labels agree no better than chance (kappa {found:.2f} on {len(both):,} rows)"
        raise _not_together(table, votes, reason)


def vote_names(samples: pd.DataFrame) -> tuple[str, ...]:
    """What was voted for: classes in FER2013's order, the others after them; empty when there are no votes."""
    return in_order([column.removeprefix(VOTES) for column in samples.columns if column.startswith(VOTES)])


def require_votes(samples: pd.DataFrame, name: str) -> tuple[str, ...]:
    """What was voted for in the data set of this name, see `vote_names`.

    Raises:
        DatasetError: it has no votes, so that they cannot be learned from.
    """
    names = vote_names(samples)
    if not names:
        raise DatasetError(
            f"Data set '{name}' has no votes to learn from; import fer2013.csv together with fer2013new.csv, or set "
            "teacher_votes to false."
        )
    return names


def vote_title(name: str) -> str:
    """How a name is written on a page: `nf` -> `No face`."""
    return _WRITTEN.get(name, display_name(name))


def summarise(samples: pd.DataFrame) -> pd.DataFrame:
    """What the crowd says of each picture.

    Args:
        samples: columns label and votes_NAME; columns id and split are kept.

    Returns:
        The rows that have a vote, with the index of `samples`: id and split where given, label, crowd (str: the name with the
        most votes, or `TIE`), agree (int: its votes), votes (int: all votes), entropy (float, bits: 0 when all agree).

    Raises:
        InputError: `samples` has no votes.
    """
    names = vote_names(samples)
    if not names:
        raise InputError("These samples have no votes; import fer2013.csv with fer2013new.csv, or take the labels as imported.")
    counts = samples[[VOTES + name for name in names]].to_numpy(np.int64)
    total, most = counts.sum(axis=1), counts.max(axis=1)
    voted = total > 0
    is_tie = (counts == most[:, None]).sum(axis=1) > 1
    share = counts / np.maximum(total, 1)[:, None]
    entropy = -(share * np.log2(np.where(share > 0, share, 1.0))).sum(axis=1)
    table = samples[[column for column in ("id", "split", "label") if column in samples.columns]].assign(
        crowd=np.where(is_tie, TIE, np.array(names, object)[counts.argmax(axis=1)]),
        agree=most,
        votes=total,
        entropy=np.abs(entropy),
    )
    return table[voted]


def spelled(samples: pd.DataFrame) -> list[str]:
    """The votes of each row in words, most votes first: `Sad 6, Neutral 4`."""
    names = vote_names(samples)
    rows = samples[[VOTES + name for name in names]].to_numpy(np.int64)
    return [
        ", ".join(f"{vote_title(names[place])} {row[place]}" for place in np.argsort(-row, kind="stable") if row[place])
        for row in rows
    ]


def favourite(names: Sequence[str], votes: Sequence[float]) -> tuple[str, str]:
    """The label that a crowd gives a face: (class, ""), or ("", the reason why it gives none).

    It gives none where two classes share the most votes, or where unknown or no face has at least as many.

    Args:
        names: what could be voted for, unknown and nf (no face) too.
        votes: as many numbers.
    """
    given = {canonical(name): count for name, count in zip(names, votes, strict=True)}
    none = max(given.pop("unknown", 0), given.pop("nf", 0))
    most = max(given.values(), default=0)
    if most <= 0 and none <= 0:
        return "", "no votes"
    if none >= most:
        return "", "unknown or no face has at least as many votes as any class"
    best = [name for name, count in given.items() if count == most]
    return (best[0], "") if len(best) == 1 else ("", "the most votes are shared")


def kappa(matrix: NDArray[np.integer]) -> NDArray[np.float64]:
    """Cohen's kappa: agreement beyond what the margins alone would give (Cohen 1960, doi:10.1177/001316446002000104).

    Args:
        matrix: (..., C, C) counts, rows one rater, columns the other.

    Returns:
        (...) float64, 1 is full agreement, 0 chance; NaN where chance alone would agree always, or nothing was counted.
    """
    counts = np.asarray(matrix, np.float64)
    n = counts.sum(axis=(-2, -1))
    with np.errstate(divide="ignore", invalid="ignore"):
        observed = np.trace(counts, axis1=-2, axis2=-1) / n
        chance = (counts.sum(axis=-1) * counts.sum(axis=-2)).sum(axis=-1) / n**2
        return np.where(chance < 1, (observed - chance) / (1 - chance), np.nan)


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
        found = [int(row[place]) for place in places]
    except (ValueError, IndexError):
        found = [-1]
    if min(found) < 0 or max(found) > _MOST:
        raise ImportRefusedError(f"'{name}' is refused: row {number:,} has a count that is no whole number from 0 to {_MOST}.")
    return found


def _square(rows: pd.Series, columns: pd.Series, classes: Sequence[str]) -> NDArray[np.int64]:
    table = pd.crosstab(rows, columns).reindex(index=list(classes), columns=list(classes), fill_value=0)
    return table.to_numpy(np.int64)


def _not_together(table: str, votes: Votes, reason: str) -> ImportRefusedError:
    return ImportRefusedError(
        f"The rows of '{table}' and '{votes.source}' do not belong together: {reason}; take both tables whole and unsorted."
    )
