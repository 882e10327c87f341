"""The worker on a small data set of drawn squares: one real process, which is killed; the rest runs in this one."""

import errno
import os
import shutil
import signal
import sys
from types import ModuleType, SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from fer_core import runs
from fer_core.datasets import writing
from fer_core.files import replace
from fer_core.predictor import Predictor, load_predictor
from fer_core.runs.config import preset_config
from fer_core.training import checkpoint, events, jobs, recipe, speed, worker

TINY = {"resolution": 32, "fine_map": False, "batch_size": 16, "weights": "random", "precision": "float32"}
LONG = TINY | {"head_epochs": 1, "full_epochs": 4, "full_learning_rate": 1e-3, "ema": 0.5, "monitor": "loss"}
FULL = "The disk is full; free some space and resume the run."

KILLED = """
import os, signal, sys
from fer_core.training import checkpoint, worker

def save(run, epoch, arrays, facts, save=checkpoint.save):
    if epoch == 3:
        os.kill(os.getpid(), signal.SIGKILL)
    save(run, epoch, arrays, facts)

checkpoint.save, checkpoint.SHARE = save, 1.0
worker.main(sys.argv[1])
"""


@pytest.fixture(scope="module")
def squares(tmp_path_factory):
    """240 faces of three classes that differ by where a bright square lies."""
    random = np.random.default_rng(0)
    images = random.integers(0, 60, (240, 48, 48)).astype(np.uint8)
    labels = np.arange(240) % 3
    for number, label in enumerate(labels):
        images[number, 16:32, label * 16 : label * 16 + 16] = 230
    names = np.array(["angry", "happy", "neutral"])[labels]
    split = np.repeat(["train", "validation", "test"], [160, 40, 40])
    samples = pd.DataFrame({"label": names, "split": split})
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("FER_WORKSPACE", str(tmp_path_factory.mktemp("work")))
        handler = signal.getsignal(signal.SIGTERM)
        yield writing.write_dataset(
            "squares", images, samples, classes=("angry", "happy", "neutral"), kind="folders", source="test"
        )
        signal.signal(signal.SIGTERM, handler)


@pytest.fixture(scope="module")
def last(squares):
    """{id of a run: its last checkpoint}, filled when it is removed; one is saved after every epoch."""
    found = {}

    def remove(run, remove=checkpoint.remove):
        found[run.id] = checkpoint.load(run)
        remove(run)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(checkpoint, "SHARE", 1.0)
        patched.setattr(checkpoint, "remove", remove)
        yield found


@pytest.fixture(scope="module")
def uninterrupted(last):
    """A run that trained from its beginning to its end."""
    run = runs.create(preset_config("squares", "standard", **LONG))
    assert worker.main(run.id) == 0, run.status()
    return run


def go_on(run, monkeypatch):
    """Resume a run in this process."""
    with monkeypatch.context() as patched:
        patched.setattr(jobs, "begin_here", lambda run: None)
        jobs.resume(run)
    return worker.main(run.id)


def test_run_trains_writes_its_files_and_answers(squares, uninterrupted):
    run, status, epochs = uninterrupted, uninterrupted.status(), uninterrupted.epochs()
    assert status.state == "finished"
    assert epochs["epoch"].tolist() == [1, 2, 3, 4, 5]
    assert epochs["phase"].tolist() == ["head", "full", "full", "full", "full"]
    assert epochs[["loss", "accuracy", "val_loss", "val_accuracy", "val_macro_f1", "val_recall_happy"]].notna().all(axis=None)
    assert status.best_score == pytest.approx(epochs["val_loss"].min())
    assert status.best_epoch == epochs["epoch"][epochs["val_loss"].idxmin()]
    assert list(run.tensorboard.glob("events.out.tfevents.*"))
    assert not run.checkpoint.exists()
    train = squares.split("train")
    assert sorted(run.training_samples()["hash"]) == sorted(train["hash"])
    test = run.predictions(squares.meta.fingerprint, "test")
    assert test["sample"].tolist() == squares.split("test")["id"].tolist()
    predictor = load_predictor(run)
    logits = predictor.logits(squares.images[test["sample"].to_numpy()])
    np.testing.assert_allclose(logits, test[[f"logit_{name}" for name in predictor.classes]].to_numpy(), atol=1e-4)
    stored = run.predictions(squares.meta.fingerprint, "validation")
    flat = stored[[f"logit_{name}" for name in predictor.classes]].to_numpy().argmax(1)
    assert (np.array(predictor.classes)[flat] == stored["label"]).mean() > 0.3


