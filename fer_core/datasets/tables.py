"""Which columns of a table hold labels, pictures, pixels, splits, votes and traits."""

from __future__ import annotations

import re
from collections.abc import Sequence

from fer_core.datasets.traits import PREFIX, TRAITS

NAMES = ("emotion_name", "label_name", "class_name", "expression_name", "emotion_label", "label_text", "emotion_text")
"""Columns that name the class in words, beside numbers; they go before `LABELS`."""

LABELS = (
    "emotion",
    "label",
    "labels",
    "class",
    "expression",
    "emotions",
    "target",
    "fine_label",
    "cls",
    "category",
    "facial_expression",
)
PIXELS = ("pixels", "pixel", "pixel_values")
USAGES = ("usage", "split", "set", "subset")
PICTURES = ("image", "img", "face", "picture", "image_bytes", "bytes", "content", "data", "jpg", "png", "jpeg", "webp")
FILES = (
    "file_name",
    "filename",
    "file",
    "image",
    "img",
    "path",
    "pth",
    "filepath",
    "file_path",
    "image_path",
    "img_path",
    "image_name",
    "img_name",
    "image_id",
    "image name",
    "picture",
    "subdirectory_filepath",
)
"""Columns that name picture files."""

SUBJECTS = ("subject", "subject_id", "person", "person_id", "participant", "participant_id", "identity", "identity_id")
"""Columns that name the person, where the viewer names no other."""

VOTES = "votes_"
"""Prefix of the columns that hold annotators' votes, one a name."""

_EXTRA = re.compile(rf"{VOTES}[a-z0-9 _-]{{1,40}}|intensity|{PREFIX}({'|'.join(TRAITS)})")


def extras_of(columns: Sequence[str]) -> dict[str, str]:
    """Pick the columns that a data set keeps: {column: dtype}."""
    return {name: "int8" if name.startswith((VOTES, PREFIX)) else "float32" for name in columns if _EXTRA.fullmatch(name)}


def first(names: Sequence[str], wanted: Sequence[str]) -> int | None:
    """Position of the first of the `wanted` columns that is there; None when none is."""
    return next((names.index(name) for name in wanted if name in names), None)


def label_column(names: Sequence[str]) -> int | None:
    """Position of the column of labels, one in words before one in numbers; None when there is none."""
    return first(names, (*NAMES, *LABELS))


def whole(text: str) -> str:
    """A label without the `.0` that some programs add to whole numbers."""
    return re.sub(r"^(-?\d+)\.0*$", r"\1", text.strip())
