"""The layouts that can be imported, one row each.

To add a layout, write a function that recognises it and one that reads it (see `fer_core.datasets.readers`), and add a row.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from fer_core.datasets.readers.affectnet import has_affectnet, has_affectnet_lists, read_affectnet, read_affectnet_lists
from fer_core.datasets.readers.annotations import has_affwild2, has_ckplus, has_yolo, read_affwild2, read_ckplus, read_yolo
from fer_core.datasets.readers.class_folders import (
    has_ck48,
    has_classes,
    has_known_classes,
    has_rafdb_folders,
    has_sfew,
    is_export,
    read_ck48,
    read_class_folders,
    read_export,
    read_rafdb_folders,
    read_sfew,
)
from fer_core.datasets.readers.file_names import has_jaffe, has_kdef, has_words, read_jaffe, read_kdef, read_words
from fer_core.datasets.readers.lists import (
    has_expw_list,
    has_ferplus_folders,
    has_list,
    has_rafdb_list,
    read_expw,
    read_ferplus,
    read_list,
    read_rafdb,
)
from fer_core.datasets.readers.parquet_tables import has_parquet, read_parquet
from fer_core.datasets.readers.pixel_tables import has_pixel_table, read_pixel_tables
from fer_core.datasets.readers.webdataset import has_webdataset, read_webdataset
from fer_core.datasets.source import Listing, Source


@dataclass(frozen=True)
class Format:
    """A layout of face-expression data.

    Attributes:
        name: short and unique; `kind` of the data sets that come so.
        title: what it is, for people.
        looks: what lies on disk, for people.
        recognise: whether files are laid out so.
        read: opens them.
        coding: name of the coding of its numbers in `codings.CODINGS`; empty when it defines none.
        licence: what is known of the licence of the data that come so; empty when it is nobody's layout in particular.
        link: where the data, or the layout, are described; empty when it is nobody's.
    """

    name: str
    title: str
    looks: str
    recognise: Callable[[Listing], bool]
    read: Callable[[Listing], Source]
    coding: str
    licence: str
    link: str


_RESEARCH, _NON_COMMERCIAL = "for research, by agreement with its authors", "for non-commercial research"
_AFFECTNET = "https://mohammadmahoor.com/pages/databases/affectnet/"
_CK, _RAFDB = "https://www.jeffcohn.net/Resources/", "http://www.whdeng.cn/RAF/model1.html"

FORMATS: tuple[Format, ...] = (
    Format(
        name="export",
        title="A data set that was exported here",
        looks="data_card.json beside samples.csv",
        recognise=is_export,
        read=read_export,
        coding="",
        licence="",
        link="",
    ),
    Format(
        name="rafdb",
        title="RAF-DB, basic set",
        looks="EmoLabel/list_patition_label.txt and Image/aligned/",
        recognise=has_rafdb_list,
        read=read_rafdb,
        coding="rafdb",
        licence=_NON_COMMERCIAL,
        link=_RAFDB,
    ),
    Format(
        name="rafdb-folders",
        title="RAF-DB, basic set, as Kaggle has it",
        looks="DATASET/train/1/train_00001_aligned.jpg; numbers are asked about",
        recognise=has_rafdb_folders,
        read=read_rafdb_folders,
        coding="",
        licence=_NON_COMMERCIAL,
        link="https://www.kaggle.com/datasets/shuvoalok/raf-db-dataset",
    ),
    Format(
        name="affectnet-lists",
        title="AffectNet, lists of 2017",
        looks="training.csv and validation.csv (subDirectory_filePath, face_x, ..., expression) and photos",
        recognise=has_affectnet_lists,
        read=read_affectnet_lists,
        coding="affectnet",
        licence=_RESEARCH,
        link=_AFFECTNET,
    ),
    Format(
        name="affectnet",
        title="AffectNet",
        looks="images/N.jpg and annotations/N_exp.npy",
        recognise=has_affectnet,
        read=read_affectnet,
        coding="affectnet",
        licence=_RESEARCH,
        link=_AFFECTNET,
    ),
    Format(
        name="ckplus",
        title="CK+",
        looks="sequences S005/001/*.png and *_emotion.txt: the first picture neutral, the last with the label",
        recognise=has_ckplus,
        read=read_ckplus,
        coding="ckplus",
        licence=_RESEARCH,
        link=_CK,
    ),
    Format(
        name="ck48",
        title="CK+48",
        looks="anger/S010_004_00000017.png",
        recognise=has_ck48,
        read=read_ck48,
        coding="",
        licence="as CK+: for research, by agreement with its authors",
        link=_CK,
    ),
    Format(
        name="affwild2",
        title="Aff-Wild2, cropped frames",
        looks="cropped_aligned/VIDEO/00001.jpg and VIDEO.txt with a line a frame",
        recognise=has_affwild2,
        read=read_affwild2,
        coding="affwild2",
        licence=_RESEARCH,
        link="https://ibug.doc.ic.ac.uk/resources/aff-wild2/",
    ),
    Format(
        name="ferplus",
        title="Folders that FER+'s own program writes",
        looks="FER2013Train/label.csv with ten votes a picture",
        recognise=has_ferplus_folders,
        read=read_ferplus,
        coding="ferplus",
        licence="votes: MIT; pictures: FER2013's, for research",
        link="https://github.com/microsoft/FERPlus",
    ),
    Format(
        name="expw",
        title="ExpW",
        looks="label.lst with boxes and image/",
        recognise=has_expw_list,
        read=read_expw,
        coding="expw",
        licence="for research",
        link="http://mmlab.ie.cuhk.edu.hk/projects/socialrelation/index.html",
    ),
    Format(
        name="yolo",
        title="YOLO format",
        looks="images/, labels/*.txt and a names file",
        recognise=has_yolo,
        read=read_yolo,
        coding="",
        licence="",
        link="",
    ),
    Format(
        name="jaffe",
        title="JAFFE",
        looks="KA.AN1.39.tiff",
        recognise=has_jaffe,
        read=read_jaffe,
        coding="",
        licence="for non-commercial research, not to be passed on",
        link="https://zenodo.org/records/3451524",
    ),
    Format(
        name="kdef",
        title="KDEF",
        looks="AF01/AF01ANS.JPG",
        recognise=has_kdef,
        read=read_kdef,
        coding="",
        licence=_NON_COMMERCIAL,
        link="https://www.kdef.se/",
    ),
    Format(
        name="sfew",
        title="SFEW 2.0",
        looks="Train/Angry/FILM_000519240_00000007.png",
        recognise=has_sfew,
        read=read_sfew,
        coding="",
        licence="for research",
        link="https://cs.anu.edu.au/few/",
    ),
    Format(
        name="class folders",
        title="Folders of classes",
        looks="happy/, sad/, ... with or without train/, val/ and test/ above or below (FER2013, NHFI, MMAFEDB, Oulu-CASIA)",
        recognise=has_known_classes,
        read=read_class_folders,
        coding="",
        licence="",
        link="",
    ),
    Format(
        name="webdataset",
        title="WebDataset",
        looks="train-000000.tar with 000001.jpg beside 000001.cls, .json or .txt",
        recognise=has_webdataset,
        read=read_webdataset,
        coding="",
        licence="",
        link="https://github.com/webdataset/webdataset",
    ),
    Format(
        name="list",
        title="A table or JSON list that names picture files",
        looks="metadata.csv, .jsonl or .json with file_name and label",
        recognise=has_list,
        read=read_list,
        coding="",
        licence="",
        link="https://huggingface.co/docs/datasets/image_dataset",
    ),
    Format(
        name="names",
        title="Labels in file names",
        looks="img001_anger.jpg",
        recognise=has_words,
        read=read_words,
        coding="",
        licence="",
        link="",
    ),
    Format(
        name="pixels",
        title="A table of pixels",
        looks="fer2013.csv, icml_face_data.csv, or train.csv: emotion, pixels and Usage; or a column for each pixel",
        recognise=has_pixel_table,
        read=read_pixel_tables,
        coding="fer2013",
        licence="FER2013: for research",
        link="https://www.kaggle.com/c/challenges-in-representation-learning-facial-expression-recognition-challenge/data",
    ),
    Format(
        name="parquet",
        title="Parquet files",
        looks="a column of pictures and one of labels, words or a hub's ClassLabel",
        recognise=has_parquet,
        read=read_parquet,
        coding="",
        licence="",
        link="https://huggingface.co/docs/datasets/about_dataset_features",
    ),
    Format(
        name="own folders",
        title="Folders of your own classes, or of numbers",
        looks="1/, 2/, ... or any names",
        recognise=has_classes,
        read=read_class_folders,
        coding="",
        licence="",
        link="",
    ),
)
"""All layouts, the most particular first: the first that recognises a source reads it."""
