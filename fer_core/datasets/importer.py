"""From a source to a data set: decode, choose classes, cut validation, write."""

from __future__ import annotations

import time
import warnings as python_warnings
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd
from PIL.Image import DecompressionBombWarning

from fer_core.datasets import votes, writing
from fer_core.datasets.card import Card
from fer_core.datasets.codings import Naming
from fer_core.datasets.decisions import decisions, enlarged, warnings
from fer_core.datasets.formats import open_source
from fer_core.datasets.framing import Framing
from fer_core.datasets.harvest import LONGEST_LABEL, Harvest
from fer_core.datasets.intake import gather
from fer_core.datasets.signature import pixel_hash
from fer_core.datasets.source import Source
from fer_core.datasets.splits import VALIDATION_SHARE, cut_validation
from fer_core.datasets.subjects import SubjectRule, cut_persons, subject_splits
from fer_core.datasets.tables import VOTES
from fer_core.errors import ImportRefusedError
from fer_core.labels import FIVE, canonical, in_order
from fer_core.photos.frame import Colour, Frame
from fer_core.progress import Progress, silent
from fer_core.settings import settings

LabelSource = Literal["source", "crowd"]
SplitBy = Literal["source", "subject"]

_SECONDS_BETWEEN_REPORTS = 0.25
_DECODED = 0.9
_BY_PERSON = "Splits were made by person, about 70, 10 and 20 % of the faces, classes balanced (seed {seed})."
_CUT = "Validation was cut from train (10 %, stratified, seed {seed})."


@dataclass(frozen=True)
class ImportReport:
    """What became of a source.

    Attributes:
        name: the data set's name.
        images: number of faces stored.
        classes: {split: {class: n}} for every split and class, zeros too.
        skipped: {class: n} of samples whose class was not chosen.
        rejected: [{file, reason}] of what could not be used; after 10,000 of them, their number per reason.
        size: pixels a side of the stored faces.
        colour: of the stored faces, "grey" or "rgb".
        enlarged: faces whose picture was smaller than that.
        subjects: persons that are known.
        notes: sentences about what was decided, and what to know of the data set.
    """

    name: str
    images: int
    classes: dict[str, dict[str, int]]
    skipped: dict[str, int]
    rejected: list[dict[str, str]]
    size: int
    colour: Colour
    enlarged: int
    subjects: int
    notes: list[str]

    def to_dict(self) -> dict[str, Any]:
        """The report as plain JSON types: all but the notes, as scripts know them."""
        return {key: value for key, value in asdict(self).items() if key != "notes"}


