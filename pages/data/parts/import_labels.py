"""What the labels of a source stand for: a known coding of its numbers, or a class, or nothing, for each."""

import html
import json

import streamlit as st

from fer_core.datasets.codings import CODINGS, SKIP, Naming, choose
from fer_core.datasets.store import list_datasets
from fer_core.datasets.survey import SHOWN, SourceLabel, Survey
from fer_core.escape import markdown
from fer_core.labels import SEVEN, canonical, colours, in_order
from fer_core.photos.frame import FER
from pages.ui.faces import Caption, face_grid

_KNOWN = (*SEVEN, "contempt")
_SIDE = 56


def ask_labels(survey: Survey, *, is_wanted: bool) -> tuple[Naming, bool]:
    """How labels are named, and whether all of them are.

    Args:
        survey: what was seen of the source.
        is_wanted: whether the viewer asked to map each label; otherwise numbers without names are asked about.
    """
    if is_wanted and not survey.labels:
        st.caption("It has no labels of its own that could be mapped.")
        return Naming(), True
    if is_wanted:
        return _ask_each(survey)
    st.markdown(
        f"Its classes are numbers ({', '.join(map(str, survey.numbers[:20]))}), and nothing in it says which expression each is. "
        "Which coding makes these faces right?"
    )
    names = [coding.name for coding in survey.codings]
    chosen = st.radio(
        "What the numbers stand for",
        [*names, "map"],
        index=None,
        format_func=lambda name: f"{CODINGS[name].title}: {CODINGS[name].sentence}" if name in CODINGS else "Classes of my own",
        key="import-coding",
    )
    if chosen == "map":
        return _ask_each(survey)
    naming = choose(chosen or "")
    for label in survey.labels[:SHOWN]:
        name = naming.name(label.written) or ""
        st.markdown(f"**{markdown(label.written)}**" + (f": {markdown(name)}" if name else ""))
        _faces(label, name, size=72)
    return naming, all(naming.name(label.written) for label in survey.labels)


def _ask_each(survey: Survey) -> tuple[Naming, bool]:
    """The mapping view: each label of the source, five of its faces, and the class that it becomes."""
    st.markdown("**Which class is each label?** Choose one, type one of your own, or skip the label.")
    start = _start()
    more = st.text_input("Classes of my own", key="import-own", placeholder="bored, contempt", help="Names separated by commas.")
    keys = [f"import-label-{place}-{_known(start, label)}" for place, label in enumerate(survey.labels[:SHOWN])]
    # What is typed once can be chosen for the other labels.
    typed = [st.session_state.get(key) for key in keys]
    names = {*start.values(), *(label.name for label in survey.labels), *typed, *more.split(",")}
    own = sorted({canonical(name) for name in names if name and name.strip()} - {*_KNOWN, SKIP})
    mapping: dict[str, str] = {}
    options = [*_KNOWN, *own, SKIP]
    for key, label in zip(keys, survey.labels, strict=False):
        shown, asked = st.columns([3, 2], vertical_alignment="center")
        proposed = _known(start, label)
        with asked:
            name = st.selectbox(
                f"{markdown(label.written)} ({label.n:,} pictures)",
                options,
                index=options.index(proposed) if proposed in options else None,
                accept_new_options=True,
                placeholder="Choose or type a class",
                key=key,
            )
        with shown:
            _faces(label, name or "", size=_SIDE)
        if name:
            mapping[label.written] = name
    rest = survey.labels[SHOWN:]
    if rest:
        st.caption(f"{len(rest):,} more labels keep the names that they have.")
    naming = choose(mapping=mapping)
    ready = len(mapping) == min(len(survey.labels), SHOWN) and all(label.name for label in rest)
    classes = in_order([naming.name(label.written) or "" for label in survey.labels if not naming.skips(label.written)])
    _outcome(survey, naming, [name for name in classes if name], ready=ready)
    return naming, ready and any(classes)


def _known(start: dict[str, str], label: SourceLabel) -> str | None:
    """The class that is proposed for a label: what it was mapped to before, or what it says; None where nothing tells."""
    return start.get(label.written.lower()) or label.name or None


def _start() -> dict[str, str]:
    """The mapping to begin with {label in lower case: class}: that of a data set, where one is chosen."""
    saved = {meta.name: meta.mapping for meta in list_datasets() if meta.is_mapped}
    if not saved:
        return {}
    name = st.selectbox(
        "Begin with", [None, *saved], format_func=lambda name: f"The mapping of {name}" if name else "The names as they are"
    )
    return {written.lower(): label for written, label in saved.get(name or "", {}).items()}


def _outcome(survey: Survey, naming: Naming, classes: list[str], *, ready: bool) -> None:
    """The classes that come of it, in their colours, and the mapping as a file."""
    counts = dict.fromkeys(classes, 0)
    for label in survey.labels:
        name = naming.name(label.written)
        if name in counts and not naming.skips(label.written):
            counts[name] += label.n
    tones = colours(classes)
    chips = " ".join(
        f'<span style="white-space:nowrap;margin-right:1em"><span style="color:{tones[name]}">&#9632;</span> '
        f"{html.escape(name)} {n:,}</span>"
        for name, n in counts.items()
    )
    st.html(f"<p>{len(classes)} classes: {chips}</p>")
    if ready:
        written = {label.written: naming.name(label.written) for label in survey.labels}
        st.download_button(
            "Save the mapping",
            json.dumps(written, ensure_ascii=False, indent=1),
            file_name="labels.json",
            mime="application/json",
            icon=":material/download:",
            help="`--map labels.json` uses it again. It is kept with the data set, too: `--map .../dataset.json`.",
        )


def _faces(label: SourceLabel, name: str, *, size: int) -> None:
    captions = [Caption(label="" if name == SKIP else name, alt=f"a face labelled {label.written}") for _ in label.faces]
    face_grid([face.fitted(FER) for face in label.faces], captions, size=size)
