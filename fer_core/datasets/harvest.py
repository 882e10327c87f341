"""What an import has read so far: the faces, their texts, and what could not be used."""

from __future__ import annotations

import math
import tempfile
from array import array
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import IO

import numpy as np
import pandas as pd

from fer_core.datasets.images import Loaded, is_coloured
from fer_core.datasets.meta import Rejected
from fer_core.datasets.staging import disk_errors
from fer_core.errors import ImportRefusedError
from fer_core.photos.frame import SMALLEST, USUAL, Colour, Frame
from fer_core.progress import Progress, silent
from fer_core.settings import Settings, settings

LONGEST_LABEL = 100
"""Characters of a class's name; a longer one is no name."""

LONGEST_FILE = 1_000
"""Characters that are kept of a sample's name at the source, its last ones."""

COLUMNS: tuple[str, ...] = ("label", "split", "usage", "file", "subject", "angle", "source_label")
"""Texts that are kept of each face; `source_label` is the source's own label, where the crowd gave another."""

_WHERE_KNOWN = ("subject", "angle", "source_label")
_IN_MEMORY, _AT_ONCE = 100_000_000, 256
_REACHED, _FARTHEST = 0.9, 65535
_MOST_LISTED, _MOST_REASONS = 10_000, 50


class _Bytes:
    """Bytes as they come in: in memory while they are few, in an unnamed file in the workspace when they are many."""

    def __init__(self) -> None:
        self._parts: list[np.ndarray] = []
        self._file: IO[bytes] | None = None
        self._held = 0
        self.n = 0

    def add(self, part: np.ndarray) -> None:
        """Keep bytes, (N,) uint8."""
        self._parts.append(part)
        self.n += len(part)
        self._held += len(part)
        if self._held > _IN_MEMORY:
            self._spill()

    def all(self) -> np.ndarray:
        """All of them, (N,) uint8; a map of the file when they are many."""
        if self._file is None:
            whole = np.concatenate(self._parts)
            self._parts = [whole]
            return whole
        self._spill()
        return np.memmap(self._file, np.uint8, "r", shape=(self.n,))

    def close(self) -> None:
        """Let them go."""
        self._parts.clear()
        if self._file is not None:
            self._file.close()

    def _spill(self) -> None:
        with disk_errors():
            if self._file is None:
                settings().datasets.mkdir(parents=True, exist_ok=True)
                self._file = tempfile.TemporaryFile(dir=settings().datasets)  # noqa: SIM115  # `close` does
            for part in self._parts:
                self._file.write(part.data)
            self._file.flush()
        self._parts.clear()
        self._held = 0


class Faces:
    """Faces as they come in, each as fine and coloured as it came; their common frame is found when all are there."""

    def __init__(self) -> None:
        self._came, self._made = _Bytes(), _Bytes()
        self._sides, self._channels = array("B"), array("B")
        self.reached, self.coloured, self.is_cut = array("H"), 0, array("B")

    def __len__(self) -> int:
        return len(self._sides)

    def add(self, faces: Sequence[np.ndarray], pictures: Sequence[Loaded]) -> None:
        """Keep faces (S, S) or (S, S, 3) uint8, S up to 224, and note of their pictures how large they were.

        Raises:
            DatasetError: the disk is full.
        """
        for face, picture in zip(faces, pictures, strict=True):
            self._sides.append(len(face))
            self._channels.append(3 if face.ndim == 3 else 1)
            self.coloured += is_coloured(face)
            self.reached.append(min(picture.width, picture.height, _FARTHEST))
            self.is_cut.append(picture.width != picture.height)
        self._came.add(np.concatenate([face.ravel() for face in faces]))

    def frame(self, size: int | None, colour: Colour | None) -> Frame:
        """Find the frame in which the faces are stored.

        A side that is not given is the largest usual one that 90 % of the pictures reach; a colour that is not given is RGB
        where over half of the faces are coloured.

        Raises:
            InputError: the size is out of range.
        """
        reached = np.sort(np.frombuffer(self.reached, np.uint16))[::-1]
        nine_tenths = int(reached[max(0, math.ceil(_REACHED * len(reached)) - 1)]) if len(reached) else SMALLEST
        fitting = [side for side in USUAL if side <= nine_tenths]
        usual: Colour = "rgb" if 2 * self.coloured > len(self) else "grey"
        return Frame(size or (fitting[-1] if fitting else SMALLEST), colour or usual)

    def all(self, frame: Frame, report: Progress = silent) -> np.ndarray:
        """All of them in order and in one frame, (N, S, S) or (N, S, S, 3) uint8; a map of a file when they are many.

        Raises:
            DatasetError: the disk is full.
        """
        sides, channels = (np.frombuffer(column, np.uint8).astype(np.int64) for column in (self._sides, self._channels))
        whole, lengths = self._came.all(), sides**2 * channels
        if (sides == frame.size).all() and (channels == frame.channels).all():
            return whole.reshape(-1, *frame.shape)
        ends = np.cumsum(lengths)
        for start in range(0, len(self), _AT_ONCE):
            faces = []
            for place in range(start, min(start + _AT_ONCE, len(self))):
                shape = (sides[place], sides[place], *([3] if channels[place] == 3 else []))
                picture = np.asarray(whole[ends[place] - lengths[place] : ends[place]]).reshape(shape)
                faces.append(Loaded(picture, 0, 0).fitted(frame).ravel())
            self._made.add(np.concatenate(faces))
            report(start / len(self), f"{start:,} of {len(self):,} faces made {frame.words}")
        del whole
        self._came.close()
        return self._made.all().reshape(-1, *frame.shape)

    def close(self) -> None:
        """Let the faces go."""
        self._came.close()
        self._made.close()


