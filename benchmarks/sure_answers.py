"""The threshold from which a run's answers count as sure: so that on validation a share of them agrees with the crowd.

    python -m benchmarks.sure_answers RUN --dataset NAME [--share 0.95] [--write]

NAME has annotators' votes; faces without a favourite among the run's classes are left out. Prints threshold, how many faces are
answered and how many of these agree, on validation, where it is fitted. `--write` stores the threshold in the run's calibration:
for a run that ships in `fer_core/assets`, beside its model.
"""

from __future__ import annotations

import argparse

from fer_core import runs
from fer_core.datasets.store import open_dataset
from fer_core.evaluation.abstention import abstain, fit_threshold, rounded_up
from fer_core.evaluation.assessment import SURE_RIGHT
from fer_core.evaluation.metrics import label_codes, probabilities
from fer_core.evaluation.predictions import predict_split
from fer_core.runs import Run


def main() -> None:
    """Fit, print, and write where asked."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("run", metavar="RUN")
    parser.add_argument("--dataset", required=True, metavar="NAME")
    parser.add_argument("--share", type=float, default=SURE_RIGHT)
    parser.add_argument("--write", action="store_true")
    given = parser.parse_args()
    run = runs.open_run(given.run)
    calibration = run.calibration()
    answers = predict_split(run, open_dataset(given.dataset), "validation", labels="crowd")
    said = probabilities(answers, run.classes(), calibration.temperature)
    right = said.argmax(axis=1) == label_codes(answers["label"], run.classes())
    threshold = rounded_up(fit_threshold(said.max(axis=1), right, accuracy=given.share), 3)
    kept = abstain(said.max(axis=1), right, threshold)
    print(
        f"threshold {threshold}: {kept.answered} of {kept.n} answered ({kept.coverage:.3f}), {kept.accuracy:.4f} of these agree"
    )
    if given.write:
        Run(id=run.id, path=run.path, own=run.path).write(calibration.model_copy(update={"threshold": threshold}))


if __name__ == "__main__":
    main()
