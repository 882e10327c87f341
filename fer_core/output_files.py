"""Files that a command was asked to write: their places are checked before the work, and they are written whole or not at all."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fer_core.atomic import is_full, replace
from fer_core.errors import InputError


def require_places(*paths: Path | None) -> None:
    """See that files can be written under these names, before the work is done and before any of them is written.

    Raises:
        InputError: one of them is a folder, or its folder does not exist.
    """
    for path in paths:
        if path is not None and (path.is_dir() or not path.parent.is_dir()):
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
