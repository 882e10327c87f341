"""Studies as one document each: what a study found, without its runs and without a picture. Some come with the project."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

import pandas as pd
from pydantic import BaseModel, ConfigDict, ValidationError

from fer_core.errors import InputError
from fer_core.files import write_output
from fer_core.settings import ASSETS
from fer_core.studies import answers
from fer_core.studies.answers import Findings
from fer_core.studies.question import Question
from fer_core.studies.records import Machine, machine
from fer_core.studies.search import Trial
from fer_core.studies.study import Study

RECORDED = ASSETS / "recorded_studies"
"""One document a study that comes with the project; may not exist."""


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Point(_Record):
    """Validation accuracy of a setting after an epoch: mean, lowest and highest of its seeds, each 0 to 1."""

    setting: str
    epoch: int
    mean: float
    low: float
    high: float
    seeds: int


class Recorded(_Record):
    """The whole document.

    Attributes:
        version: of the document; one of another version is not read.
        question: what was asked.
        findings: what its runs answered.
        trials: of a search.
        points: the curves, in the order in which they are drawn.
        machine: where it was written; where its runs were trained, on one machine.
        date: when it was written, ISO 8601, UTC.
    """

    version: Literal[1] = 1
    question: Question
    findings: Findings
    trials: tuple[Trial, ...] = ()
    points: tuple[Point, ...]
    machine: Machine
    date: str

    @property
    def curves(self) -> pd.DataFrame:
        """The curves as `answers.curves` gives them."""
        return pd.DataFrame([point.model_dump() for point in self.points], columns=list(Point.model_fields))


def record(study: Study) -> Recorded:
    """What a study found, as a document.

    Raises:
        InputError: some of its runs are missing.
        NotFoundError: its data set is gone.
    """
    members = study.members()
    done = sum(member.finished for member in members)
    asked = len(members) + study.unasked
    if done < asked:
        raise InputError(f"{done} of {asked} runs of the study '{study.question.name}' are done; `study run` it first.")
    return Recorded(
        question=study.question,
        findings=answers.of(study),
        trials=tuple(study.trials()),
        points=tuple(Point.model_validate(row) for row in answers.curves(members).to_dict("records")),
        machine=machine(),
        date=datetime.now(UTC).isoformat(timespec="seconds"),
    )


def save(document: Recorded, path: Path) -> None:
    """Write a document, or replace it atomically.

    Raises:
        InputError: the disk is full, or it cannot be written.
    """
    text = json.dumps(document.model_dump(mode="json"), indent=1, ensure_ascii=False) + "\n"
    write_output(path, lambda temporary: temporary.write_text(text, encoding="utf-8"))


def recorded() -> Sequence[Recorded]:
    """The studies that come with the project, by file name; a file that cannot be read is left out."""
    documents = []
    for path in sorted(RECORDED.glob("*.json")):
        try:
            documents.append(Recorded.model_validate_json(path.read_bytes()))
        except (OSError, ValidationError):
            continue
    return documents
