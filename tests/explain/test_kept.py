from dataclasses import dataclass

import numpy as np
import pytest

from fer_core.explain.kept import keep, kept
from fer_core.runs import Run
from fer_core.runs.records import Calibration

FACE = np.arange(48 * 48, dtype=np.uint16).astype(np.uint8).reshape(48, 48)


@dataclass(frozen=True)
class TwoCurves:
    names: tuple[str, ...]
    values: np.ndarray


MADE = TwoCurves(("one", "other"), np.array([[0.5, 0.25], [1.0, 0.0]], np.float32))


@pytest.fixture
def run(workspace):
    """A run that ships, with a folder of its own in the workspace."""
    shipped = workspace / "shipped"
    shipped.mkdir(parents=True)
    (shipped / "model.keras").write_bytes(b"network")
    return Run(id="shipped", path=shipped, own=workspace / "own")


def test_what_is_kept_is_found(run):
    assert kept(run, TwoCurves, FACE, "gradcam", 5) is None
    keep(run, MADE, FACE, "gradcam", 5)
    found = kept(run, TwoCurves, FACE, "gradcam", 5)
    assert found.names == ("one", "other")
    np.testing.assert_array_equal(found.values, MADE.values)
    assert found.values.dtype == np.float32
    assert [file.name[:11] for file in (run.own / "explanations").iterdir()] == ["two-curves-"]


@pytest.mark.parametrize(
    "question",
    [(FACE, "gradcam", 6), (FACE, "gradcam5"), (FACE[::-1], "gradcam", 5), (FACE.reshape(-1), "gradcam", 5), ("gradcam", 5)],
)
def test_another_question_misses(run, question):
    keep(run, MADE, FACE, "gradcam", 5)
    assert kept(run, TwoCurves, *question) is None


@pytest.mark.parametrize("change", ["model", "temperature", "threshold", "flip"])
def test_another_run_version_misses(run, change):
    keep(run, MADE, "asked")
    if change == "model":
        run.model_file.write_bytes(b"another")
    else:
        run.write(
            Calibration(**{"temperature": {"temperature": 2.0}, "threshold": {"threshold": 0.5}, "flip": {"flip": False}}[change])
        )
    assert kept(run, TwoCurves, "asked") is None


def test_what_ships_is_found_until_the_viewer_makes_it_anew(run):
    keep(Run(id="shipped", path=run.path, own=run.path), MADE, "asked")
    assert kept(run, TwoCurves, "asked").values[0, 1] == 0.25
    keep(run, TwoCurves(MADE.names, MADE.values + 1), "asked")
    assert kept(run, TwoCurves, "asked").values[0, 1] == 1.25


@pytest.mark.parametrize("content", [b"", b"no zip", None])
def test_damage_is_nothing_kept(run, content):
    keep(run, MADE, "asked")
    file = next((run.own / "explanations").iterdir())
    file.write_bytes(file.read_bytes()[:-30] if content is None else content)
    assert kept(run, TwoCurves, "asked") is None


def test_without_a_model_nothing_is_kept(run):
    run.model_file.unlink()
    keep(run, MADE, "asked")
    assert kept(run, TwoCurves, "asked") is None
    assert not run.own.exists()
