"""Pictures file by file, or from the camera, into boxes, one for each class; the boxes become a dataset."""

from collections.abc import Callable

import streamlit as st

from core import child
from core.datasets.own_images import OwnImages
from core.errors import UserError
from core.intake.manifest import Ingested
from core.intake.names import key
from core.showing.classifier import LEAST
from core.showing.datasets import make_dataset, total
from core.showing.shown import MAX_TITLE, TITLE, Shown
from core.showing.store import Showing
from core.uploads import adding
from core.words import cleaned, counted, listed
from pages.components.frame import session
from pages.components.frame.markdown import plain, say
from pages.components.showing import cards, current

ASKED = "boxes-wanted"


def draw(into: OwnImages | None = None) -> None:
    """Draws the boxes of this tab, which are those of Show and train, and the way to a dataset.

    Args:
        into: the dataset that they are added to.
    """
    found, shown = current.showing()
    st.caption(
        "Drop pictures into the box of their class, or hold the button to record with the camera. The boxes are those "
        "of Show and train: what lies in them stays until you empty them."
    )
    cards.draw(found, shown)
    lacking = _lacking(shown, into)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        if not into:
            _name(found, shown)
        st.button(
            "Add them" if into else "Make it a dataset",
            key="boxes-dataset",
            type="primary",
            icon=":material/dataset:",
            disabled=bool(lacking),
            help=lacking or None,
            on_click=session.whole(session.keep),
            args=(ASKED, True),
        )
        if shown.count:
            st.button("Empty the boxes", key="boxes-anew", type="tertiary", on_click=session.whole(_empty))
    if lacking:
        st.caption(lacking)
    elif into:
        _say_new(into, shown)
    elif left := shown.count - total(shown):
        st.caption(say("{} of classes with fewer than {} stay here.", counted(left, "picture"), LEAST))


def _say_new(into: OwnImages, shown: Shown) -> None:
    """Which boxes would be new classes: whoever only forgot to name one sees it in time."""
    try:
        known = {key(name) for name in adding.onto(into).labels}
    except UserError as error:
        st.error(plain(error))
        return
    new = [one.name for one in shown.classes if one.images and key(one.name) not in known]
    if new:
        classes = "a new class" if len(new) == 1 else "new classes"
        st.caption(say("{} will be {}; call a box like a class to add to that.", listed(new), classes))


def wanted(into: OwnImages | None = None) -> Callable[[child.Progress], Ingested] | None:
    """The work that a press on the button asked for, once; it takes a function that shows progress.

    Args:
        into: the dataset that the pictures are added to.
    """
    asked = session.remember(ASKED)
    session.keep(ASKED, None)
    found, _ = current.showing()
    return (lambda show: _made(found, show, into)) if asked and found else None


def _made(found: Showing, show: child.Progress, into: OwnImages | None) -> Ingested:
    """A dataset of what is in the boxes; some is held out only where the others' validation images came as such."""
    if into is None:
        return make_dataset(found, show)
    return make_dataset(found, show, adding.onto(into), holds_out=into.pristine().has_validation)


def _lacking(shown: Shown, into: OwnImages | None) -> str:
    if into:
        return "" if shown.count else "Put a picture into a box first; call the box like the class that it adds to."
    ready = [one for one in shown.classes if len(one.images) >= LEAST]
    return "" if len(ready) >= 2 else f"A dataset needs two classes with {LEAST} pictures each, or more."


def _name(found: Showing | None, shown: Shown) -> None:
    field = f"boxes-title-{found.id if found else ''}-{shown.title}"
    st.text_input(
        "Name", "" if shown.title == TITLE else shown.title, key=field, max_chars=MAX_TITLE, placeholder=TITLE,
        on_change=session.whole(_rename), args=(field,),
    )  # fmt: skip


def _rename(field: str) -> None:
    if named := cleaned(str(session.sent(field) or ""), MAX_TITLE):
        current.change(lambda shown: shown.model_copy(update={"title": named}))


def _empty() -> None:
    """Begins anew; what was there is kept, and listed by Show and train, while it holds a picture."""
    session.show(None)
