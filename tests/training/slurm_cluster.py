"""A real Slurm of one node on this machine, for a test: `with cluster(folder, slots=2) as environment: ...`.

Starts munge (as its own user where this is root), slurmctld and slurmd on free ports, with their state in one folder, and ends
them again; nothing of it outlives the block. Needs Debian's `slurm-wlm` and `munge`, no systemd, no cgroups.
"""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil

CONFIGURATION = """\
ClusterName=test
SlurmctldHost={host}(127.0.0.1)
SlurmUser={user}
SlurmdUser={user}
AuthType=auth/munge
AuthInfo=socket={folder}/munge/socket
CredType=cred/munge
SlurmctldPort={controller}
SlurmdPort={node}
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
JobAcctGatherType=jobacct_gather/none
MpiDefault=none
ReturnToService=2
KillWait=5
MinJobAge=2
SchedulerParameters=sched_interval=2,batch_sched_delay=1
SlurmdParameters=config_overrides
NodeName={host} NodeAddr=127.0.0.1 CPUs={slots} RealMemory={memory} State=UNKNOWN
PartitionName=main Nodes=ALL Default=YES MaxTime=INFINITE State=UP
"""
"""Job slots are the node's cores: as many as are asked for, as far as the machine has them; its memory is the machine's."""

PROGRAMS = ("munged", "slurmctld", "slurmd", "sbatch", "srun", "scontrol")
START_SECONDS = 60.0


class NoClusterError(Exception):
    """Slurm cannot be started here; says why."""


@contextmanager
def cluster(folder: Path, *, slots: int = 2) -> Iterator[dict[str, str]]:
    """Start a cluster, and end it after the block.

    Args:
        folder: an empty folder for its state and logs, with a short path (munge's socket lies in it).
        slots: jobs of one core that it runs at once; no more than the machine has cores.

    Yields:
        Variables of the environment with which Slurm's commands reach it.

    Raises:
        NoClusterError: it cannot be started, with the reason.
    """
    if missing := [name for name in PROGRAMS if _program(name) is None]:
        raise NoClusterError(f"{missing[0]} is not installed (Debian: slurm-wlm and munge)")
    if (os.cpu_count() or 1) < slots:
        raise NoClusterError(f"this machine has fewer than {slots} cores")
    # Its own user as owner; others may pass through, as munge asks of the folders above its socket.
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o755)
    for name in ("state", "spool"):
        (folder / name).mkdir()
    environment = {**os.environ, "SLURM_CONF": str(folder / "slurm.conf")}
    daemons: list[subprocess.Popen[bytes]] = []
    try:
        daemons.append(_munge(folder))
        _write_configuration(folder, slots)
        for name in ("slurmctld", "slurmd"):
            daemons.append(_start([_program(name) or name, "-D"], folder / f"{name}.out", environment))
        _await_node(environment, daemons, folder)
        yield environment
    finally:
        with suppress(OSError, subprocess.SubprocessError):
            subprocess.run(["scancel", "--user", _user()], env=environment, timeout=20, check=False, capture_output=True)
        for daemon in reversed(daemons):
            _end(daemon)


def _munge(folder: Path) -> subprocess.Popen[bytes]:
    place = folder / "munge"
    place.mkdir(mode=0o755)
    key = place / "key"
    key.write_bytes(os.urandom(128))
    key.chmod(0o400)
    options = {"user": "munge", "group": "munge", "extra_groups": []} if os.geteuid() == 0 else {}
    if options:
        try:
            owner = pwd.getpwnam("munge")
        except KeyError as error:
            raise NoClusterError("there is no user munge") from error
        for path in (place, key):
            os.chown(path, owner.pw_uid, owner.pw_gid)
    files = {"socket": "socket", "key-file": "key", "log-file": "log", "pid-file": "pid", "seed-file": "seed"}
    words = [_program("munged") or "munged", "--foreground", *(f"--{option}={place / name}" for option, name in files.items())]
    daemon = _start(words, folder / "munged.out", dict(os.environ), **options)
    _until(lambda: (place / "socket").exists(), [daemon], folder / "munged.out")
    return daemon


def _write_configuration(folder: Path, slots: int) -> None:
    with socket.socket() as first, socket.socket() as second:
        first.bind(("127.0.0.1", 0))
        second.bind(("127.0.0.1", 0))
        ports = {"controller": first.getsockname()[1], "node": second.getsockname()[1]}
    host = socket.gethostname().split(".")[0]
    memory = int(psutil.virtual_memory().total / 2**20 * 0.9)
    text = CONFIGURATION.format(host=host, user=_user(), folder=folder, slots=slots, memory=memory, **ports)
    (folder / "slurm.conf").write_text(text)


def _await_node(environment: dict[str, str], daemons: list[subprocess.Popen[bytes]], folder: Path) -> None:
    def idle() -> bool:
        words = ["sinfo", "--noheader", "--format=%t"]
        answer = subprocess.run(words, env=environment, capture_output=True, text=True, timeout=30, check=False)
        return answer.stdout.strip() == "idle"

    _until(idle, daemons, folder / "slurmctld.log")


def _until(true, daemons: list[subprocess.Popen[bytes]], log: Path) -> None:
    end = time.monotonic() + START_SECONDS
    while not true():
        if any(daemon.poll() is not None for daemon in daemons) or time.monotonic() > end:
            last = log.read_text(errors="replace").strip().splitlines()[-3:] if log.exists() else []
            raise NoClusterError("; ".join(last) or f"{log.name} says nothing")
        time.sleep(0.2)


def _start(words: list[str], log: Path, environment: dict[str, str], **options) -> subprocess.Popen[bytes]:
    with log.open("wb") as file:
        try:
            return subprocess.Popen(
                words, env=environment, stdin=subprocess.DEVNULL, stdout=file, stderr=file, start_new_session=True, **options
            )
        except (OSError, subprocess.SubprocessError) as error:
            raise NoClusterError(f"{words[0]} could not be started ({error})") from error


def _end(daemon: subprocess.Popen[bytes]) -> None:
    """End a daemon, and what it has started: the steps of jobs have sessions of their own, but it is their parent."""
    below: list[psutil.Process] = []
    with suppress(psutil.Error):
        below = psutil.Process(daemon.pid).children(recursive=True)
    daemon.send_signal(signal.SIGTERM)
    try:
        daemon.wait(15)
    except subprocess.TimeoutExpired:
        daemon.kill()
        daemon.wait(15)
    for process in below:
        with suppress(psutil.Error):
            process.kill()


def _user() -> str:
    return pwd.getpwuid(os.geteuid()).pw_name


def _program(name: str) -> str | None:
    return shutil.which(name, path=f"{os.environ.get('PATH', '')}{os.pathsep}/usr/sbin{os.pathsep}/sbin")
