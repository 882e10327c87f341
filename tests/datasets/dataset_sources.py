"""Small sources that the tests of importing build: pictures drawn from a seed, in every layout."""

import io
import os
import zipfile
from pathlib import Path

import numpy as np
from PIL import Image

from fer_core.datasets.formats import open_source
from fer_core.datasets.images import UnusableError
from fer_core.datasets.source import Record
from fer_core.photos.frame import FER


def face(seed: int, size: int = 48) -> np.ndarray:
    """A grey picture (size, size) uint8 that no other seed gives."""
    return np.random.default_rng(seed).integers(0, 256, (size, size), dtype=np.uint8)


def png(seed: int, size: int = 48) -> bytes:
    """`face` as the content of a PNG file."""
    file = io.BytesIO()
    Image.fromarray(face(seed, size)).save(file, "PNG")
    return file.getvalue()


def tree(root: Path, files: dict[str, bytes]) -> Path:
    """Write files by relative path below `root`."""
    for name, content in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(content)
    root.mkdir(exist_ok=True)
    return root


def archive(path: Path, files: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> Path:
    """Write files by name, as they are, into a zip archive."""
    with zipfile.ZipFile(path, "w", method) as target:
        for name, content in files.items():
            target.writestr(zipfile.ZipInfo(name), content, compress_type=method)
    return path


def kaggle(
    prefix: str = "", train: int = 10, test: int = 3, classes: tuple[str, ...] = ("happy", "fear", "sad")
) -> dict[str, bytes]:
    """Files in the Kaggle layout: `train` and `test` different pictures of each class."""
    files = {}
    for number, label in enumerate(classes):
        for split, count, offset in (("train", train, 0), ("test", test, 500)):
            for index in range(count):
                files[f"{prefix}{split}/{label}/{index:03d}.png"] = png(1000 * number + offset + index)
    return files


def read(path: Path) -> tuple[str, list[Record], list[np.ndarray | str]]:
    """Kind, records and for each its face or the reason why it has none."""
    with open_source(path) as source:
        records = list(source.records)
        loaded: list[np.ndarray | str] = []
        for record in records:
            try:
                loaded.append(record.load().fitted(FER))
            except UnusableError as error:
                loaded.append(str(error))
    return source.kind, records, loaded


def left_behind(workspace: Path) -> list[str]:
    """What lies in the folder of the data sets besides the lock."""
    return sorted(set(os.listdir(workspace / "datasets")) - {".lock"}) if (workspace / "datasets").is_dir() else []
