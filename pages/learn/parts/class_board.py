"""The board on the projector."""

from __future__ import annotations

from fer_core.classroom.room import Room


def offer(lesson: Room) -> None:
    """Buttons that begin a round."""


def show(lesson: Room) -> None:
    """Draw the round that is played."""
