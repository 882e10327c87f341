"""Which names a data set can have, what is suggested, and how a class's name is written."""

import os

import pytest

from fer_core.datasets.naming import check_name, class_name, is_name, suggest_name
from fer_core.errors import InputError


@pytest.mark.parametrize(
    "name",
    ["FER2013", "a", "My faces 2.0_b-c", "0", "x" * 60, "  padded  ", "ä", "Gesichter für Übung", "фер 表", "हिन्दी", "console"],
)
def test_names_that_are_allowed(name: str) -> None:
    assert check_name(name) == name.strip()


@pytest.mark.parametrize(
    "name",
    [
        "",
        " ",
        "..",
        "a/b",
        "a\\b",
        "../x",
        ".x",
        "-x",
        "x" * 61,
        "表" * 67,
        "a\nb",
        "end.",
        "a\0",
        "a:b",
        "x😀",
        "\u0301a",
        "CON",
        "nul",
        "com1",
        "LPT9.txt",
        "aux.faces",
    ],
)
def test_names_that_are_not(name: str) -> None:
    with pytest.raises(InputError, match="name"):
        check_name(name)


def test_one_spelling_of_an_accent() -> None:
    assert check_name("e\u0301te\u0301") == "\u00e9t\u00e9"


@pytest.mark.parametrize(
    ("source", "name"),
    [
        ("~/Downloads/archive.zip", "archive"),
        ("archive (3).zip", "archive 3"),
        ("фер 😀 表.CSV", "фер 表"),
        ("fer2013.tar.gz", "fer2013"),
        ("fer2013.csv.gz", "fer2013"),
        ("C:\\faces\\mine.parquet", "mine"),
        ("nul.csv", "nul faces"),
        (".hidden", "hidden"),
        ("😀.zip", "My faces"),
        ("x" * 200 + ".zip", "x" * 60),
    ],
)
def test_a_suggestion_is_accepted(source: str, name: str) -> None:
    assert suggest_name(source) == name
    assert is_name(name)


@pytest.mark.parametrize(
    ("written", "name"),
    [
        (" Happy \n", "Happy"),
        ("very\thappy", "very happy"),
        ("joie\u0301", "joi\u00e9"),
        ("a\u202eb\u0000c", "a b c"),
        (os.fsdecode(b"caf\xe9"), "caf?"),
        ("<script>", "<script>"),
    ],
)
def test_class_names(written: str, name: str) -> None:
    assert class_name(written) == name
