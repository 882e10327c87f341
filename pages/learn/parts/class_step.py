"""What the class is told of the lesson: the step that the teacher shows."""

from __future__ import annotations

from fer_core.classroom.rooms import room
from fer_core.classroom.state import Step
from pages.ui import access


def tell(step: Step | None) -> None:
    """Show students the step that the teacher is at; None for none. Of another viewer, and without a class, nothing is told."""
    if access.is_class() and not access.is_student() and not room().ended:
        room().show_step(step)
