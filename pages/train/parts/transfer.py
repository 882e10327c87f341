"""What transfer buys: the tab of the page Studies with the comparison, recorded or made on the chosen data set."""

from __future__ import annotations

import streamlit as st

from fer_core.escape import markdown
from fer_core.runs.records import ACTIVE
from fer_core.studies import records, transfer
from pages.train.parts.transfer_result import score_switch, show_result
from pages.train.parts.transfer_run import SOURCE, live, own_result, start_box
from pages.ui.access import may_write, require_write
from pages.ui.empty import empty_state, no_dataset
from pages.ui.heading import lead
from pages.ui.run_panel import POLL_SECONDS, steady
from pages.ui.state import selected_dataset


def show() -> None:
    """Draw the tab."""
    lead("How much pretraining helps: one recipe from scratch, frozen and fine-tuned, on growing shares of the labels.")
    dataset = selected_dataset()
    opened = transfer.of(dataset) if dataset else None
    now = opened.status() if opened is not None and opened.begun() else None
    active = now is not None and now.state in ACTIVE

    results = {
        "own": own_result(dataset, opened) if dataset else None,
        "recorded": records.load(records.RECORDED),
    }
    titles = {}
    if dataset and (active or results["own"]):
        titles["own"] = f"{markdown(dataset.name)}, {'running' if active else 'made here'}"
    if results["recorded"]:
        titles["recorded"] = f"{markdown(results['recorded'].dataset)}, recorded"

    source = next(iter(titles), None)
    with st.container(horizontal=True):
        if len(titles) > 1:
            source = st.segmented_control(
                "Result",
                list(titles),
                default=source,
                required=True,
                format_func=titles.__getitem__,
                key=SOURCE,
                label_visibility="collapsed",
            )
        score = score_switch() if titles else "accuracy"

    if active and source == "own" and opened is not None:
        if may_write() and st.button("Stop", icon=":material/stop:", disabled=now.state == "stopping", key="transfer_stop"):
            require_write()
            opened.stop_file.touch()
            st.rerun()
        with steady("transfer"):
            st.fragment(live, run_every=POLL_SECONDS)(opened, score)
    elif source is not None and results[source]:
        show_result(results[source], score, recorded=source == "recorded")
    else:
        empty_state(
            "There is no comparison yet. It trains the same network from scratch, with a frozen ImageNet backbone, and "
            "fine-tuned, on 1%, 5%, 20% and 100% of the labels, and tests each once."
        )

    if dataset is None:
        no_dataset()
    elif not active:
        start_box(dataset, opened)
