"""What a layer reads, and what is written beside it: below the form of its settings."""

from collections.abc import Callable, Sequence

import streamlit as st

from core.errors import UserError
from core.experiment import branches
from core.experiment.node import COMMENT_LENGTH, IMAGE, Node, inputs_of
from core.experiment.stack import Nodes
from core.words import cleaned
from pages.components.frame import session
from pages.components.frame.markdown import plain


def edit(nodes: Nodes, at: int, key: str, on_change: Callable[[], None]) -> None:
    """A menu of the rows above it, several for a join, and a line of text.

    Args:
        nodes: of the network.
        at: place of the layer.
        key: names the widgets; unique on the page.
        on_change: called before the page is drawn again after a change; it asks `said` for the news.
    """
    node, inputs = nodes[at], inputs_of(nodes)[at]
    is_plain = inputs == ((nodes[at - 1].id if at else IMAGE),) and not node.comment
    with st.expander("What it reads, and a comment", expanded=not is_plain):
        known = {IMAGE: "the picture"} | {one.id: f"{one.kind} #{place + 1}" for place, one in enumerate(nodes[:at])}
        options = [*reversed(known), *(one for one in dict.fromkeys(inputs) if one not in known)]
        shared = {"options": options, "format_func": lambda one: plain(known.get(one, f"{one}, which is not above it"))}
        shared |= {"key": session.key(f"{key}-reads-{_is_join(node)}"), "on_change": session.whole(on_change)}
        if _is_join(node):
            most = node.layer.takes[1]
            st.multiselect("Reads", default=list(dict.fromkeys(inputs)), max_selections=most, **shared)
        else:
            st.selectbox("Reads", index=options.index(inputs[0]), **shared)
        st.text_input(
            "Comment",
            value=node.comment,
            max_chars=COMMENT_LENGTH,
            key=session.key(f"{key}-comment"),
            on_change=session.whole(on_change),
            placeholder="What it is there for",
            help="Stands in its row, in the script and in the file. It changes nothing else.",
        )


def said(nodes: Nodes, at: int, key: str) -> Nodes:
    """The network with what the widgets on the screen say, for callbacks.

    Args:
        nodes: of the network.
        at: place of the layer.
        key: as `edit` was called with.
    """
    node, inputs = nodes[at], inputs_of(nodes)[at]
    chosen = session.sent(session.key(f"{key}-reads-{_is_join(node)}"), inputs)
    read = (chosen,) if isinstance(chosen, str) else tuple(chosen or ())
    comment = cleaned(str(session.sent(session.key(f"{key}-comment"), node.comment)), COMMENT_LENGTH)
    if comment != node.comment:
        nodes = (*nodes[:at], node.edited(comment=comment), *nodes[at + 1 :])
    return _reading(nodes, node, read) if read and read != tuple(dict.fromkeys(inputs)) else nodes


def _reading(nodes: Nodes, node: Node, read: Sequence[str]) -> Nodes:
    """The network with other wires; as it was where they have become impossible meanwhile."""
    try:
        return branches.reading(nodes, node.id, read)
    except UserError as error:
        session.say(str(error))
        return nodes


def _is_join(node: Node) -> bool:
    return node.layer.takes[1] > 1
