"""The process that makes a map of features, so that the app stays quick: `python -m fer_core.embedding_worker NAME REQUEST`.

It says what it does on stdout, one JSON object a line: {"share", "text"}, at the end {"done": true} or {"error": sentence}.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from contextlib import redirect_stdout
from typing import Any

from fer_core.datasets.store import Dataset, open_dataset
from fer_core.embedding import FeatureMap, MapRequest, kept_map, make_map
from fer_core.errors import DatasetError, FerError, InputError
from fer_core.settings import PROJECT, settings

_NICENESS = 10


def make_elsewhere(dataset: Dataset, request: MapRequest, *, progress: Callable[[float, str], None]) -> FeatureMap:
    """Have a map made by another process, at a lower priority; it ends when this one does.

    Args:
        dataset: the faces.
        request: what to make.
        progress: called with a share 0 to 1 and a sentence.

    Raises:
        InputError: what the process could not do, in its one sentence.
        DatasetError: the process ended without a word, or the map could not be kept.
    """
    command = [sys.executable, "-m", "fer_core.embedding_worker", dataset.name, request.model_dump_json()]
    environment = {**os.environ, "FER_WORKSPACE": str(settings().workspace), "TF_CPP_MIN_LOG_LEVEL": "3"}
    with subprocess.Popen(
        command, cwd=PROJECT, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as process:
        said = _follow(process, progress)
    if "error" in said:
        raise InputError(said["error"])
    found = kept_map(dataset, request) if said.get("done") else None
    if found is None:
        raise DatasetError("The map could not be made or kept; see that there is free memory and disk space, and try again.")
    return found


def main(arguments: Sequence[str]) -> int:
    """Make one map; 0 when done, 2 for an error of the user's."""
    if hasattr(os, "nice"):
        os.nice(_NICENESS)
    out = sys.stdout

    def say(**words: Any) -> None:
        print(json.dumps(words), file=out, flush=True)

    try:
        with redirect_stdout(sys.stderr):
            name, request = arguments
            make_map(
                open_dataset(name),
                MapRequest.model_validate_json(request),
                progress=lambda share, text: say(share=round(share, 4), text=text),
            )
    except FerError as error:
        say(error=str(error))
        return 2
    say(done=True)
    return 0


def _follow(process: subprocess.Popen[bytes], progress: Callable[[float, str], None]) -> dict[str, Any]:
    """Pass the progress on until the process ends; its last words."""
    said: dict[str, Any] = {}
    for line in process.stdout or ():
        try:
            said = json.loads(line)
        except ValueError:
            continue
        if "share" in said:
            progress(said["share"], said["text"])
    return said


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
