import json
import sys

import pytest

from fer_core import processes
from fer_core.errors import DatasetError, InputError, RunError


def pretend(folder, monkeypatch, said: list[object], *, status: int = 0) -> None:
    """Put a program that prints these lines in the place of Python."""
    lines = "".join(f"echo '{line if isinstance(line, str) else json.dumps(line)}'\n" for line in said)
    program = folder / "program"
    program.write_text(f"#!/bin/sh\n{lines}exit {status}\n")
    program.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(program))


needs_shell = pytest.mark.skipif(sys.platform == "win32", reason="the stand-in is a shell script")


@needs_shell
def test_progress_is_passed_on_and_chatter_is_not(workspace, tmp_path, monkeypatch):
    pretend(tmp_path, monkeypatch, ["Loading ...", {"share": 0.5, "text": "Half"}, {"share": 1, "text": "All"}])
    heard = []
    assert processes.ask("x", error=RunError, progress=lambda *said: heard.append(said)) == 0
    assert heard == [(0.5, "Half"), (1, "All")]


@needs_shell
@pytest.mark.parametrize("kind", [RunError, DatasetError])
def test_an_error_of_the_process_is_one_of_the_asked_kind(workspace, tmp_path, monkeypatch, kind):
    pretend(tmp_path, monkeypatch, [{"share": 0.5, "text": "Half"}, {"error": "No model."}], status=2)
    with pytest.raises(kind, match=r"^No model\.$"):
        processes.ask("x", error=kind)


@needs_shell
def test_a_process_that_dies_has_its_status(workspace, tmp_path, monkeypatch):
    pretend(tmp_path, monkeypatch, [], status=7)
    assert processes.ask("x", error=RunError) == 7


def test_a_process_that_cannot_start_is_a_sentence(workspace, tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "executable", str(tmp_path / "nothing"))
    with pytest.raises(RunError, match=r"The work could not be started \(No such file"):
        processes.ask("x", error=RunError)


@pytest.mark.parametrize(
    ("problem", "said"), [(InputError("Too few."), "Too few."), (MemoryError(), "There was not enough memory;")]
)
def test_what_goes_wrong_is_said(monkeypatch, capfd, problem, said):
    monkeypatch.setattr("os.nice", lambda _: 0, raising=False)

    def work(progress):
        progress(0.25, "A quarter")
        raise problem

    assert processes.answer(work) == 2
    quarter, error = map(json.loads, capfd.readouterr().out.splitlines())
    assert quarter == {"share": 0.25, "text": "A quarter"}
    assert error["error"].startswith(said)
