import sys
import textwrap
import threading
import time
from pathlib import Path

import psutil
import pytest

from fer_core import processes
from fer_core.errors import DatasetError, RunError, Stopped

WORDS = """
import os, pathlib, subprocess, sys, time
from fer_core.errors import InputError

def double(numbers, *, progress):
    print("Loading ...")
    progress(0.5, "Half")
    progress(1, "All")
    return {"doubled": [2 * number for number in numbers], "nice": os.nice(0)}

def refuse(*, progress):
    progress(0.25, "A quarter")
    raise InputError("Too few.")

def need(*, progress):
    raise MemoryError

def die(*, progress):
    progress(0.5, "Half")
    os._exit(7)

def sleep(file, *, progress):
    pathlib.Path(file).write_text(str(os.getpid()))
    progress(0.5, "Half")
    time.sleep(600)
"""


@pytest.fixture
def words(workspace, tmp_path, monkeypatch):
    """A module of functions that other processes can import too."""
    (tmp_path / "words_of_the_test.py").write_text(textwrap.dedent(WORDS))
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.syspath_prepend(str(tmp_path))
    import words_of_the_test

    yield words_of_the_test
    del sys.modules["words_of_the_test"]


def test_a_function_is_called_with_its_arguments_and_says_how_far_it_is(words):
    heard = []
    result = processes.call(words.double, [1, 2, 3], error=RunError, progress=lambda *said: heard.append(said))
    assert result["doubled"] == [2, 4, 6]
    assert heard == [(0.5, "Half"), (1, "All")]
    if sys.platform != "win32":
        assert result["nice"] == min(19, psutil.Process().nice() + processes.NICENESS)


@pytest.mark.parametrize(
    ("name", "kind", "sentence"),
    [
        ("refuse", RunError, r"^Too few\.$"),
        ("refuse", DatasetError, r"^Too few\.$"),
        ("need", RunError, r"^There was not enough memory; close other programs"),
        ("die", RunError, r"^The work broke off \(exit status 7\); see that memory and disk space are free"),
    ],
)
def test_what_goes_wrong_is_an_error_of_the_asked_kind(words, name, kind, sentence):
    with pytest.raises(kind, match=sentence):
        processes.call(getattr(words, name), error=kind)


def test_a_process_that_cannot_start_is_a_sentence(words, tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "executable", str(tmp_path / "nothing"))
    with pytest.raises(RunError, match=r"The work could not be started \(No such file"):
        processes.call(words.double, [1], error=RunError)


@pytest.mark.parametrize("how", ["stop", "progress"])
def test_work_that_is_stopped_ends_its_process(words, tmp_path, how):
    file, asked = tmp_path / "pid", threading.Event()

    def progress(share: float, text: str) -> None:
        asked.set()
        if how == "progress":
            raise Stopped

    with pytest.raises(Stopped):
        processes.call(
            words.sleep, str(file), error=RunError, progress=progress, stop=asked.is_set if how == "stop" else lambda: False
        )
    assert not psutil.pid_exists(int(file.read_text()))


def test_the_process_ends_with_the_one_that_called_it(words, tmp_path):
    file = tmp_path / "pid"
    program = (
        "import words_of_the_test, sys; from fer_core import processes; from fer_core.errors import RunError;"
        f"processes.call(words_of_the_test.talk, {str(file)!r}, error=RunError)"
    )
    talk = "\ndef talk(file, *, progress):\n    pathlib.Path(file).write_text(str(os.getpid()))\n    while True:\n"
    module = Path(words.__file__)
    module.write_text(module.read_text() + talk + "        progress(0.5, 'On and on')\n        time.sleep(0.05)\n")
    parent = psutil.Popen([sys.executable, "-c", program], cwd=processes.PROJECT)
    end = time.monotonic() + 60
    while not (file.exists() and file.read_text()) and time.monotonic() < end:
        time.sleep(0.05)
    parent.kill()
    parent.wait(30)
    pid = int(file.read_text())
    while psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE and time.monotonic() < end:
        time.sleep(0.05)
    assert not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
