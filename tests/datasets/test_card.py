"""The data card for people shows names from outside as they are."""

import re

from fer_core.datasets import card
from fer_core.datasets.meta import DatasetMeta

HOSTILE = '![x](http://elsewhere.invalid/a.png) <script src="http://elsewhere.invalid/b.js"></script> | x |\n# Big'


def test_markdown_of_hostile_names():
    origin = DatasetMeta(
        name="Plain name",
        created="2026-01-01T00:00:00+00:00",
        kind="folders",
        source=HOSTILE,
        note=HOSTILE,
        classes=(HOSTILE, "happy"),
        skipped={HOSTILE: 3},
        n=2,
        counts={"train": {HOSTILE: 1, "happy": 1}},
        fingerprint="0" * 16,
    )
    made = card.Card(labels="imported", relabelled=0, excluded=0, counts=origin.counts, fingerprint="0" * 16, origin=origin)
    text = card.markdown(made)
    assert re.findall(r"(?<!\\)[<\[]", text) == []
    assert text.count("http:") == text.count("http:\u2060") == 8
    assert "# Data card: Plain name\n" in text
    assert [line for line in text.splitlines() if line.startswith("# ")] == ["# Data card: Plain name"]
    counts = next(line for line in text.splitlines() if line.startswith("| Split"))
    assert len(re.findall(r"(?<!\\)\|", counts)) == 5
