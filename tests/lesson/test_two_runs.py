"""Two runs on the same faces."""

import numpy as np
import pandas as pd
import pytest

from fer_core.errors import InputError
from fer_core.lesson.two_runs import LOOKED_AT, Disputed, asked, disputed


def test_where_two_runs_part():
    labels = ["happy", "fear", "angry", "happy"]
    first, second = np.array(["happy", "fear", "neutral", "fear"]), np.array(["happy", "angry", "angry", "angry"])
    assert disputed(labels, first, second) == Disputed(n=4, places=(1, 2, 3), first_is_label=1, second_is_label=1)
    with pytest.raises(InputError, match="for 4 faces; got 4 and 1"):
        disputed(labels, first, second[:1])


@pytest.mark.parametrize(("test", "train", "split"), [(LOOKED_AT, 200, {"test"}), (3, 4, {"test", "train"})])
def test_faces_come_from_the_test_split_where_it_has_enough(test, train, split):
    samples = pd.DataFrame({"label": "happy", "split": ["test"] * test + ["train"] * train}).assign(id=range(test + train))
    rows = asked(samples, ["happy"])
    assert set(rows["split"]) == split
    assert len(rows) == min(LOOKED_AT, test + train)
    assert rows["id"].is_unique
    with pytest.raises(InputError, match="no face of the classes"):
        asked(samples, ["fear"])
