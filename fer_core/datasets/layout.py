"""What the path of a picture says about its split and its class."""

from __future__ import annotations

from dataclasses import dataclass

from fer_core.datasets.splits import split_of
from fer_core.labels import SEVEN, canonical


@dataclass(frozen=True)
class Place:
    """Where a picture lies.

    Attributes:
        usage: the folder that names the split, as written; empty when there is none.
        label: the class folder, as written; empty when there is none.
    """

    usage: str
    label: str


def place(path: str, *, root: str = "") -> Place:
    """Split and class folder of a picture.

    The split is the last folder that names one (`train`, `test`, ...). The class is the deepest folder that is an emotion's name;
    else the last folder below the split, or the last folder when no folder names a split.

    Args:
        path: relative path with forward slashes, ending with the file's name.
        root: name of the source folder itself; it counts as a split when it names one and no folder inside does.
    """
    folders = path.split("/")[:-1]
    named = [position for position, folder in enumerate(folders) if split_of(folder)]
    emotions = [folder for folder in folders if canonical(folder) in SEVEN and not folder.strip().isdigit()]
    if named:
        below = folders[named[-1] + 1 :]
        return Place(usage=folders[named[-1]], label=emotions[-1] if emotions else (below[-1] if below else ""))
    usage = root if split_of(root) else ""
    return Place(usage=usage, label=emotions[-1] if emotions else (folders[-1] if folders else ""))
