"""docs/commands.md names every command, option, setting, variable and JSON key, and none that does not exist."""

from __future__ import annotations

import argparse
import json
import re
from collections.abc import Iterator
from typing import Any

import clips
import pytest

from fer_core import cli
from fer_core.backbones import BACKBONES
from fer_core.explain.methods import METHODS
from fer_core.runs.config import Augmentation, RunConfig, allowed
from fer_core.settings import PROJECT, Settings

PAGE = (PROJECT / "docs" / "commands.md").read_text(encoding="utf-8")
PHOTO = str(PROJECT / "tests" / "fixtures" / "astronaut.jpg")
SECTIONS = dict(re.findall(r"^### (\S+)\n(.*?)(?=^##? |^### |\Z)", PAGE, re.M | re.S))


def _parsers() -> dict[str, argparse.ArgumentParser]:
    actions = cli._parser()._actions
    return next(action.choices for action in actions if isinstance(action, argparse._SubParsersAction))


def _names(parser: argparse.ArgumentParser) -> set[str]:
    """Options by their names, positional arguments by their name in capitals; `--help` is every command's."""
    actions = [action for action in parser._actions if "--help" not in action.option_strings]
    return {name for action in actions for name in action.option_strings or [str(action.metavar or action.dest).upper()]}


def _cells(section: str, heading: str) -> list[str]:
    """What stands between backticks in the first column of the table below `heading`."""
    table = re.search(rf"^\| {heading} \|.*\n\|[-|]+\n((?:\|.*\n)+)", section, re.M)
    return [name for row in table[1].splitlines() for name in re.findall(r"`([^`]+)`", row.split("|")[1])] if table else []


def _leaves(value: Any, path: str = "") -> Iterator[str]:
    if isinstance(value, dict) and value:
        for key, inner in value.items():
            yield from _leaves(inner, f"{path}.{key}" if path else key)
    elif isinstance(value, list) and value and isinstance(value[0], dict):
        for inner in value:
            yield from _leaves(inner, f"{path}[]")
    else:
        yield path


def _matches(path: str, documented: str, *, empty: bool = False) -> bool:
    pattern = "".join("[^.]+" if part.isupper() else re.escape(part) for part in re.split(r"([A-Z_]+)", documented))
    return re.fullmatch(pattern, path) is not None or (empty and documented.startswith((f"{path}.", f"{path}[")))


def test_every_command_is_documented():
    assert set(SECTIONS) == set(_parsers())
    assert set(re.findall(r"^\| \[(\S+)\]\(#", PAGE, re.M)) == set(_parsers())


@pytest.mark.parametrize("command", sorted(_parsers()))
def test_every_option_is_documented(command):
    parser = _parsers()[command]
    assert set(_cells(SECTIONS[command], "Option")) == _names(parser)
    synopsis = re.search(r"\n((?:    .*\n)+)", SECTIONS[command])[1]
    assert {name for name in _names(parser) if name not in synopsis} == set()


def test_every_setting_is_documented_with_what_it_may_be_and_its_default():
    documented = {
        key: (may, default) for key, may, default in re.findall(r"^\| `([\w.]+)` \| ([^|]+) \| ([^|]*) ?\|", PAGE, re.M)
    }
    fields = {key: field for key, field in RunConfig.model_fields.items() if key not in ("dataset", "preset")}
    fields |= {f"augmentation.{key}": field for key, field in Augmentation.model_fields.items()}
    assert {key for key in fields if key not in documented} == set()
    for key, field in fields.items():
        may, default = documented[key]
        assert may == allowed(key), key
        if not isinstance(field.default, Augmentation):
            assert default.strip() == _written(field.default), key


def _written(default: Any) -> str:
    if isinstance(default, bool):
        return str(default).lower()
    return "none" if default is None else f"{default:g}" if isinstance(default, int | float) else "".join(default)


@pytest.mark.parametrize("table", [BACKBONES, METHODS], ids=["backbones", "methods"])
def test_every_row_of_a_table_is_named(table):
    assert {name for name in table if f"`{name}`" not in PAGE} == set()


def test_every_variable_is_documented_with_its_default():
    documented = dict(re.findall(r"^\| `FER_(\w+)` \| ([^|]+) \|", PAGE, re.M))
    assert {f"{key.upper()}" for key in Settings.model_fields} <= set(documented)
    for key, field in Settings.model_fields.items():
        if isinstance(field.default, int):
            assert documented[key.upper()] == f"{field.default:,}"


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """A workspace with 60 drawn faces, and a folder for files with a clip in it."""
    folder = tmp_path_factory.mktemp("documented")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FER_WORKSPACE", str(folder / "workspace"))
        clips.write(folder / "clip.mp4", clips.one_leaves, 3)
        assert cli.main(["synthetic", "--name", "Drawn", "--count", "60", "--seed", "1"]) == 0
        yield folder


ONLY_WITH_VOTES = {"votes.divergence", "votes.majority"}
"""Keys of `evaluate --labels crowd`, which needs a data set with votes; tests/evaluation/test_crowd.py has one."""

COMMANDS = (
    ["synthetic", "--name", "Few", "--count", "20"],
    ["datasets"],
    ["export-dataset", "Drawn", "--out", "{folder}/drawn.zip"],
    ["import", "{folder}/drawn.zip", "--name", "Again"],
    ["audit", "Drawn"],
    ["edits", "Drawn"],
    ["weights"],
    ["runs"],
    ["evaluate", "bundled", "--dataset", "Drawn", "--split", "test"],
    ["robustness", "bundled", "--dataset", "Drawn", "--limit", "10"],
    ["predict", PHOTO, "--model", "bundled"],
    ["video", "{folder}/clip.mp4", "--model", "bundled", "--out", "{folder}/clip.csv"],
)


@pytest.mark.parametrize("arguments", COMMANDS, ids=lambda arguments: arguments[0])
def test_the_keys_of_a_json_document_are_those_documented(arguments, drawn, capsys):
    assert cli.main([*(part.format(folder=drawn) for part in arguments), "--json"]) == 0
    _compare(arguments[0], set(_leaves(json.loads(capsys.readouterr().out))))


def test_the_keys_of_a_study_are_those_documented(drawn, capsys):
    asked = ["--dataset", "Drawn", "--preset", "quick", "--vary", "resolution=48,64", "--seeds", "2"]
    paths: set[str] = set()
    for arguments in (["create", "Two sizes", *asked], ["status", "Two sizes"], ["show", "Two sizes"]):
        assert cli.main(["study", *arguments, "--json"]) == 0
        paths |= set(_leaves(json.loads(capsys.readouterr().out)))
    _compare("study", paths)


def _compare(command: str, paths: set[str]) -> None:
    documented = _cells(SECTIONS[command], "JSON key")
    empty = {path for path in paths if "." not in path.removeprefix("[].")}
    unknown = {path for path in paths if not any(_matches(path, name, empty=path in empty) for name in documented)}
    assert unknown == set()
    unused = {name for name in documented if not any(_matches(path, name, empty=path in empty) for path in paths)}
    assert unused <= ONLY_WITH_VOTES
