"""The two runs that come with the project."""

import numpy as np
import pytest

from fer_core import runs
from fer_core.errors import RunError
from fer_core.evaluation.assessment import score_recorded
from fer_core.evaluation.predictions import find_predictions, sources
from fer_core.labels import FIVE
from fer_core.predictor import load_predictor
from fer_core.settings import ASSETS


def test_they_are_listed_last(workspace) -> None:
    assert [run.id for run in runs.list_runs()] == ["bundled", "bundled-crowd"] == list(runs.SHIPPED)


@pytest.mark.parametrize(("run_id", "labels", "learned"), [("bundled", "imported", 5), ("bundled-crowd", "crowd", 7)])
def test_they_say_what_they_learned_from_and_answer(workspace, run_id, labels, learned) -> None:
    run = runs.open_run(run_id)
    training = run.training()
    assert (run.read_only, run.config().labels, run.classes()) == (True, labels, FIVE)
    assert (training.dataset.startswith("FER2013"), len(training.counts["train"])) == (True, learned)
    assert len(run.training_samples()) == sum(training.counts["train"].values())
    faces = np.random.default_rng(0).integers(0, 256, (3, 48, 48), dtype=np.uint8)
    assert all(sum(answer.probabilities.values()) == pytest.approx(1, abs=1e-5) for answer in load_predictor(run).answers(faces))
    with pytest.raises(RunError, match=f"Run '{run_id}' comes with the project and cannot be deleted"):
        runs.delete(run)


def test_the_crowds_run_is_judged_by_the_crowd(workspace) -> None:
    """The figures that RESULTS.md quotes, from the answers that ship."""
    run = runs.open_run("bundled-crowd")
    assert run.config().weights_file == "c6.weights.h5"
    assert "began with the weights of the run that the course uses" in run.about().note
    test = next(source for source in sources(run, None) if source.split == "test")
    scores = score_recorded(run, test, find_predictions(run, None, test))
    assert scores.n == 2536
    assert (scores.accuracy, scores.macro_f1) == pytest.approx((0.9365, 0.8513), abs=5e-5)
    assert scores.leaked["exact"] == 0
    assert 0 < run.calibration().threshold < 1


def test_what_ships_is_small() -> None:
    sizes = {path: path.stat().st_size for path in ASSETS.rglob("*") if path.is_file()}
    assert sum(size for path, size in sizes.items() if path.suffix in (".keras", ".h5", ".onnx")) < 24_000_000, "weights"
    assert sum(sizes.values()) < 29_000_000, "of the 34 MB that may be committed five are kept for files of the browser"
