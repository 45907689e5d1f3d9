"""Dropout opened: one batch and its mask, the mean of many, and a pair of runs with it and without."""

from collections.abc import Sequence

import numpy as np
import streamlit as st

from core.errors import UserError
from core.experiment import NAME_LENGTH, Experiment
from core.experiment.node import Node
from core.figures import opened
from core.layers import Layer
from core.layers.group import Group
from core.lens.dropout import DropoutStory
from core.runs import sweeps
from core.words import counted, percent
from pages.components.browser.component import component
from pages.components.browser.packet import Packet
from pages.components.frame import going, session
from pages.components.frame.markdown import plain, say
from pages.components.runs import launching, run_table
from pages.components.understand.looking import Looking

CHART = {"displayModeBar": False}
SIDE = 250
"""px: width of a map."""
RUNS_PAGE = "pages/3_Train/2_Runs.py"
WANTED = "dropout-pair-wanted"
"""What the tab remembers: that the pair is to start as soon as its dataset is ready."""

_maps = component("dropout_maps", "browser/signed", "understand/result_maps", html="<div class='result'></div>")


def draw(story: DropoutStory, looking: Looking) -> None:
    """Draws it.

    Args:
        story: as the lens found it.
        looking: at which network.
    """
    kept, dropped = 1 - story.rate, 1 - story.kept.mean()
    st.markdown(
        say(
            "**{} drops each {} with rate {}, so it keeps it with keep_prob {} = 1 − {}.** Keras takes the share "
            "that goes, older TensorFlow code the share that stays.",
            *(story.layer, "map" if story.whole_maps else "value", f"{story.rate:g}", f"{kept:.3g}", f"{story.rate:g}"),
        )
    )
    masks = counted(story.masks, "mask")
    labels = ("given", f"mask: {percent(float(dropped), 1)} dropped", f"after it: kept × {1 / kept:.4g}",
              f"mean of {masks}")  # fmt: skip
    packet = Packet()
    maps = np.stack([story.given, story.kept, story.after, story.mean]).astype(np.float32)
    header = {"maps": packet.put(maps), "labels": list(labels), "shape": list(story.given.shape)}
    _maps(
        key=looking.key("dropout-maps"), data=packet.seal({**header, "measure": "value", "image": None, "side": SIDE})
    )
    st.caption(
        "A row is a picture of the batch, a column one of its values. In every step each picture has a mask of its "
        "own; at inference there is none."
    )
    miss = float(story.misses[story.masks - 1])
    st.markdown(say("**The mean of {} is off by {}**: four times as many masks, half as far off.",
                    masks, f"{miss:.3g}"))  # fmt: skip
    curve = opened.approach(story.misses, story.expected, story.masks)
    st.plotly_chart(
        curve, key=looking.key("dropout-mean"), config=CHART, alt="How far the mean of many masks is from the input"
    )
    _pair(looking)


def _pair(looking: Looking) -> None:
    """The advice to switch it off, as one click."""
    experiment, name = looking.run.experiment, looking.key(WANTED)
    st.markdown("**Switch it off to see whether the loss falls**")
    st.button(
        "Train it with and without dropout",
        key=f"{name}-button",
        icon=":material/compare_arrows:",
        on_click=session.whole(session.keep),
        args=(name, True),
        help="Starts two runs: the experiment as it is, and with every dropout rate at 0. All else is set alike.",
    )
    st.caption(
        "Both have the same seed, data and order of pictures. Keras deals out first weights in turn, and dropout takes "
        "a turn too: layers behind it begin with other ones, so a small difference may be chance."
    )
    if session.remember(name):
        session.keep(name, None)
        pair = with_and_without(experiment)
        if launching.make_ready(pair):
            _start(experiment, pair)


def with_and_without(experiment: Experiment) -> list[Experiment]:
    """The experiment as it is, and with nothing dropped; named after what they are."""
    ways = {"with dropout": experiment, "dropout off": experiment.edited(nodes=_undropped(experiment.nodes))}
    return [one.edited(name=f"{one.name[: NAME_LENGTH - 16]}, {words}") for words, one in ways.items()]


def _undropped(nodes: Sequence[Node]) -> tuple[Node, ...]:
    """The nodes with every rate of dropout at 0, within groups too."""
    return tuple(node.edited(layer=_unsilenced(node.layer)) for node in nodes)


def _unsilenced(layer: Layer) -> Layer:
    if isinstance(layer, Group):
        return layer.edited(nodes=_undropped(layer.nodes))
    return layer.edited(rate=0.0) if layer.silences else layer


def _start(experiment: Experiment, pair: list[Experiment]) -> None:
    """Starts both runs, as one family, and goes to where they stand side by side."""
    try:
        with session.undisturbed():
            family = sweeps.free_family(session.runs(), f"{experiment.name}: with and without dropout")
            started = launching.start_many([(one, {}) for one in pair], family)
            if started:
                run_table.choose([run.id for run in started])
                session.choose_run(started[0])
                going.to(RUNS_PAGE)
    except UserError as error:
        st.error(plain(error))
        return
    going.on()
    st.rerun()
