"""Files of a folder, of one file alone, and of archives within a source."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import IO, cast

from fer_core.datasets.archive import Files, is_litter
from fer_core.datasets.images import UnusableError
from fer_core.errors import ImportRefusedError, InputError
from fer_core.files import open_regular
from fer_core.settings import settings

_Identity = tuple[int, int] | str


class Folder(Files):
    """The files below a folder; links to folders are followed, but never back into a folder that they lie in."""

    def __init__(self, path: Path) -> None:
        self.name = path.resolve().name
        self._path = path
        self._loops: list[str] = []

    def paths(self) -> list[str]:
        """List the files by relative paths, as `Files` says.

        Raises:
            ImportRefusedError: there are more files and folders than the settings allow.
        """
        self._loops.clear()
        files: list[str] = []
        folders: list[tuple[str, tuple[_Identity, ...]]] = [("", (_identity(self._path),))]
        visited = 0
        allowed = settings().max_archive_files
        while folders:
            inside, above = folders.pop()
            for entry in _entries(self._path / inside):
                visited += 1
                if visited > allowed:
                    raise ImportRefusedError(f"'{self.name}' holds more than {allowed:,} files (FER_MAX_ARCHIVE_FILES).")
                if is_litter(entry.name):
                    continue
                path = f"{inside}/{entry.name}" if inside else entry.name
                if not entry.is_dir():
                    files.append(path)
                elif (identity := _identity(self._path / path)) in above:
                    self._loops.append(path)
                else:
                    folders.append((path, (*above, identity)))
        return sorted(files)

    def notes(self) -> list[str]:
        """List the files by relative paths, as `Files` says."""
        named = ", ".join(f"'{path}'" for path in sorted(self._loops)[:5])
        return [f"Linked folders that lead back into themselves were not followed: {named}."] if self._loops else []

    def stream(self, path: str) -> IO[bytes]:
        """Open a file to be read piece by piece, as `Files` says."""
        return _opened(self._path / path)


class SingleFile(Files):
    """One file, as if it lay alone in a folder."""

    def __init__(self, path: Path) -> None:
        self.name = path.name
        self._path = path

    def paths(self) -> list[str]:
        """List the files by relative paths, as `Files` says."""
        return [self.name]

    def stream(self, path: str) -> IO[bytes]:
        """Open a file to be read piece by piece, as `Files` says."""
        return _opened(self._path)


class Together:
    """Archives that lie within a source, each as if it had been unpacked into a folder of its name."""

    def __init__(self, name: str, parts: Mapping[str, Files]) -> None:
        self.name = name
        self._parts = parts
        self._places: dict[str, tuple[Files, str]] = {}

    def paths(self) -> list[str]:
        """List the files by relative paths, as `Files` says."""
        self._places = {f"{folder}/{path}": (files, path) for folder, files in self._parts.items() for path in files.paths()}
        return sorted(self._places)

    def notes(self) -> list[str]:
        """List sentences about what was left out, as `Files` says."""
        return [note for files in self._parts.values() for note in files.notes()]

    def read(self, path: str) -> bytes:
        """Read a file whole, as `Files` says."""
        files, inside = self._places[path]
        return files.read(inside)

    def stream(self, path: str) -> IO[bytes]:
        """Open a file to be read piece by piece, as `Files` says."""
        files, inside = self._places[path]
        return cast("IO[bytes]", files.stream(inside))


def _opened(path: Path) -> IO[bytes]:
    try:
        return open_regular(path)
    except InputError as error:
        raise UnusableError("not a regular file") from error
    except OSError as error:
        raise UnusableError(f"cannot be read: {error.strerror}") from error


def _entries(folder: Path) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:
            return list(entries)
    except OSError as error:
        raise ImportRefusedError(f"The folder '{folder.name}' cannot be read: {error.strerror or error}.") from error


def _identity(folder: Path) -> _Identity:
    about = folder.stat()
    # Windows may give no numbers; there the place itself tells.
    return (about.st_dev, about.st_ino) if about.st_ino else str(folder.resolve())
