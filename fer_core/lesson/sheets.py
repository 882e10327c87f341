"""A sheet is a Markdown file that a lecturer edits: settings between two lines of `---`, words, and parts under headings."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass, replace
from pathlib import Path

from fer_core.errors import InputError

FENCE = "---"


@dataclass(frozen=True)
class Sheet:
    """One file, read.

    Attributes:
        file: its name.
        name: what it is called in addresses: the file's name without number and ending, `03-network.md` -> `network`.
        settings: {key: value} from the top, as text.
        text: the words up to the first known heading.
        parts: {heading in lower case: the words under it}, for the known headings that are there.
        lines: the whole file, line by line.
    """

    file: str
    name: str
    settings: dict[str, str]
    text: str
    parts: dict[str, str]
    lines: tuple[str, ...] = ()

    def wrong(self, what: str, *, at: str = "", line: int = 0) -> InputError:
        """An error about this file: the sentence begins with its name, and the line where it is known.

        Args:
            what: is wrong, and what to write.
            at: setting that is wrong.
            line: number of the line that is wrong, from 1.
        """
        if at:
            line = next((number for number, text in enumerate(self.lines, start=1) if text.partition(":")[0].strip() == at), 0)
        return InputError(f"{self.file}{f', line {line}' if line else ''}: {what}")


def read_sheets(
    folder: Path, *, required: Collection[str], optional: Collection[str] = (), parts: Collection[str] = ()
) -> tuple[Sheet, ...]:
    """All `.md` files of a folder, in the order of their names.

    Args:
        folder: where they lie.
        required: settings that each must have.
        optional: settings that each may have; none but these are known, and an empty one counts as left out.
        parts: second-level headings (lower case) that begin a part; other headings belong to the words.

    Raises:
        InputError: there is none, one cannot be read, or its settings are not usable; the sentence names the file.
    """
    files = sorted(folder.glob("*.md"))
    if not files:
        raise InputError(f"There is no .md file in the folder {folder.name}; put at least one there.")
    sheets = tuple(_sheet(path, required, optional, parts) for path in files)
    seen: dict[str, str] = {}
    for sheet in sheets:
        if sheet.name in seen:
            raise sheet.wrong(f"it has the same name as {seen[sheet.name]} but for the number; rename one of them.")
        seen[sheet.name] = sheet.file
    return sheets


def _sheet(path: Path, required: Collection[str], optional: Collection[str], parts: Collection[str]) -> Sheet:
    name = re.sub(r"^\d+[-_ ]*", "", path.stem).lower()
    blank = Sheet(path.name, name, {}, "", {})
    if not re.fullmatch(r"[a-z0-9_-]+", name):
        raise blank.wrong("a file is named by a number and a word of letters, digits and hyphens, such as 03-network.md.")
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise blank.wrong("it cannot be read; save it as plain text in UTF-8.") from error
    blank = replace(blank, lines=tuple(lines))
    if not lines or lines[0].strip() != FENCE:
        raise blank.wrong(f"its first line must be {FENCE}, with the settings below it.")
    end = next((number for number, line in enumerate(lines) if number and line.strip() == FENCE), None)
    if end is None:
        raise blank.wrong(f"a second line of {FENCE} must end the settings.")
    settings = _settings(blank, lines[1:end], (*required, *optional))
    missing = [key for key in required if key not in settings]
    if missing:
        raise blank.wrong(f"the setting '{missing[0]}' is missing; write a line such as '{missing[0]}: …' between the {FENCE}.")
    text, sections = _split(lines[end + 1 :], parts)
    return replace(blank, settings=settings, text=text, parts=sections)


def _settings(sheet: Sheet, lines: list[str], known: Collection[str]) -> dict[str, str]:
    settings: dict[str, str] = {}
    for number, line in enumerate(lines, start=2):
        if not line.strip():
            continue
        key, colon, value = (part.strip() for part in line.partition(":"))
        if not colon:
            raise sheet.wrong(f"the line '{key}' is no setting; write a name, a colon and a value.", line=number)
        if key not in known:
            raise sheet.wrong(f"there is no setting '{key}'; allowed are {', '.join(known)}.", line=number)
        if key in settings:
            raise sheet.wrong(f"the setting '{key}' is there twice; delete one of them.", line=number)
        if value:
            settings[key] = value
    return settings


def _split(lines: list[str], known: Collection[str]) -> tuple[str, dict[str, str]]:
    pieces: dict[str, list[str]] = {"": []}
    current = ""
    for line in lines:
        heading = re.fullmatch(r"##[ \t]+(.+?)[ \t]*", line)
        if heading and heading[1].lower() in known:
            current = heading[1].lower()
            pieces.setdefault(current, [])
        else:
            pieces[current].append(line)
    words = {key: "\n".join(part).strip() for key, part in pieces.items()}
    return words.pop(""), words
