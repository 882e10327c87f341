"""The viewer's decisions: made, undone, carried to another machine, and safe from crashes, full disks and each other."""

import json
import multiprocessing
import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from fer_core.datasets import edit_exchange, editing, edits, store, writing
from fer_core.datasets.store import Dataset
from fer_core.errors import DatasetError, InputError, NotFoundError
from fer_core.runs.config import preset_config
from fer_core.training import jobs

IMAGES = np.random.default_rng(0).integers(0, 256, (6, 48, 48), dtype=np.uint8)
LABELS = ["happy", "fear", "happy", "sad", "happy", "fear"]
SPLITS = ["train"] * 4 + ["validation", "test"]


def write(name: str = "Mine", order: list[int] | None = None, **rest: object) -> Dataset:
    order = order or list(range(6))
    samples = pd.DataFrame({"label": [LABELS[i] for i in order], "split": [SPLITS[i] for i in order]})
    keywords = {"classes": ("fear", "happy", "sad"), "kind": "folders", "source": "here"} | rest
    return writing.write_dataset(name, IMAGES[order], samples, **keywords)


@pytest.fixture
def data(workspace: Path) -> Dataset:
    return write()


def in_force(data: Dataset) -> dict[int, str]:
    return {sample: edit.label or edit.action for sample, edit in data.edits().in_force.items()}


def test_decisions_are_lines_with_all_that_is_needed_elsewhere(data: Dataset) -> None:
    editing.decide(data, [0, 1], "relabel", label="sad", origin="test")
    lines = [json.loads(line) for line in data.edits_file.read_text().splitlines()]
    assert [line["sample"] for line in lines] == [0, 1]
    assert [line["hash"] for line in lines] == data.samples["hash"][:2].tolist()
    assert {line["batch"] for line in lines} == {lines[0]["batch"]}
    assert {(line["action"], line["label"], line["origin"], line["fingerprint"]) for line in lines} == {
        ("relabel", "sad", "test", data.meta.fingerprint)
    }
    assert pd.Timestamp(lines[0]["time"]).tzinfo is not None


@pytest.mark.parametrize(
    ("steps", "expected"),
    [
        ([("relabel", [0], "sad")], {0: "sad"}),
        ([("relabel", [0], "happy")], {0: "keep"}),
        ([("exclude", [0, 2, 0], ""), ("keep", [2], "")], {0: "exclude", 2: "keep"}),
        ([("relabel", [0], "sad"), ("exclude", [0, 1], ""), ("undo", None, "")], {0: "sad"}),
        ([("relabel", [0], "sad"), ("exclude", [0, 1], ""), ("undo", [1], "")], {0: "exclude"}),
        ([("relabel", [0], "sad"), ("exclude", [0, 1], ""), ("take back", [0], "")], {1: "exclude"}),
        ([("relabel", [0], "sad"), ("exclude", [1], ""), ("take back", None, "")], {}),
    ],
)
def test_the_last_decision_wins_and_a_step_back_restores_the_one_before(data: Dataset, steps: list, expected: dict) -> None:
    for action, samples, label in steps:
        if action == "undo":
            last = list(data.edits().steps)[-1]
            assert editing.undo(data, last, samples=samples) == (2 if samples is None else 1)
            assert samples is not None or editing.undo(data, last) == 0
        elif action == "take back":
            editing.take_back(data, samples)
        else:
            editing.decide(data, samples, action, label=label)
    assert in_force(data) == expected


@pytest.mark.parametrize(
    ("samples", "action", "label", "error"),
    [
        ([], "keep", "", InputError),
        ([0], "burn", "", InputError),
        ([0], "relabel", "", InputError),
        ([0], "relabel", "angry", InputError),
        ([0], "keep", "happy", InputError),
        ([0, 6], "exclude", "", NotFoundError),
        ([-1], "exclude", "", NotFoundError),
    ],
)
def test_what_cannot_be_decided_leaves_nothing(data: Dataset, samples: list, action: str, label: str, error: type) -> None:
    with pytest.raises(error, match=r"got|Choose"):
        editing.decide(data, samples, action, label=label)
    assert not data.edits_file.exists()


def test_a_line_that_a_crash_cut_short_costs_only_itself(data: Dataset) -> None:
    editing.decide(data, [0], "exclude")
    with data.edits_file.open("ab") as file:
        file.write(b'{"sample":1,"hash":"\xff')
    assert in_force(data) == {0: "exclude"}
    editing.decide(data, [2], "exclude")
    assert in_force(data) == {0: "exclude", 2: "exclude"}


