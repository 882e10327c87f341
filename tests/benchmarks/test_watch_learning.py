"""Recording a training, on a few drawn faces."""

import sys

import pytest

from benchmarks import watch_learning
from fer_core import runs
from fer_core.datasets.synthetic import create_synthetic
from fer_core.lesson import recorded_run


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_a_recording_says_at_the_end_of_each_epoch_what_the_run_itself_kept(workspace, tmp_path, monkeypatch, capsys):
    create_synthetic("Drawn", count=300)
    settings = ("resolution=32", "fine_map=false", "weights=random", "precision=float32", "head_epochs=0", "full_epochs=2")
    words = [word for pair in settings for word in ("--set", pair)]
    out = tmp_path / "learning.json"
    command = ["watch", "--dataset", "Drawn", "--out", str(out), "--", "--preset", "standard", *words]
    monkeypatch.setattr(sys, "argv", command)
    watch_learning.main()
    recording, run = recorded_run.load(out), next(run for run in runs.list_runs() if not run.read_only)
    assert run.status().state == "finished"
    kept = {moment.epoch: moment.confusion for moment in run.moments()}
    asked = {moment.epoch: moment.confusion for moment in recording.moments}
    assert list(kept) == [1, 2]
    assert {epoch: asked[epoch] for epoch in kept} == kept
    assert min(asked) == 0
    assert sum(1 < epoch < 2 for epoch in asked) == 2
    assert recording.epochs["epoch"].tolist() == [1, 2]
    assert (recording.origin.dataset, recording.origin.resolution) == ("Drawn", 32)
    assert recording.origin.recipe == "standard " + " ".join(settings)
    assert "moments" in capsys.readouterr().out
