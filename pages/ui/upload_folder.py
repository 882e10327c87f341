"""Where an upload lies as a file while it is imported: in a folder that goes with its process, however that ends."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

_PREFIX, _LOCK = "fer-upload-", ".lock"


@contextmanager
def upload_folder() -> Iterator[Path]:
    """A new folder; deleted in the end, or by `sweep` when the process was killed meanwhile."""
    with tempfile.TemporaryDirectory(prefix=_PREFIX) as folder, FileLock(Path(folder) / _LOCK):
        yield Path(folder)


def sweep() -> None:
    """Delete the folders of processes that were killed; those of an import under way hold their lock, and stay."""
    for folder in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*"):
        try:
            if folder.is_symlink() or not folder.is_dir() or (hasattr(os, "getuid") and folder.stat().st_uid != os.getuid()):
                continue
            with FileLock(folder / _LOCK, timeout=0):
                pass
        except (OSError, Timeout):
            continue
        shutil.rmtree(folder, ignore_errors=True)
