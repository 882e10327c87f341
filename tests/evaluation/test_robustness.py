"""Robustness: a run that goes by brightness alone, so that what light does to it can be worked out by hand."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from fer_core import cli, runs
from fer_core.datasets import writing
from fer_core.datasets.store import Dataset
from fer_core.errors import InputError, RunError
from fer_core.evaluation import robustness
from fer_core.evaluation.comparison import Paired, newcombe_paired
from fer_core.evaluation.intervals import wilson
from fer_core.figures.robustness import corruption_lines, corruption_map
from fer_core.photos.corruption import CORRUPTIONS
from fer_core.report.robustness import section
from fer_core.runs import Run
from fer_core.runs.config import preset_config
from fer_core.runs.records import Calibration, Training

CLASSES = ("dark", "grey", "light")
LEVELS = {"dark": 60, "grey": 100, "light": 140}


class ByBrightness:
    """Answers with the class whose level is nearest to the mean of the face."""

    classes = CLASSES
    calibration = Calibration(flip=False)

    def fitted(self, faces):
        return faces

    def logits(self, faces, *, progress=None):
        if progress is not None:
            progress(1.0, "All faces")
        means = faces.mean(axis=(1, 2))
        return -np.abs(means[:, None] - np.array(list(LEVELS.values()))[None]).astype(np.float32)


@pytest.fixture
def data(workspace: Path) -> Dataset:
    """Test: 4 dark, 6 grey, 10 light faces; each has one level alone."""
    labels = ["dark"] * 4 + ["grey"] * 6 + ["light"] * 10 + ["grey"] * 2
    images = np.stack([np.full((48, 48), LEVELS[name], np.uint8) for name in labels])
    splits = ["test"] * 20 + ["train"] * 2
    return writing.write_dataset(
        "Levels", images, pd.DataFrame({"label": labels, "split": splits}), classes=CLASSES, kind="folders", source="here"
    )


@pytest.fixture
def run(data: Dataset) -> Run:
    made = runs.create(preset_config("Levels", "frozen"), name="By brightness")
    made.write(Training(dataset="Levels", fingerprint=data.meta.fingerprint, classes=CLASSES))
    made.write(Calibration(flip=False))
    made.model_file.write_bytes(b"a model")
    return made


def measure(run: Run, data: Dataset, **options) -> robustness.Robustness:
    return robustness.measure(run, data, load=lambda run: ByBrightness(), **options)


def test_scores(run, data):
    said = []
    found = measure(run, data, progress=lambda share, text: said.append((share, text)))
    assert (found.accuracy, found.majority_baseline, found.macro_f1) == (1, 0.5, 1)
    rows = {(row["corruption"], row["level"]): row for row in found.table.to_dict("records")}
    assert len(rows) == 45
    # 0.8 of 60, 100 and 140 is 48, 80 (as near to 60 as to 100: the first) and 112; 0.1 of them is below all levels.
    assert rows["dark", 1]["accuracy"] == 4 / 20
    assert rows["dark", 5]["accuracy"] == 4 / 20
    assert (rows["dark", 5]["low"], rows["dark", 5]["high"]) == wilson(4, 20)
    # Always dark: precision 4/20, recall 1, F1 1/3; the two others 0.
    assert rows["dark", 5]["macro_f1"] == pytest.approx(1 / 9)
    assert rows["dark", 5]["drop"] == pytest.approx(16 / 20)
    low, high = newcombe_paired(Paired(both=4, first_only=16, second_only=0, neither=0))
    assert (rows["dark", 5]["drop_low"], rows["dark", 5]["drop_high"]) == (-high, -low)
    # 255 times 0.1 is added: 85.5 and 125.5 go up to the next level.
    assert rows["bright", 1]["accuracy"] == 10 / 20
    assert [rows["rotation", level]["accuracy"] for level in range(1, 6)] == [1] * 5
    assert (found.worst["corruption"], found.worst["accuracy"]) == ("dark", 4 / 20)
    assert found.worst_when_mild["corruption"] == "dark"
    assert said[0] == (pytest.approx(1 / 46), "Faces as they are")
    assert said[-1] == (pytest.approx(1), "Mouth covered, 16 pixels of 48")


@pytest.mark.parametrize("bytes_at_once", [48 * 48, 3 * 48 * 48, 7 * 48 * 48])
def test_faces_in_blocks_are_counted_as_all_at_once(run, data, monkeypatch, bytes_at_once):
    whole = measure(run, data).record
    sizes = []
    monkeypatch.setattr(robustness, "_BLOCK_BYTES", bytes_at_once)
    monkeypatch.setattr(ByBrightness, "fitted", lambda self, faces: sizes.append(len(faces)) or faces)
    said = []
    blocks = measure(run, data, progress=lambda share, text: said.append(share)).record
    assert max(sizes) == bytes_at_once // 48**2
    assert (blocks.clean, blocks.corrupted, blocks.n) == (whole.clean, whole.corrupted, whole.n)
    assert said == sorted(said)
    assert said[-1] == pytest.approx(1)


def test_kept_with_the_run_and_only_for_its_model(run, data):
    fingerprint = data.meta.fingerprint
    assert robustness.kept(run, fingerprint, "test") is None
    measure(run, data, limit=10)
    found = measure(run, data)
    measure(run, data, limit=12)
    assert robustness.kept(run, fingerprint, "test") == found.record, "the one of the most faces"
    assert robustness.kept(run, fingerprint, "test", n=10).n == 10
    assert robustness.kept(run, fingerprint, "train") is None
    run.write(Calibration(flip=True))
    assert robustness.kept(run, fingerprint, "test") is None, "other answers"
    run.write(Calibration(flip=False))
    run.model_file.write_bytes(b"another model")
    assert robustness.kept(run, fingerprint, "test") is None
    run.forget_predictions()
    assert not (run.own / "robustness").exists()


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({"split": "exam"}, "Split must be one of"),
        ({"limit": 9}, "limit must be at least 10"),
        ({"split": "train"}, "holds 2 faces of this run's classes"),
    ],
)
def test_refused(run, data, options, reason):
    with pytest.raises(InputError, match=reason):
        measure(run, data, **options)


def test_command_line(run, data, monkeypatch, capsys):
    monkeypatch.setattr("fer_core.predictor.load_predictor", lambda run: ByBrightness())
    assert cli.main(["robustness", run.id, "--dataset", "Levels", "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert (said["run"], said["split"], said["n"], said["of"], said["majority_baseline"]) == (run.id, "test", 20, 20, 0.5)
    assert list(said["disturbances"]) == list(CORRUPTIONS)
    assert [row["strength"] for row in said["disturbances"]["dark"]] == [0.2, 0.4, 0.6, 0.75, 0.9]
    assert (said["worst"]["disturbance"], said["worst"]["accuracy"]) == ("dark", 0.2)
    monkeypatch.setattr("fer_core.predictor.load_predictor", lambda run: pytest.fail("it is kept"))
    assert cli.main(["robustness", run.id, "--dataset", "Levels"]) == 0
    assert "worst: too dark, 0.2 of the light taken: accuracy 0.2000" in capsys.readouterr().out
    assert cli.main(["robustness", run.id, "--dataset", "Levels", "--limit", "3"]) == 2


def test_a_process_that_cannot_answer_is_an_error(run, data):
    with pytest.raises(RunError, match=r"^The model file model\.keras cannot be read; train the run again"):
        robustness.measure_in_process(run, data, "test")


def test_figures(run, data):
    found = measure(run, data)
    figure = corruption_map(found.table, clean=found.accuracy, baseline=found.majority_baseline)
    (heat,), texts = figure.data, [note.text for note in figure.layout.annotations]
    names = list(CORRUPTIONS)
    assert heat.z.shape == (9, 6)
    assert heat.z[names.index("dark")].tolist() == [1, 0.2, 0.2, 0.2, 0.2, 0.2]
    assert texts[6 * names.index("dark") + 5] == "20*", "no better than guessing"
    assert texts[6 * names.index("rotation") + 5] == "100"
    rows = found.table[found.table["corruption"] == "dark"]
    band, line, baseline = corruption_lines(rows, clean=(1.0, *found.accuracy_ci95), baseline=0.5).data
    assert list(line.y) == [1, 0.2, 0.2, 0.2, 0.2, 0.2]
    assert (band.y[0], baseline.y[0]) == (found.accuracy_ci95[1], 0.5)
    with pytest.raises(InputError, match="one corruption; got 9"):
        corruption_lines(found.table, clean=(1.0, 1.0, 1.0), baseline=0.5)


def test_section_of_the_report(run, data):
    assert section(run, data.meta.fingerprint, "test") == []
    measure(run, data, limit=10)
    heading, text, table = section(run, data.meta.fingerprint, "test")
    assert heading.text == "Robustness"
    assert "10 of the 20 faces of test" in text.text
    assert "Worst case: too dark, 0.2 of the light taken: 20.0%" in text.text
    row = next(row for row in table.rows if row[0].startswith("Too dark"))
    assert row[1:3] == ["100.0%", "20.0% (5.7% to 51.0%)"]


def test_a_record_that_was_written_before_is_read_and_written_alike(run, data):
    """Files in workspaces call a corruption `disturbance`, and the answers to corrupted faces `disturbed`."""
    measure(run, data)
    (file,) = (run.own / "robustness").iterdir()
    stored = json.loads(file.read_text())
    assert set(stored["disturbed"][0]) == {"disturbance", "strength", "confusion", "lost", "gained"}
    assert stored["disturbed"][0]["disturbance"] == "blur"
    assert not {"corrupted", "corruption"} & (set(stored) | set(stored["disturbed"][0]))
    stored["disturbed"] = stored["disturbed"][:1]
    file.write_text(json.dumps(stored))
    record = robustness.kept(run, data.meta.fingerprint, "test")
    assert record is not None
    assert [(answers.corruption, answers.strength) for answers in record.corrupted] == [("blur", 0.5)]
