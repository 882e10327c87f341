"""What was decided at an import, and what the viewer should know of the result, in sentences."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from fer_core.datasets.codings import Naming, number_of
from fer_core.datasets.framing import NO_FACE, NO_FACE_IN_BOX, Framing
from fer_core.datasets.harvest import Harvest
from fer_core.datasets.source import Source
from fer_core.datasets.splits import split_of
from fer_core.datasets.subjects import persons_in_two_splits
from fer_core.labels import in_order
from fer_core.photos.frame import FER, Frame

FEW_VALIDATION = 1
"""With so few validation faces of a class, choosing an epoch by them is chance."""

_MOST_WORDS, _MOST_NAMES = 8, 60


def decisions(
    source: Source, harvest: Harvest, naming: Naming, frame: Frame, *, is_chosen: bool, faces: Framing = "as-is"
) -> list[str]:
    """What was decided about labels, splits and pictures while a source was read; kept with the data set.

    Args:
        source: the source.
        harvest: what was read of it.
        naming: what the classes were called.
        frame: size and colour in which the faces are stored.
        is_chosen: whether the viewer gave the coding, and not the layout.
        faces: whether faces were looked for.
    """
    said = [f"Read as: {source.title}.", *source.notes] if source.title else list(source.notes)
    if naming.coding is not None and harvest.numbers:
        used = ", ".join(f"{number} {naming.coding[number]}" for number in sorted(harvest.numbers))
        how = "as was chosen" if is_chosen else "which this layout defines"
        said.append(f"Class numbers were read by coding {naming.coding.name}, {how}: {used}.")
    elif is_chosen and naming.coding is not None:
        said.append(f"No class is a number, so that coding {naming.coding.name} was not needed.")
    said += _names(harvest, naming)
    usages = dict.fromkeys(word for word in harvest.columns["usage"] if word)
    splits = [(word, split) for word in usages if (split := split_of(word)) is not None and word.lower() != split]
    if splits:
        named = ", ".join(f"'{word}' is {split}" for word, split in splits[:_MOST_WORDS])
        said.append(f"Splits: {named}.")
    if harvest.left_out:
        counts = "; ".join(f"{n:,}: {reason}" for reason, n in harvest.left_out.most_common())
        said.append(f"Labels are the crowd's favourites. {harvest.left_out.total():,} faces were left out ({counts}).")
    said += [
        f"{n:,} pictures are {remark} ('{harvest.examples.get(remark, '')[-80:]}', say)."
        for remark, n in harvest.remarks.most_common(3)
    ]
    return [*said, *_sizes(harvest, frame, faces)]


def warnings(samples: pd.DataFrame, harvest: Harvest, chosen: Sequence[str] | None, name: str, *, is_cut: bool) -> list[str]:
    """What the viewer should know of a new data set, each with what to do about it.

    Args:
        samples: columns label, split, file and hash.
        harvest: what was read.
        chosen: classes that were asked for; None for all.
        name: of the source.
        is_cut: whether validation was cut from train here.
    """
    said = []
    absent = [label for label in chosen or () if not (samples["label"] == label).any()]
    if absent:
        there = ", ".join(in_order([*samples["label"].unique(), *harvest.skipped]))
        said.append(f"Asked for, but not in '{name}': {', '.join(absent)}. It holds: {there}.")
    if "natural" in harvest.skipped or (samples["label"] == "natural").any():
        said.append("The class 'natural' is taken as it is written; if it means neutral, import with --map natural=neutral.")
    said += _persons(samples)
    said += _copies(samples)
    splits = samples["split"].value_counts()
    if "test" not in splits:
        said.append(
            "There is no test split, so that no score will tell how a run does on new faces; put pictures of other people into "
            "a folder named test beside the one for training, and import again."
        )
    if "train" not in splits:
        said.append("There is no train split: runs can be evaluated on this data set, and not trained.")
    elif is_cut or "validation" not in splits:
        counts = samples.loc[samples["split"] == "validation", "label"].value_counts()
        few = [label for label in in_order(list(samples["label"].unique())) if counts.get(label, 0) <= FEW_VALIDATION]
        if few:
            said.append(
                f"Validation has at most {FEW_VALIDATION} face of {', '.join(few)}, too few to choose by; bring 20 or more "
                "pictures per class, or a folder named validation."
            )
    return said


def _names(harvest: Harvest, naming: Naming) -> list[str]:
    """What names stand for, where that is not what they say: as the viewer chose, and as spellings of known expressions."""
    chosen, spelt, skipped = [], [], []
    for written, label in harvest.mapping.items():
        if naming.skips(written):
            skipped.append(f"'{written}' ({harvest.named[written]:,})")
        elif number_of(written) is not None or written.lower() == label:
            continue
        elif written.lower() in naming.words:
            chosen.append(f"'{written}' as {label}")
        else:
            spelt.append(f"'{written}' as {label}")
    ways = (("Names were taken as was chosen", chosen), ("Skipped as was chosen", skipped), ("Spellings of expressions", spelt))
    return [f"{way}: {_listed(names)}." for way, names in ways if names]


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - _MOST_NAMES:,} more" if len(names) > _MOST_NAMES else ""
    return ", ".join(names[:_MOST_NAMES]) + more


def enlarged(harvest: Harvest, frame: Frame) -> int:
    """Number of the faces whose picture, or box, was smaller than the frame."""
    return int((np.frombuffer(harvest.faces.reached, np.uint16) < frame.size).sum())


def _sizes(harvest: Harvest, frame: Frame, faces: Framing) -> list[str]:
    reached, is_cut = np.frombuffer(harvest.faces.reached, np.uint16), np.frombuffer(harvest.faces.is_cut, np.uint8)
    n, small = len(reached), enlarged(harvest, frame)
    said = []
    if faces == "find":
        missing = harvest.rejected_for(NO_FACE) + harvest.rejected_for(NO_FACE_IN_BOX)
        said.append(
            f"The face was found in each of {n:,} pictures, set upright and cropped as FER2013 frames its faces; {missing:,} "
            "pictures in which none was found are listed and left out."
        )
    if frame != FER:
        what = "faces" if faces == "find" else "pictures"
        said.append(
            f"Faces are stored as {frame.words}: {(n - small) / n:.0%} of the {what} have {frame.size} pixels a side or more, "
            f"and {harvest.faces.coloured / n:.0%} are coloured."
        )
    if faces == "find":
        return [*said, f"{small:,} of {n:,} faces were smaller than that, and are enlarged."] if small else said
    resized = int(((reached != frame.size) | (is_cut > 0)).sum())
    if resized:
        cut = f", {int(is_cut.sum()):,} of them after the ends of their longer sides were cut off" if is_cut.any() else ""
        smaller = f"; {small:,} were smaller and are enlarged" if small else ""
        said.append(
            f"{resized:,} of {n:,} pictures are not {frame.size}x{frame.size}: each was scaled whole to {frame.words}{cut}"
            f"{smaller}. Faces were not looked for; where pictures show more than a face, import with --faces find."
        )
    return said


def _persons(samples: pd.DataFrame) -> list[str]:
    if "subject" not in samples:
        return []
    shared = {pair: n for pair, n in persons_in_two_splits(samples).items() if n}
    if not shared:
        return []
    counts = ", ".join(f"{n:,} in {pair.replace('/', ' and ')}" for pair, n in shared.items())
    return [
        f"The same persons are in two splits ({counts}): a run may know them, and not their expressions. Import with --split-by "
        "subject to have each person in one."
    ]


def _copies(samples: pd.DataFrame) -> list[str]:
    again = samples["hash"].duplicated(keep="first")
    if not again.any():
        return []
    second = samples[again].iloc[0]
    same = samples[samples["hash"] == second["hash"]].iloc[0]
    return [
        f"{int(again.sum()):,} of {len(samples):,} pictures are copies of others, pixel by pixel ('{same['file'][-80:]}' and "
        f"'{second['file'][-80:]}', say); see Audit, and that no folder is there twice."
    ]
