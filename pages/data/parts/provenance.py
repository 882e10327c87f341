"""Where a data set comes from, and by what it can be recognised."""

from datetime import datetime

import streamlit as st

from fer_core.datasets.formats import FORMATS
from fer_core.datasets.meta import DatasetMeta
from fer_core.escape import markdown
from fer_core.labels import display_name

KINDS = {
    "kaggle": "Folders with splits",
    "csv": "Table of pixels (CSV)",
    "parquet": "Parquet file",
    "folders": "Folders without splits",
    "synthetic": "Drawn by this program",
}


def _kind(name: str) -> str:
    return KINDS.get(name) or next((one.title for one in FORMATS if one.name == name), name)


def provenance(meta: DatasetMeta) -> None:
    """A short table: source, date, splits, what was left out, fingerprint."""
    rows = {
        "Source": f"{_kind(meta.kind)}: {markdown(meta.source)}",
        "Faces": f"{meta.frame.words} pixels" + (f"; {meta.enlarged:,} came smaller and were enlarged" if meta.enlarged else ""),
        "Imported": datetime.fromisoformat(meta.created).astimezone().strftime("%d %B %Y, %H:%M"),
        "Validation split": "cut from train at import: stratified, seeded, identical pictures kept together"
        if meta.validation_cut
        else "as in the source",
        "Left out": ", ".join(f"{markdown(display_name(name))} {n:,}" for name, n in meta.skipped.items()) + " (class not chosen)"
        if meta.skipped
        else "nothing",
        "Could not be used": f"{len(meta.rejected):,} files" if meta.rejected else "nothing",
        "Fingerprint": f"`{meta.fingerprint}`, of pixels, labels and splits: the same fingerprint is the same data",
    }
    if meta.is_mapped:
        pairs = ", ".join(f"{markdown(written)} → {markdown(label)}" for written, label in meta.mapping.items())
        rows["Labels"] = f"{pairs}; `--map` takes the data set's `dataset.json` for others"
    if meta.votes:
        rows["Annotators' votes"] = f"{markdown(meta.votes)}; see Annotators"
    for number, decision in enumerate(meta.decisions, start=1):
        rows[f"Decided at import, {number}"] = markdown(decision)
    if meta.note:
        rows["Note"] = markdown(meta.note)
    st.table({"": list(rows), " ": list(rows.values())}, border="horizontal", hide_header=True, hide_index=True)
