"""Search: ranges as they are typed, what Optuna proposes and is told, pruning by validation, and going on after a stop."""

from __future__ import annotations

import json
import time

import numpy as np
import pandas as pd
import pytest

from fer_core import runs
from fer_core.cli import main
from fer_core.datasets import store, writing
from fer_core.errors import InputError
from fer_core.runs.config import RunConfig, preset_config
from fer_core.runs.records import Status, Training
from fer_core.studies import answers, folders, running, search, study
from fer_core.studies.search import Range, Search, read_range
from fer_core.training import executors

CLASSES = ("angry", "happy")
WORDS = ["study", "create", "Rates", "--dataset", "Pairs", "--preset", "quick", "--vary", "dropout=0..0.5"]


@pytest.fixture
def data(workspace) -> store.Dataset:
    """80 random faces, named `Pairs`: of each class 20 to train, 10 to validate and 10 to test on."""
    splits = ["train"] * 20 + ["validation"] * 10 + ["test"] * 10
    rows = pd.DataFrame([{"label": name, "split": split} for name in CLASSES for split in splits])
    images = np.random.default_rng(0).integers(0, 256, (80, 48, 48), dtype=np.uint8)
    return writing.write_dataset("Pairs", images, rows, classes=CLASSES, kind="folders", source="x")


@pytest.mark.parametrize(
    ("text", "whole", "expected"),
    [
        ("1e-4..1e-2", False, Range(low=1e-4, high=1e-2)),
        ("0..0.5", False, Range(low=0, high=0.5)),
        ("32..96/16", True, Range(low=32, high=96, step=16, whole=True)),
        ("1..4", True, Range(low=1, high=4, whole=True)),
        ("mobilenet", False, None),
        ("0.1", False, None),
    ],
)
def test_ranges_as_they_are_typed(text, whole, expected):
    assert read_range(text, whole=whole) == expected


def test_a_range_of_factors_is_logarithmic_and_has_its_middle_there():
    rates, shares = Range(low=1e-4, high=1e-2), Range(low=0, high=0.5)
    assert (rates.logarithmic, shares.logarithmic, Range(low=1, high=9).logarithmic) == (True, False, False)
    assert (rates.middle, shares.middle) == (pytest.approx(1e-3), 0.25)
    assert Range(low=32, high=97, step=1, whole=True).middle == 64


@pytest.mark.parametrize("text", ["2..1", "1..1", "0..1/0", "0..1/2"])
def test_a_range_that_is_none_is_refused(text):
    with pytest.raises(InputError, match=r"A range is LOW\.\.HIGH"):
        read_range(text, whole=False)


def test_without_optuna_it_says_how_to_get_it(data, monkeypatch, capsys):
    monkeypatch.setattr(search.importlib.util, "find_spec", lambda name: None)
    assert main([*WORDS, "--search", "4"]) == 2
    assert "A search needs Optuna: install it with `pip install -r requirements-extra.txt`." in capsys.readouterr().err
    assert folders.questions() == []


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "'dropout' is a range, and only a search goes through one"),
        (["--search", "4", "--seeds", "2"], "A search trains each trial once"),
        (["--search", "1"], "Search: Input should be greater than or equal to 2"),
        (["--search", "4", "--vary", "head_epochs=1..3.5"], "Here a range needs whole numbers; got '1..3.5'."),
        (["--search", "4", "--vary", "weight_decay=0..3"], "weight_decay must be 0 to 0.5"),
    ],
)
def test_what_cannot_be_searched_is_one_sentence(data, monkeypatch, capsys, words, said):
    monkeypatch.setattr("fer_core.studies.creation.refusal", lambda: "")
    assert main([*WORDS, *words]) == 2
    assert said in capsys.readouterr().err


# With Optuna


@pytest.fixture
def optuna():
    """The extra, or the reason for which the test is skipped."""
    return pytest.importorskip("optuna", reason="needs optuna of requirements-extra.txt")


SPACE = {"dropout": Range(low=0, high=0.5), "batch_size": Range(low=8, high=64, whole=True), "class_weighting": ("none", "sqrt")}


def test_two_processes_on_one_journal_never_propose_under_one_number(optuna, tmp_path):
    first, second = Search(tmp_path, SPACE, 6), Search(tmp_path, SPACE, 6)
    for one in (first, second, second, first):
        one.propose()
    rows = search.trials(tmp_path)
    assert [row.number for row in rows] == [0, 1, 2, 3]
    assert (first.left, second.left) == (2, 2)
    for row in rows:
        assert 0 <= float(row.values["dropout"]) <= 0.5
        assert 8 <= int(row.values["batch_size"]) <= 64
        assert row.values["class_weighting"] in ("none", "sqrt")
    # Opened again it proposes something else.
    third = Search(tmp_path, SPACE, 6)
    third.propose()
    assert search.trials(tmp_path)[-1].values not in [row.values for row in rows]


