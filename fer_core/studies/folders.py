"""Studies on disk: each is a folder of the workspace with its question; which names are free, and which studies there are."""

from __future__ import annotations

import re
import shutil
from itertools import count
from pathlib import Path

from fer_core.errors import InputError, NotFoundError, RunError
from fer_core.files import is_full, replace
from fer_core.runs.records import load
from fer_core.settings import settings
from fer_core.studies.question import Question

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ._-]{0,39}")


def check_name(name: str) -> str:
    """The name, when it can be that of a new study.

    Raises:
        InputError: the name is taken or no name for a folder.
    """
    if not _NAME.fullmatch(name) or name.endswith((" ", ".")):
        raise InputError(
            f"A study's name has 1 to 40 letters, digits, blanks, dots and dashes and begins with one; got '{name}'."
        )
    if folder(name).exists():
        raise InputError(f"There is a study '{name}' already; choose another name.")
    return name


def free_name(base: str) -> str:
    """A name that no study has: `base`, or `base` and a number from 2 on."""
    names = (base if number == 1 else f"{base} {number}" for number in count(1))
    return next(name for name in names if not folder(name).exists())


def keep(question: Question, *, again: bool = False) -> None:
    """Keep a question as a study.

    Args:
        question: the question.
        again: replace one of the same name; its runs stay, and those that are asked for are taken.

    Raises:
        RunError: the disk is full or may not be written, or the study is there already.
    """
    place = folder(question.name)
    try:
        place.mkdir(parents=True, exist_ok=again)
        replace(place / "question.json", lambda path: path.write_text(question.model_dump_json(indent=2), encoding="utf-8"))
    except OSError as error:
        if not again:
            shutil.rmtree(place, ignore_errors=True)
        reason = "the disk is full" if is_full(error) else error.strerror or error
        raise RunError(f"The study could not be written ({reason}); free some space and create it again.") from error


def open_question(name: str) -> Question:
    """The question of a study.

    Raises:
        NotFoundError: there is no such study, or its file is damaged.
    """
    question = load(folder(name) / "question.json", Question) if _NAME.fullmatch(name) else None
    if question is None:
        raise NotFoundError(f"There is no study '{name}'; `study list` and the page Studies name those that there are.")
    return question


def questions() -> list[Question]:
    """The questions of all studies, newest first."""
    stored = [load(file, Question) for file in (settings().workspace / "studies").glob("*/question.json")]
    return sorted((question for question in stored if question is not None), key=lambda question: -question.created)


def delete(name: str) -> None:
    """Delete a study's folder; its runs stay."""
    shutil.rmtree(folder(open_question(name).name))


def folder(name: str) -> Path:
    """Folder of the study of this name; may not exist."""
    return settings().workspace / "studies" / name
