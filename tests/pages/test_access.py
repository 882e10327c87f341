"""Who may change something: by the setting, where the request came from, and the key; and what the server adds to answers."""

import asyncio
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

import pytest
from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from streamlit import config
from views import buttons, view, words

from fer_core import processes, runs
from fer_core.datasets import store
from fer_core.errors import InputError
from fer_core.settings import PROJECT
from pages.parts import serving
from pages.ui import access, evaluation_data, work
from pages.ui.access import Visitor

HERE = {"host": "localhost:8501"}


@pytest.fixture
def bound(monkeypatch):
    """`bound(address)`: the server listens there."""
    usual = config.get_option

    def bind(address: str | None) -> None:
        monkeypatch.setattr(config, "get_option", lambda name: address if name == "server.address" else usual(name))

    bind("localhost")
    return bind


def visitor(headers: Mapping[str, str] = HERE, *, key: str = "", address: str | None = "127.0.0.1") -> Visitor:
    return Visitor(headers, {access.cookie_name(): key} if key else {}, address)


@pytest.mark.parametrize(
    ("asking", "here", "expected"),
    [
        (visitor(), "localhost", True),
        (visitor({"host": "127.0.0.1:8501"}), "127.0.0.1", True),
        (visitor({"host": "[::1]:8501"}, address="::1"), "::1", True),
        (visitor(), "0.0.0.0", False),
        (visitor(), None, False),
        (visitor(address="192.168.0.7"), "localhost", False),
        (visitor(address=None), "localhost", False),
        (visitor({"host": "lab.example.org"}), "localhost", False),
        (visitor({"host": "localhost.example.org:8501"}), "localhost", False),
        (visitor({}), "localhost", False),
        (visitor({**HERE, "x-forwarded-for": "10.0.0.1"}), "localhost", False),
        (visitor({**HERE, "x-forwarded-proto": "https"}), "localhost", False),
        (visitor({**HERE, "forwarded": "for=10.0.0.1"}), "localhost", False),
        (visitor({**HERE, "via": "1.1 proxy"}), "localhost", False),
        (visitor({**HERE, "cf-connecting-ip": "10.0.0.1"}), "localhost", False),
        (visitor({"host": "lab.example.org", "x-forwarded-for": "10.0.0.1"}, key=access.KEY), "localhost", True),
        (visitor(key=access.KEY, address="192.168.0.7"), "0.0.0.0", True),
        (visitor(key="wrong", address="192.168.0.7"), "0.0.0.0", False),
    ],
)
def test_local_is_for_who_sits_at_the_computer(bound, asking, here, expected):
    bound(here)
    assert access.may(asking) is expected


@pytest.mark.parametrize(
    ("setting", "key", "expected"),
    [
        ("key", "", False),
        ("key", access.KEY, True),
        ("key", access.KEY[:-1], False),
        ("read", access.KEY, False),
        ("read", "", False),
    ],
    ids=["none", "whole", "short", "reading", "reading without"],
)
def test_the_setting_decides_for_everybody(bound, monkeypatch, setting, key, expected):
    monkeypatch.setenv("FER_ACCESS", setting)
    assert access.may(visitor(key=key)) is expected


def test_another_setting_is_refused(monkeypatch):
    monkeypatch.setenv("FER_ACCESS", "open")
    with pytest.raises(InputError, match="FER_ACCESS is not usable"):
        access.may_write()


def ask(path: str, query: str = "", *, method: str = "GET", **headers: str) -> tuple[int, Headers]:
    """Status and headers of what the guard, with a page behind it, answers who comes through a name from outside."""
    said: list[dict] = []

    async def receive() -> dict:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: dict) -> None:
        said.append(message)

    names = {"host": "lab.example.org", **{name.replace("_", "-"): value for name, value in headers.items()}}
    scope = {
        "type": "http",
        "method": method,
        "scheme": "https",
        "path": path,
        "query_string": query.encode(),
        "headers": [(name.encode(), value.encode()) for name, value in names.items()],
        "client": ("127.0.0.1", 4000),
    }
    asyncio.run(serving.Guard(PlainTextResponse("page"))(scope, receive, send))
    return said[0]["status"], Headers(raw=said[0]["headers"])


def test_a_key_in_an_address_becomes_a_cookie_that_scripts_cannot_read():
    status, headers = ask("/overview", f"dataset=A%26B&key={access.KEY}")
    assert (status, headers["location"]) == (303, "./overview?dataset=A%26B")
    words = {word.strip() for word in headers["set-cookie"].split(";")}
    assert words == {f"{access.cookie_name()}={access.KEY}", "HttpOnly", "Path=/", "SameSite=Strict", "Secure"}
    assert ask("/", f"key={access.KEY}")[1]["location"] == "./"
    assert ask("/overview", "dataset=A%26B")[0] == 200


@pytest.mark.parametrize("key", ["", "wrong", "%C3%A4", access.KEY + "x"], ids=["none", "wrong", "letters", "long"])
def test_another_key_is_no_key(key):
    status, headers = ask("/overview", f"key={key}")
    assert status == 303
    assert "set-cookie" not in headers


@pytest.mark.parametrize("path", ["/https:example.org", "//example.org", "/\\example.org", "/a\r\nset-cookie: b=c"])
def test_no_address_leads_elsewhere(path):
    headers = ask(path, "key=x")[1]
    assert headers["location"].startswith("./")
    assert "set-cookie" not in headers


