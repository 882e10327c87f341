"""The list of what is at work: runs and studies on disk, and long work of this process."""

import os

from fer_core import progress, runs
from fer_core.runs.config import preset_config
from fer_core.runs.records import Stage, Status
from fer_core.studies import creation, study
from fer_core.studies.at_work import at_work
from fer_core.studies.work import stage


def test_all_that_is_at_work_is_listed_and_can_be_stopped(workspace, hold):
    made = {}
    here = Stage(phase="full", epoch=3, epochs=4, batch=1, batches=2, seconds_left=12.0)
    for name, state, created in (("Waits", "queued", 1.0), ("Works", "running", 2.0), ("Done", "finished", 3.0)):
        run = made[name] = runs.create(preset_config("faces", "frozen"), name=name)
        run.write(Status(state=state, created=created, pid=os.getpid(), progress=here if state == "running" else Stage()))
        hold(run)
    gone = runs.create(preset_config("faces", "frozen"), name="Gone")
    gone.write(Status(state="running", pid=os.getpid()))
    creation.create("Sizes", "faces")
    creation.create("Ended", "faces")
    job = study.open_study("Sizes")
    note = "the recipe, seed 1"
    here = stage("study", 4, 12, note=note, share=0.5, seconds_left=60.0)
    job.write(Status(state="running", pid=os.getpid(), progress=here))
    hold(job)
    study.open_study("Ended").write(Status(state="stopped"))
    work = progress.Work("Exporting Mine")
    with progress.listed(work):
        work(0.5, "Half")
        tasks = at_work()
        assert [(task.kind, task.title, task.text, task.share, task.seconds_left) for task in tasks] == [
            ("training", "Works", "full", 0.625, 12.0),
            ("training", "Waits", "queued", 0.0, None),
            ("study", "Sizes", "the recipe, seed 1", 0.375, 60.0),
            ("work", "Exporting Mine", "Half", 0.5, None),
        ]
        for task in tasks:
            task.stop()
        assert [task.text for task in at_work()] == ["stopping", "queued", "stopping", "stopping"]
    assert (made["Works"].stopping, made["Waits"].stopping, made["Done"].stopping, job.stopping) == (True, True, False, True)
