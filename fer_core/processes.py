"""Work in a process of its own, at a lower priority, that says how far it is: one JSON object a line on its stdout.

What the work makes is kept with a data set or a run; the pipe carries {"share", "text"}, and perhaps an {"error": sentence}.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable

from fer_core.errors import FerError
from fer_core.settings import PROJECT, settings

Progress = Callable[[float, str], None]

NICENESS = 5
"""How much lower than the app's the priority of the process is (POSIX nice levels)."""


def ask(module: str, *words: str, error: type[FerError], progress: Progress | None = None) -> int:
    """Run `python -m MODULE WORDS` and wait; the process ends when nobody reads what it says any more.

    Args:
        module: its `main` calls `answer`.
        words: its arguments.
        error: what is raised.
        progress: called with a share 0 to 1 and a sentence.

    Returns:
        The exit status, 0 when it is done.

    Raises:
        FerError: of the class `error`: the process could not be started, or met a FerError itself.
    """
    environment = {**os.environ, "FER_WORKSPACE": str(settings().workspace), "TF_CPP_MIN_LOG_LEVEL": "3"}
    sentence = None
    with tempfile.TemporaryFile() as chatter:
        try:
            process = subprocess.Popen(
                [sys.executable, "-m", module, *words],
                cwd=PROJECT,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=chatter,
                text=True,
            )
        except OSError as problem:
            raise error(
                f"The work could not be started ({problem.strerror or problem}); see that memory is free and try again."
            ) from problem
        with process:
            for line in process.stdout or ():
                said = json.loads(line) if line.startswith("{") else {}
                sentence = said.get("error")
                if progress is not None and "share" in said:
                    progress(said["share"], said["text"])
    if sentence:
        raise error(sentence)
    return process.returncode


def answer(work: Callable[[Progress], object]) -> int:
    """Do what the process was started for; returns its exit status: 0 done, 2 for an error, which is said.

    Args:
        work: called with what tells the progress.
    """
    if hasattr(os, "nice"):
        os.nice(NICENESS)
    # Libraries print what they like; only progress reaches the pipe.
    pipe = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)

    def say(**said: object) -> None:
        print(json.dumps(said), file=pipe, flush=True)

    try:
        work(lambda share, text: say(share=round(share, 4), text=text))
    except FerError as error:
        say(error=str(error))
        return 2
    except MemoryError:
        say(error="There was not enough memory; close other programs, or choose fewer faces, and try again.")
        return 2
    return 0
