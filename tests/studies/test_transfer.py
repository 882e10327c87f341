"""The comparison of ways to start a network: its plan, its result file, and how it goes on; one cell is really trained."""

import json
import sys
import time
from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from filelock import FileLock

from fer_core import cli
from fer_core.commands import experiments as command
from fer_core.datasets import store, synthetic
from fer_core.datasets.store import Dataset
from fer_core.errors import DatasetError, InputError, RunError, Stopped
from fer_core.runs.records import Status
from fer_core.settings import settings
from fer_core.studies import jobs, records, transfer
from fer_core.studies.comparison import comparison
from fer_core.studies.reading import reading
from fer_core.studies.records import Cell, Result, Row
from fer_core.training import jobs as training_jobs

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
    return store.write_dataset("Faces", images, pd.DataFrame(rows), classes=("angry", "happy"), kind="folders", source="test")


def row(cell: Cell, *, faces: int = 40, accuracy: float = 0.7, n: int = 50) -> Row:
    low, high = accuracy - 0.05, accuracy + 0.05
    scores = {"accuracy": accuracy, "accuracy_ci95": (low, high), "macro_f1": accuracy, "macro_f1_ci95": (low, high)}
    trained = {"faces": faces, "epochs": 4, "best_epoch": 3, "validation_accuracy": 0.7, "seconds": 0.0}
    return Row(**cell.model_dump(), **scores, **trained, n=n, correct=round(accuracy * n))


class Fake:
    """Trains nothing, remembers what it was asked for, and stops or fails at a cell when told to."""

    def __init__(self, *, until: int = 99, error: Exception | None = None) -> None:
        self.cells: list[Cell] = []
        self.until, self.error = until, error

    def __call__(self, dataset, cell, config, job, progress) -> Row:
        if len(self.cells) == self.until:
            raise self.error or Stopped
        self.cells.append(cell)
        progress(0.5, "Half")
        return row(cell, faces=transfer.planned_faces(dataset.meta, cell.share))


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
    configs = {
        way: transfer.cell_config(Cell(way=way, share=0.1, seed=3), faces.meta).model_dump()
        for way in ("scratch", "frozen", "finetuned")
    }
    own = ("weights", "head_epochs", "full_epochs")
    assert {way: tuple(config.pop(key) for key in own) for way, config in configs.items()} == {
        "scratch": ("random", 0, 40),
        "frozen": ("imagenet", 40, 0),
        "finetuned": ("imagenet", 0, 40),
    }
    assert configs["scratch"] == configs["frozen"] == configs["finetuned"]
    common = configs["scratch"]
    assert (common["resolution"], common["train_share"], common["seed"], common["head_features"]) == (64, 0.1, 3, "cached")


def test_it_goes_on_where_it_stopped(faces: Dataset) -> None:
    first = Fake(until=2)
    assert len(transfer.compare("Faces", shares=SHARES, train=first).missing) == 4
    stopped = comparison(faces.meta.fingerprint).status()
    assert (stopped.state, stopped.progress.done, stopped.progress.epochs) == ("stopped", 2, 6)
    seen: list[Status] = []
    second = Fake()
    result = transfer.compare("Faces", shares=SHARES, train=second, report=seen.append)
    assert first.cells + second.cells == records.plan(SHARES, 1)
    assert [now.state for now in seen] == ["starting", *["running"] * 4, "finished"]
    assert [now.progress.done for now in seen] == [0, 2, 3, 4, 5, 6]
    assert [round(now.progress.share, 4) for now in seen] == [0.0, 0.3333, 0.5, 0.6667, 0.8333, 1.0]
    assert (seen[-1].progress.epochs, seen[1].progress.note) == (6, second.cells[0].words)
    assert result.missing == []
    assert records.load(records.result_file(faces.meta.fingerprint)) == result
    assert (result.majority_baseline, result.macro_f1_baseline) == (0.6, pytest.approx(0.375))
    assert result.faces == {"train": 400, "validation": 40, "test": 50}
    more = Fake()
    transfer.compare("Faces", shares=SHARES, seeds=2, train=more)
    assert {(cell.share, cell.seed) for cell in more.cells} == {(0.1, 1)}
    anew = Fake()
    transfer.compare("Faces", shares=SHARES, train=anew, anew=True)
    assert len(anew.cells) == 6


