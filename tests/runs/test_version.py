"""A new version of the bundled run takes nothing over that another model answered."""

import pytest

from fer_core import runs
from fer_core.runs.records import About, Calibration


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
