"""The field's words, one sentence each: for tooltips, the search and the glossary's own page."""

import functools
import re
from pathlib import Path

_FILE = Path(__file__).with_name("glossary.md")
_LINE = re.compile(r"- \*\*(?P<term>.+?)\*\*: (?P<meaning>.+)")


@functools.cache
def terms() -> dict[str, str]:
    """Read {term: one sentence}, in alphabetical order."""
    matches = (_LINE.fullmatch(line.strip()) for line in _FILE.read_text(encoding="utf-8").splitlines())
    glossary = {match["term"]: match["meaning"][0].upper() + match["meaning"][1:] for match in matches if match}
    return dict(sorted(glossary.items(), key=lambda item: item[0].lower()))


def meaning(term: str) -> str:
    """Return the sentence of a term, for `help=`.

    Raises:
        KeyError: the glossary has no such term.
    """
    return terms()[term]
