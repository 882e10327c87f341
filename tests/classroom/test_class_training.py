"""What students may train: in the lesson's folder, one at a time, few faces, few minutes, and gone with the lesson."""

import subprocess
import sys
import time

import numpy as np
import pandas as pd
import psutil
import pytest

from fer_core import runs
from fer_core.classroom import training
from fer_core.classroom.rooms import begin_another, sweep
from fer_core.datasets import writing
from fer_core.errors import InputError
from fer_core.runs.config import preset_config
from fer_core.runs.records import Status
from fer_core.training import jobs


@pytest.fixture
def faces(workspace):
    """A data set with 60 training faces in a class that has begun."""
    begin_another()
    rows = pd.DataFrame({"label": ["happy", "angry"] * 40, "split": ["train"] * 60 + ["validation"] * 20})
    images = np.random.default_rng(0).integers(0, 255, (80, 48, 48)).astype(np.uint8)
    return writing.write_dataset("Few", images, rows, classes=("angry", "happy"), kind="folders", source="few")


@pytest.fixture
def workers(monkeypatch):
    """Processes that stand in for those that train: they sleep, and their command line names the run."""
    begun: list[subprocess.Popen] = []

    def launch(run, words):
        code = "import time; time.sleep(600)"
        begun.append(subprocess.Popen([sys.executable, "-c", code, words[-1]]))
        now = time.time()
        run.write(Status(state="running", created=now, started=now, heartbeat=now, pid=begun[-1].pid))

    monkeypatch.setattr(jobs, "launch", launch)
    monkeypatch.setattr(training, "watch", lambda: None)
    yield begun
    for process in begun:
        process.kill()
        process.wait()


def test_a_students_run_lies_in_the_lesson_and_ends_with_it(faces, workers, workspace, hold):
    mine = runs.create(preset_config("Few", "quick"), name="The teacher's")
    run = training.start(preset_config("Few", "quick"), name="A student's")
    assert run.path.parent == workspace / "classroom" / "runs"
    assert {one.id for one in runs.list_runs() if not one.read_only} == {mine.id, run.id}
    assert runs.open_run(run.id).path == run.path
    assert [one.id for one in training.runs_of_lesson()] == [run.id]
    hold(run)
    with pytest.raises(InputError, match="one at a time"):
        training.start(preset_config("Few", "quick"))
    sweep()
    assert run.path.exists(), "a lesson that goes on keeps it"
    another = begin_another()
    assert not psutil.pid_exists(workers[0].pid)
    assert [one.id for one in runs.list_runs() if not one.read_only] == [mine.id]
    another.end()
    assert not (workspace / "classroom").exists()


def test_another_process_with_the_number_of_one_that_is_gone_lives(faces, workers):
    run = training.start(preset_config("Few", "quick"))
    with subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"]) as other:
        run.write(run.status().model_copy(update={"pid": other.pid}))
        training.end_trainings()
        assert other.poll() is None
        other.kill()
    assert not psutil.pid_exists(workers[0].pid), "the one that names the run ends all the same"


def test_after_its_minutes_a_run_is_asked_to_stop(faces, workers, hold):
    run = training.start(preset_config("Few", "quick"))
    hold(run)
    began = run.status().started
    assert training.stop_late(now=began + 60 * training.MINUTES - 1) == 1
    assert not run.stopping
    assert training.stop_late(now=began + 60 * training.MINUTES + 1) == 1
    assert run.stopping


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({}, "at most 40 faces, and this run would take 60: set the share of the training faces to 66.6% or less"),
        ({"train_share": 0.7}, "would take 42"),
        ({"teachers": ("bundled",)}, "without teachers"),
        ({"weights_file": "/etc/passwd"}, "without teachers"),
    ],
)
def test_what_is_more_is_refused(faces, workers, monkeypatch, changes, sentence):
    monkeypatch.setattr(training, "FACES", 40)
    with pytest.raises(InputError, match=sentence):
        training.start(preset_config("Few", "quick", **changes))
    assert workers == []
    assert training.start(preset_config("Few", "quick", train_share=0.66)).path.exists()
