"""What a teacher may grant the students of a lesson: one row each; without a grant they look on, answer and practise."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

RightName = Literal["import", "export", "delete", "train", "edit", "camera"]


@dataclass(frozen=True)
class Right:
    """Something that students may do once it is granted.

    Attributes:
        name: as code asks for it.
        title: on the teacher's page.
        help: what becomes possible, and what does not.
    """

    name: RightName
    title: str
    help: str


RIGHTS: dict[RightName, Right] = {
    right.name: right
    for right in (
        Right("train", "Train", "One run at a time, for a few minutes, on a few faces; it is deleted at the end of the lesson."),
        Right("edit", "Edit labels", "Decisions about labels, names of runs, thresholds and calibration."),
        Right("import", "Import", "Data sets from uploads and drawn faces. They stay after the lesson."),
        Right("export", "Export", "Files of data sets, decisions and networks, to be downloaded."),
        Right("delete", "Delete", "Data sets and runs, for good."),
        Right("camera", "Camera and photos", "A picture of one's own, answered in the phone's own browser; none is sent."),
    )
}
"""{name: right}, in the order of the page."""