@pytest.mark.timeout(900)
def test_a_killed_run_ends_where_an_uninterrupted_one_does(squares, uninterrupted, last, monkeypatch):
    monkeypatch.setattr(jobs, "command", lambda run: [sys.executable, "-c", KILLED, run.id])
    monkeypatch.setattr(jobs, "NICENESS", 0)
    run = jobs.start(uninterrupted.config())
    assert jobs._children[run.id].process.wait(600) == -signal.SIGKILL, run.log_tail()
    jobs.reap()
    assert (run.status().state, run.status().error) == ("failed", "The worker process ended without a word.")
    assert run.epochs()["epoch"].tolist() == [1, 2, 3]
    (run.path / ".model.half.keras").write_bytes(b"half a model")
    assert go_on(run, monkeypatch) == 0
    assert (run.status().state, run.checkpoint.exists()) == ("finished", False)
    assert not list(run.path.glob(".model.*"))
    log = run.log_tail(100)
    assert "training and" in log
    expected, found = uninterrupted.epochs(), run.epochs()
    assert found["epoch"].tolist() == [1, 2, 3, 4, 5]
    assert run.batches()["step"].is_unique
    scores = [name for name in expected if name.startswith("val_") or name in ("loss", "accuracy", "learning_rate")]
    np.testing.assert_allclose(found[scores], expected[scores], rtol=1e-3, atol=1e-3)
    assert run.status().best_epoch == uninterrupted.status().best_epoch
    mine, other = last[run.id], last[uninterrupted.id]
    assert mine.facts | {"best_score": None} == other.facts | {"best_score": None}
    assert {name.split("/")[0] for name in mine.arrays} == {"weights", "average", "optimizer", "seeds"}
    for name, array in mine.arrays.items():
        np.testing.assert_allclose(array, other.arrays[name], rtol=1e-2, atol=1e-3, err_msg=name)
    assert run.training().seconds >= found["seconds"].sum()


def test_quick_keeps_its_features_is_stopped_and_resumed_and_ends_with_its_last_epoch(squares, last, monkeypatch, capsys):
    # A batch larger than the data set takes all of it; the second epoch is no better, as nothing is learned.
    changes = {"batch_size": 512, "head_epochs": 5, "early_stopping": 1, "head_learning_rate": 1e-9}
    run = runs.create(preset_config("squares", "frozen", resolution=32, fine_map=False, **changes))

    def stopping(run, epoch, arrays, facts, save=checkpoint.save):
        save(run, epoch, arrays, facts)
        run.stop_file.touch()

    with monkeypatch.context() as patched:
        patched.setattr(checkpoint, "save", stopping)
        assert worker.main(run.id) == 0
    assert (run.status().state, run.epochs()["epoch"].tolist()) == ("stopped", [1])
    assert load_predictor(run).classes == ("angry", "happy", "neutral")
    kept = list((squares.path / "features").glob("*.npy"))
    assert [np.load(file).shape for file in kept] == [(240, 1024)]

    with monkeypatch.context() as patched:
        patched.setattr(worker, "_finish", lambda run, events: (_ for _ in ()).throw(MemoryError))
        assert go_on(run, patched) == 1
    assert run.status().error == "There was not enough memory; choose a smaller batch size or resolution."
    assert "Resumed from epoch 1." in capsys.readouterr().out
    assert (run.epochs()["epoch"].tolist(), run.predictions(squares.meta.fingerprint, "test")) == ([1, 2], None)

    assert go_on(run, monkeypatch) == 0
    assert "Resumed from epoch 2." in capsys.readouterr().out
    assert (run.status().state, run.epochs()["epoch"].tolist()) == ("finished", [1, 2])
    assert run.predictions(squares.meta.fingerprint, "test") is not None


