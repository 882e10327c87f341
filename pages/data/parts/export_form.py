"""The export of a data set: what is asked for, the work, and the file that is kept for download."""

import streamlit as st

from fer_core import numbers
from fer_core.datasets.exporting import Exported, export_dataset
from fer_core.datasets.store import Dataset, Labels
from fer_core.files import make_folder
from fer_core.progress import Progress
from fer_core.settings import settings
from pages.ui import loaders
from pages.ui.access import require_write
from pages.ui.made_file import file_buttons, folder, name_file
from pages.ui.work import start_work

TITLES = {".zip": "Zip of folders (Kaggle's layout)", ".parquet": "Parquet file"}
MIME = {".zip": "application/zip", ".parquet": "application/vnd.apache.parquet"}


def export_key() -> str:
    """Key of the one export that may be under way in this workspace."""
    return f"export {settings().workspace}"


def choices(data: Dataset) -> tuple[str, Labels]:
    """Format and labels as the viewer wants them."""
    suffix = st.radio("Format", list(TITLES), format_func=TITLES.get, key="export-format")
    decided = data.edits().in_force.values()
    relabelled = sum(edit.action == "relabel" for edit in decided)
    excluded = sum(edit.action == "exclude" for edit in decided)
    sentence = {
        "imported": f"As imported: {numbers.count(data.meta.n)} faces",
        "edited": f"With your edits: {numbers.count(relabelled)} relabelled, {numbers.count(excluded)} left out",
    }
    labels: Labels = st.radio("Labels", ["imported", "edited"], format_func=sentence.get, key="export-labels")
    return str(suffix), labels


def start(data: Dataset, suffix: str, labels: Labels) -> None:
    """Write the file into the workspace, in the background; an earlier one of the same name is replaced when it is complete."""
    require_write("export")
    path = make_folder(folder()) / f"{data.name}{'-edited' if labels == 'edited' else ''}{suffix}"

    def run(report: Progress) -> Exported:
        return export_dataset(data.name, path, labels=labels, progress=report)

    start_work(export_key(), f"Exporting {data.name}", run, "export")


def offer(data: Dataset) -> None:
    """The files that were made of this data set: where each lies, a download, and a button that deletes it."""
    names = [f"{data.name}{middle}{suffix}" for suffix in TITLES for middle in ("", "-edited")]
    files = [path for name in names if (path := folder() / name).is_file()]
    for path in files:
        with st.container(border=True):
            name_file(path)
            if loaders.stamp(path) < max(loaders.stamp(data.edits_file), loaders.stamp(data.path / "dataset.json")):
                st.caption("The data set has changed since; make the file again.")
            file_buttons(path, MIME[path.suffix])
