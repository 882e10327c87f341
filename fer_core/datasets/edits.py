"""The viewer's decisions about samples, kept beside the data set: lines that are only ever added, the last one of a sample wins.

A line belongs to the data set in which it was decided: it names that data set's fingerprint and the sample's pixel hash, and
has no force where either is another one.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd
from pydantic import BaseModel, ConfigDict, ValidationError, model_validator

from fer_core.datasets.staging import disk_errors, locked
from fer_core.datasets.traits import TRAITS
from fer_core.errors import DatasetError, NotFoundError

Action = Literal["keep", "relabel", "exclude"]
ACTIONS: tuple[Action, ...] = ("keep", "relabel", "exclude")


class Edit(BaseModel):
    """One decision about one sample.

    Attributes:
        sample: id of the sample.
        hash: hash of its stored pixels.
        action: "keep" (seen, and right as imported), "relabel" or "exclude".
        label: the new class, for "relabel" only.
        time: when it was decided, ISO 8601, UTC; may be empty.
        origin: where it was decided, a few words.
        batch: what was decided in one step has one id, and is undone in one step.
        fingerprint: of the data set.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    sample: int
    hash: str
    action: Action
    label: str = ""
    time: str = ""
    origin: str = ""
    batch: str
    fingerprint: str

    @model_validator(mode="after")
    def _relabel_names_a_class(self) -> Edit:
        if self.action == "relabel" and not self.label:
            raise ValueError("relabel needs a label")
        return self


class Undo(BaseModel):
    """Takes a step back: its batch, or one sample of it, counts as never decided.

    Attributes:
        action: always "undo".
        batch: the step's id.
        sample: the one sample; None for the whole batch.
        time: as in Edit.
        origin: as in Edit.
        fingerprint: of the data set.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    action: Literal["undo"] = "undo"
    batch: str
    sample: int | None = None
    time: str = ""
    origin: str = ""
    fingerprint: str


class Tag(BaseModel):
    """What the viewer says of a face, see `traits.TRAITS`; holds wherever there are the same pixels.

    Attributes:
        action: always "tag".
        sample: id of the sample where it was said.
        hash: hash of its stored pixels.
        trait: name of a trait.
        value: one of its values; empty when it is not known any more.
        time: as in Edit.
        origin: as in Edit.
        fingerprint: of the data set.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    action: Literal["tag"] = "tag"
    sample: int
    hash: str
    trait: str
    value: str = ""
    time: str = ""
    origin: str = ""
    fingerprint: str

    @model_validator(mode="after")
    def _names_what_is(self) -> Tag:
        if self.trait not in TRAITS or self.value not in ("", *TRAITS[self.trait].values):
            raise ValueError("no such trait")
        return self


@dataclass(frozen=True)
class EditLog:
    """What `edits.jsonl` says.

    Attributes:
        in_force: {sample id: edit}, in the order of the decisions.
        steps: edits of the steps that were not undone {batch: edits}, oldest first.
        foreign: edits without force here, since they belong to another data set, by fingerprint or pixels; not undone.
        known: pixel hashes of all samples about which something was decided here, undone or not.
        tags: {pixel hash: {trait: value}}, the last that was said of each.
    """

    in_force: dict[int, Edit] = field(default_factory=dict)
    steps: dict[str, tuple[Edit, ...]] = field(default_factory=dict)
    foreign: tuple[Edit, ...] = ()
    known: frozenset[str] = frozenset()
    tags: dict[str, dict[str, str]] = field(default_factory=dict)

    @property
    def changes(self) -> int:
        """Number of samples that are relabelled or excluded."""
        return sum(edit.action != "keep" for edit in self.in_force.values())


