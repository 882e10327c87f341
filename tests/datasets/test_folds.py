"""Folds by person: each person is test once, nobody is on two sides, and the data set itself stays as it is."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from fer_core.datasets import folds, store, writing
from fer_core.errors import InputError
from fer_core.features.backbone import features_file
from fer_core.models.weights import find_weights
from fer_core.runs.config import preset_config

CLASSES = ("angry", "happy")


def write(people: int, *, each: int = 4, nobody: int = 3, name: str = "People") -> store.Dataset:
    """`each` faces of both classes for each of so many persons, all in train, and some faces of nobody known."""
    who = [f"p{number:02d}" for number in range(people) for _ in range(2 * each)] + [""] * nobody
    labels = [CLASSES[place % 2] for place in range(len(who))]
    images = np.random.default_rng(0).integers(0, 256, (len(who), 48, 48), dtype=np.uint8)
    rows = pd.DataFrame({"label": labels, "split": "train", "subject": who})
    return writing.write_dataset(name, images, rows, classes=CLASSES, kind="folders", source="people.zip")


@pytest.mark.parametrize(("people", "number"), [(6, 6), (12, 4), (7, 3), (5, 5)])
def test_each_person_is_test_once_and_on_one_side(workspace, people, number):
    dataset = write(people)
    tested: list[str] = []
    for place in range(1, number + 1):
        fold = folds.open_fold("People", f"{place}/{number}")
        sides = {split: set(fold.split(split)["subject"]) for split in ("train", "validation", "test")}
        assert all(sides.values())
        assert set.union(*sides.values()) == set(dataset.samples["subject"]) - {""}
        assert sum(map(len, sides.values())) == people
        assert {split: sum(fold.meta.counts[split].values()) for split in sides} == {
            split: len(fold.split(split)) for split in sides
        }
        tested += sorted(sides["test"])
    assert sorted(tested) == sorted(set(dataset.samples["subject"]) - {""})
    if people == number:
        assert tested == sorted(tested)
    assert folds.open_fold("People", "").meta == dataset.meta


def test_groups_are_of_equal_size_and_hold_every_class(workspace):
    dataset = write(20)
    held = folds.assigned(dataset, 5)
    assert held[dataset.samples["subject"] == ""].eq(0).all()
    table = pd.crosstab(held[held > 0], dataset.samples["label"])
    assert (table == 16).all().all()


def test_persons_who_share_a_picture_are_left_out_together(workspace):
    dataset = write(6)
    images = np.array(dataset.images)
    images[0] = images[8]
    rows = dataset.samples[["label", "split", "subject"]]
    dataset = writing.write_dataset("Joined", images, rows, classes=CLASSES, kind="folders", source="x")
    assert len(set(folds.persons(dataset)) - {""}) == 5
    held = folds.assigned(dataset, 5)
    first, second = (set(held[dataset.samples["subject"] == name]) for name in ("p00", "p01"))
    assert first == second


def test_a_fold_has_a_name_of_its_own_but_the_features_and_edits_of_its_data_set(workspace):
    dataset = write(6)
    first, second = folds.open_fold("People", "1/6"), folds.open_fold("People", "2/6")
    names = {dataset.meta.fingerprint, first.meta.fingerprint, second.meta.fingerprint}
    assert len(names) == 3
    assert first.meta.fingerprint == folds.fold_fingerprint(dataset.meta.fingerprint, "1/6")
    config = preset_config("People", "frozen")
    assert features_file(first, config, find_weights(config)) == features_file(dataset, config, find_weights(config))
    assert first.edits() == dataset.edits()


@pytest.mark.parametrize(
    ("people", "fold", "said"),
    [
        (4, "1/4", "needs at least 5 of them; in 'People' 4 can be told apart"),
        (6, "1/7", "Folds are 2 to 6"),
        (6, "3/2", "A fold is such as 2/10"),
        (6, "x", "A fold is such as 2/10"),
    ],
)
def test_what_cannot_be_left_out_is_said(workspace, people, fold, said):
    write(people)
    with pytest.raises(InputError, match=said):
        folds.open_fold("People", fold)


@pytest.mark.parametrize("fold", ["3/2", "0/2", "1/1", "a/b", "2"])
def test_a_recipe_names_a_fold_that_can_be(fold):
    with pytest.raises(InputError, match="fold must be such as 2/10"):
        preset_config("People", fold=fold)
