"""Fixtures that every test may use, and how tests are shared out when several processes run them (`make test`)."""

import gc
import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from fer_core.labels import FIVE
from fer_core.runs.job import Job

SHARED = Path(__file__).resolve().parents[2] / "shared"
FIRST = ("e2e", "training", "models", "explain", "benchmarks")
"""Folders whose files take longest, in this order: begun last, one would keep a process at work while another has none."""
WORKER = "PYTEST_XDIST_WORKER" in os.environ

if WORKER:
    # Each process, and each training it starts, would take all cores for itself; set before TensorFlow is imported.
    os.environ |= {"TF_NUM_INTRAOP_THREADS": "1", "TF_NUM_INTEROP_THREADS": "1", "OMP_NUM_THREADS": "1"}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What takes longest comes first when there are several processes; with one the browser tests come last."""
    here = Path(__file__).resolve().parent

    def turn(item: pytest.Item) -> int:
        folder = item.path.relative_to(here).parts[0]
        if not WORKER:
            return int(folder == "e2e")
        return FIRST.index(folder) if folder in FIRST else len(FIRST)

    items.sort(key=turn)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> object:
    """One process runs a file, so that what is built for a module is built once, and all browser tests, as they share an app."""
    from xdist.scheduler import LoadFileScheduling

    class Scheduling(LoadFileScheduling):
        def _split_scope(self, nodeid: str) -> str:
            return "e2e" if "/e2e/" in nodeid else super()._split_scope(nodeid)

    return Scheduling(config, log)


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty workspace that the settings point at."""
    folder = tmp_path / "workspace"
    monkeypatch.setenv("FER_WORKSPACE", str(folder))
    return folder


@pytest.fixture
def hold() -> Iterator[Callable[[Job], None]]:
    """Makes this process the one at work in a job's folder, as long as the test takes."""
    with ExitStack() as held:
        yield lambda job: held.enter_context(job.hold())


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder with real input; tests that need it are skipped where it is not."""
    if not (SHARED / "data" / "fer2013.zip").is_file():
        pytest.skip("needs ../shared with the real FER2013 archive, which is not on this machine")
    return SHARED


@pytest.fixture(scope="session")
def tiny_model(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A `.keras` file of a network for five classes that answers in milliseconds; nothing speaks for disgust in it."""
    import keras

    # After each run of a page Streamlit has Keras collect garbage: what TensorFlow has brought need not be looked at each time.
    gc.collect()
    gc.freeze()
    keras.utils.set_random_seed(0)
    face = keras.Input((48, 48, 1), name="face")
    x = keras.layers.Rescaling(1 / 255, name="normalise")(face)
    x = keras.layers.Conv2D(4, 3, strides=2, padding="same", activation="relu", name="early")(x)
    x = keras.layers.Conv2D(8, 3, strides=2, padding="same", activation="relu", name="late")(x)
    x = keras.layers.GlobalAveragePooling2D(name="pool")(x)
    model = keras.Model(face, keras.layers.Dense(len(FIVE), name="logits")(x))
    kernel, bias = model.get_layer("logits").get_weights()
    kernel[:, FIVE.index("disgust")] = -abs(kernel[:, FIVE.index("disgust")])
    model.get_layer("logits").set_weights([kernel, bias])
    path = tmp_path_factory.mktemp("model") / "model.keras"
    model.save(path)
    return path.read_bytes()
