"""The page Labels and audit, opened through the frame: suspected labels, audit, annotators, edits."""

import json
import re

import numpy as np
import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest
from views import button, html, view, words

from fer_core.cli import main
from fer_core.datasets import editing, faceless, store, writing
from fer_core.datasets.store import Dataset
from fer_core.evaluation import suspects
from fer_core.labels import FIVE
from pages.data.parts import suspect_search

WRONG = (24, 29, 44)


@pytest.fixture
def judged(small_dataset: Dataset, monkeypatch: pytest.MonkeyPatch) -> Dataset:
    """`Small` with kept suspects: three training faces that look angry, the second a little more so than the others."""

    def probabilities(features: object, labels: np.ndarray, *, rows: np.ndarray, **_: object) -> np.ndarray:
        shares = np.eye(4, dtype=np.float32)[np.where(np.isin(rows, WRONG), 0, labels)] * 0.8 + 0.05
        shares[rows == WRONG[1]] = [0.91, 0.03, 0.03, 0.03]
        return shares

    def judge(labels: np.ndarray, shares: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        return shares.argmax(axis=1) != labels, shares[np.arange(len(labels)), labels]

    monkeypatch.setattr(suspects, "_features", lambda dataset, progress: None)
    monkeypatch.setattr(suspects, "out_of_fold_probabilities", probabilities)
    monkeypatch.setattr(suspects, "judge", judge)
    suspects.suspects(small_dataset)
    return small_dataset


def said(test: AppTest) -> str:
    return f"{words(test)}\n{html(test)}"


def in_force(data: Dataset) -> dict[int, str]:
    return {sample: edit.label or edit.action for sample, edit in data.edits().in_force.items()}


def progress(test: AppTest) -> str:
    return next(bar.proto.text for bar in test.get("progress"))


class TestSuspects:
    def test_the_search_is_offered_with_its_time(self, app, small_dataset):
        test = view(app, "data/labels")
        assert not test.exception
        assert "predicts only faces that it was not trained on" in said(test)
        assert re.search(r"Takes (some seconds|about \d+ (s|min)) here", said(test))
        assert button(test, "suspects-go").label == "Find suspected labels"

    def test_what_was_found_can_be_searched_anew(self, app, judged, monkeypatch):
        file = suspects.kept_file(judged)
        content, there = file.read_bytes(), []

        def search(data, *, progress, stop):
            there.append(file.is_file())
            file.write_bytes(content)

        monkeypatch.setattr(suspect_search, "suspects_in_process", search)
        test = view(app, "data/labels")
        button(test, "anew suspects").click().run()
        assert there == [False]
        assert "**3** of 48 labels are suspected (6.2%)" in said(test)

    def test_one_by_one(self, app, judged):
        test = view(app, "data/labels")
        assert not test.exception
        assert "**3** of 48 labels are suspected (6.2%)" in said(test)
        assert "Classes with too few training faces to judge are left out: disgust (4)." in said(test)
        queue = [29, 24, 44]
        assert f"Face {queue[0]}," in said(test)
        button(test, "decide-relabel-angry").click().run()
        assert progress(test) == "1 of 3 seen"
        assert f"Face {queue[1]}," in said(test)
        button(test, "decide-exclude-").click().run()
        assert in_force(judged) == {queue[0]: "angry", queue[1]: "exclude"}
        again = view(app, "data/labels")
        assert progress(again) == "2 of 3 seen"
        assert f"Face {queue[2]}," in said(again)
        button(again, "edit-undo").click().run()
        assert in_force(judged) == {queue[0]: "angry"}
        assert progress(again) == "1 of 3 seen"
        assert f"Face {queue[1]}," in said(again)

    def test_many_at_once(self, app, judged):
        test = view(app, "data/labels", suspect_mode="Many at once")
        assert button(test, "all-exclude").disabled
        button(test, "tick-all").click().run()
        assert "3 of 3 faces on this page are ticked." in said(test)
        button(test, "all-looks").click().run()
        assert in_force(judged) == dict.fromkeys(WRONG, "angry")
        assert progress(test) == "3 of 3 seen"
        assert "You have decided about every face of this queue" in said(test)
        button(test, "edit-undo").click().run()
        assert in_force(judged) == {}

    def test_a_direction(self, app, judged):
        labels = judged.samples["label"].iloc[list(WRONG)].tolist()
        test = view(app, "data/labels", suspect_label=labels[0].capitalize(), suspect_looks="Angry")
        assert progress(test) == f"0 of {labels.count(labels[0])} seen"
        assert "No label of this kind is suspected" in said(view(app, "data/labels", suspect_looks="Neutral"))

    def test_the_predictions_of_a_run_are_judged(self, app, judged, finished_run):
        test = view(app, "data/labels", suspect_split="Test", run=finished_run.id)
        assert "No label of this kind is suspected" in said(test)
        test.selectbox(key="suspect_by").select("run").run()
        assert not test.exception
        assert "**2** of 25 labels are suspected (8.0%)" in said(test)
        assert progress(test) == "0 of 2 seen"

    def test_a_decision_that_cannot_be_written_is_a_sentence(self, app, judged, monkeypatch):
        test = view(app, "data/labels")
        judged.edits_file.mkdir()
        monkeypatch.setattr(Dataset, "edits", lambda data: store.EditLog())
        button(test, "decide-keep-").click().run()
        assert not test.exception
        assert "cannot be written" in test.toast[0].value


class TestEdits:
    def test_nothing_is_decided_yet(self, app, small_dataset):
        test = view(app, "data/labels#My edits")
        assert not test.exception
        assert "There are no decisions yet" in said(test)

    def test_decisions_are_counted_and_taken_back(self, app, small_dataset):
        editing.decide(small_dataset, [20, 21], "exclude")
        editing.decide(small_dataset, [0], "relabel", label="fear")
        editing.decide(small_dataset, [1], "keep")
        test = view(app, "data/labels#My edits")
        assert not test.exception
        assert {metric.label: metric.value for metric in test.metric} == {"Relabelled": "1", "Excluded": "2", "Kept": "1"}
        assert "No face of Disgust is left; training on the edited labels will be refused." in test.warning[0].value
        assert test.dataframe[0].value["Change"].to_dict() == {"Angry": -1, "Disgust": -2, "Fear": 1, "Happy": 0, "Neutral": 0}
        test.session_state["_open_face"] = ("Small", 21)
        button(test.run(), "drawer-undo").click().run()
        assert in_force(small_dataset) == {20: "exclude", 0: "fear", 1: "keep"}

    def test_decisions_of_an_earlier_import_are_offered(self, app, small_dataset):
        editing.decide(small_dataset, [5], "exclude")
        samples = small_dataset.samples[["label", "split"]].iloc[::-1]
        again = writing.write_dataset(
            "Small",
            small_dataset.images[::-1].copy(),
            samples,
            classes=small_dataset.meta.classes,
            kind="csv",
            source="x",
            overwrite=True,
        )
        test = view(app, "data/labels#My edits")
        assert "**1** decisions made there" in said(test)
        button(test, "edits-take-over").click().run()
        assert "1 of 1 decisions were applied." in said(test)
        assert in_force(again) == {94: "exclude"}


def test_the_command_counts_exports_and_brings_in(small_dataset, tmp_path, capsys):
    editing.decide(small_dataset, [5], "exclude")
    file = tmp_path / "mine.csv"
    assert main(["edits", "Small", "--out", str(file), "--json"]) == 0
    counts = {"name": "Small", "keep": 0, "relabel": 0, "exclude": 1, "imported": None, "compared": None}
    assert json.loads(capsys.readouterr().out) == counts
    editing.take_back(small_dataset)
    assert main(["edits", "Small", "--import", str(file), "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == counts | {"imported": {"applied": 1, "refused": 0}}
    assert main(["edits", "Small", "--import", str(tmp_path / "gone.csv")]) == 2
    assert "cannot be read" in capsys.readouterr().err


def test_the_command_compares_two_annotators(small_dataset, tmp_path, capsys):
    first, second = tmp_path / "Anna.jsonl", tmp_path / "Ben.csv"
    first.write_bytes(said_by(small_dataset, {0: "angry", 1: "fear", 20: "", 30: "fear"}))
    editing.decide(small_dataset, [0, 1, 20], "keep")
    assert main(["edits", "Small", "--out", str(second)]) == 0
    capsys.readouterr()
    assert main(["edits", "Small", "--compare", str(first), "--json"]) == 0
    compared = json.loads(capsys.readouterr().out)["compared"]
    assert (compared["first"], compared["second"], compared["n"]) == ("Small", "Anna.jsonl", 3)
    assert (compared["share"], compared["kappa"]) == (pytest.approx(1 / 3), pytest.approx(1 / 7))
    assert compared["disputed"] == [
        {"sample": 1, "first": "angry", "second": "fear"},
        {"sample": 20, "first": "disgust", "second": ""},
    ]
    assert main(["edits", "Small", "--compare", str(first), str(second)]) == 0
    assert "Anna.jsonl and Ben.csv agree on 33.3% of 3 faces (6.1% to 79.2%); Cohen's kappa 0.14" in capsys.readouterr().out
    assert main(["edits", "Small", "--compare", str(first), str(second), str(first)]) == 2
    assert "Two annotators are compared; got 3 files." in capsys.readouterr().err


def said_by(data: Dataset, labels: dict[int, str]) -> bytes:
    """An exported file of an annotator who says this of these faces; empty excludes."""
    rows = [
        {"sample": sample, "hash": data.samples["hash"][sample], "action": "relabel" if label else "exclude", "label": label}
        for sample, label in labels.items()
    ]
    return "".join(json.dumps(row) + "\n" for row in rows).encode()


def drawn(test: AppTest) -> str:
    return " ".join([block.proto.body for block in test.get("html")] + [grid.proto.json for grid in test.get("bidi_component")])


@pytest.fixture
def copies(workspace):
    """Eight noisy faces: one three times (train, train, test; two labels), a blank one, and four more."""
    images = np.random.default_rng(0).integers(60, 200, (8, 48, 48), dtype=np.uint8)
    images[1] = images[2] = images[0]
    images[3] = 9
    rows = pd.DataFrame(
        {
            "label": ["happy", "happy", "fear", "angry", "angry", "neutral", "disgust", "happy"],
            "split": ["train", "train", "test", "train", "train", "validation", "test", "train"],
            "file": [f"face_{number}.png" for number in range(8)],
        }
    )
    return writing.write_dataset("Copies", images, rows, classes=FIVE, kind="folders", source="made")


def test_counts_come_first_and_copies_can_be_excluded_and_brought_back(app, copies):
    test = view(app, "data/labels#Audit")
    assert not test.exception
    counted = ["Copies **2**", "In two splits **1**", "Two labels **3**", "Near copies **0**", "Blank **1**", "No face **–**"]
    assert set(counted) <= set(test.pills(key="finding").options)
    assert "**Extra copies: 2 (25.00%).**" in words(test)
    assert "3 copies" in drawn(test)
    test.button(key="audit-exclude").click().run()
    assert copies.edits().in_force.keys() == {0, 1}
    assert test.button(key="audit-exclude").disabled
    test.button(key="edit-undo").click().run()
    assert not copies.edits().in_force


@pytest.mark.parametrize(
    ("finding", "words"),
    [("In two splits", "face_2.png"), ("Two labels", "3 copies, not one label"), ("Blank", "face_3.png")],
)
def test_each_finding_shows_its_pictures(app, copies, finding, words):
    test = view(app, "data/labels#Audit", finding=finding)
    assert not test.exception
    assert words in drawn(test)


def test_a_face_of_a_group_opens_in_the_drawer(app, copies):
    test = view(app, "data/labels#Audit")
    grid = next(one for one in test.get("bidi_component") if "fer-groups" in one.proto.json)
    cells = json.loads(grid.proto.json)["cells"]
    assert [f'data-place="{place}"' in cells for place in (0, 1, 2, 3)] == [True, True, True, False]
    assert cells.count('tabindex="0"') == 3


def test_nothing_near_says_so(app, copies):
    test = view(app, "data/labels#Audit", finding="Near copies")
    assert "No two pictures are nearly alike." in [part.value for part in test.markdown]


def test_the_offer_of_an_audit_goes_when_it_is_made(app, copies, monkeypatch):
    monkeypatch.setattr("pages.data.parts.audit.AUTOMATIC", 1)
    test = view(app, "data/labels#Audit")
    assert "has not been audited yet" in " ".join(part.value for part in test.markdown)
    test = button(test, "Audit it now").click().run()
    assert "**Extra copies: 2" in words(test)
    assert "has not been audited yet" not in " ".join(part.value for part in test.markdown)


def test_a_search_for_faces_can_be_made_anew(app, copies, monkeypatch):
    faceless._keep(copies, 8, [3])
    seen = []

    def find(data, *, progress):
        seen.append(faceless.kept_faceless(data))
        faceless._keep(data, 8, [1, 3])

    monkeypatch.setattr(faceless, "find_faceless", find)
    test = view(app, "data/labels#Audit", finding="No face")
    assert "1 to 1 of 1 pictures" in [part.value for part in test.caption]
    button(test, "Make it anew").click().run()
    assert seen == [None]
    assert "1 to 2 of 2 pictures" in [part.value for part in test.caption]


@pytest.fixture
def voted(small_dataset: Dataset) -> Dataset:
    """`Voted`: the faces of `Small`; 9 of 10 vote for the label, for every eighth face 5 for it and 5 for sad."""
    rows = small_dataset.samples[["label", "split", "file"]].copy()
    doubted = np.arange(len(rows)) % 8 == 3
    for name in (*FIVE, "sad"):
        mine = rows["label"] == name
        rows[f"votes_{name}"] = np.where(mine, np.where(doubted, 5, 9), 0).astype(np.int8)
    rows["votes_sad"] = np.where(doubted, 5, 0).astype(np.int8)
    rows["votes_nf"] = np.where(doubted, 0, 1).astype(np.int8)
    return writing.write_dataset(
        "Voted", np.array(small_dataset.images), pd.DataFrame(rows), classes=FIVE, kind="csv", source="x.csv", votes="new.csv"
    )


class TestAgreement:
    def test_without_votes_it_says_how_to_get_them(self, app, small_dataset):
        test = view(app, "data/labels#Annotators", **{"votes-whose": "Votes in the data"})
        assert not test.exception
        assert "**Small** has no annotators' votes" in words(test)
        assert "--votes fer2013new.csv" in test.code[0].value

    def test_with_votes_and_a_run(self, app, voted, make_run):
        make_run(voted, name="Finished run", state="finished", model=True)
        test = view(app, "data/labels#Annotators", dataset="Voted")
        assert not test.exception
        assert not test.error
        shown = {metric.label: metric.value for metric in test.metric}
        assert (shown["Faces with votes"], shown["Crowd gives the label"]) == ("100", "87.0%")
        assert (shown["Among these classes"], shown["Cohen's kappa"]) == ("100.0%", "1.00")
        assert "Tie 13; 13 faces, 13.0%" in words(test)
        assert "1 to 13 of 13 faces" in words(test)
        assert {"At most 50% agree", "At least 80% agree"} <= set(shown)
        assert len(test.get("plotly_chart")) == 4


class TestTwoAnnotators:
    def test_before_any_file_it_says_what_to_do(self, app, small_dataset):
        test = view(app, "data/labels#Annotators")
        assert "You have not decided about any face yet." in said(test)
        editing.decide(small_dataset, [0, 1], "keep")
        test.run()
        assert "You have decided about 2 faces:" in said(test)

    def test_two_files_are_compared_and_what_is_disputed_is_settled(self, app, small_dataset):
        anna = said_by(small_dataset, {0: "angry", 1: "fear", 20: "", 30: "fear", 60: "happy"})
        ben = said_by(small_dataset, {0: "angry", 1: "happy", 20: "disgust", 30: "fear", 61: "happy"})
        test = view(app, "data/labels#Annotators")
        files = [("Anna.jsonl", anna, "application/jsonl"), ("Ben.jsonl", ben, "application/jsonl")]
        test.file_uploader(key="annotators-files").set_value(files).run()
        assert not test.exception
        assert "Anna and Ben agree on 50.0% of 4 faces; beyond chance that is a kappa of 0.38.** The faces are few" in said(test)
        shown = {metric.label: metric.value for metric in test.metric}
        assert (shown["Both decided about"], shown["Cohen's kappa"], shown["Disputed"]) == ("4", "0.38", "2")
        assert progress(test) == "0 of 2 are settled"
        grid = json.loads(next(one for one in test.get("bidi_component") if "settle-grid" in one.proto.id).proto.json)["cells"]
        assert "Fear | Happy" in grid
        assert "Excluded | Disgust" in grid
        assert button(test, "As Anna says").disabled
        test.session_state["_settle_turned"][1].add(20)
        test.run()
        button(test, "As Anna says").click().run()
        assert in_force(small_dataset) == {20: "exclude"}
        assert small_dataset.edits().in_force[20].origin == "settled between Anna and Ben"
        assert progress(test) == "1 of 2 are settled"
        button(test, "settle-all").click().run()
        button(test, "As Ben says").click().run()
        assert in_force(small_dataset) == {20: "exclude", 1: "happy"}
        assert "Every disputed face is settled." in said(test)
        assert {metric.label: metric.value for metric in test.metric}["Cohen's kappa"] == "0.38"

    def test_a_file_is_compared_with_what_was_decided_here(self, app, small_dataset):
        editing.decide(small_dataset, [0, 1], "keep")
        test = view(app, "data/labels#Annotators")
        uploader = test.file_uploader(key="annotators-files")
        uploader.set_value([("Ben.jsonl", said_by(small_dataset, {0: "angry", 1: "angry"}), "application/jsonl")]).run()
        assert "You and Ben agree on 100.0% of 2 faces; beyond chance that is a kappa of –." in said(test)
        assert "Nothing is disputed." in said(test)

    @pytest.mark.parametrize(
        ("files", "sentence"),
        [
            ({"a.csv": b"\xff\xfe\x00"}, "'a' is no text file"),
            ({"a.csv": b"x,y\n1,2\n"}, "'a' has no columns sample, hash and action"),
            ({"a.csv": b"sample,hash,action\n1,f,keep\n"}, "'a' holds no decision about the faces of 'Small'"),
            ({"a.jsonl": None}, "No face was decided about by both: the first decided about 0"),
            ({"a.csv": None, "b.csv": None, "c.csv": None}, "Two annotators are compared; got 3 files."),
        ],
    )
    def test_files_that_cannot_be_compared_are_a_sentence(self, app, small_dataset, files, sentence):
        good = said_by(small_dataset, {0: "fear"})
        test = view(app, "data/labels#Annotators")
        given = [(name, content or good, "text/csv") for name, content in files.items()]
        test.file_uploader(key="annotators-files").set_value(given).run()
        assert not test.exception
        assert sentence in test.error[0].value
