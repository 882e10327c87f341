"""Jobs with real processes: a small stand-in for the worker takes the slot, works until it is stopped, and says so."""

import errno
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import psutil
import pytest
from filelock import FileLock

from fer_core import runs
from fer_core.datasets import writing
from fer_core.errors import DatasetError, NotFoundError, RunError
from fer_core.runs import Run, job
from fer_core.runs.config import preset_config
from fer_core.runs.job import Job
from fer_core.runs.records import Status, Training
from fer_core.settings import PROJECT, settings
from fer_core.training import checkpoint, jobs

WORKER = """
import sys, time
from fer_core import runs
from fer_core.training import jobs
run = runs.open_run(sys.argv[1])
jobs.POLL_SECONDS = 0.05
print("hello from", run.id, flush=True)
places = []
held = run.hold()
held.__enter__()
lock = jobs.acquire_slot(run, places.append)
if lock is None:
    run.write(run.status().model_copy(update={"state": "stopped", "error": None}))
    sys.exit(0)
run.write(run.status().model_copy(update={"state": "running", "started": time.time()}))
for _ in range(600):
    if run.stop_file.exists():
        break
    time.sleep(0.05)
print("places", places, flush=True)
run.write(run.status().model_copy(update={"state": "finished", "ended": time.time()}))
"""

OPEN_FOLD = jobs.folds.open_fold
FINGERPRINT = "0123456789abcdef"
COUNTS = {"train": {"happy": 8, "fear": 8}, "validation": {"happy": 2, "fear": 2}}
META = SimpleNamespace(counts=COUNTS, fingerprint=FINGERPRINT)


