"""Reading a source to its end: records are named, decoded by several threads, and gathered within limits of memory."""

from __future__ import annotations

import os
import sys
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import nullcontext
from dataclasses import replace
from typing import Any

import numpy as np

from fer_core.datasets.codings import MAPPED, SKIP, CodingNeededError, Naming, advice, number_of, numbers_in_words
from fer_core.datasets.crowd import favourite
from fer_core.datasets.framing import Framing, framed
from fer_core.datasets.harvest import LONGEST_FILE, LONGEST_LABEL, Harvest, printable
from fer_core.datasets.images import Loaded, UnusableError, fit
from fer_core.datasets.naming import class_name
from fer_core.datasets.source import Record, Source
from fer_core.datasets.splits import split_of
from fer_core.datasets.subjects import SubjectRule
from fer_core.datasets.tables import VOTES
from fer_core.errors import ImportRefusedError
from fer_core.photos.cropping import one_core_each
from fer_core.photos.frame import Colour
from fer_core.progress import Progress

_GROUP, _GROUP_BYTES = 128, 8_000_000
_SEARCHED = 8  # A picture in which a face is looked for may take a third of a second: a stop is not to wait for many.
_NOTHING = np.empty((0, 0), np.uint8)
_Read = tuple[np.ndarray, Loaded]


def gather(
    source: Source,
    naming: Naming,
    chosen: Sequence[str] | None,
    report: Progress,
    *,
    crowd: bool,
    scale: float,
    size: int | None = None,
    colour: Colour | None = None,
    rule: SubjectRule | None = None,
    faces: Framing = "as-is",
) -> Harvest:
    """Read a source to its end.

    Args:
        source: see `formats.open_source`.
        naming: what the classes are called.
        chosen: names of the classes to take; None for all.
        report: called with shares from 0 to `scale`.
        crowd: take the label from the votes.
        scale: the share of the whole work.
        size: pixels a side of the faces; None for what each picture has, up to 224.
        colour: "grey" for grey faces; otherwise what each picture has.
        rule: tells the person by the file's name or folder; None, or one by column, for what the records say.
        faces: "find" to look for the face in each picture, set it upright and crop it.

    Raises:
        CodingNeededError: there are class numbers that nothing names.
        ImportRefusedError: over a limit, or damaged as a whole.
    """
    harvest = Harvest()
    wanted = _wanted(source, naming, chosen, harvest, crowd=crowd)
    if rule is not None and rule.kind != "column":
        wanted = ((replace(record, subject=rule.subject(record.file)), label) for record, label in wanted)
    groups = _groups(wanted, _GROUP if faces == "as-is" else _SEARCHED)
    workers = max(1, min(4, os.cpu_count() or 1))
    pending: deque[tuple[list[tuple[Record, str]], Future[list[_Read | str]]]] = deque()
    together = one_core_each() if faces == "find" else nullcontext()
    with together, ThreadPoolExecutor(workers, thread_name_prefix="decode") as pool:
        try:
            while True:
                if group := next(groups, None):
                    pending.append((group, pool.submit(_load, [record for record, _ in group], size, colour, faces)))
                if not pending:
                    break
                if len(pending) > 2 * workers or not group:
                    part, future = pending.popleft()
                    _collect(harvest, part, future.result(), has_extras=bool(source.extras))
                position = min(1.0, source.position(harvest.done))
                report(scale * position, f"{len(harvest.faces):,} faces read from {source.name}")
        except BaseException:
            harvest.faces.close()
            raise
        finally:
            pool.shutdown(wait=True, cancel_futures=True)
    return harvest


