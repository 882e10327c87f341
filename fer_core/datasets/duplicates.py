"""Pairs of pictures that look alike: every pair of signatures within a distance, found without comparing all with all."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from fer_core.errors import InputError
from fer_core.progress import Progress, silent

FARTHEST = 8
"""Largest distance in bits that is searched; half of FER2013's pairs at 6 bits already show two people (see NEAR_DISTANCE)."""

MOST_PAIRS = 1_000_000
"""Pairs that are kept at most; where there are more, the largest distances are left out as a whole."""

_BANDS = ((0, 21), (21, 21), (42, 22))
_CANDIDATES = 4_000_000


def groups(samples: pd.DataFrame) -> pd.DataFrame:
    """Samples whose stored pixels another sample shares.

    Args:
        samples: columns id, label, split and hash (of the pixels).

    Returns:
        Columns group (int, from 0, largest group first), sample (id), label and split, in order of group and sample.
    """
    codes, _ = pd.factorize(samples["hash"])
    sizes = np.bincount(codes) if len(codes) else np.zeros(0, np.int64)
    shared = samples.loc[sizes[codes] > 1, ["id", "label", "split"]].rename(columns={"id": "sample"})
    kept = codes[sizes[codes] > 1]
    order = sorted(pd.unique(kept), key=lambda code: -sizes[code])
    numbers = {code: number for number, code in enumerate(order)}
    shared.insert(0, "group", np.array([numbers[code] for code in kept], np.int64))
    return shared.sort_values(["group", "sample"], ignore_index=True)


def near_pairs(
    signatures: NDArray[np.uint64],
    *,
    farthest: int = FARTHEST,
    most: int = MOST_PAIRS,
    progress: Progress = silent,
) -> tuple[pd.DataFrame, int]:
    """All pairs of signatures that differ in at most `farthest` bits.

    Exact, by multi-index hashing (Norouzi, Punjani and Fleet 2012, "Fast search in Hamming space with multi-index hashing"):
    signatures within d bits are within d // 3 bits in one of three bands, so only those that share a band, up to so many
    flipped bits, are compared.

    Args:
        signatures: (N,) uint64.
        farthest: largest distance in bits, 0 to 8.
        most: pairs that are kept; where there are more, the largest distances are dropped until the rest fits.
        progress: called now and then.

    Returns:
        Columns first, second (positions, first < second) and distance (int), nearest first; and the distance in bits up to
        which the pairs are complete: `farthest`, or less where there were too many (-1: even those at 0 bits were).

    Raises:
        InputError: `farthest` is out of range.
    """
    if not 0 <= farthest <= FARTHEST:
        raise InputError(f"Near pictures are searched up to a distance of 0 to {FARTHEST} bits; got {farthest}.")
    pairs = _Pairs(farthest, most)
    radius = farthest // len(_BANDS)
    masks = [list(_flips(width, radius)) for _, width in _BANDS]
    total, done = sum(map(len, masks)), 0
    for band, (_, width) in enumerate(_BANDS):
        keys = _key(signatures, band)
        order = np.argsort(keys, kind="stable")
        ordered = keys[order]
        starts = np.searchsorted(ordered, np.arange((1 << width) + 1))
        for flip in masks[band]:
            for one, other in _candidates(ordered, starts, flip):
                pairs.add(signatures, order[one], order[other], band, radius)
                if pairs.farthest < 0:
                    return pairs.frame(), pairs.farthest
            done += 1
            if done % 16 == 0:
                progress(done / total, f"Comparison {done:,} of {total:,}")
    return pairs.frame(), pairs.farthest


class _Pairs:
    """Pairs that were found so far, never more than fit."""

    def __init__(self, farthest: int, most: int) -> None:
        self.farthest, self._most, self._count = farthest, most, 0
        self._parts: list[NDArray[np.int64]] = []

    def add(
        self,
        signatures: NDArray[np.uint64],
        one: NDArray[np.int64],
        other: NDArray[np.int64],
        band: int,
        radius: int,
    ) -> None:
        """Keep candidates that are near, unless an earlier band has brought them."""
        differing = signatures[one] ^ signatures[other]
        distance = np.bitwise_count(differing).astype(np.int64)
        near = distance <= self.farthest
        for earlier in range(band):
            near[near] = np.bitwise_count(_key(differing[near], earlier)) > radius
        part = np.stack([np.minimum(one[near], other[near]), np.maximum(one[near], other[near]), distance[near]])
        if part.shape[1]:
            self._parts.append(part)
            self._count += part.shape[1]
        if self._count > self._most:
            self._drop_farthest()

    def frame(self) -> pd.DataFrame:
        """All pairs, nearest first."""
        whole = np.concatenate(self._parts, axis=1) if self._parts else np.zeros((3, 0), np.int64)
        table = pd.DataFrame({"first": whole[0], "second": whole[1], "distance": whole[2]})
        return table.sort_values(["distance", "first", "second"], ignore_index=True)

    def _drop_farthest(self) -> None:
        whole = np.concatenate(self._parts, axis=1)
        upto = np.cumsum(np.bincount(whole[2], minlength=self.farthest + 1))
        self.farthest = int((upto <= self._most).sum()) - 1
        whole = whole[:, whole[2] <= self.farthest]
        self._parts, self._count = [whole], whole.shape[1]


def _key(signatures: NDArray[np.uint64], band: int) -> NDArray[np.int64]:
    shift, width = _BANDS[band]
    return ((signatures >> np.uint64(shift)) & np.uint64((1 << width) - 1)).astype(np.int64)


def _flips(width: int, radius: int) -> Iterator[int]:
    for count in range(radius + 1):
        for bits in combinations(range(width), count):
            yield sum(1 << bit for bit in bits)


def _candidates(
    ordered: NDArray[np.int64], starts: NDArray[np.int64], flip: int
) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int64]]]:
    """Positions in `ordered` of keys that differ by exactly `flip`, each pair once, some millions at a time."""
    if flip:
        asking = np.flatnonzero(ordered & (1 << (flip.bit_length() - 1)) == 0)
        wanted = ordered[asking] ^ flip
        first = starts[wanted]
    else:
        asking = np.arange(len(ordered))
        wanted = ordered
        first = asking + 1
    lengths = starts[wanted + 1] - first
    some = lengths > 0
    asking, first, lengths = asking[some], first[some], lengths[some]
    ends = np.cumsum(lengths)
    begin = 0
    while begin < len(asking):
        before = int(ends[begin - 1]) if begin else 0
        end = max(begin + 1, int(np.searchsorted(ends, before + _CANDIDATES, side="right")))
        part = lengths[begin:end]
        offsets = np.arange(int(part.sum())) - np.repeat(np.cumsum(part) - part, part)
        yield np.repeat(asking[begin:end], part), np.repeat(first[begin:end], part) + offsets
        begin = end
