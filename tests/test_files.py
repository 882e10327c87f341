"""Regular files alone are opened, and typed paths are understood."""

import os
from pathlib import Path

import pytest

from fer_core.errors import InputError
from fer_core.files import open_regular, read_regular, typed_path


def pipe(path: Path) -> None:
    os.mkfifo(path)


@pytest.mark.parametrize(("make", "kind"), [(pipe, "a named pipe"), (Path.mkdir, "a folder"), (None, "a device")])
def test_what_is_no_regular_file_is_refused(tmp_path: Path, make: object, kind: str) -> None:
    path = Path("/dev/zero") if make is None else tmp_path / "x"
    if make is not None:
        make(path)
    with pytest.raises(InputError, match=f"is {kind}, and only regular files are read"):
        open_regular(path)


def test_a_link_to_a_file_is_opened(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"content")
    (tmp_path / "link").symlink_to(tmp_path / "file")
    with open_regular(tmp_path / "link") as file:
        assert file.read() == b"content"


def test_what_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        open_regular(tmp_path / "gone")


def test_the_limit(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"12345")
    assert read_regular(tmp_path / "file", most=5) == b"12345"
    with pytest.raises(InputError, match="more than 4 bytes"):
        read_regular(tmp_path / "file", most=4)


@pytest.mark.parametrize(
    ("typed", "path"),
    [
        (" /a/b.zip ", "/a/b.zip"),
        ('"/a/b c.zip"', "/a/b c.zip"),
        ("'/a/b.zip'", "/a/b.zip"),
        ("file:///a/b%20c.zip", "/a/b c.zip"),
        ("FILE:///a/%D1%84.zip", "/a/ф.zip"),
        ("a/b.zip", "a/b.zip"),
    ],
)
def test_typed_paths(typed: str, path: str) -> None:
    assert typed_path(typed) == Path(path)


def test_a_typed_path_below_home(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/someone")
    assert typed_path("~/x") == Path("/home/someone/x")
