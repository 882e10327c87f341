"""Answers of students: how they are read, and what they are held against."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from fer_core import runs
from fer_core.datasets import writing
from fer_core.datasets.store import Dataset
from fer_core.errors import InputError
from fer_core.evaluation.metrics import Evaluation, evaluate
from fer_core.labels import FIVE
from fer_core.lesson.exercise_rules import DOWN, RULES, UNCLEAR, UP
from fer_core.lesson.exercises import Desk, Known, Verdict, check, read_exercises, readings, to_markdown
from fer_core.runs import Run
from fer_core.runs.config import preset_config
from fer_core.runs.records import Calibration, Status, Training

NONE = Desk(None, None, lambda run: None)


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("1234", (1234,)),
        (" 1 234 567 ", (1234567,)),
        ("1'234'567", (1234567,)),
        ("1,234", (1234, 1.234)),
        ("1.234.567", (1234567,)),
        ("3.2 million", (3.2e6,)),
        ("1,6M", (1.6e6,)),
        ("2.5e6", (2.5e6,)),
        ("~24.5 %", (24.5,)),
        ("0.243", (0.243, 243)),
        ("-3", (-3,)),
        ("12 apples", ()),
        ("", ()),
        ("1,23,4", ()),
        ("..", ()),
    ],
)
def test_everything_that_a_typed_number_can_mean(text, meant):
    assert set(readings(text)) == set(meant)


def exercise(folder: Path, rule: str, **settings: object):
    lines = "".join(f"{key}: {value}\n" for key, value in settings.items())
    (folder / "01-it.md").write_text(f"---\ntitle: It\ncheck: {rule}\n{lines}---\nBelow {{block}}?\n\n## Hint\nLook.\n")
    return read_exercises(folder, rules=RULES, views=["learn/data"])[0]


@pytest.mark.parametrize(
    ("rule", "answer", "verdict"),
    [
        # Kernels and trained batch norms of blocks 11 to 13, and 1,024 x 5 + 5 of the head.
        (
            "trainable",
            "1.87 million",
            Verdict(
                True,
                "Right: it is 1,867,781, 57.8% of 3,233,989: kernels and batch norms of 3 blocks, and the head for 5 classes, "
                "added up from the network's table of layers.",
            ),
        ),
        ("head", "7168", Verdict(False, "Not right: it is 7,175 parameters, 1,024 weights and a bias for each of 7 classes.")),
        (
            "last_map",
            "5",
            Verdict(
                True,
                "Right: it is 5 places per side, the last map is 5×5×1,024: five strides of 2 make 160 pixels 32 times smaller.",
            ),
        ),
        (
            "multiply_adds",
            "4.72 million",
            Verdict(True, "Right: it is 4,718,592 multiply-adds, 6 · 6 places times 256 · 512 channels."),
        ),
        (
            "saving",
            "9",
            Verdict(True, "Right: it is 8.84 times, 1 / (1/512 + 1/3²), whatever comes in and however large the map is."),
        ),
        ("baseline", "35", Verdict(None, "Choose a data set at the top of the page first.")),
        ("lowest_recall", "Fear", Verdict(None, "Choose a run at the top of the page first, or train one.")),
        ("head", "many", Verdict(None, "“many” cannot be read as a number; write one such as 1,234 or 12.5.")),
        ("head", " ", Verdict(None, "Write an answer first.")),
    ],
)
def test_answers_about_the_network(tmp_path, rule, answer, verdict):
    assert check(exercise(tmp_path, rule), NONE, answer) == verdict


@pytest.mark.parametrize(
    ("rule", "settings", "sentence"),
    [
        ("magic", {}, "01-it.md: there is no check 'magic'; allowed are trainable, head, "),
        ("head", {"size": 3}, "01-it.md: the check 'head' has no setting 'size'; it has classes."),
        ("head", {"classes": "x"}, "01-it.md: classes must be a whole number; got 'x'."),
        ("head", {"view": "x"}, "01-it.md: there is no view 'x'; name one such as learn/data."),
    ],
)
def test_a_broken_sheet_is_one_sentence(tmp_path, rule, settings, sentence):
    with pytest.raises(InputError) as caught:
        exercise(tmp_path, rule, **settings)
    assert str(caught.value).startswith(sentence)


@pytest.fixture
def data(workspace: Path) -> Dataset:
    """40 training and 40 test faces; test faces 40 and 41 are copies of training faces 0 and 1; 30 of each 40 are happy."""
    draw = np.random.default_rng(0)
    images = draw.integers(0, 255, (80, 48, 48)).astype(np.uint8)
    images[40:42] = images[0:2]
    labels = (["happy"] * 30 + ["fear"] * 10) * 2
    rows = [
        {"label": label, "split": "train" if place < 40 else "test", "file": f"{label}/{place}.png"}
        for place, label in enumerate(labels)
    ]
    return writing.write_dataset(
        "Copies", images, pd.DataFrame(rows), classes=FIVE, kind="folder", source="x", skipped={}, rejected=[]
    )


def scores(happy: int, fear: int) -> Evaluation:
    """Of 30 happy and 10 fearful faces so many are answered rightly; the others are taken for neutral and for angry."""
    answers = ["happy"] * happy + ["neutral"] * (30 - happy) + ["fear"] * fear + ["angry"] * (10 - fear)
    frame = pd.DataFrame({f"logit_{name}": [float(name == answer) for answer in answers] for name in FIVE})
    frame["label"] = ["happy"] * 30 + ["fear"] * 10
    nothing = np.zeros(40, bool)
    return evaluate(frame, FIVE, calibration=Calibration(), exact=nothing, near=nothing)


def finished(data: Dataset, name: str, **changes: object) -> Run:
    run = runs.create(preset_config(data.name, "frozen", **changes), name=name)
    run.write(Status(state="finished"))
    run.write(Training(dataset=data.name, fingerprint=data.meta.fingerprint, classes=FIVE, counts=data.meta.counts))
    run.model_file.write_bytes(b"")
    return run


def test_answers_about_a_run(data, tmp_path):
    run = finished(data, "Mine", resolution=64)
    known = Known("Copies / test", scores(27, 4))
    desk = Desk(data, run, lambda _: known)
    answers = {
        "baseline": ("75", True, "30 of 40 test faces of “Copies” are Happy"),
        "lowest_recall": ("Fear", True, "it is Fear, with a recall of 40.0%, in 40 answers of “Mine” on Copies / test."),
        "most_confused": ("Happy taken for neutral", False, "it is Fear taken for angry, 6 faces"),
        "interval": ("13 %", True, "half of 62.50% to 87.68%, Wilson's interval for 77.5%"),
        "beat_baseline": ("", False, "Not yet: “Mine” reaches 77.5% (95% 62.5% to 87.7%, n = 40) on Copies / test"),
        "leak": ("happy/41.png", True, "test face 41 (happy/41.png) has the pixels of training face 1 (happy/1.png), one of 2"),
    }
    for rule, (answer, right, sentence) in answers.items():
        verdict = check(exercise(tmp_path, rule), desk, answer)
        assert (verdict.right, sentence in verdict.sentence) == (right, True), verdict
    assert check(exercise(tmp_path, "leak"), desk, "none").right is False
    better = Desk(data, run, lambda _: Known("Copies / test", scores(30, 9)))
    assert check(exercise(tmp_path, "beat_baseline"), better, "").right is True
    assert check(exercise(tmp_path, "beat_baseline", value=96), better, "").right is None


@pytest.mark.parametrize(("before", "after", "truth"), [(1, 9, UP), (9, 1, DOWN), (4, 6, UNCLEAR)])
def test_class_weighting_is_judged_between_runs_that_differ_in_nothing_else(data, tmp_path, before, after, truth):
    plain, weighted = finished(data, "Plain"), finished(data, "Weighted", class_weighting="balanced")
    known = {plain.id: Known("Copies / test", scores(27, before)), weighted.id: Known("Copies / test", scores(27, after))}
    desk = Desk(data, None, lambda run: known[run.id])
    verdict = check(exercise(tmp_path, "weighting"), desk, truth)
    assert verdict.right is True
    assert f"the recall of Fear on Copies / test is {before * 10}.0%" in verdict.sentence
    runs.delete(plain)
    assert check(exercise(tmp_path, "weighting"), desk, truth).right is None


def test_answers_as_a_document(tmp_path):
    one = exercise(tmp_path, "trainable")
    text = to_markdown([(one, "a *b*", Verdict(True, "Right."), 2), (one, "", None, 0)], about="Me.")
    assert "1 of 2 right." in text
    assert "Below block 11?\n\n**Answer:** a \\*b\\*\n\n**Checked:** right, 2 times\n\nRight." in text
    assert "**Answer:** (none)\n\n**Checked:** not checked" in text