def read(path: Path, samples: pd.DataFrame, *, fingerprint: str) -> EditLog:
    """The decisions in a file; lines that are none (one cut short by a crash, say) are passed over.

    Args:
        path: `edits.jsonl`; may not exist.
        samples: the data set's table, whose row i is the sample with id i; its column hash is used.
        fingerprint: the data set's.

    Raises:
        DatasetError: it is there and cannot be read, a folder say.
    """
    lines = _lines(path)
    if not lines:
        return EditLog()
    hashes = samples["hash"].to_numpy(dtype=object)
    undone = {(line.batch, line.sample) for line in lines if isinstance(line, Undo)}
    steps: dict[str, list[Edit]] = {}
    in_force: dict[int, Edit] = {}
    foreign: dict[tuple[str, str, int], Edit] = {}
    known = set()
    tags: dict[str, dict[str, str]] = {}
    for edit in lines:
        if isinstance(edit, Undo):
            continue
        if isinstance(edit, Tag):
            tags.setdefault(edit.hash, {})[edit.trait] = edit.value
            continue
        dead = (edit.batch, None) in undone or (edit.batch, edit.sample) in undone
        there = 0 <= edit.sample < len(hashes) and hashes[edit.sample] == edit.hash and edit.fingerprint == fingerprint
        if there:
            known.add(edit.hash)
        if dead:
            continue
        if not there:
            foreign[edit.fingerprint, edit.hash, edit.sample] = edit
        else:
            steps.setdefault(edit.batch, []).append(edit)
            in_force.pop(edit.sample, None)
            in_force[edit.sample] = edit
    done = {batch: tuple(of) for batch, of in steps.items()}
    return EditLog(in_force, done, tuple(foreign.values()), frozenset(known), tags)


def append(path: Path, lines: Sequence[Edit | Undo | Tag]) -> None:
    """Add lines to the file, flushed to the disk: all of them, or none.

    Any number of processes may do so at once. A line that a crash cut short stays alone on its line.

    Raises:
        NotFoundError: the data set's folder is gone.
        DatasetError: the disk is full or not writable, or the data sets stay locked; the file is as it was.
    """
    added = "".join(f"{line.model_dump_json()}\n" for line in lines).encode()
    if not path.parent.is_dir():
        raise NotFoundError(f"The data set '{path.parent.name}' is not there any more; choose another one.")
    with disk_errors(), locked(path.parent.parent), path.open("a+b", buffering=0) as file:
        size = file.seek(0, os.SEEK_END)
        if size:
            file.seek(size - 1)
            added = added if file.read(1) == b"\n" else b"\n" + added
        try:
            written = 0
            while written < len(added):
                written += file.write(added[written:])
            os.fsync(file.fileno())
        except OSError:
            file.truncate(size)
            raise


def overlay(samples: pd.DataFrame, log: EditLog) -> pd.DataFrame:
    """`samples` with relabelled rows carrying their new label and excluded rows left out; the input is unchanged.

    Args:
        samples: frame with columns id and label.
        log: of the same data set.
    """
    relabelled = {sample: edit.label for sample, edit in log.in_force.items() if edit.action == "relabel"}
    excluded = np.array([sample for sample, edit in log.in_force.items() if edit.action == "exclude"], np.int64)
    labels = samples["id"].map(relabelled).fillna(samples["label"]) if relabelled else samples["label"]
    return samples.assign(label=labels)[~samples["id"].isin(excluded)]


def _lines(path: Path) -> list[Edit | Undo | Tag]:
    try:
        text = path.read_text(encoding="utf-8", errors="replace")
    except FileNotFoundError:
        return []
    except OSError as error:
        raise DatasetError(
            f"The decisions of '{path.parent.name}' cannot be read ({path.name}: {error.strerror}); move {path.name} away or "
            "put the file back."
        ) from error
    entries: list[Edit | Undo | Tag] = []
    for line in text.splitlines():
        squeezed = line.replace(" ", "")
        kind: type[Edit] | type[Undo] | type[Tag] = Edit
        if '"action":"undo"' in squeezed or '"action":"tag"' in squeezed:
            kind = Undo if '"action":"undo"' in squeezed else Tag
        try:
            entries.append(kind.model_validate_json(line))
        except ValidationError:
            continue
    return entries
