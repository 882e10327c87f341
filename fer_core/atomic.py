"""Files that are whole or not there: written beside their place, flushed, and renamed into it."""

from __future__ import annotations

import errno
import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any


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
