"""What transfer buys: its question, the runs that answer it, its result in words; one run is really trained."""

import json
import time

import numpy as np
import pandas as pd
import pytest

from fer_core import cli, runs
from fer_core.datasets import store, synthetic, writing
from fer_core.datasets.store import Dataset
from fer_core.errors import DatasetError, InputError
from fer_core.evaluation.intervals import wilson
from fer_core.runs.config import RunConfig
from fer_core.runs.records import Status, Training
from fer_core.studies import creation, folders, records, running, study, transfer
from fer_core.studies.reading import reading
from fer_core.studies.records import Cell, Result, Row
from fer_core.training import executors, jobs

CLASSES = ("angry", "happy")
SHARES = (0.1, 1.0)


@pytest.fixture
def faces(workspace) -> Dataset:
    """400 training, 40 validation and 50 test faces of two classes; the test split has 30 happy ones."""
    counts = {"train": (200, 200), "validation": (20, 20), "test": (20, 30)}
    rows = [
        {"label": label, "split": split}
        for split, both in counts.items()
        for label, count in zip(("angry", "happy"), both, strict=True)
        for _ in range(count)
    ]
    images = np.random.default_rng(0).integers(0, 256, (len(rows), 48, 48)).astype(np.uint8)
    return writing.write_dataset("Faces", images, pd.DataFrame(rows), classes=("angry", "happy"), kind="folders", source="test")


def row(cell: Cell, *, faces: int = 40, accuracy: float = 0.7, n: int = 50) -> Row:
    low, high = accuracy - 0.05, accuracy + 0.05
    scores = {"accuracy": accuracy, "accuracy_ci95": (low, high), "macro_f1": accuracy, "macro_f1_ci95": (low, high)}
    trained = {"faces": faces, "epochs": 4, "best_epoch": 3, "validation_accuracy": 0.7, "seconds": 0.0}
    return Row(**cell.model_dump(), **scores, **trained, n=n, correct=round(accuracy * n))


RIGHT = {"finetuned": 45, "frozen": 40, "scratch": 30}
"""Of 50 test faces, and as many validation faces as there are."""


def write_run(config: RunConfig, *, state: str = "finished") -> runs.Run:
    """A run of a comparison on `Faces` that answers `RIGHT` test faces as labelled."""
    data = store.open_dataset(config.dataset)
    way = "scratch" if config.weights == "random" else "frozen" if config.full_epochs == 0 else "finetuned"
    run = runs.create(config)
    failed = {"error": "The disk is full."} if state == "failed" else {}
    run.write(Status(state=state, created=time.time(), ended=time.time(), best_epoch=2, best_score=0.7, **failed))
    counts = {"train": {"happy": round(400 * config.train_share)}}
    run.write(Training(dataset=data.name, fingerprint=data.meta.fingerprint, classes=CLASSES, counts=counts, seconds=3.0))
    for split in ("validation", "test"):
        rows = data.split(split)
        said = [CLASSES.index(label) ^ (place >= RIGHT[way]) for place, label in enumerate(rows["label"])]
        logits = pd.DataFrame(np.eye(2, dtype=np.float32)[said], columns=[f"logit_{name}" for name in CLASSES])
        run.write_predictions(
            data.meta.fingerprint, split, rows[["id", "hash", "label"]].rename(columns={"id": "sample"}).join(logits)
        )
    return run


@pytest.fixture
def trains(faces: Dataset, monkeypatch: pytest.MonkeyPatch) -> list[RunConfig]:
    """Runs that were started; each ends at once."""
    started: list[RunConfig] = []

    def start(config: RunConfig, *, name: str = "", executor: str | None = None) -> runs.Run:
        started.append(config)
        return write_run(config)

    monkeypatch.setattr(executors, "start", start)
    monkeypatch.setattr(running, "POLL_SECONDS", 0.01)
    return started


def ask(faces: Dataset, seeds: int = 1) -> study.Study:
    asked = transfer.asked(faces, SHARES, seeds)
    folders.keep(asked, again=True)
    return study.open_study(asked.name)


def test_every_way_share_and_seed_is_planned_once_the_fewest_labels_first() -> None:
    cells = records.plan((1.0, 0.01), 2)
    assert [(cell.way, cell.share, cell.seed) for cell in cells] == [
        ("frozen", 0.01, 0),
        ("finetuned", 0.01, 0),
        ("scratch", 0.01, 0),
        ("frozen", 0.01, 1),
        ("finetuned", 0.01, 1),
        ("scratch", 0.01, 1),
        ("frozen", 1.0, 0),
        ("finetuned", 1.0, 0),
        ("scratch", 1.0, 0),
    ]


