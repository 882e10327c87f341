"""Persons left out: known answers of the pooled scores, a study of folds from the command line, and a real one."""

from __future__ import annotations

import json
import time

import numpy as np
import pandas as pd
import pytest

from fer_core import runs
from fer_core.cli import main
from fer_core.datasets import folds, store, writing
from fer_core.evaluation.intervals import cluster_interval, wilson
from fer_core.evaluation.metrics import macro_f1
from fer_core.runs.config import RunConfig
from fer_core.runs.records import Status, Training
from fer_core.studies import answers, creation, running, study
from fer_core.training import executors

CLASSES = ("angry", "happy")
PEOPLE = 6


@pytest.fixture
def people(workspace) -> store.Dataset:
    """Six persons of eight faces each, four of a class, as the file says; each class has its own brightness."""
    who = np.repeat([f"p{number}" for number in range(PEOPLE)], 8)
    labels = np.tile(CLASSES, len(who) // 2)
    images = np.random.default_rng(0).integers(0, 100, (len(who), 48, 48)) + 120 * (labels == "happy")[:, None, None]
    rows = pd.DataFrame({"label": labels, "split": "train", "subject": who})
    return writing.write_dataset("People", images.astype(np.uint8), rows, classes=CLASSES, kind="folders", source="people.zip")


def write_run(config: RunConfig) -> runs.Run:
    """A run that answers all faces of the even persons as labelled, and of the odd ones half; less with dropout."""
    data = folds.open_fold(config.dataset, config.fold)
    run = runs.create(config)
    run.write(Status(state="finished", created=time.time()))
    run.write(Training(dataset=data.name, fingerprint=data.meta.fingerprint, classes=CLASSES, seconds=60))
    for split in ("validation", "test"):
        rows = data.split(split)
        wrong = (rows.index % 4 == 0) if config.dropout else (rows["subject"].str[1].astype(int) % 2 == 1) & (rows.index % 2 == 0)
        said = [CLASSES.index(label) ^ bool(miss) for label, miss in zip(rows["label"], wrong, strict=True)]
        logits = pd.DataFrame(np.eye(2, dtype=np.float32)[said], columns=[f"logit_{name}" for name in CLASSES])
        run.write_predictions(
            data.meta.fingerprint, split, rows[["id", "hash", "label"]].rename(columns={"id": "sample"}).join(logits)
        )
    return run


@pytest.fixture
def trains(people, monkeypatch) -> list[RunConfig]:
    """Runs that were started; each ends at once."""
    started: list[RunConfig] = []

    def start(config: RunConfig, *, name: str = "", executor: str | None = None) -> runs.Run:
        started.append(config)
        return write_run(config)

    monkeypatch.setattr(executors, "start", start)
    monkeypatch.setattr(running, "POLL_SECONDS", 0.01)
    return started


def test_each_person_is_answered_once_and_the_interval_is_over_persons(trains, capsys):
    assert main(["study", "create", "Apart", "--dataset", "People", "--set", "dropout=0", "--folds", "all"]) == 0
    assert "1 settings, 6 folds, 1 seeds, 6 runs" in capsys.readouterr().out
    opened = study.open_study("Apart")
    for one in opened.question.plan[:2]:
        write_run(opened.question.config(*one))
    half = answers.find(opened.members(), opened.persons())
    assert (half.choice, half.left_out.persons, half.left_out.accuracy.ci95) == (None, 2, None)
    assert main(["study", "run", "Apart", "--json"]) == 0
    assert len(trains) == 4
    found = json.loads(capsys.readouterr().out)["left_out"]
    assert [(fold["persons"], fold["accuracy"], fold["n"]) for fold in found["folds"]] == [
        ([f"p{number}"], 0.5 if number % 2 else 1.0, 8) for number in range(PEOPLE)
    ]
    assert found["folds"][1]["ci95"] == pytest.approx(wilson(4, 8))
    assert (found["accuracy"]["mean"], found["accuracy"]["n"], found["baseline"]) == (0.75, 48, 0.5)
    # Six persons of which three have 1 and three 0.5: far wider than 48 faces by themselves, sqrt(0.75 x 0.25 / 48) = 0.0625.
    low, high = found["accuracy"]["ci95"]
    assert (low, high) == (pytest.approx(0.5 + 1 / 12, abs=0.05), pytest.approx(1 - 1 / 12, abs=0.05))
    assert main(["study", "show", "Apart"]) == 0
    said = capsys.readouterr().out
    assert "fold 2/6, p1: 0.5000" in said
    assert "Persons left out, 6 of them in 6 of 6 folds: 0.7500" in said


def test_of_two_settings_validation_chooses_and_its_persons_alone_are_shown(trains):
    creation.create("Two", "People", vary={"dropout": ["0", "0.5"]}, folds=3)
    running.run("Two")
    opened = study.open_study("Two")
    found = answers.find(opened.members(), opened.persons())
    assert len(trains) == 6
    chosen = found.choice.answer
    assert (len(found.left_out.folds), len(found.left_out.folds[0].persons)) == (3, 2)
    assert found.choice.accuracy == found.left_out.accuracy
    assert chosen.accuracy.mean == max(answer.accuracy.mean for answer in found.answers)
    mine = [member for member in opened.members() if member.setting == chosen.setting]
    right = [len(member.run.predictions(member.run.training().fingerprint, "test")) for member in mine]
    assert sum(right) == found.left_out.accuracy.n == 48
    assert found.choice.ahead.ci95[0] <= found.choice.ahead.mean <= found.choice.ahead.ci95[1]


def test_an_interval_over_groups_is_wider_than_over_faces_that_agree_in_them():
    # Ten persons of ten faces, five answered always and five never: over persons as one throw of a coin each.
    matrices = np.array([[[10, 0], [0, 0]]] * 5 + [[[0, 10], [0, 0]]] * 5)
    low, high = cluster_interval(matrices, lambda counts: counts[..., 0, 0] / counts.sum(axis=(-2, -1)))
    assert (low, high) == (pytest.approx(0.5 - 0.31, abs=0.1), pytest.approx(0.5 + 0.31, abs=0.1))
    assert cluster_interval(matrices[:5], macro_f1) == (1.0, 1.0)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--folds", "1"], "--folds expects a number of at least 2, or all; got '1'."),
        (["--folds", "7"], "Folds are 2 to 6, as many as there are persons in 'People'; got 7."),
        (["--folds", "2", "--vary", "fold=1/2,2/2"], "'fold' cannot vary here: say how many folds."),
        (["--set", "seed=3"], "'seed' cannot be set here: say how many seeds."),
    ],
)
def test_what_cannot_be_asked_is_one_sentence(people, capsys, words, said):
    assert main(["study", "create", "No", "--dataset", "People", *words]) == 2
    assert said in capsys.readouterr().err


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_real_runs_leave_their_persons_out(people, capsys):
    recipe = ["--preset", "frozen", "--set", "fine_map=false", "--set", "head_epochs=1", "--set", "resolution=32"]
    assert main(["study", "create", "Real", "--dataset", "People", *recipe, "--folds", "2"]) == 0
    assert main(["study", "run", "Real", "--json"]) == 0
    found = json.loads(capsys.readouterr().out.partition("\n")[2])
    assert sum(fold["n"] for fold in found["left_out"]["folds"]) == 48
    for member in study.open_study("Real").members():
        fold = folds.open_fold("People", member.asked.fold)
        trained = set(member.run.training_samples()["hash"])
        assert trained == set(fold.split("train")["hash"])
        assert not trained & set(fold.split("test")["hash"])
