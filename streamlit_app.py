"""The frame: page settings, the menu found in `pages/`, and above every page the experiment and its run."""

from pathlib import Path

import streamlit as st

from pages.components.frame import accidents, server, titles

PAGES = Path(__file__).parent / "pages"


def sections() -> dict[str, list]:
    """The menu: each folder `pages/<n>_<Section>` with its pages in the order of their numbers."""
    folders = sorted(folder for folder in PAGES.iterdir() if folder.is_dir() and folder.name[0].isdigit())
    return {titles.of(folder): [page(file) for file in sorted(folder.glob("*.py"))] for folder in folders}


def page(file: Path) -> object:
    """One page; its file name without the number is its title and its address."""
    title = titles.of(file)
    return st.Page(file, title=title, url_path=title.lower().replace(" ", "-"), default=title == "Home")


def draw() -> None:
    """One tab, once: what stands on every page, and the page that was chosen."""
    # Not at the top: Streamlit's caches want a server that runs, and `app` below is read before there is one.
    from pages.components.data import left_waiting
    from pages.components.frame import (
        first_visit,
        gestures,
        going,
        head,
        lens,
        menu,
        presses,
        projector,
        session,
    )
    from pages.components.runs import launching

    # A local picture, set before the navigation: an icon's name would be fetched from another host.
    st.set_page_config(page_icon=str(PAGES / "components" / "frame" / "icon.png"), layout="wide")
    st.logo(
        str(PAGES / "components" / "frame" / "logo.svg"),
        size="large",
        icon_image=str(PAGES / "components" / "frame" / "icon.png"),
    )
    launching.launcher()
    lens.client()
    session.open_tab()
    gestures.take_all()
    pages = sections()
    chosen = st.navigation(pages, position="hidden")
    st.set_page_config(f"{chosen.title} · Kernelscope")  # tabs, history and screen readers tell the pages apart
    going.on(chosen.title)
    menu.draw(pages, chosen)
    projector.switch()
    first_visit.repair()
    above = head.draw(chosen.title)
    left_waiting.tell(chosen.title)
    lens.page_begins()
    chosen.run()
    lens.page_ends()
    presses.watch()
    above.follow()


if __name__ == "__main__":
    draw()
else:  # `streamlit run` finds this name and serves what it stands for; each tab then runs the file by itself
    app = st.App(__file__, lifespan=server.opening, on_script_error=accidents.tell)
    app = server.guarded(app)
