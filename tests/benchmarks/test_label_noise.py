"""What votes and answers say of labels, on faces whose truth is known."""

import numpy as np
import pandas as pd
import pytest

from benchmarks import label_noise

CLASSES = ("angry", "fear", "happy")


def test_each_way_is_scored_on_the_same_faces():
    draw = np.random.default_rng(0)
    truth = draw.dirichlet((0.5, 0.5, 0.5), 600)
    codes = np.array([draw.choice(3, p=row) for row in truth])
    votes = np.array([draw.multinomial(10, row) for row in truth], np.float64)
    answers = np.array([draw.dirichlet(0.3 + 6 * row) for row in truth], np.float32)
    rows = pd.DataFrame({"label": np.array(CLASSES)[codes]})
    found = {name: (scores, loss) for name, scores, loss in label_noise.ways(rows, votes, answers, CLASSES)}
    assert list(found) == ["votes", "run", "votes and run"]
    assert {scores.n for scores, _ in found.values()} == {600}
    run, loss = found["run"]
    assert run.accuracy == pytest.approx((answers.argmax(axis=1) == codes).mean())
    assert loss == pytest.approx(-np.log(answers[np.arange(600), codes]).mean(), rel=1e-4)
    assert found["votes and run"][1] < min(found["votes"][1], loss)
