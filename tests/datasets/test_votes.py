"""Annotators' votes: which tables belong together, and what the votes on a picture say."""

import csv
import gzip
import io
from itertools import islice
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from dataset_sources import face, kaggle, left_behind, tree

from fer_core.datasets import crowd, store, votes
from fer_core.datasets.importer import import_source
from fer_core.errors import ImportRefusedError, NotFoundError

HEAD = "Usage,Image name,neutral,happiness,surprise,sadness,anger,disgust,fear,contempt,unknown,NF"
ROWS = [
    "Training,fer0000000.png,4,0,0,1,3,2,0,0,0,0",
    "Training,fer0006953.png,0,9,0,0,0,0,0,0,1,0",
    "Training,,0,0,0,0,0,0,0,0,0,10",
    "PublicTest,fer0000001.png,5,0,0,5,0,0,0,0,0,0",
    "PrivateTest,fer0000003.png,0,0,0,1,2,0,0,7,0,0",
]
LABELS = [0, 3, 6, 4, 0]
USAGES = [row.split(",")[0] for row in ROWS]


def pictures(path: Path, labels: list[int] = LABELS, usages: list[str] = USAGES) -> Path:
    rows = [
        f"{label},{' '.join(map(str, face(number).ravel()))},{usage}"
        for number, (label, usage) in enumerate(zip(labels, usages, strict=True))
    ]
    path.write_text("\n".join(["emotion,pixels,Usage", *rows]))
    return path


def ballots(path: Path, rows: list[str] = ROWS, head: str = HEAD) -> Path:
    path.write_text("\r\n".join([head, *rows]))
    return path


def test_votes_become_columns(workspace: Path, tmp_path: Path) -> None:
    table, ballot = pictures(tmp_path / "fer2013.csv"), ballots(tmp_path / "fer2013new.csv")
    report = import_source(table, "Plus", classes=("angry", "happy", "neutral"), votes_file=ballot)
    assert report.skipped == {"sad": 1}
    data = store.open_dataset("Plus")
    assert data.meta.votes == "fer2013new.csv"
    assert crowd.vote_names(data.samples) == (
        "angry", "disgust", "fear", "happy", "sad", "surprise", "neutral", "contempt", "nf", "unknown",
    )  # fmt: skip
    assert {str(data.samples[column].dtype) for column in data.samples if column.startswith("votes_")} == {"int8"}
    assert data.samples["votes_happy"].tolist() == [0, 9, 0, 0]
    assert data.samples["votes_contempt"].tolist() == [0, 0, 0, 7]
    said = crowd.summarise(data.samples)
    assert said["crowd"].tolist() == ["neutral", "happy", "nf", "contempt"]
    assert crowd.spelled(data.samples)[:2] == ["Neutral 4, Angry 3, Disgust 2, Sad 1", "Happy 9, Unknown 1"]


def test_a_data_set_without_votes_has_no_such_columns(workspace: Path, tmp_path: Path) -> None:
    import_source(pictures(tmp_path / "fer2013.csv"), "Plain", classes=None)
    data = store.open_dataset("Plain")
    assert (data.meta.votes, crowd.vote_names(data.samples)) == ("", ())


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda rows: rows[:-1], "'fer2013new.csv' ends before row 5, while 'fer2013.csv' goes on"),
        (lambda rows: [*rows, ROWS[-1].replace("003", "004")], "'fer2013.csv' ends before row 6, while 'fer2013new.csv' goes on"),
        (lambda rows: [*rows[:3], rows[3].replace("Public", "Private"), rows[4]], "in row 4 Usage is 'PublicTest' here"),
        (lambda rows: [rows[3].replace("PublicTest", "Training"), *rows[1:3], rows[0], rows[4]], "out of order from row 4 on"),
        (lambda rows: [*rows[:4], rows[4].replace("003", "001")], "out of order from row 5 on"),
        (lambda rows: [rows[0].replace("4,", "x,"), *rows[1:]], "row 1 has a count that is no whole number"),
        (lambda rows: [*rows[:2], "Training,,0", *rows[3:]], "row 3 has a count that is no whole number"),
    ],
)
def test_tables_that_do_not_belong_together(workspace: Path, tmp_path: Path, change, said: str) -> None:
    table, ballot = pictures(tmp_path / "fer2013.csv"), ballots(tmp_path / "fer2013new.csv", change(ROWS))
    with pytest.raises(ImportRefusedError, match=said) as refusal:
        import_source(table, "Plus", classes=("happy", "neutral"), votes_file=ballot)
    assert "\n" not in str(refusal.value)
    assert left_behind(workspace) == []


@pytest.mark.parametrize(
    ("head", "said"),
    [
        ("emotion,pixels,Usage", "it needs the columns Usage, Image name"),
        ("Usage,Image name,happiness", "two or more columns of counts"),
        ("Usage,Image name,happiness,joy", "two or more columns of counts with different names"),
    ],
)
def test_what_is_no_table_of_votes(tmp_path: Path, head: str, said: str) -> None:
    with pytest.raises(ImportRefusedError, match=said):
        votes.read_votes(ballots(tmp_path / "fer2013new.csv", head=head))


