"""A card as Markdown, in the dialect that code hosts and Streamlit read."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Sequence

from fer_core.escape import markdown as escape
from fer_core.report.blocks import Block, Bullets, Card, Charts, Figures, Heading, Pictures, Table, Text


def to_markdown(card: Card) -> str:
    """The whole card."""
    parts = [f"# {escape(card.title)}", *(_block(block) for block in card.blocks)]
    return "\n\n".join(part for part in parts if part) + "\n"


def _block(block: Block) -> str:
    match block:
        case Heading():
            return f"## {escape(block.text)}"
        case Text():
            return f"**{escape(block.text)}**" if block.strong else escape(block.text)
        case Bullets():
            return "\n".join(f"- {escape(item)}" for item in block.items)
        case Figures():
            return _list((label, f"{value} ({note})") for label, value, note in block.items)
        case Table() if not any(block.columns):
            return _list(block.rows)
        case Table():
            return _table(block.columns, block.rows, words=block.words)
        case Charts():
            return f"{escape(block.table.title)}:\n\n{_table(block.table.columns, block.table.rows)}"
        case Pictures():
            return "\n\n".join(f"![{escape(text)}]({_uri(png)}) {escape(text)}" for png, text in block.items)


def _list(pairs: Iterable[Sequence[str]]) -> str:
    return "\n".join(f"- **{escape(label)}**: {escape(value)}" for label, value in pairs)


def _table(columns: Sequence[str], rows: Sequence[Sequence[str]], *, words: bool = False) -> str:
    rule = " --- " if words else " ---: "
    head = [_row(columns), "|" + "|".join([" --- ", *(rule for _ in columns[1:])]) + "|"]
    return "\n".join([*head, *(_row(row) for row in rows)])


def _row(cells: Sequence[str]) -> str:
    return "|" + "|".join(f" {escape(cell)} " for cell in cells) + "|"


def _uri(png: bytes) -> str:
    return "data:image/png;base64," + base64.b64encode(png).decode()
