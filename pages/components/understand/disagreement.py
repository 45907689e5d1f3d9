"""Where two networks disagree: a table of who is right, whose cells open the images."""

from dataclasses import replace

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.lens.disagreement import Disagreed, mcnemar
from core.words import counted, number, percent
from pages.components.frame import session
from pages.components.frame.markdown import plain, say
from pages.components.understand import chosen_images
from pages.components.understand.looking import Looking

CELL = "disagreement-cell"
"""What the tab remembers: the cell whose images are open."""
CELLS = {(True, True): "both right", (True, False): "only the left right", (False, True): "only the right right",
         (False, False): "both wrong"}  # fmt: skip
DIFFER = "differ"
TABLE_WIDTH = 560
"""px"""


def draw(found: Disagreed, looking: Looking) -> None:
    """Draws the table and, once a cell is pressed, its images.

    Args:
        found: by the lens.
        looking: at the first network.
    """
    st.caption(plain(about(found)))
    if not len(found.positions):
        return
    st.markdown(say("{}", verdict(found)))
    _table(found)
    cell = session.remember(CELL)
    if cell is None:
        st.caption("Press a number to see the images.")
        return
    places = found.differ if cell == DIFFER else found.cell(*cell)
    title = "answered differently" if cell == DIFFER else CELLS[cell]
    # The views above may have opened images of the left network too.
    chosen_images.show(replace(looking, part=chosen_images.DIFFER), found.positions[places], title)


def _table(found: Disagreed) -> None:
    """Rows: the left network right, or wrong; columns: the right one."""
    with st.container(width=TABLE_WIDTH):
        head = st.columns([1.3, 1, 1])
        for place, words in zip(head[1:], ("Right network right", "Right network wrong"), strict=True):
            place.caption(plain(words))
        for first in (True, False):
            row = st.columns([1.3, 1, 1], vertical_alignment="center")
            row[0].caption("Left network right" if first else "Left network wrong")
            for place, second in zip(row[1:], (True, False), strict=True):
                _cell(place, (first, second), len(found.cell(first, second)))
        st.button(
            say("{} answered differently", number(len(found.differ))),
            key=f"{CELL}-{DIFFER}",
            type="primary" if session.remember(CELL) == DIFFER else "tertiary",
            disabled=not len(found.differ),
            on_click=session.whole(session.keep),
            args=(CELL, DIFFER),
        )


def _cell(place: DeltaGenerator, cell: tuple[bool, bool], count: int) -> None:
    place.button(
        number(count),
        key=f"{CELL}-{cell}",
        help=plain(CELLS[cell]),
        type="primary" if session.remember(CELL) == cell else "secondary",
        width="stretch",
        disabled=not count,
        on_click=session.whole(session.keep),
        args=(CELL, cell),
    )


def about(found: Disagreed) -> str:
    """Which images are compared."""
    shared, (mine, theirs) = len(found.positions), found.judged
    words = f"{counted(shared, 'image')} that both networks were judged by and neither learnt from"
    if shared == mine == theirs:
        return f"{words}: all validation images."
    of = f", of {number(mine)} validation images of the left one and {number(theirs)} of the right one"
    told = "" if found.same else " Their datasets differ: images count as the same where every pixel is."
    strange = f" The left one has no class {', '.join(found.foreign)}." if found.foreign else ""
    return f"{words}{of}.{told}{strange}" if shared else f"No image is one{words.removeprefix('0 images')}{of}.{told}"


def verdict(found: Disagreed) -> str:
    """Who is right more often, and whether that can be chance."""
    (both, only_first), (only_second, _neither) = found.counts
    shared = len(found.positions)
    first, second = (both + only_first) / shared, (both + only_second) / shared
    p = mcnemar(only_first, only_second)
    right = f"Left {percent(first, 1)} right, right {percent(second, 1)}."
    if not only_first + only_second:
        return f"{right} No image is answered right by only one of them."
    split = f"Of {counted(only_first + only_second, 'image')} that only one gets right, the left one gets {only_first}."
    chance = f"Two equally good networks are split so unevenly, or more, in {percent(p, 1)} of all cases"
    return f"{right} {split} {chance} (McNemar's exact test, p = {p:.3g})."