def test_rows_of_another_recipe_are_not_mixed_in(faces: Dataset, monkeypatch: pytest.MonkeyPatch) -> None:
    transfer.compare("Faces", shares=SHARES, train=Fake())
    monkeypatch.setitem(transfer.RECIPE, "resolution", 32)
    again = Fake()
    transfer.compare("Faces", shares=SHARES, train=again)
    assert len(again.cells) == 6


def test_an_error_keeps_what_is_done_and_is_told(faces: Dataset) -> None:
    with pytest.raises(RunError, match=r"^no more$"):
        transfer.compare("Faces", shares=SHARES, train=Fake(until=1, error=RunError("no more")))
    now = comparison(faces.meta.fingerprint).status()
    assert (now.state, now.error) == ("failed", "no more")
    assert len(records.load(records.result_file(faces.meta.fingerprint)).rows) == 1


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
        transfer.compare("Faces", shares=shares, seeds=seeds, train=Fake())


def test_a_data_set_without_a_test_split_is_refused(faces: Dataset) -> None:
    rows = pd.DataFrame({"label": ["angry", "happy"] * 3, "split": ["train"] * 4 + ["validation"] * 2})
    store.write_dataset("Half", np.array(faces.images[:6]), rows, classes=("angry", "happy"), kind="folders", source="test")
    with pytest.raises(DatasetError, match=r"^Data set 'Half' has no test faces"):
        transfer.compare("Half", train=Fake())


@pytest.mark.parametrize("content", ["", "{", '{"version": 2}'])
def test_a_damaged_result_counts_as_none(tmp_path, content: str) -> None:
    file = tmp_path / "result.json"
    file.write_text(content)
    assert records.load(file) is None


def test_the_time_left_is_corrected_by_what_cells_took() -> None:
    cells = records.plan((1.0,), 1)
    ahead = transfer.Forecast(dict(zip(cells, (10.0, 20.0, 30.0), strict=True)))
    assert ahead.left(cells, 0.0, {}) == 60.0
    assert ahead.left(cells[1:], 0.5, {cells[0]: 20.0}) == 80.0
    assert ahead.left([], 0.0, {cells[0]: 20.0}) == 0.0


def test_forecast_covers_every_cell(faces: Dataset) -> None:
    cells = records.plan(SHARES, 1)
    expected = transfer.forecast(cells, faces.meta).expected
    assert list(expected) == cells
    assert all(seconds > 0 for seconds in expected.values())


def filled(accuracies: dict[tuple[str, float], tuple[float, ...]], faces: Dataset) -> Result:
    """A result with these accuracies, one a seed."""
    empty = transfer.prepared(faces, tuple(share for _, share in accuracies), 2)
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
    faces: Dataset, tmp_path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    words = ["compare-transfer", "Faces", "--shares", "0.1,1", "--out", str(tmp_path / "out.json")]
    monkeypatch.setattr(command, "_train_quietly", Fake(until=3))
    assert cli.main(words) == 2
    assert "Stopped with 3 of 6 networks done, which are kept; the same command goes on from there." in capsys.readouterr().err
    assert not (tmp_path / "out.json").exists()
    monkeypatch.setattr(command, "_train_quietly", rest := Fake())
    assert cli.main([*words, "--json"]) == 0
    assert len(rest.cells) == 3
    printed, written = json.loads(capsys.readouterr().out), json.loads((tmp_path / "out.json").read_text())
    assert printed == written
    assert set(written) == set(Result.model_fields)
    assert set(written["machine"]) == {"cores", "processor", "system"}
    assert cli.main(words) == 0
    assert "Faces: n = 50 test faces, majority baseline 0.6000" in capsys.readouterr().out
    assert cli.main(["compare-transfer", "Faces", "--shares", "many"]) == 2


# The process of the page

