"""Show mean faces, brightness and contrast."""

import streamlit as st

from fer_core.datasets import statistics
from fer_core.datasets.measures import measures_summary
from fer_core.datasets.meta import SPLITS
from fer_core.figures import measures
from pages.ui.browse import ALL
from pages.ui.chart import chart
from pages.ui.empty import needs_dataset
from pages.ui.faces import Caption, face_grid
from pages.ui.heading import lead

MEASURES = {
    "brightness": ("Brightness", "Mean grey level of a face: 0 is black, 255 is white."),
    "contrast": ("Contrast", "Standard deviation of the grey levels of a face: 0 is one flat grey."),
}


def show() -> None:
    """Show mean faces, brightness and contrast."""
    lead("Mean faces, brightness and contrast of each class, without any network.")
    data = needs_dataset()
    meta = data.meta
    st.subheader("Mean faces", anchor=False)
    shown = [name for name in meta.classes if name in meta.mean_faces]
    means = [meta.mean_face(name) for name in shown]
    for pictures, spoken, meaning in (
        (
            statistics.stretched(means),
            "Mean face",
            "The average of all faces of a class, all with the same gain in contrast. What stays sharp is where the faces agree: "
            "an open mouth, a raised brow. Where they differ it blurs.",
        ),
        (
            statistics.apart(means),
            "What sets the mean face apart",
            "What sets each apart: brighter or darker than the mean of the classes, the same gain for all.",
        ),
    ):
        face_grid(pictures, [Caption(label=name, alt=f"{spoken} of class {name}") for name in shown], size=124)
        st.caption(meaning)
    st.subheader("Brightness and contrast", anchor=False)
    present = [name for name in SPLITS if sum(meta.counts.get(name, {}).values())]
    split = st.segmented_control(
        "Split", [ALL, *present], format_func=str.capitalize, default=ALL, required=True, key="pixels-split", bind="query-params"
    )
    samples = data.samples if split == ALL else data.split(split)
    for column, (place, (title, meaning)) in zip(st.columns(2, gap="large"), MEASURES.items(), strict=True):
        with column:
            figure = measures.distribution(measures_summary(samples, place), title)
            chart(figure, key=place, alt=f"{title} by class, {split.lower()} split")
            st.caption(meaning)
    st.caption("If one class were clearly brighter than the others, a network could learn the light instead of the expression.")
