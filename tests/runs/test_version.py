"""The version of a run's answers, and that a new edition of the bundled run takes nothing over that another model answered."""

import pandas as pd
import pytest

from fer_core import runs
from fer_core.runs.config import preset_config
from fer_core.runs.records import About, Calibration, Int8Agreement
from fer_core.runs.version import logits_version, version


@pytest.fixture
def own(workspace):
    """The workspace's folder of the bundled run, with a name, a threshold and an answer."""
    run = runs.open_run("bundled")
    run.write(About(name="Mine"))
    run.write(Calibration(threshold=0.7))
    (run.own / "predictions").mkdir()
    (run.own / "predictions" / "x-test.parquet").write_bytes(b"answers")
    return run.own


def held(own) -> set[str]:
    return {str(path.relative_to(own)) for path in own.rglob("*") if path.is_file()}


def test_the_same_edition_keeps_everything(own) -> None:
    assert runs.open_run("bundled").calibration().threshold == 0.7
    assert held(own) == {"edition", "about.json", "calibration.json", "predictions/x-test.parquet"}


@pytest.mark.parametrize("before", ["1.000\n", None])
def test_another_edition_keeps_the_name_alone(own, before) -> None:
    (own / "edition").unlink()
    if before:
        (own / "edition").write_text(before)
    run = runs.open_run("bundled")
    assert (run.about().name, run.calibration().threshold) == ("Mine", 0.0)
    assert held(own) == {"edition", "about.json"}


@pytest.fixture
def mine(workspace):
    """A run with a model, and logits that it answered."""
    run = runs.create(preset_config("faces"))
    run.model_file.write_bytes(b"a model")
    run.write(Calibration(temperature=1.5, threshold=0.3, flip=True))
    run.write_predictions("f" * 16, "test", pd.DataFrame({"sample": [1], "logit_happy": [0.5]}))
    return run


CHANGES = {
    "temperature": lambda run: run.write(Calibration(temperature=2.0, threshold=0.3, flip=True)),
    "threshold": lambda run: run.write(Calibration(temperature=1.5, threshold=0.4, flip=True)),
    "prior": lambda run: run.write(Calibration(temperature=1.5, threshold=0.3, flip=True, prior_tau=0.5, prior=(0.3, 0.7))),
    "flip": lambda run: run.write(Calibration(temperature=1.5, threshold=0.3, flip=False)),
    "model": lambda run: run.model_file.write_bytes(b"a mOdel"),
    "int8": lambda run: run.write(Int8Agreement(n=100, agreement=1.0, mean=0.0, largest=0.0)),
    "name": lambda run: run.write(About(name="Another name")),
    "written again": lambda run: run.model_file.write_bytes(b"a model"),
}


@pytest.mark.parametrize(
    ("change", "answers", "logits"),
    [
        ("temperature", True, False),
        ("threshold", True, False),
        ("flip", True, True),
        ("model", True, True),
        ("int8", True, False),
        ("name", False, False),
        ("written again", False, False),
    ],
)
def test_the_version_follows_what_the_answers_depend_on(mine, change, answers, logits) -> None:
    before = version(mine), logits_version(mine)
    assert len(mine.predictions("f" * 16, "test")) == 1
    CHANGES[change](mine)
    assert (version(mine) != before[0], logits_version(mine) != before[1]) == (answers, logits)
    assert (mine.predictions("f" * 16, "test") is None) == logits


@pytest.mark.parametrize(("flip", "there"), [(True, True), (False, False)])
def test_predictions_without_a_version_are_those_of_the_flip_that_the_run_began_with(mine, flip, there) -> None:
    pd.DataFrame({"sample": [1], "logit_happy": [0.5]}).to_parquet(mine.path / "predictions" / f"{'f' * 16}-test.parquet")
    mine.write(Calibration(flip=flip))
    assert (mine.predictions("f" * 16, "test") is not None) == there
