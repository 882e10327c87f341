"""The process that makes a comparison for the page: `python -m fer_core.studies.worker JSON`. Started by `jobs.start`."""

from __future__ import annotations

import json
import os
import signal
import sys
import time
import traceback

from fer_core.datasets.store import open_dataset
from fer_core.errors import FerError
from fer_core.studies.comparison import comparison
from fer_core.studies.transfer import compare


def main(asked: str) -> int:
    """Make the comparison; returns the exit status. Whatever happens is told in its status."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    wanted = json.loads(asked)
    job = comparison(open_dataset(wanted["name"]).meta.fingerprint)
    signal.signal(signal.SIGTERM, lambda *_: job.stop_file.touch())
    try:
        compare(wanted["name"], shares=wanted["shares"], seeds=wanted["seeds"], anew=wanted["anew"])
        return 0
    except FerError as error:
        print(error, flush=True)
        return 1
    except Exception as error:
        traceback.print_exc()
        what = "There was not enough memory" if isinstance(error, MemoryError) else f"It broke off ({type(error).__name__})"
        sentence = f"{what}; what was done is kept: start it again, and it goes on where it stopped."
        job.write(job.status().model_copy(update={"state": "failed", "ended": time.time(), "error": sentence}))
        return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
