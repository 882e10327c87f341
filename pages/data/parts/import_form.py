"""The form that brings a data set in: what is asked for, and the question before anything is replaced."""

import shutil
from dataclasses import dataclass
from pathlib import Path

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from fer_core.datasets import importer, naming, store
from fer_core.errors import InputError, NameTakenError
from fer_core.escape import markdown
from fer_core.labels import FIVE, SEVEN, parse_classes
from fer_core.progress import Progress
from fer_core.settings import settings
from pages.ui.access import require_write
from pages.ui.question import ask, question
from pages.ui.upload_folder import upload_folder
from pages.ui.work import start_work

CLASSES = {
    "five": "Five of FER2013",
    "seven": "All seven of FER2013",
    "all": "All classes of the source",
    "custom": "My own list",
}
REPLACES = (
    "There is a data set **{name}** already. Replacing it removes its pictures. Decisions made on them are set aside, and the "
    "page Edits offers those that belong to the new ones; runs that were trained on it stay."
)
VOTES = (
    "fer2013new.csv of microsoft/FERPlus: ten votes per face, in the order of the rows of fer2013.csv. "
    "See them in Data set, Agreement."
)
UPLOADS = ["zip", "csv", "gz", "parquet"]


@dataclass(frozen=True)
class Order:
    """An import as it was asked for: a path on this computer, or an upload (kept in a temporary folder while it is read)."""

    source: Path
    name: str
    classes: tuple[str, ...] | None
    upload: UploadedFile | None = None
    votes: Path | UploadedFile | None = None


def work_key() -> str:
    """Key of the one import or drawing that may be under way in this workspace."""
    return f"import {settings().workspace}"


def import_form() -> None:
    """Source, name, classes and a button; starts the import, after a question when the name is taken."""
    by_path = st.segmented_control(
        "Where is it?", ["On this computer", "Upload"], default="On this computer", required=True, key="import-way"
    )
    path, upload = "", None
    votes: Path | UploadedFile | None = None
    if by_path == "On this computer":
        path = st.text_input(
            "Path of a folder or file",
            placeholder="~/Downloads/archive.zip",
            key="import-path",
            help="A folder, .zip, .csv, .csv.gz or .parquet file on the computer that runs this app. Best for big sources.",
        )
    else:
        upload = st.file_uploader("File", type=UPLOADS, key="import-upload", help="The upload is kept only while it is read.")
    votes = _votes(path or (upload.name if upload else ""), by_path == "On this computer")
    suggestion = _suggestion(path or (upload.name if upload else ""))
    name = (
        st.text_input("Name of the data set", key="import-name", placeholder=suggestion or "FER2013", max_chars=60) or suggestion
    )
    choice = st.radio("Classes", list(CLASSES), format_func=CLASSES.get, horizontal=True, key="import-classes")
    listed = ""
    if choice == "custom":
        listed = st.text_input("Class names, separated by commas", key="import-list", placeholder="happy, sad, neutral")
    else:
        st.caption({"five": ", ".join(FIVE), "seven": ", ".join(SEVEN), "all": "every class that the source holds"}[choice])
    if st.button("Import", type="primary", icon=":material/download:", key="import-go"):
        order = _order(path, upload, name, listed if choice == "custom" else choice, votes)
        try:
            store.require_free(order.name)
        except NameTakenError:
            ask("import", order)
        else:
            _start(order, overwrite=False)
            st.rerun()
    question(
        "import",
        "Replace the data set?",
        text=lambda order: REPLACES.format(name=markdown(order.name)),
        yes="Replace it",
        no="Keep it",
        act=lambda order: _start(order, overwrite=True),
    )


def _suggestion(source: str) -> str:
    stem = Path(source.strip()).name
    for ending in (".gz", ".csv", ".zip", ".parquet"):
        stem = stem.removesuffix(ending)
    return "".join(letter if letter.isalnum() or letter in " _.-" else "-" for letter in stem).strip(" _.-")[:60]


def _votes(source: str, by_path: bool) -> Path | UploadedFile | None:
    """Where the votes are, asked for when the source is a table: only a table has rows that votes can belong to."""
    if not source.strip().lower().endswith((".csv", ".csv.gz", ".gz")):
        return None
    if by_path:
        given = st.text_input("Path of FER+'s votes (optional)", placeholder="~/fer2013new.csv", key="import-votes", help=VOTES)
        return Path(given.strip()).expanduser() if given.strip() else None
    return st.file_uploader("FER+'s votes (optional)", type=["csv", "gz"], key="import-votes-upload", help=VOTES)


def _order(path: str, upload: UploadedFile | None, name: str, classes: str, votes: Path | UploadedFile | None) -> Order:
    if not path.strip() and upload is None:
        raise InputError("Choose what to import first: type a path, or upload a file.")
    return Order(
        source=Path(upload.name if upload else path.strip()).expanduser(),
        name=naming.check_name(name),
        classes=parse_classes(classes),
        upload=upload,
        votes=votes,
    )


def _start(order: Order, *, overwrite: bool) -> None:
    require_write()

    def run(report: Progress) -> importer.ImportReport:
        with upload_folder() as folder:
            votes_folder = folder / "votes"
            votes_folder.mkdir()
            return importer.import_source(
                order.source if order.upload is None else _kept(order.upload, folder),
                order.name,
                classes=order.classes,
                overwrite=overwrite,
                votes_file=order.votes
                if order.votes is None or isinstance(order.votes, Path)
                else _kept(order.votes, votes_folder),
                progress=report,
            )

    start_work(work_key(), f"Importing {order.name}", run)


def _kept(upload: UploadedFile, folder: Path) -> Path:
    """The upload as a file in a folder that is deleted after the import."""
    path = folder / Path(upload.name).name
    with path.open("wb") as target:
        shutil.copyfileobj(upload, target)
    return path
