"""What every view of a run's answers says when there is no run, or none that can answer."""

import os

import pytest
from views import view, words

pytestmark = [
    pytest.mark.usefixtures("no_bundled_run"),
    pytest.mark.parametrize(
        "name", ["evaluate/scores", "evaluate/errors", "evaluate/errors#Mistakes", "explain/look", "try_it/photo"]
    ),
]


def test_no_run(app, name, small_dataset):
    assert "There is no run yet" in words(view(app, name))


def test_run_is_still_at_work(app, name, run, hold):
    hold(run)
    run.write(run.status().model_copy(update={"state": "running", "pid": os.getpid()}))
    assert "The run **Finished run** is still running." in words(view(app, name))


def test_run_has_no_model(app, name, run):
    run.model_file.unlink()
    assert "ended without a model" in words(view(app, name))
