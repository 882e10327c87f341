"""Decide about many faces at once: a preview in which single faces are left out, one decision for the others, one undo."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import streamlit as st

from fer_core import numbers
from fer_core.datasets import editing
from fer_core.datasets.edits import Action, Edit
from fer_core.datasets.store import Dataset
from fer_core.escape import markdown
from fer_core.labels import display_name
from pages.data.parts.undo import undo_button
from pages.ui.browse import pager
from pages.ui.drawer import show
from pages.ui.edit_actions import attempt
from pages.ui.faces import Caption, face_grid

SIZE = 60
TAKE, OPEN = "Takes it in or out", "Opens it"
_WANTED = "_bulk_open"

Decided = Mapping[int, tuple[Action, str]]
"""{sample id: (action, new class for "relabel", otherwise empty)}."""


@dataclass(frozen=True)
class Offer:
    """A button that gives every face a decision of its own.

    Attributes:
        title: on the button.
        decided: decisions about all faces of the preview; those of the faces that are taken in are made.
    """

    title: str
    decided: Decided


def bulk(
    data: Dataset,
    samples: Sequence[int],
    *,
    key: str,
    origin: str,
    details: Mapping[int, str] | None = None,
    taken: bool = True,
    offers: Sequence[Offer] = (),
) -> None:
    """Draw faces, of which a click takes single ones out, and the buttons that decide about all others.

    Args:
        data: where they are.
        samples: ids in the order in which they are shown, at least one.
        key: of this preview on its page; widgets begin with it.
        origin: written down with the decisions.
        details: what stands below a face {id: text}; the split where it is missing.
        taken: whether the faces are taken in at first.
        offers: buttons besides keep, relabel and exclude.
    """
    if st.session_state.pop(_WANTED, False):
        st.rerun()
    turned = _turned(key, samples, taken=taken)
    chosen = [sample for sample in samples if (sample in turned) != taken]
    _account(data, samples, chosen)
    _buttons(data, samples, chosen, key=key, origin=origin, offers=offers)
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        for title, name, wanted in (("Take all in", "all", True), ("Take none", "none", False)):
            st.button(title, type="tertiary", key=f"{key}-{name}", on_click=_set, args=(key, samples, taken, wanted))
        st.caption("A click on a face", width="content")
        click = st.segmented_control(
            "A click on a face",
            [TAKE, OPEN],
            default=TAKE,
            required=True,
            key=f"{key}-click",
            label_visibility="collapsed",
            width="content",
        )
        first, last = pager(len(samples), SIZE, key=f"{key}-page") if len(samples) > SIZE else (0, len(samples))
    shown = list(samples[first:last])
    face_grid(
        data.images[np.array(shown, np.int64)],
        _captions(data, shown, details or {}),
        pale=taken,
        ticked={place for place, sample in enumerate(shown) if (sample in turned) != taken},
        key=f"{key}-grid",
        on_open=lambda place: _clicked(data, key, shown[place], opens=click == OPEN),
    )


def _account(data: Dataset, samples: Sequence[int], chosen: Sequence[int]) -> None:
    """How many faces are taken in, and what they are."""
    rows = data.samples.iloc[list(chosen)]
    labels = ", ".join(f"{markdown(display_name(name))} {numbers.count(n)}" for name, n in rows["label"].value_counts().items())
    splits = ", ".join(f"{name} {numbers.count(n)}" for name, n in rows["split"].value_counts().items())
    words = f"**{numbers.count(len(chosen))} of {numbers.count(len(samples))} faces are taken in**"
    st.markdown(f"{words}: {labels}. :gray[In {splits}.]" if len(chosen) else f"{words}. Click those that you mean.")


def _buttons(
    data: Dataset, samples: Sequence[int], chosen: Sequence[int], *, key: str, origin: str, offers: Sequence[Offer]
) -> None:
    faces = f"{numbers.count(len(chosen))} face{'' if len(chosen) == 1 else 's'}"
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        for number, offer in enumerate(offers):
            _decision(data, {sample: offer.decided[sample] for sample in chosen}, offer.title, f"{key}-offer-{number}", origin)
        label = st.selectbox(
            "Relabel as",
            data.meta.classes,
            format_func=display_name,
            index=None,
            placeholder="Relabel as …",
            key=f"{key}-label",
            label_visibility="collapsed",
            width=150,
        )
        relabelled: Decided = dict.fromkeys(chosen, ("relabel", label)) if label else {}
        _decision(data, relabelled, f"Relabel {faces}", f"{key}-relabel", origin, icon=":material/label:")
        _decision(
            data, dict.fromkeys(chosen, ("exclude", "")), f"Exclude {faces}", f"{key}-exclude", origin, icon=":material/block:"
        )
        _decision(data, dict.fromkeys(chosen, ("keep", "")), f"Keep {faces}", f"{key}-keep", origin, icon=":material/check:")
        undo_button(data, data.edits(), origin=origin)


def _decision(data: Dataset, decided: Decided, title: str, key: str, origin: str, *, icon: str | None = None) -> None:
    st.button(
        markdown(title),
        icon=icon,
        key=key,
        disabled=not decided,
        on_click=attempt,
        args=(editing.decide_each, data, decided),
        kwargs={"origin": origin},
    )


def _captions(data: Dataset, samples: Sequence[int], details: Mapping[int, str]) -> list[Caption]:
    in_force = data.edits().in_force
    return [
        _caption(row.label, details.get(sample, row.split), in_force.get(sample), f"{row.split} split, {row.file}")
        for sample, row in zip(samples, data.samples.iloc[list(samples)].itertuples(), strict=True)
    ]


def _caption(label: str, detail: str, edit: Edit | None, place: str) -> Caption:
    said = {"exclude": "excluded", "keep": "kept"}.get(edit.action, "") if edit else ""
    detail = f"{said}, {detail}" if said else detail
    new = edit.label if edit else ""
    decided = said or (f"relabelled {display_name(new)}" if new else "")
    return Caption(label, new, detail, alt=", ".join(filter(None, [label, decided, detail, place])))


def _turned(key: str, samples: Sequence[int], *, taken: bool) -> set[int]:
    """Faces that are not as they were at first; forgotten, with the page, when others are shown."""
    digest = hashlib.blake2b(np.array([taken, *samples], np.int64).tobytes(), digest_size=8).hexdigest()
    kept = st.session_state.get(f"_{key}_turned")
    if kept is None or kept[0] != digest:
        if kept is not None:
            st.session_state[f"{key}-page"] = 1
        kept = st.session_state[f"_{key}_turned"] = (digest, set())
    turned: set[int] = kept[1]
    return turned


def _set(key: str, samples: Sequence[int], taken: bool, wanted: bool) -> None:
    turned = st.session_state[f"_{key}_turned"][1]
    turned.clear()
    if wanted != taken:
        turned.update(samples)


def _clicked(data: Dataset, key: str, sample: int, *, opens: bool) -> None:
    if opens:
        show(data, sample)
        st.session_state[_WANTED] = True
    else:
        st.session_state[f"_{key}_turned"][1].symmetric_difference_update({sample})
