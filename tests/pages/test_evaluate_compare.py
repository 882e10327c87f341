"""The Compare page, opened through the frame."""

import shutil

import pytest
from views import checked, view, words

from fer_core import runs
from fer_core.datasets.store import open_dataset
from fer_core.datasets.writing import write_dataset
from fer_core.evaluation.across import known_across, takeaway
from fer_core.runs import Run
from fer_core.settings import ASSETS
from pages.evaluate.parts import comparison

pytestmark = pytest.mark.usefixtures("no_bundled_run")

VIEW = "evaluate/compare"


@pytest.fixture
def run(small_dataset, make_run) -> Run:
    """Of 25 test faces, 2 of the 4 of fear are called angry."""
    return make_run(small_dataset, name="First run", state="finished", model=True)


@pytest.fixture
def rival(small_dataset, make_run, run) -> Run:
    """Right about fear, wrong about the 10 happy faces."""
    made = make_run(small_dataset, name="Second run", state="finished", model=True)
    frame = made.predictions(small_dataset.meta.fingerprint, "test")
    for label, answer in (("fear", "fear"), ("happy", "neutral")):
        mine = frame["label"] == label
        frame.loc[mine, [name for name in frame.columns if name.startswith("logit_")]] = 0.0
        frame.loc[mine, f"logit_{answer}"] = 3.0
    made.write_predictions(small_dataset.meta.fingerprint, "test", frame)
    return made


def test_one_run_alone_asks_for_a_second(app, run):
    assert "There is one finished run only, **First run**. Train a second one" in words(checked(view(app, VIEW, run=run.id)))


def test_two_runs_on_the_same_faces(app, run, rival, monkeypatch):
    monkeypatch.setattr(comparison, "FACES", 6)
    at = checked(view(app, VIEW, run=run.id))
    # 23 and 15 of 25 are right; only the first 10 times, only the second 2 times: p = 2 * (1 + 12 + 66) / 4096.
    assert "**Second run** is 32.0 points worse than **First run** (95% interval " in words(at)
    assert "), more than chance (McNemar's exact test, p = 0.039)." in words(at)
    table = at.dataframe[0].value
    assert table["Accuracy"].tolist() == ["92.0%", "60.0%"]
    assert table[["Difference", "Won", "Lost", "p"]].to_numpy().tolist() == [["–", "–", "–", "–"], ["−32.0", "2", "10", "0.039"]]
    assert "**10** faces that only **First run** gets right" in words(at)
    assert "**2** faces that only **Second run** gets right" in words(at)
    assert [grid.proto.json.count("data-place") for grid in at.get("bidi_component")] == [6, 2]
    assert "Page of 2" in [field.label for field in at.number_input]
    assert "All settings are the same." in words(at)
    assert len(at.get("plotly_chart")) == 4


def test_several_runs_are_corrected_and_missing_answers_offered(app, run, rival, small_dataset, make_run):
    make_run(small_dataset, name="Third run", state="finished", model=True)
    silent = make_run(small_dataset, name="Silent run", state="finished", model=True)
    shutil.rmtree(silent.path / "predictions")
    at = checked(view(app, VIEW, run=run.id))
    at.multiselect("compare_runs_with").set_value([made.id for made in runs.usable_runs() if made.id != run.id]).run()
    assert not at.exception
    assert "No predictions for **Small / test** yet, 25 faces: **Silent run**." in words(at)
    assert "corrected for the number of runs (Holm)" in words(at)
    table = at.dataframe[0].value.set_index("Run")
    # Twice 0.03857; the third run answers as the first.
    assert table["p"].to_dict() == {"First run": "–", "Second run": "0.077", "Third run": "1.000"}
    assert "Between **First run** and **Third run** there is no difference that chance would not explain" in words(at)
    at.selectbox("compare_against").select(rival.id).run()
    assert "How much more of each class **Second run** finds than **First run**" in words(at)


@pytest.mark.parametrize(
    ("difference", "low", "high", "p", "said"),
    [
        (-0.118, -0.163, -0.073, 0.0001, "**B** is 11.8 points worse than **A** (95% interval 7.3 to 16.3), clearly more than"),
        (0.05, 0.01, 0.09, 0.01, "**B** is 5.0 points better than **A** (95% interval 1.0 to 9.0), more than chance"),
        (-0.05, -0.1, 0.001, 0.04, "**B** is 5.0 points worse than **A** (95% interval −0.1 to 10.0), more than chance"),
        (0.01, -0.02, 0.04, 0.4, "Between **A** and **B** there is no difference that chance would not explain: +1.0 points"),
    ],
)
def test_a_verdict_is_one_sentence(difference, low, high, p, said):
    row = {"difference": difference, "difference_low": low, "difference_high": high, "p_holm": p}
    assert comparison.verdict(row, "A", "B").startswith(said)


def test_slices_and_the_mistakes_of_one(app, run):
    at = view(app, "evaluate/errors#Mistakes", run=run.id)
    assert not at.exception
    offered = at.selectbox("mistakes_slice").options
    # Both mistakes are faces of fear, in the middle of the brightness: each class is brighter than the last.
    assert offered[0] == "All faces"
    assert offered[1].startswith("Brightness: second quarter (")
    assert offered[1].endswith("), 66.7% of 6")
    at.selectbox("mistakes_slice").select_index(1).run()
    assert "**2** mistakes among 25 faces." in words(at)
    at.selectbox("mistakes_slice").select_index(len(offered) - 1).run()
    assert "**0** mistakes of 2 among 25 faces." in words(at)


def test_across_data_sets(app, run, small_dataset):
    samples = small_dataset.samples
    write_dataset(
        "Elsewhere",
        small_dataset.images[:, :, ::-1].copy(),
        samples[["label", "split", "file"]],
        classes=small_dataset.meta.classes,
        kind="folders",
        source="elsewhere",
    )
    at = checked(view(app, f"{VIEW}#Across data sets", run=run.id))
    assert "None of these runs was asked about another data set yet" in words(at)
    answers = run.predictions(small_dataset.meta.fingerprint, "test")
    other = open_dataset("Elsewhere")
    mirrored = answers.assign(hash=other.samples["hash"].iloc[answers["sample"]].to_numpy())
    run.write_predictions(other.meta.fingerprint, "test", mirrored)
    matrix = known_across([run])
    at = checked(view(app, f"{VIEW}#Across data sets", run=run.id))
    assert f"**{takeaway(matrix)}**" in words(at)
    assert "cells are empty" not in words(at)
    table = at.dataframe[0].value
    assert table["Data set"].tolist() == ["Elsewhere", f"{small_dataset.name} (its own)"]
    assert table["n"].tolist() == [25, 25]


def test_what_ships_stands_there_before_anything_was_asked(app, run, monkeypatch):
    monkeypatch.setattr("fer_core.runs.store.ASSETS", ASSETS)
    at = checked(view(app, f"{VIEW}#Across data sets", run=run.id))
    assert "MobileNet on FER2013 (bundled) is right on 77% of its own data set's faces" in words(at)
    assert "FER2013, recorded (its own)" in at.dataframe[0].value["Data set"].tolist()
    at.multiselect(key="across_runs").set_value([run.id]).run()
    assert "None of these runs was asked about another data set yet" in words(at)
    assert "FER2013, recorded (its own)" in at.dataframe[0].value["Data set"].tolist()