def test_a_full_disk_is_one_sentence_and_the_file_is_as_it_was(data: Dataset, monkeypatch: pytest.MonkeyPatch) -> None:
    editing.decide(data, [0], "exclude")
    before = data.edits_file.read_bytes()

    def full(handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(DatasetError, match="The disk is full"):
        editing.decide(data, [1, 2], "exclude")
    assert data.edits_file.read_bytes() == before


def decide_one_by_one(samples: list[int]) -> None:
    data = store.open_dataset("Mine")
    for sample in samples:
        for _ in range(4):
            editing.decide(data, [sample], "exclude")


def test_processes_that_write_at_once_lose_nothing(data: Dataset) -> None:
    context = multiprocessing.get_context("fork")
    writers = [context.Process(target=decide_one_by_one, args=([first, first + 3],)) for first in range(3)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert len(data.edits_file.read_text().splitlines()) == 24
    assert len(data.edits().steps) == 24
    assert sorted(in_force(data)) == [0, 1, 2, 3, 4, 5]


def test_a_data_set_that_is_gone_is_a_sentence(data: Dataset) -> None:
    assert len(data.samples) == 6
    store.delete_dataset("Mine")
    with pytest.raises(NotFoundError, match="not there any more"):
        editing.decide(data, [0], "keep")


@pytest.mark.parametrize(
    ("order", "classes", "inherited", "offered"),
    [
        (None, None, {0: "sad", 1: "exclude"}, 0),
        ([1, 0, 2, 3, 4, 5], None, {}, 2),
        ([1, 2, 3, 4, 5, 5], None, {}, 1),
    ],
)
def test_an_overwritten_data_set_inherits_only_what_it_is_told_to(
    data: Dataset, order: list[int] | None, classes: object, inherited: dict, offered: int
) -> None:
    editing.decide(data, [0], "relabel", label="sad")
    editing.decide(data, [1], "exclude")
    again = write(order=order, overwrite=True)
    assert in_force(again) == inherited
    assert len(edit_exchange.left_behind(again, again.edits())) == offered
    if not offered:
        with pytest.raises(InputError, match="Nothing here belongs"):
            edit_exchange.take_over(again)
        return
    assert edit_exchange.take_over(again).applied == offered
    assert again.edits().in_force[order.index(1)].action == "exclude"
    assert edit_exchange.left_behind(again, again.edits()) == []
    editing.undo(again, list(again.edits().steps)[-1])
    assert in_force(again) == {}
    assert edit_exchange.left_behind(again, again.edits()) == []


@pytest.mark.parametrize("kind", ["csv", "jsonl"])
def test_decisions_travel_by_pixels(data: Dataset, kind: str) -> None:
    editing.decide(data, [0], "relabel", label="sad", origin="here")
    editing.decide(data, [1], "exclude")
    editing.decide(data, [5], "keep")
    content = edit_exchange.export(data, kind)
    other = write("Other", order=[5, 4, 3, 2, 1, 0])
    taken = edit_exchange.bring_in(other, content, name=f"edits.{kind}")
    assert taken.sentence == "3 of 3 decisions were applied."
    assert in_force(other) == {5: "sad", 4: "exclude", 0: "keep"}
    assert len(other.edits().steps) == 1
    assert other.edits().in_force[5].time == data.edits().in_force[0].time


def test_copies_of_one_picture_get_one_decision_each(data: Dataset) -> None:
    twins = write("Twins", order=[0, 1, 0, 0, 3, 4])
    editing.decide(twins, [2], "exclude")
    content = edit_exchange.export(twins, "csv")
    other = write("Other", order=[1, 0, 0, 3, 0, 4])
    edit_exchange.bring_in(other, content, name="edits.csv")
    assert in_force(other) == {2: "exclude"}
    elsewhere = write("Elsewhere", order=[0, 1, 3, 0, 4, 5])
    edit_exchange.bring_in(elsewhere, content, name="edits.csv")
    assert in_force(elsewhere) == {0: "exclude"}


def test_rows_that_do_not_belong_are_refused_and_counted(data: Dataset) -> None:
    editing.decide(data, [0], "relabel", label="sad")
    good = edit_exchange.export(data, "jsonl").decode()
    rows = [
        good,
        good.replace('"sample": 0', '"sample": 0').replace(data.samples["hash"][0], "0" * 32),
        json.dumps({"sample": 1, "hash": data.samples["hash"][1], "action": "relabel", "label": "angry"}) + "\n",
        '{"sample": "many"}\n{"torn',
    ]
    fresh = write("Fresh")
    taken = edit_exchange.bring_in(fresh, "".join(rows).encode(), name="edits.jsonl")
    assert taken.sentence == (
        "1 of 5 decisions were applied; refused were 1 about pictures that are not in this data set, "
        "1 with a class that it does not have, 2 that cannot be read."
    )
    with pytest.raises(InputError, match="Nothing here belongs to the data set 'Fresh': 0 of 1"):
        edit_exchange.bring_in(fresh, rows[1].encode(), name="edits.jsonl")
    assert len(fresh.edits().steps) == 1


@pytest.mark.parametrize(
    "content", [b"", b"\xff\xfe\x00", b"a,b\n1,2\n", b"sample,hash,action\n", b"sample,hash,action\n" + b"x" * 200_000]
)
def test_files_that_are_no_decisions_are_refused(data: Dataset, content: bytes) -> None:
    with pytest.raises(InputError, match=r"decisions|belongs"):
        edit_exchange.bring_in(data, content, name="stray")


@pytest.mark.parametrize(
    ("excluded", "labels", "sentence"),
    [
        ([3], "edited", "no training face of sad any more"),
        ([1, 3], "edited", "no training face of fear, sad any more"),
        ([4], "edited", "no validation face any more"),
        ([3], "imported", None),
        ([0], "edited", None),
    ],
)
def test_a_class_that_vanishes_is_a_sentence_at_the_start(
    data: Dataset, monkeypatch: pytest.MonkeyPatch, excluded: list[int], labels: str, sentence: str | None
) -> None:
    editing.decide(data, excluded, "exclude")
    started = []
    monkeypatch.setattr(jobs, "begin_here", started.append)
    config = preset_config("Mine", "frozen", labels=labels)
    if sentence is None:
        jobs.start(config)
        assert len(started) == 1
        return
    with pytest.raises(DatasetError, match=sentence):
        jobs.start(config)
    assert started == []


def test_a_sample_beyond_the_table_has_no_force(data: Dataset) -> None:
    editing.decide(data, [5], "exclude")
    log = edits.read(data.edits_file, data.samples.head(5), fingerprint=data.meta.fingerprint)
    assert (log.in_force, len(log.foreign)) == ({}, 1)


def test_a_kept_label_that_is_another_one_here_is_a_new_label(data: Dataset) -> None:
    editing.decide(data, [0, 1, 2], "keep")
    rows = edit_exchange.export(data, "jsonl").replace(b'"imported": "fear"', b'"imported": "sad"').decode()
    rows = rows.replace('"action": "keep", "label": "fear"', '"action": "keep", "label": "sad"')
    fresh = write("Fresh")
    edit_exchange.bring_in(fresh, rows.encode(), name="edits.jsonl")
    assert in_force(fresh) == {0: "keep", 1: "sad", 2: "keep"}


def test_each_face_has_a_decision_of_its_own_and_one_undo(data: Dataset) -> None:
    batch = editing.decide_each(data, {0: ("relabel", "sad"), 1: ("exclude", ""), 2: ("relabel", "happy")}, origin="drawn around")
    assert in_force(data) == {0: "sad", 1: "exclude", 2: "keep"}
    assert {edit.origin for edit in data.edits().in_force.values()} == {"drawn around"}
    assert editing.undo(data, batch) == 3
    for wrong in ({}, {0: ("relabel", "angry")}, {0: ("exclude", "sad")}, {0: ("drop", "")}):
        with pytest.raises(InputError):
            editing.decide_each(data, wrong)
    assert in_force(data) == {}


def test_opinions_are_what_one_annotator_came_to_alone(data: Dataset) -> None:
    editing.decide(data, [0, 1], "relabel", label="sad", origin="drawn around")
    editing.decide(data, [2], "exclude")
    editing.decide(data, [4], "keep")
    exported = edit_exchange.export(data, "csv")
    assert edit_exchange.own_opinions(data, data.edits(), name="You").labels == {0: "sad", 1: "sad", 2: "", 4: "happy"}
    editing.decide(data, [0, 3], "relabel", label="fear", origin="settled between You and other")
    edit_exchange.bring_in(write("Fresh", [5, 4, 3, 2, 1, 0]), exported, name="edits.csv")
    own = edit_exchange.own_opinions(data, data.edits(), name="You")
    assert (own.labels, own.left_out) == ({0: "sad", 1: "sad", 2: "", 4: "happy"}, 1)
    elsewhere = edit_exchange.opinions_in(store.open_dataset("Fresh"), exported, name="edits.csv")
    assert (elsewhere.labels, elsewhere.left_out, elsewhere.refused) == ({5: "sad", 4: "sad", 3: "", 1: "happy"}, 0, 0)
    fresh = store.open_dataset("Fresh")
    assert edit_exchange.own_opinions(fresh, fresh.edits(), name="You").labels == {}
    with pytest.raises(InputError, match="4 were settled or brought in from a file, and 0 do not belong"):
        edit_exchange.opinions_in(data, edit_exchange.export(fresh, "csv"), name="edits.csv")
