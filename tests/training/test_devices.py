"""GPUs: none here, so TensorFlow's answer is made up; what it is told about each is not."""

import pytest
import tensorflow as tf

from fer_core.training import devices, worker


@pytest.mark.parametrize(("found", "late"), [([], False), (["first", "second"], False), (["first", "second"], True)])
def test_memory_of_every_gpu_grows_where_that_can_still_be_said(monkeypatch, found, late):
    told = []

    def grow(gpu: str, on: bool) -> None:
        told.append((gpu, on))
        if late:
            raise RuntimeError("Physical devices cannot be modified after being initialized")

    monkeypatch.setattr(tf.config, "list_physical_devices", lambda kind: found if kind == "GPU" else ["cpu"])
    monkeypatch.setattr(tf.config.experimental, "set_memory_growth", grow)
    assert devices.share_gpus() == len(found)
    assert told == [(gpu, True) for gpu in found]


@pytest.mark.parametrize(("gpus", "said"), [(0, ""), (1, "1 GPU, "), (2, "2 GPUs, ")])
def test_a_run_says_what_it_was_trained_on(monkeypatch, gpus, said):
    for name, value in {"processor": "x86", "system": "Linux"}.items():
        monkeypatch.setattr(worker.platform, name, lambda value=value: value)
    monkeypatch.setattr(worker.os, "cpu_count", lambda: 2)
    assert worker._machine(gpus) == f"x86, 2 cores, {said}Linux"
