"""What a lecturer says beside a view: Markdown files in `pages/learn/words`, which can be edited without touching code."""

import re
from pathlib import Path

import streamlit as st

from fer_core.escape import markdown

FOLDER = Path(__file__).resolve().parents[1] / "words"


def say(file: str, part: str, **numbers: str) -> None:
    """Show one part of a file of words.

    Args:
        file: name of the file without `.md`.
        part: a second-level heading in it; what follows up to the next one is shown.
        numbers: what stands for `{name}` in the text.
    """
    st.markdown(words(file, part, **numbers))


def words(file: str, part: str, **numbers: str) -> str:
    """The text of one part, its numbers filled in; a sentence that says so where the file or the part is missing.

    A `{name}` that no number is given for is left as it stands, so that a formula may hold braces.
    """
    path = FOLDER / f"{file}.md"
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return f"*The words for this view cannot be read; put them into pages/learn/words/{path.name}.*"
    match = re.search(rf"^##[ \t]+{re.escape(part)}[ \t]*$(.*?)(?=^##[ \t]|\Z)", text, re.MULTILINE | re.DOTALL | re.IGNORECASE)
    if match is None:
        return f"*There are no words here; write them under the heading “## {part}” in pages/learn/words/{path.name}.*"
    return re.sub(r"\{(\w+)\}", lambda hole: markdown(numbers[hole[1]]) if hole[1] in numbers else hole[0], match[1].strip())
