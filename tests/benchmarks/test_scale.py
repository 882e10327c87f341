"""What the benchmark of large data sets makes, and that it sees memory that no file backs."""

import sys
from pathlib import Path

import numpy as np
import pytest

from benchmarks import scale
from fer_core.datasets.importer import import_source


def test_the_archive_imports_as_coloured_faces_that_all_differ(workspace: Path, tmp_path: Path) -> None:
    scale.pack(tmp_path / scale.SOURCE, 70)
    report = import_source(tmp_path / scale.SOURCE, "Scale", classes=None)
    assert (report.images, report.size, report.colour) == (70, scale.SIDE, "rgb")
    assert sum(report.classes["test"].values()) == 14
    assert not any("copies" in note for note in report.notes)


@pytest.mark.skipif(sys.platform != "linux", reason="Linux alone tells how much memory is anonymous")
def test_anonymous_memory_is_seen() -> None:
    with scale.Anonymous() as memory:
        held = np.ones(60_000_000, np.uint8)
        scale.time.sleep(4 * scale._LOOK_SECONDS)
    assert memory.most - memory.before > 0.8 * held.nbytes
