"""From a source to a data set: decode, choose classes, cut validation, write."""

from __future__ import annotations

import os
import time
import warnings
from collections import Counter, deque
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from PIL.Image import DecompressionBombWarning

from fer_core.datasets import store, votes
from fer_core.datasets.card import Card
from fer_core.datasets.images import UnusableError
from fer_core.datasets.meta import Rejected
from fer_core.datasets.readers import Source, open_source
from fer_core.datasets.signature import pixel_hash
from fer_core.datasets.splits import cut_validation, split_of
from fer_core.datasets.tables import Record
from fer_core.errors import ImportRefusedError
from fer_core.labels import FIVE, canonical, in_order
from fer_core.progress import Progress
from fer_core.settings import FACE_SIZE

_GROUP = 128
_SECONDS_BETWEEN_REPORTS = 0.25
_DECODED = 0.9
_CUT = "Validation was cut from train (10 %, stratified, seed {seed})."


@dataclass(frozen=True)
class ImportReport:
    """What became of a source.

    Attributes:
        name: the data set's name.
        images: number of faces stored.
        classes: {split: {class: n}} for every split and class, zeros too.
        skipped: {class: n} of samples whose class was not chosen.
        rejected: [{file, reason}] of what could not be used.
    """

    name: str
    images: int
    classes: dict[str, dict[str, int]]
    skipped: dict[str, int]
    rejected: list[dict[str, str]]

    def to_dict(self) -> dict[str, Any]:
        """The report as plain JSON types, keys as the attributes."""
        return asdict(self)


@dataclass
class _Harvest:
    """What has been read so far, one entry a face in each list; faces come in arrays of many."""

    faces: list[np.ndarray] = field(default_factory=list)
    rows: list[tuple[str, str, str, str]] = field(default_factory=list)
    extras: list[tuple[float, ...]] = field(default_factory=list)
    rejected: list[Rejected] = field(default_factory=list)
    skipped: Counter[str] = field(default_factory=Counter)
    chosen: int = 0


def import_source(
    source: Path,
    name: str,
    *,
    classes: Sequence[str] | None = FIVE,
    overwrite: bool = False,
    seed: int = 0,
    votes_file: Path | None = None,
    progress: Progress | None = None,
) -> ImportReport:
    """Import a folder, zip archive, csv table or parquet file as a data set; nothing is left behind when it fails.

    Args:
        source: see `readers.open_source`.
        name: the new data set's name.
        classes: class names to take (aliases will do); None takes what the source holds.
        overwrite: replace a data set of that name, once the new one is complete.
        seed: for the cut of validation from train, where the source has no validation.
        votes_file: annotators' votes for the rows of a csv table, see `votes.read_votes`.
        progress: called a few times a second with a fraction from 0 to 1 and a sentence.

    Raises:
        InputError: the name cannot be a data set's name.
        NotFoundError: there is no source at that path.
        NameTakenError: the name is taken and `overwrite` is false.
        ImportRefusedError: the source as a whole cannot be used.
        DatasetError: the disk is full, or the data set to overwrite is in use by a run.
    """
    chosen = None if classes is None else in_order([canonical(label) for label in classes])
    clean = store.require_free(name, overwrite=overwrite)
    report = _throttled(progress)
    report(0.0, f"Opening {Path(source).name or source}")
    table = None if votes_file is None else votes.read_votes(Path(votes_file))
    with open_source(Path(source)) as opened, warnings.catch_warnings():
        warnings.simplefilter("ignore", DecompressionBombWarning)  # the limit of pixels is checked before decoding
        if table is not None:
            opened = votes.with_votes(opened, table)
        harvest = _gather(opened, chosen, report)
        _require_faces(opened.name, harvest, chosen)
    images = np.concatenate(harvest.faces)
    harvest.faces.clear()
    report(_DECODED, f"Measuring {len(images):,} faces")
    samples = pd.DataFrame(harvest.rows, columns=["label", "split", "usage", "file"])
    samples["hash"] = pixel_hash(images)
    if opened.extras:
        samples = samples.join(_extras(harvest, opened.extras, opened.name))
    if table is not None:
        votes.require_related(samples, table, opened.name)
    card = opened.card
    is_cut = card is None and _cut(samples, seed)
    report((_DECODED + 1) / 2, f"Writing {len(images):,} faces")
    written = store.write_dataset(
        clean,
        images,
        samples,
        classes=_classes(samples, card, chosen),
        kind=opened.kind,
        source=opened.name,
        skipped=dict(sorted(harvest.skipped.items())),
        rejected=harvest.rejected,
        validation_cut=card.origin.validation_cut if card else is_cut,
        drawn=card is not None and card.origin.drawn,
        note=card.provenance() if card else (_CUT.format(seed=seed) if is_cut else ""),
        votes=table.source if table else (card.origin.votes if card else ""),
        overwrite=overwrite,
    ).meta
    report(1.0, f"{written.n:,} faces imported")
    return ImportReport(
        name=written.name,
        images=written.n,
        classes=written.counts,
        skipped=written.skipped,
        rejected=[{"file": one.file, "reason": one.reason} for one in written.rejected],
    )


