"""Slots: one for each GPU or as many as are asked for, each with its GPU; there is no GPU here, so lists of them are made up."""

from __future__ import annotations

import os

import pytest
from filelock import FileLock, Timeout

from fer_core import runs
from fer_core.runs.config import preset_config
from fer_core.settings import settings
from fer_core.training import executors, jobs, slots


@pytest.fixture
def machine(monkeypatch, tmp_path, workspace):
    """`machine(gpus)`: a machine on which TensorFlow sees so many GPUs; `asked` says how often it was asked."""
    slots._asked.cache_clear()
    monkeypatch.delenv("FER_SLOTS", raising=False)
    monkeypatch.delenv(slots.VISIBLE, raising=False)
    monkeypatch.setattr(slots, "_DEVICES", tmp_path)
    asked: list[int] = []

    def make(gpus: int) -> list[int]:
        for number in range(gpus):
            (tmp_path / f"nvidia{number}").touch()
        monkeypatch.setattr(slots.processes, "call", lambda function, *, error: asked.append(gpus) or gpus)
        return asked

    yield make
    slots._asked.cache_clear()


@pytest.mark.parametrize(
    ("gpus", "said", "expected"), [(0, None, 1), (1, None, 1), (4, None, 4), (0, "3", 3), (4, "2", 2), (2, "5", 5)]
)
def test_there_is_a_slot_for_each_gpu_unless_a_number_is_asked_for(machine, monkeypatch, gpus, said, expected):
    asked = machine(gpus)
    if said is not None:
        monkeypatch.setenv("FER_SLOTS", said)
    assert slots.count() == slots.count() == expected
    assert executors.EXECUTORS["local"].parallel() == len(slots.locks()) == expected
    assert asked == ([gpus] if gpus and said is None else [])


@pytest.mark.parametrize(
    ("gpus", "visible", "expected"),
    [
        (0, None, [None, None]),
        (1, None, [None, None]),
        (2, None, ["0", "1", "0"]),
        (2, "4,7", ["4", "7", "4"]),
        (2, "GPU-a, GPU-b", ["GPU-a", "GPU-b"]),
    ],
)
def test_each_slot_takes_a_gpu_in_turn(machine, monkeypatch, gpus, visible, expected):
    machine(gpus)
    for slot, taken in enumerate(expected):
        monkeypatch.delenv(slots.VISIBLE, raising=False)
        if visible is not None:
            monkeypatch.setenv(slots.VISIBLE, visible)
        slots.take_gpu(slot)
        assert os.environ.get(slots.VISIBLE) == taken


def test_a_worker_gets_the_gpu_of_the_first_free_slot(machine, monkeypatch):
    machine(2)
    monkeypatch.setenv(slots.VISIBLE, "0,1")
    run = runs.create(preset_config("Faces", "frozen"))
    with run.hold(), FileLock(settings().runs / ".slot.lock"):
        held = jobs.acquire_slot(run)
        assert held is not None
        assert os.environ[slots.VISIBLE] == "1"
        with pytest.raises(Timeout):
            slots.locks()[1].acquire(timeout=0)
        held.release(force=True)


def test_a_machine_that_cannot_be_asked_has_one_slot(machine, monkeypatch):
    machine(2)

    def fail(function, *, error):
        raise error("It broke off.")

    monkeypatch.setattr(slots.processes, "call", fail)
    assert (slots.gpus(), slots.count()) == (0, 1)


def test_two_workspaces_have_slots_of_their_own(machine, monkeypatch, tmp_path):
    machine(0)
    first = slots.locks()[0].lock_file
    monkeypatch.setenv("FER_WORKSPACE", str(tmp_path / "other"))
    assert slots.locks()[0].lock_file != first
