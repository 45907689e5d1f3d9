"""How good the classifier is, what is missing, and the ways on: an ordinary dataset, a network, other showings."""

from functools import partial

import streamlit as st

from core.datasets.own_images import OwnImages
from core.errors import UserError
from core.showing import bases, classifier, store
from core.showing.classifier import Classifier
from core.showing.datasets import make_dataset
from core.showing.shown import MAX_TITLE, Shown, words
from core.showing.store import Showing
from core.words import cleaned, listed
from pages.components.frame import going, session, undoing
from pages.components.frame.markdown import plain, say
from pages.components.showing import current

DATA_PAGE, NETWORK_PAGE = "pages/2_Design/1_Data.py", "pages/2_Design/3_Network.py"
BASE, DELETING = "shown-base", "showing-deleting"
"""Key of the choice of a base; what the tab remembers: the showing that it asks about before it deletes it."""
LISTED = 8
"""Other showings that are listed."""


def waiting(shown: Shown) -> str:
    """Why nothing is answered yet, and what to do."""
    if not shown.count:
        return "Show two things: each press of “Hold to record” takes pictures of one."
    return "A second class with two pictures, and it learns at once."


def draw(shown: Shown, learnt: Classifier | None) -> None:
    """How good it is, and what is missing."""
    if learnt is not None:
        st.markdown(plain(learnt.estimate()))
    for sentence in classifier.missing(shown):
        st.caption(plain(sentence))


def choose_base() -> None:
    """Which frozen network describes the pictures, and what of the others is not here."""
    here, base = [one.name for one in bases.here()], current.base()
    if len(here) > 1:
        st.segmented_control(
            "What describes the pictures",
            here,
            default=base.name,
            required=True,
            format_func=lambda name: plain(name),
            key=BASE,
            on_change=session.whole(_choose_base),
            help=plain(" ".join(f"{one.name}: {one.base.learnt_from}" for one in bases.here())),
        )
        return
    lacking = [one.name for one in bases.OFFERED if not one.is_here]
    also = f" {listed(lacking)} would be surer; the weights are not on this machine." if here and lacking else ""
    st.caption(plain(f"{base.name} describes the pictures; it learnt from {base.base.learnt_from}{also}"))


def _choose_base() -> None:
    session.keep(current.BASE, session.sent(BASE))


def ways_on(found: Showing | None, shown: Shown, learnt: Classifier | None) -> None:
    """What can be done with what was shown."""
    if found is None:
        return
    key = f"shown-title-{found.id}-{shown.title}"
    st.text_input(
        "Name of the dataset", shown.title, key=key, max_chars=MAX_TITLE, on_change=session.whole(_name), args=(key,)
    )
    with st.container(horizontal=True):
        st.button(
            "Train it as a network",
            key="shown-network",
            type="primary" if learnt is not None else "secondary",
            icon=":material/account_tree:",
            disabled=learnt is None,
            on_click=session.whole(_use),
            args=(NETWORK_PAGE,),
        )
        st.button(
            "Make it a dataset",
            key="shown-dataset",
            icon=":material/dataset:",
            disabled=learnt is None,
            on_click=session.whole(_use),
            args=(DATA_PAGE,),
        )
        st.button("Begin anew", key="shown-anew", type="tertiary", on_click=session.whole(_open), args=(None,))


def _name(key: str) -> None:
    named = cleaned(str(session.sent(key) or ""), MAX_TITLE)
    if named:
        current.change(lambda shown: shown.model_copy(update={"title": named}))


def _use(page: str) -> None:
    """Makes the dataset, and opens an experiment with it."""
    try:
        made = make_dataset(current.begun())
        undoing.bring(current.base().experiment(partial(_own_images, made.id), made.title))
        going.to(page)
    except UserError as error:
        session.keep(current.REFUSAL, str(error))


def _own_images(images_id: str, size: int) -> OwnImages:
    return OwnImages(images_id=images_id, image_size=size)


def others(found: Showing | None) -> None:
    """What was shown before, to go on with or to delete."""
    rest = [(one, shown) for one, shown in store.showings(session.workspace()) if found is None or one.id != found.id]
    if not rest:
        return
    st.markdown("**Shown before**")
    for one, shown in rest[:LISTED]:
        if session.remember(DELETING) == one.id:
            _question(one, shown)
            continue
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            st.button("Open", key=f"shown-open-{one.id}", on_click=session.whole(_open), args=(one.id,))
            st.button(
                "Delete", key=f"shown-delete-{one.id}", type="tertiary", on_click=session.whole(_ask), args=(one.id,)
            )
            st.markdown(plain(words(shown)))


def _question(one: Showing, shown: Shown) -> None:
    """Asks before a showing goes for ever: what is lost, and what stays."""
    with st.container(key="shown-question"):
        lost = say("{}: delete for ever? Nothing brings these pictures back; datasets made of them stay.", words(shown))
        st.warning(lost)
        with st.container(horizontal=True):
            st.button(
                "Delete for ever",
                key=f"shown-delete-now-{one.id}",
                icon=":material/delete_forever:",
                on_click=session.whole(_delete),
                args=(one.id,),
            )
            st.button(
                "Keep them", key=f"shown-keep-{one.id}", type="tertiary", on_click=session.whole(_ask), args=(None,)
            )


def _ask(showing_id: str | None) -> None:
    session.keep(DELETING, showing_id)


def _open(showing_id: str | None) -> None:
    session.show(showing_id)


def _delete(showing_id: str) -> None:
    _ask(None)
    try:
        store.delete(Showing(session.workspace(), showing_id))
    except UserError as error:
        session.keep(current.REFUSAL, str(error))