def _classes(samples: pd.DataFrame, card: Card | None, chosen: Sequence[str] | None) -> tuple[str, ...]:
    """Classes of the data set: those that have samples, and those that an exported data set had and may have none of now."""
    empty = [label for label in card.origin.classes if chosen is None or label in chosen] if card else []
    return in_order([*samples["label"].unique(), *empty])


def _extras(harvest: _Harvest, dtypes: Mapping[str, str], name: str) -> pd.DataFrame:
    table = pd.DataFrame(harvest.extras, columns=list(dtypes), dtype=np.float64)
    counts = [column for column, dtype in dtypes.items() if dtype == "int8"]
    if not table[counts].isin(range(128)).all(axis=None):
        raise ImportRefusedError(f"'{name}' has votes that are no whole numbers from 0 to 127; export or download it again.")
    return table.astype(dict(dtypes))


def _cut(samples: pd.DataFrame, seed: int) -> bool:
    """Move a part of train to validation, in place, if there is none; True when it was done."""
    if (samples["split"] == "validation").any():
        return False
    train = samples.index[samples["split"] == "train"]
    moved = train[cut_validation(samples.loc[train], seed=seed)]
    samples.loc[moved, "split"] = "validation"
    return len(moved) > 0


def _gather(source: Source, chosen: Sequence[str] | None, report: Progress) -> _Harvest:
    harvest = _Harvest()
    wanted = _wanted(source, chosen, harvest)
    workers = max(1, min(4, os.cpu_count() or 1))
    pending: deque[tuple[list[tuple[Record, str]], Future[list[np.ndarray | str]]]] = deque()
    with ThreadPoolExecutor(workers, thread_name_prefix="decode") as pool:
        try:
            while True:
                if group := list(islice(wanted, _GROUP)):
                    pending.append((group, pool.submit(_load, [record for record, _ in group])))
                if not pending:
                    break
                if len(pending) > 2 * workers or not group:
                    part, future = pending.popleft()
                    _collect(harvest, part, future.result())
                done = len(harvest.rows) + len(harvest.rejected) + harvest.skipped.total()
                report(_DECODED * min(1.0, source.position(done)), f"{len(harvest.rows):,} faces read from {source.name}")
        finally:
            pool.shutdown(wait=True, cancel_futures=True)
    return harvest


def _wanted(source: Source, chosen: Sequence[str] | None, harvest: _Harvest) -> Iterator[tuple[Record, str]]:
    """Records to decode, each with its class; those of other classes are counted as skipped without being decoded."""
    for record in source.records:
        label = canonical(record.label)
        if label and chosen is not None and label not in chosen:
            harvest.skipped[label] += 1
        else:
            harvest.chosen += bool(label)
            yield record, label


def _load(records: list[Record]) -> list[np.ndarray | str]:
    loaded: list[np.ndarray | str] = []
    for record in records:
        try:
            face: np.ndarray | str = record.load()
            if not record.label:
                face = "has no label"
            elif record.usage and not record.split and split_of(record.usage) is None:
                face = f"unknown split '{record.usage[:40]}'"
        except UnusableError as error:
            face = str(error)
        loaded.append(face)
    return loaded


def _collect(harvest: _Harvest, part: list[tuple[Record, str]], loaded: list[np.ndarray | str]) -> None:
    faces = []
    for (record, label), face in zip(part, loaded, strict=True):
        if isinstance(face, str):
            harvest.rejected.append(Rejected(file=_printable(record.file), reason=_printable(face)))
        else:
            faces.append(face)
            split = record.split or split_of(record.usage) or "train"
            harvest.rows.append((label, split, record.usage, _printable(record.file)))
            harvest.extras.append(record.extras)
    if faces:
        harvest.faces.append(np.stack(faces).reshape(-1, FACE_SIZE, FACE_SIZE))


def _require_faces(name: str, harvest: _Harvest, chosen: Sequence[str] | None) -> None:
    if harvest.rows:
        return
    if chosen is not None and harvest.skipped and not harvest.chosen:
        there = ", ".join(in_order(list(harvest.skipped))[:12])
        raise ImportRefusedError(f"'{name}' holds none of the classes {', '.join(chosen)}; it holds: {there}.")
    if harvest.rejected:
        first = harvest.rejected[0]
        number = f"{len(harvest.rejected):,} file(s) or row(s) in '{name}' could be used"
        raise ImportRefusedError(f"None of the {number}; the first, '{first.file}': {first.reason}.")
    raise ImportRefusedError(f"'{name}' holds no pictures in class folders, no fer2013.csv and no parquet file with faces.")


def _printable(text: str) -> str:
    """The text without surrogates, which file names that are no UTF-8 bring along and no file format stores."""
    return text.encode("utf-8", "replace").decode()


def _throttled(progress: Progress | None) -> Progress:
    last = -float("inf")

    def report(fraction: float, sentence: str) -> None:
        nonlocal last
        now = time.monotonic()
        if progress is not None and (fraction >= 1 or now - last >= _SECONDS_BETWEEN_REPORTS):
            last = now
            progress(fraction, sentence)

    return report
