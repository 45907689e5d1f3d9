"""The menu of two levels: sections that open in place, and in them their pages; that of the open page is open."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import streamlit as st

from pages.components.browser.component import component
from pages.components.frame.markdown import plain

STYLE = Path(__file__).with_name("menu.css")
START = "Start"
"""The section that stands open above the others, without a heading."""

_one_open = component("menu", "frame/page_links", "frame/menu")


def draw(sections: Mapping[str, Sequence[object]], opened: object) -> None:
    """Draws it in the sidebar.

    Args:
        sections: the pages of each, in their order.
        opened: the page on the screen.
    """
    st.html(STYLE)
    with st.sidebar, st.container(key="menu"):
        for title, pages in sections.items():
            if title == START:
                _links(pages)
                continue
            with st.expander(plain(title), expanded=opened in pages, key=f"menu-{title.lower().replace(' ', '-')}"):
                _links(pages)
        _one_open(key="one-open", data={"opened": opened.url_path}, height=0)


def _links(pages: Sequence[object]) -> None:
    for page in pages:
        st.page_link(page, width="stretch")
