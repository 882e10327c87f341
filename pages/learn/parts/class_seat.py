"""A student's place in the app: the question of the moment, and the way to the plain page."""

from __future__ import annotations

from fer_core.classroom.room import Room


def show(lesson: Room) -> None:
    """Draw the seat."""
