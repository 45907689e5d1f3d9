"""How many cores a training step is spread over: `core.runs.work.spread_of` says it, this tells TensorFlow."""

import contextlib

from core.runs.machine import cores
from core.runs.work import Spread


def suit(spread: Spread) -> None:
    """Sets TensorFlow's threads; once TensorFlow has computed anything, they stay as they are.

    The same experiment always gets the same threads, so that its curves repeat.
    """
    import tensorflow as tf

    with contextlib.suppress(RuntimeError):
        tf.config.threading.set_intra_op_parallelism_threads(spread.cores(cores()))
        tf.config.threading.set_inter_op_parallelism_threads(spread.parts)
