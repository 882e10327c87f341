"""A study on a real Slurm of one node: jobs are cancelled, killed, handed back and held up, and each run is as its twin here."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from slurm_cluster import NoClusterError, cluster

from fer_core import runs
from fer_core.datasets.store import open_dataset
from fer_core.runs import Run
from fer_core.runs.records import Status
from fer_core.settings import PROJECT
from fer_core.studies import study
from fer_core.training import checkpoint, executors

REQUIRED = os.environ.get("FER_SLURM") == "required"
PATIENCE = 900.0
ONE_THREAD = {"TF_NUM_INTRAOP_THREADS": "1", "TF_NUM_INTEROP_THREADS": "1", "OMP_NUM_THREADS": "1"}
RECIPE = ["--set", "resolution=32", "--set", "head_epochs=1", "--set", "full_epochs=5", "--set", "batch_size=16"]
QUESTION = ["--dataset", "Drawn", *RECIPE, "--vary", "full_learning_rate=4e-4,1e-3", "--seeds", "2"]

pytestmark = [pytest.mark.slow, pytest.mark.timeout(2400)]


@pytest.fixture(scope="module")
def slurm() -> Iterator[dict[str, str]]:
    """The environment of a cluster with two job slots; its folder's path is short, as a socket lies in it."""
    folder = Path(tempfile.mkdtemp(prefix="fer-slurm-"))
    try:
        if not REQUIRED:
            pytest.importorskip("submitit", reason="needs submitit of requirements-extra.txt")
        with cluster(folder, slots=2) as environment:
            yield {**environment, **ONE_THREAD}
    except NoClusterError as error:
        if REQUIRED:
            raise
        pytest.skip(f"Slurm cannot be started here: {error}")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def cli(environment: dict[str, str], *words: str) -> subprocess.Popen[str]:
    # At the priority of the test: on a busy machine what is nicer hardly runs.
    code = "import sys; from fer_core.training import jobs; jobs.NICENESS = 0; from fer_core.cli import main; sys.exit(main())"
    return subprocess.Popen([sys.executable, "-c", code, *words], cwd=PROJECT, env=environment, stdout=subprocess.PIPE, text=True)


def until(true: Callable[[], object], what: str) -> None:
    end = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < end, f"it did not happen: {what}"
        time.sleep(0.1)


def at_work(places: int) -> list[Run]:
    """Runs of the study, in its order, that have finished an epoch and go on, of the first `places`."""
    members = study.open_study("Rates").members()[:places]
    found = [member.run for member in members if member.run is not None]
    return [run for run in found if checkpoint.exists(run) and run.status().state == "running"]


def started(index: int) -> tuple[Run, Status] | None:
    member = study.open_study("Rates").members()[index]
    return (member.run, member.status) if member.run is not None and member.status is not None else None


