"""The export of a run: what is asked for, the work, and the files that are kept for download, each with its check."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import streamlit as st

from fer_core import numbers
from fer_core.datasets import store
from fer_core.errors import FerError
from fer_core.escape import markdown
from fer_core.exporting.formats import KINDS, Kind, input_values
from fer_core.exporting.making import Exported, export_run, read_description
from fer_core.files import make_folder
from fer_core.labels import display_name
from fer_core.predictor import frame_of_run
from fer_core.progress import Progress
from fer_core.runs import Run
from fer_core.runs.version import answers_in_int8
from fer_core.settings import settings
from pages.ui import loaders
from pages.ui.access import require_write
from pages.ui.heading import Figure, figures_row
from pages.ui.made_file import file_buttons, folder, name_file
from pages.ui.work import start_work

OWN = ""
COMMAND = "python -m fer_core export {run} {options} --out {file}"


def export_key() -> str:
    """Key of the one export of a run that may be under way in this workspace."""
    return f"export of a run {settings().workspace}"


def choices(run: Run) -> tuple[Kind, str | None]:
    """Kind of file, and the data set whose faces it is checked on (None for the run's own)."""
    name = st.radio(
        "Format",
        list(KINDS),
        format_func=lambda key: KINDS[key].title,
        captions=[kind.what for kind in KINDS.values()],
        key="export-model-kind",
        persist_state="session",
    )
    kind = KINDS[name]
    training = run.training()
    own = training.dataset if training else run.config().dataset
    names = store.dataset_names()
    others = [other for other in names if other != own]
    first = f"{own} (what the run was trained on)" if own in names else f"Synthetic faces, drawn now ({own} is not here)"
    options = [OWN, *others]
    if st.session_state.get("export-model-faces", OWN) not in options:
        st.session_state["export-model-faces"] = OWN
    dataset = st.selectbox(
        f"Faces to check the file on{', and to set its 8-bit numbers with' if kind.ranges_from_faces else ''}",
        options,
        format_func=lambda key: key or first,
        key="export-model-faces",
        persist_state="session",
        width=430,
    )
    st.caption(f"The file is kept only if it answers as the run does: {kind.tolerance}.")
    return kind, dataset or None


def file_name(run: Run, kind: Kind) -> str:
    """Name of the file that is made."""
    return f"{run.id}{'-int8' if kind.int8 else ''}{kind.suffix}"


def about_file(run: Run, kind: Kind) -> str:
    """What the file holds, as Markdown."""
    if kind.name == "html":
        return _about_demo(run)
    calibration, frame = run.calibration(), frame_of_run(run)
    names = markdown(", ".join(map(display_name, run.classes())))
    mirrored = " The run averages each face with its mirror image; **the file does not**." if calibration.flip else ""
    return (
        f"- **In:** faces of {frame.size}×{frame.size} pixels, {input_values(frame)}. Resizing and scaling are inside.\n"
        f"- **Out:** a probability for each of {names}: softmax(logits / temperature), with the temperature "
        f"{calibration.temperature:.2f} of this run.\n"
        f"- **Beside it, in the same file:** class names, temperature, the threshold {numbers.percent(calibration.threshold, 0)} "
        "below which the answer is “not sure” (your program applies it), the run's name and the result of the check.\n"
        f"- **Not in it:** finding and cropping the face.{mirrored}"
        + (f"\n- **{kind.title}:** weights and activations are 8-bit integers." if kind.int8 else "")
    )


def _about_demo(run: Run) -> str:
    small, threshold = answers_in_int8(run), run.calibration().threshold
    unsure = f", and says “not sure” below {numbers.percent(threshold, 0)}" if threshold else ""
    return (
        "- **One file**, opened by a double click: no program, no server, no connection. It asks nothing of any address.\n"
        "- **In it:** the *Live* page with drawn faces, the camera after its notice, and photos; the network "
        f"({'8 bits: about 9 MB in all' if small else 'floats: 6 MB and 1.3 times the network'}), face detector, runtime.\n"
        "- **Below it:** from the model card what the run is, how good it is, and the limits of its use.\n"
        f"- **It answers** as the run does on photos{', mirror image included' if run.calibration().flip else ''}{unsure}. Only "
        "YuNet looks for faces: small or turned ones are found less often than on the page *Photo*.\n"
        "- **Not in it:** any face of the data set."
        + ("" if settings().camera == "on" else "\n- This app was started without cameras, and so is the demo.")
    )


def start(run: Run, kind: Kind, dataset: str | None) -> None:
    """Write the file into the workspace, in the background; an earlier one is replaced when it is complete."""
    require_write("export")
    path = make_folder(folder()) / file_name(run, kind)

    def work(report: Progress) -> Exported:
        return export_run(run, kind, path, dataset=dataset, progress=report)

    start_work(export_key(), f"Exporting {run.about().name}", work, "export")


def offer(run: Run) -> None:
    """The files that were made of this run: size, check, a download, and a button that deletes it."""
    for kind in KINDS.values():
        path = folder() / file_name(run, kind)
        if path.is_file():
            with st.container(border=True):
                _file(run, kind, path)


def _file(run: Run, kind: Kind, path: Path) -> None:
    name_file(path, kind.title)
    if loaders.stamp(path) < max(loaders.stamp(run.model_file), loaders.stamp(run.own / "calibration.json")):
        st.warning("The run or its calibration has changed since; make the file again.", icon=":material/update:")
    try:
        about = _description(str(path), loaders.stamp(path))
    except FerError as error:
        st.error(markdown(str(error)), icon=":material/error:")
    else:
        _check(about)
    file_buttons(path, "application/octet-stream")


def _check(about: dict[str, Any]) -> None:
    check = about["check"]
    low, high = check["agreement_ci95"]
    figures_row(
        [
            Figure(
                "Same class",
                "100%" if check["agreement"] == 1 else numbers.percent(check["agreement"]),
                help="Share of the faces that get the same class from file and run, each face as it is.",
            ),
            Figure("Mean difference", f"{check['mean']:.1g}", help="Mean absolute difference of all probabilities, from 0 to 1."),
            Figure("Largest difference", f"{check['largest']:.1g}", help="Largest difference of any probability of any face."),
        ],
        width=134,
    )
    said = (
        f"Checked on {numbers.count(check['n'])} faces ({check['source']}); 95% interval of the share with the same class: "
        f"{numbers.interval(low, high)}."
    )
    if "quantised_with" in about:
        said += f" Its 8-bit numbers were set with faces of {about['quantised_with']}."
    if check["agreement_with_mirror"] is not None:
        said += f" The run with mirror images gives the same class for {numbers.percent(check['agreement_with_mirror'])}."
    st.caption(said)


@st.cache_data(max_entries=16, show_spinner=False)
def _description(path: str, stamp: int) -> dict[str, Any]:
    return read_description(Path(path))