def import_source(
    source: Path,
    name: str,
    *,
    classes: Sequence[str] | None = FIVE,
    naming: Naming | None = None,
    labels: LabelSource = "source",
    size: int | None = None,
    colour: Colour | None = None,
    subject: SubjectRule | None = None,
    split_by: SplitBy = "source",
    faces: Framing = "as-is",
    overwrite: bool = False,
    seed: int = 0,
    votes_file: Path | None = None,
    progress: Progress = silent,
) -> ImportReport:
    """Import a folder, archive, table or parquet file as a data set; nothing is left behind when it fails.

    Args:
        source: see `formats.open_source`.
        name: the new data set's name.
        classes: class names to take (aliases will do); None takes what the source holds.
        naming: what class numbers and names stand for, see `codings.choose`; None where the source has names.
        labels: "source", or "crowd" for the favourite of the annotators' votes (see `crowd.favourite`).
        size: pixels a side of the stored faces, 48 to 224; None for the largest usual side that 90 % of the pictures reach.
        colour: of the stored faces; None for RGB where over half of the pictures are coloured.
        subject: how the person is told; None for what the layout tells.
        split_by: "source", or "subject" for splits made anew with each person in one of them (see `subjects.subject_splits`).
        faces: "as-is" takes each picture, or its box, whole; "find" looks for the largest face of each picture, or the one in its
            box, sets it upright and crops it as FER2013 frames its faces.
        overwrite: replace a data set of that name, once the new one is complete.
        seed: for the cut of validation from train, where the source has no validation, and for splits by person.
        votes_file: annotators' votes for the rows of a csv table, see `votes.read_votes`.
        progress: called a few times a second with a fraction from 0 to 1 and a sentence.

    Raises:
        InputError: the name cannot be a data set's name, the source is no regular file, or the size is out of range.
        NotFoundError: there is no source at that path.
        NameTakenError: the name is taken and `overwrite` is false.
        CodingNeededError: the classes are numbers that nothing names.
        ImportRefusedError: the source as a whole cannot be used.
        DatasetError: the disk is full, or the data set to overwrite is in use by a run.
    """
    chosen = None if classes is None else in_order([canonical(label) for label in classes])
    given = naming or Naming()
    wanted = Frame(size, colour or "grey").size if size is not None else None
    clean = writing.require_free(name, overwrite=overwrite)
    report = _throttled(progress)
    report(0.0, f"Opening {Path(source).name or source}")
    table = None if votes_file is None else votes.read_votes(Path(votes_file))
    column = subject.column if subject else ""
    fine = faces == "find"
    with open_source(Path(source), subject_column=column, fine=fine) as opened, python_warnings.catch_warnings():
        python_warnings.simplefilter("ignore", DecompressionBombWarning)  # the limit of pixels is checked before decoding
        if table is not None:
            opened = votes.with_votes(opened, table)
        _require_votes(opened, labels)
        used = replace(given, coding=given.coding or opened.coding)
        if opened.card is not None:
            wanted, colour = wanted or opened.card.origin.size, colour or opened.card.origin.colour
        crowd = labels == "crowd"
        harvest = gather(
            opened, used, chosen, report, crowd=crowd, scale=_DECODED, size=wanted, colour=colour, rule=subject, faces=faces
        )
    try:
        _require_faces(opened.name, harvest, chosen)
        frame = harvest.faces.frame(wanted, colour)
        said = decisions(opened, harvest, used, frame, is_chosen=given.coding is not None, faces=faces)
        if subject is not None and not any(harvest.columns["subject"]):
            raise ImportRefusedError(f"That rule tells no person of '{opened.name}'; see how its files or columns are named.")
        if split_by == "subject":
            said.append(_BY_PERSON.format(seed=seed))
        return _written(
            clean, opened, harvest, frame, chosen, table, said, report, split_by=split_by, seed=seed, overwrite=overwrite
        )
    finally:
        harvest.faces.close()


def _written(
    name: str,
    source: Source,
    harvest: Harvest,
    frame: Frame,
    chosen: Sequence[str] | None,
    table: votes.Votes | None,
    said: list[str],
    report: Progress,
    *,
    split_by: SplitBy,
    seed: int,
    overwrite: bool,
) -> ImportReport:
    """Measure what was read, cut validation, write the data set, and say what became of the source."""
    images = harvest.faces.all(frame, report=lambda _, sentence: report(_DECODED, sentence))
    report(_DECODED, f"Measuring {len(images):,} faces")
    samples = harvest.table(source.extras, source.name)
    samples["hash"] = pixel_hash(images)
    if table is not None:
        own = samples.get("source_label", samples["label"])
        votes.require_related(samples.assign(label=own), table, source.name)
    card = source.card
    if split_by == "subject":
        samples["split"] = subject_splits(samples.assign(subject=samples.get("subject", "")), seed=seed)
    is_cut = split_by == "source" and card is None and _cut(samples, seed)
    report((_DECODED + 1) / 2, f"Writing {len(images):,} faces")
    written = writing.write_dataset(
        name,
        images,
        samples,
        classes=_classes(samples, card, chosen),
        kind=source.kind,
        source=source.name,
        skipped=dict(sorted(harvest.skipped.items())),
        rejected=harvest.all_rejected(),
        validation_cut=card.origin.validation_cut if card else is_cut,
        drawn=card is not None and card.origin.drawn,
        note=card.provenance() if card else (_CUT.format(seed=seed) if is_cut else ""),
        votes=table.source if table else _votes_of(source),
        mapping=harvest.mapping,
        decisions=[*(card.origin.decisions if card else ()), *said],
        enlarged=card.origin.enlarged if card else enlarged(harvest, frame),
        overwrite=overwrite,
    ).meta
    known = [] if card else warnings(samples, harvest, chosen, source.name, is_cut=is_cut)
    report(1.0, f"{written.n:,} faces imported")
    return ImportReport(
        name=written.name,
        images=written.n,
        classes=written.counts,
        skipped=written.skipped,
        rejected=[{"file": one.file, "reason": one.reason} for one in written.rejected],
        size=frame.size,
        colour=frame.colour,
        enlarged=written.enlarged,
        subjects=samples["subject"][samples["subject"] != ""].nunique() if "subject" in samples else 0,
        notes=[*said, *known],
    )


