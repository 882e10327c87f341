import pytest

from fer_core import progress
from fer_core.errors import Stopped


def test_a_part_is_a_stretch_of_the_whole():
    said = []

    def whole(share, text):
        said.append((share, text))

    first, second = progress.part(whole, 0.0, 0.6, "Looking"), progress.part(whole, 0.6, 1.0)
    for told in (first, second):
        told(0.0, "begins")
        told(0.5, "half")
        told(1.0, "ends")
    assert [round(share, 3) for share, _ in said] == [0.0, 0.3, 0.6, 0.6, 0.8, 1.0]
    assert [text for _, text in said] == ["Looking"] * 3 + ["begins", "half", "ends"]


def test_work_is_listed_while_it_goes_on_and_ends_at_its_next_word():
    work = progress.Work("Drawing faces")
    with progress.listed(work):
        assert progress.under_way()[-1] is work
        work(0.25, "A quarter")
        assert (work.share, work.text, work.stopping(), work.seconds_left) == (0.25, "A quarter", False, None)
        work.stop()
        assert work.stopping()
        with pytest.raises(Stopped):
            work(1.5, "More than all")
    assert (work.share, work.text) == (1.0, "More than all")
    assert work not in progress.under_way()


@pytest.mark.parametrize(
    ("share", "seconds", "left"), [(0.25, 10.0, 30.0), (1.0, 10.0, 0.0), (0.0, 10.0, None), (0.5, 0.5, None)]
)
def test_the_time_left_follows_from_the_share_done(share, seconds, left, monkeypatch):
    work = progress.Work("Drawing faces")
    monkeypatch.setattr(progress.time, "monotonic", lambda: work.started + seconds)
    work(share)
    assert work.seconds_left == (None if left is None else pytest.approx(left))
