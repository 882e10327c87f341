"""Where runs are trained: the table, what Slurm's queue means for a run's state, its settings file, and what it is asked for."""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path
from types import SimpleNamespace
from typing import get_args

import pytest

from fer_core import runs
from fer_core.errors import InputError, RunError
from fer_core.runs import Run, cluster
from fer_core.runs.cluster import Entry, Placement
from fer_core.runs.config import preset_config
from fer_core.runs.job import LOST
from fer_core.runs.records import Status
from fer_core.settings import Settings
from fer_core.training import executors, jobs, slurm

LISTING = """\
12|PENDING|main|Resources
14|PENDING|main|Priority
9_1|RUNNING|main|None
15|PENDING|gpu|Dependency
10|COMPLETING|main|None
8|COMPLETED|main|None
7|CANCELLED|main|None
16|REQUEUED|main|BeginTime
"""


@pytest.fixture
def run(workspace) -> Run:
    """A queued run, which nobody has begun."""
    return runs.create(preset_config("faces", "quick"), name="Mine")


@pytest.fixture
def says(monkeypatch):
    """`says(text)` has squeue print a text; None stands for no answer."""

    def set_to(printed: str | None) -> None:
        monkeypatch.setattr(cluster, "_listing", (0.0, None))
        monkeypatch.setattr(cluster, "ask", lambda words: printed)

    return set_to


def sent(run: Run, job: str = "12", **status) -> Run:
    run.place(Placement(executor="slurm", job=job, submitted=time.time() - 60))
    run.write(Status(**{"state": "running", "created": time.time() - 3600, "pid": 4, "heartbeat": 5.0, **status}))
    return run


def test_the_variable_knows_every_row():
    assert set(get_args(Settings.model_fields["executor"].annotation)) == set(executors.EXECUTORS)


def test_the_queue_is_read_with_the_place_in_each_partition():
    assert cluster.read(LISTING) == {
        "12": Entry("waiting", 1, "Resources"),
        "14": Entry("waiting", 2, "Priority"),
        "9_1": Entry("at work"),
        "15": Entry("waiting", 1, "Dependency"),
        "10": Entry("at work"),
        "16": Entry("waiting", 3, "BeginTime"),
    }


@pytest.mark.parametrize(
    ("job", "said", "state", "error"),
    [
        ("12", "queued", "queued", None),
        ("12", "running", "queued", None),
        ("9_1", "running", "running", None),
        ("10", "running", "running", None),
        ("7", "running", "failed", LOST),
        ("7", "queued", "failed", LOST),
        ("7", "finished", "finished", None),
        ("7", "stopped", "stopped", None),
    ],
    ids=str,
)
def test_what_slurm_knows_decides_about_a_run_that_no_process_here_holds(run, says, job, said, state, error):
    says(LISTING)
    found = sent(run, job, state=said).status()
    assert (found.state, found.error) == (state, error)
    assert jobs.resumable(run) == (state in ("failed", "stopped"))


def test_a_job_that_has_just_left_the_queue_may_have_said_its_end_elsewhere(run, says):
    says("")
    assert sent(run, "7", heartbeat=time.time() - 5).status().state == "running"
    assert sent(run, "7", heartbeat=time.time() - 60).status().state == "failed"


def test_no_answer_ends_no_run(run, says):
    says(None)
    assert sent(run).status().state == "running"
    assert executors.of(run).waiting(run) == "Slurm does not answer now; job 12 was sent there."


def test_a_run_that_was_taken_out_of_the_queue_was_stopped(run, says):
    says("")
    run.stop_file.touch()
    assert sent(run, state="queued").status().state == "stopped"
    assert sent(run, state="running").status().state == "failed"


def test_slurm_is_asked_once_for_many_runs_and_again_after_each_submission(run, monkeypatch):
    asked = []
    monkeypatch.setattr(cluster, "ask", lambda words: asked.append(words[0]) or LISTING)
    monkeypatch.setattr(cluster, "_listing", (0.0, None))
    for job in ("12", "14", "9_1"):
        cluster.entry(Placement(executor="slurm", job=job, submitted=time.time() - 60))
    assert asked == ["squeue"]
    cluster.entry(Placement(executor="slurm", job="12", submitted=time.time()))
    assert asked == ["squeue", "squeue"]


def test_runs_of_a_cluster_keep_no_place_of_this_machine(run, says):
    says(LISTING)
    here = runs.create(preset_config("faces", "quick"), name="Here")
    sent(run, "14", state="queued")
    assert [other.id for other in jobs.queue()] == [here.id]
    assert (jobs.place(here), executors.of(run).place(run)) == (1, 2)
    assert executors.of(run).waiting(run) == "Position 2 in Slurm's queue, job 14 (Priority)."
    sent(run, "9_1")
    assert jobs.at_work() is None


def test_a_run_that_is_being_sent_waits_there_and_not_here(run, says):
    says("")
    sent(run, "", state="queued", pid=None, created=time.time())
    assert (run.status().state, jobs.queue(), executors.of(run).place(run)) == ("queued", [], None)
    assert executors.of(run).waiting(run) == "It is being sent to Slurm …"
    sent(run, "", state="queued", pid=None)
    assert run.status().state == "failed"


