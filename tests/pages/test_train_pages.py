"""The Train views, opened through the frame: empty, normal, and with what goes wrong."""

import json
import os
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from functools import reduce
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest
from views import buttons, html, view, words

from fer_core import runs
from fer_core.backbones import BACKBONES
from fer_core.datasets import editing, prepared, store
from fer_core.datasets.store import Dataset
from fer_core.errors import WeightsError
from fer_core.labels import FIVE
from fer_core.runs import Run, moments
from fer_core.runs.config import Augmentation, RunConfig, preset_config
from fer_core.runs.records import Stage, Status
from fer_core.training import checkpoint, jobs, speed
from pages.train.parts import run_table
from pages.ui.faces import png_uri

VIEWS = ("new_run", "runs#One run", "runs")


@pytest.fixture(autouse=True)
def quiet(workspace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No faces are drawn, nothing bundled is listed, and no worker starts; the weights' cache is empty."""
    prepared.remember_start()
    monkeypatch.setattr("fer_core.runs.run.ASSETS", workspace / "assets")
    monkeypatch.setenv("KERAS_HOME", str(workspace / "keras"))


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[RunConfig]:
    """Configs that were started, instead of processes."""
    configs: list[RunConfig] = []

    def start(config: RunConfig, *, name: str = "") -> Run:
        configs.append(config)
        return runs.create(config, name=name)

    monkeypatch.setattr(jobs, "start", start)
    return configs


def by_label(elements: object, label: str) -> object:
    return next(element for element in elements if element.label == label)  # type: ignore[attr-defined]


_held = ExitStack()


@pytest.fixture(autouse=True)
def _let_go() -> Iterator[None]:
    """This process is at work on nothing after a test."""
    yield
    _held.close()


def at_work(data: Dataset, **status: object) -> Run:
    run = runs.create(preset_config(data.name, "standard"), name="Busy run")
    now = time.time()
    alive = {"pid": os.getpid(), "created": now, "heartbeat": now}
    run.write(Status(**{"state": "running", "started": now, **alive, **status}))  # type: ignore[arg-type]
    if "pid" not in status:
        _held.enter_context(run.hold())
    return run


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("new_run", "There is no data set yet"),
        ("runs#One run", "There is no run yet. Train one first."),
        ("runs", "There is no run yet. Train one first."),
    ],
)
def test_an_empty_view_says_what_to_do(app: str, name: str, sentence: str) -> None:
    at = view(app, f"train/{name}")
    assert not at.exception
    assert sentence in words(at)


@pytest.mark.parametrize("name", VIEWS)
def test_a_view_opens_without_an_error(app: str, name: str, finished_run: Run) -> None:
    at = view(app, f"train/{name}")
    assert not at.exception
    assert not at.error


# New run


@pytest.mark.parametrize(
    ("weights", "words_of", "preset", "changes"),
    [
        ("imagenet", "Quick at 64 px", "quick", {"resolution": 64}),
        ("random", "Standard with a tenth of the faces, at 48 px", "standard", {"train_share": 0.1, "resolution": 48}),
    ],
)
def test_a_long_recipe_comes_with_one_that_fits_into_two_minutes(
    app: str,
    small_dataset: Dataset,
    started: list[RunConfig],
    monkeypatch: pytest.MonkeyPatch,
    weights: str,
    words_of: str,
    preset: str,
    changes: dict[str, float],
) -> None:
    monkeypatch.setattr(speed, "measure", lambda: 0.003)
    monkeypatch.setattr(speed, "busy", lambda: True)
    at = view(app, "train/new_run")
    at.radio(key="recipe_preset").set_value("full").run()
    at.button_group[0].set_value(weights).run()
    assert "This computer is busy now" in words(at)
    assert at.button(key="shorter").label == f"Shorter: {words_of}"
    at.button(key="shorter").click().run()
    assert not at.exception
    assert at.radio(key="recipe_preset").value == preset
    assert "shorter" not in [button.key for button in at.button]
    by_label(at.button, "Start training").click().run()
    assert started == [preset_config("Small", preset, weights=weights, **changes)]


