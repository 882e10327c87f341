"""Pictures that belong together, side by side: one card a group; a click on a picture opens it in the drawer."""

from __future__ import annotations

import html
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePath

import numpy as np
import pandas as pd

from fer_core.datasets.store import Dataset
from pages.ui import drawer
from pages.ui.faces import Caption, class_chip, clickable, png_uri

MOST = 12
"""Pictures of a group that are drawn; the card says how many more there are."""

_STYLE = """
.fer-groups{grid-column:1/-1;display:grid;gap:10px;margin:2px 0 6px;
grid-template-columns:repeat(auto-fill,minmax(min(100%,var(--card)),1fr))}
.fer-group{padding:8px 10px;border-radius:8px;min-width:0;border:1px solid color-mix(in srgb,currentColor 18%,transparent)}
.fer-group.wide{grid-column:1/-1}
.fer-group .title{font-size:.8rem;font-weight:600;margin-bottom:6px}
.fer-group .row{display:flex;flex-wrap:wrap;gap:10px}
.fer-group figure{margin:0;width:104px;min-width:0}
.fer-group img{width:104px;height:104px;display:block;border-radius:6px;object-fit:cover}
.fer-group figcaption{font-size:.78rem;line-height:1.3;margin-top:4px}
.fer-group .name{font-weight:600;white-space:nowrap}
.fer-group .dot{display:inline-block;width:.62em;height:.62em;border-radius:50%;margin-right:.35em}
.fer-group .detail{opacity:.72;overflow:hidden;text-overflow:ellipsis;white-space:nowrap}
"""


@dataclass(frozen=True)
class FaceGroup:
    """Samples that belong together.

    Attributes:
        title: what the card says above them.
        samples: their ids, in order.
    """

    title: str
    samples: Sequence[int]


def face_groups(data: Dataset, groups: Sequence[FaceGroup], *, key: str) -> None:
    """Draw a card for each group, every picture with its class, split and file name; groups of more than two take a whole row."""
    samples = [int(sample) for group in groups for sample in group.samples[:MOST]]
    cards, place = "", 0
    for group in groups:
        cards += _card(data, group, place)
        place += min(len(group.samples), MOST)
    clickable(
        f'<div class="fer-groups" style="--card:242px"><style>{_STYLE}</style>{cards}</div>',
        len(samples),
        key=key,
        size=104,
        on_open=lambda place: drawer.show(data, samples[place]),
    )


def sample_grid(data: Dataset, samples: Sequence[int], details: Sequence[str], *, key: str) -> None:
    """Draw single samples side by side, each with its class and a short detail; a click opens the face in the drawer."""
    rows = data.samples.iloc[list(samples)]
    drawer.sample_grid(
        data,
        samples,
        [
            Caption(label=row.label, detail=detail, alt=f"{row.label}, {row.split} split, {row.file}, {detail}")
            for row, detail in zip(rows.itertuples(), details, strict=True)
        ],
        key=key,
    )


def groups_of(table: pd.DataFrame, numbers: Sequence[int], title: str) -> list[FaceGroup]:
    """Groups `numbers` of a table with columns group and sample; `{n}` in the title is the number of samples."""
    parts = table[table["group"].isin(numbers)].groupby("group", sort=True)["sample"]
    return [FaceGroup(title.format(n=len(part)), part.tolist()) for _, part in parts]


def _card(data: Dataset, group: FaceGroup, first: int) -> str:
    shown = list(group.samples)[:MOST]
    rows = data.samples.iloc[shown]
    cells = "".join(
        _cell(face, row, place)
        for place, (face, row) in enumerate(zip(data.images[shown], rows.to_dict("records"), strict=True), start=first)
    )
    more = f", {len(group.samples) - MOST:,} more not drawn" if len(group.samples) > MOST else ""
    wide = " wide" if len(shown) > 2 else ""
    return (
        f'<div class="fer-group{wide}"><div class="title">{html.escape(group.title + more)}</div>'
        f'<div class="row">{cells}</div></div>'
    )


def _cell(face: np.ndarray, row: dict[str, object], place: int) -> str:
    label, split, file = str(row["label"]), str(row["split"]), html.escape(str(row["file"]), quote=True)
    alt = html.escape(f"{label}, {split} split, {row['file']}", quote=True)
    name = html.escape(PurePath(str(row["file"])).name)
    return (
        f'<figure role="button" tabindex="0" data-place="{place}"><img src="{png_uri(face)}" alt="{alt}" title="{alt}">'
        f"<figcaption>{class_chip(label)}"
        f'<div class="detail">{html.escape(split)}</div><div class="detail" title="{file}">{name}</div></figcaption></figure>'
    )
