"""What the commands share: how one is added, JSON on stdout, and TensorFlow without its chatter."""

from __future__ import annotations

import argparse
import contextlib
import json
import os
from collections.abc import Callable, Iterator
from typing import Any, Protocol

Handler = Callable[[argparse.Namespace], int]


class Add(Protocol):
    """Adds a command to the parser."""

    def __call__(self, name: str, handler: Handler, summary: str, *, json: bool = False) -> argparse.ArgumentParser:
        """Add a command: its name, what runs it, a sentence for `--help`, and whether it knows `--json`."""


def import_tensorflow() -> None:
    """Import TensorFlow; its chatter does not reach stderr, where scripts expect our sentence alone."""
    with without_chatter():
        import tensorflow  # noqa: F401


@contextlib.contextmanager
def without_chatter() -> Iterator[None]:
    """What is written to stderr meanwhile, by libraries that do not go through Python, is lost."""
    kept = os.dup(2)
    try:
        with open(os.devnull, "w") as nowhere:
            os.dup2(nowhere.fileno(), 2)
            yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)


def print_json(value: Any) -> int:
    """Print one JSON document; returns the exit status 0."""
    text = json.dumps(value, ensure_ascii=False)
    # A file's name may hold bytes that are no text: only escaped they can be written, and read again.
    print(json.dumps(value) if any("\ud800" <= letter <= "\udfff" for letter in text) else text)
    return 0
