"""The export of a data set: what is asked for, the work, and the file that is kept for download."""

from datetime import datetime
from pathlib import Path

import streamlit as st

from fer_core import numbers
from fer_core.datasets.exporting import Exported, export_dataset
from fer_core.datasets.store import Dataset, Labels
from fer_core.escape import markdown
from fer_core.files import make_folder
from fer_core.progress import Progress
from fer_core.settings import settings
from pages.ui import loaders
from pages.ui.access import may_write, require_write
from pages.ui.work import start_work

TITLES = {".zip": "Zip of folders (Kaggle's layout)", ".parquet": "Parquet file"}
MIME = {".zip": "application/zip", ".parquet": "application/vnd.apache.parquet"}

LARGEST = 500_000_000
"""Larger files are not passed through the browser, which would hold them in memory: they are copied from where they lie."""


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
    require_write()
    path = make_folder(_folder()) / f"{data.name}{'-edited' if labels == 'edited' else ''}{suffix}"

    def run(report: Progress) -> Exported:
        return export_dataset(data.name, path, labels=labels, progress=report)

    start_work(export_key(), f"Exporting {data.name}", run)


def offer(data: Dataset) -> None:
    """The files that were made of this data set: where each lies, a download, and a button that deletes it."""
    names = [f"{data.name}{middle}{suffix}" for suffix in TITLES for middle in ("", "-edited")]
    made = [path for name in names if (path := _folder() / name).is_file()]
    for path in made:
        about = path.stat()
        with st.container(border=True):
            when = datetime.fromtimestamp(about.st_mtime).strftime("%d %B %Y, %H:%M")
            st.markdown(f"**{markdown(path.name)}**, {about.st_size / 1e6:,.1f} MB, made {when}")
            if may_write():
                st.caption(f"Saved on the computer that runs this app: `{path}`")
            if about.st_mtime_ns < max(loaders.stamp(data.edits_file), loaders.stamp(data.path / "dataset.json")):
                st.caption("The data set has changed since; make the file again.")
            with st.container(horizontal=True):
                if about.st_size <= LARGEST:
                    # Given a function, Streamlit reads the file when the button is pressed, and not at each run of the page.
                    st.download_button(
                        "Download",
                        path.read_bytes,
                        file_name=path.name,
                        mime=MIME[path.suffix],
                        icon=":material/download:",
                        key=f"download-{path.name}",
                        on_click="ignore",
                    )
                st.button("Delete the file", icon=":material/delete:", key=f"remove-{path.name}", on_click=_remove, args=(path,))


def _folder() -> Path:
    return settings().workspace / "exports"


def _remove(path: Path) -> None:
    if may_write():
        path.unlink(missing_ok=True)
