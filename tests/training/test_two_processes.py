"""A workspace on a shared disk: a run is trained once, whoever begins it, and what stood still does not write over it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable

import psutil
import pytest

from fer_core import runs
from fer_core.errors import RunError, Superseded
from fer_core.runs import Run
from fer_core.runs.config import preset_config
from fer_core.runs.job import Job
from fer_core.runs.records import Status
from fer_core.settings import PROJECT
from fer_core.training.events import StatusWriter

WORKER = """
import os, signal, sys, time
from fer_core import runs
from fer_core.errors import RunError
from fer_core.runs.records import Stage, Status
from fer_core.training.events import EventWriter
name, epochs = sys.argv[2], int(sys.argv[3])
run = runs.open_run(sys.argv[1])
try:
    with run.hold(patience=float(sys.argv[4])):
        events = EventWriter(run, Status(state="running", created=time.time(), pid=os.getpid()))
        for epoch in range(1, epochs + 1):
            time.sleep(0.05)
            if name == "stalled" and epoch == 4:
                os.kill(os.getpid(), signal.SIGSTOP)
            events.require_turn()
            with run.epochs_file.open("a") as file:
                file.write(f"{name} {epoch}\\n")
            events.progress(Stage(epoch=epoch, epochs=epochs, note=name), now=True)
        events.state("finished", error=name)
except RunError as error:
    print(name, error, flush=True)
"""


def worker(run: Run, name: str, *, epochs: int, patience: float = 0.2) -> subprocess.Popen[str]:
    words = [sys.executable, "-c", WORKER, run.id, name, str(epochs), str(patience)]
    return subprocess.Popen(words, cwd=PROJECT, stdout=subprocess.PIPE, text=True)


def until(true: Callable[[], bool]) -> None:
    end = time.monotonic() + 120
    while not true():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.05)


def lines(run: Run) -> list[str]:
    return run.epochs_file.read_text().splitlines() if run.epochs_file.exists() else []


@pytest.fixture
def run(workspace) -> Run:
    return runs.create(preset_config("faces", "quick"), name="Shared")


def test_of_two_processes_that_begin_a_run_one_does(run):
    workers = [worker(run, name, epochs=60) for name in ("first", "second")]
    said = [process.communicate(timeout=120)[0] for process in workers]
    assert sum("Another process is at work on this already" in text for text in said) == 1
    names = {line.split()[0] for line in lines(run)}
    assert len(names) == 1
    assert len(lines(run)) == 60
    assert (run.status().state, run.turn) == ("finished", 1)


def test_who_stood_still_while_another_took_over_writes_no_more(run):
    stalled = worker(run, "stalled", epochs=2000)
    try:
        until(lambda: psutil.Process(stalled.pid).status() == psutil.STATUS_STOPPED)
        before = lines(run)
        # A shared disk that has not heard of a node for a while gives its locks to others.
        run.lock_file.unlink()
        second = worker(run, "second", epochs=5)
        assert second.communicate(timeout=120)[0] == ""
        assert (run.status().state, run.status().error, run.turn) == ("finished", "second", 2)
        os.kill(stalled.pid, signal.SIGCONT)
        said = stalled.communicate(timeout=120)[0]
        assert said == "stalled Another process has taken this work over; this one ends.\n"
        after = lines(run)[len(before) :]
        assert [line for line in after if line.startswith("second")] == [f"second {epoch}" for epoch in range(1, 6)]
        # Where it was stopped between its look and its line, that one line was under way.
        assert len([line for line in after if line.startswith("stalled")]) <= 1
        assert (run.status().state, run.status().error) == ("finished", "second")
    finally:
        stalled.kill()
        stalled.wait(10)


def test_a_process_that_was_killed_loses_nothing_and_the_next_one_goes_on(run):
    first = worker(run, "first", epochs=2000)
    until(lambda: len(lines(run)) > 3)
    first.kill()
    first.wait(10)
    assert run.status().state == "failed"
    second = worker(run, "second", epochs=3)
    second.communicate(timeout=120)
    assert (run.status().state, run.turn) == ("finished", 2)


def test_a_lower_turn_writes_no_status(workspace):
    job = Job(workspace / "work")
    job.path.mkdir(parents=True)
    with job.hold():
        writer = StatusWriter(job, Status(state="running"))
        writer.state("running")
        (job.path / "turn").write_text("2")
        with pytest.raises(Superseded):
            writer.state("finished")
    assert job.turn == 2
    assert "running" in job.status_file.read_text()
    with job.hold():
        assert job.turn == 3


def test_a_holder_is_waited_for_as_long_as_one_has_patience(run, hold):
    hold(run)
    began = time.monotonic()
    with pytest.raises(RunError, match="Another process is at work"), run.hold(patience=0.3):
        pass
    assert 0.3 <= time.monotonic() - began < 5
