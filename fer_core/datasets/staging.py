"""How a data set's folder appears, is replaced and disappears: whole or not at all, whatever kills the process."""

from __future__ import annotations

import os
import re
import secrets
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from filelock import FileLock, Timeout

from fer_core.errors import DatasetError, NameTakenError
from fer_core.files import is_full
from fer_core.processes import is_held
from fer_core.runs import runs_using

_MAKING, _REPLACED, _DELETED = ".making", ".replaced", ".deleted"
_LEFTOVER = re.compile(r"\.(?P<kind>making|replaced|deleted)-\d+-[0-9a-f]{8}(?:-(?P<name>.+))?")
_LOCK = ".lock"
_LOCK_SECONDS = 60.0


@contextmanager
def staging(root: Path) -> Iterator[Path]:
    """A hidden folder below `root` to build a data set in; removed on leaving unless it was published.

    Leftovers of processes that died are swept first.

    Raises:
        DatasetError: the disk is full, or the folder may not be written.
    """
    folder = _hidden(root, _MAKING)
    mine = FileLock(_lock_beside(folder))
    try:
        with disk_errors():
            root.mkdir(parents=True, exist_ok=True)
            with locked(root):
                sweep(root)
                mine.acquire(timeout=0)
                folder.mkdir()
        with disk_errors():
            yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        mine.release()
        with suppress(OSError):
            _lock_beside(folder).unlink()


@contextmanager
def disk_errors() -> Iterator[None]:
    """Turn what the disk can answer into one sentence.

    Raises:
        DatasetError: instead of any OSError.
    """
    try:
        yield
    except OSError as error:
        if is_full(error):
            raise DatasetError(
                "The disk is full; free some space, or set FER_WORKSPACE to another disk, and try again."
            ) from error
        raise DatasetError(f"The data set's folder cannot be written: {error.strerror or error}.") from error


def publish(folder: Path, root: Path, name: str, *, overwrite: bool, carry: Sequence[str] = ()) -> Path:
    """Flush the files of `folder` to the disk and make it the data set `name`, in one rename.

    An old data set of that name (in any case) stays whole until then; should the process die between the two renames that
    replace it, the next look at `root` puts it back.

    Raises:
        NameTakenError: the name is taken and `overwrite` is false.
        DatasetError: the old one is in use by a run.
    """
    for file in folder.iterdir():
        _flush(file)
    _flush(folder)
    with locked(root):
        old = require_free(root, name, overwrite=overwrite)
        for kept in carry:
            if old and (old / kept).is_file():
                shutil.copy2(old / kept, folder / kept)
                _flush(folder / kept)
        grave = _hidden(root, _REPLACED, old.name) if old else None
        if old and grave:
            old.rename(grave)
        try:
            folder.rename(root / name)
        except OSError:
            if old and grave:
                grave.rename(old)
            raise
        _flush(root)
    if grave:
        shutil.rmtree(grave, ignore_errors=True)
    return root / name


def remove(root: Path, name: str) -> None:
    """Delete the folder of a data set: it is out of sight at once, and gone when this returns.

    Raises:
        DatasetError: a run is using it.
    """
    with disk_errors(), locked(root):
        refuse_in_use(name, "deleted")
        grave = _hidden(root, _DELETED)
        (root / name).rename(grave)
    shutil.rmtree(grave, ignore_errors=True)


def require_free(root: Path, name: str, *, overwrite: bool) -> Path | None:
    """The folder that a data set `name` would replace, names compared without regard to case; None when there is none.

    Raises:
        NameTakenError: there is one and `overwrite` is false.
        DatasetError: there is one and a run is using it.
    """
    taken = [path for path in root.iterdir() if path.name.casefold() == name.casefold()] if root.is_dir() else []
    if not taken:
        return None
    old = taken[0]
    if not overwrite:
        raise NameTakenError(f"There is a data set '{old.name}' already; choose another name, or ask for it to be overwritten.")
    refuse_in_use(old.name, "overwritten")
    return old


def refuse_in_use(name: str, participle: str) -> None:
    """Refuse to change a data set on which a run is queued or at work.

    Raises:
        DatasetError: there is such a run; `participle` says what was going to be done.
    """
    using = runs_using(name)
    if using:
        titles = ", ".join(f"'{run.about().name}'" for run in using[:3])
        raise DatasetError(
            f"The data set '{name}' cannot be {participle} while a run is using it ({titles}); stop the run first."
        )


def sweep(root: Path) -> None:
    """Remove what dead processes left; an old data set that was being replaced, and whose place is empty, is put back.

    To be called while `root` is locked: nobody replaces a data set then, and who makes one holds the lock beside its folder.
    """
    for path in root.iterdir():
        match = _LEFTOVER.fullmatch(path.name)
        if match is None or is_held(_lock_beside(path)):
            continue
        if match["kind"] == "replaced" and match["name"] and not (root / match["name"]).exists():
            path.rename(root / match["name"])
        else:
            shutil.rmtree(path, ignore_errors=True)
    for lock in root.glob(f"{_MAKING}-*.lock"):
        if not is_held(lock):
            lock.unlink(missing_ok=True)


def restore(root: Path) -> None:
    """`sweep`, if a data set lost its place because a process died at the wrong moment; else nothing."""
    lost = [path for path in root.glob(f"{_REPLACED}-*") if (match := _LEFTOVER.fullmatch(path.name)) and match["name"]]
    if any(not (root / path.name.split("-", 3)[3]).exists() for path in lost):
        with disk_errors(), locked(root):
            sweep(root)


def _hidden(root: Path, kind: str, name: str = "") -> Path:
    return root / f"{kind}-{os.getpid()}-{secrets.token_hex(4)}{f'-{name}' if name else ''}"


def _lock_beside(folder: Path) -> Path:
    """The file that the process at work on a hidden folder locks; not in it, as the folder becomes the data set."""
    return folder.with_name(f"{folder.name}.lock")


def _flush(path: Path) -> None:
    if os.name == "nt" and path.is_dir():
        return
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextmanager
def locked(root: Path) -> Iterator[None]:
    """Be the only process that changes the data sets below `root`.

    Raises:
        DatasetError: another one has been at it for a minute.
    """
    lock = FileLock(root / _LOCK)
    try:
        with lock.acquire(timeout=_LOCK_SECONDS):
            yield
    except Timeout as error:
        raise DatasetError("Another process has been changing the data sets for a minute; try again when it is done.") from error
