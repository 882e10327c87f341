"""Parts of the Compare view: the two sides, what is computed of them once, and what it comes to in words."""

from dataclasses import dataclass

import pandas as pd
import streamlit as st

from fer_core import numbers
from fer_core.datasets import comparison, store
from fer_core.datasets.comparison import ClassGap, MeanFace
from fer_core.datasets.meta import SPLITS
from fer_core.datasets.statistics import MEASURES
from fer_core.datasets.store import Dataset
from fer_core.errors import FerError
from fer_core.escape import markdown
from fer_core.labels import display_name
from pages.ui import loaders
from pages.ui.browse import ALL
from pages.ui.heading import Figure


@dataclass(frozen=True)
class Side:
    """A data set, or a split of it."""

    data: Dataset
    split: str

    @property
    def title(self) -> str:
        """What it is called: `FER2013 / test`."""
        return f"{self.data.name} / {self.split}"

    def rows(self) -> pd.DataFrame:
        """Rows of the samples that one side compares."""
        return self.data.samples if self.split == ALL else self.data.split(self.split)


@dataclass(frozen=True)
class Compared:
    """All that is shown of two sides; each part as `fer_core.datasets.comparison` gives it."""

    classes: ClassGap
    measures: pd.DataFrame
    histograms: dict[str, pd.DataFrame]
    mean_faces: tuple[dict[str, MeanFace], dict[str, MeanFace]]
    faces: pd.DataFrame
    shared: int
    notes: list[str]


def pick(data: Dataset) -> tuple[Side, Side]:
    """Two pickers over every split of every data set; at first the training and the test split of the chosen data set."""
    offered = _offered()
    own = [title for title in offered if title.startswith(f"{data.name} / ")]
    first = next((title for title in own if title.endswith("/ train")), own[0])
    second = next((title for title in own if title.endswith("/ test")), own[-1])
    left, right = st.columns(2)
    titles = [
        column.selectbox(label, list(offered), index=list(offered).index(default), key=key, bind="query-params")
        for column, label, key, default in ((left, "Compare", "first", first), (right, "with", "second", second))
    ]
    name, split = offered[titles[0]]
    other, other_split = offered[titles[1]]
    return Side(loaders.dataset(name), split), Side(loaders.dataset(other), other_split)


def part_of(first: Side, second: Side) -> bool:
    """Whether one side is the other, or a split of it."""
    same = first.data.meta.fingerprint == second.data.meta.fingerprint
    return same and (first.split == second.split or ALL in (first.split, second.split))


def compare(first: Side, second: Side) -> Compared:
    """Everything about two sides, computed once for the same data."""
    one, two = (f"{side.title} {side.data.meta.fingerprint} {side.data.meta.created}" for side in (first, second))
    return _compared(one, two, first, second)


def figures(compared: Compared, titles: tuple[str, str]) -> list[Figure]:
    """Sizes, the distance of the class shares, and the pictures that both sides have."""
    n, m = int(compared.classes.table["n_first"].sum()), int(compared.classes.table["n_second"].sum())
    p = "p < 0.001" if compared.classes.p < 0.001 else f"p = {compared.classes.p:.3f}"
    return [
        Figure("Faces in the first", numbers.count(n), note=titles[0]),
        Figure("Faces in the second", numbers.count(m), note=titles[1]),
        Figure(
            "Class shares apart",
            numbers.percent(compared.classes.distance),
            help="Total variation distance: the share of faces that would have to change their class. Zero is the same shares.",
            note=p,
        ),
        Figure(
            "Also in the first",
            numbers.count(compared.shared),
            help=f"Samples of {markdown(titles[1])} whose pixels are in {markdown(titles[0])}, too.",
            note=f"{numbers.percent(compared.shared / m)} of the second",
        ),
    ]


@st.cache_data(max_entries=8, show_spinner="The two sides are being compared …")
def _compared(first_key: str, second_key: str, _first: Side, _second: Side) -> Compared:
    one, two = _first.rows(), _second.rows()
    classes, measures = comparison.class_gap(one, two), comparison.measure_gaps(one, two)
    means = tuple(comparison.mean_faces(side.data.images, side.rows(), side.data.meta.classes) for side in (_first, _second))
    faces = comparison.face_gaps(*means)
    shared = comparison.shared_pictures(one, two)
    return Compared(
        classes=classes,
        measures=measures,
        histograms={name: comparison.histograms(one, two, name) for name in MEASURES},
        mean_faces=(means[0], means[1]),
        faces=faces,
        shared=shared,
        notes=_notes(classes, measures, faces, shared),
    )


def _notes(classes: ClassGap, measures: pd.DataFrame, faces: pd.DataFrame, shared: int) -> list[str]:
    notes = []
    if shared:
        notes.append(
            f"**{numbers.count(shared)} pictures** of the second are in the first, too: a run that learned from one side may "
            "know them by heart on the other."
        )
    if classes.matters:
        table = classes.table.assign(gap=classes.table["share_first"] - classes.table["share_second"])
        widest = table.sort_values("gap", key=abs).to_dict("records")[-1]
        notes.append(
            f"**Class shares** differ by {numbers.percent(classes.distance)}, most in {markdown(display_name(widest['class']))}: "
            f"{numbers.percent(widest['share_first'])} and {numbers.percent(widest['share_second'])}. Accuracy on one side is "
            "not comparable with the other; look at recall by class."
        )
    for row in measures[measures["matters"]].to_dict("records"):
        more = "higher" if row["d"] > 0 else "lower"
        notes.append(
            f"**{display_name(row['measure'])}** is {more} in the first (d = {row['d']:+.2f}, {row['low']:+.2f} to "
            f"{row['high']:+.2f}): a run may rely on the light or the focus of one side."
        )
    different = [
        f"{markdown(display_name(row['class']))} (d = {row['d']:.2f})" for row in faces[faces["matters"]].to_dict("records")
    ]
    if different:
        notes.append(f"**Mean faces** differ in {', '.join(different)}: other poses, crops or light.")
    return notes


def _offered() -> dict[str, tuple[str, str]]:
    """{title: (data set, split)} of everything that has samples; damaged data sets are left out."""
    offered = {}
    for name in store.dataset_names():
        try:
            counts = loaders.dataset(name).meta.counts
        except FerError:
            continue
        for split in (ALL, *(split for split in SPLITS if sum(counts.get(split, {}).values()))):
            offered[f"{name} / {split}"] = (name, split)
    return offered
