"""What the benchmark of thirty readers counts."""

import pytest

from benchmarks.readers import VIEWS, percentile
from pages.parts import menu
from pages.ui import navigation


@pytest.mark.parametrize(
    ("values", "share", "expected"),
    [([3.0], 0.95, 3.0), (list(range(1, 101)), 0.95, 95), (list(range(20, 0, -1)), 0.95, 19), ([1, 2, 3, 4], 0.5, 2)],
)
def test_percentile(values, share, expected):
    assert percentile(values, share) == expected


def test_readers_open_views_that_the_app_has():
    known = {page.address for page in navigation.pages()} | set(menu.MOVED)
    assert {view for view, _ in VIEWS} <= known
