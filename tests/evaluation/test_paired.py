"""Two runs on the same samples: against published examples, and by hand."""

import pandas as pd
import pytest

from fer_core.errors import InputError
from fer_core.evaluation.comparison import (
    Paired,
    against_first,
    config_differences,
    count_pairs,
    disagreements,
    holm,
    mcnemar_exact,
    pair,
    recall_changes,
)
from fer_core.runs.config import preset_config


def answers(text: str, *, labels: str = "aaabbb", start: int = 0) -> pd.DataFrame:
    """One letter a sample; the n-th sample is answered with a confidence of 0.50 + n / 100."""
    return pd.DataFrame(
        {
            "sample": range(start, start + len(text)),
            "label": list(labels),
            "predicted": list(text),
            "confidence": [0.5 + place / 100 for place in range(len(text))],
        }
    )


@pytest.mark.parametrize(
    ("counts", "interval"),
    [
        # Altman et al. (2000), "Statistics with confidence", table 6.2: 0.122, 95 % 0.011 to 0.226.
        (Paired(both=14, first_only=0, second_only=5, neither=22), (0.011, 0.226)),
        (Paired(both=14, first_only=5, second_only=0, neither=22), (-0.226, -0.011)),
        # All right: the limits are Wilson's for 10 of 10, 1 / (1 + 1.96² / 10), both ways, as nothing says how they go together.
        (Paired(both=10, first_only=0, second_only=0, neither=0), (-0.278, 0.278)),
        # Newcombe's own extreme: the first always wrong where the second is right.
        (Paired(both=0, first_only=0, second_only=10, neither=0), (0.607, 1.0)),
    ],
)
def test_newcombe(counts, interval):
    assert counts.difference_ci95 == pytest.approx(interval, abs=6e-4)
    assert interval[0] < counts.difference <= interval[1]


@pytest.mark.parametrize(
    ("first_only", "second_only", "p"),
    [
        (59, 121, 4.434e-06),  # statsmodels' test of its exact mcnemar
        (5, 0, 2 / 32),
        (1, 3, 2 * (1 + 4) / 16),
        (2, 2, 1.0),
        (0, 0, 1.0),
    ],
)
def test_mcnemar(first_only, second_only, p):
    assert mcnemar_exact(first_only, second_only) == pytest.approx(p, rel=1e-3)
    assert mcnemar_exact(second_only, first_only) == mcnemar_exact(first_only, second_only)


def test_holm():
    # Sorted 0.005 * 4, 0.01 * 3, 0.03 * 2, 0.04 * 1, and none smaller than the one before.
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert holm([0.6, 0.7]) == [1.0, 1.0]
    with pytest.raises(InputError, match=r"got 1\.2"):
        holm([1.2])


def test_pairs_are_matched_by_sample_and_counted():
    first, second = answers("aabbba"), answers("abbbab").sample(frac=1, random_state=0)
    pairs = pair(first, second)
    # Right are yynyyn and ynnyny.
    assert pairs["sample"].tolist() == [0, 1, 2, 3, 4, 5]
    found = count_pairs(pairs)
    assert found == Paired(both=2, first_only=2, second_only=1, neither=1)
    assert (found.n, found.accuracy, found.difference) == (6, (4 / 6, 3 / 6), -1 / 6)
    lost, won = disagreements(pairs, right="first"), disagreements(pairs, right="second")
    assert lost.to_numpy().tolist() == [[4, "b", "a", 0.54], [1, "a", "b", 0.51]]
    assert won.to_numpy().tolist() == [[5, "b", "a", 0.55]]


def test_recall_changes_begin_with_the_largest_loss():
    changes = recall_changes(pair(answers("aaabbb"), answers("aabbbb")))
    assert changes[["class", "n", "lost", "won"]].to_numpy().tolist() == [["a", 3, 1, 0], ["b", 3, 0, 0]]
    assert changes["difference"].tolist() == pytest.approx([-1 / 3, 0])
    assert (changes["low"] < changes["difference"]).all()


def test_all_runs_are_compared_on_what_every_one_answered():
    table = against_first({"x": answers("aabbba"), "y": answers("aaabb", labels="aabbb", start=1), "z": answers("bbbbbb")})
    # Common are samples 1 to 5 with labels aabbb; the label of sample 3 must agree, too.
    assert table["n"].tolist() == [5, 5, 5]
    assert table["correct"].tolist() == [3, 4, 3]
    assert table["difference"].tolist()[1:] == pytest.approx([0.2, 0])
    assert table[["lost", "won"]].to_numpy().tolist() == [[0, 0], [1, 2], [1, 1]]
    assert table["p_holm"].tolist()[1:] == [1, 1]
    assert table.iloc[0][["difference", "p", "p_holm"]].isna().all()


@pytest.mark.parametrize(
    ("first", "second", "reason"),
    [
        (answers("aabbba"), answers("aabbba", labels="aaabba"), "with different labels"),
        (answers("aabbba"), answers("aabbba").drop(columns="confidence"), "missing: confidence"),
        (answers("aabbba"), answers("aabbba").assign(sample=0), "each sample once"),
    ],
)
def test_what_does_not_fit_is_refused(first, second, reason):
    with pytest.raises(InputError, match=reason):
        pair(first, second)


def test_nothing_in_common_is_refused():
    with pytest.raises(InputError, match="no sample in common"):
        against_first({"x": answers("aaabbb"), "y": answers("aaabbb", start=100)})
    with pytest.raises(InputError, match="at least 2 runs"):
        against_first({"x": answers("aaabbb")})


def test_only_differing_settings_are_listed():
    first = preset_config("Faces", seed=1)
    second = preset_config("Faces", seed=2, **{"augmentation.rotation": 5, "flip": False})
    plain = preset_config("Faces", seed=1, augmentation=None)
    assert config_differences({"x": first, "y": second}).to_numpy().tolist() == [
        ["augmentation.rotation", "8", "5"],
        ["flip", "yes", "no"],
        ["seed", "1", "2"],
    ]
    table = config_differences({"x": first, "z": plain}).set_index("setting")
    assert table.loc["augmentation"].tolist() == ["on", "none"]
    assert table.loc["augmentation.rotation"].tolist() == ["8", "–"]
    assert config_differences({"x": first, "y": first}).empty
