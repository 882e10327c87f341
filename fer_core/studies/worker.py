"""The process that makes a comparison for the page: `python -m fer_core.studies.worker JSON`. Started by `jobs.start`."""

from __future__ import annotations

import json
import os
import signal
import sys
import traceback

from fer_core.datasets.store import open_dataset
from fer_core.errors import FerError
from fer_core.files import is_full
from fer_core.studies.state import Folder, Situation
from fer_core.studies.transfer import compare


def main(asked: str) -> int:
    """Make the comparison; returns the exit status. Whatever happens is told in its state."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    wanted = json.loads(asked)
    folder = Folder(open_dataset(wanted["name"]).meta.fingerprint)
    signal.signal(signal.SIGTERM, lambda *_: folder.stop_file.touch())
    try:
        compare(wanted["name"], shares=wanted["shares"], seeds=wanted["seeds"], anew=wanted["anew"])
        return 0
    except FerError as error:
        print(error, flush=True)
        return 1
    except OSError as error:
        sentence = f"A file could not be read or written ({error.strerror or error})"
        return _fail(folder, "The disk is full" if is_full(error) else sentence)
    except MemoryError:
        return _fail(folder, "There was not enough memory")
    except Exception as error:
        return _fail(folder, f"The comparison broke off ({type(error).__name__})")


def _fail(folder: Folder, what: str) -> int:
    traceback.print_exc()
    sentence = f"{what}; what was done is kept: start it again, and it goes on where it stopped."
    folder.tell((folder.situation() or Situation(state="failed")).model_copy(update={"state": "failed", "error": sentence}))
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
