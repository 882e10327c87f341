"""Parts of the audit view: the audit itself, made where there is none, and the pictures behind each finding."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from fer_core import numbers
from fer_core.datasets import editing, faceless
from fer_core.datasets.audit import ISSUES, Audit, Issue, audit, kept_audit
from fer_core.datasets.signature import NEAR_DISTANCE
from fer_core.datasets.store import Dataset
from fer_core.escape import markdown
from fer_core.figures.audit import pairs_by_distance
from pages.data.parts.face_groups import FaceGroup, face_groups, groups_of, sample_grid
from pages.data.parts.undo import undo_button
from pages.ui.access import require_write
from pages.ui.browse import pager
from pages.ui.chart import chart
from pages.ui.edit_actions import attempt
from pages.ui.empty import empty_state
from pages.ui.heading import Figure
from pages.ui.work import asked_anew, current_work, start_work, watch_work

AUTOMATIC = 60_000
"""Data sets of up to this many pictures are audited without asking: some seconds."""

PAGE = "audit-page"
_GROUPS, _SINGLES = 24, 60
_ORIGIN = "audit"


def audited(data: Dataset) -> Audit:
    """The audit of a data set, made now where it is not kept yet; stops the view while it waits for the viewer's word."""
    kept = kept_audit(data)
    if kept is not None:
        return kept
    key = f"audit {data.path} {data.meta.fingerprint}"
    asked = data.meta.n > AUTOMATIC and current_work(key) is None
    if asked:
        with st.container(border=True):
            st.markdown(
                f"**{markdown(data.name)}** has not been audited yet: {numbers.count(data.meta.n)} pictures, about half a "
                "minute per "
                "million. It is done once; the result is kept with the data set."
            )
            if not st.button("Audit it now", type="primary", icon=":material/play_arrow:"):
                st.stop()
    start_work(key, "Looking for copies", lambda report: audit(data, progress=report))
    result = watch_work(key)
    if asked:
        # Drawn anew: the card that offered the audit would stay above it otherwise.
        st.rerun()
    return result if result is not None else audit(data)


COPIES, CROSSING, CONFLICTS, NEAR, FACELESS = "Copies", "In two splits", "Two labels", "Near copies", "No face"
PERSONS = "Persons in both"


def findings(data: Dataset, report: Audit) -> dict[str, Figure]:
    """{name of a finding: how many, and which share}, in the order in which they are offered."""
    sizes = {split: sum(counts.values()) for split, counts in data.meta.counts.items()}
    leaked = report.crossings()["train/test"]
    extra, conflicts = len(report.extra_copies), report.conflicts
    faceless_ids = faceless.kept_faceless(data)
    of_test = numbers.percent(leaked / sizes["test"]) if sizes.get("test") else numbers.DASH
    return {
        COPIES: Figure(
            "Extra copies",
            numbers.count(extra),
            help="Samples whose pixels another sample has, too, beyond the first of each group.",
            note=_share(extra, report.images),
        ),
        CROSSING: Figure(
            "Test faces that are in training, too",
            numbers.count(leaked),
            help="Samples of the test split whose pixels are also in the training split: a run can know them by heart.",
            note=f"{of_test} of test",
        ),
        **_persons(data),
        CONFLICTS: Figure(
            "Faces under two labels",
            numbers.count(len(conflicts)),
            help="Samples whose picture also stands under another class. At most one of the labels can be right.",
            note=_share(len(conflicts), report.images),
        ),
        NEAR: Figure(
            "Pairs of near copies",
            numbers.count(len(report.near_within(NEAR_DISTANCE))),
            help=f"Pairs of pictures whose 64-bit signatures differ in at most {NEAR_DISTANCE} bits, but whose pixels differ.",
        ),
        **{issue.title: _issue_figure(issue, report) for issue in ISSUES},
        FACELESS: Figure(
            "Pictures without a face",
            numbers.DASH if faceless_ids is None else numbers.count(len(faceless_ids)),
            help="Pictures in which the face detector finds nothing. It is a pass of its own, started under “No face”.",
            note="not searched yet" if faceless_ids is None else _share(len(faceless_ids), report.images),
        ),
    }