def test_a_study_is_complete_whatever_happens_to_its_jobs(slurm, tmp_path, monkeypatch):
    here, there = tmp_path / "here", tmp_path / "there"
    for name in ("SLURM_CONF", *ONE_THREAD):
        monkeypatch.setenv(name, slurm[name])
    local = {**os.environ, "FER_WORKSPACE": str(here), "FER_SLOTS": "2"}
    remote = {**os.environ, "FER_WORKSPACE": str(there)}
    for environment in (local, remote):
        for words in (["synthetic", "--name", "Drawn", "--count", "48", "--seed", "3"], ["study", "create", "Rates", *QUESTION]):
            assert cli(environment, *words).wait(PATIENCE) == 0
    (there / "slurm.json").write_text(json.dumps({"partition": "main", "cores": 1, "memory_gb": 2, "minutes": 60, "parallel": 4}))
    monkeypatch.setenv("FER_WORKSPACE", str(there))

    at = cli(remote, "study", "run", "Rates", "--executor", "slurm", "--json")
    try:
        until(lambda: started(3) is not None and started(3)[0].placement.job, "all four are in the queue")
        last, _ = started(3)
        assert last.status().state == "queued"
        assert "in Slurm's queue, job" in executors.of(last).waiting(last)
        until(lambda: executors.of(last).place(last) == 2, "two are at work and two wait")

        until(lambda: started(0)[0] in at_work(1), "the first has finished an epoch")
        first = started(0)[0]
        subprocess.run(["scancel", first.placement.job], check=True)
        until(lambda: started(1)[0] in at_work(2), "the second has finished an epoch")
        second = started(1)[0]
        os.kill(second.status().pid, signal.SIGKILL)

        subprocess.run(["scontrol", "update", f"NodeName={_node()}", "State=DRAIN", "Reason=test"], check=True)
        until(lambda: _jobs("RUNNING,COMPLETING") == [], "the node is empty")
        waiting = _jobs("PENDING")
        assert waiting
        assert started(3)[1].state in ("queued", "finished")
        subprocess.run(["scontrol", "update", f"NodeName={_node()}", "State=RESUME"], check=True)

        until(lambda: started(2)[0] in at_work(3), "the third has finished an epoch")
        third = started(2)[0]
        job = third.placement.job
        # What Slurm sends before it takes a node back, and before a job's minutes are over.
        subprocess.run(["scancel", "--signal=USR2", job], check=True)
        until(lambda: job in _jobs("PENDING") or third.status().state == "finished", "the third waits again")

        printed, _ = at.communicate(timeout=PATIENCE)
    finally:
        at.kill()
    assert at.returncode == 0
    found = json.loads(printed)
    assert [row["n_seeds"] for row in found["settings"]] == [2, 2]
    assert found["chosen"] is not None
    for run in (first, second, third):
        assert "Resumed from epoch" in run.log_file.read_text(), run.id
    assert third.placement.job == job
    assert "Slurm takes the node back" in third.log_file.read_text()
    assert {first.placement.job, second.placement.job} & {"1", "2"} == set()

    twin = cli(local, "study", "run", "Rates", "--json")
    assert twin.wait(PATIENCE) == 0
    answers = [_answers(member.run) for member in study.open_study("Rates").members()]
    monkeypatch.setenv("FER_WORKSPACE", str(here))
    twins = [_answers(member.run) for member in study.open_study("Rates").members()]
    for mine, its in zip(answers, twins, strict=True):
        assert mine["config"] == its["config"]
        assert mine["epochs"] == its["epochs"] == [1, 2, 3, 4, 5, 6]
        assert mine["samples"] == its["samples"]
        np.testing.assert_array_equal(mine["logits"], its["logits"])


def test_a_stop_takes_a_waiting_run_out_of_the_queue_and_ends_one_at_work(slurm, tmp_path, monkeypatch):
    for name in ("SLURM_CONF", *ONE_THREAD):
        monkeypatch.setenv(name, slurm[name])
    monkeypatch.setenv("FER_WORKSPACE", str(tmp_path))
    environment = dict(os.environ)
    assert cli(environment, "synthetic", "--name", "Drawn", "--count", "48", "--seed", "3").wait(PATIENCE) == 0
    # Both slots for one job, so that the second waits.
    (tmp_path / "slurm.json").write_text(json.dumps({"cores": 2, "memory_gb": 2}))
    config = runs.config.preset_config("Drawn", "standard", resolution=32, full_epochs=200, batch_size=16)
    busy, waits = (executors.start(config, name=name, executor="slurm") for name in ("Busy", "Waits"))
    until(lambda: checkpoint.exists(busy), "an epoch is done")
    assert waits.status().state == "queued"
    executors.stop(waits)
    until(lambda: waits.status().state == "stopped", "the waiting run is out")
    executors.stop(busy)
    until(lambda: busy.status().state == "stopped", "the run at work has ended")
    assert busy.model_file.is_file()
    # The worker writes its last line after its last state.
    until(lambda: "Stopped; the best epoch so far is kept." in busy.log_tail(), "its log says so")
    until(lambda: _jobs("PENDING,RUNNING,COMPLETING") == [], "Slurm's queue is empty")


def _jobs(states: str) -> list[str]:
    words = ["squeue", "--noheader", f"--states={states}", "--format=%i"]
    return subprocess.run(words, capture_output=True, text=True, check=True).stdout.split()


def _node() -> str:
    return subprocess.run(["sinfo", "--noheader", "--format=%n"], capture_output=True, text=True, check=True).stdout.strip()


def _answers(run: Run) -> dict[str, object]:
    fingerprint = open_dataset("Drawn").meta.fingerprint
    tables = [run.predictions(fingerprint, split) for split in ("validation", "test")]
    logits = [table.filter(like="logit_").to_numpy() for table in tables if table is not None]
    return {
        "config": run.config(),
        "epochs": run.epochs()["epoch"].tolist(),
        "samples": run.training_samples()["hash"].tolist(),
        "logits": np.concatenate(logits),
    }
