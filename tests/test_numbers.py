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
