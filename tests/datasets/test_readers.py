"""Sources are told apart, and every sample has the split and class that its place gives it."""

import csv
import gzip
import io
import json
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from dataset_sources import archive, face, kaggle, png, read, tree

from fer_core.errors import ImportRefusedError, NotFoundError


@pytest.mark.parametrize("prefix", ["", "fer2013/", "a/b c/ü/", "./"])
@pytest.mark.parametrize("packed", [False, True])
def test_the_kaggle_layout_is_read_at_any_depth(tmp_path: Path, prefix: str, packed: bool) -> None:
    files = kaggle(prefix, train=2, test=1)
    path = archive(tmp_path / "x.zip", files) if packed else tree(tmp_path / "x", files)
    kind, records, loaded = read(path)
    assert kind == "kaggle"
    assert [(r.usage, r.label) for r in records] == [
        *[("test", label) for label in ("fear", "happy", "sad")],
        *[("train", label) for label in ("fear", "happy", "sad") for _ in range(2)],
    ]
    np.testing.assert_array_equal(loaded[0], face(1500))


def test_class_folders_without_splits(tmp_path: Path) -> None:
    kind, records, _ = read(tree(tmp_path / "x", {"happy/1.png": png(1), "Angry/2.jpeg": png(2)}))
    assert kind == "folders"
    assert [(r.usage, r.label, r.file) for r in records] == [("", "Angry", "Angry/2.jpeg"), ("", "happy", "happy/1.png")]


@pytest.mark.parametrize("packed", [False, True])
def test_other_files_are_listed_and_litter_is_not(tmp_path: Path, packed: bool) -> None:
    files = {
        "train/happy/a.png": png(1),
        "train/happy/.DS_Store": b"x",
        "train/happy/Thumbs.db": b"x",
        "__MACOSX/train/happy/._a.png": b"x",
        "README.txt": b"read me",
        "preview.png": png(2),
        "extra/fear/b.png": png(3),
        "train/c.png": png(4),
        "train/happy/nosuffix": png(5),
    }
    path = archive(tmp_path / "x.zip", files) if packed else tree(tmp_path / "x", files)
    _, records, loaded = read(path)
    reasons = {record.file: result if isinstance(result, str) else "face" for record, result in zip(records, loaded, strict=True)}
    assert reasons == {
        "README.txt": "not a format that can be read (.txt)",
        "extra/fear/b.png": "outside the folders of the splits",
        "preview.png": "outside the folders of the splits",
        "train/c.png": "not in a class folder",
        "train/happy/a.png": "face",
        "train/happy/nosuffix": "face",
    }


def table(header: str, rows: list[list[str]], separator: str = ",") -> str:
    text = io.StringIO()
    csv.writer(text, delimiter=separator).writerows(rows)
    return f"{header}\n{text.getvalue()}"


PIXELS = " ".join(map(str, face(1).ravel()))


@pytest.mark.parametrize(
    ("header", "order", "separator"),
    [
        ("emotion,pixels,Usage", "epu", ","),
        ("emotion, Usage, pixels", "eup", ","),
        (" PIXELS , Emotion ,usage", "peu", ","),
        ("\ufeffemotion,pixels,Usage", "epu", ","),
        ("emotion;pixels;Usage", "epu", ";"),
        ("index,label,pixels,split", "xepu", ","),
    ],
)
@pytest.mark.parametrize("wrapping", ["plain", "gz", "zip", "folder"])
def test_the_original_table(tmp_path: Path, header: str, order: str, separator: str, wrapping: str) -> None:
    cells = [{"e": "3", "p": PIXELS, "u": " PublicTest", "x": "0"}, {"e": "0", "p": "1 2", "u": "Training", "x": "1"}]
    text = table(header, [[row[key] for key in order] for row in cells], separator).encode()
    name = "fer2013.csv.gz" if wrapping == "gz" else "fer2013.csv"
    content = gzip.compress(text) if wrapping == "gz" else text
    if wrapping == "zip":
        path = archive(tmp_path / "x.zip", {"fer/a_votes.csv": b"neutral,anger\n1,2\n", f"fer/{name}": content, "README": b""})
    elif wrapping == "folder":
        path = tree(tmp_path / "x", {"a.csv": b"id,emotion\n1,2\n", name: content, "logo.png": png(9)})
    else:
        path = tree(tmp_path / "x", {name: content}) / name
    kind, records, loaded = read(path)
    assert kind == "csv"
    assert [(r.label, r.usage, r.file) for r in records] == [
        ("3", "PublicTest", f"{name} row 1"),
        ("0", "Training", f"{name} row 2"),
    ]
    np.testing.assert_array_equal(loaded[0], face(1))
    assert loaded[1] == "2 pixels make no square picture"


