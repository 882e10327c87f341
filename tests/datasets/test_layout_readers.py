"""Each reader on a small source in its layout: what is recognised, and every label, split and person."""

import gzip
import io
import tarfile
import zipfile
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from dataset_sources import archive, face, png, read, tree

from fer_core.datasets.codings import CodingNeededError, choose
from fer_core.datasets.folder import Folder
from fer_core.datasets.formats import open_source
from fer_core.datasets.importer import import_source
from fer_core.datasets.readers.picture_index import PictureIndex
from fer_core.datasets.source import Listing

PIXELS = " ".join(map(str, face(1).ravel()))


def npy(value: object) -> bytes:
    content = io.BytesIO()
    np.save(content, value)
    return content.getvalue()


def photo(seed: int) -> bytes:
    """A picture of 100 x 80 with nothing but grey around a face of 40 x 40 at (30, 20)."""
    from PIL import Image

    picture = np.full((80, 100), 128, np.uint8)
    picture[20:60, 30:70] = face(seed, 40)
    content = io.BytesIO()
    Image.fromarray(picture).save(content, "PNG")
    return content.getvalue()


RAFDB = {
    "basic/EmoLabel/list_patition_label.txt": b"train_00001.jpg 1\ntrain_00002.jpg 7\ntest_0001.jpg 4\ntest_0002.jpg 4\n",
    "basic/Image/aligned/train_00001_aligned.jpg": png(1),
    "basic/Image/aligned/train_00002_aligned.jpg": png(2),
    "basic/Image/original/train_00002.jpg": png(9, 200),
    "basic/Image/aligned/test_0001_aligned.jpg": png(3),
}
AFFECTNET = {
    **{f"train_set/images/{n}.jpg": png(n) for n in (1, 2)},
    "train_set/annotations/1_exp.npy": npy(7),
    "train_set/annotations/2_exp.npy": npy(np.array("0")),
    "train_set/annotations/1_val.npy": npy(0.5),
    "val_set/images/1.jpg": png(3),
    "val_set/annotations/1_exp.npy": npy(np.int64(3)),
    "val_set/images/9.jpg": png(4),
}
CKPLUS = {
    **{f"cohn-kanade-images/S005/001/S005_001_0000000{n}.png": png(n) for n in (1, 2, 3)},
    "cohn-kanade-images/S010/002/S010_002_00000001.png": png(9),
    "Emotion/S005/001/S005_001_00000003_emotion.txt": b"   3.0000000e+00\n",
}
CK48 = {
    "CK+48/anger/S010_004_00000017.png": png(1),
    "CK+48/happy/S055_005_00000043.png": png(2),
    "CK+48/anger/S011_004_00000021.png": png(3),
}
RAFDB_KAGGLE = {
    "DATASET/test/4/test_0001_aligned.jpg": png(1),
    "DATASET/train/4/train_00001_aligned.jpg": png(2),
    "DATASET/train/4/train_00002_aligned.jpg": png(3),
    "DATASET/train/7/train_00003_aligned.jpg": png(4),
    "train_labels.csv": b"image,label\ntrain_00001_aligned.jpg,4\ntrain_00002_aligned.jpg,5\ntrain_00003_aligned.jpg,7\n",
    "test_labels.csv": b"image,label\ntest_0001_aligned.jpg,4\n",
}
_HEAD = b"subDirectory_filePath,face_x,face_y,face_width,face_height,facial_landmarks,expression,valence,arousal\n"
AFFECTNET_LISTS = {
    "Manually_Annotated_Images/1/a.png": photo(1),
    "Manually_Annotated_Images/1/b.png": photo(2),
    "Manually_Annotated_Images/2/a.png": photo(3),
    "Manually_Annotated_Images/2/c.png": photo(4),
    "Manually_Annotated_file_lists/training.csv": _HEAD
    + b"1/a.png,30,20,40,40,1;2,1,0.5,0.1\n2/c.png,NULL,NULL,NULL,NULL,,10,-2,-2\n2/a.png,30,20,40,40,1;2,6,0,0\n",
    "Manually_Annotated_file_lists/validation.csv": _HEAD + b"1/b.png,30,20,40,40,1;2,7,0,0\n",
}
_EXPRESSIONS = b"Neutral,Anger,Disgust,Fear,Happiness,Sadness,Surprise,Other\n"
AFFWILD2 = {
    **{f"cropped_aligned/1-30/0000{n}.jpg": png(n) for n in (1, 2, 3, 4)},
    "cropped_aligned/2-10/00001.jpg": png(5),
    "cropped_aligned/3/00001.jpg": png(6),
    "Annotations/EXPR_Set/Train_Set/1-30.txt": _EXPRESSIONS + b"0\n-1\n7\n",
    "Annotations/EXPR_Set/Validation_Set/2-10.txt": _EXPRESSIONS + b"3\n",
    "Annotations/AU_Set/Train_Set/3.txt": b"AU1,AU2\n0,1\n",
}
SFEW = {
    "Train/Angry/Airheads_000519240_00000007.png": png(1),
    "Val/Happy/ItsComplicated_002041840_00000007.png": png(2),
}
OULU = {"P001/Anger/000.jpeg": png(1), "P001/Happiness/000.jpeg": png(2), "P002/Anger/000.jpeg": png(3)}
WEBDATASET = {
    "train-000000/1.jpg": png(1),
    "train-000000/1.cls": b"3\n",
    "train-000000/2.a.jpg": png(2),
    "train-000000/2.json": b'{"label": 4, "emotion_name": "happy"}',
    "val-000000/1.png": png(3),
    "val-000000/1.json": b'{"emotion": "fear", "subject": "anna"}',
    "val-000000/2.png": png(4),
    "val-000000/2.json": b'{"caption": "a face"}',
}
JSONL = {
    "train/0.png": png(1),
    "train/1.png": png(2),
    "train/metadata.jsonl": b'{"file_name": "0.png", "label": "sad"}\n{"label": "angry", "file_name": "1.png"}\n',
    "test/0.png": png(3),
    "test/metadata.jsonl": b'{"file_name": "0.png", "label": "happy"}\n',
    "other.png": png(4),
}
JSON = {"a/1.png": png(1), "a/2.png": png(2), "labels.json": b'{"a/1.png": 1, "a/2.png": 2}'}
TWO_LABELS = {
    **{f"a/{n}.png": png(n) for n in (1, 2, 3)},
    "one.json": b'{"data": [{"image": "1.png", "emotion": "sad"}, {"image": "2.png", "emotion": "angry"}]}',
    "two.csv": b"image,emotion\n2.png,happy\n1.png,sad\n3.png,happy\n",
}
FERPLUS = {
    "data/FER2013Train/fer0000000.png": png(1),
    "data/FER2013Train/label.csv": b'fer0000000.png,"(0, 0, 48, 48)",6,0,0,0,0,0,0,4,0,0\n'
    b'fer0000007.png,"(0, 0, 48, 48)",1,0,0,0,0,0,0,0,9,0\n',
    "data/FER2013Valid/fer0000000.png": png(2),
    "data/FER2013Valid/label.csv": b'fer0000000.png,"(0, 0, 48, 48)",0,9,0,0,0,0,0,0,1,0\n',
}
EXPW = {
    "label.lst": b"a.png 0 20 30 70 60 55.4 3\na.png 1 20 30 70 60 55.4 6\nb.png 0 1 2 3 4 50 0\n",
    "image/a.png": photo(1),
}
YOLO = {
    "train/images/a.png": photo(1),
    "train/labels/a.txt": b"1 0.5 0.5 0.4 0.5\n",
    "valid/images/b.png": photo(2),
    "valid/labels/b.txt": b"0 0.5 0.5 0.4 0.5\n1 0.5 0.5 0.4 0.5\n",
    "valid/images/c.png": photo(3),
    "data.yaml": b"train: ../train/images\nnc: 2\nnames: ['Anger', 'Contempt']\n",
}
JAFFE = {"jaffe/KA.AN1.39.tiff": png(1), "jaffe/KM.SU3.19.tiff": png(2), "jaffe/KA.HA1.29.tiff": png(3)}
KDEF = {"KDEF/AF01/AF01ANS.JPG": png(1), "KDEF/BM07/BM07AFHL.JPG": png(2), "KDEF/BF01/BF01SUFR.JPG": png(3)}
LIST = {
    "images/p1.jpg": png(1),
    "images/p2.jpg": png(2),
    "images/p3.jpg": png(3),
    "data/legend.csv": b"user.id,image,emotion\n1,p1.jpg,anger\n1,p2.jpg,HAPPINESS\n1,gone.jpg,fear\n",
}
METADATA = {
    "train/0.png": png(1),
    "train/1.png": png(2),
    "train/metadata.csv": b"file_name,label\n0.png,angry\n1.png,sad\n",
    "test/0.png": png(3),
    "test/metadata.csv": b"file_name;label\n0.png;happy\n",
}
WORDS = {
    "img001_anger.jpg": png(1),
    "ImgHappy2.jpg": png(2),
    "sad-and-happy.jpg": png(3),
    "a_sad_1.jpg": png(4),
    "b_fear.jpg": png(5),
}
NAMED = {f"class{n:03}/{n}.png": png(n) for n in (1, 2, 3)} | {"classes.txt": b"Neutral\nHappy\nContempt\n"}
ZERO_BASED = {f"{n}/{n}.png": png(n) for n in (0, 1, 2)} | {"labels.txt": b"0: anger\n1: sad\n2: joy\n"}