@pytest.mark.parametrize(
    ("faces", "share", "epochs"),
    [
        (18638, 1.0, 5),  # 582 steps an epoch; bounded by 3,000 steps
        (18638, 0.2, 26),  # 116 steps
        (18638, 0.01, 40),  # 5 steps; bounded by the epochs
        (2100, 1.0, 6),  # 65 steps; bounded by 6 passes
        (2100, 0.2, 30),  # 13 steps
        (20, 1.0, 6),  # fewer faces than a batch
    ],
)
def test_small_shares_get_more_epochs_within_bounds(faces: int, share: float, epochs: int) -> None:
    meta = store.DatasetMeta(
        name="x", classes=("happy",), counts={"train": {"happy": faces}}, n=faces, fingerprint="", kind="", source="", created=""
    )
    assert transfer.planned_epochs(meta, share) == epochs


def test_the_ways_differ_in_weights_and_trained_part_alone(faces: Dataset) -> None:
    asked = transfer.asked(faces, SHARES, 4)
    few = [one for one in asked.plan if transfer.cell_of(one).share == 0.1 and one.seed == 3]
    configs = {transfer.cell_of(one).way: asked.config(*one).model_dump() for one in few}
    own = ("weights", "head_epochs", "full_epochs")
    assert {way: tuple(config.pop(key) for key in own) for way, config in configs.items()} == {
        "scratch": ("random", 0, 40),
        "frozen": ("imagenet", 40, 0),
        "finetuned": ("imagenet", 0, 40),
    }
    assert configs["scratch"] == configs["frozen"] == configs["finetuned"]
    common = configs["scratch"]
    assert (common["resolution"], common["train_share"], common["seed"], common["head_features"]) == (64, 0.1, 3, "cached")
    assert {key: common[key] for key in transfer.RECIPE} == transfer.RECIPE


def test_its_runs_are_those_of_a_study_one_for_each_cell(faces: Dataset, trains: list[RunConfig]) -> None:
    opened = ask(faces, seeds=2)
    assert [transfer.cell_of(member.asked) for member in opened.members()][:3] == records.plan((0.1,), 1)
    assert {transfer.cell_of(member.asked) for member in opened.members()} == set(records.plan(SHARES, 2))
    assert transfer.result(opened).rows == ()
    running.run(opened.question.name)
    assert len(trains) == 9
    found = transfer.result(opened)
    assert found.missing == []
    assert {row.way: (row.correct, row.n, row.accuracy_ci95) for row in found.rows} == {
        way: (right, 50, wilson(right, 50)) for way, right in RIGHT.items()
    }
    assert {row.share: (row.faces, row.best_epoch, row.seconds) for row in found.rows} == {0.1: (40, 2, 3.0), 1.0: (400, 2, 3.0)}
    assert (found.majority_baseline, found.macro_f1_baseline) == (0.6, pytest.approx(0.375))
    assert found.faces == {"train": 400, "validation": 40, "test": 50}
    assert (found.recipe["resolution"], found.rule) == (64, transfer.rule(faces.meta))
    assert found.recipe["augmentation"]["flip"] is True
    assert opened.question.plan[0].words == "Frozen backbone, 10% of the labels, seed 0"


def test_more_seeds_train_what_is_missing_alone_and_anew_trains_all(faces: Dataset, trains: list[RunConfig]) -> None:
    running.run(ask(faces).question.name)
    assert len(trains) == 6
    again = ask(faces, seeds=2)
    assert [entry.name for entry in folders.questions()] == ["What transfer buys Faces"]
    running.run(again.question.name)
    assert {(config.train_share, config.seed) for config in trains[6:]} == {(0.1, 1)}
    transfer.forget(again)
    assert transfer.result(again).rows == ()
    assert [run.id for run in runs.list_runs() if not run.read_only] == []


def test_another_study_on_the_data_set_is_no_comparison(faces: Dataset) -> None:
    creation.create("Other", "Faces")
    assert transfer.of(faces) is None
    opened = ask(faces)
    assert transfer.of(faces) == opened


