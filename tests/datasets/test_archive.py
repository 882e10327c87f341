"""Archives that are unsafe are refused; those that are merely damaged are read as far as they go."""

import struct
import zipfile
from pathlib import Path

import numpy as np
import pytest
from dataset_sources import archive, face, png, read, tree

from fer_core.errors import ImportRefusedError


def link(name: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name)
    entry.create_system = 3
    entry.external_attr = 0o120777 << 16
    return entry


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ("../outside.png", "points outside"),
        ("train/happy/../../../outside.png", "points outside"),
        ("/etc/passwd", "points outside"),
        ("C:/x.png", "points outside"),
        ("c:x.png", "points outside"),
        ("train\\..\\..\\x.png", "points outside"),
        ("\\\\server\\x.png", "points outside"),
        (link("train/happy/link.png"), "link or a device"),
    ],
)
def test_an_archive_that_points_outside_is_refused(tmp_path: Path, entry: str | zipfile.ZipInfo, message: str) -> None:
    path = archive(tmp_path / "x.zip", {"train/happy/a.png": png(1)})
    with zipfile.ZipFile(path, "a") as target:
        target.writestr(entry, b"/etc/passwd")
    with pytest.raises(ImportRefusedError, match=message):
        read(path)


def patched(path: Path, signature: bytes, offset: int, layout: str, value: int) -> Path:
    """Overwrite a field of every header of this kind in a zip archive."""
    content = bytearray(path.read_bytes())
    position = content.find(signature)
    while position >= 0:
        struct.pack_into(layout, content, position + offset, value)
        position = content.find(signature, position + 4)
    path.write_bytes(content)
    return path


def test_an_encrypted_archive_is_refused(tmp_path: Path) -> None:
    path = patched(archive(tmp_path / "x.zip", {"train/happy/a.png": png(1)}), b"PK\x01\x02", 8, "<H", 1)
    with pytest.raises(ImportRefusedError, match="encrypted"):
        read(path)


@pytest.mark.parametrize("lie", [False, True])
def test_an_archive_that_unpacks_to_too_much_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, lie: bool) -> None:
    path = archive(tmp_path / "x.zip", {"train/happy/a.png": png(1), "train/happy/b.png": bytes(3_000_000)})
    if lie:
        patched(path, b"PK\x01\x02", 24, "<I", 100)
    monkeypatch.setenv("FER_MAX_ARCHIVE_BYTES", "2000000")
    with pytest.raises(ImportRefusedError, match="unpacks to more than 2,000,000 bytes"):
        read(path)


def test_an_archive_that_declares_too_little_is_read_whole_within_the_limit(tmp_path: Path) -> None:
    path = patched(archive(tmp_path / "x.zip", {"train/happy/a.png": png(1)}), b"PK\x01\x02", 24, "<I", 100)
    np.testing.assert_array_equal(read(path)[2][0], face(1))


def test_an_archive_of_too_many_files_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FER_MAX_ARCHIVE_FILES", "3")
    with pytest.raises(ImportRefusedError, match="holds 4 files; the limit is 3"):
        read(archive(tmp_path / "x.zip", {f"train/happy/{number}.png": b"" for number in range(4)}))


def test_a_damaged_entry_does_not_stop_the_others(tmp_path: Path) -> None:
    path = archive(tmp_path / "x.zip", {"train/happy/a.png": png(1), "train/happy/b.png": png(2)}, zipfile.ZIP_STORED)
    content = bytearray(path.read_bytes())
    content[600] ^= 0xFF
    path.write_bytes(content)
    _, _, loaded = read(path)
    assert str(loaded[0]).startswith("damaged in the archive")
    np.testing.assert_array_equal(loaded[1], face(2))


def test_an_entry_packed_in_an_unusual_way_is_listed(tmp_path: Path) -> None:
    path = archive(tmp_path / "x.zip", {"train/happy/a.png": png(1)}, zipfile.ZIP_BZIP2)
    assert read(path)[2] == ["packed with a method other than deflate"]


def test_what_is_no_regular_file_in_a_folder_is_listed(tmp_path: Path) -> None:
    root = tree(tmp_path / "x", {"train/happy/a.png": png(1)})
    (root / "train/happy/gone.png").symlink_to(tmp_path / "nowhere")
    (root / "train/loop").symlink_to(root)
    _, records, loaded = read(root)
    assert [record.file for record in records] == ["train/happy/a.png", "train/happy/gone.png"]
    assert str(loaded[1]).startswith("cannot be read")
