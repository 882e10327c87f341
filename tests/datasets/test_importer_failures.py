"""An import that is refused, runs out of disk or is killed leaves nothing that looks like a data set."""

import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from dataset_sources import archive, kaggle, left_behind, png

from fer_core import runs
from fer_core.datasets import store, writing
from fer_core.datasets.importer import import_source
from fer_core.errors import DatasetError, FerError, ImportRefusedError
from fer_core.runs.config import RunConfig
from fer_core.runs.job import Job
from fer_core.runs.records import Status

PROJECT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({}, "holds no pictures"),
        ({"train/sad/a.png": png(1), "train/surprise/a.png": png(1)}, "none of the classes .*; it holds: sad, surprise"),
        ({"train/happy/a.png": b"junk"}, "None of the 1 file.*could be used; the first, 'train/happy/a.png'"),
        ({"a.png": png(1)}, "None of the 1 file.*not in a class folder"),
        ({"train/happy/a.png": png(1), "../a.png": png(1)}, "points outside"),
    ],
)
def test_refusals_leave_nothing(workspace: Path, tmp_path: Path, files: dict, message: str) -> None:
    with pytest.raises(ImportRefusedError, match=message):
        import_source(archive(tmp_path / "x.zip", files), "Mine")
    assert left_behind(workspace) == []


def test_a_lie_about_sizes_leaves_nothing(workspace: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = archive(tmp_path / "x.zip", kaggle() | {"train/happy/zz.png": bytes(3_000_000)})
    content = bytearray(path.read_bytes())
    entry = content.rfind(b"PK\x01\x02", 0, content.rfind(b"train/happy/zz.png"))
    content[entry + 24 : entry + 28] = (100).to_bytes(4, "little")
    path.write_bytes(content)
    monkeypatch.setenv("FER_MAX_ARCHIVE_BYTES", "1000000")
    with pytest.raises(ImportRefusedError, match="unpacks to more than 1,000,000 bytes"):
        import_source(path, "Mine")
    assert left_behind(workspace) == []


def test_a_listener_that_gives_up_ends_the_import_and_leaves_nothing(workspace: Path, tmp_path: Path) -> None:
    def give_up(fraction: float, sentence: str) -> None:
        if fraction >= 1:
            return
        raise KeyboardInterrupt(sentence)

    with pytest.raises(KeyboardInterrupt):
        import_source(archive(tmp_path / "a.zip", kaggle()), "Mine", progress=give_up)
    assert left_behind(workspace) == []


@pytest.mark.parametrize(
    "answer",
    [
        (28, "No space left on device"),
        ("Not enough free space to write 53519616 bytes after offset 128",),
        ("2304 requested and 1024 written",),
    ],
)
def test_a_full_disk_is_one_sentence_and_leaves_nothing(
    workspace: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, answer: tuple
) -> None:
    def full(path: Path, *rest: object, **options: object) -> None:
        Path(path).write_bytes(b"the first half")
        raise OSError(*answer)

    monkeypatch.setattr(writing.np, "save", full)
    with pytest.raises(FerError, match="The disk is full"):
        import_source(archive(tmp_path / "a.zip", kaggle()), "Mine")
    assert left_behind(workspace) == []


KILLED = """
    import os, signal, sys
    from pathlib import Path
    from fer_core.datasets import intake, importer, staging
    moment, source = sys.argv[1:]

    def die(*arguments, **options):
        os.kill(os.getpid(), signal.SIGKILL)

    if moment == "decoding":
        intake._collect = die
    elif moment == "writing":
        staging.publish = die
    else:
        rename, seen = Path.rename, []
        def rename_and_die(self, target):
            rename(self, target)
            die()
        Path.rename = rename_and_die
    importer.import_source(Path(source), "Mine", overwrite=True)
"""


@pytest.mark.parametrize(("moment", "old"), [("decoding", False), ("writing", False), ("writing", True), ("renaming", True)])
def test_a_killed_import_leaves_nothing_that_looks_like_one(workspace: Path, tmp_path: Path, moment: str, old: bool) -> None:
    source = archive(tmp_path / "a.zip", kaggle())
    if old:
        import_source(archive(tmp_path / "old.zip", kaggle(train=5)), "Mine")
    command = [sys.executable, "-c", textwrap.dedent(KILLED), moment, str(source)]
    assert subprocess.run(command, cwd=PROJECT, check=False).returncode == -signal.SIGKILL
    assert store.dataset_names() == (["Mine"] if old else [])
    assert [meta.n for meta in store.list_datasets()] == ([16] if old else [])
    import_source(source, "Other")
    assert left_behind(workspace) == (["Mine"] if old else []) + ["Other"]


def test_importing_needs_no_tensorflow(workspace: Path, tmp_path: Path) -> None:
    source = archive(tmp_path / "a.zip", kaggle())
    program = (
        "import sys; from pathlib import Path; from fer_core.datasets import importer, store;"
        f"importer.import_source(Path({str(source)!r}), 'Mine'); store.open_dataset('Mine').samples;"
        "assert not {'tensorflow', 'keras', 'streamlit'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", program], cwd=PROJECT, check=True)


def test_a_data_set_in_use_is_not_overwritten(workspace: Path, tmp_path: Path, hold: Callable[[Job], None]) -> None:
    source = archive(tmp_path / "a.zip", kaggle())
    import_source(source, "Mine")
    hold(run(workspace, "Mine", "running"))
    with pytest.raises(DatasetError, match="cannot be overwritten while a run is using it"):
        import_source(source, "mine", overwrite=True)
    with pytest.raises(DatasetError, match="cannot be deleted while a run is using it"):
        store.delete_dataset("Mine")
    assert store.open_dataset("Mine").meta.n == 26


def run(workspace: Path, dataset: str, state: str) -> runs.Run:
    """A run's folder that says it is at work in this process."""
    made = runs.create(RunConfig(dataset=dataset))
    made.write(Status(state=state, created=time.time(), pid=os.getpid()))
    return made
