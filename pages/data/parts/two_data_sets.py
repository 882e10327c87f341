"""Compare two data sets or splits."""

import streamlit as st

from fer_core import numbers
from fer_core.datasets.comparison import CHANCE, FACES_A_CLASS, SHARES_APART, SMALL_EFFECT
from fer_core.datasets.statistics import MEASURES
from fer_core.escape import markdown
from fer_core.figures import comparison
from fer_core.labels import display_name
from pages.data.parts import comparison as parts
from pages.ui.chart import chart
from pages.ui.empty import needs_dataset
from pages.ui.faces import Caption, face_grid
from pages.ui.heading import figures_row, lead


def show() -> None:
    """Compare two data sets or splits."""
    lead("Compare two data sets, or two splits of one: are training and test faces alike?")
    data = needs_dataset()
    sides = parts.pick(data)
    titles = (sides[0].title, sides[1].title)
    if parts.part_of(*sides):
        st.info(
            f"{markdown(titles[0])} and {markdown(titles[1])} have faces in common by construction; choose two sides "
            "that do not.",
            icon=":material/info:",
        )
        st.stop()
    compared = parts.compare(*sides)
    for note in compared.notes:
        st.warning(note, icon=":material/difference:")
    if not compared.notes:
        st.success("Nothing differs enough to matter, by the rules below.", icon=":material/check_circle:")
    st.subheader("Class shares", anchor=False)
    chart(
        comparison.class_shares(compared.classes.table, titles),
        key="compare-shares",
        alt="Class shares",
    )
    figures_row(parts.figures(compared, titles))
    st.subheader("Brightness, contrast, sharpness", anchor=False)
    differences = {row["measure"]: row for row in compared.measures.to_dict("records")}
    for column, measure in zip(st.columns(3, gap="medium"), MEASURES, strict=True):
        with column:
            chart(
                comparison.distributions(compared.histograms[measure], titles, measure),
                key=f"compare-{measure}",
                alt=f"Distribution of {measure}",
            )
            row = differences[measure]
            st.caption(
                f"Mean {row['mean_first']:,.0f} and {row['mean_second']:,.0f}; d = {row['d']:+.2f} "
                f"({row['low']:+.2f} to {row['high']:+.2f})"
            )
    st.subheader("Mean faces", anchor=False)
    apart = {name: f" · d = {d:.2f}" for name, d in zip(compared.faces["class"], compared.faces["d"], strict=True)}
    for title, means in zip(titles, compared.mean_faces, strict=True):
        st.markdown(f"**{markdown(title)}**")
        face_grid(
            [mean.face.round().clip(0, 255).astype("uint8") for mean in means.values()],
            [
                Caption(
                    label=name,
                    detail=f"n = {numbers.count(mean.n)}{apart.get(name, '')}",
                    alt=f"Mean face of {display_name(name)} in {title}",
                )
                for name, mean in means.items()
            ],
            size=100,
        )
    with st.expander("The rules, and the numbers"):
        st.markdown(
            f"""
- **Class shares** are noted when their total variation distance (half the sum of the absolute differences) is at least
  {SHARES_APART:.0%}, and a chi-square test finds it too large for chance (p < {CHANCE}). The {SHARES_APART:.0%} are this
  program's choice: one face in twenty would have to change its class.
- **Brightness, contrast and sharpness** are noted when the standardised mean difference d is at least {SMALL_EFFECT}, what
  [Cohen (1988)](https://doi.org/10.4324/9780203771587) calls a small effect, and its 95% interval leaves zero out. Sharpness
  (variance of the Laplacian) is compared as log10(1 + sharpness).
- **Mean faces** are noted when the root mean square difference of their pixels is at least {SMALL_EFFECT} standard deviations of
  a pixel between faces, and twice what chance gives for so many faces. At most {FACES_A_CLASS:,} faces per class are averaged.
- A difference is no fault by itself. It says what a score on one side does not promise for the other.
"""
        )
        st.dataframe(compared.measures.drop(columns="matters").round(3), hide_index=True, width="stretch")
        st.dataframe(compared.faces.drop(columns="matters").round(3), hide_index=True, width="stretch")