def _persons(data: Dataset) -> dict[str, Figure]:
    """Test faces of persons who are in the training split, too; nothing where persons are not known."""
    if "subject" not in data.samples:
        return {}
    test, met = _test_faces(data)
    return {
        PERSONS: Figure(
            "Test faces of persons who are in training, too",
            numbers.count(len(met)),
            help="A run may know the person, and not the expression. Import with --split-by subject to have none.",
            note=f"{numbers.percent(len(met) / test)} of test" if test else "no test face",
        )
    }


def _test_faces(data: Dataset) -> tuple[int, list[int]]:
    """Test faces of known persons, and the ids of those whose persons are in the training split."""
    samples = data.samples[data.samples["subject"] != ""]
    test = samples[samples["split"] == "test"]
    return len(test), test.loc[test["subject"].isin(samples.loc[samples["split"] == "train", "subject"]), "id"].tolist()


def show_persons(data: Dataset) -> None:
    """Test faces of persons who are in the training split, with who it is."""
    ids = _test_faces(data)[1]
    if not ids:
        empty_state("No person is in both training and test.")
        return
    first, last = _pages(len(ids), _SINGLES, "faces")
    shown = ids[first:last]
    sample_grid(data, shown, data.samples["subject"].iloc[shown].tolist(), key="audit-grid")


def show_copies(data: Dataset, report: Audit) -> None:
    """Groups of samples with the same pixels, the largest first."""
    _offer_exclusion(data, report)
    _groups(data, report.copies, "{n} copies", "No two samples have the same pixels.")


def show_crossings(data: Dataset, report: Audit) -> None:
    """Show the pictures that are in two splits, by direction."""
    counts = {direction: n for direction, n in report.crossings().items() if n}
    if not counts:
        empty_state("No picture lies in more than one split, pixel by pixel.")
        return
    sizes = {split: sum(classes.values()) for split, classes in data.meta.counts.items()}

    def words(direction: str) -> str:
        source, target = direction.split("/")
        share = numbers.percent(counts[direction] / sizes[target])
        return f"{numbers.count(counts[direction])} samples of {target} ({share}) are also in {source}"

    chosen = st.selectbox("Direction", list(counts), format_func=words, key="audit-direction", on_change=first_page, width=430)
    st.markdown(
        "What is tested must not have been trained on: scores on these pictures say what a run remembers. "
        "Every score in this app is also given without them."
    )
    _groups(data, report.crossing(*chosen.split("/")), "{n} times", "")


def show_conflicts(data: Dataset, report: Audit) -> None:
    """Show the pictures that have two labels."""
    _groups(data, report.conflicts, "{n} copies, not one label", "No picture stands under two labels.")


def show_near(data: Dataset, report: Audit) -> None:
    """Pairs that are alike but not equal, with the distance as a slider."""
    if report.near.empty or report.near_complete < 0:
        everything = "So many pictures are nearly alike that the pairs were not kept." if report.near_complete < 0 else ""
        empty_state(everything or "No two pictures are nearly alike.")
        return
    farthest = max(1, report.near_complete)
    low, high = st.slider(
        "Bits that differ, of 64", 0, farthest, (0, min(NEAR_DISTANCE, farthest)), key="audit-distance", on_change=first_page
    )
    figure = pairs_by_distance(report.near["distance"], low=low, high=high, farthest=farthest)
    chart(figure, key="audit-near", alt="Pairs of nearly alike pictures by how many bits differ")
    st.caption(
        f"Up to {NEAR_DISTANCE} bits it is nearly always the same photo, saved again, shifted, brightened or with a watermark; "
        "at 6 bits about a third of FER2013's least alike pairs show two people. Copies count once, blank pictures are left out."
    )
    pairs = report.near_within(high, nearest=low)
    first, last = _pages(len(pairs), _GROUPS, "pairs")
    face_groups(
        data,
        [FaceGroup(f"{row.distance} bits apart", (row.first, row.second)) for row in pairs.iloc[first:last].itertuples()],
        key="audit-groups",
    )


def show_issue(data: Dataset, report: Audit, issue: Issue) -> None:
    """Single pictures that show too little, the worst first."""
    table = report.flagged[issue.name]
    if table.empty:
        empty_state("There is none in this data set.")
        return
    first, last = _pages(len(table), _SINGLES, "pictures")
    rows = table.iloc[first:last]
    sample_grid(data, rows["sample"].tolist(), [f"{value:.3g}" for value in rows["value"]], key="audit-grid")


