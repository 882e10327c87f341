"""Files in a tar archive, packed or not; it is unpacked into one unnamed file, which is gone when it is closed."""

from __future__ import annotations

import gzip
import io
import tarfile
import threading
import zlib
from typing import IO, cast

from fer_core.datasets.archive import Files, is_litter, plain, require_inside, shown
from fer_core.datasets.images import UnusableError
from fer_core.datasets.streams import PIECE, Bounded, Counted, Counter, spooled
from fer_core.errors import ImportRefusedError
from fer_core.settings import settings

SUFFIXES: tuple[str, ...] = (".tar", ".tar.gz", ".tgz")
"""Endings of the archives that are read."""

_UNREADABLE = (tarfile.TarError, OSError, EOFError, zlib.error, ValueError)


class TarArchive(Files):
    """The files in a tar archive.

    Raises:
        ImportRefusedError: not a tar archive; an entry that points outside, or that is a link or a device; more files or bytes
            than the settings allow.
    """

    def __init__(self, file: IO[bytes], name: str) -> None:
        self.name = name
        self._lock = threading.Lock()
        try:
            self._file = _unpacked(file, name)
        except _UNREADABLE as error:
            raise _damaged(name) from error
        try:
            self._entries = self._checked()
        except _UNREADABLE as error:
            self.close()
            raise _damaged(name) from error
        except ImportRefusedError:
            self.close()
            raise

    def close(self) -> None:
        """Close the archive; what was unpacked is gone."""
        self._file.close()

    def paths(self) -> list[str]:
        """List the files by relative paths, as `Files` says."""
        return sorted(path for path in self._entries if not is_litter(path))

    def stream(self, path: str) -> IO[bytes]:
        """Open a file to be read piece by piece, as `Files` says."""
        start, size = self._entries[path]
        return io.BufferedReader(_Part(self._file, self._lock, start, size), PIECE)

    def _checked(self) -> dict[str, tuple[int, int]]:
        """Where each file begins and how long it is."""
        allowed, limit = settings().max_archive_files, settings().max_archive_bytes
        entries: dict[str, tuple[int, int]] = {}
        total = number = 0
        with tarfile.open(fileobj=cast("IO[bytes]", Bounded(self._file, self.name)), mode="r:") as archive:
            while (entry := archive.next()) is not None:
                archive.members.clear()  # type: ignore[attr-defined]  # else every entry is kept in memory
                number += 1
                total += max(0, entry.size)
                if number > allowed:
                    raise ImportRefusedError(f"'{self.name}' holds more than {allowed:,} files (FER_MAX_ARCHIVE_FILES).")
                if total > limit:
                    raise ImportRefusedError(f"'{self.name}' unpacks to more than {limit:,} bytes (FER_MAX_ARCHIVE_BYTES).")
                path = entry.name.replace("\\", "/")
                require_inside(path, self.name)
                if entry.isdir():
                    continue
                if not entry.isreg() or entry.issparse():
                    raise ImportRefusedError(f"'{self.name}' is refused: its entry '{shown(path)}' is a link or a device.")
                entries[plain(path)] = (entry.offset_data, entry.size)
        return entries


class _Part(io.RawIOBase):
    """One file within the archive; the archive's own position is shared with others, so each reading seeks."""

    def __init__(self, file: IO[bytes], lock: threading.Lock, start: int, size: int) -> None:
        self._file, self._lock = file, lock
        self._position, self._end = start, start + size

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        wanted = min(len(buffer), self._end - self._position)
        with self._lock:
            self._file.seek(self._position)
            piece = self._file.read(wanted)
        if len(piece) < wanted and not piece:
            raise UnusableError("cut short in the archive")
        buffer[: len(piece)] = piece
        self._position += len(piece)
        return len(piece)


def _unpacked(file: IO[bytes], name: str) -> IO[bytes]:
    start = file.read(2)
    file.seek(0)
    if start != b"\x1f\x8b":
        return file
    packed = cast("IO[bytes]", gzip.GzipFile(fileobj=file, mode="rb"))
    return spooled(io.BufferedReader(Counted(packed, Counter(name)), PIECE))


def _damaged(name: str) -> ImportRefusedError:
    return ImportRefusedError(f"'{name}' is not a tar archive that can be read to its end; download it again.")
