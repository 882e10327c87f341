"""Persons: told by names, folders and tables; on one side of a split; counted where they leak."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from dataset_sources import archive, face, png, tree

from fer_core import cli
from fer_core.datasets import store
from fer_core.datasets.exporting import export_dataset
from fer_core.datasets.importer import import_source
from fer_core.datasets.signature import leaked
from fer_core.datasets.splits import VALIDATION_SHARE
from fer_core.datasets.subjects import (
    SHARES,
    cut_persons,
    parse_rule,
    persons_in_two_splits,
    subject_splits,
)
from fer_core.errors import ImportRefusedError, InputError

CLASSES = ("angry", "happy", "neutral")


def people(counts: dict[str, tuple[int, ...]]) -> pd.DataFrame:
    """One row a face: so many of each class for each person."""
    rows = [
        (label, name, f"{name}-{label}-{number}")
        for name, numbers in counts.items()
        for label, n in zip(CLASSES, numbers, strict=True)
        for number in range(n)
    ]
    frame = pd.DataFrame(rows, columns=["label", "subject", "hash"])
    return frame.assign(id=np.arange(len(frame)))


def crowd(n: int, seed: int = 0) -> pd.DataFrame:
    draw = np.random.default_rng(seed)
    return people({f"p{number:03d}": tuple(draw.integers(0, 12, 3)) for number in range(n)})


@pytest.mark.parametrize(
    ("rule", "file", "expected"),
    [
        (r"name:S(\d{3})_", "train/happy/S052_004_00000017.png", "052"),
        (r"name:[A-Z]{2}(?=\.)", "KA.AN1.39.tiff", "KA"),
        (r"name:S(\d{3})_", "train/happy/17.png", ""),
        ("folder", "ann/happy/1.png", "happy"),
        ("folder:2", "ann/happy/1.png", "ann"),
        ("folder:3", "ann/happy/1.png", ""),
    ],
)
def test_rules(rule: str, file: str, expected: str) -> None:
    assert parse_rule(rule).subject(file) == expected


def test_no_rule_and_wrong_rules() -> None:
    assert parse_rule(" ") is None
    assert parse_rule("column: Person ").column == "person"
    for text in ("name:", "name:(", "folder:0", "folder:x", "column:", "who"):
        with pytest.raises(InputError, match="name:REGEX, folder, folder:2 or column:NAME"):
            parse_rule(text)


@pytest.mark.parametrize(("n", "tolerance"), [(200, 0.02), (40, 0.06), (10, 0.16)])
@pytest.mark.parametrize("seed", [0, 1])
def test_each_person_is_in_one_split_and_classes_are_balanced(n: int, tolerance: float, seed: int) -> None:
    samples = crowd(n)
    samples["split"] = subject_splits(samples, seed=seed)
    assert samples.groupby("subject")["split"].nunique().max() == 1
    assert set(persons_in_two_splits(samples).values()) == {0}
    shares = pd.crosstab(samples["split"], samples["label"], normalize="columns")
    for split, share in SHARES.items():
        assert np.abs(shares.loc[split] - share).max() <= tolerance


def test_a_seed_gives_the_same_splits_and_copies_stay_together() -> None:
    samples = crowd(30)
    assert (subject_splits(samples, seed=3) == subject_splits(samples, seed=3)).all()
    first, second = samples.index[samples["subject"] == "p001"][0], samples.index[samples["subject"] == "p002"][0]
    samples.loc[second, "hash"] = samples.loc[first, "hash"]
    for seed in range(5):
        split = subject_splits(samples, seed=seed)
        assert len(set(split[samples["subject"].isin(["p001", "p002"])])) == 1


@pytest.mark.parametrize(
    "counts", [{"a": (9, 9, 9), "b": (1, 1, 1), "c": (1, 1, 1)}, {"a": (0, 9, 0), "b": (5, 0, 0), "c": (0, 0, 1)}]
)
def test_no_split_is_empty(counts: dict) -> None:
    assert set(subject_splits(people(counts))) == set(SHARES)


def test_faces_of_nobody_stay_in_train_and_two_persons_are_too_few() -> None:
    samples = crowd(12)
    samples.loc[samples.index % 4 == 0, "subject"] = ""
    assert (subject_splits(samples)[samples["subject"] == ""] == "train").all()
    with pytest.raises(InputError, match="at least 3 persons; 2 can be told apart"):
        subject_splits(people({"a": (3, 3, 3), "b": (3, 3, 3)}))


def test_validation_is_cut_by_person() -> None:
    samples = crowd(60)
    moved = cut_persons(samples, share=VALIDATION_SHARE)
    assert not set(samples["subject"][moved]) & set(samples["subject"][~moved])
    shares = samples[moved]["label"].value_counts() / samples["label"].value_counts()
    assert np.abs(shares - VALIDATION_SHARE).max() < 0.03
    assert not cut_persons(people({"a": (3, 3, 3), "b": (3, 3, 3)}), share=0.1).any()


KDEF = {
    f"KDEF/A{person}/A{person}{code}S.JPG": png(10 * number + place)
    for number, person in enumerate(f"{sex}{n:02d}" for sex in "FM" for n in range(1, 7))
    for place, code in enumerate(("AN", "HA", "NE"))
}


def test_an_import_by_person(workspace: Path, tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    source = archive(tmp_path / "kdef.zip", KDEF)
    assert cli.main(["import", str(source), "--name", "People", "--split-by", "subject"]) == 0
    assert "36 images, 48x48 grey, 12 persons" in capsys.readouterr().out
    dataset = store.open_dataset("People")
    assert dataset.samples.groupby("subject")["split"].nunique().max() == 1
    assert {split: sum(counts.values()) > 0 for split, counts in dataset.meta.counts.items()} == dict.fromkeys(SHARES, True)
    assert any("Splits were made by person" in said for said in dataset.meta.decisions)
    assert set(dataset.samples["person"]) == {f"kdef: {name}" for name in dataset.samples["subject"]}


@pytest.mark.parametrize(
    ("rule", "expected"),
    [("name:(p\\d)", {"p0", "p1", "p2", "p3"}), ("folder:3", {"train", "test"}), ("column:Who", None)],
)
def test_rules_at_an_import(workspace: Path, tmp_path: Path, rule: str, expected: set[str] | None) -> None:
    files = {f"{split}/happy/x/p{n}_{k}.png": png(50 * n + k) for split in ("train", "test") for n in range(4) for k in range(3)}
    source = tree(tmp_path / "x", files)
    if expected is None:
        with pytest.raises(ImportRefusedError, match="That rule tells no person of 'x'"):
            import_source(source, "Mine", subject=parse_rule(rule))
        return
    report = import_source(source, "Mine", subject=parse_rule(rule))
    samples = store.open_dataset("Mine").samples
    assert set(samples["subject"]) == expected
    assert report.subjects == len(expected)
    assert any("The same persons are in two splits" in note for note in report.notes)


def rows_of(faces: list[np.ndarray], who: str) -> str:
    head = f"emotion,pixels,Usage,{who}"
    rows = [f"{3 if n % 2 else 0},{' '.join(map(str, one.ravel()))},Training,p{n // 2}" for n, one in enumerate(faces)]
    return "\n".join([head, *rows]) + "\n"


@pytest.mark.parametrize(("who", "rule"), [("person_id", ""), ("Actor Nr", "column:Actor Nr")])
def test_a_column_of_a_table(workspace: Path, tmp_path: Path, who: str, rule: str) -> None:
    path = tmp_path / "faces.csv"
    path.write_text(rows_of([face(n) for n in range(12)], who))
    import_source(path, "Table", subject=parse_rule(rule))
    samples = store.open_dataset("Table").samples
    assert samples["subject"].tolist() == [f"p{n // 2}" for n in range(12)]
    cut = samples[samples["split"] == "validation"]
    assert len(cut)
    assert not set(cut["subject"]) & set(samples.loc[samples["split"] == "train", "subject"])


@pytest.mark.parametrize("ending", [".zip", ".parquet"])
def test_an_export_keeps_persons(workspace: Path, tmp_path: Path, ending: str) -> None:
    import_source(archive(tmp_path / "kdef.zip", KDEF), "People", split_by="subject")
    made = export_dataset("People", tmp_path / f"people{ending}")
    import_source(made.path, "Again")
    first, again = (store.open_dataset(name).samples for name in ("People", "Again"))
    assert again[["subject", "angle", "split"]].equals(first[["subject", "angle", "split"]])


def test_leaks_by_person_are_counted_apart() -> None:
    training = pd.DataFrame({"hash": ["a", "b"], "signature": np.array([0, 2**60], np.uint64), "person": ["x: 1", ""]})
    asked = pd.DataFrame(
        {
            "hash": ["a", "c", "d", "e", "f"],
            "signature": np.array([0, 1, 2**40 - 1, 2**40 - 1, 2**40 - 1], np.uint64),
            "person": ["x: 1", "x: 1", "x: 1", "", "y: 1"],
        }
    )
    report = leaked(asked, training)
    assert report.exact.tolist() == [True, False, False, False, False]
    assert report.near.tolist() == [False, True, False, False, False]
    assert report.person.tolist() == [False, False, True, False, False]
    assert report.picture.tolist() == [True, True, False, False, False]
    assert report.any.tolist() == [True, True, True, False, False]
    assert not leaked(asked.drop(columns="person"), training).person.any()
