"""What a study found: known answers of the mean over seeds, its interval, and the paired difference."""

import numpy as np
import pytest

from fer_core.evaluation.intervals import wilson
from fer_core.studies.scores import Difference, differences, score


def difference(first, second) -> Difference:
    return differences(first, [second])[0]


def test_the_interval_over_seeds_is_students():
    # Mean 0.6, standard deviation 0.1, three seeds; the 97.5 % quantile of t with 2 degrees of freedom is 4.302653.
    found = score([0.5, 0.6, 0.7], 100, counts=True)
    half = 4.302653 * 0.1 / 3**0.5
    assert found.mean == pytest.approx(0.6)
    assert found.ci95 == pytest.approx((0.6 - half, 0.6 + half), abs=1e-6)


def test_one_seed_has_wilsons_interval_of_a_share_and_none_of_another_score():
    assert score([0.75], 400, counts=True).ci95 == pytest.approx(wilson(300, 400))
    assert score([0.75], 400).ci95 is None


def test_an_interval_stays_between_0_and_1():
    assert score([0.5, 1.0], 10).ci95 == (0.0, 1.0)


def test_the_difference_is_paired_by_seed_and_face():
    first = np.ones((3, 200), bool)
    second = first.copy()
    second[:, :20] = False
    found = difference(first, second)
    assert (found.mean, found.seeds, found.n) == (pytest.approx(0.1), 3, 200)
    # The seeds agree, so that the faces alone are drawn: 0.1 plus or minus 1.96 x sqrt(0.1 x 0.9 / 200).
    assert found.ci95 == pytest.approx((0.1 - 0.0416, 0.1 + 0.0416), abs=0.01)


def test_seeds_that_disagree_widen_the_interval():
    first, second = np.zeros((4, 500), bool), np.zeros((4, 500), bool)
    first[:2] = True
    found = difference(first, second)
    assert found.mean == pytest.approx(0.5)
    # Two of four seeds are right everywhere: a resample of four has no such seed, or only such ones, in 1 of 16 cases each.
    assert found.ci95 == (0.0, 1.0)


def test_equal_settings_do_not_differ():
    right = np.random.default_rng(0).random((3, 300)) < 0.7
    found = difference(right, right)
    assert (found.mean, found.ci95) == (0.0, (0.0, 0.0))


def test_of_several_settings_each_is_compared_with_the_first_alone():
    first = np.random.default_rng(0).random((3, 300)) < 0.7
    others = [first, ~first]
    assert differences(first, others) == [difference(first, other) for other in others]
    assert differences(first, []) == []