def test_packed_damaged_and_missing_files(tmp_path: Path) -> None:
    packed = tmp_path / "fer2013new.csv.gz"
    packed.write_bytes(gzip.compress("\n".join([HEAD, *ROWS]).encode()))
    assert votes.read_votes(packed).counts.sum(axis=1).tolist() == [10] * 5
    packed.write_bytes(packed.read_bytes()[:-30])
    with pytest.raises(ImportRefusedError, match="damaged"):
        votes.read_votes(packed)
    with pytest.raises(NotFoundError, match="no file 'nowhere"):
        votes.read_votes(tmp_path / "nowhere.csv")


def test_folders_have_no_rows(workspace: Path, tmp_path: Path) -> None:
    with pytest.raises(ImportRefusedError, match="votes belong to the rows of the original table"):
        import_source(tree(tmp_path / "x", kaggle()), "Mine", votes_file=ballots(tmp_path / "fer2013new.csv"))


@pytest.mark.parametrize(
    ("counts", "said", "agree", "entropy"),
    [
        ([10, 0, 0], "angry", 10, 0.0),
        ([5, 5, 0], crowd.TIE, 5, 1.0),
        ([1, 2, 1], "happy", 2, 1.5),
        ([0, 0, 9], "neutral", 9, 0.0),
    ],
)
def test_what_the_votes_on_a_picture_say(counts: list[int], said: str, agree: int, entropy: float) -> None:
    row = {f"votes_{name}": [count] for name, count in zip(("angry", "happy", "neutral"), counts, strict=True)}
    found = crowd.summarise(pd.DataFrame({"id": [7], "label": ["happy"], **row})).iloc[0]
    assert (found["id"], found["crowd"], found["agree"], found["votes"]) == (7, said, agree, sum(counts))
    assert found["entropy"] == pytest.approx(entropy)


def test_pictures_without_a_vote_are_left_out() -> None:
    table = pd.DataFrame({"id": [0, 1], "label": "happy", "votes_happy": [0, 3], "votes_sad": [0, 1]})
    assert crowd.summarise(table)["id"].tolist() == [1]


@pytest.mark.parametrize(
    ("matrix", "expected"),
    [([[20, 5], [10, 15]], 0.4), ([[5, 0], [0, 5]], 1.0), ([[5, 5], [5, 5]], 0.0), ([[9, 0], [0, 0]], float("nan"))],
)
def test_kappa(matrix: list, expected: float) -> None:
    assert float(crowd.kappa(np.array(matrix))) == pytest.approx(expected, nan_ok=True)


def test_the_real_votes_belong_to_the_real_table(workspace: Path, tmp_path: Path, shared: Path) -> None:
    ballot = votes.read_votes(shared / "data" / "ferplus" / "fer2013new_part.csv")
    assert len(ballot.counts) == 9545
    assert set(ballot.counts.sum(axis=1).tolist()) == {10}
    with gzip.open(shared / "data" / "ferplus" / "fer2013_part.csv.gz", "rb") as stream:
        labels = [int(line[:1]) for line in islice(stream, 1, None)]
    names = np.array(["angry", "disgust", "fear", "happy", "sad", "surprise", "neutral"])[labels]
    samples = pd.DataFrame(ballot.counts, columns=list(ballot.columns)).assign(label=names)
    said = crowd.summarise(samples)
    assert (said["label"] == said["crowd"]).sum() == 5823
    votes.require_related(samples, ballot, "fer2013_part.csv.gz")
    shuffled = samples.assign(label=np.random.default_rng(0).permutation(names))
    with pytest.raises(ImportRefusedError, match="no better than chance"):
        votes.require_related(shuffled, ballot, "fer2013_part.csv.gz")


def test_real_rows_come_in_together(workspace: Path, tmp_path: Path, shared: Path) -> None:
    folder = shared / "data" / "ferplus"
    with gzip.open(folder / "fer2013_part.csv.gz", "rt") as stream:
        head = [next(stream) for _ in range(201)]
    (tmp_path / "part.csv").write_text("".join(head))
    ballot = list(csv.reader(io.StringIO((folder / "fer2013new_part.csv").read_text())))[:201]
    (tmp_path / "new.csv").write_text("\n".join(map(",".join, ballot)))
    import_source(tmp_path / "part.csv", "Plus", classes=None, votes_file=tmp_path / "new.csv")
    data = store.open_dataset("Plus")
    assert data.samples[["votes_neutral", "votes_sad", "votes_angry", "votes_disgust"]].iloc[0].tolist() == [4, 1, 3, 2]
    assert data.samples.filter(like="votes_").sum(axis=1).unique().tolist() == [10]
