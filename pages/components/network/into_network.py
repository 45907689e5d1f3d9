"""A kernel from a lab becomes the fixed first layer of the experiment in work, and is compared with a learned one."""

from collections.abc import Sequence
from typing import Any

import streamlit as st

from core.errors import UserError
from core.experiment import Experiment, hand_made, memory
from core.layers.hand_made import HandMadeConv2D
from core.runs import sweeps
from core.words import number
from pages.components.frame import presses, session
from pages.components.frame.markdown import plain, say
from pages.components.runs import launching, run_table

NETWORK_PAGE, RUNS_PAGE = "pages/2_Design/3_Network.py", "pages/3_Train/2_Runs.py"
IN_PLACE = (
    "In place of a hand-made first layer, if there is one. The Network page can set padding, stride and activation."
)
USE, COMPARE = "use-kernel", "train-both"
TOLD = "into-network"
"""What the tab remembers: the sentence that says what was done, and the page to look at."""


def offer(
    kernels: Sequence[Sequence[Sequence[float]]],
    settings: dict[str, Any] | None = None,
    left_behind: Sequence[str] = (),
) -> None:
    """Offers kernels to the experiment in work: as its fixed first layer, and against a learned one.

    Args:
        kernels: one or more squares of weights, rows of numbers, all of one size; or for every channel such a square.
        settings: what travels with them, as `core.experiment.hand_made.layer` takes it.
        left_behind: sentences that say what of the lab no layer can do.
    """
    experiment = session.experiment()
    st.subheader("Into a network")
    try:
        fixed, learned = hand_made.pair(experiment, kernels, **(settings or {}))
    except UserError as error:
        st.info(plain(error))
        return
    layer = fixed.layers[0]
    st.markdown(
        say("“{}” works on {}. ", experiment.name, experiment.dataset.called())
        + f"Its first layer can be {'this kernel' if layer.filters == 1 else f'these {layer.filters:d} kernels'}, "
        "fixed: training changes all other weights, and leaves these as you made them."
    )
    st.caption(plain(" ".join([_what_travels(layer), *left_behind])))
    with st.container(horizontal=True):
        is_there = fixed.is_same(experiment)
        why = "It stands there already." if is_there else IN_PLACE
        # A press means the kernel as it is now, which the page knows and a callback made before the last edit does not.
        used = presses.button("Use in a network", key=USE, icon=":material/input:", disabled=is_there, help=why)
        pressed = presses.button(
            "Trained against hand-made",
            key=COMPARE,
            icon=":material/compare_arrows:",
            help="Trains the experiment twice: with this first layer fixed, and with as many kernels of the same size "
            "that begin at random and are learned. All else is set alike.",
        )
    if used:
        with session.undisturbed():
            presses.answered(USE)
            _use(experiment, fixed)
        st.rerun()
    if pressed:
        _compare(experiment, fixed, learned)
    _tell(is_there)


def _what_travels(layer: HandMadeConv2D) -> str:
    """The settings that go along with the weights."""
    step = f"stride {layer.strides}" + (f", dilation {layer.dilation_rate}" if layer.dilation_rate > 1 else "")
    bias = f"bias {', '.join(f'{bias:g}' for bias in layer.biases)}" if layer.biases else "no bias"
    activation = "no activation" if layer.activation == "linear" else f"activation {layer.activation}"
    return f"It goes along as it is here: padding '{layer.padding}', {step}, {bias}, {activation}."


def _use(before: Experiment, fixed: Experiment) -> None:
    """Makes it the first layer, and says what became of the old one."""
    session.save(fixed, redraw=True)
    replaced = len(fixed.layers) == len(before.layers)
    what = "your kernel is" if fixed.layers[0].filters == 1 else f"your {fixed.layers[0].filters} kernels are"
    old = ", in place of the hand-made one before" if replaced else ""
    session.keep(TOLD, (f"Done: {what} the first layer now{old}.", NETWORK_PAGE, "Open the Network page"))


def _compare(experiment: Experiment, fixed: Experiment, learned: Experiment) -> None:
    """Starts both runs, as one family, and leads to where they are compared."""
    blocking = next((p for one in (fixed, learned) for p in memory.obstacles(one) if p.blocking), None)
    if blocking:
        st.error(plain(f"{blocking.message} {blocking.hint}"))
    elif launching.make_ready([fixed, learned]):
        with session.undisturbed():
            presses.answered(COMPARE)
            _start_both(experiment, fixed, learned)
        st.rerun()
    presses.answered(COMPARE)


def _start_both(experiment: Experiment, fixed: Experiment, learned: Experiment) -> None:
    """Starts the two runs, and tells of them."""
    family = sweeps.free_family(session.runs(), f"{experiment.name}: hand-made or trained")
    started = launching.start_many([(one, {}) for one in hand_made.named(fixed, learned)], family)
    if len(started) == 2:
        run_table.choose([run.id for run in started])
        session.choose_run(started[0])
        weights = number(fixed.layers[0].parameters(fixed.dataset.facts().shape))
        sentence = f"Two runs are on their way: {weights} weights in front that stay, and {weights} that learn."
        session.keep(TOLD, (sentence, RUNS_PAGE, "Compare them on the Runs page"))


def _tell(is_in_use: bool) -> None:
    """What the last press did, as long as this tab stays here."""
    if told := session.remember(TOLD):
        sentence, page, label = told
        if page == NETWORK_PAGE and not is_in_use:
            return  # another kernel was chosen, or the experiment changed: the sentence would be wrong
        st.success(plain(sentence))
        st.page_link(page, label=plain(label), icon=":material/arrow_forward:")
