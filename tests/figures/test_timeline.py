"""The timeline of a face: a line a class, broken where the face was away, thinned where it is long."""

import numpy as np
import pandas as pd
import pytest

from fer_core.errors import InputError
from fer_core.figures.timeline import POINTS, timeline


def rows(seconds: list[float]) -> pd.DataFrame:
    share = np.linspace(0.2, 0.8, len(seconds))
    return pd.DataFrame(
        {"seconds": seconds, "p_happy": share, "p_<b>": 1 - share, "smoothed_happy": share / 2, "smoothed_<b>": 1 - share / 2}
    )


@pytest.mark.parametrize(("smoothed", "last"), [(True, 0.4), (False, 0.8)])
def test_a_line_for_each_class(smoothed, last):
    figure = timeline(rows([0.0, 0.1, 0.2]), ("happy", "<b>"), cursor=0.1, smoothed=smoothed)
    assert [trace.name for trace in figure.data] == ["Happy", "&lt;b&gt;"]
    assert figure.data[0].y[-1] == pytest.approx(last)
    assert figure.layout.shapes[0].x0 == 0.1
    assert figure.layout.annotations[0].text == "0.10 s"
    assert len({trace.line.dash for trace in figure.data}) == 2


def test_a_line_is_broken_where_the_face_was_away():
    figure = timeline(rows([0.0, 0.5, 3.0, 3.5]), ("happy",))
    assert list(figure.data[0].x) == [0.0, 0.5, 2.5, 3.0, 3.5]
    assert np.isnan(figure.data[0].y).tolist() == [False, False, True, False, False]


def test_long_videos_are_thinned():
    drawn = timeline(rows(list(np.arange(3 * POINTS - 1) / 30)), ("happy",)).data[0].x
    assert len(drawn) == POINTS
    assert drawn[1] == pytest.approx(0.1)


def test_what_is_missing_is_named():
    with pytest.raises(InputError, match="missing: smoothed_fear"):
        timeline(rows([0.0]), ("fear",))
    with pytest.raises(InputError, match="at least one row"):
        timeline(rows([]), ("happy",))
