"""Runs on other data sets: the classes that both know, leaks left out, and what is kept."""

import json

import numpy as np
import pandas as pd
import pytest

from fer_core import cli, runs
from fer_core.datasets.store import Dataset, open_dataset
from fer_core.datasets.writing import write_dataset
from fer_core.errors import InputError, NotFoundError, RunError, Stopped
from fer_core.evaluation import across as module
from fer_core.evaluation.across import ALL, across, known_across, takeaway
from fer_core.evaluation.assessment import score_recorded
from fer_core.evaluation.predictions import find_predictions, sources
from fer_core.figures.across import across_map
from fer_core.labels import FIVE
from fer_core.report import across as report
from fer_core.runs import Run
from fer_core.runs.config import preset_config
from fer_core.runs.records import Status, Training
from fer_core.runs.version import logits_version


def made(name: str, labels: list[str], *, split: str = "test", seed: int = 0, subjects: list[str] | None = None) -> Dataset:
    """A data set of noise with these labels, all in one split."""
    draw = np.random.default_rng(seed)
    images = draw.integers(0, 256, (len(labels), 48, 48), dtype=np.uint8)
    samples = pd.DataFrame({"label": labels, "split": split})
    if subjects is not None:
        samples["subject"] = subjects
    return write_dataset(name, images, samples, classes=tuple(dict.fromkeys(labels)), kind="folders", source="one source")


@pytest.fixture
def run(workspace, tiny_model) -> Run:
    run = runs.create(preset_config("Own", weights="random"), name="A run")
    run.model_file.write_bytes(tiny_model)
    own = made("Own", ["happy", "fear"] * 10, seed=1)
    run.write(Training(dataset="Own", fingerprint=own.meta.fingerprint, classes=FIVE))
    run.write(Status(state="finished"))
    return run


def answer(run: Run, dataset: Dataset, answers: list[tuple[str, str]], split: str = "test") -> None:
    """Keep answers: for each face the class with the largest logit, and the one with the second largest."""
    rows = dataset.split(split)
    rows = rows[rows["label"].isin(FIVE)]
    logits = np.zeros((len(rows), len(FIVE)))
    for number, (first, second) in enumerate(answers):
        logits[number, FIVE.index(first)], logits[number, FIVE.index(second)] = 2, 1
    table = pd.DataFrame({"sample": rows["id"].to_numpy(), "hash": rows["hash"].to_numpy(), "label": rows["label"].to_numpy()})
    for number, name in enumerate(FIVE):
        table[f"logit_{name}"] = logits[:, number]
    run.write_predictions(dataset.meta.fingerprint, split, table)


def test_answers_are_chosen_among_the_classes_that_both_know(run: Run) -> None:
    other = made("Other", ["happy", "fear", "contempt", "happy"])
    # Angry is no class of this data set, so that the second choice counts: right, right, and wrong.
    answer(run, other, [("angry", "happy"), ("fear", "angry"), ("fear", "happy")])
    cell = across([run.id], ["Other"]).cell(run.id, "Other")
    assert (cell.classes, cell.n, cell.split, cell.is_own) == (("happy", "fear"), 3, "test", False)
    assert cell.accuracy == pytest.approx(2 / 3)
    # Happy: precision 1, recall 1/2; fear: precision 1/2, recall 1.
    assert cell.macro_f1 == pytest.approx(2 / 3)
    assert cell.majority_baseline == pytest.approx(2 / 3)
    assert cell.accuracy_ci95[0] < 2 / 3 < cell.accuracy_ci95[1]
    assert cell.is_small
    assert cell.left_out == {"exact": 0, "near": 0, "person": 0}


def test_what_leaked_is_left_out_and_counted(run: Run) -> None:
    other = made("Other", ["happy", "fear"] * 4, subjects=["a", "a", "b", "b", "c", "c", "d", "d"])
    answer(run, other, [("happy", "fear"), ("happy", "fear")] * 4)
    met = other.samples.iloc[[0, 2]]
    twin = met["signature"].to_numpy(np.uint64)[1:] ^ np.uint64(1)
    run.write_training_samples(
        pd.DataFrame(
            {
                "hash": [met["hash"].iloc[0], "another"],
                "signature": np.concatenate([met["signature"].to_numpy(np.uint64)[:1], twin]),
                "person": ["one source: d", ""],
            }
        )
    )
    cell = across([run.id], ["Other"]).cells[0]
    assert cell.left_out == {"exact": 1, "near": 1, "person": 2}
    assert (cell.n, cell.accuracy) == (4, pytest.approx(1 / 4))


@pytest.mark.parametrize(
    ("labels", "split", "reason"),
    [
        (["contempt", "awe"], "test", "fewer than two classes in common"),
        (["happy", "awe"], "test", "fewer than two classes in common"),
    ],
)
def test_cells_without_a_score_say_why(run: Run, labels: list[str], split: str, reason: str) -> None:
    made("Other", labels, split=split)
    cell = across([run.id], ["Other"]).cells[0]
    assert (cell.accuracy, cell.n, cell.reason) == (None, 0, reason)