@pytest.mark.parametrize(
    ("shares", "seeds", "sentence"),
    [
        ((0.0, 1.0), 1, r"^Shares must be above 0 and at most 1, separated by commas; got 0\.0\.$"),
        ((), 1, r"^Shares must be .*; got none\.$"),
        ((1.0,), 0, r"^Seeds must be from 1 to 10; got 0\.$"),
    ],
)
def test_what_is_out_of_range_is_refused(faces: Dataset, shares, seeds: int, sentence: str) -> None:
    with pytest.raises(InputError, match=sentence):
        transfer.asked(faces, shares, seeds)


def test_a_data_set_without_a_test_split_is_refused(faces: Dataset) -> None:
    rows = pd.DataFrame({"label": ["angry", "happy"] * 3, "split": ["train"] * 4 + ["validation"] * 2})
    half = writing.write_dataset(
        "Half", np.array(faces.images[:6]), rows, classes=("angry", "happy"), kind="folders", source="test"
    )
    with pytest.raises(DatasetError, match=r"^Data set 'Half' has no test faces"):
        transfer.asked(half)


@pytest.mark.parametrize("content", ["", "{", '{"version": 2}'])
def test_a_damaged_result_counts_as_none(tmp_path, content: str) -> None:
    file = tmp_path / "result.json"
    file.write_text(content)
    assert records.load(file) is None


def test_features_are_counted_once_and_every_run_takes_time(faces: Dataset) -> None:
    opened = ask(faces, seeds=3)
    members = opened.members()
    frozen = [member for member in members if member.config.full_epochs == 0]
    alone = running.expected_seconds(opened, frozen[:1])
    both = running.expected_seconds(opened, frozen[:2])
    assert 0 < both - alone < alone
    assert running.expected_seconds(opened, members) > both


def filled(accuracies: dict[tuple[str, float], tuple[float, ...]], faces: Dataset) -> Result:
    """A result with these accuracies, one a seed."""
    asked = transfer.asked(faces, tuple(share for _, share in accuracies) or SHARES, 2)
    empty = transfer.result(study.Study(folders.folder(asked.name), asked))
    rows = [
        row(Cell(way=way, share=share, seed=seed), faces=round(400 * share), accuracy=accuracy)
        for (way, share), seeds in accuracies.items()
        for seed, accuracy in enumerate(seeds)
    ]
    return empty.model_copy(update={"rows": tuple(rows)})


def test_the_band_reaches_over_the_limits_of_all_seeds(faces: Dataset) -> None:
    result = filled({("scratch", 0.1): (0.5, 0.6), ("finetuned", 0.1): (0.8,)}, faces)
    found = records.summary(records.table(result), "accuracy").round(6)
    assert found.to_dict("records") == [
        {"way": "finetuned", "share": 0.1, "faces": 40.0, "mean": 0.8, "low": 0.75, "high": 0.85, "seeds": 1},
        {"way": "scratch", "share": 0.1, "faces": 40.0, "mean": 0.55, "low": 0.45, "high": 0.65, "seeds": 2},
    ]


@pytest.mark.parametrize(
    ("accuracies", "said", "unsaid"),
    [
        ({}, [], ["faces"]),
        (
            {("finetuned", 0.1): (0.8,), ("frozen", 0.1): (0.69,), ("scratch", 0.1): (0.6,)}
            | {("finetuned", 1.0): (0.9,), ("frozen", 1.0): (0.78,), ("scratch", 1.0): (0.75,)},
            [
                "With 40 labelled faces, fine-tuning reaches 80.0%, the frozen backbone reaches 69.0% and training from scratch",
                "Only fine-tuning and the frozen backbone are above that by more than chance explains.",
                "the ImageNet weights are still worth 15.0 points, more than chance explains.",
                "Fine-tuning on 40 faces is already as good as training from scratch on 400: transfer stands in for 10 times",
                "Fine-tuning is ahead of the frozen backbone at every number of labels.",
            ],
            ["take turns", "cost"],
        ),
        (
            {("finetuned", 0.1): (0.8,), ("scratch", 0.1): (0.6,), ("finetuned", 1.0): (0.9,), ("scratch", 1.0): (0.62,)},
            ["the ImageNet weights are still worth 28.0 points"],
            ["stands in"],  # for training that has learned nothing
        ),
        (
            {("finetuned", 0.1): (0.6,), ("frozen", 0.1): (0.62,), ("scratch", 0.1): (0.6,)}
            | {("finetuned", 1.0): (0.72,), ("frozen", 1.0): (0.6,), ("scratch", 1.0): (0.9,)},
            ["Fine-tuning is ahead of the frozen backbone from 400 faces on; with fewer it is too close to tell."],
            ["few labels"],
        ),
        (
            {("finetuned", 0.1): (0.7,), ("frozen", 0.1): (0.72,), ("finetuned", 1.0): (0.8,), ("frozen", 1.0): (0.78,)},
            ["Between fine-tuning and the frozen backbone it is too close to tell at every number of labels."],
            ["ahead"],
        ),
        (
            {("finetuned", 0.1): (0.5,), ("frozen", 0.1): (0.62,), ("scratch", 0.1): (0.6,)}
            | {("finetuned", 1.0): (0.72,), ("frozen", 1.0): (0.6,), ("scratch", 1.0): (0.93,)},
            [
                "None of them is above that by more than chance explains.",
                "here the ImageNet weights cost 21.0 points, more than chance explains.",
                "With few labels the frozen backbone is ahead: training all layers pays from 400 faces on.",
            ],
            ["stands in", "still worth"],
        ),
    ],
)
def test_the_paragraph_follows_from_the_rows(faces: Dataset, accuracies, said: list[str], unsaid: list[str]) -> None:
    text = reading(filled(accuracies, faces))
    assert [part for part in said if part not in text] == []
    assert [part for part in unsaid if part in text] == []


