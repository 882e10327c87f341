"""Anonymous memory that imports and photos add, for inputs that are made to take much.

    python -m benchmarks.memory_hostile [--cases FOLDER] [--only WORD] [--out FILE.json]

Each input is read in a process of its own: first a small one, so that libraries are loaded, then the hostile one, while the
process's anonymous memory (RssAnon of /proc, so Linux alone) is read every 2 ms. Inputs are made in a temporary folder; with
`--cases` the files of that folder are read, too. Targets: under 1,000 MB for an import, under 500 MB for a photo. Every input
must end: imported, read, or refused in one sentence.
"""

from __future__ import annotations

import argparse
import gzip
import io
import json
import os
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import IO, cast

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from PIL import Image

MOST_IMPORT, MOST_PHOTO = 1000, 500
_POLL = 0.002
_PNG = ("RGB", "RGBA", "P", "I;16", "LA")


@dataclass(frozen=True)
class Measured:
    """What reading an input took.

    Attributes:
        name: of the input.
        what: "import" or "photo".
        kilobytes: size of the file.
        megabytes: anonymous memory that was added at most.
        seconds: wall time.
        outcome: what came of it, one sentence.
    """

    name: str
    what: str
    kilobytes: float
    megabytes: float
    seconds: float
    outcome: str


def main() -> None:
    """Make the inputs, read each, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cases", type=Path, help="a folder with more inputs for imports")
    parser.add_argument("--only", default="", help="inputs whose names hold this word")
    parser.add_argument("--out", type=Path, metavar="FILE.json")
    parser.add_argument("--inside", nargs=2, metavar=("WHAT", "FILE"), help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.inside:
        _inside(*given.inside)
        return
    rows = []
    with tempfile.TemporaryDirectory() as name:
        made = [(what, Path(name) / title, make) for what, title, make in _inputs()]
        there = sorted(given.cases.iterdir()) if given.cases else []
        for what, path, make in [*made, *(("import", path, None) for path in there if path.suffix != ".jsonl")]:
            if given.only in path.name:
                if make is not None:
                    make(path)
                rows.append(measure(what, path))
                _print(rows[-1])
                if make is not None:
                    path.unlink()
    if given.out:
        given.out.write_text(json.dumps([asdict(row) for row in rows], indent=1))


def _print(row: Measured) -> None:
    most = MOST_IMPORT if row.what == "import" else MOST_PHOTO
    print(
        f"{'ok  ' if row.megabytes < most else 'OVER'} {row.what:6} {row.name:34} {row.kilobytes:10,.1f} kB "
        f"{row.megabytes:6,.0f} MB {row.seconds:6.1f} s  {row.outcome[:110]}",
        flush=True,
    )


def measure(what: str, path: Path) -> Measured:
    """Read an input in a process of its own."""
    with tempfile.TemporaryDirectory() as workspace:
        command = [sys.executable, "-m", "benchmarks.memory_hostile", "--inside", what, str(path)]
        environment = os.environ | {"FER_WORKSPACE": workspace}
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment) as process:
            reading, writing = cast("IO[str]", process.stdout), cast("IO[str]", process.stdin)
            reading.readline()
            before = most = _anonymous(process.pid)
            started = time.perf_counter()
            writing.write("go\n")
            writing.flush()
            while process.poll() is None:
                most = max(most, _anonymous(process.pid))
                time.sleep(_POLL)
            seconds = time.perf_counter() - started
            outcome = reading.read().strip() or f"ended with {process.returncode}"
    return Measured(path.name, what, path.stat().st_size / 1000, (most - before) / 1e6, seconds, outcome.splitlines()[-1])


def _anonymous(pid: int) -> int:
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("RssAnon")), 0)


def _inside(what: str, name: str) -> None:
    """Read a small input, say so, wait, and read the one that is asked for."""
    from fer_core.errors import FerError

    small = io.BytesIO()
    Image.fromarray(np.random.default_rng(0).integers(0, 255, (96, 96, 3), np.uint8)).save(small, "PNG")
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "happy").mkdir()
        (Path(folder) / "happy" / "1.png").write_bytes(small.getvalue())
        _read(what, Path(folder) / ("happy/1.png" if what == "photo" else ""), "small")
    print("ready", flush=True)
    sys.stdin.readline()
    try:
        print(_read(what, Path(name), "large"))
    except FerError as error:
        print(f"refused: {error}")


def _read(what: str, path: Path, name: str) -> str:
    if what == "photo":
        from fer_core.photos.faces import find_faces
        from fer_core.photos.reading import read_file

        photo = read_file(path)
        return f"read, {photo.shape[1]} x {photo.shape[0]}, {len(find_faces(photo))} faces"
    from fer_core.datasets.importer import import_source

    report = import_source(path, name, classes=None)
    return f"imported {report.images:,}, unusable {len(report.rejected):,}"


def _inputs() -> list[tuple[str, str, Callable[[Path], None]]]:
    """What is read, the file's name, and what makes it."""
    # Each as large as the limits let through: pixels in millions as a photo, and in an import.
    pictures: list[tuple[str, int, int, Callable[[int], bytes]]] = [
        *((f"{mode.replace(';', '')}.png", 59, 39, partial(_picture, mode, "PNG")) for mode in _PNG),
        ("plain.jpg", 59, 39, partial(_picture, "RGB", "JPEG")),
        ("progressive.jpg", 40, 39, partial(_picture, "RGB", "JPEG", progressive=True, subsampling=0)),
        ("turned.jpg", 59, 39, partial(_picture, "RGB", "JPEG", exif=_turned())),
        ("cmyk.jpg", 59, 39, partial(_picture, "CMYK", "JPEG")),
        ("plain.webp", 24, 24, partial(_picture, "RGB", "WEBP", lossless=True, method=0, quality=0)),
        ("plain.gif", 37, 37, partial(_picture, "P", "GIF")),
        ("packed.tiff", 37, 37, partial(_picture, "RGB", "TIFF", compression="tiff_deflate")),
        ("plain.avif", 22, 22, partial(_picture, "RGB", "AVIF", speed=10)),
    ]
    photos = [("photo", f"{n} Mpx {title}", partial(_one, make, n)) for title, n, _, make in pictures]
    imports = [("import", f"4 x {n} Mpx {title}.zip", partial(_four, make, n, title)) for title, _, n, make in pictures]
    tables: list[tuple[str, str, Callable[[Path], object]]] = [
        ("import", "million rows.csv.gz", lambda path: _rows(path, 999_000, 64)),
        ("import", "long cells.csv.gz", lambda path: _rows(path, 500, 1_900_000)),
        (
            "import",
            "wide rows.csv.gz",
            lambda path: path.write_bytes(gzip.compress(b"emotion,pixels\n" + (b"," * 3_900_000 + b"\n") * 40)),
        ),
        ("import", "bad rows.csv.gz", lambda path: path.write_bytes(gzip.compress(b"emotion,pixels\n" + b"3,x\n" * 990_000))),
        ("import", "many classes.csv.gz", _classes),
        ("import", "many files.zip", lambda path: _zip(path, {f"happy/{k:080}.txt": b"" for k in range(900_000)})),
        ("import", "long names.zip", lambda path: _zip(path, {f"happy/{k:060000}.png": b"" for k in range(2_000)})),
        ("import", "dictionary.parquet", lambda path: _parquet(path, [bytes(15_000_000)] * 2_000)),
        ("import", "large cells.parquet", lambda path: _parquet(path, [bytes(15_000_000)] * 20, use_dictionary=False)),
        ("import", "long labels.parquet", lambda path: _parquet(path, [b"x"] * 2_000, label="x" * 15_000_000)),
        ("import", "one long list.parquet", lambda path: _list(path, 1, 44_900_000)),
        ("import", "nested lists.parquet", lambda path: _list(path, 19_000, 2_304)),
    ]
    return [*photos, *imports, *tables]