def test_the_presets_say_how_long_they_take_here(app: str, small_dataset: Dataset) -> None:
    at = view(app, "train/new_run")
    assert at.radio(key="recipe_preset").options == ["Quick", "Standard", "Full"]
    captions = list(at.radio(key="recipe_preset").proto.captions)
    assert ["**At most about" in captions[0], "**About" in captions[1], "**About" in captions[2]] == [True, True, True]


def test_a_run_starts_from_the_form_with_the_preset_and_opens_its_curves(
    app: str, small_dataset: Dataset, started: list[RunConfig]
) -> None:
    at = view(app, "train/new_run")
    assert "MobileNet starts from the bundled ImageNet weights." in words(at)
    by_label(at.button, "Start training").click().run()
    assert started == [preset_config("Small", "quick")]
    assert not at.exception
    name = runs.list_runs()[0].about().name
    assert name.startswith("Quick ")
    assert f"**{name}**, trained on Small" in words(at)


def test_changed_fields_reach_the_config_and_are_named(app: str, small_dataset: Dataset, started: list[RunConfig]) -> None:
    at = view(app, "train/new_run")
    by_label(at.number_input, "Batch size").set_value(16).run()
    by_label(at.selectbox, "Class weighting").set_value("sqrt").run()
    assert "Changed from quick: batch size, class weighting." in words(at)
    by_label(at.text_input, "Name of the run").set_value("Mine").run()
    by_label(at.button, "Start training").click().run()
    assert started == [preset_config("Small", "quick", batch_size=16, class_weighting="sqrt")]
    assert runs.list_runs()[0].about().name == "Mine"


FORM: dict[str, tuple[str, object, str]] = {
    "labels": ("selectbox", "edited", "edited"),
    "train_share": ("number_input", 0.25, "0.25"),
    "drop_duplicates": ("toggle", False, "false"),
    "resolution": ("number_input", 128, "128"),
    "fine_map": ("toggle", False, "false"),
    "dropout": ("number_input", 0.4, "0.4"),
    "head_epochs": ("number_input", 2, "2"),
    "head_learning_rate": ("number_input", 0.004, "0.004"),
    "head_features": ("selectbox", "cached", "cached"),
    "partial_epochs": ("number_input", 3, "3"),
    "partial_learning_rate": ("number_input", 0.0003, "3e-4"),
    "partial_from": ("selectbox", "block_9", "block_9"),
    "full_epochs": ("number_input", 7, "7"),
    "start_epochs": ("number_input", 4, "4"),
    "start_resolution": ("number_input", 80, "80"),
    "full_learning_rate": ("number_input", 0.0005, "5e-4"),
    "batch_norm": ("selectbox", "frozen", "frozen"),
    "batch_size": ("number_input", 48, "48"),
    "weight_decay": ("number_input", 0.0001, "1e-4"),
    "label_smoothing": ("number_input", 0.05, "0.05"),
    "class_weighting": ("selectbox", "sqrt", "sqrt"),
    "logit_adjustment": ("number_input", 0.5, "0.5"),
    "ema": ("number_input", 0.999, "0.999"),
    "teachers": ("multiselect", ["RUN"], "RUN"),
    "teacher_faces": ("selectbox", "unmet", "unmet"),
    "teacher_votes": ("toggle", True, "true"),
    "teacher_weight": ("number_input", 0.3, "0.3"),
    "early_stopping": ("number_input", 6, "6"),
    "monitor": ("selectbox", "macro_f1", "macro_f1"),
    "flip": ("toggle", False, "false"),
    "precision": ("selectbox", "float32", "float32"),
    "seed": ("number_input", 11, "11"),
    "augmentation.flip": ("toggle", False, "false"),
    "augmentation.rotation": ("slider", 20.0, "20"),
    "augmentation.zoom": ("slider", 0.2, "0.2"),
    "augmentation.shift": ("slider", 0.1, "0.1"),
    "augmentation.contrast": ("slider", 0.4, "0.4"),
    "augmentation.brightness": ("slider", 0.2, "0.2"),
    "augmentation.erase": ("slider", 0.25, "0.25"),
    "augmentation.gamma": ("slider", 0.5, "0.5"),
    "augmentation.light": ("slider", 0.4, "0.4"),
    "augmentation.glasses": ("slider", 0.2, "0.2"),
    "augmentation.mixup": ("slider", 0.3, "0.3"),
}
"""Each setting: its kind of field on the page, a value chosen there, and the same as it is typed after `--set`."""