def test_the_app_stands_in_no_frame():
    headers = ask("/")[1]
    assert headers["x-frame-options"] == "DENY"
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert "img-src 'self' data: blob:" in headers["content-security-policy"]


@pytest.mark.parametrize(
    ("sent", "key", "status"),
    [("1000", "", 200), ("32000000", "", 403), ("32000000", access.KEY, 200)],
    ids=["small", "large", "with key"],
)
def test_large_uploads_need_the_key(sent, key, status):
    cookie = f"{access.cookie_name()}={key}"
    assert ask("/_stcore/upload_file/a/b", method="PUT", content_length=sent, cookie=cookie)[0] == status


@pytest.mark.parametrize(
    ("address", "setting", "printed"),
    [("localhost", "local", False), ("localhost", "key", True), ("0.0.0.0", "local", True), ("0.0.0.0", "read", False)],
)
def test_the_key_is_printed_where_it_is_needed(bound, monkeypatch, capsys, tmp_path, address, setting, printed):
    monkeypatch.setenv("FER_ACCESS", setting)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    bound(address)

    async def start() -> None:
        async with serving.lifespan(None):
            pass

    asyncio.run(start())
    assert (f"http://localhost:8501/?key={access.KEY}" in capsys.readouterr().out) is printed


@pytest.fixture
def looking_on(monkeypatch):
    """The viewer of the pages has no key."""
    monkeypatch.setattr(access, "viewer", lambda: visitor(address="192.168.0.7"))


@pytest.mark.parametrize("path", ["data/import_export", "train/new_run"])
def test_views_that_only_change_things_show_no_field(app, finished_run, looking_on, path):
    at = view(app, path)
    assert [info.value for info in at.info] == [f"{access.ONLY_READS}; {access._what_to_do()}."]
    assert [*at.main.text_input, *buttons(at), *at.main.get("file_uploader")] == []


def test_who_looks_on_changes_nothing(app, no_bundled_run, run, looking_on, workspace):
    def files() -> dict[Path, int]:
        return {file: file.stat().st_mtime_ns for file in workspace.rglob("*") if file.is_file() and "lock" not in file.name}

    before = files()
    at = view(app, "train/runs").button("delete_run").click().run()
    at = at.button("delete_run_yes").click().run()
    assert [toast.value.startswith(access.ONLY_READS) for toast in at.toast] == [True]
    assert [button.disabled for button in at.button if button.label == "Save"] == [True]
    at = view(app, "data/import_export#Export").button("export-go").click().run()
    assert [error.value.startswith(access.ONLY_READS) for error in at.error] == [True]
    at = view(app, "evaluate/stress").button("robustness-go").click().run()
    assert [error.value.startswith(access.ONLY_READS) for error in at.error] == [True]
    assert files() == before


def test_functions_that_write_ask_first(app, run, looking_on):
    from pages.data.parts import dataset_forms, edit_forms, import_order
    from pages.train.parts import run_forms
    from pages.ui.edit_actions import attempt

    data = store.open_dataset("Small")
    done: list[str] = []
    assert attempt(done.append, "edited") is False
    run_forms._try(lambda _: done.append("deleted"), run)
    with pytest.raises(InputError, match="You look on here"):
        dataset_forms._delete("Small")
    with pytest.raises(InputError, match="You look on here"):
        dataset_forms._draw("Drawn", 100, 0, overwrite=True)
    for start in (import_order.start_look, import_order.start_import):
        with pytest.raises(InputError, match="You look on here"):
            start(import_order.Order(Path("x.zip"), "X", None))
    with pytest.raises(InputError, match="You look on here"):
        work.start_work("key", "Counting", done.append)
    edit_forms._bring(data, None)
    assert done == []
    assert store.dataset_names() == ["Small"]
    assert [each.id for each in runs.list_runs() if not each.read_only] == [run.id]


def test_an_upload_that_a_killed_app_left_is_swept(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    code = """
import time
from fer_core.processes import temporary_folder
with temporary_folder() as folder:
    (folder / "faces.zip").touch()
    print(folder, flush=True)
    time.sleep(600)
"""
    killed = subprocess.Popen(
        [sys.executable, "-c", code],
        cwd=PROJECT,
        env={**os.environ, "TMPDIR": str(tmp_path)},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert killed.stdout is not None
    folder = Path(killed.stdout.readline().strip())
    processes.sweep_temporary()
    assert (folder / "faces.zip").is_file(), "an import under way keeps its upload"
    killed.send_signal(signal.SIGKILL)
    killed.wait(timeout=60)
    killed.stdout.close()
    (tmp_path / "other").mkdir()
    end = time.monotonic() + 60
    while folder.exists() and time.monotonic() < end:
        processes.sweep_temporary()
    assert [path.name for path in tmp_path.iterdir()] == ["other"]


def test_a_large_split_is_not_predicted_for_who_looks_on(app, no_bundled_run, run, looking_on, monkeypatch):
    monkeypatch.setattr(evaluation_data, "AUTOMATIC", 4)
    run.forget_predictions()
    at = view(app, "evaluate/scores")
    assert "The run has no predictions for **Small / test** yet" in words(at)
    assert [button.label for button in buttons(at)] == []
