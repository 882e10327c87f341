"""What a lecturer reads before class."""

from collections import namedtuple
from types import SimpleNamespace

import psutil
import pytest

from fer_core.labels import FIVE
from fer_core.lesson import preflight as module
from fer_core.lesson.preflight import preflight
from fer_core.models import weights
from fer_core.training.speed import Estimate

GB = 10**9


@pytest.mark.parametrize(
    ("disk", "memory", "states"),
    [(50, 8, ("good", "good")), (2, 2, ("careful", "careful")), (0.1, 1, ("missing", "missing"))],
)
def test_room_on_disk_and_in_memory(workspace, monkeypatch, disk, memory, states):
    usage = namedtuple("usage", "free available")(disk * GB, memory * GB)
    monkeypatch.setattr(module.shutil, "disk_usage", lambda folder: usage)
    monkeypatch.setattr(psutil, "virtual_memory", lambda: usage)
    found = {check.subject: check for check in preflight(None)}
    assert (found["Disk"].state, found["Memory"].state) == states
    assert bool(found["Disk"].advice) == (states[0] != "good")


def test_an_empty_machine_lacks_what_the_lesson_shows(workspace, tmp_path, monkeypatch):
    monkeypatch.setattr("fer_core.runs.store.ASSETS", tmp_path)
    monkeypatch.setattr(weights, "ASSETS", tmp_path)
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    found = {check.subject: check for check in preflight(None)}
    assert [found[name].state for name in ("Data set", "Weights", "Finished run", "Speed")] == [*["missing"] * 3, "careful"]
    assert all(found[name].advice for name in ("Data set", "Weights", "Finished run", "Speed"))


@pytest.mark.parametrize(("seconds", "state"), [(120, "good"), (900, "careful")])
def test_speed_is_held_against_a_step_of_the_lesson(workspace, seconds, state):
    counts = {split: {"happy": 3} for split in ("train", "validation", "test")}
    data = SimpleNamespace(name="Small", meta=SimpleNamespace(n=9, classes=FIVE, counts=counts, drawn=False))
    estimate = Estimate(seconds, "measured", "About it here.", "About it (measured).", ())
    found = {check.subject: check for check in preflight(data, time_of=lambda config, meta: estimate)}
    assert found["Speed"].state == state
    assert found["Speed"].found == "A frozen run on “Small”: about it (measured)."
    assert found["Data set"].state == "good"