KEYS = {"augmentation.flip": "mirror", "partial_from": "partial_frommobilenet"}


def test_form_and_command_line_reach_the_same_config_in_every_field(
    app: str, finished_run: Run, started: list[RunConfig]
) -> None:
    finished_run.model_file.write_bytes(b"")
    parts = {f"augmentation.{name}" for name in Augmentation.model_fields}
    own = {"dataset", "preset", "backbone", "weights", "weights_file", "augmentation"}
    assert set(FORM) == (set(RunConfig.model_fields) - own) | parts
    at = view(app, "train/new_run")
    at.radio(key="recipe_preset").set_value("standard").run()
    typed = {field: text.replace("RUN", finished_run.id) for field, (_, _, text) in FORM.items()}
    for field, (kind, value, _) in FORM.items():
        element = at.get(kind)
        key = f"recipe_1_{KEYS.get(field, field.removeprefix('augmentation.'))}"
        chosen = [finished_run.id] if field == "teachers" else value
        next(found for found in element if found.key == key).set_value(chosen)
    at.run()
    by_label(at.button, "Start training").click().run()
    assert started == [preset_config("Small", "standard", **typed)]
    plain = preset_config("Small", "standard")
    same = [field for field in typed if reduce(getattr, field.split("."), started[0]) == reduce(getattr, field.split("."), plain)]
    assert same == []


@pytest.mark.parametrize("backbone", list(BACKBONES))
def test_the_network_and_its_weights_are_said_and_reach_the_config(
    app: str, small_dataset: Dataset, started: list[RunConfig], tmp_path: Path, backbone: str
) -> None:
    file = tmp_path / "mine.weights.h5"
    file.write_bytes(b"weights")
    at = view(app, "train/new_run")
    by_label(at.selectbox, "Network").set_value(backbone)
    at.button_group[0].set_value("file").run()
    by_label(at.text_input, "Path of the weights file").set_value(str(file)).run()
    assert f"{BACKBONES[backbone].title} starts from the weights in mine.weights.h5." in words(at)
    by_label(at.button, "Start training").click().run()
    assert started == [preset_config("Small", "quick", backbone=backbone, weights_file=str(file))]


def test_a_new_backbone_is_offered_and_reaches_the_config(
    app: str, small_dataset: Dataset, started: list[RunConfig], monkeypatch: pytest.MonkeyPatch
) -> None:
    row = replace(
        BACKBONES["mobilenet"], name="dummy", title="Narrow MobileNet", description="A quarter as wide.", forward_cost=0.2
    )
    monkeypatch.setitem(BACKBONES, "dummy", row)
    at = view(app, "train/new_run")
    assert by_label(at.selectbox, "Network").options[-1] == "Narrow MobileNet, 3.2 M parameters"
    by_label(at.selectbox, "Network").set_value("dummy")
    at.button_group[0].set_value("random").run()
    assert "A quarter as wide. A forward pass takes about 0.2 times as long as MobileNet's." in words(at)
    assert "Narrow MobileNet starts from random weights (from scratch)." in words(at)
    by_label(at.button, "Start training").click().run()
    assert not at.exception
    assert started == [preset_config("Small", "quick", backbone="dummy", weights="random")]


def test_another_preset_resets_the_form(app: str, small_dataset: Dataset, started: list[RunConfig]) -> None:
    at = view(app, "train/new_run")
    by_label(at.number_input, "Batch size").set_value(16).run()
    at.radio(key="recipe_preset").set_value("standard").run()
    by_label(at.button, "Start training").click().run()
    assert started == [preset_config("Small", "standard")]


