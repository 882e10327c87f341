"""Studies, opened through the frame. What transfer buys: empty, at work, made here, recorded. My studies: asked, at work."""

import json
import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from views import press, view, words

from fer_core import runs
from fer_core.datasets import folds, prepared, writing
from fer_core.datasets.store import Dataset
from fer_core.labels import FIVE
from fer_core.runs.config import preset_config
from fer_core.runs.records import Calibration, Status
from fer_core.studies import creation, folders, question, recorded, records, running, study, transfer
from fer_core.studies.records import Result
from fer_core.studies.search import Trial
from fer_core.studies.work import stage
from fer_core.training import executors, jobs
from pages.train.parts import study_form


@pytest.fixture(autouse=True)
def quiet(workspace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No faces are drawn, nothing recorded ships, and no process starts."""
    prepared.remember_start()
    monkeypatch.setattr(records, "RECORDED", workspace / "recorded.json")
    monkeypatch.setattr(recorded, "RECORDED", workspace / "recorded")
    monkeypatch.setattr(jobs, "launch", lambda job, words: pytest.fail("a process was started"))


RIGHT = {"finetuned": 20, "frozen": 17, "scratch": 15}
"""Of 25 test faces, by the way to start."""


def write_run(make_run, data: Dataset, asked: question.Question, one: question.Asked) -> None:
    """A run of a comparison that answers so many test faces as labelled."""
    config = asked.config(*one)
    run = make_run(data, name=one.words, state="finished")
    run.write(config)
    run.write(Calibration(flip=config.flip))
    rows = data.split("test")
    right = RIGHT[transfer.cell_of(one).way]
    said = [(FIVE.index(label) + (place >= right)) % 5 for place, label in enumerate(rows["label"])]
    logits = pd.DataFrame(np.eye(5, dtype=np.float32)[said], columns=[f"logit_{name}" for name in FIVE])
    run.write_predictions(
        data.meta.fingerprint, "test", rows[["id", "hash", "label"]].rename(columns={"id": "sample"}).join(logits)
    )
    counts = {"train": {"happy": max(5, round(50 * config.train_share))}}
    run.write(run.training().model_copy(update={"counts": counts}))


@pytest.fixture
def compared(small_dataset: Dataset, make_run, no_bundled_run) -> study.Study:
    """A finished comparison on `Small`, with one seed."""
    asked = transfer.asked(small_dataset)
    folders.keep(asked)
    for one in asked.plan:
        write_run(make_run, small_dataset, asked, one)
    return study.open_study(asked.name)


@pytest.fixture
def result(compared: study.Study) -> Result:
    """What was found by it."""
    return transfer.result(compared)


def test_without_a_data_set_it_says_what_to_do(app: str) -> None:
    at = view(app, "train/studies")
    assert not at.exception
    assert "There is no comparison yet." in words(at)
    assert "There is no data set yet." in words(at)


def test_it_says_what_a_comparison_takes_and_starts_it(app: str, small_dataset: Dataset, monkeypatch: pytest.MonkeyPatch) -> None:
    started = []
    monkeypatch.setattr(running, "start", lambda opened, **_: started.append((opened.question.dataset, opened.question.seeds)))
    at = view(app, "train/studies")
    at.number_input(key="transfer_seeds").set_value(2).run()
    assert "21 networks to train, about " in words(at)
    at.button(key="transfer_start").click().run()
    assert not at.exception
    assert started == [("Small", 2)]
    assert folders.open_question("What transfer buys Small").seeds == 2


def test_a_data_set_that_cannot_be_compared_on_says_why(
    app: str, small_dataset: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    meta = small_dataset.meta.model_copy(update={"counts": {**small_dataset.meta.counts, "test": {}}})
    (small_dataset.path / "dataset.json").write_text(meta.model_dump_json())
    at = view(app, "train/studies")
    assert "Data set 'Small' has no test faces, and the comparison needs all three splits." in words(at)
    assert not at.exception


def test_a_result_is_shown_with_every_number_and_in_words(app: str, result: Result) -> None:
    at = view(app, "train/studies")
    assert not at.exception
    assert not at.error
    assert "With 50, fine-tuning reaches 80.0% and training from scratch 60.0%" in words(at)
    assert "All 12 networks are done." in words(at)
    table = at.dataframe[0].value
    assert len(table) == 12
    assert table["accuracy_ci"].tolist()[0] == "60.9% to 91.1%"
    assert table["n"].tolist() == [25] * 12
    at.button_group(key="transfer_score").set_value("macro_f1").run()
    assert not at.exception
    at.number_input(key="transfer_seeds").set_value(2).run()
    assert "9 networks to train, about " in words(at)


def test_the_recorded_result_is_marked_and_stands_beside_ones_own(app: str, result: Result) -> None:
    recorded = result.model_copy(update={"dataset": "FER2013", "date": "2026-11-22T12:00:00+00:00"})
    records.save(recorded, records.RECORDED)
    at = view(app, "train/studies")
    assert "Small, " in words(at)
    assert "recorded on" not in words(at)
    at.button_group(key="transfer_source").set_value("recorded").run()
    place = recorded.machine
    assert f"FER2013, recorded on 22 November 2026 on {place.processor}, {place.cores} cores" in words(at)
    assert "resolution 64. Figures only" in words(at)
    assert not at.exception


def test_a_result_of_an_earlier_version_is_still_shown(app: str, small_dataset: Dataset, result: Result) -> None:
    for run in runs.list_runs():
        runs.delete(run)
    file = records.earlier_file(small_dataset.meta.fingerprint)
    file.parent.mkdir(parents=True)
    records.save(result, file)
    at = view(app, "train/studies")
    assert "With 50, fine-tuning reaches 80.0%" in words(at)
    assert "12 networks to train, about " in words(at)


def test_at_work_it_shows_progress_what_is_done_and_a_stop(app: str, small_dataset: Dataset, make_run, hold) -> None:
    asked = transfer.asked(small_dataset)
    folders.keep(asked)
    for one in asked.plan[:4]:
        write_run(make_run, small_dataset, asked, one)
    job = study.open_study(asked.name)
    where = stage("study", 4, 12, note=asked.plan[4].words, share=0.5, seconds_left=95.0)
    job.write(Status(state="running", pid=os.getpid(), progress=where))
    hold(job)
    at = view(app, "train/studies")
    assert not at.exception
    shown = at.get("progress")[-1].proto
    assert (shown.value, shown.text) == (
        37,
        "4 of 12 done, about 1 min 35 s left. Now: Fine-tuned from ImageNet, 5% of the labels, seed 0",
    )
    assert len(at.dataframe[0].value) == 4
    at.button(key="transfer_stop").click().run()
    assert job.stopping
    assert "Stopping after this batch; what is done is kept." in at.get("progress")[-1].proto.text


def test_a_failure_is_one_sentence(app: str, small_dataset: Dataset) -> None:
    asked = transfer.asked(small_dataset)
    folders.keep(asked)
    study.open_study(asked.name).write(Status(state="running", pid=2**22 + 7, progress=stage("study", 1, 12)))
    at = view(app, "train/studies")
    assert [error.value for error in at.error] == ["The worker process ended without a word."]
    assert at.button(key="transfer_start").label == "Start"


MINE = "train/studies#My studies"


@pytest.fixture
def asked(small_dataset: Dataset) -> question.Question:
    """A study of one resolution with two seeds on `Small`; nothing is trained."""
    return creation.create("Two seeds", "Small", preset="quick", seeds=2)


@pytest.fixture
def half_done(asked: question.Question, make_run, small_dataset: Dataset, no_bundled_run) -> study.Study:
    """The study `Two seeds`, of which the first run is finished: 23 of 25 validation faces are right, and of 25 test faces."""
    make_run(small_dataset, name="First", state="finished").write(asked.config(*asked.plan[0]))
    return study.open_study("Two seeds")


def test_without_a_study_it_says_what_one_is_and_asks_for_data(app: str) -> None:
    at = view(app, MINE)
    assert "There is no study yet. One run is an anecdote" in words(at)
    assert "There is no data set yet." in words(at)
    assert not at.exception


@pytest.fixture
def shipped(asked, make_run, small_dataset: Dataset, no_bundled_run) -> recorded.Recorded:
    """The study `Two seeds` as a document that comes with the project; the workspace has no study any more."""
    for one in asked.plan:
        make_run(small_dataset, name=one.words, state="finished").write(asked.config(*one))
    document = recorded.record(study.open_study("Two seeds"))
    recorded.RECORDED.mkdir()
    recorded.save(document, recorded.RECORDED / "two_seeds.json")
    folders.delete("Two seeds")
    return document


def test_a_recorded_study_is_there_at_first_sight_and_behind_ones_own(app: str, shipped: recorded.Recorded) -> None:
    at = view(app, MINE)
    said = words(at)
    assert "Two seeds: Small, recorded on" in said
    assert "**The recipe**. On the test faces (n = 25, few): 92.0%" in said
    assert "There is no study yet" not in said
    assert at.dataframe[0].value["Seeds"].tolist() == ["2 of 2"]
    assert "study_start" not in [button.key for button in at.button]
    creation.create("Mine", "Small", preset="frozen", seeds=1)
    at = view(app, MINE)
    assert at.selectbox(key="study").options == ["Mine", "Two seeds, recorded"]
    assert "1 run to train" in words(at)
    at.selectbox(key="study").set_value("Two seeds, recorded").run()
    assert not at.exception
    assert "Two seeds: Small, recorded on" in words(at)


def test_a_question_is_counted_before_it_is_created(app: str, small_dataset: Dataset) -> None:
    at = view(app, MINE)
    at.text_input(key="study_values_resolution").set_value("48, 64").run()
    at.number_input(key="study_seeds").set_value(4).run()
    assert "8 runs on Small, about " in words(at)
    press(at, "study_create")
    kept = folders.open_question("My study")
    assert (kept.vary, kept.seeds, kept.dataset) == ({"resolution": ("48", "64")}, 4, "Small")
    assert "8 runs to train, about " in words(at)
    assert at.button(key="study_start").label == "Start"


@pytest.mark.parametrize(
    ("values", "said"),
    [("48, 48", "needs values that differ"), ("48, 1000", "resolution"), ("48, large", "resolution")],
)
def test_values_that_are_not_allowed_are_said_and_cannot_be_created(app: str, small_dataset: Dataset, values, said) -> None:
    at = view(app, MINE)
    at.text_input(key="study_values_resolution").set_value(values).run()
    assert said in words(at)
    assert "study_create" not in [button.key for button in at.button]
    assert folders.questions() == []


def test_start_has_a_process_begin(app: str, asked: question.Question, monkeypatch) -> None:
    begun = []
    monkeypatch.setattr(running, "start", lambda opened, **_: begun.append(opened.question.name))
    at = press(view(app, MINE), "study_start")
    assert begun == ["Two seeds"]
    assert not at.exception


def test_a_study_at_work_shows_where_it_is_and_a_stop(app: str, half_done: study.Study, hold) -> None:
    where = stage("study", 1, 2, note="the recipe, seed 1", share=0.5, seconds_left=95.0)
    half_done.write(Status(state="running", pid=os.getpid(), progress=where))
    hold(half_done)
    at = view(app, MINE)
    shown = at.get("progress")[-1].proto
    assert (shown.value, shown.text) == (75, "1 of 2 runs done, about 1 min 35 s left. Now: the recipe, seed 1")
    assert "study_start" not in [button.key for button in at.button]
    press(at, "study_stop")
    assert half_done.stopping


def test_half_a_study_shows_validation_alone(app: str, half_done: study.Study) -> None:
    at = view(app, MINE)
    assert "test faces" not in words(at).replace("the test split is asked", "")
    settings, runs = at.dataframe[0].value, at.dataframe[1].value
    assert settings["Seeds"].tolist() == ["1 of 2"]
    assert settings["n"].tolist() == [25]
    assert settings["Accuracy"].tolist() == ["92.0%"]
    assert settings["95 %"].tolist() == ["75.0% to 97.8%"]
    assert runs["State"].tolist() == ["finished", "missing"]
    assert "1 runs to train" not in words(at)
    assert "1 run to train" in words(at)
    assert at.button(key="study_start").label == "Go on"


def test_a_whole_study_names_its_setting_with_the_test_faces(app: str, half_done: study.Study, make_run, small_dataset) -> None:
    asked = half_done.question
    make_run(small_dataset, name="Second", state="finished").write(asked.config(*asked.plan[1]))
    at = view(app, MINE)
    assert "**The recipe**. On the test faces (n = 25, few): 92.0%" in words(at)
    assert "study_start" not in [button.key for button in at.button]


def test_the_chosen_setting_is_trained_again_in_full(
    app: str, half_done: study.Study, make_run, small_dataset, monkeypatch
) -> None:
    asked = half_done.question
    assert "study_full" not in [button.key for button in view(app, MINE).button]
    make_run(small_dataset, name="Second", state="finished").write(asked.config(*asked.plan[1]))
    started = []

    def start(config, *, name="", executor=None):
        started.append((config, name))
        run = make_run(small_dataset, name=name, state="finished")
        run.write(config)
        return run

    monkeypatch.setattr(executors, "start", start)
    at = view(app, MINE)
    assert "The preset full, all labels, seed 2, which the study has not used: about " in words(at)
    press(at, "study_full")
    assert started == [(preset_config("Small", "full", seed=2), "Two seeds: the recipe, in full")]
    at = press(view(app, MINE), "study_full_open")
    assert len(started) == 1
    assert "Two seeds: the recipe, in full" in words(at)


def test_two_settings_are_compared_in_words(app: str, small_dataset: Dataset, make_run, no_bundled_run) -> None:
    asked = creation.create("Sizes", "Small", preset="quick", vary={"resolution": ("48", "64")}, seeds=1)
    for one in asked.plan:
        make_run(small_dataset, name=one.words, state="finished").write(asked.config(*one))
    assert "**Resolution 48 and resolution 64 are level on validation** (1 seed, the same faces, n = 25, few)." in words(
        view(app, MINE)
    )


@pytest.fixture
def people(small_dataset: Dataset, no_bundled_run) -> Dataset:
    """`Small` with five persons on its faces."""
    rows = small_dataset.samples[["label", "split"]].assign(subject=[f"p{place % 5}" for place in range(100)])
    return writing.write_dataset(
        "Small", small_dataset.images, rows, classes=FIVE, kind="kaggle", source="small.zip", overwrite=True
    )


def test_persons_are_left_out_and_shown_fold_by_fold(app: str, people: Dataset, make_run) -> None:
    at = view(app, MINE)
    at.selectbox(key="study_folds").set_value("Each of 5 persons left out once").run()
    at.number_input(key="study_seeds").set_value(1).run()
    at.selectbox(key="study_vary").set_value("Nothing: the same recipe with several seeds").run()
    at.text_input(key="study_name").set_value("Apart").run()
    assert "5 runs on Small, about " in words(at)
    press(at, "study_create")
    asked = folders.open_question("Apart")
    assert (asked.folds, asked.seeds, len(asked.plan)) == (5, 1, 5)
    for one in asked.plan:
        fold = folds.open_fold("Small", one.fold)
        make_run(fold, name=one.words, state="finished").write(asked.config(*one))
    at = view(app, MINE)
    said = words(at)
    assert "**Of persons it has never seen it answers 90.0% as labelled** (95 % interval over persons" in said
    assert "n = 100: faces of 5 persons" in said
    assert "Always the most frequent class: 40.0%" in said
    assert at.dataframe[-1].value["Left out"].tolist() == [f"{place}/5" for place in range(1, 6)]


def test_a_search_is_asked_and_its_trials_are_shown(
    app: str, small_dataset: Dataset, make_run, no_bundled_run, monkeypatch
) -> None:
    monkeypatch.setattr(creation, "refusal", lambda: "")
    monkeypatch.setattr(study_form, "refusal", lambda: "")
    at = view(app, MINE)
    at.selectbox(key="study_preset").set_value("frozen").run()
    at.button_group(key="study_kind").set_value("Search").run()
    at.number_input(key="study_trials_n").set_value(3).run()
    at.text_area(key="study_ranges_frozen").set_value("dropout=0..0.5\nclass_weighting").run()
    assert "A line is SETTING=LOW..HIGH or SETTING=VALUE,VALUE; got 'class_weighting'." in words(at)
    at.text_area(key="study_ranges_frozen").set_value("dropout=0..0.5\nclass_weighting=none,sqrt").run()
    assert "3 runs on Small, at most about " in words(at)
    at = press(at, "study_create")
    asked = folders.open_question("My study")
    assert (asked.search, asked.seeds, asked.vary) == (3, 1, {"dropout": ("0..0.5",), "class_weighting": ("none", "sqrt")})
    assert "3 runs to train, at most about " in words(at)
    rows = [("finished", 0.6), ("pruned", 0.2), ("finished", 0.92)]
    trials = [
        Trial(number=number, values={"dropout": f"0.{number}", "class_weighting": "sqrt"}, state=state, value=value)
        for number, (state, value) in enumerate(rows)
    ]
    file = folders.folder(asked.name) / "trials.json"
    file.write_text(json.dumps([trial.model_dump() for trial in trials]))
    for trial in (trials[0], trials[2]):
        make_run(small_dataset, name="x", state="finished").write(asked.config(*asked.trial(trial)))
    at = view(app, MINE)
    assert "3 of 3 trials, 1 pruned" in words(at)
    assert "**Trial 1 and trial 3 are level on validation**" in words(at)
    assert "Trial 1: dropout 0.0, class weighting sqrt." in words(at)
    assert "study_start" not in [button.key for button in at.button]


def test_a_study_that_failed_says_so_in_one_sentence(app: str, asked: question.Question) -> None:
    study.open_study("Two seeds").write(Status(state="running", pid=2**22 + 7))
    at = view(app, MINE)
    assert [error.value for error in at.error] == ["The worker process ended without a word."]
    assert at.button(key="study_start").label == "Go on"


def test_who_looks_on_sees_the_study_and_starts_nothing(app: str, half_done: study.Study, monkeypatch) -> None:
    monkeypatch.setenv("FER_ACCESS", "read")
    at = view(app, MINE)
    assert at.dataframe[0].value["Seeds"].tolist() == ["1 of 2"]
    assert {"study_start", "study_create"} & {button.key for button in at.button} == set()


@pytest.mark.parametrize(("place", "start", "key"), [(MINE, "study_start", "study"), ("train/new_run", "Start training", "run")])
def test_where_two_executors_can_be_used_one_is_chosen(app: str, asked, monkeypatch, place, start, key) -> None:
    both = list(executors.EXECUTORS.values())
    began: list[str | None] = []
    monkeypatch.setattr(executors, "usable", lambda: both)
    monkeypatch.setattr(running, "start", lambda opened, executor=None: began.append(executor))
    monkeypatch.setattr(
        executors, "start", lambda config, name="", executor=None: began.append(executor) or runs.open_run("bundled")
    )
    at = view(app, place)
    choice = at.button_group(key=f"{key}_executor")
    assert choice.value == "local"
    choice.set_value("slurm").run()
    press(at, start)
    assert began == ["slurm"]


@pytest.mark.parametrize("place", [MINE, "train/new_run"])
def test_where_there_is_one_place_nothing_is_asked(app: str, asked, monkeypatch, place) -> None:
    monkeypatch.setattr(executors, "usable", lambda: [executors.EXECUTORS["local"]])
    at = view(app, place)
    assert [group.key for group in at.button_group if str(group.key).endswith("_executor")] == []
