"""What every view of a run's answers says when there is no run, or none that can answer."""

import os

import pytest
from streamlit.testing.v1 import AppTest
from views import show

pytestmark = [
    pytest.mark.usefixtures("no_bundled_run"),
    pytest.mark.parametrize(
        "name", ["evaluate/scores", "evaluate/errors", "evaluate/errors#Mistakes", "explain/look", "try_it/photo"]
    ),
]


def words(app: str, name: str) -> str:
    at = show(AppTest.from_file(app, default_timeout=60).run(), f"{name}")
    assert not at.exception
    return "\n".join(str(part.value) for part in [*at.markdown, *at.info, *at.warning, *at.error])


def test_no_run(app, name, small_dataset):
    assert "There is no run yet" in words(app, name)


def test_run_is_still_at_work(app, name, run, hold):
    hold(run)
    run.write(run.status().model_copy(update={"state": "running", "pid": os.getpid()}))
    assert "The run **Finished run** is still running." in words(app, name)


def test_run_has_no_model(app, name, run):
    run.model_file.unlink()
    assert "ended without a model" in words(app, name)
