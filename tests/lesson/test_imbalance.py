import numpy as np
import pytest

from fer_core.errors import InputError
from fer_core.evaluation.metrics import macro_f1
from fer_core.lesson.imbalance import blended, by_class, constant, path

MATRIX = np.array([[80, 10, 0], [4, 6, 0], [0, 0, 0]])


def test_the_ends_are_accuracy_and_macro_f1() -> None:
    assert blended(MATRIX, 0) == pytest.approx(86 / 100)
    # F1 of 160/174 and 12/26; the third class neither occurs nor is answered, and does not count.
    assert blended(MATRIX, 1) == pytest.approx((160 / 174 + 12 / 26) / 2)
    assert blended(np.stack([MATRIX, MATRIX.T]), 1) == pytest.approx(macro_f1(np.stack([MATRIX, MATRIX.T])))
    with pytest.raises(InputError, match="between 0 and 1"):
        blended(MATRIX, 1.1)


@pytest.mark.parametrize(("place", "weights"), [(0, [0.9, 0.1, 0]), (0.5, [0.7, 0.3, 0]), (1, [0.5, 0.5, 0])])
def test_weights_go_from_shares_to_equal(place, weights) -> None:
    table = by_class(MATRIX, ("a", "b", "c"), place)
    assert table["weight"].tolist() == pytest.approx(weights)
    assert table["part"].sum() == pytest.approx(blended(MATRIX, place))
    assert table["n"].tolist() == [90, 10, 0]


def test_a_constant_answer_falls() -> None:
    assert constant(MATRIX).tolist() == [[90, 0, 0], [10, 0, 0], [0, 0, 0]]
    rows = path(MATRIX)
    assert (rows["place"].iloc[0], rows["place"].iloc[-1]) == (0, 1)
    assert rows["baseline"].iloc[0] == pytest.approx(0.9)  # above the run's 0.86: accuracy would choose the blind answer
    assert rows["baseline"].iloc[-1] == pytest.approx((180 / 190) / 2)
    assert (rows["low"] <= rows["score"]).all()
    assert (rows["score"] <= rows["high"]).all()
