"""Two data sets or splits side by side, and what differs enough to matter."""

import numpy as np
import pandas as pd
import pytest

from fer_core.datasets import comparison
from fer_core.errors import InputError


def side(counts: dict[str, int], *, brightness: float = 100.0, sharpness: float = 99.0) -> pd.DataFrame:
    labels = [name for name, n in counts.items() for _ in range(n)]
    wave = np.tile([-10.0, 10.0], len(labels))[: len(labels)]
    return pd.DataFrame(
        {
            "label": labels,
            "brightness": brightness + wave,
            "contrast": 50.0,
            "sharpness": sharpness * np.where(wave > 0, 2.0, 1.0),
            "hash": [f"{name}{number}" for number, name in enumerate(labels)],
        }
    )


@pytest.mark.parametrize(
    ("first", "second", "distance", "matters"),
    [
        ({"happy": 600, "sad": 400}, {"happy": 300, "sad": 200}, 0.0, False),
        ({"happy": 600, "sad": 400}, {"happy": 500, "sad": 500}, 0.1, True),
        ({"happy": 6, "sad": 4}, {"happy": 5, "sad": 5}, 0.1, False),
        ({"happy": 60000, "sad": 40000}, {"happy": 58000, "sad": 42000}, 0.02, False),
        ({"happy": 100}, {"sad": 100}, 1.0, True),
        ({"happy": 10}, {"happy": 20}, 0.0, False),
    ],
)
def test_class_shares(first: dict, second: dict, distance: float, matters: bool) -> None:
    gap = comparison.class_gap(side(first), side(second))
    assert (gap.distance, gap.matters) == (pytest.approx(distance), matters)
    assert gap.table["n_first"].sum() == sum(first.values())


def test_the_chi_square_test_is_pearsons() -> None:
    gap = comparison.class_gap(side({"happy": 60, "sad": 40}), side({"happy": 50, "sad": 50}))
    assert gap.p == pytest.approx(0.155219, abs=1e-5)


@pytest.mark.parametrize(("offset", "d", "matters"), [(0, 0.0, False), (1, -0.1, False), (3, -0.3, True)])
def test_measures(offset: float, d: float, matters: bool) -> None:
    table = comparison.measure_gaps(side({"happy": 1000}), side({"happy": 1000}, brightness=100 + offset)).set_index("measure")
    bright = table.loc["brightness"]
    assert bright["d"] == pytest.approx(d, abs=1e-3)
    assert bright["low"] == pytest.approx(bright["d"] - 0.0879, abs=1e-3)
    assert bool(bright["matters"]) is matters
    assert table.loc["contrast", ["d", "matters"]].tolist() == [0.0, False]


def test_few_samples_are_no_evidence() -> None:
    table = comparison.measure_gaps(side({"happy": 10}), side({"happy": 10}, brightness=105)).set_index("measure")
    assert abs(table.loc["brightness", "d"]) > comparison.SMALL_EFFECT
    assert not table.loc["brightness", "matters"]


def test_sharpness_is_compared_in_powers_of_ten() -> None:
    table = comparison.histograms(side({"happy": 50}), side({"happy": 50}, sharpness=999.0), "sharpness", bins=10)
    assert (table["left"].iloc[0], table["right"].iloc[-1]) == (pytest.approx(2.0), pytest.approx(np.log10(1999)))
    assert (table["first"].sum(), table["second"].sum()) == (pytest.approx(1.0), pytest.approx(1.0))


def test_mean_faces() -> None:
    draw = np.random.default_rng(0)
    images = draw.normal(100, 10, (400, 48, 48)).clip(0, 255).astype(np.uint8)
    images[200:300] += 5
    rows = pd.DataFrame({"id": range(400), "label": ["happy"] * 400})
    means = [comparison.mean_faces(images, rows[start : start + 100], ["happy", "sad"]) for start in (0, 100, 200)]
    assert {name: (mean.n, mean.face.shape) for name, mean in means[0].items()} == {"happy": (100, (48, 48))}
    same, other = (comparison.face_gaps(means[0], means[place]).iloc[0] for place in (1, 2))
    assert same["d"] == pytest.approx(same["chance"], rel=0.1)
    assert not same["matters"]
    assert other["levels"] == pytest.approx(5.2, abs=0.2)
    assert other["matters"]


def test_pictures_in_both() -> None:
    first, second = side({"happy": 4}), side({"happy": 2, "sad": 3})
    assert comparison.shared_pictures(first, second) == 2


def test_an_empty_side_is_refused() -> None:
    with pytest.raises(InputError, match="at least one sample"):
        comparison.class_gap(side({"happy": 1}), side({}))
