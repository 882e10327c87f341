"""The browser's pages and scripts in one piece: parts put into a page, and modules that import each other as one script.

A page from the disk can start a worker of a classic script alone: Chromium loads no module there (seen with Chromium 156).
"""

from __future__ import annotations

import re
from pathlib import Path

from fer_core.settings import PROJECT

STATIC = PROJECT / "pages" / "static"
"""Where the scripts lie that a browser fetches."""

LIVE = STATIC / "live"
"""Live, Teach it and the demo: pages, styles and scripts."""

_PART = re.compile(r" *<!-- (\S+\.html) -->\n")
_IMPORT = re.compile(r"^import (?:\{(?P<names>[^}]+)\}|\* as (?P<whole>\w+)) from '(?P<path>[^']+)';$", re.MULTILINE)
_EXPORT = re.compile(r"^export (?=(?:async )?(?:function|class|const|let) (\w+))", re.MULTILINE)
_LIST = re.compile(r"^(.*)export\s*\{([^}]+)\};?\s*$", re.DOTALL)
_AS = re.compile(r"\s*(\w+) as (\w+)\s*$")


def page(name: str) -> str:
    """Read a page of Live, Teach it or the demo, with `<!-- FILE.html -->` replaced by that part, which pages share."""
    return _PART.sub(lambda part: page(part[1]), (LIVE / name).read_text(encoding="utf-8"))


def bundled(entry: Path) -> str:
    """Put a module and all that it imports into one script, each in a function of its own; what it exports is left out.

    It knows what the scripts of this project use: `import {a, b as c}` and `import * as a` of files, each on lines of its own
    up to its semicolon; `export` before a function, a class or one constant; and one `export {a as b}` at the end, as packed
    libraries have it. A module must not wait (`await`) outside of its functions; its address is that of the page or the worker.

    Args:
        entry: the module's file.
    """
    order: dict[Path, str] = {}
    _add(entry.resolve(), order)
    names = {path: f"module_{number}" for number, path in enumerate(order)}
    return "\n".join(f"const {names[path]} = (() => {{\n{_wrapped(path, text, names)}\n}})();" for path, text in order.items())


def _add(path: Path, order: dict[Path, str]) -> None:
    """Put a module into `order`, after those that it imports."""
    if path in order:
        return
    text = path.read_text(encoding="utf-8")
    for statement in _IMPORT.finditer(text):
        _add((path.parent / statement["path"]).resolve(), order)
    order[path] = text


def _wrapped(path: Path, text: str, names: dict[Path, str]) -> str:
    def imported(statement: re.Match[str]) -> str:
        source = names[(path.parent / statement["path"]).resolve()]
        taken = statement["whole"] or "{" + statement["names"].replace(" as ", ": ") + "}"
        return f"const {taken} = {source};"

    body = _IMPORT.sub(imported, text).replace("import.meta.url", "location.href")
    given = _LIST.match(body)
    if given is not None:
        pairs = [_AS.match(part) or re.match(r"\s*(\w+)()\s*$", part) for part in given[2].split(",")]
        exports = [f"{pair[2] or pair[1]}: {pair[1]}" for pair in pairs if pair is not None and pair[2] != "default"]
        return f"{given[1]}\nreturn {{{', '.join(exports)}}};"
    exports = [export[1] for export in _EXPORT.finditer(body)]
    return f"{_EXPORT.sub('', body)}\nreturn {{{', '.join(exports)}}};"
