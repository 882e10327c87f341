"""Show the faces that the run finds most like one face, to decide about at once."""

from __future__ import annotations

import random

import numpy as np
import pandas as pd
import streamlit as st
from numpy.typing import NDArray

from fer_core import numbers
from fer_core.datasets.meta import SPLITS
from fer_core.datasets.store import Dataset
from fer_core.escape import markdown
from fer_core.explain.kept import kept
from fer_core.explain.neighbours import Neighbours, nearest_faces
from fer_core.labels import display_name
from pages.data.parts.bulk import bulk
from pages.ui.browse import ALL, by_turns
from pages.ui.drawer import choose, chosen_sample, sample_grid
from pages.ui.empty import empty_state, needs_dataset, needs_model
from pages.ui.faces import Caption
from pages.ui.heading import lead
from pages.ui.loaders import run_features

COUNTS = (12, 24, 48, 120, 480)
RECORDED, SAME = 12, "same"


def show() -> None:
    """Show the faces that the run finds most like one face, to decide about at once."""
    lead("Faces that the run finds most like one face. Take out those that do not belong, and decide about the rest at once.")
    data, run = needs_dataset(), needs_model()
    sample = _sample(data)
    result, asked = st.columns([5, 2], gap="large")
    with asked:
        row = data.samples.iloc[sample]
        label = str(row["label"])
        caption = Caption(
            label=label, detail=f"sample {sample}", alt=f"The face: sample {sample}, labelled {label}, {row['split']}"
        )
        sample_grid(data, [sample], [caption], key="similar-face", size=150)
        st.button(
            "Another face",
            icon=":material/shuffle:",
            key="similar-random",
            on_click=_random,
            args=(data,),
            help="Or open any face of any page: “Similar faces” of its drawer leads here.",
        )
        split, labels = _filters(data, label)
        count = st.selectbox("How many", COUNTS, index=1, key="similar-count")
    recorded = kept(run, Neighbours, data.meta.fingerprint, RECORDED)
    with result if recorded is None else asked:
        features = run_features(run, data, recorded=recorded is not None)
    with result:
        if features is not None:
            among = _among(data, sample, split, labels)
            nearest, note = nearest_faces(features, data.samples, sample, among=among, count=count), ""
        elif recorded is not None:
            nearest = recorded.of(sample, data.samples)
            nearest = nearest[_among(data, sample, split, labels)[nearest["sample"]]]
            note = f"Recorded are the {RECORDED} nearest training faces; compute the features to look among all {data.meta.n:,}."
        else:
            return
        if nearest.empty:
            empty_state("No face is in this split with such a label. Choose another split, or all labels.")
            return
        st.markdown(_takeaway(nearest, label))
        details = {
            int(face): f"{numbers.decimal(distance)}{', a copy' if copy else ''}, {data.samples['split'].iloc[face]}"
            for face, distance, copy in nearest[["sample", "distance", "copy"]].itertuples(index=False)
        }
        st.fragment(bulk)(data, list(details), key="similar", origin=f"similar to sample {sample}, {run.id}", details=details)
        st.caption(
            "Below each face stands its distance: 1 minus the cosine of the angle between the features that the run's last "
            f"layer gets, 0 for the same direction. {note} Decisions are kept beside the imported labels, which never change; "
            "scores on the test split stay those of the imported labels."
        )


def _sample(data: Dataset) -> int:
    """The face that was chosen here or elsewhere; the first one to be browsed at first."""
    sample = chosen_sample(data)
    if sample is None:
        sample = int(by_turns(data.samples)["id"].iloc[0])
    return sample


def _random(data: Dataset) -> None:
    choose(data, random.randrange(data.meta.n))


def _filters(data: Dataset, label: str) -> tuple[str, str]:
    splits = [ALL, *(name for name in SPLITS if sum(data.meta.counts.get(name, {}).values()))]
    split = st.selectbox("Among", splits, format_func=str.capitalize, key="similar-split")
    titles = {ALL: "All", SAME: f"{display_name(label)}, as this one", "other": "Another label than this one"}
    return split, st.selectbox("Labelled", list(titles), format_func=titles.__getitem__, key="similar-labels")


def _among(data: Dataset, sample: int, split: str, labels: str) -> NDArray[np.bool_]:
    """Which faces the filters let through, (N,)."""
    rows = data.samples
    among = np.full(len(rows), True) if split == ALL else (rows["split"] == split).to_numpy(copy=True)
    if labels != ALL:
        among &= ((rows["label"] == rows["label"].iloc[sample]) == (labels == SAME)).to_numpy()
    return among


def _takeaway(nearest: pd.DataFrame, label: str) -> str:
    same = int((nearest["label"] == label).sum())
    return (
        f"**{same} of the {len(nearest)} most similar faces have the same label**, {markdown(display_name(label).lower())}. "
        "Where most have another one, this label or theirs may be wrong: decide by the pictures."
    )
