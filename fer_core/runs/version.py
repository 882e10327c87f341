"""The version of the bundled run: what the model of an earlier version answered must not pass for its answers."""

from __future__ import annotations

import hashlib
import shutil
from contextlib import suppress
from functools import lru_cache
from pathlib import Path

from fer_core.files import replace
from fer_core.runs.records import Status, load

_FILE = "edition"
_ANSWERS = ("predictions", "robustness", "explanations")


def renew(shipped: Path, own: Path) -> None:
    """Delete what another version of the shipped model answered, and the calibration made for it; name and note stay.

    A workspace that may not be written is left as it is.

    Args:
        shipped: folder of the run as it comes with the project.
        own: the workspace's folder of that run; made when it is missing.
    """
    status = load(shipped / "status.json", Status)
    version = f"{status.created:.3f}\n" if status else ""
    file = own / _FILE
    with suppress(OSError):
        if file.is_file() and file.read_text() == version:
            return
        own.mkdir(parents=True, exist_ok=True)
        forget_answers(own)
        (own / "calibration.json").unlink(missing_ok=True)
        replace(file, lambda temporary: temporary.write_text(version))


def model_digest(file: Path) -> str:
    """First 16 digits of the SHA-256 of a model file, hexadecimal; empty when there is none."""
    try:
        about = file.stat()
        return _digest_of(str(file), about.st_mtime_ns, about.st_size)
    except OSError:
        return ""


@lru_cache(maxsize=64)
def _digest_of(file: str, _stamp: int, _size: int) -> str:
    with open(file, "rb") as model:
        return hashlib.file_digest(model, "sha256").hexdigest()[:16]


def forget_answers(folder: Path) -> None:
    """Delete a run's stored logits, what was counted of others, and its mean maps; nothing happens where there are none."""
    for name in _ANSWERS:
        shutil.rmtree(folder / name, ignore_errors=True)