def test_a_stop_leaves_a_request_and_takes_a_waiting_job_out(run, monkeypatch):
    asked = []
    monkeypatch.setattr(cluster, "_listing", (0.0, None))
    monkeypatch.setattr(cluster, "ask", lambda words: asked.append(words) or (LISTING if words[0] == "squeue" else ""))
    executors.stop(sent(run, "14", state="queued"))
    assert run.stopping
    assert asked[-1] == ["scancel", "--state=PENDING", "14"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "the file: Invalid JSON"),
        ('{"cpus": 4}', "cpus: Extra inputs are not permitted"),
        ('{"minutes": 0}', "minutes: Input should be greater than or equal to 1"),
        ('{"memory_gb": "much"}', "memory_gb: Input should be a valid number"),
    ],
)
def test_a_settings_file_that_is_not_usable_is_said(workspace, text, said):
    workspace.mkdir()
    (workspace / "slurm.json").write_text(text)
    with pytest.raises(InputError, match=rf"slurm\.json in the workspace is not usable: {said}"):
        slurm.slurm_settings()


def test_the_settings_file_may_be_absent(workspace):
    assert (slurm.slurm_settings(), slurm.parallel()) == (slurm.SlurmSettings(), 8)


def test_an_executor_that_is_not_there_says_why(run, monkeypatch):
    monkeypatch.setenv("PATH", "/nowhere")
    assert [row.name for row in executors.usable()] == ["local"]
    with pytest.raises(RunError, match=r"Slurm's command sbatch is not on this machine; start the app on a login node"):
        executors.chosen("slurm")
    with pytest.raises(InputError, match=r"There is no executor 'cloud'; there are local, slurm\."):
        executors.chosen("cloud")
    monkeypatch.setenv("FER_EXECUTOR", "slurm")
    with pytest.raises(RunError, match="sbatch is not on this machine"):
        executors.start(preset_config("faces", "quick"))


@pytest.fixture
def commands(tmp_path: Path, workspace, monkeypatch) -> Path:
    """Slurm's commands by name: sbatch keeps the script that it is given and answers as Slurm does; squeue knows no job."""
    pytest.importorskip("submitit", reason="needs submitit of requirements-extra.txt")
    folder = tmp_path / "bin"
    folder.mkdir()
    words = {"sbatch": f'cp "$1" {tmp_path}/script; echo Submitted batch job 77', "squeue": "", "scancel": "", "srun": ""}
    for name, text in words.items():
        (folder / name).write_text(f"#!/bin/sh\n{text}\n")
        (folder / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setattr(jobs.folds, "open_fold", lambda name, fold: SimpleNamespace(meta=META))
    return tmp_path


META = SimpleNamespace(
    counts={"train": {"happy": 8, "fear": 8}, "validation": {"happy": 2, "fear": 2}}, fingerprint="0123456789abcdef"
)


def test_a_job_asks_for_what_the_settings_file_says_and_its_id_is_kept(commands, workspace):
    workspace.mkdir()
    wanted = {"partition": "gpu", "minutes": 90, "memory_gb": 12, "cores": 4, "gpus": 1, "setup": ["module load cuda"]}
    (workspace / "slurm.json").write_text(json.dumps(wanted))
    run = executors.start(preset_config("faces", "quick"), executor="slurm")
    assert (run.placement.executor, run.placement.job) == ("slurm", "77")
    script = (commands / "script").read_text().splitlines()
    flags = {line.removeprefix("#SBATCH --") for line in script if line.startswith("#SBATCH")}
    expected = {"partition=gpu", "time=90", "mem=12288M", "cpus-per-task=4", "gpus-per-node=1", "requeue", "signal=USR2@90"}
    assert expected <= flags
    assert f"output={run.log_file}" in flags
    assert "module load cuda" in script
    call = next(line for line in script if line.startswith("srun"))
    assert f"--cpus-per-task=4 --output {run.log_file} --error {run.log_file} --open-mode=append {sys.executable}" in call


def test_a_job_that_slurm_refuses_leaves_a_failed_run(commands):
    (commands / "bin" / "sbatch").write_text("#!/bin/sh\necho 'sbatch: error: invalid partition specified: gpu' >&2\nexit 1\n")
    with pytest.raises(RunError, match=r"^Slurm did not take the job: .*invalid partition specified: gpu"):
        executors.start(preset_config("faces", "quick"), executor="slurm")
    (kept,) = [run for run in runs.list_runs() if not run.read_only]
    assert kept.status().state == "failed"
    assert "invalid partition" in kept.status().error


def test_a_run_goes_on_where_it_was_unless_told_otherwise(commands, monkeypatch):
    begun = []
    monkeypatch.setattr(jobs, "begin_here", lambda run: begun.append(run.id))
    run = executors.start(preset_config("faces", "quick"), executor="slurm")
    run.write(Status(state="stopped"))
    executors.resume(run)
    assert (run.placement.job, begun) == ("77", [])
    run.write(Status(state="stopped"))
    executors.resume(run, executor="local")
    assert (run.placement, begun) == (None, [run.id])


def test_a_checkpoint_is_the_same_job_again(commands):
    job = slurm.TrainingJob("a run", "/shared/workspace", 2)
    again = job.checkpoint()
    assert again.function == job
