"""The house: which package may import which, that nothing goes in circles, and that no module is long."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
SECTIONS = ("data", "train", "evaluate", "explain", "try_it", "learn")

GROUND = ("backbones", "errors", "escape", "files", "labels", "numbers", "processes", "progress", "settings")
RANKS: tuple[tuple[str, ...], ...] = (
    GROUND,
    ("runs",),
    ("photos",),
    ("datasets", "models"),
    ("predictor", "features"),
    ("evaluation",),
    ("training",),
    ("explain",),
    ("studies",),
    ("lesson",),
    ("figures",),
    ("report", "classroom"),
    ("exporting",),
    ("commands",),
    ("cli",),
    ("__main__",),
)
RANK = {name: level for level, names in enumerate(RANKS) for name in names}


def _module(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def _imports(top: str) -> dict[str, set[str]]:
    """{module: modules of the project that it imports, wherever in the file}."""
    paths = {_module(path): path for folder in ("fer_core", "pages") for path in (ROOT / folder).rglob("*.py")}
    found: dict[str, set[str]] = {}
    for name, path in paths.items():
        if name.split(".")[0] != top:
            continue
        found[name] = set()
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
                targets = [f"{node.module}.{alias.name}" for alias in node.names]
                found[name] |= {target if target in paths else node.module for target in targets} & set(paths)
            elif isinstance(node, ast.Import):
                found[name] |= {alias.name for alias in node.names} & set(paths)
    return found


CORE = _imports("fer_core")
PAGES = _imports("pages")


def _room(module: str) -> str:
    parts = module.split(".")
    return parts[1] if len(parts) > 1 else ""


def test_every_room_of_fer_core_has_a_rank():
    assert {_room(module) for module in CORE} - {""} <= set(RANK)


def test_the_ground_floor_has_at_most_eleven_modules():
    modules = [path.stem for path in (ROOT / "fer_core").glob("*.py") if not path.stem.startswith("__")]
    assert len(modules) <= 11, sorted(modules)


def test_imports_point_down():
    up = [
        f"{module} -> {target}"
        for module, targets in CORE.items()
        for target in sorted(targets)
        if _room(target)
        and _room(module)
        and _room(module) != _room(target)
        and (
            RANK[_room(target)] > RANK[_room(module)] or (RANK[_room(target)] == RANK[_room(module)] and RANK[_room(module)] > 0)
        )
    ]
    assert up == []


def test_there_are_no_circles():
    state: dict[str, int] = {}
    circles: list[str] = []

    def visit(module: str, way: tuple[str, ...]) -> None:
        if state.get(module) == 1:
            circles.append(" -> ".join([*way[way.index(module) :], module]))
        if module in state:
            return
        state[module] = 1
        for target in sorted(CORE.get(module, ())):
            visit(target, (*way, module))
        state[module] = 2

    for module in sorted(CORE):
        visit(module, ())
    assert circles == []


def test_fer_core_imports_no_streamlit_and_no_page():
    for path in (ROOT / "fer_core").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            names = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            names += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            assert not [name for name in names if name.split(".")[0] in ("streamlit", "pages")], path


@pytest.mark.parametrize("section", SECTIONS)
def test_no_section_of_pages_imports_another(section):
    others = tuple(f"pages.{name}" for name in SECTIONS if name != section)
    wrong = {
        f"{module} -> {target}"
        for module, targets in PAGES.items()
        if module.split(".")[1:2] == [section]
        for target in targets
        if target in others or target.startswith(tuple(f"{other}." for other in others))
    }
    assert wrong == set()


def test_neither_the_shared_room_nor_the_frames_parts_import_a_section():
    inside = tuple(f"pages.{name}" for name in SECTIONS)
    shared = {module: targets for module, targets in PAGES.items() if module.startswith(("pages.ui", "pages.parts"))}
    assert [
        f"{module} -> {target}" for module, targets in shared.items() for target in targets if target.startswith(inside)
    ] == []


def test_sections_and_the_shared_room_import_nothing_of_the_frame():
    above = ("pages.frame", "pages.home", "pages.parts")
    below = {
        module: targets for module, targets in PAGES.items() if module.split(".")[1:2] in [[name] for name in (*SECTIONS, "ui")]
    }
    assert [f"{module} -> {target}" for module, targets in below.items() for target in targets if target.startswith(above)] == []


def test_the_shared_room_is_small():
    files = sorted((ROOT / "pages" / "ui").glob("*.py"))
    assert len(files) <= 25, [path.name for path in files]
    assert sum(len(path.read_text(encoding="utf-8").splitlines()) for path in files) <= 2500


def test_no_module_is_longer_than_300_lines():
    paths = [path for folder in ("fer_core", "pages", "benchmarks") for path in sorted((ROOT / folder).rglob("*.py"))]
    lengths = {str(path.relative_to(ROOT)): len(path.read_text(encoding="utf-8").splitlines()) for path in paths}
    assert {name: length for name, length in lengths.items() if length > 300} == {}


def test_every_page_has_one_file_of_tests():
    pages = [path for section in SECTIONS for path in (ROOT / "pages" / section).glob("*.py")]
    wanted = {f"test_{path.parent.name}_{path.stem}.py" for path in pages} | {"test_home.py"}
    assert wanted - {path.name for path in (ROOT / "tests" / "pages").glob("*.py")} == set()


def test_what_is_shared_is_used_by_two():
    """What one section alone uses, or the frame, is beside it."""

    def users(shared: str) -> set[str]:
        return {module.split(".")[1] for module, targets in PAGES.items() if shared in targets and module != shared}

    shared = [module for module in PAGES if module.startswith("pages.ui.")]
    assert {module: users(module) for module in shared if len(users(module)) < 2 and users(module) != {"ui"}} == {}


def test_the_architecture_page_shows_these_ranks():
    page = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    table = re.search(r"## Imports point down\n\n((?:    .+\n)+)", page)
    assert table is not None
    assert [set(line.split()) for line in reversed(table[1].splitlines())] == [set(names) for names in RANKS]
