"""The page New run, opened through the frame."""

from collections.abc import Callable
from dataclasses import replace
from functools import reduce
from pathlib import Path

import pytest
from views import by_label, html, view, words

from fer_core import runs
from fer_core.backbones import BACKBONES
from fer_core.datasets import editing, prepared
from fer_core.datasets.store import Dataset
from fer_core.errors import WeightsError
from fer_core.runs import Run
from fer_core.runs.config import Augmentation, RunConfig, preset_config
from fer_core.training import executors, speed


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


@pytest.mark.parametrize(
    ("weights", "words_of", "preset", "changes"),
    [
        ("imagenet", "Quick", "quick", {}),
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
    assert at.radio(key="recipe_preset").options == ["Frozen", "Quick", "Standard", "Full"]
    captions = list(at.radio(key="recipe_preset").proto.captions)
    assert ["**At most about" in captions[0], *("**About" in caption for caption in captions[1:])] == [True] * 4


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
    "start_epochs": ("number_input", 5, "5"),
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
    "augmentation.erase": ("slider", 0.35, "0.35"),
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
    # A fold is what a study leaves out.
    own = {"dataset", "preset", "backbone", "weights", "weights_file", "augmentation", "fold"}
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
        ("frozen", ["1. Head", "Trains the classifier alone: 1 of 55 layers, 5,125 of 3,233,989 parameters (0.2%)"]),
        ("full", ["1. Head", "2. All layers", "Trains all blocks: 55 of 55 layers"]),
    ],
)
def test_phases_show_layers_and_parameters_before_the_start(
    app: str, small_dataset: Dataset, preset: str, lines: list[str]
) -> None:
    at = view(app, "train/new_run")
    at.radio(key="recipe_preset").set_value(preset).run()
    shown = html(at).replace("<b>", "").replace("</b>", "")
    assert [line for line in lines if line not in shown] == []


def test_new_run_shows_what_each_preset_reached_and_marks_the_chosen_one(app: str, small_dataset: Dataset) -> None:
    at = view(app, "train/new_run")
    at.radio(key="recipe_preset").set_value("standard").run()
    assert "On FER2013, standard ends at 76.5% (74.6% to 78.3%) after 14.9 minutes." in words(at)
    assert "on 2,070 faces of FER2013's validation split (majority baseline 34.8%)" in words(at)
    assert len(at.get("plotly_chart")) == 1


def test_a_wrong_combination_is_one_sentence_and_no_start(app: str, small_dataset: Dataset) -> None:
    at = view(app, "train/new_run")
    at.radio(key="recipe_preset").set_value("frozen").run()
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


def test_a_second_run_is_told_its_place(app: str, small_dataset: Dataset, at_work: Callable[..., Run]) -> None:
    at_work(small_dataset)
    assert "Another run is training; this one will wait in the queue, at position 1." in words(view(app, "train/new_run"))


@pytest.mark.parametrize(
    ("labels", "said"), [("imported", "Leaves out your 1 edit of"), ("edited", "Trains with your 1 edit of")]
)
def test_new_run_says_what_becomes_of_edits(app: str, small_dataset: Dataset, labels: str, said: str) -> None:
    assert "1 edit of the labels" not in words(view(app, "train/new_run"))
    editing.decide(small_dataset, [int(small_dataset.split("train")["id"].iloc[0])], "exclude", origin="test")
    at = view(app, "train/new_run")
    by_label(at.selectbox, "Labels").set_value(labels).run()
    assert said in words(at)
