"""The file of a lesson: a line for every vote and every step of the teacher's, so that a restart of the app loses none.

It holds random numbers in place of names, is readable for its owner alone, and is deleted with the lesson.
"""

from __future__ import annotations

import json
import os
import shutil
import time
from pathlib import Path
from typing import Any

from fer_core.errors import InputError
from fer_core.settings import settings

LIFETIME = 12 * 3600.0
"""Seconds after which a lesson that nobody has ended is deleted at the next start."""


class LessonFile:
    """Lines of JSON to which is only added.

    Args:
        path: of the file; it exists.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._whole = _cut_torn_line(path)

    def lines(self) -> list[dict[str, Any]]:
        """All lines, in the order in which they were written."""
        return [json.loads(line) for line in self.path.read_bytes().splitlines() if line]

    def add(self, line: dict[str, Any]) -> None:
        """Add a line; when this returns, it outlives a restart of the app.

        Raises:
            InputError: the disk is full, or the file is gone; nothing was added.
        """
        content = json.dumps(line, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
        try:
            handle = os.open(self.path, os.O_WRONLY | os.O_APPEND)
            try:
                if os.write(handle, content) != len(content):
                    raise OSError("the disk is full")
                self._whole += len(content)
            except OSError:
                os.ftruncate(handle, self._whole)
                raise
            finally:
                os.close(handle)
        except OSError as error:
            raise InputError(f"The lesson's file cannot be written ({error.strerror or error}); free some space.") from error


def folder() -> Path:
    """Folder of the lesson, and of what is trained in it; may not exist."""
    return settings().lesson_folder


def lock_file() -> Path:
    """File that the app which serves a class holds a lock in: two on one workspace would not know of each other's votes."""
    return settings().workspace / ".classroom.lock"


def begin(line: dict[str, Any]) -> LessonFile:
    """Make the file of a new lesson; one that was there is deleted.

    Args:
        line: its first line.

    Raises:
        InputError: it cannot be written.
    """
    delete()
    path = folder() / "lesson.jsonl"
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    except OSError as error:
        raise InputError(f"The lesson's file cannot be written ({error.strerror or error}); set FER_WORKSPACE.") from error
    file = LessonFile(path)
    file.add(line)
    return file


def find(*, now: float | None = None) -> LessonFile | None:
    """The file of a lesson that goes on; None when there is none, it is damaged, or older than `LIFETIME`."""
    path = folder() / "lesson.jsonl"
    if not path.is_file():
        return None
    try:
        file = LessonFile(path)
        began = float(file.lines()[0]["began"])
    except (OSError, ValueError, KeyError, IndexError, TypeError):
        return None
    age = (time.time() if now is None else now) - began
    # A clock that was set right meanwhile ends no lesson.
    return file if abs(age) < LIFETIME else None


def delete() -> None:
    """Delete the lesson's folder with everything in it."""
    shutil.rmtree(folder(), ignore_errors=True)


def _cut_torn_line(path: Path) -> int:
    """Cut off a line that a killed app was writing: nobody was told that it counts. Returns the length of the rest."""
    content = path.read_bytes()
    whole = content.rfind(b"\n") + 1
    if whole != len(content):
        os.truncate(path, whole)
    return whole
