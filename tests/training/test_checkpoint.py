"""Checkpoints: one file an epoch, whole or known to be damaged; the one before it is the way back."""

import errno
import os

import numpy as np
import pytest

from fer_core import runs
from fer_core.errors import RunError
from fer_core.runs.config import preset_config
from fer_core.training import checkpoint

ARRAYS = {
    "weights/0000": np.arange(12, dtype=np.float32).reshape(3, 4)[:, ::2],
    "optimizer/0000": np.int64(7),
    "optimizer/0001": np.float32(8e-4),
    "average/0000": np.zeros((0, 5), np.float32),
    "file": np.array([True, False]),
}
FACTS = {"epoch": 3, "best_score": 0.62, "best_epoch": None, "samples": "line\nbreak"}


@pytest.fixture
def run(workspace):
    return runs.create(preset_config("faces"), name="Mine")


def names(run):
    return sorted(path.name for path in run.checkpoint.iterdir())


def test_what_is_saved_is_loaded(run):
    checkpoint.save(run, 3, ARRAYS, FACTS)
    found = checkpoint.load(run)
    assert (found.epoch, found.facts, list(found.arrays)) == (3, FACTS, list(ARRAYS))
    for name, array in ARRAYS.items():
        np.testing.assert_array_equal(found.arrays[name], array, strict=True)


def test_the_last_two_are_kept_and_nothing_else(run):
    assert (checkpoint.load(run), checkpoint.latest_epoch(run), checkpoint.exists(run)) == (None, None, False)
    for epoch in (1, 2, 9):
        checkpoint.save(run, epoch, ARRAYS, FACTS)
    (run.checkpoint / ".epoch-000010.x7.checkpoint").write_bytes(b"left by a killed worker")
    assert (checkpoint.latest_epoch(run), checkpoint.exists(run)) == (9, True)
    checkpoint.save(run, 10, ARRAYS, FACTS)
    assert names(run) == ["epoch-000009.checkpoint", "epoch-000010.checkpoint"]
    checkpoint.remove(run)
    checkpoint.remove(run)
    assert not run.checkpoint.exists()


@pytest.mark.parametrize("place", [0, 64, 70, 200, -1], ids=lambda place: f"byte {place}")
def test_a_flipped_bit_is_found_and_the_one_before_is_used(run, place):
    checkpoint.save(run, 1, ARRAYS, FACTS)
    checkpoint.save(run, 2, ARRAYS, FACTS)
    file = run.checkpoint / "epoch-000002.checkpoint"
    content = bytearray(file.read_bytes())
    content[place] ^= 1
    file.write_bytes(content)
    assert checkpoint.load(run).epoch == 1


@pytest.mark.parametrize("length", [0, 64, 65, 100, -1], ids=lambda length: f"{length} bytes")
def test_a_run_whose_checkpoints_are_all_torn_says_so(run, length):
    for epoch in (1, 2):
        checkpoint.save(run, epoch, ARRAYS, FACTS)
        file = run.checkpoint / f"epoch-{epoch:06d}.checkpoint"
        file.write_bytes(file.read_bytes()[:length])
    with pytest.raises(RunError, match=r"^The checkpoints of run 'Mine' are damaged; start a new run with the same settings\.$"):
        checkpoint.load(run)


def test_a_damaged_one_beyond_the_epoch_that_is_saved_next_is_dropped(run):
    for epoch in (3, 5):
        checkpoint.save(run, epoch, ARRAYS, FACTS)
    (run.checkpoint / "epoch-000005.checkpoint").write_bytes(b"")
    checkpoint.save(run, 4, ARRAYS, FACTS)
    assert names(run) == ["epoch-000003.checkpoint", "epoch-000004.checkpoint"]


def test_a_full_disk_leaves_the_last_one_as_it_was(run, monkeypatch):
    checkpoint.save(run, 1, ARRAYS, FACTS)
    with monkeypatch.context() as broken:
        broken.setattr(os, "fsync", lambda _: (_ for _ in ()).throw(OSError(errno.ENOSPC, "No space left on device")))
        with pytest.raises(OSError, match="No space left"):
            checkpoint.save(run, 2, ARRAYS, FACTS)
    assert names(run) == ["epoch-000001.checkpoint"]
    assert checkpoint.load(run).epoch == 1


@pytest.mark.parametrize(
    ("epoch_seconds", "kept"),
    [(100.0, [1, 2, 3, 4, 5, 6]), (10.0, [1, 3, 5]), (1.0, [1])],
    ids=["long epochs", "shorter", "short"],
)
def test_saving_takes_a_twentieth_of_the_time_at_most(run, epoch_seconds, kept):
    now, found = 0.0, []
    keeper = checkpoint.Keeper(run, clock=lambda: now)

    def snapshot():
        nonlocal now
        now += 1.0
        return {}, {}

    for epoch in range(1, 7):
        now += epoch_seconds
        keeper.keep(epoch, snapshot)
        if checkpoint.latest_epoch(run) == epoch:
            found.append(epoch)
    assert found == kept
