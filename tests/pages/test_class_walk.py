"""A student walks through every view and presses every button: nothing in the workspace changes, and no work is begun."""

from __future__ import annotations

import re
import threading
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest
from views import buttons, show

from fer_core import processes
from fer_core.classroom.room import Room
from fer_core.classroom.rooms import begin_another
from fer_core.datasets import editing
from fer_core.settings import PROJECT
from pages.ui import access, navigation
from pages.ui.access import Visitor
from pages.ui.drawer import OPEN

PLACES = sorted(
    place
    for page in navigation.pages()
    for place in ([f"{page.place}#{tab}" for tab in page.tabs] if page.tabs else [page.place])
)


@pytest.fixture
def student(workspace, monkeypatch) -> Room:
    """The viewer of the pages is a student of a class, to whom nothing is granted."""
    monkeypatch.setenv("FER_ACCESS", "class")
    lesson = begin_another()
    cookie = lesson.students.join()
    monkeypatch.setattr(access, "viewer", lambda: Visitor({}, {access.student_cookie(): cookie}, "192.168.0.7"))
    return lesson


@pytest.fixture
def begun(monkeypatch) -> list[object]:
    """Processes that were started."""
    found: list[object] = []
    monkeypatch.setattr(processes, "spawn", lambda *given, **_: found.append(given))
    monkeypatch.setattr(processes, "call", lambda *given, **_: found.append(given))
    return found


def files(workspace: Path) -> dict[str, tuple[int, int]]:
    """Every file of the workspace with its time and size; locks that are only looked at aside."""
    found = [file for file in workspace.rglob("*") if file.is_file() and "lock" not in file.name]
    return {str(file.relative_to(workspace)): (file.stat().st_mtime_ns, file.stat().st_size) for file in found}


def walk(at: AppTest, place: str, workspace: Path) -> tuple[list[str], dict[str, list[str]]]:
    """Press every button of a view, and those that appear then; returns them, and {button: files that it changed}."""
    pressed: list[str] = []
    wrote: dict[str, list[str]] = {}
    before = files(workspace)
    while len(pressed) < 80:
        waiting = [one for one in buttons(at) if not one.disabled and (one.key or one.label) not in pressed]
        if not waiting:
            show(at, place)
            waiting = [one for one in buttons(at) if not one.disabled and (one.key or one.label) not in pressed]
        if not waiting:
            return pressed, wrote
        pressed.append(waiting[0].key or waiting[0].label)
        waiting[0].click().run()
        now = files(workspace)
        changed = sorted(name for name in {*before, *now} if before.get(name) != now.get(name))
        if changed:
            wrote[pressed[-1]] = changed
        before = now
    raise AssertionError(f"the buttons of {place} do not end: {pressed}")


@pytest.mark.parametrize("place", PLACES)
def test_no_button_of_a_view_writes(app, place, looking_run, small_dataset, student, workspace, begun):
    editing.decide(small_dataset, [3], "exclude", origin="test")
    at = AppTest.from_file(app, default_timeout=120).run()
    show(at, place)
    assert not at.exception
    _, wrote = walk(at, place, workspace)
    assert wrote == {}
    assert begun == []
    assert [thread.name for thread in threading.enumerate() if thread.name.startswith("work-")] == []
    assert [one.proto.label for one in at.get("file_uploader")] == []


@pytest.mark.parametrize("name", ["drawer-exclude", "drawer-undo", "drawer-relabel"])
def test_no_button_of_a_face_writes(app, answering_run, small_dataset, student, workspace, name):
    editing.decide(small_dataset, [7], "exclude", origin="test")
    at = show(AppTest.from_file(app, default_timeout=120).run(), "data/faces")
    at.session_state[OPEN] = (small_dataset.name, 7)
    at.session_state["drawer-label-7"] = "happy"
    at.run()
    before = files(workspace)
    at.button(name).click().run()
    assert [toast.value.startswith(access.ONLY_READS) for toast in at.toast] == [True]
    assert files(workspace) == before


def test_the_walk_finds_a_button_that_writes(app, looking_run, student, workspace, begun):
    student.grant(["delete"])
    at = show(AppTest.from_file(app, default_timeout=120).run(), "train/runs#All runs")
    _, wrote = walk(at, "train/runs#All runs", workspace)
    assert list(wrote) == ["delete_run_yes"]
    assert any(name.startswith(f"runs/{looking_run.id}/") for name in wrote["delete_run_yes"])


WRITERS = (
    r"\b(?:delete_dataset|import_source|create_synthetic|draw_series|export_dataset|export_run|forget_start|unlink|rmtree)\(|"
    r"\b(?:executors|jobs|study)\.(?:start|resume|stop)\b|runs\.(?:delete|rename)\b|\brun\.write\(|"
    r"\bediting\.(?:decide|undo|tag|relabel_each|take_back)\b|edit_exchange\.(?:bring_in|take_over)\b|question\.keep\(|"
    r"faceless\.forget\("
)
CHECKS = r"\brequire_write\(|\bneeds_write\(|\battempt\b|\bmay_write\("


def test_every_page_that_writes_asks_first():
    pages = {path: path.read_text(encoding="utf-8") for path in (PROJECT / "pages").rglob("*.py")}
    writing = {path for path, text in pages.items() if re.search(WRITERS, text)}
    assert len(writing) > 15
    assert [str(path) for path in writing if not re.search(CHECKS, pages[path])] == []


@pytest.mark.parametrize(("granted", "downloads"), [((), False), (("export",), True)])
@pytest.mark.parametrize("place", ["evaluate/scores#Scores", "evaluate/share#Report"])
def test_predictions_and_reports_are_taken_away_where_it_is_granted(app, run, student, place, granted, downloads):
    student.grant(granted)
    at = show(AppTest.from_file(app, default_timeout=120).run(), place)
    found = [one.proto.disabled for one in at.get("download_button")]
    assert found
    assert found == [not downloads] * len(found)
