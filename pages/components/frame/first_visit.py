"""The first page of a fresh server, when it is not the first page of the app.

Beside a `pages` folder, Streamlit learns the menu only while the first script runs; a deep link that comes before is
answered with "Page not found". Loading the same address once more, the menu known by now, sets that right.
"""

from urllib.parse import urlsplit

import streamlit as st

_reload = st.components.v2.component("reload", js="export default function () { window.location.reload(); }")


def repair() -> None:
    """Reloads the tab when this is the server's first visit and it asks for a page of its own."""
    if _is_first() and urlsplit(st.context.url or "").path.strip("/"):
        _reload(key="reload")
        st.stop()


def _is_first() -> bool:
    """True once in the life of the server."""
    visits = _visits()
    visits.append(None)
    return len(visits) == 1


@st.cache_resource
def _visits() -> list[None]:
    """Shared by all tabs."""
    return []
