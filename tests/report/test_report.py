"""The model card: of the bundled run without its data set, and of a run with hostile names whose data set is there."""

import re
import time
from datetime import UTC, datetime
from html.parser import HTMLParser
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import accuracy_score, f1_score, log_loss, recall_score

from fer_core import cli, numbers, runs
from fer_core.datasets import editing, store, writing
from fer_core.errors import InputError, RunError
from fer_core.evaluation.predictions import own_predictions
from fer_core.report import making
from fer_core.report.blocks import Card
from fer_core.report.card import make_card, write_card
from fer_core.report.markdown import escape, to_markdown
from fer_core.runs import Run
from fer_core.runs.config import RunConfig, preset_config
from fer_core.runs.records import About, Calibration, Status, Training

ODD = "odd|<i>"
CLASSES = ("angry", "happy", ODD)
NAME = "<script>alert(1)</script> | [a](b) *c* `d`"
NOW = datetime(2031, 5, 4, 3, 2, tzinfo=UTC)


class Reader(HTMLParser):
    """Tags, attributes and text of a file."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.words: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += attrs

    def handle_data(self, data):
        self.words.append(data)


@pytest.fixture
def run(workspace) -> Run:
    """12 test faces: angry 4 of 4 right, happy 2 of 4 (one as angry, one as odd), odd 1 of 4 (3 as happy); 2 of them leaked."""
    draw = np.random.default_rng(0)
    images = draw.integers(0, 256, (36, 48, 48)).astype(np.uint8)
    splits = ["train"] * 12 + ["validation"] * 12 + ["test"] * 12
    images[24:26] = images[0:2]
    labels = [name for _ in range(3) for name in CLASSES for _ in range(4)]
    data = writing.write_dataset(
        "Mine",
        images,
        pd.DataFrame({"label": labels, "split": splits}),
        classes=CLASSES,
        kind="folders",
        source="mine_<b>.zip",
        skipped={"sad": 5},
    )
    made = runs.create(preset_config("Mine", "frozen", seed=7, weights="random"), name=NAME)
    made.write(About(name=NAME, note="first line\n# no heading\n| no | table |"))
    made.write(Status(state="finished", created=1.0, ended=time.time(), best_epoch=2))
    made.write(
        Training(
            dataset="Mine",
            fingerprint=data.meta.fingerprint,
            classes=CLASSES,
            counts={split: dict.fromkeys(CLASSES, 4) for split in ("train", "validation")},
            duplicates=0,
            weights="MobileNet starts from random weights (from scratch).",
            phases=[{"name": "head", "epochs": 1, "trainable": 3}],
            seconds=90,
        )
    )
    made.write(Calibration(temperature=2.0, threshold=0.6))
    made.epochs_file.write_text(
        "epoch,phase,loss,accuracy,val_loss,val_accuracy\n1,head,1.5,0.4,1.4,0.5\n2,head,1.2,0.6,1.3,0.55\n"
    )
    made.model_file.write_bytes(b"")
    made.write_training_samples(data.split("train")[["hash", "signature"]])
    answers = ["angry"] * 4 + ["happy", "happy", "angry", ODD] + ["happy"] * 3 + [ODD]
    for split in ("validation", "test"):
        rows = data.split(split)
        logits = pd.DataFrame(
            4.0 * (np.array(answers)[:, None] == np.array(CLASSES)), columns=[f"logit_{name}" for name in CLASSES]
        )
        made.write_predictions(
            data.meta.fingerprint, split, rows[["id", "hash", "label"]].rename(columns={"id": "sample"}).join(logits)
        )
    return made


def markdown(run: Run, **options) -> str:
    return write_card(make_card(run, now=NOW, **options), ".md")


def section(text: str, title: str) -> str:
    return re.search(rf"## {title}\n(.*?)(\n## |\Z)", text, re.S).group(1)


@pytest.mark.parametrize(
    ("title", "sentences"),
    [
        ("Data", ["Labels as imported", "0 training faces were left out", r"mine\_\<b\>.zip", "Of 12 training faces", "Sad 5"]),
        ("Recipe", ["2 settings differ", "| Weights | random | imagenet |", "| Seed | 7 | 0 |", "random weights (from scratch)"]),
        ("Curves", ["| 2 (best) | head | 1.200 | 1.300 | 60.0% | 55.0% |"]),
        (
            "Scores",
            [
                # 7 of 12, and 5 of the 10 that are not leaked: both leaked faces are angry ones that were answered rightly.
                "| Accuracy, test | 58.3% | 32.0% to 80.7% | 12 | 33.3% |",
                "| Accuracy without leaked, test | 50.0% | 23.7% to 76.3% | 10 |",
                "2 of these faces are in its training split pixel for pixel, 0 nearly",
            ],
        ),
        ("Class by class, worst first", [r"| Odd\|\<i\> | 25.0% | 4.6% to 69.9% | 50.0% | 33.3% | 4 |"]),
        ("Confusion", [r"| Odd\|\<i\> | 0 (0%) | 3 (75%) | 1 (25%) |"]),
        (
            "What it is bad at",
            [r"- Odd\|\<i\>: 1 of 4 found (25.0%, 95% interval 4.6% to 69.9%); most often taken for Happy (3)."],
        ),
        # softmax of (4, 0, 0) / 2 is 0.787, above the threshold: every face is answered.
        ("Calibration", ["logits / 2.000", "100.0% of 12 faces; right among these: 58.3%"]),
        ("Limits of use", ["not to select, grade", "An expression is not a feeling", "Bias was not measured"]),
        ("Licence", ["random weights, which have no licence"]),
    ],
)
def test_sections(run, title, sentences):
    found = section(markdown(run), title)
    assert [sentence for sentence in sentences if sentence not in found] == []


def test_nothing_from_outside_becomes_markup(run):
    card = make_card(run, now=NOW)
    text, page = write_card(card, ".md"), Reader(write_card(card, ".html"))
    assert text.startswith(f"# Model card: {escape(NAME)}\n")
    assert "first line \\# no heading \\| no" in text
    assert not re.search(r"(?<!\\)<", text)
    for table in re.findall(r"(?:^\|.*\n)+", text, re.M):
        assert len({len(re.findall(r"(?<!\\)\|", line)) for line in table.splitlines()}) == 1
    assert {"script", "b", "a", "link", "iframe"} & set(page.tags) == {"b"}
    assert page.tags.count("b") == 4, "the four figures"
    assert f"Model card: {NAME}" in page.words
    assert not [name for name, _ in page.attributes if name.startswith("on") or name in ("src", "href")]
    assert "4 May 2031, 03:02 UTC, by FER Lab" in text


def test_pictures_only_when_asked_and_while_the_data_set_is_there(run):
    asked = make_card(run, with_pictures=True)
    page = write_card(asked, ".html")
    # angry has no wrong answer.
    assert page.count('src="data:image/png;base64,') == write_card(asked, ".md").count("](data:image/png") == 5
    assert "Labelled Odd|&lt;i&gt;, answered Happy (79%)" in page
    store.delete_dataset("Mine")
    with pytest.raises(InputError, match="need the data set 'Mine'"):
        make_card(run, with_pictures=True)
    text = markdown(run)
    assert "2 of these faces are in its training split pixel for pixel; near duplicates are not known" in text
    assert "not imported at present" in text


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda run: run.write(Status(state="queued", created=time.time())), "is still queued"),
        (lambda run: run.model_file.unlink(), "ended without a model"),
    ],
)
def test_runs_without_a_card(run, change, sentence):
    change(run)
    with pytest.raises(RunError, match=sentence):
        make_card(run)


def test_a_run_without_answers_says_so(run):
    run.forget_predictions()
    text = markdown(run)
    assert "nothing is known of how good it is" in text
    assert "## Confusion" not in text


def test_the_bundled_run_needs_no_data_set(workspace):
    run = runs.open_run("bundled")
    card = make_card(run, now=NOW)
    text, classes = write_card(card, ".md"), run.classes()
    rows = own_predictions(run, "test")
    logits = rows[[f"logit_{name}" for name in classes]].to_numpy(np.float64)
    predicted = np.array(classes)[logits.argmax(axis=1)]
    recalls = recall_score(rows["label"], predicted, labels=classes, average=None)
    worst = classes[recalls.argmin()]
    assert f"| Accuracy, test | {numbers.percent(accuracy_score(rows['label'], predicted))} |" in text
    assert f"| Macro F1, test | {numbers.percent(f1_score(rows['label'], predicted, average='macro'))} |" in text
    found = re.search(r"## What it is bad at\n\n- (\w+): .*?\(([\d.]+%)", text)
    assert found.groups() == (worst.capitalize(), numbers.percent(recalls.min()))
    temperature = run.calibration().temperature
    shares = np.exp(logits / temperature) / np.exp(logits / temperature).sum(axis=1, keepdims=True)
    assert numbers.decimal(log_loss(rows["label"], shares, labels=sorted(classes))) in section(text, "Calibration")
    assert "near duplicates are not known" in text
    assert "web search found before 2013" in text
    page = write_card(card, ".html")
    assert len(page) < 100_000
    assert "data:image" not in page


@pytest.mark.parametrize(
    ("out", "sentence"),
    [("card.pdf", "ends in .html or .md; got '.pdf'"), ("card", "got 'no suffix'"), ("gone/card.md", "cannot be written")],
)
def test_report_refuses_in_one_sentence(run, tmp_path, capsys, out, sentence):
    assert cli.main(["report", run.id, "--out", str(tmp_path / out)]) == 2
    said = capsys.readouterr().err
    assert sentence in said
    assert said.count("\n") == 1
    assert not (tmp_path / out).exists()


def test_report_writes_the_file(run, tmp_path):
    out = tmp_path / "card.HTML"
    assert cli.main(["report", run.id, "--out", str(out)]) == 0
    assert out.read_text(encoding="utf-8").startswith("<!doctype html>")
    assert not list(tmp_path.glob(".card*"))


def test_a_run_from_before_there_was_frozen_is_set_beside_the_recipe_that_it_had() -> None:
    old = RunConfig.model_validate(preset_config("Mine", "frozen").model_dump() | {"preset": "quick"})
    facts = SimpleNamespace(
        config=old, run=SimpleNamespace(id="mine"), training=Training(dataset="Mine", fingerprint="f", classes=("a", "b"))
    )
    text = to_markdown(Card("Card", making.recipe(facts)))
    assert "Preset frozen, unchanged" in text
    assert "quick" not in text


def test_the_card_names_whom_it_fails_the_worst_first(run: Run) -> None:
    assert "Nothing is known of the faces that it answered" in section(markdown(run), "Who it fails")
    data = store.open_dataset("Mine")
    test = data.split("test")["id"].tolist()  # Right are 4 of 4, 2 of 4 and 1 of 4.
    editing.tag(data, test[:6], "glasses", "no glasses")
    editing.tag(data, test[6:], "glasses", "glasses")
    said = section(markdown(run), "Who it fails")
    assert "On Mine / test (as tagged by hand), where 58.3% of 12 are right, it is least often right on:" in said
    lines = [line for line in said.splitlines() if line.startswith("- ")]
    assert lines[0].startswith("- Glasses, glasses: 16.7% (95% interval 3.0% to 56.4%, n = 6, few; majority baseline 66.7%)")
    assert lines[1].startswith("- Glasses, no glasses: 100.0%")