# The command


def test_the_command_writes_one_document_and_goes_on(
    faces: Dataset, trains: list[RunConfig], tmp_path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    words = ["compare-transfer", "Faces", "--shares", "0.1,1", "--out", str(tmp_path / "out.json")]
    monkeypatch.setattr(executors, "start", lambda config, **_: write_run(config, state="failed"))
    assert cli.main(words) == 2
    assert "6 of 6 runs failed, the first with: The disk is full." in capsys.readouterr().err
    assert not (tmp_path / "out.json").exists()
    monkeypatch.setattr(jobs, "resumable", lambda run: False)
    monkeypatch.setattr(executors, "start", lambda config, **_: trains.append(config) or write_run(config))
    assert cli.main([*words, "--json"]) == 0
    assert len(trains) == 6
    printed, written = json.loads(capsys.readouterr().out), json.loads((tmp_path / "out.json").read_text())
    assert printed == written
    assert set(written) == set(Result.model_fields)
    assert set(written["machine"]) == {"cores", "processor", "system"}
    assert cli.main(words) == 0
    assert "Faces: n = 50 test faces, majority baseline 0.6000" in capsys.readouterr().out
    assert cli.main(["compare-transfer", "Faces", "--shares", "many"]) == 2
    assert cli.main(["study", "show", "What transfer buys Faces"]) == 0
    assert "fine-tuning reaches 90.0%" in capsys.readouterr().out
    assert len(trains) == 6
    assert cli.main([*words, "--anew"]) == 0
    assert len(trains) == 12


def test_a_comparison_can_be_asked_under_a_name_of_its_own(faces: Dataset, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["study", "create", "Few labels", "--dataset", "Faces", "--shares", "0.2,1"]
    assert cli.main([*words, "--seeds", "2"]) == 0
    assert "Few labels: 6 settings, 2 seeds, 9 runs" in capsys.readouterr().out
    assert transfer.of(faces).question.name == "Few labels"
    assert cli.main([*words, "--set", "resolution=48"]) == 2
    assert "--shares asks with a recipe of its own" in capsys.readouterr().err


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_a_real_run_has_the_faces_and_epochs_that_its_cell_asks_for(workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = synthetic.create_synthetic("Drawn", 60, 0)
    monkeypatch.setitem(transfer.RECIPE, "resolution", 32)
    monkeypatch.setitem(transfer.RECIPE, "fine_map", False)
    whole = transfer.asked(drawn, (0.5,), 1)
    head = whole.model_copy(update={"listed": whole.listed[:1]})
    folders.keep(head)
    running.run(head.name)
    (row,) = transfer.result(study.open_study(head.name)).rows
    assert row.cell == Cell(way="frozen", share=0.5, seed=0)
    assert row.n == sum(drawn.meta.counts["test"].values())
    assert (row.accuracy, row.accuracy_ci95) == (row.correct / row.n, wilson(row.correct, row.n))
    assert 1 <= row.best_epoch <= row.epochs == transfer.planned_epochs(drawn.meta, 0.5)
    assert abs(row.faces - sum(drawn.meta.counts["train"].values()) / 2) <= 3
