"""The data card: what an exported data set says of itself, for people as Markdown and for the importer as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import pyarrow as pa
from pydantic import BaseModel, ConfigDict, ValidationError

from fer_core.datasets.archive import Files
from fer_core.datasets.images import UnusableError
from fer_core.datasets.meta import SPLITS, DatasetMeta
from fer_core.escape import markdown as markdown_text
from fer_core.labels import display_name
from fer_core.photos.frame import Frame

CARD_FILE = "data_card.json"
"""The card in an exported zip; beside it lie the samples and the same card for people."""

SAMPLES_FILE = "samples.csv"
READ_ME = "DATA_CARD.md"
METADATA_KEY = b"fer_lab_data_card"
"""Key of the card's JSON in the metadata of an exported parquet file; the Markdown is under `data_card`."""

_LICENCE = (
    "The pictures keep the licence of their source, and so does this file. FER2013 may be used for research only, and its "
    "pictures must not be published; FER+'s votes are under the MIT licence (Microsoft). Look up the terms of your own source "
    "before you pass this file on."
)
_DRAWN = "These faces are drawn by a program. They show no real person, and a score on them says nothing about real faces."


class Card(BaseModel):
    """What is in an exported file and where it comes from; holds no date of its own, so that the same data make the same file.

    Attributes:
        format: version of the layout.
        labels: "imported", or "edited": the viewer's decisions are applied.
        relabelled: samples whose label is not the imported one.
        excluded: samples that were left out.
        last_edit: time of the newest decision, ISO 8601; empty without one, or when labels are as imported.
        counts: samples {split: {class: n}}.
        fingerprint: of the exported pixels, labels and splits.
        origin: what `dataset.json` says of the data set that was exported, without its mean faces and rejected files.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    format: Literal[1] = 1
    labels: Literal["imported", "edited"]
    relabelled: int
    excluded: int
    last_edit: str = ""
    counts: dict[str, dict[str, int]]
    fingerprint: str
    origin: DatasetMeta

    @property
    def n(self) -> int:
        """Number of samples."""
        return sum(sum(split.values()) for split in self.counts.values())

    @property
    def edits(self) -> str:
        """One clause about the viewer's decisions."""
        if self.labels == "imported":
            return "labels as imported, no edits applied"
        when = f", the last on {self.last_edit[:10]}" if self.last_edit else ""
        return f"edits applied: {self.relabelled:,} relabelled, {self.excluded:,} excluded{when}"

    def provenance(self) -> str:
        """One line for the note of a data set that is made from this file; earlier notes follow."""
        origin = self.origin
        said = f"Exported from '{origin.name}' ({origin.source}, imported {origin.created[:10]}; {self.edits})."
        return f"{said} {origin.note}".strip()[:600]


def markdown(card: Card) -> str:
    """The card for people."""
    origin = card.origin
    classes = list(origin.classes)
    head = "| Split | " + " | ".join(map(markdown_text, map(display_name, classes))) + " | All |"
    rows = [
        f"| {split.capitalize()} | "
        + " | ".join(f"{card.counts.get(split, {}).get(name, 0):,}" for name in classes)
        + f" | {sum(card.counts.get(split, {}).values()):,} |"
        for split in SPLITS
    ]
    facts = {
        "Faces": f"{card.n:,}, {_frame_words(origin.frame)}, PNG (lossless)"
        + (f"; {origin.enlarged:,} enlarged at import" if origin.enlarged else ""),
        "Labels": card.edits,
        "Source": f"{origin.source} ({origin.kind})",
        "Imported": origin.created,
        "Validation split": "cut from train at import (10 %, stratified)" if origin.validation_cut else "as in the source",
        "Classes not chosen at import": ", ".join(f"{name} {n:,}" for name, n in origin.skipped.items()) or "none",
        "Annotators' votes": origin.votes or "none",
        "Fingerprint": f"{card.fingerprint} (of pixels, labels and splits)",
        "Note": origin.note or "none",
        **{f"Decided at import, {number}": said for number, said in enumerate(origin.decisions, start=1)},
    }
    return "\n".join(
        [
            f"# Data card: {markdown_text(origin.name)}",
            "",
            *([_DRAWN, ""] if origin.drawn else []),
            "## Counts",
            "",
            head,
            "|---" * (len(classes) + 2) + "|",
            *rows,
            "",
            "## Where it comes from",
            "",
            "| | |",
            "|---|---|",
            *(f"| {name} | {markdown_text(value)} |" for name, value in facts.items()),
            "",
            "## Licence",
            "",
            "The faces are drawn, and free to use." if origin.drawn else _LICENCE,
            "",
            "## To import it again",
            "",
            "    python -m fer_core import FILE --name NAME --classes all",
            "",
        ]
    )


def _frame_words(frame: Frame) -> str:
    return f"{frame.size}x{frame.size} pixels, 8-bit {'RGB' if frame.colour == 'rgb' else 'grey'}"


def card_of_files(files: Files, paths: Sequence[str]) -> tuple[str, Card] | None:
    """The card among the files of a folder or archive, and the folder with a slash that it lies in; None when there is none."""
    cards = [path for path in paths if path.rsplit("/", 1)[-1] == CARD_FILE and path.count("/") <= 1]
    if len(cards) != 1:
        return None
    prefix = cards[0].removesuffix(CARD_FILE)
    if prefix + SAMPLES_FILE not in paths:
        return None
    try:
        return prefix, Card.model_validate_json(files.read(cards[0]))
    except (ValidationError, UnusableError):
        return None


def card_of_parquet(schema: pa.Schema) -> Card | None:
    """The card in a parquet file's metadata; None when there is none."""
    try:
        return Card.model_validate_json((schema.metadata or {})[METADATA_KEY])
    except (KeyError, ValidationError):
        return None
