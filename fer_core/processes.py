"""Other processes: start them at a lower priority, call a function in one, and know whether one is still at work.

The process of a function reads from its stdin what to call, and says on its stdout one JSON object a line: {"share", "text"}, at
last {"result"} or {"error": sentence}. It ends when nobody reads what it says any more.

What works on a folder holds a lock in a file as long as it lives: the operating system frees it when the process dies, however it
dies. Process ids come again and start times follow the wall clock, so neither says whether a process is still there.
"""

from __future__ import annotations

import base64
import importlib
import json
import operator
import os
import pickle
import queue
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, TypeVar

import psutil
from filelock import FileLock, Timeout

from fer_core.errors import FerError, Stopped
from fer_core.progress import Progress, Stop, never, silent
from fer_core.settings import PROJECT, settings

Result = TypeVar("Result")

NICENESS = 5
"""How much lower than the app's the priority of the process is (POSIX nice levels)."""

LOOK_SECONDS = 0.2
"""Time between two looks whether the work is to stop."""

_PREFIX, _LOCK = "fer-upload-", ".lock"
_PATIENCE = 5.0
"""Seconds that a process has to end by itself, before it is killed."""


def call(
    function: Callable[..., Result],
    *arguments: Any,
    error: type[FerError],
    progress: Progress = silent,
    stop: Stop = never,
) -> Result:
    """Have another process call `function(*arguments, progress=...)`, and wait for what it returns.

    Args:
        function: of a module, which the process imports by its name.
        arguments: plain data that can be pickled, as must be what is returned.
        error: what is raised.
        progress: called with a share 0 to 1 and a sentence; when it raises, the process is ended.
        stop: asked several times a second; True ends the process.

    Raises:
        FerError: of the class `error`: the process could not be started, met a FerError itself, or died.
        Stopped: `stop` said so.
    """
    request = pickle.dumps((function.__module__, function.__qualname__, arguments))
    environment = {**os.environ, "FER_WORKSPACE": str(settings().workspace), "TF_CPP_MIN_LOG_LEVEL": "3"}
    with tempfile.TemporaryFile() as chatter:
        try:
            process = subprocess.Popen(
                [sys.executable, "-m", "fer_core.processes"],
                cwd=PROJECT,
                env=environment,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=chatter,
            )
        except OSError as problem:
            raise error(
                f"The work could not be started ({problem.strerror or problem}); see that memory is free and try again."
            ) from problem
        with process:
            try:
                said = _follow(process, request, progress, stop)
            except BaseException:
                process.terminate()
                raise
            finally:
                _await_end(process)
    if "error" in said:
        raise error(said["error"])
    if "result" not in said:
        raise error(
            f"The work broke off (exit status {process.returncode}); see that memory and disk space are free, and try again."
        )
    result: Result = pickle.loads(base64.b64decode(said["result"]))
    return result


def _follow(process: subprocess.Popen[bytes], request: bytes, progress: Progress, stop: Stop) -> dict[str, Any]:
    """Pass on what the process says until it has ended; returns its last word."""
    lines: queue.SimpleQueue[bytes] = queue.SimpleQueue()

    def exchange() -> None:
        with suppress(OSError, ValueError):  # it died, or nobody waits any more
            if process.stdin is not None:
                process.stdin.write(request)
                process.stdin.close()
            for line in process.stdout or ():
                lines.put(line)
        lines.put(b"")

    threading.Thread(target=exchange, daemon=True, name="subprocess").start()
    said: dict[str, Any] = {}
    while not stop():
        try:
            line = lines.get(timeout=LOOK_SECONDS)
        except queue.Empty:
            continue
        if not line:
            return said
        if line.startswith(b"{"):
            said = json.loads(line)
            if "share" in said:
                progress(said["share"], said["text"])
    raise Stopped


def _await_end(process: subprocess.Popen[bytes]) -> None:
    try:
        process.wait(_PATIENCE)
    except subprocess.TimeoutExpired:
        process.kill()


def spawn(arguments: Sequence[str], log_file: Path, *, niceness: int = NICENESS) -> subprocess.Popen[bytes]:
    """Start a process on this workspace in a session of its own, at a lower priority; what it prints goes to the end of a file.

    Raises:
        OSError: it could not be started.
    """
    environment = {**os.environ, "FER_WORKSPACE": str(settings().workspace), "PYTHONUNBUFFERED": "1"}
    windows = 0
    if sys.platform == "win32":
        windows = subprocess.CREATE_NEW_PROCESS_GROUP | subprocess.BELOW_NORMAL_PRIORITY_CLASS | subprocess.CREATE_NO_WINDOW
    with log_file.open("ab") as log:
        process = subprocess.Popen(
            arguments,
            cwd=PROJECT,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            creationflags=windows,
        )
    if sys.platform != "win32":
        _lower_priority(process.pid, niceness)
    return process


def _lower_priority(pid: int, niceness: int) -> None:
    # Set from here: code between fork and exec is not safe in a process with threads, such as the app's.
    level = min(19, psutil.Process().nice() + niceness)
    with suppress(psutil.Error):
        psutil.Process(pid).nice(level)
    # Where Linux shares the cores out among sessions (autogroup), the levels of their processes do not matter, but the session's.
    session = Path(f"/proc/{pid}/autogroup")
    if session.exists():
        with suppress(OSError):
            session.write_text(str(level))


def is_held(path: Path) -> bool:
    """Whether some process holds the lock in a file; nothing is written, so that a folder that is only read can be asked too."""
    if sys.platform == "win32":
        if not path.exists():
            return False
        try:
            with FileLock(path).acquire(timeout=0):
                return False
        except Timeout:
            return True
    import fcntl

    try:
        handle = os.open(path, os.O_RDONLY)
    except OSError:
        return False
    try:
        # Shared: two that look at once do not take each other for the holder.
        fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError:
        return True
    else:
        return False
    finally:
        os.close(handle)


@contextmanager
def temporary_folder() -> Iterator[Path]:
    """Make a folder for the block; it is deleted at the end, or by `sweep_temporary` when the process was killed meanwhile."""
    with tempfile.TemporaryDirectory(prefix=_PREFIX) as folder, FileLock(Path(folder) / _LOCK):
        yield Path(folder)


def sweep_temporary() -> None:
    """Delete the folders of processes that were killed; those in use hold their lock, and stay."""
    for folder in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*"):
        try:
            if folder.is_symlink() or not folder.is_dir() or (hasattr(os, "getuid") and folder.stat().st_uid != os.getuid()):
                continue
        except OSError:
            continue
        if not is_held(folder / _LOCK):
            shutil.rmtree(folder, ignore_errors=True)


def main() -> int:
    """Call what stdin names; returns the exit status: 0 done, 2 for an error, which is said."""
    module, name, arguments = pickle.load(sys.stdin.buffer)
    if hasattr(os, "nice"):
        os.nice(NICENESS)
    # Libraries print what they like; only what is said here reaches the pipe.
    pipe = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)

    def say(**said: object) -> None:
        print(json.dumps(said), file=pipe, flush=True)

    try:
        function = operator.attrgetter(name)(importlib.import_module(module))
        result = function(*arguments, progress=lambda share, text: say(share=round(share, 4), text=text))
    except FerError as error:
        say(error=str(error))
        return 2
    except MemoryError:
        say(error="There was not enough memory; close other programs, or choose fewer faces, and try again.")
        return 2
    say(result=base64.b64encode(pickle.dumps(result)).decode())
    return 0


if __name__ == "__main__":
    sys.exit(main())
