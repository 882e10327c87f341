"""The version of a run's answers, which keys whatever is kept of them.

The bundled run comes anew with the project; what an earlier version of it answered must not pass for its answers.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from typing import Protocol

from fer_core.files import replace
from fer_core.runs.records import Calibration, Int8Agreement, Status, load

_FILE = "edition"
"""Name of the file beside what is kept; run folders of before hold it under this name, too."""
_ANSWERS = ("predictions", "robustness", "explanations")


class Answering(Protocol):
    """What of a run its answers depend on."""

    @property
    def model_file(self) -> Path:
        """The run's network."""
        ...

    def calibration(self) -> Calibration:
        """Temperature, threshold and flip."""
        ...

    def int8_agreement(self) -> Int8Agreement | None:
        """How the run's int8 network answers."""
        ...


def version(run: Answering) -> str:
    """Digest of all that a run's answers to faces depend on: its model file, its calibration with the flip, and int8.

    The key of every cache of what a run answers; 16 hexadecimal digits.
    """
    return answers_version(model_digest(run.model_file), run.calibration(), int8=answers_in_int8(run))


def answers_version(model: str, calibration: Calibration, *, int8: bool) -> str:
    """What `version` is made of: digest of the model file, calibration, and whether photos are answered in int8."""
    decides = deciding_digest(model, calibration)
    return _digest(decides, calibration.temperature, calibration.threshold, calibration.flip, int8)


def deciding_digest(model: str, calibration: Calibration) -> str:
    """Digest of what decides which class is answered, beside the flip: the model file's, unless a prior is taken off."""
    return _digest(model, *calibration.prior_shift) if calibration.prior_tau else model


def logits_version(run: Answering) -> str:
    """Digest of what a run's logits depend on: its model file and its flip. Names what is kept on disk, 16 hexadecimal digits.

    They are kept as the network gives them: a prior is taken off when they are read (`evaluation.predictions`).
    """
    return _digest(model_digest(run.model_file), run.calibration().flip)


def answers_in_int8(run: Answering) -> bool:
    """Whether the run's int8 network answers photos."""
    measured = run.int8_agreement()
    return measured is not None and measured.near


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


def _digest(*parts: object) -> str:
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:16]


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
