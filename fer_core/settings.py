"""Workspace and limits: read from the environment only, at each call, so that tests and scripts can set them."""

import os
from functools import lru_cache
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from fer_core.errors import InputError

FACE_SIZE = 48
"""Side of a stored face in pixels."""

PROJECT = Path(__file__).resolve().parent.parent
ASSETS = Path(__file__).resolve().parent / "assets"


class Settings(BaseModel):
    """What can be set with `FER_...` environment variables; sizes in bytes, pixels or counts as the name says.

    Attributes:
        workspace: folder of data sets and runs.
        lesson: folder of a lecturer's own lesson; None for the one that comes with the project.
        max_image_pixels: of one picture of an import.
        max_photo_pixels: of one photo.
        max_photo_bytes: of one photo's file.
        max_video_bytes: of one uploaded video's file.
        max_archive_bytes: that a source may unpack to.
        max_archive_files: in one source, folders included.
        max_rows: samples of one source, usable or not.
        max_cell_bytes: of one cell of a table.
        max_file_bytes: of one picture's file in a source, and of a file of labels or decisions.
        max_decoded_bytes: that decoding one picture, or one part of a parquet file, may take of memory.
        max_name_bytes: of all names of a source's samples together.
        max_classes: different classes in one source.
        executor: where runs are trained unless another place is asked for: `local` this machine, `slurm` a cluster.
        slots: trainings of this workspace at work at once on this machine; None for one per GPU, and one without.
        watts: that the computer draws while it trains; a study's energy is told by it.
        access: who may change things in the app: `local` whoever sits at this computer, `key` whoever has the key, `read` nobody,
            `class` the teacher of a lesson, and students what the teacher grants.
        host: name or number by which others reach this computer; None to find it.
        camera: `off` takes every camera out of the app.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    workspace: Path = PROJECT / "workspace"
    access: Literal["local", "key", "read", "class"] = "local"
    host: str | None = None
    camera: Literal["on", "off"] = "on"
    lesson: Path | None = None
    max_image_pixels: int = Field(default=40_000_000, gt=0)
    max_photo_pixels: int = Field(default=60_000_000, gt=0)
    max_photo_bytes: int = Field(default=30_000_000, gt=0)
    max_video_bytes: int = Field(default=200_000_000, gt=0)
    max_archive_bytes: int = Field(default=8_000_000_000, gt=0)
    max_archive_files: int = Field(default=1_000_000, gt=0)
    max_rows: int = Field(default=1_000_000, gt=0)
    max_cell_bytes: int = Field(default=16_000_000, gt=0)
    max_file_bytes: int = Field(default=48_000_000, gt=0)
    max_decoded_bytes: int = Field(default=450_000_000, ge=16_000_000)
    max_name_bytes: int = Field(default=200_000_000, gt=0)
    max_classes: int = Field(default=256, gt=0)
    executor: Literal["local", "slurm"] = "local"
    slots: int | None = Field(default=None, ge=1, le=64)
    watts: float = Field(default=45.0, gt=0)

    @property
    def datasets(self) -> Path:
        """Folder of the data sets; may not exist yet."""
        return self.workspace / "datasets"

    @property
    def runs(self) -> Path:
        """Folder of the runs; may not exist yet."""
        return self.workspace / "runs"

    @property
    def lesson_folder(self) -> Path:
        """Folder of a class's lesson, which ends with it; may not exist."""
        return self.workspace / "classroom"

    @property
    def lesson_runs(self) -> Path:
        """Folder of the runs that students train in a lesson; may not exist."""
        return self.lesson_folder / "runs"


def settings() -> Settings:
    """The settings in force.

    Raises:
        InputError: an environment variable holds a value that is not allowed.
    """
    # Asked for each picture of an import: what was read stands as long as the environment is the same.
    return _read(tuple(map(os.environ.get, _VARIABLES)), os.getcwd(), os.environ.get("HOME"))


_VARIABLES = {f"FER_{field.upper()}": field for field in Settings.model_fields}


@lru_cache(maxsize=8)
def _read(values: tuple[str | None, ...], _folder: str, _home: str | None) -> Settings:
    given = {field: value for field, value in zip(_VARIABLES.values(), values, strict=True) if value}
    try:
        current = Settings.model_validate(given)
    except ValidationError as error:
        first = error.errors()[0]
        raise InputError(f"The environment variable FER_{str(first['loc'][0]).upper()} is not usable: {first['msg']}.") from error
    lesson = current.lesson.expanduser().resolve() if current.lesson else None
    return current.model_copy(update={"workspace": current.workspace.expanduser().resolve(), "lesson": lesson})
