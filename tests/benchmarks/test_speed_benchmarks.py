"""The arithmetic and the housekeeping of the speed benchmarks; what they measure is measured elsewhere."""

import json
import math
import subprocess
import sys
import time

import numpy as np
import pandas as pd
import psutil
import pytest
from PIL import Image

from benchmarks import machine, memory, time_to_accuracy, trial_run
from benchmarks.time_to_accuracy import Check, Side
from fer_core import runs
from fer_core.datasets import writing
from fer_core.runs.config import phases, preset_config

CURVE = [Check(60, 0.5, 0.40), Check(120, 1, 0.61), Check(180, 1.5, 0.59), Check(240, 2, 0.70)]


@pytest.fixture
def small(workspace):
    """Eight random faces of two classes, six for training and two for validation."""
    images = np.random.default_rng(0).integers(0, 256, (8, 48, 48)).astype(np.uint8)
    samples = pd.DataFrame({"label": ["angry", "happy"] * 4, "split": ["train"] * 6 + ["validation"] * 2})
    return writing.write_dataset("Small", images, samples, classes=("angry", "happy"), kind="folders", source="test")


def test_our_side_is_a_recipe_that_can_be_trained():
    (_, preset, *words) = time_to_accuracy.OURS
    assert set(words[::2]) == {"--set"}
    config = preset_config("Small", preset, **dict(word.split("=") for word in words[1::2]))
    assert [(phase.name, phase.epochs, phase.first_block) for phase in phases(config)] == [
        ("partial", 1, "block_6"),
        ("full", 3, "stem"),
    ]


@pytest.mark.parametrize(
    ("level", "between"), [(0.30, (0.0, 60)), (0.60, (60, 120)), (0.61, (60, 120)), (0.68, (180, 240)), (0.71, None)]
)
def test_a_level_is_reached_at_the_first_check_that_is_not_below_it(level, between):
    assert Side("", 300, 0.0, CURVE).reached(level) == between


@pytest.mark.parametrize(
    ("student", "ours", "level", "words"),
    [
        (CURVE, [Check(20, 1, 0.65)], 0.60, "3.0 to 6.0 times"),
        (CURVE[:3], [Check(20, 1, 0.69)], 0.68, "at least 12.0 times"),
        (CURVE, [Check(20, 1, 0.65)], 0.68, "not reached by ours"),
        ([], [], 0.60, "not reached by ours"),
    ],
)
def test_ratio_of_both_sides(student, ours, level, words):
    measured = {"student": Side("", 240, 0.0, student), "ours": Side("", 60, 0.0, ours)}
    assert time_to_accuracy.ratio(measured, level) == words
    assert words in time_to_accuracy.table(measured, [level])[1]


def test_the_student_gets_the_same_faces(small, tmp_path):
    assert time_to_accuracy.write_folder(small, "train", tmp_path) == 6
    files = sorted(file.relative_to(tmp_path).as_posix() for file in tmp_path.glob("*/*.png"))
    assert files == [f"angry/00000{number}.png" for number in (0, 2, 4)] + [f"happy/00000{number}.png" for number in (1, 3, 5)]
    np.testing.assert_array_equal(np.asarray(Image.open(tmp_path / "happy" / "000003.png")), small.images[3])


def test_the_copy_leaves_kept_features_behind(small, tmp_path):
    (small.path / "features").mkdir()
    copied = trial_run.copy_dataset("Small", tmp_path / "other")
    assert sorted(file.name for file in copied.iterdir()) == ["dataset.json", "images.npy", "samples.parquet"]
    assert trial_run.only_run(tmp_path / "other") is None


def test_checks_are_read_from_the_runs_epochs_but_for_a_row_that_is_being_written(small, workspace):
    run = runs.create(preset_config("Small", "frozen"))
    assert trial_run.only_run(workspace) == run
    assert trial_run.is_active(run)
    assert time_to_accuracy._epochs(workspace) == []
    run.epochs_file.write_text("epoch,phase,val_accuracy,learning_rate\n1,head,0.35,0.1\n2,head,0.5,0.1\n3,head,0.6")
    assert time_to_accuracy._epochs(workspace) == [Check(0, 1, 0.35), Check(0, 2, 0.5)]


def test_end_leaves_no_process_of_a_training_behind(tmp_path):
    child = "import time; time.sleep(60)"
    parent = f"import subprocess, sys; subprocess.Popen([sys.executable, '-c', {child!r}], start_new_session=True).wait()"
    process = subprocess.Popen([sys.executable, "-c", parent])
    deadline = time.time() + 30
    while not (children := psutil.Process(process.pid).children()) and time.time() < deadline:
        time.sleep(0.05)
    machine.end(process)
    assert len(children) == 1
    assert not children[0].is_running()
    assert process.returncode is not None


@pytest.mark.parametrize(("ends", "slope"), [([900, 1000, 1010, 1020], 10.0), ([900, 1000], math.nan), ([], math.nan)])
def test_slope_of_memory_leaves_out_the_first_epoch(ends, slope):
    found = memory.Memory(epoch_ends=ends)
    assert found.slope() == pytest.approx(slope, nan_ok=True)


def test_memory_at_the_end_of_an_epoch_is_the_next_reading_and_the_target_is_judged():
    found = memory.Memory()
    for second, (megabytes, epochs) in enumerate([(500, 0), (700, 0), (710, 1), (3200, 1), (720, 3)]):
        found.add(second, megabytes, epochs)
    assert found.epoch_ends == [710, 720, 720]
    assert found.peak() == 3200
    assert "missed" in memory.memory_lines(found)[-1]
    lines = memory.view_lines({"/scores": [2.4, 0.3], "/runs": [0.5]}, browser=True)
    assert lines[1].split() == ["/scores", "2.40", "0.30"]
    assert lines[-1].startswith("1 of 2 views opened in under 2 s")


def test_turns_change_their_order_and_count_images():
    from benchmarks.training_speed import take_turns

    order = []
    speeds = take_turns({"a": (lambda n: order.append(("a", n)), 2), "b": (lambda n: order.append(("b", n)), 3)}, 2, 32)
    assert order == [("a", 2), ("b", 3), ("b", 3), ("a", 2)]
    assert [len(values) for values in speeds.values()] == [2, 2]


def test_operations_of_a_network_by_hand():
    import keras

    from benchmarks.steps import operations_a_face

    inputs = keras.Input((8, 8, 3))
    x = keras.layers.Conv2D(4, 3, strides=2, padding="same", name="first")(inputs)
    x = keras.layers.DepthwiseConv2D(3, padding="same", name="depth")(x)
    model = keras.Model(inputs, keras.layers.Dense(2, name="logits")(keras.layers.GlobalAveragePooling2D()(x)))
    forward = 2 * (16 * 27 * 4 + 16 * 9 * 4 + 4 * 2)
    assert operations_a_face(model, trained=False) == forward
    assert operations_a_face(model, trained=True) == 3 * forward
    model.get_layer("first").trainable = False
    assert operations_a_face(model, trained=True) == 3 * forward - 2 * 2 * 16 * 27 * 4


def test_the_json_names_what_was_not_reached():
    measured = {"ours": Side("words", 60, 0.1, CURVE)}
    made = json.loads(json.dumps(time_to_accuracy.document(measured, [0.6, 0.9], "Small", {"train": 50})))
    assert [level["seconds"]["ours"] for level in made["levels"]] == [120, None]
    assert made["sides"]["ours"]["curve"][0] == {"seconds": 60, "epoch": 0.5, "accuracy": 0.40}
