"""The view of what transfer buys, opened through the frame: empty, at work, made here, recorded."""

import os
from pathlib import Path

import pytest
from views import view, words

from fer_core.datasets import prepared
from fer_core.datasets.store import Dataset
from fer_core.runs.records import Status
from fer_core.studies import jobs, records, transfer
from fer_core.studies.comparison import comparison
from fer_core.studies.records import Cell, Result, Row
from fer_core.studies.work import stage


@pytest.fixture(autouse=True)
def quiet(workspace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No faces are drawn, nothing recorded ships, and no process starts."""
    prepared.remember_start()
    monkeypatch.setattr(records, "RECORDED", workspace / "recorded.json")
    monkeypatch.setattr(jobs, "command", lambda asked: pytest.fail("a process was started"))


def train(dataset, cell: Cell, config, folder, report) -> Row:
    accuracy = {"finetuned": 0.6, "frozen": 0.5, "scratch": 0.4}[cell.way] + 0.2 * cell.share
    scores = {"accuracy": accuracy, "accuracy_ci95": (accuracy - 0.1, accuracy + 0.1), "correct": round(25 * accuracy), "n": 25}
    scores |= {"macro_f1": accuracy - 0.1, "macro_f1_ci95": (accuracy - 0.2, accuracy), "validation_accuracy": 0.5}
    return Row(**cell.model_dump(), **scores, faces=max(5, round(50 * cell.share)), epochs=4, best_epoch=2, seconds=1.0)


@pytest.fixture
def result(small_dataset: Dataset) -> Result:
    """A finished comparison on `Small`."""
    return transfer.compare("Small", train=train)


def test_without_a_data_set_it_says_what_to_do(app: str) -> None:
    at = view(app, "train/studies")
    assert not at.exception
    assert "There is no comparison yet." in words(at)
    assert "There is no data set yet." in words(at)


def test_it_says_what_a_comparison_takes_and_starts_it(app: str, small_dataset: Dataset, monkeypatch: pytest.MonkeyPatch) -> None:
    started = []
    monkeypatch.setattr(jobs, "start", lambda dataset, **asked: started.append((dataset.name, asked)))
    at = view(app, "train/studies")
    at.number_input(key="transfer_seeds").set_value(2).run()
    assert "21 networks to train, about " in words(at)
    at.button(key="transfer_start").click().run()
    assert not at.exception
    assert started == [("Small", {"seeds": 2, "anew": False})]


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
    assert table["accuracy_ci"].tolist()[0] == "50.2% to 70.2%"
    assert table["n"].tolist() == [25] * 12
    at.button_group(key="transfer_score").set_value("macro_f1").run()
    assert not at.exception
    at.checkbox(key="transfer_anew").check().run()
    assert "12 networks to train, about " in words(at)


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


def test_at_work_it_shows_progress_what_is_done_and_a_stop(app: str, small_dataset: Dataset, result: Result, hold) -> None:
    job = comparison(small_dataset.meta.fingerprint)
    records.save(result.model_copy(update={"rows": result.rows[:4]}), job.result)
    cell = Cell(way="finetuned", share=0.05, seed=0)
    job.write(
        Status(
            state="running", pid=os.getpid(), progress=stage("comparison", 4, 12, note=cell.words, share=0.5, seconds_left=95.0)
        )
    )
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
    running = Status(state="running", pid=2**22 + 7, progress=stage("comparison", 1, 12))
    comparison(small_dataset.meta.fingerprint).write(running)
    at = view(app, "train/studies")
    assert [error.value for error in at.error] == ["The worker process ended without a word."]
    assert at.button(key="transfer_start").label == "Start"
