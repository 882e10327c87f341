"""How numbers are written."""

import pytest

from fer_core import numbers


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        (numbers.percent(0.6184), "61.8%"),
        (numbers.percent(0.6184, 0), "62%"),
        (numbers.percent(1.0), "100.0%"),
        (numbers.percent(None), "–"),
        (numbers.percent(float("nan")), "–"),
        (numbers.interval(0.599, 0.637), "59.9% to 63.7%"),
        (numbers.interval(None, 0.637), "–"),
        (numbers.points(0.0712), "+7.1"),
        (numbers.points(-0.118), "−11.8"),
        (numbers.points(None), "–"),
        (numbers.count(20708), "20,708"),
        (numbers.decimal(1.23456), "1.235"),
        (numbers.decimal(None), "–"),
    ],
)
def test_numbers(written: str, expected: str) -> None:
    assert written == expected


@pytest.mark.parametrize(("n", "written"), [(0, "n = 0, few"), (29, "n = 29, few"), (30, "n = 30"), (2521, "n = 2,521")])
def test_few_faces_are_marked(n: int, written: str) -> None:
    assert numbers.sample(n) == written


@pytest.mark.parametrize(
    ("seconds", "written"),
    [(0, "0 s"), (59.4, "59 s"), (60, "1 min"), (200, "3 min 20 s"), (1230, "20 min"), (3600, "1 h"), (3900, "1 h 5 m")],
)
def test_duration(seconds: float, written: str) -> None:
    assert numbers.duration(seconds) == written


@pytest.mark.parametrize(
    ("seconds", "written"),
    [
        (0, "some seconds"),
        (10, "some seconds"),
        (11, "about 20 s"),
        (60, "about 1 min"),
        (61, "about 2 min"),
        (716, "about 15 min"),
        (3299, "about 55 min"),
        (3301, "about 1 h"),
        (9000, "about 3 h"),
    ],
)
def test_estimates_are_rounded(seconds: float, written: str) -> None:
    assert numbers.roughly(seconds) == written