def test_each_epoch_keeps_its_confusion_and_the_best_one_that_of_the_model(squares, uninterrupted):
    from fer_core.models import classifier, inference

    run, kept, epochs = uninterrupted, uninterrupted.moments(), uninterrupted.epochs()
    assert [moment.epoch for moment in kept] == [1, 2, 3, 4, 5]
    assert [moment.right / moment.n for moment in kept] == pytest.approx(epochs["val_accuracy"].tolist())
    recalls = [[row[place] / sum(row) for place, row in enumerate(moment.confusion)] for moment in kept]
    np.testing.assert_allclose(recalls, epochs[[f"val_recall_{name}" for name in run.classes()]])
    rows = squares.split("validation")
    truth = rows["label"].map(run.classes().index).to_numpy()
    logits = inference.model_forward(classifier.load(run.model_file))(squares.images[rows["id"].to_numpy()])
    counted = np.zeros((3, 3), int)
    np.add.at(counted, (truth, logits.argmax(axis=1)), 1)
    best = kept[run.status().best_epoch - 1]
    assert counted.tolist() == [list(row) for row in best.confusion]
    assert {moment.faces for moment in kept} == {best.faces}
    assert set(best.faces) <= set(rows["id"])
    assert len(best.faces) == 12
    assert [squares.samples["label"][face] for face in best.faces] == [run.classes()[label] for label in best.labels]
    asked = logits[[rows["id"].tolist().index(face) for face in best.faces]]
    raised = np.exp(asked - asked.max(axis=1, keepdims=True))
    np.testing.assert_allclose(best.probabilities, raised / raised.sum(axis=1, keepdims=True), atol=1e-3)


def test_moments_of_epochs_that_are_trained_again_are_dropped(squares, last, monkeypatch):
    run = runs.create(
        preset_config("squares", "frozen", resolution=32, fine_map=False, head_epochs=4, early_stopping=0, batch_size=16)
    )

    def killed(run, epoch, arrays, facts, save=checkpoint.save):
        if epoch == 3:
            raise MemoryError
        save(run, epoch, arrays, facts)

    key = speed.speed_key(run.config(), "head")
    before = speed.speeds()
    with monkeypatch.context() as patched:
        patched.setattr(checkpoint, "save", killed)
        patched.setattr("fer_core.training.session.busy", lambda: True)
        assert worker.main(run.id) == 1
    assert speed.speeds() == before
    assert [moment.epoch for moment in run.moments()] == [1, 2, 3]
    first = run.moments()[:2]
    with run.moments_file.open("a") as file:
        file.write('{"epoch": 4, "faces": [1')
    speed.record_speed(key, 0.5)
    monkeypatch.setattr("fer_core.training.session.busy", lambda: False)
    assert go_on(run, monkeypatch) == 0
    assert speed.speeds()[key] > 0.5
    assert [moment.epoch for moment in run.moments()] == run.epochs()["epoch"].tolist() == [1, 2, 3, 4]
    assert run.moments()[:2] == first
    assert [moment.right / moment.n for moment in run.moments()] == pytest.approx(run.epochs()["val_accuracy"].tolist())


def test_a_stop_leaves_what_takes_long_to_whoever_asks_for_it(squares, uninterrupted):
    stopped = uninterrupted.path.with_name("stopped")
    shutil.copytree(uninterrupted.path, stopped)
    run = runs.open_run(stopped.name)
    run.stop_file.touch()
    worker._finish(run, events.EventWriter(run, run.status()))
    asked = [run.predictions(squares.meta.fingerprint, split) is not None for split in ("validation", "test")]
    assert (asked, run.int8_agreement()) == ([True, False], None)


@pytest.mark.parametrize("phase", ["head", pytest.param("full", marks=pytest.mark.slow)])
def test_a_training_that_diverges_ends_and_no_such_epoch_is_the_best(squares, phase, monkeypatch):
    import keras

    def optimizer(config, now, steps, optimizer=recipe.optimizer):
        return keras.optimizers.SGD(1e38) if now.name == phase else optimizer(config, now, steps)

    monkeypatch.setattr(recipe, "optimizer", optimizer)
    run = runs.create(preset_config("squares", "standard", **LONG))
    assert worker.main(run.id) == 1
    epochs = {"head": [], "full": [1]}[phase]
    status = run.status()
    assert status.state == "failed"
    sentence = "The loss of epoch {} is not finite: training diverged; choose a smaller learning rate."
    assert status.error == sentence.format(len(epochs) + 1)
    assert (run.epochs()["epoch"].tolist(), status.best_epoch) == (epochs, 1 if epochs else None)
    assert run.model_file.exists() == bool(epochs)
    if epochs:
        assert np.isfinite(load_predictor(run).logits(squares.images[:8])).all()


