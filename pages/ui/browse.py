"""Which samples a grid shows: filter, order and paging of a data set's table."""

import pandas as pd
import streamlit as st

ALL = "all"
MIXED = "Mixed"
ORDERS: dict[str, tuple[str, bool]] = {
    MIXED: ("id", True),
    "Stored order": ("id", True),
    "File name": ("file", True),
    "Darkest first": ("brightness", True),
    "Brightest first": ("brightness", False),
    "Lowest contrast first": ("contrast", True),
    "Least sharp first": ("sharpness", True),
    "Weakest expression first": ("intensity", True),
    "Strongest expression first": ("intensity", False),
}
"""What a viewer can sort by: {shown: (column, ascending)}; mixed goes by a hash of the column, the same at every visit."""


def orders(samples: pd.DataFrame) -> list[str]:
    """The orders that this table has columns for (intensity is known for drawn faces only)."""
    return [shown for shown, (column, _) in ORDERS.items() if column in samples.columns]


def matching(samples: pd.DataFrame, *, split: str = ALL, label: str = ALL, text: str = "", order: str = MIXED) -> pd.DataFrame:
    """Rows of a split and class whose file name contains `text` (any case), in the given order."""
    keep = pd.Series(True, index=samples.index)
    if split != ALL:
        keep &= samples["split"] == split
    if label != ALL:
        keep &= samples["label"] == label
    if text.strip():
        keep &= samples["file"].str.contains(text.strip(), case=False, regex=False, na=False)
    column, ascending = ORDERS[order]
    return samples[keep].sort_values(column, ascending=ascending, kind="stable", key=_hashes if order == MIXED else None)


def pager(total: int, size: int, *, key: str, noun: str = "Page") -> tuple[int, int]:
    """Draw previous, page number and next in one row; the two buttons also answer to the arrow keys left and right.

    Args:
        total: how many things there are.
        size: how many of them a page shows.
        key: of the number field; it is kept in the address under this name.
        noun: what is numbered.

    Returns:
        First and last position of the page, the last one excluded.
    """
    pages = max(1, -(-total // size))
    page = min(max(int(st.session_state.get(key, 1) or 1), 1), pages)
    if st.session_state.get(key, page) != page:
        st.session_state[key] = page
    with st.container(horizontal=True, vertical_alignment="center", gap="xsmall", width="content"):
        before = st.container(width="content")
        # The number field comes first: only it knows the page that the address asks for.
        page = int(
            st.number_input(
                f"{noun} of {pages:,}",
                min_value=1,
                max_value=pages,
                step=1,
                key=key,
                bind="query-params",
                label_visibility="collapsed",
                width=84,
            )
        )
        st.caption(f"of {pages:,}", width="content")
        before.button(
            "Previous", icon=":material/chevron_left:", disabled=page <= 1, on_click=_turn, args=(key, page - 1), shortcut="Left"
        )
        st.button(
            "Next",
            icon=":material/chevron_right:",
            disabled=page >= pages,
            on_click=_turn,
            args=(key, page + 1),
            shortcut="Right",
        )
    return (page - 1) * size, min(page * size, total)


def _hashes(ids: pd.Series) -> pd.Series:
    return pd.Series(pd.util.hash_array(ids.to_numpy()), index=ids.index)


def _turn(key: str, page: int) -> None:
    st.session_state[key] = page
