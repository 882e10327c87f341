"""Time what README says of data sets: import, open, first render of the views, a page of the grid, synthetic faces.

    python -m benchmarks.data ../shared/data/fer2013.zip

Works in a temporary workspace. Every figure is wall time in seconds on the machine at hand; each view is rendered twice by
Streamlit's own test runner in this process, first with cold caches, then warm.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks.page_times import switch

VIEWS = ("data/overview", "data/faces", "data/overview#Mean faces")


def main() -> None:
    """Print one line a figure."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("source", type=Path)
    source = parser.parse_args().source.resolve()
    with tempfile.TemporaryDirectory() as folder:
        os.environ["FER_WORKSPACE"] = folder
        measure(source)
    print(f"TensorFlow imported: {'tensorflow' in sys.modules}")


def measure(source: Path) -> None:
    """Run all measurements in the workspace that the environment names."""
    from streamlit.testing.v1 import AppTest

    from fer_core.datasets.importer import import_source
    from fer_core.datasets.store import open_dataset
    from fer_core.datasets.synthetic import make_faces
    from fer_core.settings import PROJECT

    timed("import of the source", lambda: import_source(source, "Measured"))

    def reopen() -> None:
        dataset = open_dataset("Measured")
        dataset.samples.groupby(["split", "label"]).size()
        dataset.images[:60].copy()

    timed("opening it again, with its class balance and 60 faces", reopen)
    app = AppTest.from_file(str(PROJECT / "pages" / "frame.py"), default_timeout=60)
    timed("first view of the session (home)", app.run)
    for view in VIEWS:
        timed(f"first render of {view}", switch(app, view).run)
        timed(f"second render of {view}", app.run)
    if app.exception:
        raise SystemExit(f"A view failed: {app.exception}")
    timed("3,000 synthetic faces", lambda: make_faces(3000, 0))


def timed(what: str, call: Callable[[], Any]) -> None:
    """Call and print the seconds that it took."""
    start = time.perf_counter()
    call()
    print(f"{time.perf_counter() - start:7.2f}  {what}", flush=True)


if __name__ == "__main__":
    main()
