"""Names from outside (data sets, classes, files, notes, runs, addresses), where they are shown: as they are, and inert."""

from __future__ import annotations

import html
import re

_MARKUP = re.compile(r"([\\`*\[\]<>#|~$&]|(?<![^\W_])_|_(?![^\W_]))")
"""An underscore inside a word is none."""
_FIRST = re.compile(r"^(\d*)((?<=\d)[.)](?=\s|$)|(?<!\d)[-+=](?=[\s=+-]|$))")
"""What makes a list, a line or a heading of what follows."""
_LINKS = re.compile(r":(?=[^\s\d])|www(?=\.)|@(?=\S)", re.IGNORECASE)
_JOINER = "\N{WORD JOINER}"

_FORMULA = re.compile(r"'*[=+\-@\t\r\n]")


def markdown(text: str) -> str:
    """Text that Markdown shows as it is: in one line, without markup, pictures, links, icons, HTML or formulas.

    What looks like an address, or like the code of an icon, gets an invisible joiner (U+2060): readers of Markdown make links and
    icons of those after they have taken backslashes away.
    """
    inert = _LINKS.sub(lambda found: found[0] + _JOINER, " ".join(text.split()))
    return _FIRST.sub(r"\1\\\2", _MARKUP.sub(r"\\\1", inert))


def chart(text: str) -> str:
    """Text that plotly shows as it is: it reads a few HTML tags, and `%{...}` in what is shown at the pointer."""
    return html.escape(text, quote=False).replace("%{", "%\N{WORD JOINER}{")


def cell(text: str) -> str:
    """Text that a spreadsheet takes for text: what would be a formula begins with an apostrophe.

    Source: OWASP, CSV Injection.
    """
    return f"'{text}" if _FORMULA.match(text) else text


def plain(text: str) -> str:
    """Text that `cell` was given, from what it returned."""
    return text[1:] if text.startswith("'") and _FORMULA.match(text) else text