@pytest.mark.slow
def test_a_run_is_stopped_while_its_teacher_answers(squares, uninterrupted, monkeypatch):
    changes = {"head_epochs": 1, "teachers": uninterrupted.id}
    run = runs.create(preset_config("squares", "frozen", resolution=32, fine_map=False, **changes))
    told = []

    def logits(predictor, faces, *, progress, logits=Predictor.logits):
        def stopping(share, text):
            progress(share, text)
            told.append(run.status().progress)
            run.stop_file.touch()

        return logits(predictor, faces, progress=stopping)

    monkeypatch.setattr(events, "STATUS_SECONDS", 0.0)
    with monkeypatch.context() as patched:
        patched.setattr(Predictor, "logits", logits)
        assert worker.main(run.id) == 0
    assert (run.status().state, len(run.epochs()), run.model_file.exists()) == ("stopped", 0, False)
    assert [(now.phase, now.batch, now.batches, now.epochs) for now in told] == [("teachers", 64, 160, 1)]
    assert told[0].note == "answers of the teachers, 40%"
    assert go_on(run, monkeypatch) == 0
    assert (run.status().state, len(run.epochs())) == ("finished", 1)


@pytest.mark.slow
def test_an_interrupted_run_goes_on_without_its_teacher(squares, uninterrupted, last, monkeypatch, capsys):
    teacher = uninterrupted.path.with_name("teacher")
    shutil.copytree(uninterrupted.path, teacher)
    changes = {"head_epochs": 2, "early_stopping": 0, "teachers": teacher.name}
    run = runs.create(preset_config("squares", "frozen", resolution=32, fine_map=False, **changes))
    saved = []

    def stopping(run, epoch, arrays, facts, save=checkpoint.save):
        save(run, epoch, arrays, facts)
        saved.append(arrays["answers"].copy())
        run.stop_file.touch()

    with monkeypatch.context() as patched:
        patched.setattr(checkpoint, "save", stopping)
        assert worker.main(run.id) == 0
    assert "Computing the answers of teacher 1 of 1." in capsys.readouterr().out
    predictor = load_predictor(uninterrupted)
    faces = squares.images[squares.split("train")["id"].to_numpy()]
    np.testing.assert_allclose(saved[0], predictor.probabilities(predictor.logits(faces)), atol=1e-6)

    runs.delete(runs.open_run(teacher.name))
    assert go_on(run, monkeypatch) == 0
    assert "Computing the answers" not in capsys.readouterr().out
    assert (run.status().state, run.epochs()["epoch"].tolist()) == ("finished", [1, 2])
    np.testing.assert_array_equal(last[run.id].arrays["answers"], saved[0])


class FakeSession:
    """Two epochs without a network, through the real writers; `begin` is called before each."""

    begin = staticmethod(lambda epoch: None)

    def __init__(self, run, dataset, events, *, after_epoch):
        self.run, self.dataset, self.events, self.after_epoch = run, dataset, events, after_epoch
        self.config, self.classes = run.config(), dataset.meta.classes
        self.train, self.validation = dataset.split("train"), dataset.split("validation")
        self.plan, self.selection = SimpleNamespace(sentence="No weights."), SimpleNamespace(duplicates=0)
        self.model, self.frame = SimpleNamespace(count_params=lambda: 1), dataset.meta.frame
        self.epoch, self.best_epoch, self.best_score = 0, None, None

    def fit(self):
        while self.epoch < 2:
            self.epoch += 1
            self.begin(self.epoch)
            self.events.batch(step=self.epoch, epoch=self.epoch, phase="full", loss=1.0, accuracy=0.5)
            self.events.epoch({"epoch": self.epoch, "phase": "full", "loss": 1.0, "accuracy": 0.5, "seconds": 2.0})
            self.best_epoch, self.best_score = self.epoch, self.epoch / 10
            replace(self.run.model_file, lambda temporary: temporary.write_text(f"model of epoch {self.epoch}"))
            self.events.state("running", best_epoch=self.epoch, best_score=self.best_score)
            self.after_epoch(self)

    def snapshot(self):
        return {"weights": np.full(3, self.epoch)}, {"best_epoch": self.best_epoch, "best_score": self.best_score}

    def restore(self, arrays, facts):
        self.epoch = int(arrays["weights"][0])
        self.best_epoch, self.best_score = facts["best_epoch"], facts["best_score"]


@pytest.fixture
def fake(squares, monkeypatch):
    """A queued run for the fake session, which stands in for the real one."""
    module = ModuleType("session")
    module.Session, module.Stopped = FakeSession, KeyboardInterrupt
    monkeypatch.setitem(sys.modules, "fer_core.training.session", module)
    monkeypatch.setattr(worker, "_finish", lambda run, events: None)
    monkeypatch.setattr(events, "BATCH_SECONDS", 0.0)
    monkeypatch.setattr(checkpoint, "SHARE", 1.0)
    return runs.create(preset_config("squares"), name="Fake")


