"""Split, class and person of pictures by their folders, all paths looked at together."""

import pytest

from fer_core.datasets.layout import place, places, without_number
from fer_core.errors import ImportRefusedError


@pytest.mark.parametrize(
    ("path", "root", "usage", "label"),
    [
        ("train/happy/1.jpg", "", "train", "happy"),
        ("fer2013/archive/Test/Fear/1.jpg", "", "Test", "Fear"),
        ("PrivateTest/0/1.jpg", "", "PrivateTest", "0"),
        ("val/contempt/1.jpg", "", "val", "contempt"),
        ("images/validation/anger/person 3/1.jpg", "", "validation", "anger"),
        ("train/happy/0/1.jpg", "", "train", "happy"),
        ("train/train/happy/1.jpg", "", "train", "happy"),
        ("happy/train/1.jpg", "", "train", "happy"),
        ("train/1.jpg", "", "train", ""),
        ("fer/train/1.jpg", "", "train", ""),
        ("1.jpg", "", "", ""),
        ("happy/1.jpg", "", "", "happy"),
        ("faces/happy/1.jpg", "data", "", "happy"),
        ("happy/1.jpg", "test", "test", "happy"),
        ("train/happy/1.jpg", "test", "train", "happy"),
        ("test_set/happy/1.jpg", "", "test_set", "happy"),
        ("Test Images/happy/1.jpg", "", "Test Images", "happy"),
        ("test1/happy/1.jpg", "", "test1", "happy"),
        ("train/contest/1.jpg", "", "train", "contest"),
        ("contest/happy/1.jpg", "", "", "happy"),
        ("Train/0 - Anger/1.jpg", "", "Train", "Anger"),
        ("train/3_happy/1.jpg", "", "train", "happy"),
        ("train/7/S010/1.jpg", "", "train", "7"),
        ("class003/1.jpg", "", "", "class003"),
    ],
)
def test_place(path: str, root: str, usage: str, label: str) -> None:
    where = place(path, root=root)
    assert (where.usage, where.label) == (usage, label)


@pytest.mark.parametrize(
    ("paths", "labels"),
    [
        (["CK+/happy/S010/1.png", "CK+/contempt/S010/1.png"], ["happy", "contempt"]),
        (["CK+/happy/S010/000/1.png", "CK+/bored/S055/000/1.png"], ["happy", "bored"]),
        (["train/happy/1.png", "test/bored/2.png"], ["happy", "bored"]),
        (["S001/happy/1.png", "S002/contempt/1.png", "S003/bored/1.png"], ["happy", "contempt", "bored"]),
        (["0 - Happy/1.png", "1 - Bored/1.png"], ["Happy", "Bored"]),
        (["happy/1.png", "extra/bored/1.png"], ["happy", "extra"]),
        (["train/suprise/1.png", "train/natural/1.png"], ["suprise", "natural"]),
        (["calm/1.png", "valence/1.png", "contest/1.png"], ["calm", "valence", "contest"]),
        (["bored/1.png", "focused/1.png"], ["bored", "focused"]),
    ],
)
def test_folders_beside_known_classes_are_classes(paths: list[str], labels: list[str]) -> None:
    found = places(paths)
    assert [found[path].label for path in paths] == labels


@pytest.mark.parametrize(
    ("path", "named"),
    [("train/test/happy/1.jpg", "'train' and 'test'"), ("val_set/fer2013_test/happy/1.jpg", "'val_set' and 'fer2013_test'")],
)
def test_two_splits_that_contradict_each_other_are_named(path: str, named: str) -> None:
    with pytest.raises(ImportRefusedError, match=named):
        place(path)


@pytest.mark.parametrize(
    ("path", "subject"),
    [("happy/S010/1.png", "S010"), ("happy/person 3/1.png", "person 3"), ("happy/0/1.png", ""), ("happy/images/1.png", "")],
)
def test_the_person_below_a_class(path: str, subject: str) -> None:
    assert place(path).subject == subject


@pytest.mark.parametrize(
    ("folder", "name"), [("0_angry", "angry"), ("3 - Fear", "Fear"), ("5. Sad", "Sad"), ("7", "7"), ("sad", "sad")]
)
def test_leading_numbers(folder: str, name: str) -> None:
    assert without_number(folder) == name
