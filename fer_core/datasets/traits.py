"""What is known of the people and the light in pictures, so that one can see who a run fails.

On drawn faces the renderer's parameters say it; on others the viewer's tags do. Nothing guesses them from pixels.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

PREFIX = "trait_"
"""Of columns of `samples.parquet`, int8: 0 not known, else the place in `Trait.values`, counted from 1."""


@dataclass(frozen=True)
class Trait:
    """One thing that may be known of a face.

    Attributes:
        title: on pages.
        values: what it may be, as it is written.
    """

    title: str
    values: tuple[str, ...]


TRAITS: dict[str, Trait] = {
    "glasses": Trait("Glasses", ("no glasses", "glasses", "sunglasses")),
    "beard": Trait("Beard", ("no beard", "stubble", "moustache", "beard")),
    "age": Trait("Age", ("child", "under 40", "40 to 60", "over 60")),
    "skin": Trait("Skin tone", ("light", "medium", "dark")),
    "light": Trait("Light", ("even", "from the side", "dim", "from behind")),
}
"""{name in columns and tags: trait}."""


def code(trait: str, value: str) -> int:
    """The number that a column holds for a value; 0 for an empty one."""
    return TRAITS[trait].values.index(value) + 1 if value else 0


def known(samples: pd.DataFrame, tags: Mapping[str, Mapping[str, str]]) -> pd.DataFrame:
    """What is known of each sample: a column a trait, str, empty where it is not known; index as of `samples`.

    Args:
        samples: columns hash and any of the traits' columns.
        tags: {hash of the pixels: {trait: value}}, the viewer's; they go before the columns.
    """
    table = {}
    for name, trait in TRAITS.items():
        words = np.array(["", *trait.values], dtype=object)
        codes = samples[PREFIX + name].to_numpy(np.int64) if PREFIX + name in samples else np.zeros(len(samples), np.int64)
        column = pd.Series(words[np.where((codes >= 0) & (codes < len(words)), codes, 0)], index=samples.index)
        said = {pixels: of[name] for pixels, of in tags.items() if name in of}
        table[name] = samples["hash"].map(said).fillna(column) if said else column
    return pd.DataFrame(table, index=samples.index)


def coded(table: pd.DataFrame) -> pd.DataFrame:
    """The columns of `samples.parquet` for a table as from `known`: those of which something is known."""
    return pd.DataFrame(
        {
            PREFIX + name: table[name].map(lambda value, name=name: code(name, value)).astype(np.int8)
            for name in TRAITS
            if (table[name] != "").any()
        },
        index=table.index,
    )