def _one(make: Callable[[int], bytes], megapixels: int, path: Path) -> None:
    path.write_bytes(make(megapixels))


def _four(make: Callable[[int], bytes], megapixels: int, title: str, path: Path) -> None:
    content = make(megapixels)
    _zip(path, {f"happy/{number}-{title}": content for number in range(4)})


def _picture(mode: str, kind: str, megapixels: int, **options: object) -> bytes:
    side = int((megapixels * 1e6) ** 0.5)
    ramp = np.tile((np.arange(side) // 64 % 256).astype(np.uint8), (side, 1))
    deep = mode == "I;16"
    image = Image.fromarray(ramp.astype(np.uint16) * 257) if deep else Image.fromarray(ramp).convert(mode)
    content = io.BytesIO()
    image.save(content, kind, **options)
    return content.getvalue()


def _turned() -> Image.Exif:
    exif = Image.Exif()
    exif[0x0112] = 6
    return exif


def _zip(path: Path, files: dict[str, bytes]) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as target:
        for name, content in files.items():
            target.writestr(name, content)


def _rows(path: Path, rows: int, pixels: int) -> None:
    row = b"3," + b" ".join([b"0"] * pixels) + b"\n"
    with gzip.open(path, "wb", compresslevel=1) as file:
        file.write(b"emotion,pixels\n")
        for _ in range(rows // 100):
            file.write(row * 100)


def _classes(path: Path) -> None:
    row = " ".join(["0"] * 64)
    path.write_bytes(gzip.compress("\n".join(["emotion,pixels", *(f"class{k} x,{row}" for k in range(500_000))]).encode(), 1))


def _parquet(path: Path, pictures: list[bytes], *, label: str = "happy", use_dictionary: bool = True) -> None:
    image = pa.DictionaryArray.from_arrays(pa.array([0] * len(pictures), pa.int32()), pa.array(pictures[:1]))
    labels = pa.DictionaryArray.from_arrays(pa.array([0] * len(pictures), pa.int32()), pa.array([label]))
    columns = {"image": image if use_dictionary else pa.array(pictures), "label": labels}
    pq.write_table(pa.table(columns), path, compression="zstd", store_schema=False, use_dictionary=use_dictionary)


def _list(path: Path, rows: int, values: int) -> None:
    offsets = pa.array(np.arange(rows + 1, dtype=np.int64) * values)
    lists = pa.LargeListArray.from_arrays(offsets, pa.array(np.zeros(rows * values, np.int64)))
    pq.write_table(pa.table({"pixels": lists, "label": ["happy"] * rows}), path, compression="zstd")


if __name__ == "__main__":
    main()
