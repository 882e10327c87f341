"""The viewer's decisions about samples, kept beside the data set: one JSON object a line, the last one of a sample wins."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Literal

import pandas as pd
from pydantic import BaseModel, ConfigDict, ValidationError, model_validator

Action = Literal["keep", "relabel", "exclude"]


class Edit(BaseModel):
    """One line of `edits.jsonl`: what to do with a sample.

    Attributes:
        sample: id of the sample.
        action: "keep" (undoes earlier decisions), "relabel" or "exclude".
        label: the new class, for "relabel" only.
        time: when it was decided, ISO 8601; may be empty.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    sample: int
    action: Action
    label: str = ""
    time: str = ""

    @model_validator(mode="after")
    def _relabel_names_a_class(self) -> Edit:
        if self.action == "relabel" and not self.label:
            raise ValueError("relabel needs a label")
        return self


def read(path: Path) -> dict[int, Edit]:
    """The edit in force {sample id: edit}; lines that are not edits (one cut short by a crash, say) are passed over."""
    try:
        lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    except FileNotFoundError:
        return {}
    in_force: dict[int, Edit] = {}
    for line in lines:
        try:
            edit = Edit.model_validate_json(line)
        except ValidationError:
            continue
        in_force[edit.sample] = edit
    return in_force


def overlay(samples: pd.DataFrame, edits: Mapping[int, Edit]) -> pd.DataFrame:
    """`samples` with relabelled rows carrying their new label and excluded rows left out; the input is unchanged.

    Args:
        samples: frame with columns id and label.
        edits: edit in force by sample id; ids that are not in `samples` have no effect.
    """
    relabelled = {sample: edit.label for sample, edit in edits.items() if edit.action == "relabel"}
    excluded = [sample for sample, edit in edits.items() if edit.action == "exclude"]
    labels = samples["id"].map(relabelled).fillna(samples["label"]) if relabelled else samples["label"]
    return samples.assign(label=labels)[~samples["id"].isin(excluded)]