def _votes_of(source: Source) -> str:
    """Name of the table of votes that came with a source; empty when it has none."""
    if source.card:
        return source.card.origin.votes
    return source.name if any(column.startswith(VOTES) for column in source.extras) else ""


def _classes(samples: pd.DataFrame, card: Card | None, chosen: Sequence[str] | None) -> tuple[str, ...]:
    """Classes of the data set: those that have samples, and those that an exported data set had and may have none of now."""
    empty = [label for label in card.origin.classes if chosen is None or label in chosen] if card else []
    short = [label for label in empty if len(label) <= LONGEST_LABEL][: settings().max_classes]
    return in_order([*samples["label"].unique(), *short])


def _cut(samples: pd.DataFrame, seed: int) -> bool:
    """Move a part of train to validation, in place, if there is none; True when it was done."""
    if (samples["split"] == "validation").any():
        return False
    train = samples.index[samples["split"] == "train"]
    rows = samples.loc[train]
    by_person = cut_persons(rows, share=VALIDATION_SHARE, seed=seed) if "subject" in rows else np.zeros(len(rows), bool)
    moved = train[by_person if by_person.any() else cut_validation(rows, seed=seed)]
    samples.loc[moved, "split"] = "validation"
    return len(moved) > 0


def _require_votes(source: Source, labels: LabelSource) -> None:
    if labels == "crowd" and not any(column.startswith(VOTES) for column in source.extras):
        raise ImportRefusedError(
            f"'{source.name}' has no annotators' votes, so that there is no crowd to give labels; give --votes, or import "
            "without --labels crowd."
        )
    if labels != "crowd" and source.needs_crowd:
        raise ImportRefusedError(
            f"'{source.name}' holds annotators' votes and no label of its own; import the crowd's favourites with --labels crowd."
        )


def _require_faces(name: str, harvest: Harvest, chosen: Sequence[str] | None) -> None:
    if len(harvest.faces):
        return
    if harvest.skipped and not harvest.chosen and chosen is None:
        raise ImportRefusedError(
            f"Every label of '{name}' is skipped: {', '.join(list(harvest.skipped)[:12])}; map one to a class."
        )
    if chosen is not None and harvest.skipped and not harvest.chosen:
        there = ", ".join(in_order(list(harvest.skipped))[:12])
        raise ImportRefusedError(f"'{name}' holds none of the classes {', '.join(chosen)}; it holds: {there}.")
    if harvest.rejected:
        first = harvest.rejected[0]
        number = f"{harvest.unusable:,} file(s) or row(s) in '{name}' could be used"
        raise ImportRefusedError(f"None of the {number}; the first, '{first.file}': {first.reason}.")
    if harvest.left_out:
        raise ImportRefusedError(f"The crowd gives none of the faces in '{name}' a label; import without --labels crowd.")
    raise ImportRefusedError(f"'{name}' holds no pictures in class folders, no fer2013.csv and no parquet file with faces.")


def _throttled(progress: Progress) -> Progress:
    last = -float("inf")

    def report(fraction: float, sentence: str) -> None:
        nonlocal last
        now = time.monotonic()
        if fraction >= 1 or now - last >= _SECONDS_BETWEEN_REPORTS:
            last = now
            progress(fraction, sentence)

    return report
