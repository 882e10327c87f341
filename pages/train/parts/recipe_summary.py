"""What a recipe will do, before it is started: weights, phases, duration, and faces as training would see them."""

from __future__ import annotations

import html

import numpy as np
import streamlit as st

from fer_core import numbers
from fer_core.backbones import BACKBONES, Backbone
from fer_core.datasets.store import Dataset
from fer_core.errors import FerError
from fer_core.escape import markdown
from fer_core.features.backbone import features_file
from fer_core.figures.curves import PHASES
from fer_core.files import typed_path
from fer_core.labels import display_name
from fer_core.models import anatomy
from fer_core.models.anatomy import PhasePlan
from fer_core.models.weights import download, find_weights, take
from fer_core.runs.config import Augmentation, RunConfig, phases
from fer_core.training import recipe, speed
from fer_core.training.pipeline import augment_preview
from fer_core.training.speed import Estimate
from pages.train.parts.recipe_form import block_name, choose_recipe
from pages.ui.access import may_write, require_write
from pages.ui.faces import Caption, face_grid
from pages.ui.work import current_work, start_work, watch_work

_DRAWS = 2
_STYLE = """
.fer-blocks{display:flex;gap:2px;margin:2px 0 4px}
.fer-blocks span{flex:1;height:16px;border-radius:3px;background:color-mix(in srgb,currentColor 14%,transparent)}
.fer-blocks .on{background:#2E86C1}
.fer-blocks .head{flex:1.6;background:#D9662B}
.fer-key{display:flex;flex-wrap:wrap;gap:2px 14px;font-size:.8rem;opacity:.85}
.fer-key i{display:inline-block;width:.8em;height:.8em;border-radius:3px;margin-right:.4em;vertical-align:-1px}
"""


def weights_box(config: RunConfig) -> bool:
    """Say which weights the run would start from, with a download where they are missing; True when they are there."""
    if config.weights_file == "":
        st.info("Name the weights file to start from.", icon=":material/draft:")
        return False
    plan = find_weights(config)
    if plan.source != "missing":
        icon = ":material/casino:" if plan.source == "random" else ":material/download_done:"
        st.info(plan.sentence, icon=icon)
        return True
    st.warning(plan.sentence, icon=":material/cloud_off:")
    backbone = BACKBONES[config.backbone]
    if not config.weights_file and backbone.weights.url is not None:
        _offer_download(backbone)
        _offer_folder(backbone)
    return False


def features_kept(config: RunConfig, dataset: Dataset) -> bool:
    """True when the frozen features that the run needs lie with the data set from an earlier run."""
    plan = find_weights(config)
    if plan.path is None or not any(phase.cached for phase in phases(config)):
        return False
    file = features_file(dataset, config, plan)
    return file is not None and file.is_file()


def edits_caption(dataset: Dataset, labels: str) -> None:
    """Whether the viewer's edits of the labels take part; nothing where there are none."""
    count = dataset.edits().changes
    if not count:
        return
    edits = f"{count:,} edit{'s' if count != 1 else ''} of the labels"
    if labels == "edited":
        st.caption(f"Trains with your {edits}. The test split stays as imported, so that *Compare* can set it beside others.")
    else:
        st.caption(f"Leaves out your {edits}: choose *as edited* under Faces and labels to train with them, then *Compare*.")


def phases_box(config: RunConfig, dataset: Dataset, estimate: Estimate) -> None:
    """One strip for each phase: blocks that are trained, parameters, epochs, time; and the weights of the classes."""
    counts = {name: n for name, n in dataset.meta.counts["train"].items() if n}
    seconds = {part.phase: part.seconds for part in estimate.phases}
    strips = []
    for number, plan in enumerate(anatomy.phase_plan(config, len(counts)), start=1):
        took = seconds.get(plan.phase.name, 0.0) + (seconds.get("features", 0.0) if plan.phase.cached else 0.0)
        strips.append(_strip(number, plan, config.backbone, took))
    st.html(f"<style>{_STYLE}</style>{''.join(strips)}{_legend()}")
    if config.class_weighting != "none":
        weights = recipe.class_weights(counts, config.class_weighting)
        st.caption(
            "An error counts "
            + ", ".join(f"{numbers.decimal(w, 2)} for {markdown(display_name(n))}" for n, w in weights.items())
            + "."
        )
    if config.augmentation is not None and all(plan.cached for plan in phases(config)):
        st.caption("Cached features cannot be augmented: augmentation will not be used.")


def offer_shorter(config: RunConfig, dataset: Dataset) -> None:
    """Say when this computer is busy, and where a run takes long offer a recipe that fits into two minutes."""
    if speed.busy():
        st.caption("This computer is busy now: it can take longer than it would otherwise.")
    offer = speed.shorter(config, dataset.meta, kept=lambda other: features_kept(other, dataset))
    if offer is not None:
        st.button(
            f"Shorter: {offer.words}",
            icon=":material/bolt:",
            key="shorter",
            help=offer.estimate.short,
            on_click=choose_recipe,
            args=(offer.preset, offer.changes),
        )


