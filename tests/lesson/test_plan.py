"""The lesson's plan, its sheets and its clock."""

from pathlib import Path

import pytest

from fer_core.errors import InputError
from fer_core.lesson.plan import Clock, Step, read_clock, read_plan, schedule

GOOD = "---\ntitle: One\nminutes: 4,5\nshows: balance\nview: learn/data\n---\n\n## Own heading\nWords.\n\n## Note\nSay it.\n"


def plan(folder: Path, **files: str) -> tuple[Step, ...]:
    for name, text in files.items():
        (folder / f"{name.replace('_', '-')}.md").write_text(text)
    return read_plan(folder, parts=["balance", "quiz"], views=["learn/data", "train/monitor"])


def test_a_step_is_what_its_file_says(tmp_path):
    steps = plan(tmp_path, **{"02_second": "---\ntitle: Two: the end\nminutes: 3\nshows:\n---\nBye.", "01_first": GOOD})
    assert steps[0] == Step("first", "One", 4.5, "balance", "learn/data", "## Own heading\nWords.", "Say it.")
    assert steps[1] == Step("second", "Two: the end", 3.0, "", "", "Bye.", "")
    assert schedule(steps) == [(0, 4.5), (4.5, 7.5)]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("title: One\n", "01-a.md: its first line must be ---, with the settings below it."),
        ("---\ntitle: One\n", "01-a.md: a second line of --- must end the settings."),
        (
            "---\ntitle: One\nfive minutes\n---\n",
            "01-a.md: the line 'five minutes' is no setting; write a name, a colon and a value.",
        ),
        ("---\ntitle: One\nminute: 5\n---\n", "01-a.md: there is no setting 'minute'; allowed are title, minutes, shows, view."),
        ("---\ntitle: One\ntitle: Two\n---\n", "01-a.md: the setting 'title' is there twice; delete one of them."),
        (
            "---\ntitle: One\nminutes:\n---\n",
            "01-a.md: the setting 'minutes' is missing; write a line such as 'minutes: …' between the ---.",
        ),
        ("---\ntitle: One\nminutes: 0\n---\n", "01-a.md: minutes must be a number above 0 and at most 180; got '0'."),
        ("---\ntitle: One\nminutes: nan\n---\n", "01-a.md: minutes must be a number above 0 and at most 180; got 'nan'."),
        (
            "---\ntitle: One\nminutes: 5\nshows: film\n---\n",
            "01-a.md: there is nothing called 'film' to show; allowed are balance, quiz.",
        ),
        (
            "---\ntitle: One\nminutes: 5\nview: data\n---\n",
            "01-a.md: there is no view 'data'; name one such as learn/data, train/monitor.",
        ),
    ],
)
def test_a_broken_edit_is_one_sentence(tmp_path, text, sentence):
    with pytest.raises(InputError) as caught:
        plan(tmp_path, **{"01_a": text})
    assert str(caught.value) == sentence


def test_names_and_folders_that_cannot_be_used(tmp_path):
    with pytest.raises(InputError, match=r"no \.md file in the folder"):
        plan(tmp_path)
    with pytest.raises(InputError, match=r"02-first\.md: it has the same name as 01-first\.md"):
        plan(tmp_path, **{"01_first": GOOD, "02_first": GOOD})
    (tmp_path / "01-first.md").write_bytes(b"---\xff")
    with pytest.raises(InputError, match=r"01-first\.md: it cannot be read"):
        plan(tmp_path)


def test_the_clock_leaves_pauses_out():
    clock = Clock().started(100.0)
    assert clock.elapsed(160.0) == 60
    assert clock.started(170.0) == clock
    paused = clock.stopped(160.0)
    assert paused.elapsed(500.0) == 60
    assert paused.started(500.0).elapsed(510.0) == 70


@pytest.mark.parametrize(
    ("text", "elapsed"),
    [("r1000", 234.0), ("p75", 75.0), ("", 0.0), ("r1300", 0.0), ("p99999", 0.0), ("p-5", 0.0), ("r1e3", 0.0), ("12:30", 0.0)],
)
def test_a_clock_from_an_address(text, elapsed):
    assert read_clock(text, 1234.0).elapsed(1234.0) == elapsed


def test_a_clock_survives_a_reload():
    for clock in (Clock(30.0, 1000.0), Clock(30.0), Clock()):
        assert read_clock(clock.to_text(), 1100.0).elapsed(1100.0) == clock.elapsed(1100.0)
