"""Files of a folder or of a zip archive, by relative path; an unsafe archive is refused before anything is read."""

from __future__ import annotations

import copy
import io
import lzma
import os
import re
import stat
import threading
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import IO, Protocol

from fer_core.datasets.images import UnusableError
from fer_core.errors import ImportRefusedError
from fer_core.settings import settings

MAX_FILE_BYTES = 256_000_000
"""A single picture file larger than this is not read into memory."""

_PIECE = 1 << 20
_LITTER = re.compile(r"(\..*|thumbs\.db|desktop\.ini|__macosx)", re.IGNORECASE)
_UNREADABLE = (zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, NotImplementedError, RuntimeError, OSError)


class Files(Protocol):
    """Files that can be listed and read; reading is safe from several threads.

    Attributes:
        name: name of the folder or archive, without its own folder.
    """

    name: str

    def paths(self) -> list[str]:
        """Relative paths with forward slashes, sorted; without litter such as .DS_Store, Thumbs.db and __MACOSX."""
        ...

    def read(self, path: str) -> bytes:
        """Content of a file.

        Raises:
            UnusableError: this file cannot be read.
            ImportRefusedError: reading has brought up more bytes than the limit.
        """
        ...

    def stream(self, path: str) -> AbstractContextManager[IO[bytes]]:
        """A file to be read piece by piece."""
        ...


class Folder:
    """The files below a folder; links to folders are not followed."""

    def __init__(self, path: Path) -> None:
        self.name = path.resolve().name
        self._path = path

    def paths(self) -> list[str]:
        """See Files."""
        found = []
        for folder, folders, files in os.walk(self._path):
            folders[:] = [name for name in folders if not _LITTER.fullmatch(name)]
            inside = Path(folder).relative_to(self._path).as_posix()
            found += [name if inside == "." else f"{inside}/{name}" for name in files if not _LITTER.fullmatch(name)]
        return sorted(found)

    def read(self, path: str) -> bytes:
        """See Files."""
        try:
            about = os.stat(self._path / path)
            if not stat.S_ISREG(about.st_mode):
                raise UnusableError("not a regular file")
            if about.st_size > MAX_FILE_BYTES:
                raise UnusableError(f"larger than {MAX_FILE_BYTES:,} bytes")
            return (self._path / path).read_bytes()
        except OSError as error:
            raise UnusableError(f"cannot be read: {error.strerror}") from error

    def stream(self, path: str) -> IO[bytes]:
        """See Files."""
        return (self._path / path).open("rb")


class ZipArchive:
    """The files in a zip archive; nothing is unpacked to the disk.

    Raises:
        ImportRefusedError: not a zip archive; encrypted; an entry that points outside, or that is a link; more files or bytes
            than the settings allow, as declared here, as counted in `read`.
    """

    def __init__(self, path: Path) -> None:
        self.name = path.name
        self._lock = threading.Lock()
        self._bytes = 0
        self._limit = settings().max_archive_bytes
        try:
            self._zip = zipfile.ZipFile(path)
        except (*_UNREADABLE, ValueError) as error:
            raise ImportRefusedError(
                f"'{path.name}' is not a zip archive that can be read; download or pack it again."
            ) from error
        try:
            self._entries = self._checked()
        except ImportRefusedError:
            self.close()
            raise

    def close(self) -> None:
        """Close the archive."""
        self._zip.close()

    def paths(self) -> list[str]:
        """See Files."""
        return sorted(path for path in self._entries if not any(_LITTER.fullmatch(part) for part in path.split("/")))

    def read(self, path: str) -> bytes:
        """See Files."""
        content = io.BytesIO()
        try:
            with self.stream(path) as stream:
                while piece := stream.read(_PIECE):
                    content.write(piece)
                    if content.tell() > MAX_FILE_BYTES:
                        raise UnusableError(f"larger than {MAX_FILE_BYTES:,} bytes")
        except _UNREADABLE as error:
            raise UnusableError(f"damaged in the archive: {error}") from error
        return content.getvalue()

    def stream(self, path: str) -> IO[bytes]:
        """See Files."""
        # The declared size would cut the stream off; without it what really comes out is read, checked and counted.
        entry = copy.copy(self._entries[path])
        if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            # zipfile unpacks other methods without a bound on memory.
            raise UnusableError("packed with a method other than deflate")
        entry.file_size = max(entry.file_size, self._limit + _PIECE)
        return io.BufferedReader(_Counted(self._zip.open(entry), self.count))

    def count(self, number: int) -> None:
        """Take note of bytes that were unpacked.

        Raises:
            ImportRefusedError: it is more than the limit by now.
        """
        with self._lock:
            self._bytes += number
            if self._bytes > self._limit:
                raise ImportRefusedError(_too_large(self.name, self._limit))

    def _checked(self) -> dict[str, zipfile.ZipInfo]:
        entries = self._zip.infolist()
        allowed = settings().max_archive_files
        if len(entries) > allowed:
            raise ImportRefusedError(
                f"'{self.name}' holds {len(entries):,} files; the limit is {allowed:,} (FER_MAX_ARCHIVE_FILES)."
            )
        if sum(entry.file_size for entry in entries) > self._limit:
            raise ImportRefusedError(_too_large(self.name, self._limit))
        found = {}
        for entry in entries:
            path = entry.orig_filename.replace("\\", "/")
            shown = path[:80].encode("ascii", "backslashreplace").decode()
            if entry.flag_bits & 0x1:
                raise ImportRefusedError(f"'{self.name}' is encrypted; unpack it with its password and import the folder.")
            if path.startswith("/") or re.match(r"[A-Za-z]:", path) or ".." in path.split("/") or "\0" in path:
                raise ImportRefusedError(f"'{self.name}' is refused: its entry '{shown}' points outside the archive.")
            if stat.S_IFMT(entry.external_attr >> 16) not in (0, stat.S_IFREG, stat.S_IFDIR):
                raise ImportRefusedError(f"'{self.name}' is refused: its entry '{shown}' is a link or a device.")
            if not path.endswith("/"):
                found["/".join(part for part in path.split("/") if part not in ("", "."))] = entry
        return found


class _Counted(io.RawIOBase):
    """A stream that reports how many bytes are read from it."""

    def __init__(self, stream: IO[bytes], count: Callable[[int], None]) -> None:
        self._stream = stream
        self._count = count

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        piece = self._stream.read(len(buffer))
        self._count(len(piece))
        buffer[: len(piece)] = piece
        return len(piece)

    def close(self) -> None:
        self._stream.close()
        super().close()


def lines(stream: IO[bytes], *, longest: int) -> Iterator[str]:
    """Text lines of a UTF-8 stream (a byte order mark is dropped; bytes that are no UTF-8 are replaced).

    Raises:
        ImportRefusedError: a line is longer than `longest` bytes: this is no table.
    """
    first = True
    while line := stream.readline(longest + 1):
        if len(line) > longest:
            raise ImportRefusedError(f"The table has a line of more than {longest:,} bytes; it is no table of faces.")
        yield line.decode("utf-8-sig" if first else "utf-8", errors="replace")
        first = False


def _too_large(name: str, limit: int) -> str:
    return f"'{name}' unpacks to more than {limit:,} bytes, which is the limit (FER_MAX_ARCHIVE_BYTES)."
