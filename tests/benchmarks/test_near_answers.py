"""What is compared where photos are answered by fewer mirrored faces."""

import re

import numpy as np
import pandas as pd

from benchmarks import near_answers
from fer_core.datasets.synthetic import make_faces
from fer_core.datasets.writing import write_dataset
from fer_core.labels import FIVE
from fer_core.runs import open_run


def test_the_bundled_runs_keep_their_answers(workspace):
    drawn = make_faces(40, 0)
    samples = pd.DataFrame({"label": [FIVE[place % 5] for place in range(40)], "split": "validation"})
    dataset = write_dataset("drawn", drawn.images, samples, classes=FIVE, kind="folders", source="test")
    lines = near_answers.compared(open_run("bundled"), dataset, "validation")
    assert [line.split(":")[0] for line in lines] == [f"threshold {value:.3f}" for value in near_answers.THRESHOLDS]
    found = [re.search(r": (\S+) of 40 mirrored; .* all mirrored (\S+), as in floats (\S+);", line).groups() for line in lines]
    mirrored, same, right = np.array(found, float).T
    assert (same >= 0.95).all()
    assert (right >= 0.9).all()
    assert (mirrored[-3:] >= mirrored[0]).all()
