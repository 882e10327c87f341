"""What was computed to explain a run, kept in its folder: arrays under a key of the run's version and all that was asked."""

from __future__ import annotations

import hashlib
import re
import zipfile
import zlib
from contextlib import suppress
from dataclasses import fields
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from fer_core.files import replace
from fer_core.runs import Run
from fer_core.runs.version import version

Result = TypeVar("Result")

_FORMAT = 2


def kept(run: Run, kind: type[Result], *question: object) -> Result | None:
    """Read what was computed before, by the viewer or before the run was shipped; None when there is nothing, or it is damaged.

    Args:
        run: the run; its folder in the workspace is looked into first, then the one that ships.
        kind: the dataclass of arrays that was kept.
        question: all that the result depends on besides the run: words, numbers, arrays.
    """
    for folder in dict.fromkeys((run.own, run.path)) if run.model_file.is_file() else ():
        with (
            suppress(OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile, zlib.error),
            np.load(folder / _name(run, kind, question), allow_pickle=False) as stored,
        ):
            return kind(**{field.name: _plain(stored[field.name]) for field in fields(kind)})  # type: ignore[arg-type]
    return None


def keep(run: Run, result: Any, *question: object) -> None:
    """Keep a dataclass of arrays with a run; a disk that is full or may not be written costs the keeping alone.

    Args:
        run: the run.
        result: what was computed; never a picture of somebody, nor one made from it.
        question: as `kept` will be asked.
    """
    if not run.model_file.is_file():
        return
    with suppress(OSError):
        file: Path = run.own / _name(run, type(result), question)
        file.parent.mkdir(parents=True, exist_ok=True)
        replace(file, lambda temporary: np.savez_compressed(temporary, **vars(result)))


def _name(run: Run, kind: type, question: tuple[object, ...]) -> Path:
    digest = hashlib.sha256(f"{version(run)} {_FORMAT}".encode())
    for part in question:
        words = f"{part.shape} {part.dtype}" if isinstance(part, np.ndarray) else str(part)
        digest.update(f"\n{len(words)} {words}".encode())
        if isinstance(part, np.ndarray):
            digest.update(np.ascontiguousarray(part).data)
    title = re.sub("(?<=[a-z])(?=[A-Z])", "-", kind.__name__).lower()
    return Path("explanations", f"{title}-{digest.hexdigest()[:16]}.npz")


def _plain(values: np.ndarray) -> Any:
    return tuple(values.tolist()) if values.dtype.kind == "U" else values