WORKER = """
import sys, json, time
from fer_core.errors import Stopped
from fer_core.studies import transfer
from fer_core.studies.records import Row
from fer_core.training import events, jobs
jobs.POLL_SECONDS = events.STATUS_SECONDS = 0.05
def train(dataset, cell, config, job, progress):
    for _ in range(400 if cell.way == "finetuned" else 1):
        if job.stopping:
            raise Stopped
        progress(0.5, "Half")
        time.sleep(0.05)
    scores = dict(accuracy=.7, accuracy_ci95=(.6, .8), macro_f1=.7, macro_f1_ci95=(.6, .8), n=50, correct=35, seconds=0)
    return Row(**cell.model_dump(), faces=40, epochs=1, best_epoch=1, validation_accuracy=.7, **scores)
transfer.compare(json.loads(sys.argv[1])["name"], train=train)
"""


def until(happens: Callable[[], bool], seconds: float = 60.0) -> None:
    end = time.monotonic() + seconds
    while not happens():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.05)


def test_the_process_waits_for_the_slot_works_and_stops(faces: Dataset, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "command", lambda asked: [sys.executable, "-c", WORKER, asked])
    settings().runs.mkdir(parents=True)
    with FileLock(settings().runs / ".slot.lock"):
        jobs.start(faces)
        until(lambda: jobs.status(faces).state == "queued" and jobs.status(faces).progress.epochs)
        with pytest.raises(RunError, match=r"^This comparison is being made already"):
            jobs.start(faces)
        with pytest.raises(RunError, match=r"^Another process is at work on this already"):
            transfer.compare("Faces", train=Fake())
    until(lambda: jobs.status(faces).state == "running" and jobs.status(faces).progress.note.startswith("Fine-tuned"))
    child = training_jobs._children[faces.meta.fingerprint].process
    jobs.stop(faces)
    until(lambda: jobs.status(faces).state == "stopped")
    assert [done.way for done in records.load(records.result_file(faces.meta.fingerprint)).rows] == ["frozen"]
    assert child.wait(30) == 0


def test_a_process_that_dies_before_its_first_word_has_failed(faces: Dataset, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "command", lambda asked: [sys.executable, "-c", "raise SystemExit('no room')"])
    jobs.start(faces)
    until(lambda: jobs.status(faces).state == "failed")
    assert jobs.status(faces).error == "The worker process ended before it began (exit status 1); its log says why."
    assert comparison(faces.meta.fingerprint).log_tail() == "no room"


def test_a_waiting_training_goes_first(faces: Dataset, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(training_jobs, "POLL_SECONDS", 0.01)
    waiting = [["a run"], ["a run"], []]
    monkeypatch.setattr(training_jobs, "queue", lambda: waiting.pop(0))
    told: list[str] = []
    with comparison("0" * 16).slot(lambda: told.append("waits")) as held:
        assert (held, told, waiting) == (True, ["waits"], [])


# A cell that is really trained


def test_a_cell_is_trained_tested_once_and_leaves_only_its_row(workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    from fer_core.studies.cells import train_cell

    drawn = synthetic.create_synthetic("Drawn", 60, 0)
    monkeypatch.setitem(transfer.RECIPE, "resolution", 32)
    monkeypatch.setitem(transfer.RECIPE, "fine_map", False)
    cell, job, shares = Cell(way="frozen", share=0.5, seed=0), comparison(drawn.meta.fingerprint), []
    made = train_cell(drawn, cell, transfer.cell_config(cell, drawn.meta), job, lambda share, text: shares.append(share))
    assert made.cell == cell
    assert made.n == sum(drawn.meta.counts["test"].values())
    assert made.accuracy == made.correct / made.n
    assert made.accuracy_ci95[0] <= made.accuracy <= made.accuracy_ci95[1]
    assert 1 <= made.best_epoch <= made.epochs == transfer.planned_epochs(drawn.meta, 0.5)
    assert abs(made.faces - sum(drawn.meta.counts["train"].values()) / 2) <= 3
    assert all(0 <= share <= 1 for share in shares)
    assert not job.work.exists()
    assert [path.name for path in (drawn.path / "features").glob("*.npy")] != []
    assert "Frozen backbone, 50% of the labels, seed 0." in job.log_tail()
    job.stop_file.touch()
    with pytest.raises(Stopped):
        train_cell(drawn, cell, transfer.cell_config(cell, drawn.meta), job, lambda share, text: shares.append(share))
