"""Whatever is uploaded gives a picture or one clear sentence, in the reader and on the command line."""

import io
import json
import os
import struct
import zipfile
import zlib
from collections.abc import Callable

import numpy as np
import pytest
from PIL import Image, features

from fer_core import cli
from fer_core.commands import predicting
from fer_core.errors import PhotoError
from fer_core.labels import FIVE
from fer_core.photos.faces import Face
from fer_core.photos.reading import heic_is_read, read_photo
from fer_core.predictor import Answer
from fer_core.settings import PROJECT

PORTRAIT = PROJECT / "tests" / "fixtures" / "astronaut.jpg"
NO_PICTURE = " is not a picture that can be read here; choose a JPEG, PNG, WEBP, BMP, GIF or TIFF file."
DAMAGED = " is damaged or cut off; export it again as JPEG and try again."
EXPORT = ", which cannot be read here; export it as JPEG and try again."
STILL = ", which cannot be read here; take a still picture from it and try again."
TOO_MANY = " is larger than the 60 million pixels that are read; shrink it and try again"
TOO_FEW = " pixels; choose a photo of at least 24 x 24 pixels, better 200 x 200 or more."


def saved(picture: Image.Image, kind: str, **options: object) -> bytes:
    stream = io.BytesIO()
    picture.save(stream, kind, **options)
    return stream.getvalue()


def plain(mode: str = "RGB", size: tuple[int, int] = (60, 40)) -> Image.Image:
    return Image.linear_gradient("L").resize(size).convert(mode)


def noise(size: tuple[int, int] = (90, 60)) -> Image.Image:
    return Image.fromarray(np.random.default_rng(0).integers(0, 256, (size[1], size[0], 3), np.uint8))


def several(kind: str) -> bytes:
    return saved(plain(), kind, save_all=True, append_images=[plain().rotate(180), plain().rotate(90)])


def chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png(width: int, height: int, *, rows: bytes = b"", before: bytes = b"") -> bytes:
    """An RGB PNG of these sides with these rows (zeros where none are given) and further chunks before them."""
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    body = zlib.compress(rows or b"\0" * 100, 9)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + before + chunk(b"IDAT", body) + chunk(b"IEND", b"")


def small_png(before: bytes) -> bytes:
    return png(60, 40, rows=b"\0" * (60 * 3 + 1) * 40, before=before)


def vast_jpeg() -> bytes:
    """A JPEG whose frame header claims 20,000 x 20,000 pixels."""
    data = bytearray(saved(noise(), "JPEG"))
    place = data.index(b"\xff\xc0") + 5
    data[place : place + 4] = struct.pack(">HH", 20_000, 20_000)
    return bytes(data)


def zipped(bomb: bool) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.png", b"\0" * (20_000_000 if bomb else 10))
    return stream.getvalue()


def container(*brands: bytes) -> bytes:
    body = b"ftyp" + brands[0] + b"\0\0\0\0" + b"".join(brands[1:])
    return struct.pack(">I", len(body) + 4) + body + b"\0" * 200


def turned(orientation: object) -> bytes:
    exif = Image.Exif()
    exif[274] = orientation
    return saved(plain(), "JPEG", exif=exif)


def cut(data: bytes, share: float) -> bytes:
    return data[: int(len(data) * share)]


SVG = b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"><script>alert(2)</script></svg>'
HTML = b"<!DOCTYPE html><html><body><svg></svg><script>alert(1)</script></body></html>"

