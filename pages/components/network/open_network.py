"""Opens what somebody brought: an experiment at once, a network of Keras after saying what was understood of it."""

from typing import Any

import streamlit as st

from core.errors import UserError
from core.experiment import Experiment
from core.experiment.opened import Opened
from core.runs import beginning
from core.uploads.networks import Brought, as_base, receive_network, with_weights
from pages.components.frame import session, undoing
from pages.components.frame.markdown import plain, say
from pages.components.runs import own_network

READ, MOST_LISTED = "opened-file", 12


def draw(experiment: Experiment) -> None:
    """The uploader, and what its file is; one that can't be read leaves the experiment alone."""
    file = st.file_uploader(
        "An experiment that Kernelscope saved (.json), or a network of Keras (.keras, or its config as .json)",
        key=session.key("open-experiment"),
        help=say("At most {} MB; larger ones: python -m core open FILE.", st.get_option("server.maxUploadSize")),
    )
    if file is None:
        session.keep(READ, None)
        return
    try:
        brought = _read(file)
        if brought is None:
            return
        opened = brought.put_into(experiment, file.name.rpartition(".")[0])
    except UserError as error:
        st.error(say("{} Your experiment is as it was.", error))
        return
    _ask(brought, opened, file)


def _read(file: Any) -> Brought | None:
    """What a file is, read once; None where it was an experiment, which stands in the place of the last by now.

    Raises:
        UserError: it can't be read.
    """
    held = session.remember(READ)
    if not isinstance(held, tuple) or held[0] != file.file_id:
        held = (file.file_id, _received(file))
        session.keep(READ, held)
        if isinstance(held[1], Brought) and held[1].experiment:
            undoing.bring(held[1].experiment)
            st.rerun()
    if isinstance(held[1], UserError):
        raise held[1]
    return None if held[1].experiment else held[1]


def _received(file: Any) -> Brought | UserError:
    try:
        with st.spinner("Reading the file …"):
            return receive_network(file, file.name)
    except UserError as error:
        return error


def _ask(brought: Brought, opened: Opened, file: Any) -> None:
    """Lists what was understood and what was not, and asks."""
    with st.container(border=True):
        st.markdown(say("**{}**", opened.experiment.network_line()))
        if opened.understood:
            st.caption("\n".join(say("- {}.", sentence) for sentence in opened.understood))
        if opened.left_out:
            st.warning("\n".join(["What can't be taken over:\n", *_list(opened)]))
        if brought.trouble:
            st.caption(say("{}", brought.trouble))
        with st.container(horizontal=True):
            st.button(
                "Go on without what is left out" if opened.left_out else "Use this network",
                type="primary",
                key="use-network",
                on_click=session.whole(undoing.bring),
                args=(opened.experiment,),
                help="It takes the place of your network; Undo brings yours back.",
            )
            if brought.shapes and opened.keys:
                st.button(
                    "Use it with its weights",
                    key="use-weights",
                    on_click=session.whole(_with_weights),
                    args=(file, opened),
                    help="The next run begins with the weights in the file instead of fresh ones. Takes some seconds.",
                )
                st.button(
                    "Use it as a base",
                    key="use-as-base",
                    on_click=session.whole(_as_base),
                    args=(file, brought, opened),
                    help="Its layers without the one that answers, and what they learnt, stand in front of your own. "
                    "Takes some seconds.",
                )


def _list(opened: Opened) -> list[str]:
    """What can't be taken over, a line each; of many only the first."""
    more = len(opened.left_out) - MOST_LISTED
    lines = [say("- {}.", sentence) for sentence in opened.left_out[:MOST_LISTED]]
    return [*lines, say("- And {} more.", more)] if more > 0 else lines


def _with_weights(file: Any, opened: Opened) -> None:
    """Takes the network over, and the weights that the next run begins with."""
    try:
        experiment, notes = with_weights(file, file.name, opened)
    except UserError as error:
        session.say(f"{error} Your experiment is as it was.")
        return
    undoing.bring(experiment)
    told = ["Its weights were taken over: the next run begins with them.", *(f"{note}." for note in notes)]
    session.say(" ".join(told), is_good=True)


def _as_base(file: Any, brought: Brought, opened: Opened) -> None:
    """Puts the network of the file in front of the learner's own."""
    own_network.put(lambda: as_base(file, file.name, brought, opened, session.experiment()))


def first_weights(experiment: Experiment) -> None:
    """Says that training does not begin fresh, and lets it."""
    if not experiment.weights:
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        try:
            beginning.require(session.workspace(), experiment)
            st.caption("Training begins with weights taken over from a file or a run.", width="content")
        except UserError as error:
            st.error(plain(error))
        st.button(
            "Begin with fresh weights", type="tertiary", key="fresh-weights", on_click=session.whole(_begin_fresh)
        )


def _begin_fresh() -> None:
    session.save(session.experiment().edited(weights=""), redraw=True)