def test_a_data_set_without_test_faces_is_asked_as_a_whole_unless_it_is_the_runs_own(run: Run) -> None:
    made("Other", ["happy", "fear"] * 3, split="train")
    own = made("Taught", ["happy", "fear"] * 3, split="train", seed=5)
    run.write(Training(dataset="Taught", fingerprint=own.meta.fingerprint, classes=FIVE))
    matrix = across([run.id], ["Other", "Taught"])
    assert (matrix.cell(run.id, "Other").split, matrix.cell(run.id, "Other").n) == (ALL, 6)
    assert matrix.cell(run.id, "Taught").reason.startswith("no test split")


def test_computed_answers_are_kept_and_a_stop_keeps_what_is_done(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    made("Other", ["happy", "fear"] * 40)
    assert known_across([run]) is None

    def stop(share: float, text: str) -> None:
        if share > 0.6:
            raise Stopped

    with pytest.raises(Stopped):
        across([run.id], ["Own", "Other"], progress=stop)
    assert run.predictions(open_dataset("Own").meta.fingerprint, "test") is not None
    said: list[str] = []
    whole = across([run.id], ["Own", "Other"], progress=lambda share, text: said.append(text))
    assert "A run on Other" in said
    monkeypatch.setattr(module, "predict_split", lambda *given, **more: pytest.fail("asked again"))
    kept = known_across([run])
    assert kept.datasets == ("Other", "Own")
    assert all(kept.cell(run.id, name) == whole.cell(run.id, name) for name in kept.datasets)


def test_the_takeaway_the_map_and_the_report(run: Run) -> None:
    other = made("Other", ["happy", "fear"] * 20)
    answer(run, open_dataset("Own"), [("happy", "fear"), ("fear", "happy")] * 10)
    answer(run, other, [("happy", "fear"), ("happy", "fear")] * 20)
    matrix = across([run.id], ["Own", "Other"])
    assert takeaway(matrix) == (
        "A run is right on 100% of its own data set's faces, and on 50% of those of Other, where always answering the most "
        "frequent class gives 50%."
    )
    figure = across_map(matrix)
    assert [note.text for note in figure.layout.annotations] == ["<b>100%*</b>", "50%"]
    with pytest.raises(InputError, match="A score is one of accuracy, macro_f1; got 'n'"):
        across_map(matrix, score="n")
    blocks = report.section(run)
    table = blocks[-1]
    assert [row[0] for row in table.rows] == ["Other", "Own (its own)"]
    assert table.rows[0][1].startswith("50.0% (")
    assert table.rows[1][4] == "20*"


def test_what_ships_is_shown_of_data_sets_that_are_not_here(workspace, monkeypatch) -> None:
    shipped = [runs.open_run("bundled"), runs.open_run("bundled-crowd")]
    stored = json.loads(module.RECORDED.read_text())
    assert stored["versions"] == {one.id: logits_version(one) for one in shipped}, (
        "python -m fer_core matrix, see the assets' README"
    )
    matrix = known_across(shipped)
    assert matrix.datasets == tuple(f"{name}, recorded" for name in stored["datasets"])
    own = matrix.cell("bundled", "FER2013, recorded")
    test = next(source for source in sources(shipped[0], None) if source.split == "test")
    scores = score_recorded(shipped[0], test, find_predictions(shipped[0], None, test))
    assert (own.n, own.is_own, own.accuracy) == (scores.n, True, pytest.approx(scores.accuracy))
    assert own.accuracy_ci95 == pytest.approx(scores.accuracy_ci95)
    there = module._recorded(shipped, {stored["fingerprints"]["FER2013"]})
    assert {cell.dataset for cell in there} == {f"{name}, recorded" for name in stored["datasets"]} - {"FER2013, recorded"}
    stored["versions"] = {}
    another = workspace.parent / "matrix.json"
    another.write_text(json.dumps(stored))
    monkeypatch.setattr(module, "RECORDED", another)
    assert known_across(shipped) is None


def test_the_command(run: Run, capsys: pytest.CaptureFixture) -> None:
    other = made("Other", ["happy", "fear"] * 20)
    answer(run, other, [("happy", "fear"), ("happy", "fear")] * 20)
    assert cli.main(["matrix", run.id, "--datasets", "Other, Own", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["datasets"] == ["Other", "Own"]
    assert found["runs"] == {run.id: "A run"}
    assert found["versions"] == {run.id: logits_version(run)}
    assert found["fingerprints"]["Other"] == other.meta.fingerprint
    assert [cell["dataset"] for cell in found["cells"]] == ["Other", "Own"]
    assert found["cells"][0]["accuracy"] == 0.5
    assert cli.main(["matrix", run.id, "--datasets", "Other"]) == 0
    out = capsys.readouterr().out
    assert "A run on Other: accuracy 50.0% (" in out
    assert "majority baseline 50.0%, n = 40, 2 classes, test" in out


def test_wrong_arguments(run: Run) -> None:
    with pytest.raises(InputError, match="at least one run and one data set"):
        across([run.id], [])
    with pytest.raises(NotFoundError, match="no data set 'Nowhere'"):
        across([run.id], ["Nowhere"])
    with pytest.raises(RunError, match="has no trained model yet"):
        across([runs.create(preset_config("faces")).id], ["Own"])