@pytest.mark.parametrize(
    ("files", "kind", "expected"),
    [
        (RAFDB, "rafdb", [("1", "train"), ("7", "train"), ("4", "test"), ("4", "")]),
        (AFFECTNET, "affectnet", [("7", "train_set"), ("0", "train_set"), ("3", "val_set"), ("", "val_set")]),
        (CKPLUS, "ckplus", [("0", ""), ("3", "")]),
        (CK48, "ck48", [("anger", ""), ("anger", ""), ("happy", "")]),
        (RAFDB_KAGGLE, "rafdb-folders", [("4", "test"), ("4", "train"), ("", "train"), ("7", "train")]),
        (AFFECTNET_LISTS, "affectnet-lists", [("1", "training"), ("10", "training"), ("6", "training"), ("7", "validation")]),
        (
            AFFWILD2,
            "affwild2",
            [("0", "Train_Set"), ("", "Train_Set"), ("7", "Train_Set"), ("", "Train_Set"), ("3", "Validation_Set"), ("", "")],
        ),
        (SFEW, "sfew", [("Angry", "Train"), ("Happy", "Val")]),
        (OULU, "folders", [("Anger", ""), ("Happiness", ""), ("Anger", "")]),
        (
            WEBDATASET,
            "webdataset",
            [("3", "train-000000"), ("happy", "train-000000"), ("fear", "val-000000"), ("", "val-000000")],
        ),
        (JSONL, "list", [("happy", "test"), ("sad", "train"), ("angry", "train"), ("", "")]),
        (JSON, "list", [("1", ""), ("2", "")]),
        (TWO_LABELS, "list", [("sad", ""), ("", ""), ("happy", "")]),
        (FERPLUS, "ferplus", [("", "FER2013Train"), ("", "FER2013Train"), ("", "FER2013Valid")]),
        (EXPW, "expw", [("3", ""), ("6", ""), ("0", "")]),
        (YOLO, "yolo", [("Contempt", "train"), ("Anger", "valid"), ("Contempt", "valid"), ("", "")]),
        (JAFFE, "jaffe", [("angry", ""), ("happy", ""), ("surprise", "")]),
        (KDEF, "kdef", [("angry", ""), ("surprise", ""), ("fear", "")]),
        (LIST, "list", [("anger", ""), ("HAPPINESS", ""), ("fear", ""), ("", "")]),
        (METADATA, "list", [("happy", "test"), ("angry", "train"), ("sad", "train")]),
        (WORDS, "names", [("happy", ""), ("sad", ""), ("fear", ""), ("angry", ""), ("", "")]),
        (NAMED, "folders", [("Neutral", ""), ("Happy", ""), ("Contempt", ""), ("", "")]),
        (ZERO_BASED, "folders", [("anger", ""), ("sad", ""), ("joy", ""), ("", "")]),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
@pytest.mark.parametrize("packed", [False, True])
def test_labels_and_splits(tmp_path: Path, files: dict, kind: str, expected: list[tuple[str, str]], packed: bool) -> None:
    path = archive(tmp_path / "x.zip", files) if packed else tree(tmp_path / "x", files)
    found, records, loaded = read(path)
    assert found == kind
    assert [(record.label, record.usage) for record in records] == expected
    for record, face_or_reason in zip(records, loaded, strict=True):
        allowed = ("listed, but", "the row", "its box cannot")
        assert not isinstance(face_or_reason, str) or not record.label or face_or_reason.startswith(allowed)


@pytest.mark.parametrize(
    ("files", "subjects", "angles"),
    [
        (JAFFE, ["KA", "KA", "KM"], ["", "", ""]),
        (KDEF, ["F01", "F01", "M07"], ["straight", "full right", "half left"]),
        (CKPLUS, ["S005", "S005"], ["", ""]),
        (CK48, ["S010", "S011", "S055"], ["", "", ""]),
        (AFFWILD2, ["1-30", "", "1-30", "", "2-10", ""], [""] * 6),
        (OULU, ["P001", "P001", "P002"], ["", "", ""]),
        (WEBDATASET, ["", "", "anna", ""], [""] * 4),
    ],
)
def test_persons_and_angles(tmp_path: Path, files: dict, subjects: list[str], angles: list[str]) -> None:
    _, records, _ = read(tree(tmp_path / "x", files))
    assert [record.subject for record in records] == subjects
    assert [record.angle for record in records] == angles


@pytest.mark.parametrize(("files", "row"), [(EXPW, 0), (YOLO, 0), (AFFECTNET_LISTS, 0)])
def test_faces_are_cut_out_at_their_boxes(tmp_path: Path, files: dict, row: int) -> None:
    import cv2

    _, _, loaded = read(tree(tmp_path / "x", files))
    np.testing.assert_array_equal(loaded[row], cv2.resize(face(1, 40), (48, 48), interpolation=cv2.INTER_CUBIC))


def test_the_aligned_picture_and_the_peak_are_taken(tmp_path: Path) -> None:
    _, records, loaded = read(tree(tmp_path / "a", RAFDB))
    assert records[1].file == "basic/Image/aligned/train_00002_aligned.jpg"
    _, records, loaded = read(tree(tmp_path / "b", CKPLUS))
    np.testing.assert_array_equal(loaded, [face(1), face(3)])


@pytest.mark.parametrize(
    ("files", "reasons"),
    [
        (RAFDB_KAGGLE, ["its folder says 4, the table 5"]),
        (AFFECTNET_LISTS, ["its box cannot be read"]),
        (AFFWILD2, ["its frame has no class (-1)", "its frame has no line", "no text with a line a frame belongs to its video"]),
        (WEBDATASET, ["no label in 2.json"]),
        (JSONL, ["not named in metadata.jsonl"]),
        (TWO_LABELS, ["two labels: angry and happy"]),
    ],
)
def test_what_cannot_be_told_is_listed_and_not_guessed(tmp_path: Path, files: dict, reasons: list[str]) -> None:
    _, _, loaded = read(tree(tmp_path / "x", files))
    assert [reason for reason in loaded if isinstance(reason, str)] == reasons


def test_labels_and_persons_of_a_new_layout_reach_the_data_set(workspace: Path, tmp_path: Path) -> None:
    report = import_source(tree(tmp_path / "x", CKPLUS), "CK", classes=None)
    assert report.classes["train"] == {"disgust": 1, "neutral": 1}
    assert any("0 neutral, 3 disgust" in note for note in report.notes)
    assert any("the first as neutral; 1 sequences have no label" in note for note in report.notes)
    with pytest.raises(CodingNeededError, match="possible codings: rafdb"):
        import_source(tree(tmp_path / "y", RAFDB_KAGGLE), "RAF", classes=None)
    report = import_source(tmp_path / "y", "RAF", classes=None, naming=choose("rafdb"))
    assert sum(report.classes[split]["happy"] for split in report.classes) == 2
    assert "Folders and tables of labels were compared for 4 pictures." in report.notes


@pytest.mark.parametrize(
    ("written", "files", "found"),
    [
        ("/home/me/fer/train/1.png", ["train/1.png", "test/1.png"], ["train/1.png"]),
        ("fer/train/happy/1.png", ["x/train/happy/1.png", "x/test/happy/1.png"], ["x/train/happy/1.png"]),
        ("..\\images\\1.png", ["a/images/1.png", "a/other/1.png"], ["a/images/1.png"]),
        ("images/1.png", ["1.png"], ["1.png"]),
        ("train/1.png", ["test/1.png"], []),
        ("train/1", ["test/1.png", "x/train/1_aligned.png"], ["x/train/1_aligned.png"]),
        ("1.png", ["test/1.png"], ["test/1.png"]),
        ("1.png", ["test/1.png", "train/1.png"], ["test/1.png", "train/1.png"]),
    ],
)
def test_a_missing_picture_is_not_replaced_by_one_of_its_name_elsewhere(
    tmp_path: Path, written: str, files: list[str], found: list[str]
) -> None:
    listing = Listing(Folder(tree(tmp_path / "x", {name: png(n) for n, name in enumerate(files)})))
    assert PictureIndex(listing).find(written, "") == found


def test_votes_are_carried(tmp_path: Path) -> None:
    with open_source(tree(tmp_path / "x", FERPLUS)) as source:
        assert source.needs_crowd
        assert list(source.extras)[:2] == ["votes_neutral", "votes_happy"]
        assert next(record.extras for record in source.records) == (6, 0, 0, 0, 0, 0, 0, 4, 0, 0)


def wide(label: str = "3", usage: str = "") -> str:
    return ",".join(filter(None, [label, PIXELS.replace(" ", ","), usage]))


@pytest.mark.parametrize(
    "text",
    [
        f"emotion,pixels\n3,{PIXELS}\n",
        f'emotion,pixels\n3,"{PIXELS.replace(" ", ",")}"\n',
        f'emotion,pixels\n3,"[{PIXELS.replace(" ", ", ")}]"\n',
        f"emotion,pixels\n3,{PIXELS.replace(' ', '.0 ')}.0\n",
        f"emotion\tpixels\n3\t{PIXELS}\n",
        f"3,{PIXELS}\n" * 3,
        f"{PIXELS},3,Training\n" * 3,
        f"{wide()}\n" * 3,
        f"{wide(usage='Training')}\n" * 3,
        "label," + ",".join(f"pixel{n}" for n in range(2304)) + f"\n{wide()}\n",
        ",".join([*(f"px_{n}" for n in range(2304)), "Emotion"]) + f"\n{PIXELS.replace(' ', ',')},3\n",
        f"emotion,emotion_name,pixels\n0,Happy,{PIXELS}\n",
    ],
    ids=["plain", "commas", "brackets", "floats", "tabs", "headless", "last", "wide headless", "usage", "wide", "px", "name"],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
@pytest.mark.parametrize("wrapping", ["csv", "gz", "tar", "tar.gz", "zip in zip"])
def test_tables_of_pixels(tmp_path: Path, text: str, encoding: str, wrapping: str) -> None:
    content = text.encode(encoding)
    path = tmp_path / {"csv": "a.csv", "gz": "a.csv.gz", "zip in zip": "a.zip"}.get(wrapping, f"a.{wrapping}")
    if wrapping == "csv":
        path.write_bytes(content)
    elif wrapping == "gz":
        path.write_bytes(gzip.compress(content))
    elif wrapping == "zip in zip":
        inner = archive(tmp_path / "inner.zip", {"a.csv": content}).read_bytes()
        archive(path, {"inner.zip": inner, "example_submission.csv": b"a,b\n1,2\n"})
    else:
        with tarfile.open(path, f"w:{'gz' if wrapping == 'tar.gz' else ''}") as target:
            entry = tarfile.TarInfo("fer2013/a.csv")
            entry.size = len(content)
            target.addfile(entry, io.BytesIO(content))
    kind, records, loaded = read(path)
    assert kind == "csv"
    assert {record.label for record in records} == {"Happy" if "Happy" in text else "3"}
    np.testing.assert_array_equal(loaded[0], face(1))


@pytest.mark.parametrize(
    ("cells", "label"),
    [
        ({"jpg": [png(1)], "cls": [2]}, "2"),
        ({"image": [{"bytes": png(1), "path": "a.png"}], "emotion": [3], "emotion_name": ["Happy"]}, "Happy"),
        ({"pixels": [PIXELS], "emotion": [3]}, "3"),
        ({"image": [face(1).tolist()], "label": [3]}, "3"),
        ({"image": [face(1).ravel().tolist()], "label": ["sad"]}, "sad"),
    ],
    ids=["jpg cls", "names", "text", "nested", "flat"],
)
@pytest.mark.parametrize("packed", [False, True])
def test_parquet_columns(tmp_path: Path, cells: dict, label: str, packed: bool) -> None:
    path = tmp_path / "a.parquet"
    pq.write_table(pa.table(cells), path)
    if packed:
        path = archive(tmp_path / "x.zip", {"data/train-00000-of-00001.parquet": path.read_bytes()}, zipfile.ZIP_DEFLATED)
    kind, records, loaded = read(path)
    assert (kind, records[0].label, records[0].usage) == ("parquet", label, "train" if packed else "")
    np.testing.assert_array_equal(loaded[0], face(1))


def test_shards_of_a_webdataset_are_read_as_they_are(tmp_path: Path) -> None:
    folder = tmp_path / "shards"
    folder.mkdir()
    for shard in ("train-000000", "val-000000"):
        with tarfile.open(folder / f"{shard}.tar", "w") as target:
            for name, content in WEBDATASET.items():
                if name.startswith(shard):
                    entry = tarfile.TarInfo(name.rsplit("/", 1)[-1])
                    entry.size = len(content)
                    target.addfile(entry, io.BytesIO(content))
    kind, records, _ = read(folder)
    assert kind == "webdataset"
    assert [(record.label, record.usage) for record in records][:3] == [
        ("3", "train-000000"),
        ("happy", "train-000000"),
        ("fear", "val-000000"),
    ]


def test_kaggles_challenge_is_read_by_its_whole_table(tmp_path: Path) -> None:
    rows = f"3,Training,{PIXELS}\n4,PublicTest,{PIXELS}\n"
    inner = io.BytesIO()
    with tarfile.open(fileobj=inner, mode="w:gz") as target:
        target.addfile(tarfile.TarInfo("fer2013/README"))
    whole = {
        "icml_face_data.csv": f"emotion, Usage, pixels\n{rows}".encode(),
        "train.csv": f"emotion,pixels\n3,{PIXELS}\n".encode(),
        "test.csv": f"pixels\n{PIXELS}\n".encode(),
        "example_submission.csv": b"emotion\n0\n",
        "fer2013.tar.gz": inner.getvalue(),
    }
    path = archive(tmp_path / "challenge.zip", whole)
    _, records, _ = read(path)
    assert [(record.label, record.usage) for record in records] == [("3", "Training"), ("4", "PublicTest")]
    with open_source(path) as source:
        assert source.notes == (
            "'train.csv' was not read; it is another table.",
            "'test.csv' was not read; it has pixels and no labels.",
        )
    _, records, _ = read(archive(tmp_path / "parts.zip", {name: whole[name] for name in ("train.csv", "test.csv")}))
    assert [record.label for record in records] == ["3"]


def test_archives_within_are_folders_of_their_names(tmp_path: Path) -> None:
    inner = {
        split: archive(tmp_path / f"{split}.zip", {"happy/1.png": png(n)}).read_bytes()
        for n, split in enumerate(("train", "test"))
    }
    _, records, _ = read(archive(tmp_path / "x.zip", {f"fer/{split}.zip": content for split, content in inner.items()}))
    assert [(record.usage, record.label) for record in records] == [("test", "happy"), ("train", "happy")]
