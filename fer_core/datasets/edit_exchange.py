"""Decisions as files: exported here, brought into the same data set on another machine or set against it, matched by pixels."""

from __future__ import annotations

import csv
import io
import json
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import pandas as pd
from pydantic import ValidationError

from fer_core.datasets.editing import new_batch
from fer_core.datasets.edits import Edit, EditLog, append
from fer_core.datasets.store import Dataset
from fer_core.errors import InputError
from fer_core.settings import settings

COLUMNS = ("sample", "hash", "file", "split", "imported", "action", "label", "time", "origin")
"""Columns of exported decisions; `imported` is the label at the import."""

Format = Literal["csv", "jsonl"]

SETTLED = "settled"
"""Begins the origin of a decision that two annotators came to together: it is neither one's opinion."""

_FILE = "file"


@dataclass(frozen=True)
class Taken:
    """What came of decisions that were brought in.

    Attributes:
        applied: number of decisions that now have force.
        strangers: decisions about pictures that are not in the data set.
        other_classes: relabellings to a class that the data set does not have.
        unreadable: rows that are no decision.
    """

    applied: int
    strangers: int = 0
    other_classes: int = 0
    unreadable: int = 0

    @property
    def refused(self) -> int:
        """Number of rows that were not applied."""
        return self.strangers + self.other_classes + self.unreadable

    @property
    def sentence(self) -> str:
        """One sentence with the counts."""
        parts = [
            (self.strangers, "about pictures that are not in this data set"),
            (self.other_classes, "with a class that it does not have"),
            (self.unreadable, "that cannot be read"),
        ]
        reasons = ", ".join(f"{count:,} {text}" for count, text in parts if count)
        return f"{self.applied:,} of {self.applied + self.refused:,} decisions were applied" + (
            f"; refused were {reasons}." if reasons else "."
        )


def decisions(dataset: Dataset, log: EditLog) -> pd.DataFrame:
    """The decisions in force, oldest first, columns `COLUMNS`; label is that of the edited data set, empty when excluded."""
    edits = list(log.in_force.values())
    rows = dataset.samples.iloc[[edit.sample for edit in edits]]
    table = {
        "sample": [edit.sample for edit in edits],
        "hash": [edit.hash for edit in edits],
        "file": rows["file"].tolist(),
        "split": rows["split"].tolist(),
        "imported": rows["label"].tolist(),
        "action": [edit.action for edit in edits],
        "label": [
            {"keep": imported, "relabel": edit.label, "exclude": ""}[edit.action]
            for edit, imported in zip(edits, rows["label"], strict=True)
        ],
        "time": [edit.time for edit in edits],
        "origin": [edit.origin for edit in edits],
    }
    return pd.DataFrame(table, columns=list(COLUMNS))


def export(dataset: Dataset, kind: Format) -> bytes:
    """The decisions in force as a file: CSV with a header, or one JSON object a line; UTF-8, columns `COLUMNS`."""
    table = decisions(dataset, dataset.edits())
    if kind == "csv":
        return table.to_csv(index=False, lineterminator="\n").encode()
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in table.to_dict("records")).encode()


def bring_in(dataset: Dataset, content: bytes, *, name: str) -> Taken:
    """Apply exported decisions (CSV or JSON lines) to the pictures with the same pixels, in one step that can be undone.

    Raises:
        InputError: the file holds no decision that belongs to this data set; nothing changed.
        DatasetError: they could not be written; nothing changed.
    """
    edits, unreadable = _edits(content, name)
    return _apply(dataset, edits, unreadable=unreadable, origin=f"{_FILE} {name}")


@dataclass(frozen=True)
class Opinions:
    """What one annotator says of faces, decided alone.

    Attributes:
        name: what the annotator is called.
        labels: {sample id: class; empty for a face that is to be excluded}; a face that was kept has its imported label.
        left_out: decisions that are not this annotator's own: settled by two, or brought in from a file.
        refused: decisions that do not belong to the data set, or cannot be read.
    """

    name: str
    labels: dict[int, str]
    left_out: int = 0
    refused: int = 0


def own_opinions(dataset: Dataset, log: EditLog, *, name: str) -> Opinions:
    """List what was decided here, each face as it stood before it was settled; `log` is the data set's."""
    edits = [edit for step in log.steps.values() for edit in step]
    own = {edit.sample: edit for edit in edits if _is_own(edit)}
    imported = dataset.samples["label"]
    labels = {sample: "" if edit.action == "exclude" else edit.label or imported[sample] for sample, edit in own.items()}
    return Opinions(name, labels, left_out=len({edit.sample for edit in edits} - set(own)))


def opinions_in(dataset: Dataset, content: bytes, *, name: str) -> Opinions:
    """List what exported decisions (CSV or JSON lines) say of the pictures with the same pixels; changes nothing.

    Raises:
        InputError: the file holds no decision of one annotator that belongs to this data set.
    """
    edits, unreadable = _edits(content, name)
    own = [edit for edit in edits if _is_own(edit)]
    matched, counts = _matched(dataset, own)
    if not matched:
        taken = Taken(0, counts["strangers"], counts["other_classes"], unreadable)
        raise InputError(
            f"'{name}' holds no decision about the faces of '{dataset.name}' that somebody came to alone: of its "
            f"{len(edits) + unreadable:,} rows {len(edits) - len(own):,} were settled or brought in from a file, and "
            f"{taken.refused:,} do not belong here or cannot be read."
        )
    labels = {edit.sample: edit.label for edit in matched}
    return Opinions(name, labels, left_out=len(edits) - len(own), refused=counts.total() + unreadable)


