"""What TensorBoard would read, without TensorBoard."""

from fer_core import runs
from fer_core.runs.config import preset_config
from fer_core.runs.records import Status
from fer_core.training.events import EventWriter

ROWS = [
    {"epoch": 1, "phase": "head", "loss": 1.5, "val_accuracy": 0.25, "images_per_second": 80.0},
    {"epoch": 2, "phase": "full", "loss": 1.25, "val_accuracy": 0.5, "images_per_second": 20.0},
]


def test_epochs_reach_the_table_and_tensorboard_alike(workspace):
    import tensorflow as tf

    run = runs.create(preset_config("faces", "frozen"))
    writer = EventWriter(run, Status(state="running"))
    for row in ROWS:
        writer.epoch(row)
    assert run.epochs().to_dict("records") == ROWS
    (file,) = run.tensorboard.glob("events.out.tfevents.*")
    names = ("loss", "val_accuracy", "images_per_second")
    events = tf.compat.v1.train.summary_iterator(str(file))
    found = [(event.step, value.tag, value.simple_value) for event in events for value in event.summary.value]
    assert found == [(row["epoch"], name, row[name]) for row in ROWS for name in names]