@pytest.mark.parametrize(
    ("preset", "lines"),
    [
        ("quick", ["1. Head", "Trains the classifier alone: 1 of 55 layers, 5,125 of 3,233,989 parameters (0.2%)"]),
        ("standard", ["1. Head", "2. All layers", "Trains all blocks: 55 of 55 layers"]),
    ],
)
def test_phases_show_layers_and_parameters_before_the_start(
    app: str, small_dataset: Dataset, preset: str, lines: list[str]
) -> None:
    at = view(app, "train/new_run")
    at.radio(key="recipe_preset").set_value(preset).run()
    shown = html(at).replace("<b>", "").replace("</b>", "")
    assert [line for line in lines if line not in shown] == []


def test_a_wrong_combination_is_one_sentence_and_no_start(app: str, small_dataset: Dataset) -> None:
    at = view(app, "train/new_run")
    by_label(at.number_input, "Epochs").set_value(0).run()
    assert [error.value for error in at.error] == ["at least one of head_epochs, partial_epochs and full_epochs must be above 0."]
    assert [button.label for button in at.button if button.label == "Start training"] == []


def test_missing_weights_offer_a_download_and_hold_the_start(
    app: str, small_dataset: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_network(backbone: object, *, progress: object) -> Path:
        raise WeightsError("The weights could not be downloaded (no network).")

    monkeypatch.setattr("pages.train.parts.recipe_summary.download", no_network)
    at = view(app, "train/new_run")
    by_label(at.selectbox, "Network").set_value("resnet50").run()
    assert "ImageNet weights for ResNet50 are not on this machine; download them (95 MB)" in words(at)
    assert by_label(at.button, "Start training").disabled
    by_label(at.button, "Download 95 MB (licence MIT)").click().run()
    assert [error.value for error in at.error] == ["The weights could not be downloaded (no network)."]


@pytest.mark.parametrize(
    ("path", "sentence"),
    [("", "Name the weights file to start from."), ("/nowhere/my.weights.h5", "The weights file 'my.weights.h5' does not exist")],
)
def test_a_weights_file_must_be_there(app: str, small_dataset: Dataset, path: str, sentence: str) -> None:
    at = view(app, "train/new_run")
    at.button_group[0].set_value("file").run()
    by_label(at.text_input, "Path of the weights file").set_value(path).run()
    assert sentence in words(at)
    assert by_label(at.button, "Start training").disabled


def test_from_scratch_needs_no_weights(app: str, small_dataset: Dataset, started: list[RunConfig]) -> None:
    at = view(app, "train/new_run")
    at.button_group[0].set_value("random").run()
    assert "MobileNet starts from random weights (from scratch)." in words(at)
    by_label(at.button, "Start training").click().run()
    assert started[0].weights == "random"


def test_a_second_run_is_told_its_place(app: str, small_dataset: Dataset) -> None:
    at_work(small_dataset)
    assert "Another run is training; this one will wait in the queue, at position 1." in words(view(app, "train/new_run"))


# Live curves


def test_a_run_at_work_shows_where_it_is(app: str, small_dataset: Dataset) -> None:
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
def test_the_bar_says_what_is_being_done(app: str, small_dataset: Dataset, status: dict[str, object], text: str) -> None:
    at_work(small_dataset, **status)
    assert view(app, "train/runs#One run").get("progress")[-1].proto.text == text


def test_a_waiting_run_shows_its_place(app: str, small_dataset: Dataset) -> None:
    at_work(small_dataset)
    second, third = (runs.create(preset_config("Small", "quick"), name=name) for name in ("Second", "Third"))
    assert [jobs.place(run) for run in (second, third)] == [1, 2]
    at = view(app, "train/runs#One run", run=third.id)
    assert at.get("progress")[-1].proto.text == "Position 2 in the queue; **Busy run** is training."


def test_stopping_asks_first_and_then_leaves_a_request(app: str, small_dataset: Dataset) -> None:
    run = at_work(small_dataset, best_epoch=2, best_score=0.5)
    at = view(app, "train/runs#One run")
    at.button(key="stop").click().run()
    assert not run.stop_file.exists()
    assert "keeps the best epoch so far (2)" in words(at)
    at.button(key="stop_yes").click().run()
    assert run.stop_file.exists()
    assert run.status().state == "stopping"


def test_a_killed_run_shows_as_failed_with_the_end_of_its_log(app: str, small_dataset: Dataset) -> None:
    run = at_work(small_dataset, pid=2**22 + 1)
    run.log_file.write_text("".join(f"line {number}\n" for number in range(40)))
    at = view(app, "train/runs#One run")
    assert [error.value for error in at.error] == ["The worker process ended without a word."]
    assert at.code[0].value.splitlines() == [f"line {number}" for number in range(25, 40)]
    assert [button.label for button in buttons(at)] == ["Start again"]


@pytest.mark.parametrize("name", ["runs#One run", "runs"])
def test_an_interrupted_run_goes_on_at_a_press_once_only(
    app: str, small_dataset: Dataset, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    launched: list[Run] = []
    monkeypatch.setattr(jobs, "_launch", launched.append)
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
    monkeypatch.setattr(jobs, "_launch", launched.append)
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
    app: str, finished_run: Run, small_dataset: Dataset, state: str
) -> None:
    faces = answered(finished_run, small_dataset)
    if state == "running":
        now = time.time()
        finished_run.write(Status(state="running", created=now, started=now, heartbeat=now, progress=Stage(epoch=3, epochs=9)))
        _held.enter_context(finished_run.hold())
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


def test_another_run_at_work_is_offered(app: str, finished_run: Run, small_dataset: Dataset) -> None:
    busy = at_work(small_dataset)
    at = view(app, "train/runs#One run", run=finished_run.id)
    at.button(key="watch_busy").click().run()
    assert f"**{busy.about().name}**" in words(at)


def test_half_written_files_of_a_run_are_shown_as_far_as_they_go(app: str, small_dataset: Dataset) -> None:
    run = at_work(small_dataset)
    run.epochs_file.write_text("epoch,phase,loss,accuracy,val_loss,val_accuracy,val_macro_f1\n1,head,1.5,0.3,1.4,0.35,0.2\n2,hea")
    run.batches_file.write_text('{"step": 1, "epoch": 0.1, "phase": "head", "loss": 1.6, "accuracy": 0.2}\n{"step": 2, "ep')
    at = view(app, "train/runs#One run")
    assert not at.exception
    assert not at.error
    assert 1 in at.dataframe[0].value["epoch"].tolist()


# All runs


def test_the_table_shows_scores_and_states(app: str, finished_run: Run, small_dataset: Dataset) -> None:
    at_work(small_dataset)
    table = view(app, "train/runs").dataframe[0].value
    shown = table[["State", "Name", "Data set", "Recipe", "Val. acc.", "Val. F1", "Epochs"]].fillna(0).to_numpy().tolist()
    assert sorted(shown) == [
        # Macro F1 is that of the kept answers, in which every second fear is called angry.
        ["Finished", "Finished run", "Small", "quick, MobileNet, 96 px", 62.0, 90.0, 3],
        ["Training", "Busy run", "Small", "standard, MobileNet, 96 px", 0, 0, 0],
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


def test_a_run_at_work_can_be_stopped_but_not_deleted(app: str, small_dataset: Dataset) -> None:
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


@pytest.mark.parametrize(
    ("labels", "said"), [("imported", "Leaves out your 1 edit of"), ("edited", "Trains with your 1 edit of")]
)
def test_new_run_says_what_becomes_of_edits(app: str, small_dataset: Dataset, labels: str, said: str) -> None:
    assert "1 edit of the labels" not in words(view(app, "train/new_run"))
    editing.decide(small_dataset, [int(small_dataset.split("train")["id"].iloc[0])], "exclude", origin="test")
    at = view(app, "train/new_run")
    by_label(at.selectbox, "Labels").set_value(labels).run()
    assert said in words(at)


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
