"""An import under way: the look at its source, what is asked about it, and the reading."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from fer_core.datasets import importer
from fer_core.datasets.codings import Naming
from fer_core.datasets.framing import Framing
from fer_core.datasets.importer import ImportReport, LabelSource, SplitBy
from fer_core.datasets.subjects import SubjectRule
from fer_core.datasets.survey import Survey, look
from fer_core.escape import markdown
from fer_core.photos.frame import FER, Colour
from fer_core.processes import temporary_folder
from fer_core.progress import Progress
from fer_core.settings import settings
from pages.data.parts.import_faces import ask_faces
from pages.data.parts.import_labels import ask_labels
from pages.ui.access import require_write
from pages.ui.work import start_work

_SLOT = "_import_survey"


@dataclass(frozen=True)
class Order:
    """An import as it was asked for: a path on this computer, or an upload (kept in a temporary folder while it is read)."""

    source: Path
    name: str
    classes: tuple[str, ...] | None
    upload: UploadedFile | None = None
    votes: Path | UploadedFile | None = None
    naming: Naming = Naming()  # noqa: RUF009  # frozen
    map_labels: bool = False
    labels: LabelSource = "source"
    size: int | None = None
    colour: Colour | None = None
    subject: SubjectRule | None = None
    split_by: SplitBy = "source"
    faces: Framing = "as-is"
    overwrite: bool = False

    def replacing(self) -> "Order":
        """Order the same import, to replace the data set of that name."""
        return replace(self, overwrite=True)


@dataclass(frozen=True)
class Looked:
    """An order, and what was seen of its source."""

    order: Order
    survey: Survey


def work_key() -> str:
    """Key of the one import or drawing that may be under way in this workspace."""
    return f"import {settings().workspace}"


def start_look(order: Order) -> None:
    """Start looking at the source of an order; nothing is written."""
    _require(order)

    def run(report: Progress) -> Looked:
        with _at_hand(order) as (source, _):
            return Looked(order, look(source, order.naming, progress=report))

    start_work(work_key(), f"Looking at {order.source.name}", run, "import")


def start_import(order: Order) -> None:
    """Start the import itself."""
    _require(order)

    def run(report: Progress) -> ImportReport:
        with _at_hand(order) as (source, votes):
            return importer.import_source(
                source,
                order.name,
                classes=order.classes,
                naming=order.naming,
                labels=order.labels,
                size=order.size,
                colour=order.colour,
                subject=order.subject,
                split_by=order.split_by,
                faces=order.faces,
                overwrite=order.overwrite,
                votes_file=votes,
                progress=report,
            )

    start_work(work_key(), f"Importing {order.name}", run, "import")


def _require(order: Order) -> None:
    """A path is read for who may do everything alone; what is replaced would be deleted."""
    require_write("import" if order.upload is not None and not isinstance(order.votes, Path) else None)
    if order.overwrite:
        require_write("delete")


def take(looked: Looked) -> None:
    """Go on after the look: import at once, or keep what was seen until the viewer has decided."""
    if looked.survey.asks or looked.order.map_labels:
        st.session_state[_SLOT] = looked
    else:
        start_import(looked.order)


def survey_questions() -> bool:
    """Ask what the viewer has to decide or see before the import goes on; False when nothing waits."""
    looked: Looked | None = st.session_state.get(_SLOT)
    if looked is None:
        return False
    order, survey = looked.order, looked.survey
    with st.container(border=True, key="import-questions"):
        st.markdown(f"##### Before **{markdown(order.source.name)}** is imported")
        ready = True
        if survey.needs_crowd:
            st.markdown("It holds annotators' votes, and no label of its own: the crowd's favourite becomes the label.")
            order = replace(order, labels="crowd")
        if order.map_labels or survey.numbers:
            naming, ready = ask_labels(survey, is_wanted=order.map_labels)
            order = replace(order, naming=naming)
        if survey.resized or survey.frame != FER:
            order = replace(order, **ask_faces(survey))
        with st.container(horizontal=True):
            go = st.button("Import it so", type="primary", disabled=not ready, key="import-so")
            stop = st.button("Do not import it", key="import-stop")
    if go or stop:
        st.session_state.pop(_SLOT, None)
        if go:
            start_import(order)
        st.rerun()
    return True


@contextmanager
def _at_hand(order: Order) -> Iterator[tuple[Path, Path | None]]:
    """The source and the votes as files; uploads are in a folder that is deleted afterwards."""
    with temporary_folder() as folder:
        (folder / "votes").mkdir()
        votes = order.votes if order.votes is None or isinstance(order.votes, Path) else _kept(order.votes, folder / "votes")
        yield (order.source if order.upload is None else _kept(order.upload, folder)), votes


def _kept(upload: UploadedFile, folder: Path) -> Path:
    path = folder / Path(upload.name).name
    upload.seek(0)  # it may have been read before, for the look
    with path.open("wb") as target:
        shutil.copyfileobj(upload, target)
    return path