def _wanted(
    source: Source, naming: Naming, chosen: Sequence[str] | None, harvest: Harvest, *, crowd: bool
) -> Iterator[tuple[Record, str]]:
    """Records to decode, each with its class; those of other classes are counted as skipped without being decoded."""
    most_rows, most_classes = harvest.limits.max_rows, harvest.limits.max_classes
    candidates = [column.removeprefix(VOTES) for column in source.extras if column.startswith(VOTES)]
    where = [place for place, column in enumerate(source.extras) if column.startswith(VOTES)]
    classes: set[str] = set()
    is_nameless = False
    for row, record in enumerate(source.records, start=1):
        if row > most_rows:
            raise ImportRefusedError(f"'{source.name}' has more than {most_rows:,} samples, the limit (FER_MAX_ROWS).")
        written = record.label
        if crowd:
            written, reason = favourite(candidates, [record.extras[place] for place in where])
            if reason:
                harvest.left_out[reason] += 1
                continue
            record = replace(record, source_label=naming.name(record.label) or "")
        label = naming.name(written)
        number = number_of(written)
        if number is not None:
            harvest.numbers.add(number)
            if label is None:
                is_nameless = True
                if len(harvest.numbers) > most_classes:
                    break
        if is_nameless:
            continue  # nothing is imported, but all numbers are needed to say which codings fit
        label = label or ""
        is_skipped = naming.skips(written)
        if is_skipped or label != SKIP:  # a class that the source calls so has no way to be written in a mapping
            harvest.read_as(class_name(written), label)
        if is_skipped:
            harvest.skipped[class_name(written)] += 1
            continue
        if len(label) > LONGEST_LABEL:
            harvest.reject(record.file, f"its class has a name of more than {LONGEST_LABEL} characters")
            continue
        if label and label not in classes:
            classes.add(label)
            if len(classes) > most_classes:
                raise ImportRefusedError(
                    f"'{source.name}' has more than {most_classes} different classes (FER_MAX_CLASSES), the last '{label}'; "
                    "see that the folders or the column name expressions."
                )
        if label and chosen is not None and label not in chosen:
            harvest.skipped[label] += 1
        else:
            harvest.chosen += bool(label)
            yield record, label
    if is_nameless:
        raise CodingNeededError(_nameless(source.name, harvest.numbers, naming), harvest.numbers)


def _nameless(name: str, numbers: set[int], naming: Naming) -> str:
    if naming.coding is None:
        said = f"'{name}' has the class numbers {numbers_in_words(numbers)} and no names for them"
    else:
        strange = {number for number in numbers if naming.coding[number] is None}
        how = f"coding {naming.coding.name} ({naming.coding.span})" if naming.coding.name != MAPPED else "--map"
        said = f"'{name}' has the class number {numbers_in_words(strange)}, which {how} does not have"
    return f"{said}; {advice(numbers)}."


def _groups(wanted: Iterator[tuple[Record, str]], most: int) -> Iterator[list[tuple[Record, str]]]:
    """Records in groups of bounded number and size, as each waits in memory for its thread."""
    group: list[tuple[Record, str]] = []
    held = 0
    for record, label in wanted:
        group.append((record, label))
        held += record.weight
        if len(group) >= most or held >= _GROUP_BYTES:
            yield group
            group, held = [], 0
    if group:
        yield group


def _load(records: list[Record], size: int | None, colour: Colour | None, faces: Framing) -> list[_Read | str]:
    loaded: list[_Read | str] = []
    for record in records:
        try:
            picture = framed(record.load(), faces, size=size)
            face: _Read | str = (fit(picture.picture, size, colour), picture._replace(picture=_NOTHING))
            if record.usage and not record.split and split_of(record.usage) is None:
                face = f"unknown split '{record.usage[:40]}'"
        except UnusableError as error:
            face = str(error)
        loaded.append(face)
    return loaded


def _collect(harvest: Harvest, part: list[tuple[Record, str]], loaded: list[_Read | str], *, has_extras: bool) -> None:
    read: list[_Read] = []
    extras: list[tuple[float, ...]] = []
    for (record, label), face in zip(part, loaded, strict=True):
        if isinstance(face, str) or not label:
            harvest.reject(record.file, face if isinstance(face, str) else "has no label")
            continue
        read.append(face)
        extras.append(record.extras)
        if face[1].remark:
            harvest.remarks[face[1].remark] += 1
            harvest.examples.setdefault(face[1].remark, printable(record.file)[-LONGEST_FILE:])
        _add_row(harvest, record, label)
    if read:
        harvest.faces.add([face for face, _ in read], [picture for _, picture in read])
        if has_extras:
            harvest.extras.append(np.array(extras, np.float32))


def _add_row(harvest: Harvest, record: Record, label: str) -> None:
    split = record.split or split_of(record.usage) or "train"
    file = printable(record.file)[-LONGEST_FILE:]
    harvest.name_bytes += sys.getsizeof(file)
    if harvest.name_bytes > harvest.limits.max_name_bytes:
        raise ImportRefusedError(
            f"The names of the samples take more than {harvest.limits.max_name_bytes:,} bytes (FER_MAX_NAME_BYTES); shorten the "
            "folders' and files' names."
        )
    cells: dict[str, Any] = {
        "label": label,
        "split": split,
        "usage": record.usage[:LONGEST_LABEL],
        "file": file,
        "subject": record.subject[:LONGEST_LABEL],
        "angle": record.angle[:LONGEST_LABEL],
        "source_label": record.source_label[:LONGEST_LABEL],
    }
    for column, cell in cells.items():
        harvest.columns[column].append(cell if column == "file" else sys.intern(printable(cell)))
