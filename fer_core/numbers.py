"""Write numbers for readers: shares, intervals, counts and decimals, the same on every page and in every report."""

from math import isnan

DASH = "–"
"""Stands for a number that is not defined."""

FEW = 30
"""A share of fewer faces than this is marked: its 95 % interval spans up to 35 percentage points."""


def percent(share: float | None, digits: int = 1) -> str:
    """A share in [0, 1] as a percentage, `0.618` -> `61.8%`; None and NaN as a dash."""
    return DASH if share is None or isnan(share) else f"{share:.{digits}%}"


def interval(low: float | None, high: float | None, digits: int = 1) -> str:
    """Limits of shares, `59.9% to 63.7%`; a dash when one is missing."""
    if percent(low) == DASH or percent(high) == DASH:
        return DASH
    return f"{percent(low, digits)} to {percent(high, digits)}"


def points(difference: float | None, digits: int = 1) -> str:
    """A difference of shares in percentage points, `0.0712` -> `+7.1`, with a true minus sign; None and NaN as a dash."""
    return DASH if difference is None or isnan(difference) else f"{100 * difference:+.{digits}f}".replace("-", "−")


def count(number: int) -> str:
    """A number of things with separators, `20708` -> `20,708`."""
    return f"{int(number):,}"


def sample(n: int) -> str:
    """How many faces a score rests on, `n = 2,521`, marked where they are fewer than `FEW`: `n = 12, few`."""
    return f"n = {count(n)}" + (", few" if n < FEW else "")


def decimal(number: float | None, digits: int = 3) -> str:
    """A plain number, `1.23456` -> `1.235`; None and NaN as a dash."""
    return DASH if number is None or isnan(number) else f"{number:.{digits}f}"


def roughly(seconds: float) -> str:
    """Write an estimate no finer than it is: `some seconds`, `about 40 s`, `about 5 min`, `about 2 h`, rounded up."""
    if seconds <= 10:
        return "some seconds"
    if seconds <= 50:
        return f"about {-(-seconds // 10) * 10:.0f} s"
    minutes = -(-seconds // 60)
    if minutes > 10:
        minutes = -(-minutes // 5) * 5
    return f"about {minutes:.0f} min" if minutes < 60 else f"about {-(-minutes // 60):.0f} h"


def duration(seconds: float) -> str:
    """`12 s`, `3 min 20 s`, `1 h 5 m`."""
    whole = max(0, round(seconds))
    if whole < 60:
        return f"{whole} s"
    minutes, rest = divmod(whole, 60)
    if minutes < 60:
        return f"{minutes} min {rest} s" if rest and minutes < 10 else f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} m" if minutes else f"{hours} h"
