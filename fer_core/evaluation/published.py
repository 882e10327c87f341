"""Published figures that a score is set beside, each with what it is and where it comes from."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from fer_core.labels import SEVEN


@dataclass(frozen=True)
class PublishedRange:
    """A range that others have published for a task.

    Attributes:
        low: lower end, a share in [0, 1].
        high: upper end.
        source: authors and year, to be written beside it.
        about: one sentence on what it is and what it is not.
    """

    low: float
    high: float
    source: str
    about: str


HUMAN_FER2013 = PublishedRange(
    low=0.60,
    high=0.70,
    source="Goodfellow et al. 2013",
    about="How often people name FER2013's label, as its makers estimate it: 65 ± 5% with all seven classes "
    "(Goodfellow et al. 2013, arXiv:1307.0414). An estimate, not measured on these very faces, and with no interval of its own.",
)


def human_range(names: Iterable[str], classes: Iterable[str]) -> PublishedRange | None:
    """The published human range, where it is about this very task: FER2013 with its seven classes; None otherwise.

    Args:
        names: what the data set and its source are called; one of them names FER2013.
        classes: classes that are answered, in any order.
    """
    known = any("fer2013" in re.sub(r"[^a-z0-9]", "", name.lower()) for name in names)
    return HUMAN_FER2013 if known and set(classes) == set(SEVEN) else None