@pytest.mark.parametrize(
    ("file", "best"),
    [
        ("batches.jsonl", "model of epoch 1"),
        ("epochs.csv", "model of epoch 1"),
        ("tensorboard", "model of epoch 1"),
        ("model.keras", "model of epoch 1"),
        ("status.json", "model of epoch 2"),
        ("epoch-000002.checkpoint", "model of epoch 2"),
        ("log.txt", "model of epoch 1"),
    ],
)
def test_a_full_disk_is_said_and_keeps_the_best_model_and_the_checkpoint(fake, file, best, monkeypatch):
    import tensorflow as tf

    run, full, replaced, opened = fake, OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)), os.replace, type(fake.path).open

    def to_place(source, target):
        if os.path.basename(target) == file:
            raise full
        replaced(source, target)

    def append(path, mode="r", *more, **named):
        if path.name == file and "a" in mode:
            raise full
        return opened(path, mode, *more, **named)

    def to_tensorboard(*_, **__):
        raise tf.errors.ResourceExhaustedError(None, None, "events.out.tfevents.1; No space left on device")

    def to_log(*_, **__):
        raise full

    with monkeypatch.context() as patched:

        def fill_up(epoch):
            if epoch == 2:
                patched.setattr(os, "replace", to_place)
                patched.setattr(type(run.path), "open", append)
                if file == "tensorboard":
                    patched.setattr(tf.summary.experimental, "write_raw_pb", to_tensorboard)
                if file == "log.txt":
                    patched.setattr("builtins.print", to_log)
                    patched.setattr("traceback.print_exc", to_log)
                    raise full

        patched.setattr(FakeSession, "begin", staticmethod(fill_up))
        assert worker.main(run.id) == 1
    # Where even the status could not be written, the run says what is true: nobody is at work any more.
    said = "The worker process ended without a word." if file == "status.json" else FULL
    assert (run.status().state, run.status().error) == ("failed", said)
    assert run.model_file.read_text() == best
    assert checkpoint.load(run).epoch == 1
    assert go_on(run, monkeypatch) == 0
    monkeypatch.undo()
    assert (run.status().state, run.status().best_epoch) == ("finished", 2)
    assert run.epochs()["epoch"].tolist() == [1, 2]
    assert run.batches()["step"].tolist() == [1, 2]
    assert run.training().seconds >= 2.0


@pytest.mark.parametrize(
    ("damage", "sentence"),
    [
        ("labels", "Samples or labels of 'squares' have changed since the run began; start a new run."),
        ("checkpoint", "The checkpoints of run 'Fake' are damaged; start a new run with the same settings."),
    ],
)
def test_what_cannot_be_gone_on_from_fails_and_changes_nothing(fake, damage, sentence, monkeypatch):
    with monkeypatch.context() as patched:
        patched.setattr(FakeSession, "begin", staticmethod(lambda epoch: {}[epoch] if epoch == 2 else None))
        assert worker.main(fake.id) == 1
    assert fake.status().error == "Training broke off: KeyError: 2"
    with monkeypatch.context() as patched:
        if damage == "labels":
            patched.setattr(FakeSession, "classes", (), raising=False)
            patched.setattr(worker, "_digest", lambda session: "other labels")
        else:
            (fake.checkpoint / "epoch-000001.checkpoint").write_bytes(b"torn")
        assert go_on(fake, patched) == 1
    assert (fake.status().state, fake.status().error, fake.status().best_epoch) == ("failed", sentence, 1)
    assert (fake.epochs()["epoch"].tolist(), fake.model_file.read_text()) == ([1], "model of epoch 1")


def test_a_run_that_had_not_finished_an_epoch_starts_again(fake, monkeypatch, capsys):
    with monkeypatch.context() as patched:
        patched.setattr(FakeSession, "begin", staticmethod(lambda epoch: {}[epoch]))
        assert worker.main(fake.id) == 1
    fake.epochs_file.write_text("epoch,phase,loss\n1,full,1.0\n")
    assert go_on(fake, monkeypatch) == 0
    assert "The run had not finished an epoch; it starts again from its beginning." in capsys.readouterr().out
    assert fake.epochs()["epoch"].tolist() == [1, 2]
