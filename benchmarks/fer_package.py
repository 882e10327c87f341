"""PyPI's `fer` in an environment and a process of its own, as `benchmarks.photos` asks it."""

from __future__ import annotations

import contextlib
import json
import os
import statistics
import subprocess
import sys
import tempfile
import venv
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO, Any, cast

import numpy as np
from numpy.typing import NDArray

from benchmarks import machine
from fer_core.labels import FIVE

PACKAGES = (
    "setuptools<81",
    "opencv-contrib-python<5",
    "tensorflow-cpu==2.21.0; sys_platform != 'darwin' and platform_machine in 'x86_64 AMD64'",
    "tensorflow==2.21.0; sys_platform == 'darwin' or platform_machine not in 'x86_64 AMD64'",
    "requests",
    "pillow",
)
FER = "fer==25.10.3"
Pixels = NDArray[np.uint8]
Times = tuple[float, float]
"""Wall and processor seconds of one call."""


class Other:
    """`fer` in a process of its own, which is asked for one call at a time.

    Args:
        python: interpreter of its environment.
        pictures: what it is asked about, by name; (H, W, 3) uint8 RGB.
    """

    def __init__(self, python: Path, pictures: dict[str, Pixels]) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="fer-pictures-")
        for name, picture in pictures.items():
            np.save(Path(self._folder.name) / f"{name}.npy", picture[:, :, ::-1])
        self._process = subprocess.Popen(
            [str(python), str(Path(__file__).with_name("fer_answers.py")), self._folder.name],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=os.environ | {"TF_CPP_MIN_LOG_LEVEL": "3"},
        )
        self._to, self._from = cast(IO[bytes], self._process.stdin), cast(IO[bytes], self._process.stdout)

    def __enter__(self) -> Other:
        return self

    def __exit__(self, *_: object) -> None:
        machine.end(self._process)
        self._folder.cleanup()

    def time(self, picture: str, part: str) -> Times:
        """Wall and processor seconds of one call."""
        wall, processor = self._ask(do=part, picture=picture)
        return wall, processor

    def count(self, picture: str) -> int:
        """Faces that it finds."""
        return int(self._ask(do="count", picture=picture))

    def accuracy(self, faces: Pixels, labels: list[str]) -> float:
        """Share of (N, 48, 48) uint8 faces that its network names right when it may name these five classes only."""
        named = self.shares(faces, FIVE).argmax(axis=1)
        return statistics.fmean(FIVE[place] == label for place, label in zip(named, labels, strict=True))

    def shares(self, faces: Pixels, classes: Sequence[str]) -> NDArray[np.float32]:
        """What its network says of (N, 48, 48) uint8 faces: (N, classes) shares, those of its other classes left out."""
        np.save(Path(self._folder.name) / "faces.npy", faces)
        return np.array(self._ask(do="shares", classes=list(classes)), np.float32).reshape(len(faces), len(classes))

    def _ask(self, **question: Any) -> Any:
        self._to.write(json.dumps(question).encode() + b"\n")
        self._to.flush()
        answer = self._from.readline()
        if not answer:
            raise SystemExit("The process of `fer` has ended; look whether its environment is whole, or make a new one.")
        return json.loads(answer)


@contextlib.contextmanager
def fer_environment(kept: Path | None) -> Iterator[Path]:
    """The interpreter of an environment that holds `fer`: the one kept in a folder, or a new one that is deleted afterwards."""
    with contextlib.ExitStack() as stack:
        folder = kept or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="fer-environment-")))
        python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
        if not (folder / "whole").is_file():
            print(f"Making an environment for {FER} …", file=sys.stderr, flush=True)
            venv.create(folder, with_pip=True, clear=True)
            for words in (PACKAGES, ("--no-deps", FER)):
                subprocess.run([python, "-m", "pip", "install", "--quiet", *words], check=True, stdout=sys.stderr)
            (folder / "whole").touch()
        yield python