def test_a_trial_behind_the_median_is_pruned_after_others_have_ended(optuna, tmp_path):
    hunt = Search(tmp_path, SPACE, 8)
    for number in range(4):
        hunt.propose()
        assert not hunt.report(number, {1: 0.5})
        hunt.finish(number, 0.6, {1: 0.5, 2: 0.6})
    hunt.propose()
    assert not hunt.report(4, {1: 0.1})  # its first epoch
    assert hunt.report(4, {1: 0.1, 2: 0.1})
    again = Search(tmp_path, SPACE, 8)
    assert again.is_stopping(4)
    again.prune(4)
    again.propose()
    assert not again.report(5, {1: 0.5, 2: 0.7})
    assert [(row.state, row.value) for row in search.trials(tmp_path)] == [
        *[("finished", 0.6)] * 4,
        ("pruned", 0.1),
        ("running", 0.7),
    ]


@pytest.fixture
def trains(data, monkeypatch) -> list[RunConfig]:
    """Runs that were started. The nearer dropout is to 0.2, the more of 20 faces are right; the fifth never gets beyond 0.1."""
    started: list[RunConfig] = []

    def start(config: RunConfig, *, name: str = "", executor: str | None = None) -> runs.Run:
        started.append(config)
        slow = len(started) == 5
        right = 2 if slow else 18 - round(20 * abs(config.dropout - 0.2))
        run = runs.create(config, name=name)
        run.write(Status(state="queued" if slow else "finished", created=time.time(), best_epoch=2))
        run.write(Training(dataset=data.name, fingerprint=data.meta.fingerprint, classes=CLASSES, seconds=60))
        # Without the mirrored faces, which are averaged in the end, an epoch scores a little less.
        epochs = pd.DataFrame({"epoch": [1, 2], "phase": "head", "val_accuracy": [right / 40, (right - (not slow)) / 20]})
        epochs.to_csv(run.epochs_file, index=False)
        for split in ("validation", "test"):
            rows = data.split(split)
            said = [CLASSES.index(label) ^ (place >= right) for place, label in enumerate(rows["label"])]
            logits = pd.DataFrame(np.eye(2, dtype=np.float32)[said], columns=[f"logit_{name}" for name in CLASSES])
            run.write_predictions(
                data.meta.fingerprint, split, rows[["id", "hash", "label"]].rename(columns={"id": "sample"}).join(logits)
            )
        return run

    monkeypatch.setattr(executors, "start", start)
    monkeypatch.setattr(executors, "stop", lambda run: run.write(Status(state="stopped", best_epoch=2)))
    monkeypatch.setattr(running, "POLL_SECONDS", 0.01)
    return started


def test_a_search_goes_on_after_a_stop_and_chooses_on_validation(optuna, trains, capsys):
    assert main([*WORDS, "--search", "7"]) == 0
    assert "Rates: a search of 7 trials" in capsys.readouterr().out
    opened = study.open_study("Rates")
    assert running.expected_seconds(opened, opened.members()) > 0

    def stop_after_three(now: Status) -> None:
        if now.progress.done >= 3:
            opened.stop_file.touch()

    running.run("Rates", report=stop_after_three)
    assert (opened.status().state, opened.status().progress.done, opened.status().progress.epochs) == ("stopped", 3, 7)
    assert (len(trains), answers.of(opened).choice) == (3, None)
    assert main(["study", "run", "Rates", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert opened.status().state == "finished"
    assert len(trains) == 7
    assert [trial["state"] for trial in found["trials"]] == [*["finished"] * 4, "pruned", *["finished"] * 2]
    assert found["trials"][4]["value"] == 0.1
    assert len({trial["values"]["dropout"] for trial in found["trials"]}) == 7
    best = max(found["trials"], key=lambda trial: trial["value"])
    assert found["chosen"]["values"] == best["values"]
    assert (found["settings"][0]["mean"], found["chosen"]["test"]["mean"]) == (best["value"], best["value"])
    for config, trial in zip(trains, found["trials"], strict=True):
        assert config == preset_config("Pairs", "quick", **trial["values"], seed=0)
    # The same search again trains nothing.
    assert main(["study", "run", "Rates"]) == 0
    assert len(trains) == 7
    assert f"trial {best['number'] + 1} finished" in capsys.readouterr().out


def test_a_budget_ends_a_search(optuna, trains):
    assert main([*WORDS, "--search", "7", "--budget", "2"]) == 0
    running.run("Rates")
    assert len(trains) == 2
    assert study.open_study("Rates").status().progress.note == "the budget is spent"