def show_faceless(data: Dataset) -> None:
    """Pictures without a face: the pass with its own button, then its result."""
    faceless_ids = faceless.kept_faceless(data)
    key = f"faceless {data.path} {data.meta.fingerprint}"
    if faceless_ids is None and current_work(key) is None:
        with st.container(border=True):
            seconds = _faceless_seconds(str(data.path), data.meta.fingerprint, data)
            st.markdown(
                f"The face detector has to look at {numbers.count(data.meta.n)} pictures: **{numbers.roughly(seconds)}** here. "
                "It continues while you use other pages, and its results are kept."
            )
            if not st.button("Search for faces", type="primary", icon=":material/search:"):
                return
    if faceless_ids is None or current_work(key) is not None:
        start_work(key, "Searching for faces", lambda report: faceless.find_faceless(data, progress=report))
        watch_work(key)
        st.rerun()
    st.markdown(
        "The detector (CenterFace) found no face in these pictures. Some of these are no faces: error pages, "
        "drawings, hands. Many are faces that it misses: turned away, covered, cut off. Check a picture before you exclude it."
    )
    if asked_anew("faceless", help=f"The detector looks at all {numbers.count(data.meta.n)} pictures once more."):
        require_write()
        faceless.forget(data)
        start_work(key, "Searching for faces", lambda report: faceless.find_faceless(data, progress=report))
        st.rerun()
    if not len(faceless_ids):
        empty_state("A face was found in every picture.")
        return
    first, last = _pages(len(faceless_ids), _SINGLES, "pictures")
    ids = faceless_ids[first:last].tolist()
    sample_grid(data, ids, data.samples["split"].iloc[ids].tolist(), key="audit-grid")


def first_page() -> None:
    """Go to the first page of whatever is shown."""
    st.session_state[PAGE] = 1


def _offer_exclusion(data: Dataset, report: Audit) -> None:
    """A button that excludes the extra copies, as one step that can be undone."""
    log = data.edits()
    extra = report.extra_copies["sample"]
    left = [sample for sample in extra.tolist() if sample not in log.in_force or log.in_force[sample].action != "exclude"]
    if not len(extra):
        return
    with st.container(horizontal=True):
        st.button(
            f"Exclude {numbers.count(len(left))} extra copies" if left else "All extra copies are excluded",
            icon=":material/content_cut:",
            key="audit-exclude",
            disabled=not left,
            on_click=attempt,
            args=(editing.decide, data, left, "exclude"),
            kwargs={"origin": _ORIGIN},
            help="One of each group stays: the one in the test split, else the one in validation, so that what is tested keeps "
            "its place. The others are left out of training on edited labels; the imported data never changes. Where the labels "
            "differ, look under “Two labels” first.",
        )
        undo_button(data, log, origin=_ORIGIN)


def _groups(data: Dataset, table: pd.DataFrame, title: str, nothing: str) -> None:
    group_ids = table["group"].unique()
    if not len(group_ids):
        empty_state(nothing)
        return
    first, last = _pages(len(group_ids), _GROUPS, "groups")
    face_groups(data, groups_of(table, group_ids[first:last].tolist(), title), key="audit-groups")


def _pages(total: int, size: int, things: str) -> tuple[int, int]:
    first, last = pager(total, size, key=PAGE)
    st.caption(f"{first + 1:,} to {last:,} of {total:,} {things}" if total else f"no {things}")
    return first, last


def _issue_figure(issue: Issue, report: Audit) -> Figure:
    count = len(report.flagged[issue.name])
    side = "above" if issue.above else "below"
    return Figure(
        f"{issue.title} pictures",
        numbers.count(count),
        help=f"{issue.measure.capitalize()} {side} {issue.limit:g}. {issue.caution}",
        note=_share(count, report.images),
    )


def _share(count: int, total: int) -> str:
    return numbers.percent(count / total if total else None, 2)


@st.cache_data(max_entries=8, show_spinner="One canvas of faces is searched, to foresee the time …")
def _faceless_seconds(folder: str, fingerprint: str, _data: Dataset) -> float:
    return faceless.seconds_left(_data)
