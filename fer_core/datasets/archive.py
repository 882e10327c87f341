"""Files of a source by relative path, and those in a zip archive; an unsafe archive is refused before anything is read."""

from __future__ import annotations

import copy
import io
import lzma
import re
import stat
import zipfile
import zlib
from contextlib import AbstractContextManager
from itertools import pairwise
from typing import IO, Protocol, cast

from fer_core.datasets.images import UnusableError
from fer_core.datasets.streams import PIECE, Bounded, Counted, Counter, read_all, too_large
from fer_core.errors import ImportRefusedError
from fer_core.settings import settings

_LITTER = re.compile(r"(\..*|thumbs\.db|desktop\.ini|__macosx)", re.IGNORECASE)
UNREADABLE = (zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, RuntimeError, OSError)


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
        with self.stream(path) as stream:
            return read_all(stream, settings().max_file_bytes)

    def stream(self, path: str) -> AbstractContextManager[IO[bytes]]:
        """A file to be read piece by piece.

        Raises:
            UnusableError: this file cannot be read.
            ImportRefusedError: reading has brought up more bytes than the limit.
        """
        ...

    def notes(self) -> list[str]:
        """Sentences about what was left out when the files were listed."""
        return []


class ZipArchive:
    """The files in a zip archive; nothing is unpacked to the disk.

    Raises:
        ImportRefusedError: not a zip archive; encrypted; an entry that points outside, or that is a link; more files or bytes
            than the settings allow, as declared here, as counted in `read`.
    """

    def __init__(self, file: IO[bytes], name: str) -> None:
        self.name = name
        self._count = Counter(name)
        self._most = settings().max_file_bytes
        self._limit = settings().max_archive_bytes
        try:
            self._zip = zipfile.ZipFile(cast("IO[bytes]", Bounded(file, name)))
        except (*UNREADABLE, ValueError) as error:
            raise ImportRefusedError(f"'{name}' is not a zip archive that can be read; download or pack it again.") from error
        try:
            self._entries = self._checked()
        except ImportRefusedError:
            self.close()
            raise

    def close(self) -> None:
        """Close the archive."""
        self._zip.close()

    def paths(self) -> list[str]:
        """List the files by relative paths, as `Files` says."""
        return sorted(path for path in self._entries if not is_litter(path))

    def notes(self) -> list[str]:
        """List sentences about what was left out, as `Files` says."""
        return []

    def read(self, path: str) -> bytes:
        """Read a file whole, as `Files` says."""
        try:
            with self.stream(path) as stream:
                return read_all(stream, self._most)
        except UNREADABLE as error:
            raise UnusableError(f"damaged in the archive: {error}") from error

    def stream(self, path: str) -> IO[bytes]:
        """Open a file to be read piece by piece, as `Files` says."""
        # The declared size would cut the stream off; without it what really comes out is read, checked and counted.
        entry = copy.copy(self._entries[path])
        if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            # zipfile unpacks other methods without a bound on memory.
            raise UnusableError("packed with a method other than deflate")
        entry.file_size = max(entry.file_size, self._limit + PIECE)
        return io.BufferedReader(Counted(self._zip.open(entry), self._count))

    def _checked(self) -> dict[str, zipfile.ZipInfo]:
        entries = self._zip.infolist()
        allowed = settings().max_archive_files
        if len(entries) > allowed:
            raise ImportRefusedError(
                f"'{self.name}' holds {len(entries):,} files; the limit is {allowed:,} (FER_MAX_ARCHIVE_FILES)."
            )
        if sum(entry.file_size for entry in entries) > self._limit:
            raise ImportRefusedError(too_large(self.name, self._limit))
        packed = sorted((entry.header_offset, entry.compress_size) for entry in entries)
        if any(start + size > following for (start, size), (following, _) in pairwise(packed)):
            raise ImportRefusedError(f"'{self.name}' is refused: its entries overlap, as they do in no honest archive.")
        by_path = {}
        for entry in entries:
            path = entry.orig_filename.replace("\\", "/")
            if entry.flag_bits & 0x1:
                raise ImportRefusedError(f"'{self.name}' is encrypted; unpack it with its password and import the folder.")
            require_inside(path, self.name)
            if stat.S_IFMT(entry.external_attr >> 16) not in (0, stat.S_IFREG, stat.S_IFDIR):
                raise ImportRefusedError(f"'{self.name}' is refused: its entry '{shown(path)}' is a link or a device.")
            if not path.endswith("/"):
                by_path[plain(path)] = entry
        return by_path


def is_litter(path: str) -> bool:
    """Whether a file or a folder above it is one that systems leave behind: .DS_Store, Thumbs.db, __MACOSX, hidden files."""
    return any(_LITTER.fullmatch(part) for part in path.split("/"))


def require_inside(path: str, name: str) -> None:
    """Refuse the archive `name` when an entry points outside.

    Raises:
        ImportRefusedError: it does.
    """
    if path.startswith("/") or re.match(r"[A-Za-z]:", path) or ".." in path.split("/") or "\0" in path:
        raise ImportRefusedError(f"'{name}' is refused: its entry '{shown(path)}' points outside the archive.")


def plain(path: str) -> str:
    """The path without empty parts and dots."""
    return "/".join(part for part in path.split("/") if part not in ("", "."))


def shown(path: str) -> str:
    """A path as a sentence shows it: at most 80 characters, all of them ASCII."""
    return path[:80].encode("ascii", "backslashreplace").decode()