UPLOADS: dict[str, tuple[Callable[[], bytes], tuple[int, int] | str]] = {
    # What is no picture at all.
    "empty": (lambda: b"", " is empty; choose another file."),
    "one byte": (lambda: b"\xff", NO_PICTURE),
    "zeros": (lambda: b"\0" * 3000, NO_PICTURE),
    "words with the name of a picture": (lambda: b"just some words", NO_PICTURE),
    "a program": (lambda: b"\x7fELF" + b"\0" * 300, NO_PICTURE),
    "a table": (lambda: b"emotion,pixels\n0,1 2 3\n" * 50, NO_PICTURE),
    "a web page": (lambda: HTML, f" is a web page{EXPORT}"),
    "SVG with a script": (lambda: SVG, f" is an SVG drawing{EXPORT}"),
    "PDF": (lambda: b"%PDF-1.7\n" + b"\0" * 99, f" is a PDF{EXPORT}"),
    "zip": (lambda: zipped(False), f" is an archive or office document{EXPORT}"),
    "zip bomb": (lambda: zipped(True), f" is an archive or office document{EXPORT}"),
    "gzip": (lambda: b"\x1f\x8b\x08" + b"\0" * 50, f" is an archive or office document{EXPORT}"),
    "7-zip": (lambda: b"7z\xbc\xaf\x27\x1c" + b"\0" * 50, f" is an archive or office document{EXPORT}"),
    "PostScript": (lambda: b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 60 40\nshowpage\n", NO_PICTURE),
    # Kinds of picture that are not read.
    # Its decoder is an extra; with it, a container of nothing is damaged.
    "HEIC": (lambda: container(b"heic", b"mif1"), DAMAGED if heic_is_read() else f" is an HEIC picture{EXPORT}"),
    "video": (
        lambda: container(b"isom", b"mp42"),
        f" is a video{STILL}",
    ),
    "a camera's raw file": (lambda: container(b"crx ", b"isom"), f" is a camera's raw picture{EXPORT}"),
    "JPEG XL": (lambda: b"\0\0\0\x0cJXL \r\n\x87\n" + b"\0" * 50, f" is a JPEG XL picture{EXPORT}"),
    "JPEG 2000": (lambda: b"\0\0\0\x0cjP  \r\n\x87\n" + b"\0" * 50, f" is a JPEG 2000 picture{EXPORT}"),
    "Photoshop": (lambda: b"8BPS\0\1" + b"\0" * 50, f" is a Photoshop file{EXPORT}"),
    "icon": (lambda: saved(plain(size=(48, 48)), "ICO"), f" is an icon{EXPORT}"),
    # Sizes.
    "1 x 1": (lambda: saved(plain(size=(1, 1)), "PNG"), f" has only 1 x 1{TOO_FEW}"),
    "1 x 5,000": (lambda: saved(plain(size=(1, 5000)), "PNG"), f" has only 1 x 5000{TOO_FEW}"),
    "24 x 20,000": (lambda: saved(plain(size=(24, 20_000)), "PNG"), (20_000, 24)),
    "20,000 x 20,000 PNG": (lambda: png(20_000, 20_000), f"{TOO_MANY}."),
    "20,000 x 20,000 JPEG": (vast_jpeg, f"{TOO_MANY}."),
    "9,000 x 8,000": (lambda: png(9000, 8000), f"{TOO_MANY} (it has 9,000 x 8,000 pixels)."),
    "2,147,483,647 pixels wide": (lambda: png(2**31 - 1, 2**31 - 1), f"{TOO_MANY}."),
    "no pixels": (lambda: png(0, 0), NO_PICTURE),
    "rows beyond the last": (lambda: png(60, 40, rows=b"\0" * 20_000_000), (40, 60)),
    # Damage.
    "PNG without its rows": (lambda: png(600, 400), DAMAGED),
    "half a PNG": (lambda: cut(saved(noise(), "PNG"), 0.5), DAMAGED),
    "half a JPEG": (lambda: cut(saved(noise(), "JPEG"), 0.5), DAMAGED),
    # Its first passes hold all rows, only less finely.
    "half a progressive JPEG": (lambda: cut(saved(noise(), "JPEG", progressive=True), 0.5), (60, 90)),
    "half a GIF": (lambda: cut(saved(noise(), "GIF"), 0.5), DAMAGED),
    "half a BMP": (lambda: cut(saved(noise(), "BMP"), 0.5), DAMAGED),
    "half a TIFF": (lambda: cut(saved(noise(), "TIFF", compression="tiff_deflate"), 0.5), NO_PICTURE),
    "JPEG with zeros in it": (lambda: saved(noise(), "JPEG")[:300] + b"\0" * 900, DAMAGED),
    "JPEG with zeros after it": (lambda: saved(plain(), "JPEG") + b"\0" * 900, (40, 60)),
    "huge text in a PNG": (lambda: small_png(chunk(b"zTXt", b"a\0\0" + zlib.compress(b" " * 5_000_000))), NO_PICTURE),
    "colour profile that unpacks to 5 MB": (
        lambda: small_png(chunk(b"iCCP", b"a\0\0" + zlib.compress(b"\0" * 5_000_000))),
        NO_PICTURE,
    ),
    "damaged colour profile": (lambda: saved(plain(), "JPEG", icc_profile=b"\xff" * 300), (40, 60)),
    "damaged EXIF": (lambda: saved(plain(), "JPEG", exif=b"Exif\0\0MM\0*\0\0\xff\xff" + b"\xff" * 40), (40, 60)),
    "EXIF on its side": (lambda: turned(6), (60, 40)),
    "EXIF turned by 9": (lambda: turned(9), (40, 60)),
    "drawing's word in a JPEG": (lambda: saved(plain(), "JPEG", comment=b"<svg>"), (40, 60)),
    # Modes and several frames.
    "CMYK": (lambda: saved(plain("CMYK"), "JPEG"), (40, 60)),
    "1 bit": (lambda: saved(plain("1"), "PNG"), (40, 60)),
    "16 bit": (lambda: saved(Image.fromarray(np.full((40, 60), 40_000, np.uint16)), "PNG"), (40, 60)),
    "palette with transparency": (lambda: saved(plain("P"), "PNG", transparency=3), (40, 60)),
    "grey with transparency": (lambda: saved(plain("LA"), "PNG"), (40, 60)),
    "colour with transparency": (lambda: saved(plain("RGBA"), "WEBP"), (40, 60)),
    "float TIFF": (lambda: saved(Image.fromarray(np.full((40, 60), np.nan, np.float32)), "TIFF"), (40, 60)),
    "TIFF of three pages": (lambda: several("TIFF"), (40, 60)),
    "animated GIF": (lambda: several("GIF"), (40, 60)),
    "animated WEBP": (lambda: several("WEBP"), (40, 60)),
    "animated PNG": (lambda: several("PNG"), (40, 60)),
    "JPEG of three pictures": (lambda: several("MPO"), (40, 60)),
    "BMP of 1 bit": (lambda: saved(plain("1"), "BMP"), (40, 60)),
    "BMP with a palette": (lambda: saved(plain("P"), "BMP"), (40, 60)),
    "BMP with transparency": (lambda: saved(plain("RGBA"), "BMP"), (40, 60)),
}


@pytest.fixture(scope="module")
def files() -> dict[str, bytes]:
    return {kind: make() for kind, (make, _) in UPLOADS.items()}


@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize("kind", UPLOADS)
def test_a_picture_or_one_sentence(files: dict[str, bytes], kind: str) -> None:
    expected = UPLOADS[kind][1]
    if isinstance(expected, str):
        with pytest.raises(PhotoError) as caught:
            read_photo(files[kind], name="p.jpg")
        assert str(caught.value) == f"p.jpg{expected}"
    else:
        photo = read_photo(files[kind], name="p.jpg")
        assert (photo.shape, photo.dtype) == ((*expected, 3), np.uint8)


class Same:
    """A predictor that gives every face the same answer."""

    def fitted_face(self, face: Face) -> np.ndarray:
        return face.grey

    def answers(self, faces: np.ndarray, *, quick: bool) -> list[Answer]:
        return [Answer("happy", True, {name: float(name == "happy") for name in FIVE}) for _ in faces]


@pytest.mark.filterwarnings("ignore::UserWarning")
def test_the_command_answers_for_every_file(files, tmp_path, monkeypatch, capsys):
    """All kinds at once, under names that nobody should give, beside a portrait; files that are not there; a folder."""
    monkeypatch.setattr("fer_core.predictor.load_predictor", lambda run: Same())
    expected: list[str | None] = []
    photos = []
    for number, (kind, (_, wanted)) in enumerate(UPLOADS.items()):
        photos.append(tmp_path / f"{number} -ü\n{'x' * 150}.jpg")
        photos[-1].write_bytes(files[kind])
        expected.append(wanted if isinstance(wanted, str) else None)
    photos += [PORTRAIT, tmp_path / "missing.jpg", tmp_path / ("long" * 75 + ".jpg"), tmp_path / "empty"]
    photos[-1].mkdir()
    expected += [None, "missing.jpg cannot be opened (No such file or directory); check the path.", "cannot be opened ("]
    expected += ["There is no picture in this folder"]
    assert cli.main(["predict", *map(str, photos), "--model", "bundled", "--json"]) == 2
    found = json.loads(capsys.readouterr().out)
    assert [answer["file"] for answer in found] == [str(photo) for photo in photos]
    for answer, wanted in zip(found, expected, strict=True):
        if wanted is None:
            assert answer["error"] is None
        else:
            assert wanted in answer["error"]
            assert answer["error"].endswith(".")
            assert answer["error"].isprintable()
            assert len(answer["error"]) < 250
            assert answer["faces"] == []
    assert [len(answer["faces"]) for answer in found].count(1) == 1
    assert found[len(UPLOADS)]["faces"][0]["label"] == "happy"


@pytest.mark.parametrize("name", ["a\0b.jpg", "x" * 300, ""])
def test_names_that_no_file_can_have(tmp_path, name):
    answer = predicting.answer_file(name and str(tmp_path / name), Same())
    assert answer["error"].isprintable()
    assert "cannot be opened" in answer["error"]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_a_pipe_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipe.jpg")
    answer = predicting.answer_file(str(tmp_path / "pipe.jpg"), Same())
    assert answer["error"] == "pipe.jpg cannot be opened (not a file); check the path."


@pytest.mark.skipif(not features.check("avif"), reason="this build of Pillow has no AVIF decoder")
def test_half_an_avif():
    with pytest.raises(PhotoError, match=r"^p\.avif is (damaged|not a picture)"):
        read_photo(cut(saved(noise(), "AVIF"), 0.6), name="p.avif")