def test_rows_that_are_not_whole_say_why(tmp_path: Path) -> None:
    path = tree(tmp_path, {"a.csv": f"emotion,pixels\n3\n\n,{PIXELS}\n3.0,{PIXELS}\n".encode()}) / "a.csv"
    _, records, loaded = read(path)
    assert [record.label for record in records] == ["", "", "3"]
    assert loaded[0] == "the row has too few columns"


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.csv", b"name,age\nx,1\n", "needs the columns emotion and pixels"),
        ("a.csv", b"", "needs the columns"),
        ("a.csv", bytes(5_000_000), "line of more than"),
        ("a.csv", b"no\rtable\n", "not a table that can be read"),
        ("a.csv.gz", b"no gzip at all", "damaged or cut short"),
        ("a.csv.gz", gzip.compress(f"emotion,pixels\n{(f'3,{PIXELS}' + chr(10)) * 20}".encode())[:3000], "damaged or cut short"),
        ("a.parquet", b"PAR1 no parquet", "not a parquet file"),
        ("a.zip", b"PK no zip", "not a zip archive"),
        ("a.tar", b"anything", "not a tar archive"),
        ("a.png", png(1), "neither a folder nor a .zip"),
    ],
)
def test_sources_that_are_refused_whole(tmp_path: Path, name: str, content: bytes, message: str) -> None:
    with pytest.raises(ImportRefusedError, match=message):
        read(tree(tmp_path, {name: content}) / name)


def test_a_source_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match=r"no file or folder 'gone.zip'"):
        read(tmp_path / "gone.zip")


def test_a_name_too_long_for_the_disk_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(ImportRefusedError, match="cannot be opened"):
        read(tmp_path / f"{'x' * 300}.zip")


def hugging_face(names: list[str]) -> dict[bytes, bytes]:
    features = {"image": {"_type": "Image"}, "label": {"names": names, "_type": "ClassLabel"}}
    return {b"huggingface": json.dumps({"info": {"features": features}}).encode()}


@pytest.mark.parametrize(
    ("image", "labels", "metadata", "expected"),
    [
        (
            [{"bytes": png(1), "path": "a.png"}, {"bytes": png(2), "path": None}],
            [1, 0],
            hugging_face(["sad", "joy"]),
            ["joy", "sad"],
        ),
        ([{"bytes": png(1), "path": "a.png"}, {"bytes": png(2), "path": None}], [3, 6], None, ["3", "6"]),
        ([png(1), png(2)], ["Happy", "fear"], None, ["Happy", "fear"]),
        ([png(1), png(2)], [3.0, None], None, ["3", ""]),
    ],
)
def test_parquet_as_hubs_ship_it(tmp_path: Path, image: list, labels: list, metadata: dict | None, expected: list[str]) -> None:
    path = tmp_path / "test-00000-of-00001.parquet"
    pq.write_table(pa.table({"image": image, "label": labels}).replace_schema_metadata(metadata), path)
    kind, records, loaded = read(path)
    assert kind == "parquet"
    assert [record.label for record in records] == expected
    assert {record.usage for record in records} == {"test"}
    assert records[1].file == "test-00000-of-00001.parquet row 2"
    np.testing.assert_array_equal(loaded[0], face(1))
    np.testing.assert_array_equal(loaded[1], face(2))


@pytest.mark.parametrize("column", ["img", "Image", "image_bytes", "whatever"])
@pytest.mark.parametrize("label", ["emotion", "Label", "labels"])
def test_parquet_columns_of_other_names_with_a_split_column(tmp_path: Path, column: str, label: str) -> None:
    path = tmp_path / "faces.parquet"
    cells = {"id": [1, 2, 3], column: [png(1), None, b"junk"], label: ["fear"] * 3, "split": ["train", "val", None]}
    pq.write_table(pa.table(cells), path)
    _, records, loaded = read(path)
    assert [record.usage for record in records] == ["train", "val", ""]
    assert loaded[1:] == ["the row holds no picture", "not a picture in a format that can be read"]


def test_a_folder_of_parquet_files_has_its_splits_in_their_names(tmp_path: Path) -> None:
    names = (
        "data/train-00000-of-00002.parquet",
        "data/train-00001-of-00002.parquet",
        "default/validation/0000.parquet",
        "test.parquet",
    )
    for number, name in enumerate(names):
        (tmp_path / name).parent.mkdir(exist_ok=True, parents=True)
        pq.write_table(pa.table({"image": [png(number)], "label": [number]}), tmp_path / name)
    _, records, _ = read(tmp_path)
    assert [record.usage for record in records] == ["train", "train", "validation", "test"]


@pytest.mark.parametrize("cells", [{"image": [b"x"]}, {"label": [1]}, {"image": ["path.png"], "label": [1]}])
def test_parquet_without_pictures_or_labels_is_refused(tmp_path: Path, cells: dict) -> None:
    pq.write_table(pa.table(cells), tmp_path / "a.parquet")
    with pytest.raises(ImportRefusedError, match="needs a column of picture bytes"):
        read(tmp_path / "a.parquet")


def test_a_gzip_bomb_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FER_MAX_ARCHIVE_BYTES", "100000")
    content = gzip.compress(f"emotion,pixels\n{(f'3,{PIXELS}' + chr(10)) * 50}".encode())
    with pytest.raises(ImportRefusedError, match="unpacks to more than 100,000 bytes"):
        read(tree(tmp_path, {"a.csv.gz": content}) / "a.csv.gz")
