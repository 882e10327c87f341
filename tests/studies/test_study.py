"""A study at work: runs that exist are taken, those missing are started, those that broke off resumed; stop, budget, failures.

The runs here are written as a worker would leave them; tests/training trains real ones.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pandas as pd
import pytest

from fer_core import runs
from fer_core.cli import main
from fer_core.datasets import writing
from fer_core.datasets.store import Dataset
from fer_core.errors import RunError
from fer_core.runs.config import RunConfig, preset_config
from fer_core.runs.records import Status, Training
from fer_core.studies import answers, creation, folders, question, recorded, running, study
from fer_core.training import executors

CLASSES = ("angry", "happy")


@pytest.fixture
def data(workspace) -> Dataset:
    """80 random faces, named `Pairs`: of each class 20 to train, 10 to validate and 10 to test on."""
    splits = ["train"] * 20 + ["validation"] * 10 + ["test"] * 10
    rows = [
        {"label": name, "split": split, "usage": split, "file": f"{name}{n}"}
        for name in CLASSES
        for n, split in enumerate(splits)
    ]
    images = np.random.default_rng(0).integers(0, 256, (80, 48, 48), dtype=np.uint8)
    return writing.write_dataset(
        "Pairs", images, pd.DataFrame(rows), classes=CLASSES, kind="kaggle", source="x", skipped={}, rejected=[]
    )


def write_run(data: Dataset, config: RunConfig, *, right: int, state: str = "finished", minutes: float = 1.0) -> runs.Run:
    """A run that answers the first `right` of 20 validation faces, and as many test faces, as their label says."""
    run = runs.create(config)
    run.write(Status(state=state, created=time.time(), error="The disk is full." if state == "failed" else None))
    run.write(Training(dataset=data.name, fingerprint=data.meta.fingerprint, classes=CLASSES, seconds=60 * minutes))
    for split in ("validation", "test"):
        rows = data.split(split)
        said = [CLASSES.index(label) ^ (place >= right) for place, label in enumerate(rows["label"])]
        logits = pd.DataFrame(np.eye(2, dtype=np.float32)[said], columns=[f"logit_{name}" for name in CLASSES])
        run.write_predictions(
            data.meta.fingerprint, split, rows[["id", "hash", "label"]].rename(columns={"id": "sample"}).join(logits)
        )
    return run


@pytest.fixture
def trains(data, monkeypatch) -> list[RunConfig]:
    """Runs that were started; each ends at once, with 12 of 20 faces right, and two more for each step of dropout 0.1."""
    started: list[RunConfig] = []

    def start(config: RunConfig, *, name: str = "", executor: str | None = None) -> runs.Run:
        started.append(config)
        return write_run(data, config, right=12 + round(20 * config.dropout))

    monkeypatch.setattr(executors, "start", start)
    monkeypatch.setattr(running, "POLL_SECONDS", 0.01)
    return started


def ask(**changes) -> question.Question:
    return creation.create("Dropout", "Pairs", vary={"dropout": ["0", "0.1", "0.2"]}, seeds=2, **changes)


def test_all_runs_are_trained_and_the_best_setting_is_chosen_on_validation(trains):
    asked = ask()
    running.run("Dropout")
    assert trains == [asked.config(*one) for one in asked.plan]
    opened = study.open_study("Dropout")
    assert opened.status().state == "finished"
    found = answers.find(opened.members())
    assert [(a.setting.values["dropout"], a.accuracy.mean, a.planned, len(a.runs)) for a in found.answers] == [
        ("0.2", 0.8, 2, 2),
        ("0.1", 0.7, 2, 2),
        ("0", 0.6, 2, 2),
    ]
    assert (found.baseline, found.minutes) == (0.5, 6.0)
    assert found.choice.answer.setting.values == {"dropout": "0.2"}
    assert found.choice.accuracy.mean == 0.8
    assert (found.choice.ahead.mean, found.choice.ahead.seeds, found.choice.ahead.n) == (pytest.approx(0.1), 2, 20)


def test_runs_that_are_there_are_taken_whatever_preset_they_came_from(trains, data):
    asked = ask()
    first = asked.config(*asked.plan[0])
    write_run(data, first.model_copy(update={"preset": "full"}), right=5)
    running.run("Dropout")
    assert first not in trains
    assert len(trains) == 5
    assert answers.find(study.open_study("Dropout").members()).answers[-1].accuracy.mean == pytest.approx((5 + 12) / 40)


def test_a_run_that_broke_off_is_resumed(trains, data, monkeypatch):
    asked = ask()
    broken = write_run(data, asked.config(*asked.plan[2]), right=3, state="failed")
    resumed = []

    def resume(run, *, executor=None):
        resumed.append(run.id)
        run.write(Status(state="finished"))

    monkeypatch.setattr(executors, "resume", resume)
    running.run("Dropout")
    assert resumed == [broken.id]
    assert len(trains) == 5


def test_a_run_on_data_that_have_changed_does_not_count(trains, data):
    asked = ask()
    old = write_run(data, asked.config(*asked.plan[0]), right=5)
    old.write(Training(dataset="Pairs", fingerprint="0" * 16, classes=CLASSES))
    running.run("Dropout")
    assert len(trains) == 6


def test_a_failed_run_fails_the_study_after_the_others(trains, data, monkeypatch):
    asked = ask()

    def start(config: RunConfig, *, name: str = "", executor: str | None = None) -> runs.Run:
        trains.append(config)
        return write_run(data, config, right=9, state="failed" if config.dropout == 0.1 else "finished")

    monkeypatch.setattr(executors, "start", start)
    with pytest.raises(RunError, match=r"2 of 6 runs failed, the first with: The disk is full\. Start the study again"):
        running.run("Dropout")
    assert len(trains) == len(asked.plan)
    assert study.open_study("Dropout").status().state == "failed"
    assert answers.find(study.open_study("Dropout").members()).choice is None


def test_a_budget_that_is_spent_starts_nothing_more(trains, capsys):
    ask(budget_minutes=2.5)
    assert main(["study", "run", "Dropout"]) == 0
    assert len(trains) == 3
    assert "stopped (the budget is spent): 3 of 6 runs are done" in capsys.readouterr().out


@pytest.mark.parametrize(("times", "finished"), [(2, True), (3, False)])
def test_a_run_whose_process_is_gone_goes_on_up_to_three_times(trains, data, monkeypatch, times, finished):
    """A killed process leaves a run that says it is running, of a process that is not there."""
    creation.create("One", "Pairs", seeds=1)
    gone = Status(state="running", created=1.0, pid=2**22 + 7)
    begun = []

    def start(config: RunConfig, *, name: str = "", executor: str | None = None) -> runs.Run:
        run = write_run(data, config, right=9)
        go_on(run)
        return run

    def go_on(run: runs.Run, *, executor: str | None = None) -> None:
        begun.append(run.id)
        run.write(gone if len(begun) <= times else Status(state="finished"))

    monkeypatch.setattr(executors, "start", start)
    monkeypatch.setattr(executors, "resume", go_on)
    if finished:
        running.run("One")
    else:
        with pytest.raises(RunError, match=r"1 of 1 runs failed, the first with: The worker process ended without a word\."):
            running.run("One")
    assert len(begun) == 3
    assert len(set(begun)) == 1


def test_two_studies_that_ask_for_the_same_runs_train_each_once(data, monkeypatch):
    creation.create("Two", "Pairs", vary={"dropout": ["0", "0.1"]}, seeds=2)
    creation.create("Three", "Pairs", vary={"dropout": ["0.1", "0", "0.2"]}, seeds=2)
    started = []

    def start(config: RunConfig, *, name: str = "", executor: str | None = None) -> runs.Run:
        started.append((config.dropout, config.seed))
        time.sleep(0.1)
        return write_run(data, config, right=9)

    monkeypatch.setattr(executors, "start", start)
    monkeypatch.setattr(running, "POLL_SECONDS", 0.01)
    monkeypatch.setenv("FER_SLOTS", "2")
    with ThreadPoolExecutor(2) as pool:
        done = list(pool.map(running.run, ["Two", "Three"]))
    assert [opened.status().state for opened in done] == ["finished", "finished"]
    assert sorted(started) == [(dropout, seed) for dropout in (0.0, 0.1, 0.2) for seed in (0, 1)]


def test_a_study_has_one_process(trains, hold):
    ask()
    hold(study.open_study("Dropout"))
    with pytest.raises(RunError, match="Another process is at work on this already"):
        running.run("Dropout")
    assert trains == []


def test_a_stop_keeps_what_is_done(trains, monkeypatch):
    ask()
    opened = study.open_study("Dropout")

    def stop_after_two(now: Status) -> None:
        if now.progress.done >= 2:
            opened.stop_file.touch()

    running.run("Dropout", report=stop_after_two)
    assert opened.status().state == "stopped"
    assert len(trains) == 2
    running.run("Dropout")
    assert opened.status().state == "finished"
    assert len(trains) == 6


def test_two_processes_do_not_work_on_one_study(trains, hold: Callable):
    ask()
    hold(study.open_study("Dropout"))
    with pytest.raises(RunError, match="Another process is at work"):
        running.run("Dropout")
    assert trains == []


def test_two_slots_are_filled(trains, data, monkeypatch):
    ask()
    monkeypatch.setenv("FER_SLOTS", "2")
    most = []

    def start(config: RunConfig, *, name: str = "", executor: str | None = None) -> runs.Run:
        run = write_run(data, config, right=9, state="queued")
        most.append(sum(entry.status().state == "queued" for entry in runs.list_runs() if not entry.read_only))
        if most[-1] == 2:
            for entry in runs.list_runs():
                if not entry.read_only:
                    entry.write(Status(state="finished"))
        return run

    monkeypatch.setattr(executors, "start", start)
    running.run("Dropout")
    assert max(most) == 2
    assert len(most) == 6


def test_the_command_line_asks_and_answers(trains, capsys):
    words = [
        "study",
        "create",
        "Rates",
        "--dataset",
        "Pairs",
        "--vary",
        "dropout=0,0.2",
        "--seeds",
        "2",
        "--set",
        "resolution=48",
    ]
    assert main(words) == 0
    assert "Rates: 2 settings, 2 seeds, 4 runs" in capsys.readouterr().out
    assert main(["study", "status", "Rates", "--json"]) == 0
    status = json.loads(capsys.readouterr().out)
    assert (status["state"], status["finished"], len(status["runs"])) == ("created", 0, 4)
    assert main(["study", "run", "Rates"]) == 0
    said = capsys.readouterr().out
    assert "Chosen on validation: dropout 0.2. On test: 0.8000" in said
    again = "train Pairs --preset full --set resolution=48 --set dropout=0.2 --set seed=2"
    assert f"To train it again in full: python -m fer_core {again}" in said
    assert main(["study", "show", "Rates", "--json"]) == 0
    shown = json.loads(capsys.readouterr().out)
    assert [(row["values"], row["n_seeds"], row["mean"]) for row in shown["settings"]] == [
        ({"dropout": "0.2"}, 2, 0.8),
        ({"dropout": "0"}, 2, 0.6),
    ]
    assert all(run in [entry.id for entry in runs.list_runs()] for row in shown["settings"] for run in row["runs"])
    assert shown["chosen"]["values"] == {"dropout": "0.2"}
    assert shown["chosen"]["in_full"].endswith(again)
    assert main(["study", "list"]) == 0
    assert "Rates: finished, 4 of 4 runs on Pairs" in capsys.readouterr().out


def test_a_whole_study_is_kept_as_figures_and_read_again(trains, tmp_path, monkeypatch, capsys):
    ask()
    file = tmp_path / "dropout.json"
    assert main(["study", "show", "Dropout", "--out", str(file)]) == 2
    assert "0 of 6 runs of the study 'Dropout' are done" in capsys.readouterr().err
    assert not file.exists()
    running.run("Dropout")
    assert main(["study", "show", "Dropout", "--out", str(file)]) == 0
    assert "the best is ahead by +20.0 points" in capsys.readouterr().out
    (tmp_path / "other.json").write_text('{"version": 2}')
    monkeypatch.setattr(recorded, "RECORDED", tmp_path)
    (document,) = recorded.recorded()
    members = study.open_study("Dropout").members()
    assert (document.question, document.findings) == (folders.open_question("Dropout"), answers.find(members))
    assert [round(answer.behind.mean, 9) if answer.behind else None for answer in document.findings.answers] == [None, 0.1, 0.2]
    assert document.curves.columns.tolist() == answers.curves(members).columns.tolist()


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["study", "show", "Nothing"], "There is no study 'Nothing'"),
        (["study", "run"], "study run expects the NAME"),
        (["study", "create", "A"], "study create expects --dataset NAME"),
        (["study", "create", "A", "--dataset", "Nowhere"], "Nowhere"),
        (["study", "create", "A", "--dataset", "Pairs", "--vary", "dropout"], "--vary expects KEY=VALUE; got 'dropout'"),
        (["study", "create", "A", "--dataset", "Pairs", "--set", "a=1", "--set", "a=2"], "--set names 'a' twice"),
    ],
)
def test_errors_are_one_sentence(data, words, sentence, capsys):
    assert main(words) == 2
    error = capsys.readouterr().err
    assert sentence in error
    assert error.count("\n") == 1


def test_a_preset_is_a_name_alone(workspace):
    asked = creation.create("Presets", "Faces", preset="full", changes={"full_epochs": "2"}, seeds=1)
    assert asked.config(*asked.plan[0]) == preset_config("Faces", "full", full_epochs=2, seed=0)
