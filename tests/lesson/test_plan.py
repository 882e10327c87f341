"""The lesson's plan, its sheets and its clock."""

from pathlib import Path

import pytest

from fer_core.errors import InputError
from fer_core.lesson.plan import Clock, Step, read_clock, read_plan, schedule, shortened

GOOD = "---\ntitle: One\nminutes: 4,5\nshows: balance\nview: learn/data\n---\n\n## Own heading\nWords.\n\n## Note\nSay it.\n"


def plan(folder: Path, **files: str) -> tuple[Step, ...]:
    for name, text in files.items():
        (folder / f"{name.replace('_', '-')}.md").write_text(text)
    return read_plan(folder, parts=["balance", "quiz"], views=["learn/data", "train/monitor"], numbers=["n"])


def test_a_step_is_what_its_file_says(tmp_path):
    steps = plan(tmp_path, **{"02_second": "---\ntitle: Two: the end\nminutes: 3\nshows:\n---\nBye.", "01_first": GOOD})
    assert steps[0] == Step("first", "One", 4.5, 0.0, ("balance",), "learn/data", ("## Own heading\nWords.",), "Say it.")
    assert steps[1] == Step("second", "Two: the end", 3.0, 0.0, (), "", ("Bye.",), "")
    assert schedule(steps) == [(0, 4.5), (4.5, 7.5)]


def test_a_step_has_stages_and_its_answer_comes_last(tmp_path):
    (tmp_path / "cat.png").touch()
    sheet = "---\ntitle: A\nminutes: 5\nshort: 2\nshows: quiz, balance, cat.png\n---\nAsk.\n\n. . .\n\nAnswer.\n. . .  \n"
    step, *_ = steps = plan(tmp_path, **{"01_a": sheet, "02_b": "---\ntitle: B\nminutes: 3\n---\nWords. . . .\n"})
    assert [(step.text(stage), step.part(stage)) for stage in range(step.stages)] == [
        ("Ask.", "quiz"),
        ("Ask.\n\nAnswer.", "balance"),
        ("Ask.\n\nAnswer.", "cat.png"),
    ]
    assert (steps[1].stages, steps[1].part(0)) == (1, "")
    assert [(each.name, each.minutes) for each in shortened(steps)] == [("a", 2.0)]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("title: One\n", "01-a.md: its first line must be ---, with the settings below it."),
        ("---\ntitle: One\n", "01-a.md: a second line of --- must end the settings."),
        (
            "---\ntitle: One\nfive minutes\n---\n",
            "01-a.md, line 3: the line 'five minutes' is no setting; write a name, a colon and a value.",
        ),
        (
            "---\ntitle: One\nminute: 5\n---\n",
            "01-a.md, line 3: there is no setting 'minute'; allowed are title, minutes, shows, view, short.",
        ),
        ("---\ntitle: One\ntitle: Two\n---\n", "01-a.md, line 3: the setting 'title' is there twice; delete one of them."),
        (
            "---\ntitle: One\nminutes:\n---\n",
            "01-a.md: the setting 'minutes' is missing; write a line such as 'minutes: …' between the ---.",
        ),
        ("---\ntitle: One\nminutes: 0\n---\n", "01-a.md, line 3: minutes must be a number above 0 and at most 180; got '0'."),
        ("---\ntitle: One\nminutes: nan\n---\n", "01-a.md, line 3: minutes must be a number above 0 and at most 180; got 'nan'."),
        (
            "---\ntitle: One\nminutes: 5\nshows: film\n---\n",
            "01-a.md, line 4: there is nothing called 'film' to show; allowed are balance, quiz, and pictures of the folder.",
        ),
        (
            "---\ntitle: One\nminutes: 5\nview: data\n---\n",
            "01-a.md, line 4: there is no view 'data'; name one such as learn/data, train/monitor.",
        ),
        (
            "---\ntitle: One\nminutes: 5\nshows: film.png\n---\n",
            "01-a.md, line 4: there is no picture 'film.png' beside it; copy it into the folder FOLDER.",
        ),
        (
            "---\ntitle: One\nminutes: 5\nshort: 0\n---\n",
            "01-a.md, line 4: short must be a number above 0 and at most 180; got '0'.",
        ),
        ("---\ntitle: One\nminutes: 5\n---\n{n}, `{m}`\n{m}\n", "01-a.md, line 6: there is no number 'm'; allowed are n."),
        (
            "---\ntitle: One\nminutes: 5\n---\n![cat](cat.png)\n",
            "01-a.md, line 5: pictures do not stand between words; name the file in the setting 'shows'.",
        ),
    ],
)
def test_a_broken_edit_is_one_sentence(tmp_path, text, sentence):
    with pytest.raises(InputError) as caught:
        plan(tmp_path, **{"01_a": text})
    assert str(caught.value) == sentence.replace("FOLDER", tmp_path.name)


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