def changes_caption(changes: dict[str, object], preset: str) -> None:
    """Name the fields that differ from the preset."""
    if changes:
        names = ", ".join(sorted(name.replace("_", " ") for name in changes))
        st.caption(f"Changed from {preset}: {names}.")


def augmentation_preview(dataset: Dataset, augmentation: Augmentation) -> None:
    """A training face of each class as imported, and below as training would see it twice."""
    with st.container(horizontal=True, vertical_alignment="center"):
        if not st.toggle("Show augmented faces", key="augmentation_preview", persist_state="session"):
            return
        if st.button("Other faces", icon=":material/refresh:", type="tertiary"):
            st.session_state["augmentation_seed"] = st.session_state.get("augmentation_seed", 0) + 1
    seed = st.session_state.get("augmentation_seed", 0)
    rows = dataset.split("train")
    chosen = rows.groupby("label", sort=False).sample(1, random_state=seed)
    faces = np.asarray(dataset.images[chosen["id"].to_numpy()])
    labels = [Caption(label=name) for name in chosen["label"]]
    st.caption("As imported")
    face_grid(faces, labels, size=84)
    for draw in range(_DRAWS):
        st.caption(f"Changed at random, {'once' if draw == 0 else 'and once more'}")
        changed = _changed(faces, augmentation.model_dump_json(), _DRAWS * seed + draw)
        face_grid(changed, [Caption(alt=f"{label.label}, changed") for label in labels], size=84)


@st.cache_data(max_entries=64, show_spinner="Loading TensorFlow to change some faces …")
def _changed(faces: np.ndarray, augmentation: str, seed: int) -> np.ndarray:
    return augment_preview(faces, Augmentation.model_validate_json(augmentation), seed)


def _offer_download(backbone: Backbone) -> None:
    key = f"weights-{backbone.name}"
    label = f"Download {backbone.weights.size / 1e6:.0f} MB (licence {backbone.weights.licence})"
    if st.button(label, icon=":material/download:", key=key, disabled=current_work(key) is not None):
        require_write()
        start_work(key, f"Downloading {backbone.title}", lambda report: download(backbone, progress=report))
    if current_work(key) is None:
        return
    try:
        watch_work(key)
    except FerError as error:
        st.error(markdown(str(error)), icon=":material/error:")
    else:
        st.rerun()


def _offer_folder(backbone: Backbone) -> None:
    """Name the published file, for those who fetch it elsewhere, and take it from a folder of this computer."""
    file = backbone.weights
    with st.expander("Fetch the file elsewhere", icon=":material/folder_open:"):
        st.markdown(
            f"- File: [{file.name}]({file.url})\n- Size: {file.size:,} bytes\n"
            f"- Checksum (MD5): {f'`{file.checksum}`' if file.checksum else 'Keras publishes none; the size is checked'}"
        )
        if not may_write():
            return
        place = st.text_input("Folder that holds it", key=f"weights-folder-{backbone.name}")
        if st.button("Take it", disabled=not place.strip()):
            require_write()
            try:
                take(backbone, typed_path(place))
            except FerError as error:
                st.error(markdown(str(error)), icon=":material/error:")
            else:
                st.rerun()


def _strip(number: int, plan: PhasePlan, backbone: str, seconds: float) -> str:
    phase = plan.phase
    cells = "".join(
        f'<span class="{"on" if block in plan.blocks else ""}" title="{html.escape(block_name(block))}"></span>'
        for block in BACKBONES[backbone].blocks
    )
    layers = sum(block.layers for block in BACKBONES[backbone].table) + 1
    what = "the classifier alone" if not plan.blocks else f"{block_name(plan.blocks[0])} and all above"
    if len(plan.blocks) == len(BACKBONES[backbone].blocks):
        what = "all blocks"
    epochs = f"{phase.epochs} epoch{'' if phase.epochs == 1 else 's'}"
    time = numbers.duration(seconds)
    return (
        f'<div style="margin-bottom:12px"><b>{number}. {html.escape(PHASES[phase.name])}</b>: {epochs}, about {time}'
        f'<div class="fer-blocks" role="img" aria-label="Trained: {html.escape(what)}">{cells}'
        '<span class="head" title="classifier"></span></div>'
        f'<div style="font-size:.85rem">Trains {html.escape(what)}: {plan.layers} of {layers} layers, {plan.trainable:,} of '
        f"{plan.total:,} parameters ({numbers.percent(plan.trainable / plan.total)}).</div></div>"
    )


def _legend() -> str:
    entries = (("#D9662B", "classifier, trained"), ("#2E86C1", "block, trained"), (None, "block, frozen"))
    parts = [
        f'<span><i style="background:{tone or "color-mix(in srgb,currentColor 14%,transparent)"}"></i>{text}</span>'
        for tone, text in entries
    ]
    return f'<div class="fer-key">{"".join(parts)}</div>'
