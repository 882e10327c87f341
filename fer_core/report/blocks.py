"""What a card is made of. Blocks hold plain text; whoever writes them out escapes it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Heading:
    """Title of a section."""

    text: str


@dataclass(frozen=True)
class Text:
    """A paragraph; `strong` for what must not be missed."""

    text: str
    strong: bool = False


@dataclass(frozen=True)
class Bullets:
    """A list of sentences."""

    items: Sequence[str]


@dataclass(frozen=True)
class Figures:
    """A row of figures: (label, value, note)."""

    items: Sequence[tuple[str, str, str]]


@dataclass(frozen=True)
class Table:
    """Rows of cells as text; the first column names the row. Two columns without heads are a list of names and values.

    Attributes:
        title: what the table is, for those who cannot see it.
        columns: heads.
        rows: cells, as many as columns.
        words: the cells are words, to be read from the left, and not numbers.
        tints: for each cell after the first of a row how strongly it is coloured, 0 to 1; empty for no colours.
    """

    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    words: bool = False
    tints: Sequence[Sequence[float]] = ()


@dataclass(frozen=True)
class Chart:
    """A drawing.

    Attributes:
        title: what is drawn.
        svg: the drawing, an `<svg>` element without script, its text escaped.
    """

    title: str
    svg: str


@dataclass(frozen=True)
class Charts:
    """Drawings side by side, and the numbers behind them as a table."""

    charts: Sequence[Chart]
    table: Table


@dataclass(frozen=True)
class Pictures:
    """Faces with a caption each: (PNG file, caption)."""

    items: Sequence[tuple[bytes, str]]


Block = Heading | Text | Bullets | Figures | Table | Charts | Pictures


@dataclass(frozen=True)
class Card:
    """A model card: its title, and what follows."""

    title: str
    blocks: list[Block] = field(default_factory=list)
