"""The form that brings a data set in: what is asked for, and the question before anything is replaced."""

from dataclasses import replace
from pathlib import Path

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from fer_core.datasets import naming, writing
from fer_core.datasets.codings import CODINGS
from fer_core.datasets.formats import FORMATS, kinds
from fer_core.datasets.importer import SplitBy
from fer_core.datasets.subjects import SubjectRule, parse_rule
from fer_core.errors import InputError, NameTakenError
from fer_core.escape import markdown
from fer_core.files import typed_path
from fer_core.labels import FIVE, SEVEN, parse_classes
from pages.data.parts.import_order import Order, start_look
from pages.ui.access import may_write
from pages.ui.question import ask, question

CLASSES = {
    "five": "Five of FER2013",
    "seven": "All seven of FER2013",
    "all": "All classes of the source",
    "custom": "My own list",
    "map": "Map each label",
}
REPLACES = (
    "There is a data set **{name}** already. Replacing it removes its pictures. Decisions made on them are set aside, and the "
    "tab My edits offers those that belong to the new ones; runs that were trained on it stay."
)
VOTES = (
    "fer2013new.csv of microsoft/FERPlus: ten votes per face, in the order of the rows of fer2013.csv. "
    "See them under Labels and audit, Annotators."
)
PERSONS = (
    "Empty: as known layouts, folders such as S010 or a column such as subject tell. name: and a pattern takes the pattern's "
    "first group in the file's path; folder is the folder that the file lies in, folder:2 the one above; column: names a column."
)
_RULE, _BY_PERSON = "import-subject", "import-by-person"
_FIELDS = ("import-way", "import-path", "import-name", "import-classes", "import-list", "import-votes", _RULE, _BY_PERSON)
_KEPT = "_import_form"
UPLOADS = ["zip", "tar", "tgz", "csv", "tsv", "gz", "parquet"]


def import_form() -> None:
    """Source, name, classes and a button; looks at the source, after a question when the name is taken."""
    # Students of a class bring in files of their own, and read none of the computer that serves them.
    ways = ["On this computer", "Upload"] if may_write() else ["Upload"]
    _filled_in()
    if st.session_state.get("import-way") not in ways:
        st.session_state["import-way"] = ways[0]
    by_path = st.segmented_control("Where is it?", ways, required=True, key="import-way")
    path, upload = "", None
    if by_path == "On this computer":
        path = st.text_input(
            "Path of a folder or file",
            placeholder="~/Downloads/archive.zip",
            key="import-path",
            help=f"{kinds().capitalize()} on the computer that runs this app. Best for big sources.",
        )
    else:
        upload = st.file_uploader("File", type=UPLOADS, key="import-upload", help="The upload is kept only while it is read.")
    source = upload.name if upload else str(typed_path(path)) if path.strip() else ""
    votes = _votes(source, by_path == "On this computer")
    suggestion = naming.suggest_name(source) if source else ""
    name = (
        st.text_input("Name of the data set", key="import-name", placeholder=suggestion or "FER2013", max_chars=60) or suggestion
    )
    choice = st.radio("Classes", list(CLASSES), format_func=CLASSES.get, horizontal=True, key="import-classes")
    listed = ""
    if choice == "custom":
        listed = st.text_input("Class names, separated by commas", key="import-list", placeholder="happy, sad, neutral")
    else:
        said = {"five": ", ".join(FIVE), "seven": ", ".join(SEVEN), "all": "every class that the source holds"}
        st.caption(said.get(choice, "you see five faces of each label, and say which class it is, or skip it"))
    with st.expander("Persons"):
        st.text_input("How the person is told", key=_RULE, placeholder="name:S(\\d+)_, folder:2 or column:subject", help=PERSONS)
        st.toggle("Make splits anew, each person in one of them", key=_BY_PERSON)
    if st.button("Import", type="primary", icon=":material/download:", key="import-go"):
        classes = {"custom": listed, "map": "all"}.get(choice, choice)
        order = replace(_order(path, upload, name, classes, votes), map_labels=choice == "map", **_persons())
        try:
            writing.require_free(order.name)
        except NameTakenError:
            ask("import", order)
        else:
            start_look(order)
            st.rerun()
    question(
        "import",
        "Replace the data set?",
        text=lambda order: REPLACES.format(name=markdown(order.name)),
        yes="Replace it",
        no="Keep it",
        act=lambda order: start_look(order.replacing()),
    )


def keep_form() -> None:
    """Keep what was filled in while the form is not shown."""
    kept = st.session_state.setdefault(_KEPT, {})
    kept.update({key: st.session_state[key] for key in _FIELDS if key in st.session_state})


def _filled_in() -> None:
    """Fill in what was kept: set in this run, or the browser would not be told of it."""
    for key, value in st.session_state.pop(_KEPT, {}).items():
        st.session_state[key] = value


def _persons() -> dict[str, SubjectRule | SplitBy | None]:
    """What was asked of persons, as an order takes it."""
    by_person = st.session_state.get(_BY_PERSON)
    return {"subject": parse_rule(st.session_state.get(_RULE) or ""), "split_by": "subject" if by_person else "source"}


def formats_list() -> None:
    """The layouts that are read, folded away."""
    with st.expander("What can be read"):
        rows = [
            {
                "Layout": one.title,
                "On disk": one.looks,
                "Licence": one.licence,
                "See": one.link or None,
                "Numbers": CODINGS[one.coding].sentence if one.coding else "",
            }
            for one in FORMATS
        ]
        st.dataframe(
            rows,
            hide_index=True,
            width="stretch",
            height=36 * (len(rows) + 1),
            column_config={
                "On disk": st.column_config.TextColumn(width=360),
                "Licence": st.column_config.TextColumn(width=230),
                "See": st.column_config.LinkColumn(display_text=r"https?://(?:www\.)?([^/]+)", width=150),
            },
        )


def _votes(source: str, by_path: bool) -> Path | UploadedFile | None:
    """Where the votes are, asked for when the source is a table: only a table has rows that votes can belong to."""
    if not source.strip().lower().endswith((".csv", ".csv.gz", ".gz")):
        return None
    if by_path:
        given = st.text_input("Path of FER+'s votes (optional)", placeholder="~/fer2013new.csv", key="import-votes", help=VOTES)
        return typed_path(given) if given.strip() else None
    return st.file_uploader("FER+'s votes (optional)", type=["csv", "gz"], key="import-votes-upload", help=VOTES)


def _order(path: str, upload: UploadedFile | None, name: str, classes: str, votes: Path | UploadedFile | None) -> Order:
    if not path.strip() and upload is None:
        raise InputError("Choose what to import first: type a path, or choose a file to upload.")
    return Order(
        source=Path(upload.name) if upload else typed_path(path),
        name=naming.check_name(name),
        classes=parse_classes(classes),
        upload=upload,
        votes=votes,
    )
