"""Open regular files alone, and write files that are whole or not there."""

from __future__ import annotations

import errno
import io
import os
import stat
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO
from urllib.parse import urlsplit
from urllib.request import url2pathname

import numpy as np
from numpy.typing import NDArray

from fer_core.errors import InputError

_KINDS = {
    stat.S_IFDIR: "a folder",
    stat.S_IFIFO: "a named pipe",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
}


LONGEST = 240
"""Most bytes of the name of a file that is written; file systems take 255, of which a temporary name needs some."""


def open_regular(path: Path) -> BinaryIO:
    """Open a regular file for reading; a pipe, device, socket or folder is refused, as reading it may never end.

    The kind is asked of the open file, so that nothing can take its place between the question and the reading.

    Raises:
        InputError: it is no regular file.
        OSError: there is nothing at `path`, or it may not be read.
    """
    # Without O_NONBLOCK, opening a pipe that nobody writes to would wait for ever.
    handle = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    mode = os.fstat(handle).st_mode
    if not stat.S_ISREG(mode):
        os.close(handle)
        kind = _KINDS.get(stat.S_IFMT(mode), "something else")
        raise InputError(f"'{Path(path).name}' is {kind}, and only regular files are read; copy its content into a file.")
    return os.fdopen(handle, "rb")


def read_regular(path: Path, *, most: int) -> bytes:
    """Content of a regular file.

    Args:
        path: the file.
        most: number of bytes that are read at most.

    Raises:
        InputError: it is no regular file, or it is larger.
        OSError: as `open_regular`.
    """
    with open_regular(path) as file:
        content = file.read(most + 1)
    if len(content) > most:
        raise InputError(f"'{Path(path).name}' has more than {most:,} bytes, the limit; choose a smaller file.")
    return content


def typed_path(text: str) -> Path:
    """The path in a text that somebody typed or pasted: without blanks and quotes around it and `file://`, `~` expanded."""
    clean = text.strip()
    if len(clean) > 1 and clean[0] == clean[-1] and clean[0] in "\"'":
        clean = clean[1:-1].strip()
    if clean.lower().startswith("file://"):
        clean = url2pathname(urlsplit(clean).path)
    return Path(clean).expanduser()


def replace(path: Path, write: Callable[[Path], Any]) -> None:
    """Replace a file by what `write` puts into a temporary one; when that fails, the old one stays as it was.

    Args:
        path: the file; its folder exists.
        write: called with a temporary path in the same folder, with the same suffix.

    Raises:
        OSError: the disk is full or not writable; nothing is left behind.
    """
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.stem}.", suffix=path.suffix)
    os.close(handle)
    temporary = Path(name)
    try:
        write(temporary)
        temporary.chmod(0o644)
        with temporary.open("rb") as file:
            os.fsync(file.fileno())
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


def is_full(error: OSError) -> bool:
    """Whether this is the answer of a full disk; numpy gives it in words alone, without a number."""
    if error.errno is None:
        return "free space" in str(error) or " requested and " in str(error)
    return error.errno in (errno.ENOSPC, errno.EDQUOT)


def make_folder(folder: Path) -> Path:
    """Make a folder of the workspace and those above it; returns it.

    Raises:
        InputError: the disk is full or may not be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"The folder {folder} cannot be made ({error.strerror}); set FER_WORKSPACE to another disk.") from error
    return folder


def require_places(*paths: Path | None) -> None:
    """See that files can be written under these names, before the work is done and before any of them is written.

    Raises:
        InputError: one of them is a folder, its folder does not exist, or its name is too long.
    """
    for path in paths:
        # os.path says no of a name that is too long, where pathlib raises; a temporary name is a little longer.
        if path is None:
            continue
        if os.path.isdir(path) or not os.path.isdir(path.parent) or len(os.fsencode(path.name)) > LONGEST:
            raise InputError(f"{path} cannot be written; choose the name of a file in a folder that exists.")


def write_output(path: Path, write: Callable[[Path], Any]) -> None:
    """Write a file by `write`, which gets a temporary path in the same folder.

    Raises:
        InputError: the disk is full, or it cannot be written; nothing is left behind.
    """
    try:
        replace(path, write)
    except OSError as error:
        if is_full(error):
            raise InputError(f"{path.name} cannot be written: the disk is full; free some space, or use another disk.") from error
        raise InputError(f"{path.name} cannot be written ({error.strerror or error}); choose another place.") from error


def npy(values: NDArray[Any]) -> bytes:
    """An array as the content of a .npy file, whatever the file is called: given a path, numpy appends its suffix."""
    content = io.BytesIO()
    np.save(content, values)
    return content.getvalue()
