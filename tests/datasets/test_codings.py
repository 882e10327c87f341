"""Numbers stand for what a coding says, and for nothing without one."""

from pathlib import Path

import pytest

from fer_core.datasets.codings import CODINGS, Coding, Naming, choose, fitting, number_of
from fer_core.errors import InputError


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("fer2013", {0: "angry", 1: "disgust", 2: "fear", 3: "happy", 4: "sad", 5: "surprise", 6: "neutral"}),
        ("rafdb", {1: "surprise", 2: "fear", 3: "disgust", 4: "happy", 5: "sad", 6: "angry", 7: "neutral"}),
        (
            "affectnet",
            {0: "neutral", 1: "happy", 2: "sad", 3: "surprise", 4: "fear", 5: "disgust", 6: "angry", 7: "contempt"},
        ),
        ("ckplus", {0: "neutral", 1: "angry", 2: "contempt", 3: "disgust", 4: "fear", 5: "happy", 6: "sad", 7: "surprise"}),
        ("ckextended", {0: "angry", 1: "disgust", 2: "fear", 3: "happy", 4: "sad", 5: "surprise", 6: "neutral", 7: "contempt"}),
        ("expw", {0: "angry", 1: "disgust", 2: "fear", 3: "happy", 4: "sad", 5: "surprise", 6: "neutral"}),
        ("affwild2", {0: "neutral", 1: "angry", 2: "disgust", 3: "fear", 4: "happy", 5: "sad", 6: "surprise", 7: "other"}),
        ("alphabetical", {0: "angry", 1: "disgust", 2: "fear", 3: "happy", 4: "neutral", 5: "sad", 6: "surprise"}),
    ],
)
def test_the_table(name: str, expected: dict[int, str]) -> None:
    assert dict(CODINGS[name].classes) == expected


@pytest.mark.parametrize(
    ("written", "number"),
    [
        ("3", 3),
        (" 03 ", 3),
        ("3.0", 3),
        ("class003", 3),
        ("Class 7", 7),
        ("-1", -1),
        ("happy", None),
        ("3 happy", None),
        ("", None),
    ],
)
def test_what_is_a_number(written: str, number: int | None) -> None:
    assert number_of(written) == number


@pytest.mark.parametrize(
    ("numbers", "first", "others"),
    [
        ({1, 2, 3, 4, 5, 6, 7}, ["rafdb"], {"affectnet", "ckplus", "ckextended", "ferplus", "affwild2"}),
        (
            {0, 1, 2, 3, 4, 5, 6},
            ["fer2013", "expw", "alphabetical"],
            {"affectnet", "ckplus", "ckextended", "ferplus", "affwild2"},
        ),
        ({0, 1, 2, 3, 4, 5, 6, 7}, ["affectnet", "ckplus", "ckextended", "ferplus", "affwild2"], set()),
        ({1, 99}, [], set()),
    ],
)
def test_which_codings_fit(numbers: set[int], first: list[str], others: set[str]) -> None:
    names = [coding.name for coding in fitting(numbers)]
    assert names[: len(first)] == first
    assert set(names[len(first) :]) == others


@pytest.mark.parametrize(
    ("coding", "mapping", "written", "expected"),
    [
        ("", "", "3", None),
        ("", "", "Anger", "angry"),
        ("", "", "suprise", "surprise"),
        ("", "", "natural", "natural"),
        ("rafdb", "", "1", "surprise"),
        ("rafdb", "", "0", None),
        ("", "1=suprise,2=Fear", "1.0", "surprise"),
        ("", "1=suprise,2=Fear", "3", None),
        ("affectnet", "7=other", "7", "other"),
        ("affectnet", "7=other", "0", "neutral"),
        ("", "natural=neutral", "Natural", "neutral"),
        ("", "ahegao=skip,happy=Delight", " HAPPY ", "delight"),
        ("fer2013", "6=skip", "6", "skip"),
    ],
)
def test_names(coding: str, mapping: str, written: str, expected: str | None) -> None:
    assert choose(coding, mapping).name(written) == expected


@pytest.mark.parametrize(
    ("mapping", "written", "expected"),
    [
        ({"a, b = c": "happy", "2": "skip"}, "A, b = c", False),
        ({"a, b = c": "happy", "2": "skip"}, "2.0", True),
        ({"odd": "skip"}, "Odd", True),
        ({"odd": "bored"}, "skip", False),
        ({}, "skip", False),
    ],
)
def test_what_is_skipped_is_what_the_viewer_skips(mapping: dict, written: str, expected: bool) -> None:
    assert choose(mapping=mapping).skips(written) is expected


@pytest.mark.parametrize(
    "content", ['{"1": "happy", "odd one": "skip"}', '{"n": 3, "mapping": {"1": "happy", "odd one": "skip"}}']
)
def test_a_file_of_json(tmp_path: Path, content: str) -> None:
    file = tmp_path / "dataset.json"
    file.write_text(content)
    naming = choose("", str(file))
    assert (naming.name("1"), naming.name("odd one"), naming.skips("Odd One")) == ("happy", "skip", True)


@pytest.mark.parametrize("content", ['{"1": 2}', "{", '{"mapping": {}}', '{"mapping": [1]}'])
def test_json_that_is_no_mapping(tmp_path: Path, content: str) -> None:
    file = tmp_path / "labels.json"
    file.write_text(content)
    with pytest.raises(InputError, match="takes a JSON file of an object"):
        choose("", str(file))


@pytest.mark.parametrize("content", ["1=happy\n2=sad\n", "1, happy\n2, sad", "1:happy\n\n2:sad\n", "\ufeff1\thappy\n2\tsad\n"])
def test_a_file_of_pairs(tmp_path: Path, content: str) -> None:
    file = tmp_path / "names.txt"
    file.write_text(content)
    assert choose("", str(file)).coding == Coding("map", "names that were given with --map", {1: "happy", 2: "sad"})


@pytest.mark.parametrize(
    ("coding", "mapping", "message"),
    [
        ("raf", "", "A coding is one of fer2013, rafdb"),
        ("", "1=", "--map is pairs such as"),
        ("", "1=happy,1=sad", "gives '1' two names, happy and sad"),
        ("", "/nowhere/at/all.txt", "is neither"),
    ],
)
def test_what_is_no_naming(coding: str, mapping: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        choose(coding, mapping)


def test_a_device_is_no_file_of_names() -> None:
    with pytest.raises(InputError, match="only regular files are read"):
        choose("", "/dev/zero")


def test_without_a_choice_words_alone_are_named() -> None:
    assert [Naming().name(word) for word in ("joy", "0", "")] == ["happy", None, ""]
