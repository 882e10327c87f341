"""What the paths of pictures say about their split, their class and their person, all paths of a source looked at together."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from fer_core.datasets.codings import number_of
from fer_core.datasets.splits import split_of
from fer_core.errors import ImportRefusedError
from fer_core.labels import is_expression

_LEADING_NUMBER = re.compile(r"\d+\s*[-_. )]*\s*(?=[^\W\d_])")
_SUBJECT = re.compile(r"(?:s|p|id|sub|subj|subject|person|actor)[ _-]?\d{1,4}", re.IGNORECASE)

Folders = tuple[str, ...]


@dataclass(frozen=True)
class Place:
    """Where a picture lies.

    Attributes:
        usage: the folder that names the split, as written; empty when there is none.
        label: the class folder without a leading number (`0 - Anger` is `Anger`); empty when there is none.
        is_known: whether the class folder is an expression's name, or lies beside folders that are.
        subject: the folder of one person below the class folder (`happy/S010/...`), or above it; empty when there is none.
    """

    usage: str
    label: str
    is_known: bool
    subject: str = ""


def place(path: str, *, root: str = "") -> Place:
    """`places` of one path alone."""
    return places([path], root=root)[path]


def places(paths: Iterable[str], *, root: str = "") -> dict[str, Place]:
    """Split, class and person of every path.

    A folder that is an expression's name is a class, and so are the folders beside it, also under another split
    (`train/happy` makes `test/bored` a class). Of several such folders on one path the deepest counts. Where no folder is an
    expression's name, numbers directly below the split are classes, else the last folder is.

    The split is the one that a folder above the class names with a word (`train`, `val`, `valid`, `validation`, `test`); class
    folders and what is below them say nothing about it.

    Args:
        paths: relative paths with forward slashes, ending with the file's name.
        root: name of the source folder itself; it counts as a split when no folder inside names one.

    Raises:
        ImportRefusedError: two folders of one path name different splits.
    """
    listed = list(paths)
    folders = {tuple(path.split("/")[:-1]) for path in listed}
    levels = _Levels(folders)
    by_folder = {parts: _place(parts, levels, root) for parts in folders}
    return {path: by_folder[tuple(path.split("/")[:-1])] for path in listed}


def without_number(folder: str) -> str:
    """A class folder's name without the number before it: `0_angry`, `3 - Fear`, `5. Sad`; itself when there is none."""
    return _LEADING_NUMBER.sub("", folder.strip(), count=1) or folder.strip()


def usage_of(parts: Sequence[str], *, root: str = "") -> str:
    """The folder of a path that names the split, as written; empty when there is none.

    Raises:
        ImportRefusedError: two folders name different splits.
    """
    named = {folder: split for folder in parts if (split := split_of(folder)) is not None}
    if len(set(named.values())) > 1:
        first, second = list(named)[:2]
        raise ImportRefusedError(
            f"The folders '{first}' and '{second}' of '{'/'.join(parts)[-200:]}' name two different splits; rename one of them."
        )
    if named:
        return list(named)[-1]
    return root if split_of(root) is not None else ""


class _Levels:
    """Which folders hold class folders: those with an expression's name among their children."""

    def __init__(self, folders: Iterable[Folders]) -> None:
        self._parents = {
            _pattern(parts[:depth])
            for parts in folders
            for depth, folder in enumerate(parts)
            if is_expression(without_number(folder)) and number_of(folder) is None
        }
        depths = {len(parent) for parent in self._parents}
        self._depth = depths.pop() if len(depths) == 1 else None

    def class_depth(self, parts: Folders) -> int | None:
        """Index of the class folder in a path; None when no expression's name tells."""
        deepest = [depth for depth in range(len(parts)) if _pattern(parts[:depth]) in self._parents]
        if deepest:
            return deepest[-1]
        # S001/happy and S002/bored: what is as deep as all known classes are is a class.
        if self._depth is not None and self._depth > 0 and len(parts) > self._depth:
            return self._depth
        return None


def _pattern(parts: Folders) -> Folders:
    """The path with its split folders alike, so that what is learned of `train` holds of `test`."""
    return tuple("*" if split_of(folder) is not None else folder for folder in parts)


def _place(parts: Folders, levels: _Levels, root: str) -> Place:
    depth = levels.class_depth(parts)
    is_known = depth is not None
    if depth is None:
        depth = _unknown_depth(parts)
    if depth is None:
        return Place(usage_of(parts, root=root), "", is_known=False)
    below = parts[depth + 1 :]
    usage = usage_of(parts[:depth], root="")
    if not usage:
        # happy/train: a split may also be named below its class.
        usage = next((folder for folder in below if split_of(folder) is not None), "") or (root if split_of(root) else "")
    beside = [*below[:1], *parts[:depth][-1:]]
    subject = next((folder for folder in beside if _SUBJECT.fullmatch(folder) and number_of(folder) is None), "")
    written = parts[depth].strip()
    return Place(usage, without_number(written) if is_known else written, is_known, subject)


def _unknown_depth(parts: Folders) -> int | None:
    """Index of the class folder where no folder is an expression's name; None when there is none."""
    named = [depth for depth, folder in enumerate(parts) if split_of(folder) is not None]
    first = named[-1] + 1 if named else 0
    numbers = [depth for depth in range(first, len(parts)) if number_of(parts[depth]) is not None]
    if numbers:
        return numbers[0]
    return len(parts) - 1 if len(parts) > first else None
