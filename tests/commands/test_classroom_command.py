"""The command `classroom`: what it prints at once, what it starts, and what it refuses."""

import re
import socket

import pytest
from filelock import FileLock

from fer_core import cli
from fer_core.classroom import addresses, lesson_file
from fer_core.classroom.rooms import room
from fer_core.commands import classroom


@pytest.fixture
def started(workspace, monkeypatch) -> list[tuple[list[str], dict[str, str]]]:
    """What the command has started in place of itself."""
    found: list[tuple[list[str], dict[str, str]]] = []
    monkeypatch.setattr(classroom, "_run", lambda words, environment: found.append((words, environment)) or 0)
    return found


@pytest.fixture
def port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def test_addresses_are_printed_before_anything_is_started(started, port, capsys, workspace):
    assert cli.main(["classroom", "--port", str(port), "--address", "lab.local"]) == 0
    words, environment = started[0]
    printed = capsys.readouterr().out
    key = re.search(rf"http://lab\.local:{port}/lesson\?view=Class&key=(\S{{43}})\n", printed)[1]
    assert f"http://lab.local:{port}/join/{room().code}\n" in printed
    assert (environment["FER_ACCESS"], environment["FER_KEY"], environment["FER_HOST"]) == ("class", key, "lab.local")
    assert environment["FER_WORKSPACE"] == str(workspace)
    assert words[words.index("--server.address") + 1] == "0.0.0.0"
    assert key not in " ".join(words), "everybody on the computer can read the command line"
    assert key not in (workspace / "classroom" / "lesson.jsonl").read_text()


def test_the_next_start_goes_on_with_the_lesson_and_has_another_key(started, port):
    for _ in range(2):
        assert cli.main(["classroom", "--port", str(port)]) == 0
    assert started[0][1]["FER_KEY"] != started[1][1]["FER_KEY"]


def test_https(started, port, tmp_path, capsys):
    files = [tmp_path / "cert.pem", tmp_path / "key.pem"]
    for file in files:
        file.touch()
    assert cli.main(["classroom", "--port", str(port), "--certificate", str(files[0]), "--key", str(files[1])]) == 0
    assert started[0][0][-4:] == ["--server.sslCertFile", str(files[0]), "--server.sslKeyFile", str(files[1])]
    assert f"https://{addresses.own_address()}:{port}/join/" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["--certificate", "cert.pem"], "HTTPS needs both"),
        (["--certificate", "none.pem", "--key", "none.key"], "There is no file none.pem"),
        (["--port", "0"], "--port must be 1 to 65535"),
        (["--port", "70000"], "--port must be 1 to 65535"),
    ],
)
def test_refused(started, options, sentence, capsys):
    assert cli.main(["classroom", *options]) == 2
    assert sentence in capsys.readouterr().err
    assert started == []


def test_a_port_in_use_is_refused(started, capsys):
    with socket.socket() as holder:
        holder.bind(("0.0.0.0", 0))
        holder.listen()
        assert cli.main(["classroom", "--port", str(holder.getsockname()[1])]) == 2
    assert "cannot be used" in capsys.readouterr().err


def test_two_apps_on_one_workspace_are_refused(started, port, workspace, capsys):
    workspace.mkdir()
    with FileLock(lesson_file.lock_file()):
        assert cli.main(["classroom", "--port", str(port)]) == 2
    assert "Another app serves a class" in capsys.readouterr().err
    assert cli.main(["classroom", "--port", str(port)]) == 0


@pytest.mark.parametrize(
    ("host", "port", "secure", "expected"),
    [
        ("lab.local", 8501, False, "http://lab.local:8501"),
        ("::1", 8501, True, "https://[::1]:8501"),
        ("lab.local", 443, True, "https://lab.local"),
        ("lab.local", 80, False, "http://lab.local"),
    ],
)
def test_addresses(host, port, secure, expected):
    assert addresses.base_address(host, port, secure=secure) == expected
    assert addresses.base_address(host, port, secure=secure, path="fer") == f"{expected}/fer"


def test_the_qr_code_is_a_picture_of_its_own():
    code = addresses.qr_code("http://lab.local:8501/join/ABCDEF")
    assert code.startswith("data:image/svg+xml;charset=utf-8,%3Csvg")
    assert "lab.local" not in code