def _is_own(edit: Edit) -> bool:
    return not edit.origin.startswith((f"{SETTLED} ", f"{_FILE} "))


def left_behind(dataset: Dataset, log: EditLog) -> list[Edit]:
    """Decisions of an earlier import under this name, about pictures that are here and about which nothing was decided since."""
    here = set(dataset.samples["hash"]) if log.foreign else set()
    return [edit for edit in log.foreign if edit.hash in here and edit.hash not in log.known]


def take_over(dataset: Dataset) -> Taken:
    """Give `left_behind` decisions force in this data set, in one step that can be undone.

    Raises:
        InputError: there is none that belongs to it.
        DatasetError: they could not be written; nothing changed.
    """
    return _apply(dataset, left_behind(dataset, dataset.edits()), unreadable=0, origin="earlier import")


def _edits(content: bytes, name: str) -> tuple[list[Edit], int]:
    """Read decisions from a file; also how many of its rows are none."""
    edits, unreadable = [], 0
    for row in _rows(content, name):
        try:
            edits.append(Edit.model_validate({"batch": "-", "fingerprint": "-", **row}))
        except ValidationError:
            unreadable += 1
    return edits, unreadable


def _apply(dataset: Dataset, edits: Sequence[Edit], *, unreadable: int, origin: str) -> Taken:
    matched, counts = _matched(dataset, edits)
    taken = Taken(len(matched), counts["strangers"], counts["other_classes"], unreadable)
    if not matched:
        raise InputError(f"Nothing here belongs to the data set '{dataset.name}': {taken.sentence}")
    here = {"origin": origin[:80], "batch": new_batch(), "fingerprint": dataset.meta.fingerprint}
    imported = dataset.samples["label"]
    append(dataset.edits_file, [edit.model_copy(update=here | _action(edit, imported[edit.sample])) for edit in matched])
    return taken


def _action(edit: Edit, imported: str) -> dict[str, str]:
    """What a decision is here: a label that was right where it was kept may be another one than was imported here."""
    if edit.action == "exclude" or edit.label == imported:
        return {"action": "keep" if edit.action != "exclude" else "exclude", "label": ""}
    return {"action": "relabel", "label": edit.label}


def _matched(dataset: Dataset, edits: Sequence[Edit]) -> tuple[list[Edit], Counter[str]]:
    """Each edit with the sample that has its pixels: the one with its id if there is one, else the next copy in order of id.

    Returns:
        The edits, their label the class that each gives its face, empty for one that is excluded; and how many were refused as
        `strangers` and `other_classes`.
    """
    copies: dict[str, list[int]] = defaultdict(list)
    wanted = {edit.hash for edit in edits}
    for sample, pixels in zip(dataset.samples["id"], dataset.samples["hash"], strict=True):
        if pixels in wanted:
            copies[pixels].append(int(sample))
    imported = dataset.samples["label"]
    counts: Counter[str] = Counter()
    matched = []
    for edit in sorted(edits, key=lambda edit: edit.sample not in copies.get(edit.hash, ())):
        free = copies.get(edit.hash, [])
        if not free:
            counts["strangers"] += 1
        elif edit.action != "exclude" and edit.label and edit.label not in dataset.meta.classes:
            counts["other_classes"] += 1
        else:
            sample = free.pop(free.index(edit.sample) if edit.sample in free else 0)
            label = "" if edit.action == "exclude" else edit.label or imported[sample]
            matched.append(edit.model_copy(update={"sample": sample, "label": label}))
    return matched, counts


def _rows(content: bytes, name: str) -> Iterator[Any]:
    """Decisions as they are written, one after another; an empty dict for a line that is none."""
    most = settings().max_rows
    if content.count(b"\n") > most:
        raise InputError(
            f"'{name}' has more than {most:,} lines, the limit (FER_MAX_ROWS); choose decisions that were exported here."
        )
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(f"'{name}' is no text file; choose decisions that were exported here, as CSV or JSON lines.") from error
    if text.lstrip().startswith("{"):
        return (_json_row(line) for line in io.StringIO(text) if line.strip())
    return _csv_rows(text, name)


def _json_row(line: str) -> dict[str, Any]:
    try:
        row = json.loads(line)
    except (ValueError, RecursionError):
        return {}
    return row if isinstance(row, dict) else {}


def _csv_rows(text: str, name: str) -> Iterator[dict[str, str]]:
    reader = csv.DictReader(io.StringIO(text))
    try:
        if not {"sample", "hash", "action"} <= set(reader.fieldnames or ()):
            raise InputError(f"'{name}' has no columns sample, hash and action; choose decisions that were exported here.")
        for row in reader:
            yield {key: value for key, value in row.items() if key is not None and value is not None}
    except csv.Error as error:
        raise InputError(f"'{name}' is no table that can be read ({error}); choose decisions that were exported here.") from error