@pytest.fixture(autouse=True)
def slot(workspace: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A data set that exists, the stand-in as worker, and no process left afterwards."""
    monkeypatch.setattr(jobs.folds, "open_fold", lambda name, fold: SimpleNamespace(meta=META))
    monkeypatch.setattr(jobs, "command", lambda run: [sys.executable, "-c", WORKER, run.id])
    yield
    for process, *_ in jobs._children.values():
        process.kill()
        process.wait(10)
    jobs._children.clear()


def start(name: str = "") -> Run:
    return jobs.start(preset_config("faces", "frozen"), name=name)


def until(happens: Callable[[], bool], seconds: float = 120.0) -> None:
    end = time.monotonic() + seconds
    while not happens():
        if time.monotonic() > end:
            pytest.fail(f"did not happen within {seconds:.0f} s: {[(run.id, run.status()) for run in runs.list_runs()]}")
        time.sleep(0.05)


def state(run: Run) -> str:
    return run.status().state


def test_a_run_starts_works_and_stops() -> None:
    run = start("First")
    assert (state(run), run.about().name) == ("queued", "First")
    until(lambda: state(run) == "running")
    assert jobs.at_work() == run
    assert jobs.queue() == []
    jobs.stop(run)
    until(lambda: state(run) == "finished")
    assert run.log_tail().splitlines()[0] == f"hello from {run.id}"
    assert jobs.at_work() is None


def test_a_stop_shows_at_once_and_a_second_one_changes_nothing() -> None:
    run = start()
    until(lambda: state(run) == "running")
    os.kill(run.status().pid or 0, signal.SIGSTOP)
    jobs.stop(run)
    assert state(run) == "stopping"
    jobs.stop(run)
    os.kill(run.status().pid or 0, signal.SIGCONT)
    until(lambda: state(run) == "finished")


def test_the_worker_leads_its_own_session_at_a_lower_priority() -> None:
    run = start()
    until(lambda: state(run) == "running")
    pid = run.status().pid or 0
    assert os.getsid(pid) == pid != os.getsid(0)
    level = min(19, psutil.Process().nice() + jobs.NICENESS)
    assert psutil.Process(pid).nice() == level
    session = Path(f"/proc/{pid}/autogroup")
    if session.exists():
        assert session.read_text().split()[-1] == str(level)


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL], ids=["ctrl-c", "killed"])
def test_the_worker_survives_the_end_of_the_app(how: signal.Signals) -> None:
    app = f"""
import signal, sys, time
from types import SimpleNamespace
from fer_core.training import jobs
from fer_core.runs.config import preset_config
# A shell that starts the tests in the background has its children ignore Ctrl-C.
signal.signal(signal.SIGINT, signal.default_int_handler)
jobs.folds.open_fold = lambda name, fold: SimpleNamespace(meta=SimpleNamespace(counts={COUNTS!r}))
jobs.command = lambda run: [sys.executable, "-c", {WORKER!r}, run.id]
print(jobs.start(preset_config("faces", "frozen")).id, flush=True)
time.sleep(60)
"""
    parent = subprocess.Popen(
        [sys.executable, "-c", app],
        cwd=PROJECT,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        start_new_session=True,
    )
    assert parent.stdout is not None
    run = runs.open_run(parent.stdout.readline().strip())
    until(lambda: state(run) == "running")
    os.killpg(parent.pid, how)
    parent.wait(60)
    parent.stdout.close()
    time.sleep(0.3)
    assert state(run) == "running"
    jobs.stop(run)
    until(lambda: state(run) == "finished")


def test_three_runs_take_the_slot_in_the_order_of_their_start() -> None:
    first = start()
    until(lambda: state(first) == "running")
    second, third = start(), start()
    until(lambda: all(run.status().pid for run in (second, third)))
    assert [run.id for run in jobs.queue()] == [second.id, third.id]
    assert [jobs.place(run) for run in (first, second, third)] == [None, 1, 2]
    jobs.stop(first)
    until(lambda: state(second) == "running")
    assert (state(third), jobs.place(third)) == ("queued", 1)
    jobs.stop(second)
    until(lambda: state(third) == "running")
    jobs.stop(third)
    until(lambda: state(third) == "finished")
    assert third.log_tail().splitlines()[-1] == "places [2, 1]"


def test_a_queued_run_can_be_stopped() -> None:
    first = start()
    until(lambda: state(first) == "running")
    second = start()
    until(lambda: second.status().pid is not None)
    jobs.stop(second)
    until(lambda: state(second) == "stopped")
    assert (state(first), second.status().error) == ("running", None)


def test_a_killed_run_frees_the_slot_and_is_resumed_once_behind_those_that_wait() -> None:
    run = start("Killed")
    until(lambda: state(run) == "running")
    waiting = start()
    until(lambda: waiting.status().pid is not None)
    os.kill(waiting.status().pid or 0, signal.SIGSTOP)  # it holds its ticket and does not take the slot
    first = run.status()
    run.write(first.model_copy(update={"best_epoch": 2, "best_score": 0.6}))
    os.kill(first.pid or 0, signal.SIGKILL)
    until(lambda: state(run) == "failed")
    assert (run.status().error, run.log_tail()) == ("The worker process ended without a word.", f"hello from {run.id}")
    checkpoint.save(run, 2, {}, {})
    run.write(Training(dataset="faces", fingerprint=FINGERPRINT, classes=("happy", "fear")))
    run.stop_file.touch()
    both = threading.Barrier(2)

    def press(_: int) -> str:
        both.wait()
        try:
            jobs.resume(run)
        except RunError as error:
            return str(error)
        return "resumed"

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(press, range(2))) == ["Run 'Killed' is queued or at work already.", "resumed"]
    until(lambda: run.status().pid not in (None, first.pid))
    assert ([jobs.place(other) for other in (waiting, run)], run.stop_file.exists()) == ([1, 2], False)
    os.kill(waiting.status().pid or 0, signal.SIGKILL)
    until(lambda: state(run) == "running")
    assert state(waiting) == "failed"
    found = run.status()
    assert (found.best_epoch, found.best_score, found.error, found.ended) == (2, 0.6, None, None)
    assert run.log_tail().splitlines() == [f"hello from {run.id}"] * 2
    jobs.stop(run)
    until(lambda: state(run) == "finished")


def test_a_dead_worker_says_nothing_about_a_run_that_was_resumed_since() -> None:
    run = start()
    until(lambda: state(run) == "running")
    child = jobs._children[run.id].process
    child.kill()
    child.wait(30)
    resumed = Status(state="queued", created=time.time(), heartbeat=time.time())
    run.write(resumed)  # as another window does
    jobs.reap()
    assert (run.status(), jobs._children) == (resumed, {})


@pytest.mark.parametrize(
    ("changed", "error", "sentence"),
    [
        ({"state": "finished"}, RunError, "Run 'Mine' has finished; there is nothing to resume."),
        ({"state": "queued"}, RunError, "Run 'Mine' is queued or at work already."),
        ({"state": "running", "pid": 1}, RunError, "Run 'Mine' is queued or at work already."),
        ({"fingerprint": "another"}, DatasetError, "Data set 'faces' has changed since the run began; start a new run."),
        ({"bundled": True}, RunError, "The bundled run comes with the project and cannot be resumed; start a new run."),
        ({"gone": True}, NotFoundError, "There is no data set 'faces'"),
        ({"full": True}, RunError, "The run's folder cannot be written (No space left on device); free some space and resume"),
    ],
    ids=["finished", "queued", "at work", "data changed", "bundled", "data gone", "disk full"],
)
def test_what_cannot_be_resumed_is_one_sentence_and_stays_as_it_was(
    changed: dict[str, object],
    error: type[Exception],
    sentence: str,
    monkeypatch: pytest.MonkeyPatch,
    hold: Callable[[Job], None],
) -> None:
    run = runs.create(preset_config("faces", "frozen"), name="Mine")
    run.write(Training(dataset="faces", fingerprint=str(changed.get("fingerprint", FINGERPRINT)), classes=("happy", "fear")))
    status = Status.model_validate({"state": "stopped", "created": time.time(), **changed})
    run.write(status)
    checkpoint.save(run, 2, {}, {})
    if status.state == "running":
        hold(run)
    if "bundled" in changed:
        run = Run(id=runs.BUNDLED, path=run.path, own=run.path.with_name("bundled"))
    if "gone" in changed:
        monkeypatch.setattr(jobs.folds, "open_fold", OPEN_FOLD)
    if "full" in changed:
        monkeypatch.setattr(os, "replace", lambda *_: (_ for _ in ()).throw(OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))))
    with pytest.raises(error) as raised:
        jobs.resume(run)
    assert str(raised.value).startswith(sentence)
    assert (run.status(), jobs._children) == (status, {})


def test_a_worker_that_dies_before_its_first_word_has_failed_and_is_no_zombie(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "command", lambda run: [sys.executable, "-c", "raise SystemExit('no room')", run.id])
    run = start()
    pid = jobs._children[run.id].process.pid
    until(lambda: jobs.queue() == [])
    assert (state(run), run.log_tail()) == ("failed", "no room")
    assert run.status().error == "The worker process ended before it began (exit status 1); its log says why."
    assert not psutil.pid_exists(pid)


@pytest.mark.parametrize("seconds", [-3600.0, -10.0, 10.0, 3600.0])
def test_a_clock_that_is_set_changes_nothing(seconds: float, monkeypatch: pytest.MonkeyPatch) -> None:
    run = start()
    until(lambda: state(run) == "running")
    now, started = time.time, psutil.Process.create_time
    monkeypatch.setattr(time, "time", lambda: now() + seconds)
    monkeypatch.setattr(psutil.Process, "create_time", lambda process: started(process) + seconds)
    assert state(run) == "running"
    with pytest.raises(RunError, match="is queued or at work already"):
        jobs.resume(run)
    monkeypatch.undo()


def test_a_worker_that_starts_late_is_waited_for_and_works() -> None:
    run = runs.create(preset_config("faces", "frozen"))
    run.write(Status(state="queued", created=time.time() - 300))
    assert ([run.id for run in jobs.queue()], state(run)) == ([run.id], "queued")
    jobs.begin_here(run)
    until(lambda: state(run) == "running")
    jobs.stop(run)
    until(lambda: state(run) == "finished")


def test_a_run_that_nobody_began_has_failed_in_the_end() -> None:
    run = runs.create(preset_config("faces", "frozen"))
    run.write(Status(state="queued", created=time.time() - 2 * job.START_SECONDS))
    assert (state(run), jobs.queue()) == ("failed", [])


def test_a_second_worker_leaves_a_run_alone_that_another_is_at(hold: Callable[[Job], None]) -> None:
    run = runs.create(preset_config("faces", "frozen"))
    with run.hold(), pytest.raises(RunError, match=r"^Another process is at work on this already"), run.hold():
        pytest.fail("two processes hold one run")
    status = run.status()
    hold(run)
    process = subprocess.run(
        [sys.executable, "-m", "fer_core.training.worker", run.id], cwd=PROJECT, capture_output=True, text=True
    )
    assert (process.returncode, process.stdout.strip()) == (
        1,
        "Another process is at work on this already; watch it, or stop it first.",
    )
    assert run.status() == status


@pytest.mark.parametrize("when", ["before it asks", "while it waits"])
def test_a_worker_leaves_a_run_alone_that_has_finished_meanwhile(when: str, hold: Callable[[Job], None]) -> None:
    run = runs.create(preset_config("faces", "frozen"))
    hold(run)
    finished = Status(state="finished", created=1.0, best_epoch=3)

    def position() -> int:
        run.write(finished)
        return 1

    if when == "before it asks":
        run.write(finished)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(jobs, "queue", lambda: [run] if position() else [])
        assert jobs.acquire_slot(run) is None
    assert run.status() == finished
    slot = FileLock(settings().runs / ".slot.lock")
    slot.acquire(timeout=0)
    slot.release()


def test_a_checkpoint_that_a_kill_left_with_a_finished_run_goes_with_the_next_start() -> None:
    states = ("finished", "stopped", "failed")
    before = [runs.create(preset_config("faces", "frozen")) for _ in states]
    for run, its in zip(before, states, strict=True):
        checkpoint.save(run, 2, {}, {})
        run.write(Status(state=its))
    with pytest.raises(RunError, match="there is nothing to resume"):
        jobs.resume(before[0])
    jobs.stop(start())
    assert [checkpoint.exists(run) for run in before] == [False, True, True]
    assert [state(run) for run in before] == list(states)


def test_a_process_that_cannot_be_started_is_one_sentence_and_a_failed_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "command", lambda run: ["/nowhere/python", run.id])
    with pytest.raises(jobs.RunError, match=r"^The worker process could not be started \(No such file or directory\); see"):
        start()
    assert [state(run) for run in runs.list_runs() if not run.read_only] == ["failed"]


@pytest.mark.parametrize(
    ("counts", "sentence"),
    [
        ({"test": {"happy": 3}}, "Data set 'faces' has no train samples"),
        ({"train": {"happy": 3, "fear": 3}}, "Data set 'faces' has no validation samples"),
        (
            {"train": {"happy": 3, "fear": 0}, "validation": {"happy": 3}},
            "Data set 'faces' has training samples of one class",
        ),
    ],
)
def test_a_data_set_that_cannot_be_learned_from_starts_nothing(
    counts: dict[str, dict[str, int]], sentence: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs.folds, "open_fold", lambda name, fold: SimpleNamespace(meta=SimpleNamespace(counts=counts)))
    with pytest.raises(DatasetError, match=f"^{sentence}"):
        start()
    assert [run for run in runs.list_runs() if not run.read_only] == []


def test_a_data_set_that_does_not_exist_starts_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs.folds, "open_fold", OPEN_FOLD)
    with pytest.raises(NotFoundError):
        jobs.start(preset_config("no such data set", "frozen"))


@pytest.mark.parametrize(
    ("edit", "sentence"),
    [
        ({"sample": 0, "action": "relabel", "label": "bored"}, "Sample 0 of 'faces' is relabelled as 'bored', which is none"),
        (
            {"sample": 1, "action": "relabel", "label": "happy"},
            "With your edits the data set 'faces' has no training face of fear",
        ),
        ({"sample": 2, "action": "exclude"}, "With your edits the data set 'faces' has no validation face"),
    ],
)
def test_edited_labels_that_cannot_be_learned_from_start_nothing(
    edit: dict[str, object], sentence: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs.folds, "open_fold", OPEN_FOLD)
    samples = pd.DataFrame({"label": ["happy", "fear", "happy"], "split": ["train", "train", "validation"]})
    images = np.zeros((3, 48, 48), np.uint8)
    made = writing.write_dataset("faces", images, samples, classes=("happy", "fear"), kind="folders", source="test")
    line = {"hash": made.samples["hash"][edit["sample"]], "batch": "b", "fingerprint": made.meta.fingerprint, **edit}
    made.edits_file.write_text(json.dumps(line) + "\n")
    with pytest.raises(DatasetError, match=f"^{sentence}"):
        jobs.start(preset_config("faces", "frozen", labels="edited"))
    assert [run for run in runs.list_runs() if not run.read_only] == []
