"""Show the class balance of the chosen data set."""

import streamlit as st

from fer_core import numbers
from fer_core.datasets import statistics
from fer_core.datasets.meta import SPLITS
from fer_core.escape import markdown
from fer_core.figures import balance
from fer_core.labels import display_name
from pages.data.parts.dataset_forms import rejected_list
from pages.data.parts.provenance import provenance
from pages.ui.chart import chart
from pages.ui.empty import needs_dataset
from pages.ui.heading import Figure, figures_row, lead


def show() -> None:
    """Show the class balance of the chosen data set."""
    lead("How many faces of each class there are, and where they come from.")
    data = needs_dataset()
    meta = data.meta
    if meta.drawn:
        st.info(
            "These faces are **drawn by a program**. They show no real person, and a score on them says nothing about "
            "real faces.",
            icon=":material/brush:",
        )
    sizes = {split: sum(counts.values()) for split, counts in meta.counts.items()}
    judged = "train" if sizes.get("train") else max(sizes, key=sizes.__getitem__)
    train = meta.counts[judged]
    present = {name: n for name, n in train.items() if n}
    largest, share = statistics.majority(train)
    rarest = min(present, key=present.__getitem__)
    ratio = f"{statistics.imbalance_ratio(train):.1f}"
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="bottom"):
        st.markdown(
            f"**Always answering “{markdown(display_name(largest))}” would be right for {numbers.percent(share)} of the "
            f"{judged} split; there are {ratio} times as many of it as of “{markdown(display_name(rarest))}”.**",
            width=760,
        )
        unit = st.segmented_control(
            "Unit",
            ["Counts", "Shares"],
            default="Counts",
            required=True,
            key="unit",
            bind="query-params",
            label_visibility="collapsed",
            width="content",
        )
    table = statistics.class_balance(meta)
    chart(balance.class_balance(table, as_share=unit == "Shares"), key="balance", alt="Faces of each class in each split")
    st.caption("Rare classes are what a run gets wrong first: accuracy alone hides it, so look at the recall of each class, too.")
    figures_row(
        [
            Figure("Faces", numbers.count(meta.n), help="In all splits together.", note=f"in {len(meta.classes)} classes"),
            Figure(
                "Imbalance ratio",
                f"{ratio} : 1",
                help="Largest class of the training split divided by its smallest. 1 : 1 is balanced.",
                note=markdown(f"{display_name(largest)} to {display_name(rarest)}"),
            ),
            Figure(
                "Majority baseline",
                numbers.percent(share),
                help="Accuracy of a program that never looks and always answers the most frequent class. A run has to beat it.",
                note=f"always {markdown(display_name(largest))}, {judged}",
            ),
        ],
    )
    with st.expander("The numbers"):
        wide = table.pivot(index="class", columns="split", values="n").loc[list(meta.classes), list(SPLITS)]
        st.dataframe(wide.rename(index=display_name, columns=str.capitalize), width="stretch")
    st.subheader("Provenance", anchor=False)
    provenance(meta)
    rejected_list(list(meta.rejected), name=meta.name)
