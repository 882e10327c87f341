import os
import time

import pandas as pd
import pytest

from fer_core import runs
from fer_core.errors import InputError, NotFoundError, RunError
from fer_core.runs.config import preset_config
from fer_core.runs.records import About, Status


def test_new_run_is_queued_and_found(workspace):
    run = runs.create(preset_config("My faces"), name="first")
    assert run.status().state == "queued"
    assert runs.open_run(run.id).about() == About(name="first")
    assert runs.list_runs()[0].id == run.id
    assert [other.id for other in runs.runs_using("My faces")] == [run.id]


def test_two_runs_in_one_second_get_two_folders(workspace):
    assert runs.create(preset_config("a")).id != runs.create(preset_config("a")).id


def test_a_full_disk_leaves_no_run(workspace, monkeypatch):
    def full(self, part):
        raise OSError(28, "No space left on device")

    kept = runs.create(preset_config("a"))
    monkeypatch.setattr(runs.Run, "write", full)
    with pytest.raises(RunError, match="No space left on device"):
        runs.create(preset_config("a"))
    assert [path.name for path in kept.path.parent.iterdir()] == [kept.id]


def test_a_workspace_that_is_a_file_is_one_sentence(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("FER_WORKSPACE", str(tmp_path / "file"))
    with pytest.raises(RunError, match="cannot be written"):
        runs.create(preset_config("a"))


@pytest.mark.parametrize("name", ["", "nothing", "../runs", "a/b", "."])
def test_unknown_runs_are_not_found(workspace, name):
    with pytest.raises(NotFoundError, match="There is no run"):
        runs.open_run(name)


def test_worker_that_is_gone_has_failed(workspace):
    run = runs.create(preset_config("a"))
    run.write(Status(state="running", created=time.time(), heartbeat=time.time(), pid=2**22 - 1))
    assert run.status().state == "failed"
    assert "without a word" in run.status().error


@pytest.mark.parametrize("file", ["status.json", "config.json", "epochs.csv", "batches.jsonl", "about.json", "training.json"])
@pytest.mark.parametrize("content", [b"", b"{half", b"\x00\x01", b"\xff\xfe\x80", b"[1, 2]"])
def test_half_written_files_never_break_a_reader(workspace, file, content):
    run = runs.create(preset_config("a"))
    (run.path / file).write_bytes(content)
    assert run.about().name
    assert run.classes() == ()
    assert run.status().state in ("queued", "failed")
    assert len(run.epochs()) <= 1
    assert run.batches().empty
    assert [other.id for other in runs.list_runs() if not other.read_only] == [run.id]


@pytest.mark.parametrize("content", [b"", b"PAR1 and no more", b"\xff\xfe"])
def test_damaged_training_samples_are_no_empty_ones(workspace, content):
    run = runs.create(preset_config("a"))
    assert run.training_samples().empty
    (run.path / "training_samples.parquet").write_bytes(content)
    with pytest.raises(RunError, match=r"damaged training_samples\.parquet"):
        run.training_samples()


def test_a_config_that_is_no_text_is_one_sentence(workspace):
    run = runs.create(preset_config("a"))
    (run.path / "config.json").write_bytes(b"\xff\xfe")
    with pytest.raises(RunError, match=r"no readable config\.json"):
        run.config()


def test_whole_batches_before_a_torn_line_are_read(workspace):
    run = runs.create(preset_config("a"))
    run.batches_file.write_text('{"step": 5, "epoch": 0.1, "phase": "head", "loss": 1.5, "accuracy": 0.4}\n{"step": 10, "ep')
    assert run.batches()["step"].tolist() == [5]


@pytest.mark.parametrize(
    ("content", "epochs", "losses"),
    [
        (b"1,head,0.5\n2,full,0.25\n" + b"\0" * 40, [1, 2], [0.5, 0.25]),
        (b"1,head,0.5\n" + b"\0" * 40 + b"\n3,full,0.25\n", [1, 3], [0.5, 0.25]),
        (b"1,he\0\0,0.5\n2,full,0.25\n", [2], [0.25]),
        (b"1,head,0.5\n2,full", [1], [0.5]),
        (b'1,head,0.5\n2,"full,0.25\n', [1], [0.5]),
        (b"1,head,0.5\n\xff\xfe,full,1\n3,full,x\n", [1, 3], [0.5, None]),
        (b"", [], []),
    ],
    ids=["zeros at the end", "zeros between", "zeros in a row", "torn", "open quote", "no text", "no row"],
)
def test_whole_epochs_are_read_and_kept_whatever_a_crash_left(workspace, content, epochs, losses):
    run = runs.create(preset_config("a"))
    for header in (b"epoch,phase,loss\n", b"\0" * 17):
        run.epochs_file.write_bytes(header + content)
        expected = epochs if header[0] else []
        table = run.epochs()
        assert table["epoch"].tolist() == expected
        assert [None if pd.isna(loss) else loss for loss in table["loss"]] == (losses if expected else [])
    run.epochs_file.write_bytes(b"epoch,phase,loss\n" + content)
    run.cut(2)
    assert run.epochs()["epoch"].tolist() == [number for number in epochs if number <= 2]
    assert run.epochs_file.exists() == any(number <= 2 for number in epochs)


@pytest.mark.parametrize(("name", "allowed"), [("Better", True), ("", False), ("  ", False), ("x" * 81, False)])
def test_rename(workspace, name, allowed):
    run = runs.create(preset_config("a"), name="old")
    if allowed:
        runs.rename(run, name)
        assert run.about().name == name
    else:
        with pytest.raises(InputError, match="1 to 80 characters"):
            runs.rename(run, name)
        assert run.about().name == "old"


def test_delete_waits_for_the_end(workspace):
    run = runs.create(preset_config("a"))
    with pytest.raises(RunError, match="stop it first"):
        runs.delete(run)
    run.write(Status(state="finished"))
    runs.delete(run)
    assert not run.path.exists()


def test_usable_runs_have_a_model_and_failed_ones_come_last(workspace, hold):
    made = {}
    for state in ("finished", "failed", "running", "stopped"):
        made[state] = runs.create(preset_config(state))
        made[state].model_file.write_bytes(b"model")
        made[state].write(Status(state=state, created=time.time(), pid=os.getpid()))
    hold(made["running"])
    made["no model"] = runs.create(preset_config("none"))
    made["no model"].write(Status(state="finished"))
    found = [run.id for run in runs.usable_runs() if not run.read_only]
    assert sorted(found[:2]) == sorted([made["finished"].id, made["stopped"].id])
    assert found[2:] == [made["failed"].id]
