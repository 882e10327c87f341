"""The lesson of each workspace: the one that goes on, another one in its place, and the end of one that was forgotten."""

from __future__ import annotations

import secrets
import threading
import time

from fer_core.classroom import lesson_file
from fer_core.classroom.room import Room
from fer_core.classroom.training import end_trainings
from fer_core.settings import settings

LETTERS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
"""Of class codes: none of them looks like another one."""

CODE_LENGTH = 6

_rooms: dict[str, Room] = {}
_guard = threading.Lock()


def room() -> Room:
    """The lesson of this workspace: the one that goes on, in this process or from before a restart, or a new one.

    Raises:
        InputError: its file cannot be written.
    """
    key = str(settings().workspace)
    with _guard:
        if key not in _rooms:
            file = lesson_file.find()
            _rooms[key] = Room(file) if file is not None else _new()
        return _rooms[key]


def begin_another() -> Room:
    """Begin a new lesson in place of the one that was there, with a code of its own.

    Raises:
        InputError: its file cannot be written.
    """
    end_trainings()
    with _guard:
        room = _rooms[str(settings().workspace)] = _new()
        return room


def sweep() -> None:
    """Delete a lesson that nobody has ended and that is older than its lifetime."""
    if lesson_file.folder().exists() and lesson_file.find() is None:
        end_trainings()
        lesson_file.delete()


def _new() -> Room:
    code = "".join(secrets.choice(LETTERS) for _ in range(CODE_LENGTH))
    line = {"code": code, "secret": secrets.token_hex(32), "began": time.time()}
    return Room(lesson_file.begin(line))
