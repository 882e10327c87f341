"""What the recorded run is made of."""

import json

import pandas as pd
import pytest

from benchmarks import bundle_run
from fer_core.runs import Run, Status, Training
from fer_core.training.config import preset_config


@pytest.fixture
def part(tmp_path):
    """`part(name, epochs)`: a finished run of so many epochs, with two batches in each."""

    def make(name: str, epochs: int) -> Run:
        run = Run(id=name, path=tmp_path / name, own=tmp_path / name)
        run.path.mkdir()
        phases = ["head", *["full"] * (epochs - 1)]
        pd.DataFrame({"epoch": range(1, epochs + 1), "phase": phases, "loss": 1.0}).to_csv(run.epochs_file, index=False)
        lines = [{"step": n, "epoch": n / 2, "phase": phases[(n - 1) // 2], "loss": 1.0} for n in range(1, 2 * epochs + 1)]
        run.batches_file.write_text("".join(f"{json.dumps(line)}\n" for line in lines))
        run.write(Status(state="finished", pid=7, best_epoch=epochs - 1, best_score=0.5))
        training = {"dataset": "Faces", "fingerprint": "0" * 16, "classes": ("fear", "happy"), "seconds": 10.0 * epochs}
        run.write(Training(**training, phases=[{"name": "head"}, {"name": "full"}]))
        return run

    return make


def test_a_run_that_went_on_from_another_is_shown_whole(part, tmp_path):
    made = Run(id="made", path=tmp_path / "made", own=tmp_path / "made")
    made.path.mkdir()
    bundle_run.write_history(made, [part("first", 3), part("second", 2)])
    assert made.epochs()["epoch"].tolist() == [1, 2, 3, 4, 5]
    assert made.epochs()["phase"].tolist() == ["head", "full", "full", "head", "full"]
    assert made.batches()["step"].tolist() == list(range(1, 11))
    assert made.batches()["epoch"].tolist() == [0.5 * n for n in range(1, 11)]
    status, training = made.status(), made.training()
    assert (status.pid, status.best_epoch, status.progress.epoch, status.progress.epochs) == (None, 4, 5, 5)
    assert (training.seconds, [phase["name"] for phase in training.phases]) == (50.0, ["head", "full"] * 2)


def test_a_run_alone_stays_as_it_is(part, tmp_path):
    made = Run(id="made", path=tmp_path / "made", own=tmp_path / "made")
    made.path.mkdir()
    bundle_run.write_history(made, [part("only", 3)])
    assert made.epochs()["epoch"].tolist() == [1, 2, 3]
    assert made.status().best_epoch == 2


def test_no_place_of_this_machine_and_no_run_that_teaches_itself(tmp_path):
    config = preset_config("Faces", weights_file=str(tmp_path / "mine.weights.h5"), teachers="bundled,another")
    shipped = bundle_run.without_places(config)
    assert shipped.weights_file == "mine.weights.h5"
    assert shipped.teachers == ("earlier-bundled", "another")
    assert bundle_run.without_places(preset_config("Faces")) == preset_config("Faces")
