"""The page Runs, opened through the frame: all runs, one run, and its code."""

import json
import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest
from views import buttons, by_label, view, words

from fer_core import runs
from fer_core.backbones import BACKBONES
from fer_core.datasets import prepared, store
from fer_core.datasets.store import Dataset
from fer_core.labels import FIVE
from fer_core.runs import Run, moments
from fer_core.runs.config import RunConfig, preset_config
from fer_core.runs.records import Stage, Status
from fer_core.training import checkpoint, executors, jobs
from pages.train.parts import keras_code, run_table
from pages.ui.faces import png_uri


@pytest.fixture(autouse=True)
def quiet(workspace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No faces are drawn, nothing bundled is listed, and no worker starts; the weights' cache is empty."""
    prepared.remember_start()
    monkeypatch.setattr("fer_core.runs.store.ASSETS", workspace / "assets")
    monkeypatch.setenv("KERAS_HOME", str(workspace / "keras"))


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[RunConfig]:
    """Configs that were started, instead of processes."""
    configs: list[RunConfig] = []

    def start(config: RunConfig, *, name: str = "", executor: str | None = None) -> Run:
        configs.append(config)
        return runs.create(config, name=name)

    monkeypatch.setattr(executors, "start", start)
    return configs


def test_a_run_at_work_shows_where_it_is(app: str, small_dataset: Dataset, at_work: Callable[..., Run]) -> None:
    progress = Stage(phase="full", epoch=3, epochs=9, batch=5, batches=10, images_per_second=98.4, seconds_left=125)
    run = at_work(small_dataset, progress=progress, best_epoch=2, best_score=0.5)
    at = view(app, "train/runs#One run", run=run.id)
    assert not at.exception
    assert {metric.label: metric.value for metric in at.metric if metric.label != "Elapsed"} == {
        "Time left": "2 min 5 s",
        "Images per second": "98",
        "Best val. accuracy": "50.0%",
    }
    bar = at.get("progress")[-1].proto
    assert (bar.text, bar.value) == ("All layers, epoch 3 of 9, batch 5 of 10", 27)
    assert [button.label for button in buttons(at)] == ["Stop …"]


@pytest.mark.parametrize(
    ("status", "text"),
    [
        ({"state": "queued"}, "Its process is starting …"),
        ({"state": "starting"}, "Loading TensorFlow and the network …"),
        ({"progress": Stage(phase="features", epochs=30, batch=40, batches=100, note="features, 40%")}, "Features, 40%"),
        ({"progress": Stage(phase="head", epoch=3, epochs=3, note="predicting test")}, "Predicting test"),
        (
            {"state": "stopping", "progress": Stage(phase="full", epoch=1, epochs=3, batch=1, batches=9)},
            "Stopping after this batch: All layers, epoch 1 of 3, batch 1 of 9",
        ),
    ],
)
def test_the_bar_says_what_is_being_done(
    app: str, small_dataset: Dataset, at_work: Callable[..., Run], status: dict[str, object], text: str
) -> None:
    at_work(small_dataset, **status)
    assert view(app, "train/runs#One run").get("progress")[-1].proto.text == text


def test_a_waiting_run_shows_its_place(app: str, small_dataset: Dataset, at_work: Callable[..., Run]) -> None:
    at_work(small_dataset)
    second, third = (runs.create(preset_config("Small", "quick"), name=name) for name in ("Second", "Third"))
    assert [jobs.place(run) for run in (second, third)] == [1, 2]
    at = view(app, "train/runs#One run", run=third.id)
    assert at.get("progress")[-1].proto.text == "Position 2 in the queue; “Busy run” is training."


def test_stopping_asks_first_and_then_leaves_a_request(app: str, small_dataset: Dataset, at_work: Callable[..., Run]) -> None:
    run = at_work(small_dataset, best_epoch=2, best_score=0.5)
    at = view(app, "train/runs#One run")
    at.button(key="stop").click().run()
    assert not run.stop_file.exists()
    assert "keeps the best epoch so far (2)" in words(at)
    at.button(key="stop_yes").click().run()
    assert run.stop_file.exists()
    assert run.status().state == "stopping"


def test_a_killed_run_shows_as_failed_with_the_end_of_its_log(
    app: str, small_dataset: Dataset, at_work: Callable[..., Run]
) -> None:
    run = at_work(small_dataset, pid=2**22 + 1)
    run.log_file.write_text("".join(f"line {number}\n" for number in range(40)))
    at = view(app, "train/runs#One run")
    assert [error.value for error in at.error] == ["The worker process ended without a word."]
    assert at.code[0].value.splitlines() == [f"line {number}" for number in range(25, 40)]
    assert [button.label for button in buttons(at)] == ["Start again"]


@pytest.mark.parametrize("name", ["runs#One run", "runs"])
def test_an_interrupted_run_goes_on_at_a_press_once_only(
    app: str, small_dataset: Dataset, at_work: Callable[..., Run], name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    launched: list[Run] = []
    monkeypatch.setattr(jobs, "begin_here", launched.append)
    run = at_work(small_dataset, state="stopped", pid=None, best_epoch=2, best_score=0.5)
    checkpoint.save(run, 2, {}, {})
    tabs = [view(app, f"train/{name}", run=run.id) for _ in range(2)]
    for at in tabs:
        by_label(at.button, "Resume from epoch 2").click().run()
        assert not at.exception
        assert "Stop …" in [button.label for button in buttons(at)]
    assert (launched, run.status().state) == ([run], "queued")


def test_a_run_whose_data_set_has_changed_is_not_resumed(app: str, finished_run: Run) -> None:
    finished_run.write(finished_run.status().model_copy(update={"state": "failed", "error": "Killed."}))
    finished_run.write(finished_run.training().model_copy(update={"fingerprint": "0" * 16}))  # type: ignore[union-attr]
    checkpoint.save(finished_run, 3, {}, {})
    at = view(app, "train/runs#One run", run=finished_run.id)
    by_label(at.button, "Resume from epoch 3").click().run()
    assert at.error[-1].value == "Data set 'Small' has changed since the run began; start a new run."


def test_starting_again_asks_before_a_model_is_replaced(app: str, finished_run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    launched: list[Run] = []
    monkeypatch.setattr(jobs, "begin_here", launched.append)
    finished_run.write(finished_run.status().model_copy(update={"state": "stopped"}))
    finished_run.model_file.write_bytes(b"")
    at = view(app, "train/runs")
    by_label(at.button, "Start again").click().run()
    assert "its model, its curves and its predictions will be replaced" in words(at)
    assert launched == []
    at.button(key="restart_yes").click().run()
    assert launched == [finished_run]


def film(at: AppTest) -> dict[str, Any]:
    """What the browser gets to play."""
    return json.loads(at.get("bidi_component")[0].proto.json)


def test_a_finished_run_can_be_replayed(app: str, finished_run: Run) -> None:
    finished_run.model_file.write_bytes(b"")
    at = view(app, "train/runs#One run")
    assert "the run is not training now" in words(at)
    assert {metric.label: metric.value for metric in at.metric} == {
        "Best val. accuracy": "62.0%",
        "Epochs": "3",
        "Duration": "50 s",
        "Parameters": "3.0 M",
    }
    assert (len(at.get("plotly_chart")), at.dataframe[0].value["epoch"].tolist()) == (3, [3, 2, 1])
    played = film(at)
    assert (played["stops"], played["end"], played["autoplay"]) == ([0, 1, 2, 3], 3, False)
    assert played["validation"]["accuracy"] == [[1, 0.35], [2, 0.5], [3, 0.62]]
    assert played["validation"]["loss"] == [[1, 1.5], [2, 1.35], [3, 1.2]]
    assert played["phases"] == [["Head", 0, 3]]
    # Of 25 validation faces 10 are happy.
    assert (played["best"], played["baseline"]) == (3, 0.4)
    assert (played["moments"], played["faces"]) == ([], [])


def answered(run: Run, data: Dataset) -> list[int]:
    """Give a run two epochs' answers: first all neutral, then all right; returns the watched faces."""
    rows = data.split("validation").iloc[:3]
    labels = tuple(FIVE.index(name) for name in rows["label"])
    faces = tuple(map(int, rows["id"]))
    for epoch, answers in ((1, (4, 4, 4)), (2, labels)):
        probabilities = [[0.8 if place == answer else 0.05 for place in range(5)] for answer in answers]
        confusion = [[5 * (column == (row if epoch == 2 else 4)) for column in range(5)] for row in range(5)]
        moment = {"epoch": epoch, "faces": faces, "labels": labels, "probabilities": probabilities, "confusion": confusion}
        moments.append(run.moments_file, moments.Moment.model_validate(moment))
    return list(faces)


@pytest.mark.parametrize("state", ["finished", "running"])
def test_faces_change_their_answers_and_the_matrix_fills_beside_the_curves(
    app: str, finished_run: Run, small_dataset: Dataset, state: str, hold: Callable[[Run], None]
) -> None:
    faces = answered(finished_run, small_dataset)
    if state == "running":
        now = time.time()
        finished_run.write(Status(state="running", created=now, started=now, heartbeat=now, progress=Stage(epoch=3, epochs=9)))
        hold(finished_run)
    played = film(view(app, "train/runs#One run", run=finished_run.id))
    assert played["faces"] == [png_uri(np.asarray(small_dataset.images[face])) for face in faces]
    assert [moment["epoch"] for moment in played["moments"]] == [1, 2]
    assert [moment["score"] for moment in played["moments"]] == ["20.0% right, n = 25, few", "100.0% right, n = 25, few"]
    assert played["moments"][0]["confusion"] == [[0, 0, 0, 0, 5]] * 5
    assert played["moments"][1]["confusion"][2] == [0, 0, 5, 0, 0]
    assert played["moments"][0]["probabilities"][0] == [0.05, 0.05, 0.05, 0.05, 0.8]
    # Where the answers say it, the curve shows what the matrix beside it shows.
    assert played["validation"]["accuracy"] == [[1, 0.2], [2, 1.0], [3, 0.62]]
    assert played["end"] == (9 if state == "running" else 3)


@pytest.mark.parametrize("change", ["gone", "another"])
def test_without_its_data_set_a_run_is_played_without_faces(
    app: str, finished_run: Run, small_dataset: Dataset, change: str
) -> None:
    answered(finished_run, small_dataset)
    if change == "gone":
        store.delete_dataset("Small")
    else:
        finished_run.write(finished_run.training().model_copy(update={"fingerprint": "0" * 16}))
    played = film(view(app, "train/runs#One run", run=finished_run.id))
    assert (played["faces"], len(played["moments"])) == ([], 2)


@pytest.mark.parametrize(("monitor", "shown"), [("loss", "0.2414"), ("macro_f1", "24.1%"), ("accuracy", "24.1%")])
def test_the_best_value_names_its_measure(app: str, finished_run: Run, monitor: str, shown: str) -> None:
    finished_run.write(preset_config("Small", "quick", monitor=monitor))
    finished_run.write(finished_run.status().model_copy(update={"best_score": 0.24142}))
    measure = {"loss": "loss", "macro_f1": "macro F1", "accuracy": "accuracy"}[monitor]
    at = view(app, "train/runs#One run", run=finished_run.id)
    assert {metric.label: metric.value for metric in at.metric}[f"Best val. {measure}"] == shown
    runs_there = next(table.value for table in view(app).dataframe if "Best" in table.value)
    assert runs_there["Best"].tolist() == [f"{measure} {shown}"]


def test_another_run_at_work_is_offered(app: str, finished_run: Run, small_dataset: Dataset, at_work: Callable[..., Run]) -> None:
    busy = at_work(small_dataset)
    at = view(app, "train/runs#One run", run=finished_run.id)
    at.button(key="watch_busy").click().run()
    assert f"**{busy.about().name}**" in words(at)


def test_half_written_files_of_a_run_are_shown_as_far_as_they_go(
    app: str, small_dataset: Dataset, at_work: Callable[..., Run]
) -> None:
    run = at_work(small_dataset)
    run.epochs_file.write_text("epoch,phase,loss,accuracy,val_loss,val_accuracy,val_macro_f1\n1,head,1.5,0.3,1.4,0.35,0.2\n2,hea")
    run.batches_file.write_text('{"step": 1, "epoch": 0.1, "phase": "head", "loss": 1.6, "accuracy": 0.2}\n{"step": 2, "ep')
    at = view(app, "train/runs#One run")
    assert not at.exception
    assert not at.error
    assert 1 in at.dataframe[0].value["epoch"].tolist()


def test_the_table_shows_scores_and_states(
    app: str, finished_run: Run, small_dataset: Dataset, at_work: Callable[..., Run]
) -> None:
    at_work(small_dataset)
    table = view(app, "train/runs").dataframe[0].value
    shown = table[["State", "Name", "Data set", "Recipe", "Val. acc.", "Val. F1", "Epochs"]].fillna(0).to_numpy().tolist()
    assert sorted(shown) == [
        # Macro F1 is that of the kept answers, in which every second fear is called angry.
        ["Finished", "Finished run", "Small", "frozen, MobileNet, 96 px", 62.0, 90.0, 3],
        ["Training", "Busy run", "Small", "standard, MobileNet, 80 px", 0, 0, 0],
    ]
    intervals = dict(zip(table["Name"], table["F1 95%"], strict=True))
    assert intervals["Busy run"] == "–"
    low, high = (float(limit.rstrip("%")) for limit in intervals["Finished run"].split(" to "))
    assert 60 < low < 90 < high <= 100


def test_a_run_is_renamed_and_gets_a_note(app: str, finished_run: Run) -> None:
    at = view(app, "train/runs")
    by_label(at.text_input, "Name").set_value("  Better name ")
    by_label(at.text_area, "Note").set_value("tried it")
    by_label(at.button, "Save").click().run()
    assert (finished_run.about().name, finished_run.about().note) == ("Better name", "tried it")


def test_an_empty_name_is_refused_in_one_sentence(app: str, finished_run: Run) -> None:
    at = view(app, "train/runs")
    by_label(at.text_input, "Name").set_value("  ")
    by_label(at.button, "Save").click().run()
    assert [error.value for error in at.error] == ["A run's name must have 1 to 80 characters; got 0."]
    assert finished_run.about().name == "Finished run"


def test_deleting_asks_first(app: str, finished_run: Run) -> None:
    at = view(app, "train/runs")
    at.button(key="delete_run").click().run()
    assert finished_run.path.is_dir()
    at.button(key="delete_run_yes").click().run()
    assert not finished_run.path.exists()
    assert "There is no run yet" in words(at)


def test_a_run_at_work_can_be_stopped_but_not_deleted(app: str, small_dataset: Dataset, at_work: Callable[..., Run]) -> None:
    at_work(small_dataset)
    assert [button.label for button in buttons(view(app, "train/runs"))] == ["Save", "Stop …"]


def test_a_run_with_a_damaged_config_is_a_sentence_not_a_traceback(app: str, finished_run: Run) -> None:
    (finished_run.path / "config.json").write_text("{")
    at = view(app, "train/runs")
    assert not at.exception
    assert [error.value for error in at.error] == [
        f"Run '{finished_run.id}' has no readable config.json; delete the run or restore the file."
    ]
    assert at.dataframe[0].value["Data set"].tolist() == ["not readable"]


def test_two_ticked_runs_can_be_compared(app: str, finished_run: Run) -> None:
    other = runs.create(finished_run.config(), name="Other")
    other.write(Status(state="stopped"))
    at = view(app, "train/runs", run=finished_run.id)
    assert "compare_ticked" not in [button.key for button in at.button]
    at.session_state[run_table.TICKED] = [finished_run.id, other.id]
    at.run()
    assert not at.exception
    next(button for button in at.button if button.key == "compare_ticked").click().run()
    assert at.title[0].value == "Compare"


def test_one_run_shows_curves_before_figures_and_code_below(app: str, finished_run: Run) -> None:
    at = view(app, "train/runs#One run", run=finished_run.id)
    kinds = [part.type for part in at.main if hasattr(part, "type")]
    assert not at.exception
    assert "This run in twenty lines of Keras" in [part.label for part in at.expander]
    assert any("import keras" in code.value for code in at.code)
    assert kinds.index("bidi_component") < kinds.index("metric") < kinds.index("plotly_chart")


def test_every_backbone_has_a_name_in_keras():
    assert set(keras_code.APPLICATIONS) == {name for name, row in BACKBONES.items() if row.weights.url}


@pytest.mark.parametrize(
    ("preset", "planned"),
    [
        ("frozen", "[(None, 40, 0.001)]"),
        ("quick", "[('conv_dw_7', 2, 0.004)]"),
        ("standard", "[('conv1', 12, 0.002)]"),
    ],
)
def test_it_names_the_phases(preset, planned):
    code = keras_code.keras_code(preset_config('It\'s "mine"', preset), ["angry", "happy"])
    compile(code, "code", "exec")
    assert f"for first, epochs, rate in {planned}:" in code
    assert len(code.splitlines()) <= 22


@pytest.mark.parametrize("backbone", BACKBONES)
def test_it_compiles_for_every_backbone(backbone):
    config = RunConfig(dataset="faces", backbone=backbone, fine_map=False, partial_epochs=2)
    code = keras_code.keras_code(config, ["angry"])
    compile(code, "code", "exec")
    first = re.search(r"\('([^']+)', 2, ", code)
    assert first
    assert first.group(1) in [block.first_layer for block in BACKBONES[backbone].table]


@pytest.mark.slow
def test_it_runs_as_it_stands(small_dataset, workspace, monkeypatch):
    config = RunConfig(
        dataset=small_dataset.name,
        backbone="mobilenet",
        weights="random",
        resolution=32,
        fine_map=False,
        full_epochs=1,
        batch_size=25,
    )
    monkeypatch.chdir(workspace)
    ran: dict = {}
    exec(compile(keras_code.keras_code(config, small_dataset.meta.classes), "code", "exec"), ran)
    assert ran["model"].output_shape == (None, 5)
    assert [layer.name for layer in ran["body"].layers if not layer.trainable] == [ran["body"].layers[0].name]
    assert [len(part) for part in ran["part"]("test")] == [25, 25]


def test_columns_of_names_are_as_wide_as_the_names():
    assert {name: run_table.COLUMNS[name]["width"] for name in ("Name", "Data set", "Recipe")} == {
        "Name": None,
        "Data set": None,
        "Recipe": None,
    }