@dataclass
class Harvest:
    """What has been read so far.

    Attributes:
        faces: the usable faces, in order.
        columns: `COLUMNS` of each face, empty texts where unknown.
        extras: values of the source's further columns, in arrays of many faces.
        rejected: samples that could not be used, the first 10,000.
        unlisted: reasons of the others {reason: n}.
        skipped: samples of classes that were not chosen {class: n}.
        left_out: samples that the crowd gave no label {reason: n}.
        numbers: class numbers that were met.
        mapping: the class, or `skip`, that each label stands for {as written: class}.
        named: samples of each of these labels {as written: n}.
        chosen: samples of chosen classes.
        name_bytes: memory that the samples' names take.
        limits: the settings in force at the beginning.
        remarks: what was not as it should be with pictures that were used {remark: n}.
        examples: the first picture of each {remark: name at the source}.
    """

    faces: Faces = field(default_factory=Faces)
    columns: dict[str, list[str]] = field(default_factory=lambda: {name: [] for name in COLUMNS})
    extras: list[np.ndarray] = field(default_factory=list)
    rejected: list[Rejected] = field(default_factory=list)
    unlisted: Counter[str] = field(default_factory=Counter)
    skipped: Counter[str] = field(default_factory=Counter)
    left_out: Counter[str] = field(default_factory=Counter)
    numbers: set[int] = field(default_factory=set)
    mapping: dict[str, str] = field(default_factory=dict)
    named: Counter[str] = field(default_factory=Counter)
    chosen: int = 0
    remarks: Counter[str] = field(default_factory=Counter)
    examples: dict[str, str] = field(default_factory=dict)
    name_bytes: int = 0
    limits: Settings = field(default_factory=settings)

    @property
    def done(self) -> int:
        """Number of samples that are dealt with."""
        return len(self.faces) + self.unusable + self.skipped.total() + self.left_out.total()

    @property
    def unusable(self) -> int:
        """Number of samples that could not be used."""
        return len(self.rejected) + self.unlisted.total()

    def read_as(self, written: str, label: str) -> None:
        """Take note of what a label stands for; spellings beyond the limit of classes are only read."""
        if label and (written in self.mapping or len(self.mapping) < self.limits.max_classes):
            self.mapping[written] = label
            self.named[written] += 1

    def rejected_for(self, reason: str) -> int:
        """Number of samples that could not be used for this reason."""
        return sum(one.reason == reason for one in self.rejected) + self.unlisted[reason]

    def reject(self, file: str, reason: str) -> None:
        """Take note of a sample that cannot be used."""
        if len(self.rejected) < _MOST_LISTED:
            self.rejected.append(Rejected(file=printable(file)[-LONGEST_FILE:], reason=printable(reason)))
        else:
            known = reason in self.unlisted or len(self.unlisted) < _MOST_REASONS
            self.unlisted[printable(reason) if known else "other reasons"] += 1

    def all_rejected(self) -> list[Rejected]:
        """The list of samples that could not be used; where it is too long, its end counts the others."""
        return self.rejected + [Rejected(file=f"{n:,} more", reason=reason) for reason, n in self.unlisted.most_common()]

    def table(self, extras: Mapping[str, str], name: str) -> pd.DataFrame:
        """One row per face: label, split, usage, file, further columns, and what is known of some: subject, angle, source_label.

        Raises:
            ImportRefusedError: votes or traits are no whole numbers from 0 to 127.
        """
        kept = {key: cells for key, cells in self.columns.items() if key not in _WHERE_KNOWN or any(cells)}
        table = pd.DataFrame(kept)
        if not extras:
            return table
        values = np.concatenate(self.extras) if self.extras else np.empty((0, len(extras)), np.float32)
        further = pd.DataFrame(values, columns=list(extras))
        counts = [column for column, dtype in extras.items() if dtype == "int8"]
        if not further[counts].isin(range(128)).all(axis=None):
            raise ImportRefusedError(
                f"'{name}' has votes or traits that are no whole numbers from 0 to 127; export or download it again."
            )
        return table.join(further.astype(dict(extras)))


def printable(text: str) -> str:
    """The text without surrogates, which file names that are no UTF-8 bring along and no file format stores."""
    return text.encode("utf-8", "replace").decode()
