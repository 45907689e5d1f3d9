"""What training will take of this machine's memory, in one line, and what of it takes most."""

import streamlit as st

from core.datasets import Facts
from core.experiment import Experiment, memory
from core.experiment.memory import Estimate
from pages.components.frame.markdown import say

WORDS = {
    "base": "TensorFlow itself",
    "images": "the pictures",
    "weights": "weights, and a copy of the largest layer's while an epoch is saved",
    "gradients": "gradients",
    "optimizer": "what the optimizer remembers",
    "activations": "what the layers give for one batch",
}


def show(experiment: Experiment, facts: Facts) -> None:
    """The line; nothing for a network that can't be built.

    Args:
        experiment: the one being edited.
        facts: of its dataset.
    """
    if experiment.trace(facts).broken:
        return
    needed = memory.of(experiment, facts)
    allowed = memory.gigabytes(memory.limit())
    st.caption(
        say("About {} of memory while training; this machine allows {}.", memory.gigabytes(needed.total), allowed),
        help="  \n".join(_parts(needed)),
    )


def _parts(needed: Estimate) -> list[str]:
    """Each part with its size, the largest first."""
    sizes = {words: getattr(needed, name) for name, words in WORDS.items()}
    return [
        say("{} {}", memory.gigabytes(size), words) for words, size in sorted(sizes.items(), key=lambda pair: -pair[1])
    ]
