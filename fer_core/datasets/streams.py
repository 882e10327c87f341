"""Streams of bytes with bounds: what is read is counted, nothing is read whole that may be endless."""

from __future__ import annotations

import io
import tempfile
import threading
from collections.abc import Callable, Iterator
from typing import IO, cast

from fer_core.datasets.images import UnusableError
from fer_core.errors import ImportRefusedError
from fer_core.files import is_full
from fer_core.settings import settings

PIECE = 1 << 20
"""Bytes that are read from an archive at once."""

LONGEST_READ = 1 << 27
"""No part of an archive's own structure (its list of files, say) is longer: 128 MB."""


class Counter:
    """Counts what is unpacked from one source, from any number of threads."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._lock = threading.Lock()
        self._bytes = 0
        self._limit = settings().max_archive_bytes

    def __call__(self, number: int) -> None:
        """Take note of bytes that were unpacked.

        Raises:
            ImportRefusedError: it is more than the limit by now.
        """
        with self._lock:
            self._bytes += number
            if self._bytes > self._limit:
                raise ImportRefusedError(too_large(self._name, self._limit))


class Counted(io.RawIOBase):
    """A stream that reports how many bytes are read from it."""

    def __init__(self, stream: IO[bytes], count: Callable[[int], None]) -> None:
        self._stream = stream
        self._count = count

    def readable(self) -> bool:
        """Say that the stream can be read: always."""
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        """Read into a buffer; returns the number of bytes."""
        piece = self._stream.read(len(buffer))
        self._count(len(piece))
        buffer[: len(piece)] = piece
        return len(piece)

    def close(self) -> None:
        """Close the stream beneath, too."""
        self._stream.close()
        super().close()


class Bounded(io.RawIOBase):
    """A file of which no more than `LONGEST_READ` is read at once: an archive's structure may ask for gigabytes."""

    def __init__(self, file: IO[bytes], name: str) -> None:
        self._file = file
        self._name = name

    def readable(self) -> bool:
        """Say that the stream can be read: always."""
        return True

    def seekable(self) -> bool:
        """Say that the stream can be read from any place: always."""
        return True

    def seek(self, offset: int, whence: int = 0) -> int:
        """Go to a place."""
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        """The place."""
        return self._file.tell()

    def read(self, size: int = -1) -> bytes:
        """Read `size` bytes, or what is left when it is negative; more than `LONGEST_READ` are refused."""
        content = self._file.read(min(size, LONGEST_READ + 1) if size >= 0 else LONGEST_READ + 1)
        if len(content) > LONGEST_READ:
            raise ImportRefusedError(f"'{self._name}' is refused: its list of files alone has more than {LONGEST_READ:,} bytes.")
        return content


def read_all(stream: IO[bytes], most: int) -> bytes:
    """Content of a stream, `most` bytes at most.

    Raises:
        UnusableError: it is larger.
    """
    content = io.BytesIO()
    while piece := stream.read(PIECE):
        content.write(piece)
        if content.tell() > most:
            raise UnusableError(f"larger than {most:,} bytes")
    return content.getvalue()


def spooled(stream: IO[bytes]) -> IO[bytes]:
    """A stream as an unnamed file that can be read from any place, gone when it is closed.

    Raises:
        ImportRefusedError: it has more bytes than the limit, or the disk of temporary files is full.
    """
    target = tempfile.TemporaryFile()  # noqa: SIM115  # the caller closes it
    try:
        while piece := stream.read(PIECE):
            target.write(piece)
        target.seek(0)
    except BaseException as error:
        target.close()
        if isinstance(error, OSError) and is_full(error):
            raise ImportRefusedError("The disk of temporary files is full; free some space, or set TMPDIR to another.") from error
        raise
    return cast("IO[bytes]", target)


def lines(stream: IO[bytes], *, longest: int) -> Iterator[str]:
    """Text lines of a UTF-8 or UTF-16 stream (a byte order mark is dropped; bytes that are no text are replaced).

    Raises:
        ImportRefusedError: a line is longer than `longest` characters: this is no table.
    """
    buffered = stream if isinstance(stream, io.BufferedReader) else io.BufferedReader(cast("io.RawIOBase", stream), PIECE)
    encoding = "utf-16" if buffered.peek(2)[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    text = io.TextIOWrapper(buffered, encoding=encoding, errors="replace", newline="\n")
    try:
        while line := text.readline(longest + 1):
            if len(line) > longest:
                raise ImportRefusedError(f"The table has a line of more than {longest:,} bytes; it is no table of faces.")
            yield line
    finally:
        if not buffered.closed:
            text.detach()


def too_large(name: str, limit: int) -> str:
    """The sentence about a source that unpacks to more than `limit` bytes."""
    return f"'{name}' unpacks to more than {limit:,} bytes, which is the limit (FER_MAX_ARCHIVE_BYTES)."
