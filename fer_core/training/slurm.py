"""Runs as jobs of Slurm, submitted with submitit (optional: requirements-extra.txt) on a workspace that all nodes share."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import time
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from fer_core import runs
from fer_core.errors import InputError, RunError
from fer_core.runs import Run, cluster
from fer_core.runs.cluster import Placement
from fer_core.settings import PROJECT, settings
from fer_core.training.jobs import failed

NAME = "slurm"
"""Name of the row in `EXECUTORS`."""

SIGNAL_SECONDS = 90
"""Seconds before its end that Slurm tells a job so (submitit's SIGUSR2), which then goes back into the queue."""


class SlurmSettings(BaseModel):
    """`slurm.json` in the workspace: what each job asks Slurm for.

    Attributes:
        partition, account, qos, constraint: as of `sbatch`; None for the cluster's default.
        minutes: longest time of a job; after it the run goes back into the queue, and on from its last epoch.
        memory_gb: memory of a job.
        cores: of a job; TensorFlow takes as many threads.
        gpus: of a job.
        parallel: jobs of one study in the queue at once.
        time_outs: how often a run may go back into the queue because its minutes were over.
        setup: lines of shell before the worker starts, such as `module load cuda`.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    partition: str | None = None
    account: str | None = None
    qos: str | None = None
    constraint: str | None = None
    minutes: int = Field(default=240, ge=1)
    memory_gb: float = Field(default=8.0, gt=0)
    cores: int = Field(default=2, ge=1)
    gpus: int = Field(default=0, ge=0)
    parallel: int = Field(default=8, ge=1)
    time_outs: int = Field(default=20, ge=0)
    setup: tuple[str, ...] = ()


@dataclass(frozen=True)
class TrainingJob:
    """What a job does; submitit calls it anew when the job was requeued.

    Attributes:
        run: id of the run.
        workspace: folder of data sets and runs.
        cores: threads that TensorFlow may take.
    """

    run: str
    workspace: str
    cores: int

    def __call__(self) -> int:
        """Train the run, or go on with it; returns 0, or 1 when it failed."""
        os.environ["FER_WORKSPACE"] = self.workspace
        os.environ.setdefault("TF_NUM_INTRAOP_THREADS", str(self.cores))
        from fer_core.training import worker

        return worker.on_cluster(self.run)

    def checkpoint(self) -> Any:
        """Called by submitit when the job is preempted or its time is over: the same again; the run's folder knows its epoch."""
        from submitit.helpers import DelayedSubmission

        print(f"{time.strftime('%H:%M:%S')}  Slurm takes the node back; the run waits in the queue again.", flush=True)
        return DelayedSubmission(self)


def slurm_settings() -> SlurmSettings:
    """What `slurm.json` says; the defaults when there is none.

    Raises:
        InputError: the file is no JSON, or a key or value is not allowed.
    """
    file = settings().workspace / "slurm.json"
    try:
        return SlurmSettings.model_validate_json(file.read_bytes())
    except FileNotFoundError:
        return SlurmSettings()
    except OSError as error:
        raise InputError(f"{file.name} in the workspace cannot be read ({error.strerror or error}).") from error
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"])) or "the file"
        raise InputError(f"{file.name} in the workspace is not usable: {where}: {first['msg']}.") from error


def refusal() -> str:
    """Why no run can be sent to Slurm from here; empty when it can."""
    if missing := [name for name in ("sbatch", "squeue", "scancel", "srun") if shutil.which(name) is None]:
        return f"Slurm's command {missing[0]} is not on this machine; start the app on a login node of the cluster."
    if importlib.util.find_spec("submitit") is None:
        return "Slurm needs submitit: install it with `pip install -r requirements-extra.txt`."
    try:
        slurm_settings()
    except InputError as error:
        return str(error)
    return ""


def begin(run: Run) -> None:
    """Send a queued run to Slurm.

    Raises:
        RunError: Slurm is not here, or refused the job; the run is kept as failed.
    """
    try:
        if why := refusal():
            raise RunError(why)
        # First without a job, so that the run takes no place in this machine's queue meanwhile.
        run.place(Placement(executor=NAME, job="", submitted=time.time()))
        run.place(Placement(executor=NAME, job=_submit(run), submitted=time.time()))
    except (OSError, RunError) as error:
        sentence = str(error) if isinstance(error, RunError) else f"The job's files cannot be written ({error})."
        run.write(failed(run.status(), sentence))
        raise RunError(sentence) from error


def stop(run: Run) -> None:
    """Ask a run to end after its current batch, and take it out of the queue if it waits there."""
    if run.read_only or run.status().state not in runs.ACTIVE:
        return
    run.stop_file.touch()
    if (placement := run.placement) is not None and placement.job:
        cluster.ask(["scancel", "--state=PENDING", placement.job])


def place(run: Run) -> int | None:
    """Place among the jobs that wait in the partition, 1 being the next; None when it does not wait."""
    placement = run.placement
    return None if placement is None or not placement.job else cluster.entry(placement).place


def waiting(run: Run) -> str:
    """Where a queued run is, in words."""
    placement = run.placement
    if placement is None or not placement.job:
        return "It is being sent to Slurm …"
    entry = cluster.entry(placement)
    if entry.state == "silent":
        return f"Slurm does not answer now; job {placement.job} was sent there."
    if entry.place is None:
        return f"Slurm's job {placement.job} is starting …"
    why = f" ({entry.reason})" if entry.reason not in ("", "None") else ""
    return f"Position {entry.place} in Slurm's queue, job {placement.job}{why}."


def parallel() -> int:
    """Runs of one study that may be in the queue or at work at once."""
    return slurm_settings().parallel


def _submit(run: Run) -> str:
    import submitit
    from submitit.core.utils import FailedJobError, FailedSubmissionError

    wanted = slurm_settings()
    named = {key: value for key in ("partition", "account", "qos", "constraint") if (value := getattr(wanted, key))}
    log = str(run.log_file).replace("%", "%%")
    executor = submitit.SlurmExecutor(folder=run.path / "slurm", max_num_timeout=wanted.time_outs)
    executor.update_parameters(
        **named,
        job_name=f"fer-{run.id}",
        time=wanted.minutes,
        mem=f"{round(1024 * wanted.memory_gb)}M",
        cpus_per_task=wanted.cores,
        **({"gpus_per_node": wanted.gpus} if wanted.gpus else {}),
        signal_delay_s=SIGNAL_SECONDS,
        setup=list(wanted.setup),
        # Since Slurm 22.05 srun does not take over what sbatch was told of cores.
        srun_args=[f"--cpus-per-task={wanted.cores}", "--output", log, "--error", log, "--open-mode=append"],
        additional_parameters={"chdir": str(PROJECT), "requeue": True, "output": log, "error": log},
    )
    try:
        job = executor.submit(TrainingJob(run.id, str(settings().workspace), wanted.cores))
    except (FailedJobError, FailedSubmissionError, subprocess.SubprocessError) as error:
        last = (str(error).strip().splitlines() or [""])[-1]
        raise RunError(f"Slurm did not take the job: {last}") from error
    return str(job.job_id)
