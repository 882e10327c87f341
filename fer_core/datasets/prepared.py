"""The default synthetic faces as they ship: drawn once and packed, so that a first start need not draw them."""

from __future__ import annotations

import io
import shutil
import zipfile
from contextlib import suppress
from pathlib import Path

import cv2
import numpy as np
import pandas as pd
from filelock import FileLock
from numpy.typing import NDArray

from fer_core.datasets.signature import fingerprint
from fer_core.datasets.staging import disk_errors
from fer_core.datasets.store import Dataset, dataset_names
from fer_core.datasets.synthetic import COUNT, NAME_DEFAULT, SEED, write_drawn
from fer_core.datasets.traits import PREFIX
from fer_core.datasets.writing import require_free
from fer_core.errors import DatasetError
from fer_core.files import replace
from fer_core.settings import ASSETS, FACE_SIZE, settings

PREPARED = ASSETS / "synthetic" / "faces.zip"
"""The packed faces, see the README beside them."""

RECORDED = ASSETS / "synthetic" / "recorded"
"""What was computed of them once; lies there as it is kept in the folder of a data set."""

TRAITS_FILE = "traits.parquet"
"""Beside the packed faces: the renderer's parameters of each, as `traits.coded` gives them."""

_SHEET, _TABLE, _FINGERPRINT = "faces.webp", "samples.parquet", "fingerprint"
_COLUMNS = ["label", "split", "file", "intensity"]
_ACROSS = 60
_LOSSLESS = [cv2.IMWRITE_WEBP_QUALITY, 101]


def create_prepared(name: str = NAME_DEFAULT) -> Dataset:
    """Make the data set that `create_synthetic` draws by default from the packed faces, with what was recorded of it.

    Raises:
        NameTakenError: there is a data set of that name.
        DatasetError: the packed faces are damaged, or the data set could not be written.
    """
    clean = require_free(name)
    images, samples = read_prepared()
    with suppress(OSError, ValueError):  # without them it is not known who is failed, and all else is there
        samples = samples.join(pd.read_parquet(PREPARED.with_name(TRAITS_FILE)))
    dataset = write_drawn(clean, images, samples, SEED)
    with suppress(OSError):  # without what was recorded it is computed when somebody asks for it
        shutil.copytree(RECORDED, dataset.path, dirs_exist_ok=True, copy_function=shutil.copyfile)
    return dataset


def begin() -> None:
    """Make the default data set at the first start of a workspace; nothing where there has been a data set before.

    Raises:
        DatasetError: as `create_prepared`.
    """
    if _marker().exists() or dataset_names():
        return
    with disk_errors():
        settings().workspace.mkdir(parents=True, exist_ok=True)
        with FileLock(settings().workspace / ".first-start.lock"):
            if not _marker().exists() and not dataset_names():
                create_prepared()
            remember_start()


def remember_start() -> None:
    """Take down that this workspace has had its start, so that deleted faces do not come back by themselves."""
    _marker().parent.mkdir(parents=True, exist_ok=True)
    _marker().touch()


def forget_start() -> None:
    """Have `begin` make the data set again where there is none."""
    _marker().unlink(missing_ok=True)


def _marker() -> Path:
    return settings().workspace / ".first-start"


def pack(dataset: Dataset, file: Path = PREPARED) -> None:
    """Pack faces that were drawn: one lossless picture of all of them, their table, and beside it what is known of them.

    Args:
        dataset: as `create_synthetic` makes it by default.
        file: zip file to write.

    Raises:
        DatasetError: the data set has another number of faces.
    """
    if dataset.meta.n != COUNT:
        raise DatasetError(f"The faces to pack must be {COUNT:,}; '{dataset.name}' has {dataset.meta.n:,}.")
    rows = np.asarray(dataset.images).reshape(COUNT // _ACROSS, _ACROSS, FACE_SIZE, FACE_SIZE)
    sheet = cv2.cvtColor(rows.swapaxes(1, 2).reshape(-1, _ACROSS * FACE_SIZE), cv2.COLOR_GRAY2BGR)
    table = io.BytesIO()
    dataset.samples[_COLUMNS].to_parquet(table, index=False, compression="zstd")

    def write(target: Path) -> None:
        with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as archive:
            for name, data in (
                (_SHEET, cv2.imencode(".webp", sheet, _LOSSLESS)[1].tobytes()),
                (_TABLE, table.getvalue()),
                (_FINGERPRINT, dataset.meta.fingerprint.encode()),
            ):
                archive.writestr(zipfile.ZipInfo(name), data)

    file.parent.mkdir(parents=True, exist_ok=True)
    replace(file, write)
    pack_traits(dataset, file.with_name(TRAITS_FILE))


def pack_traits(dataset: Dataset, file: Path) -> None:
    """Write what is known of drawn faces beside the packed ones."""
    columns = [name for name in dataset.samples.columns if str(name).startswith(PREFIX)]
    replace(file, lambda temporary: dataset.samples[columns].to_parquet(temporary, index=False, compression="brotli"))


def read_prepared(file: Path = PREPARED) -> tuple[NDArray[np.uint8], pd.DataFrame]:
    """Read the packed faces: (3000, 48, 48) uint8, and one row each with label, split, file and intensity.

    Raises:
        DatasetError: the file is missing or damaged, or does not hold the faces that were packed.
    """
    try:
        with zipfile.ZipFile(file) as archive:
            sheet = cv2.imdecode(np.frombuffer(archive.read(_SHEET), np.uint8), cv2.IMREAD_UNCHANGED)
            samples = pd.read_parquet(io.BytesIO(archive.read(_TABLE)))
            packed = archive.read(_FINGERPRINT).decode()
        if sheet is None:
            raise _damaged(file)
        rows = sheet[..., 0].reshape(-1, FACE_SIZE, _ACROSS, FACE_SIZE).swapaxes(1, 2)
        images = np.ascontiguousarray(rows.reshape(-1, FACE_SIZE, FACE_SIZE), np.uint8)
        whole = len(images) == len(samples) and fingerprint([images], samples) == packed
    except (OSError, ValueError, KeyError, cv2.error, zipfile.BadZipFile) as error:
        raise _damaged(file) from error
    if not whole:
        raise _damaged(file)
    return images, samples


def _damaged(file: Path) -> DatasetError:
    return DatasetError(
        f"The faces that ship with FER Lab are damaged ({file.name} is missing or not readable); install it again, "
        "or have faces drawn under Import and export."
    )
