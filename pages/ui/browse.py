"""Which samples a grid shows: filter, order and paging of a data set's table."""

import pandas as pd
import streamlit as st

ALL = "all"


def by_turns(samples: pd.DataFrame) -> pd.DataFrame:
    """Order rows with their classes (column label) by turns, so that a first page shows every one of them."""
    turn = samples.groupby("label", sort=False).cumcount()
    return samples.iloc[turn.to_numpy().argsort(kind="stable")]


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


def _turn(key: str, page: int) -> None:
    st.session_state[key] = page
