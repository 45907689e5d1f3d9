"""How many cores a training step is spread over: `core.runs.work.spread_of` says it, this tells TensorFlow."""

import contextlib

from core.quick_keras import import_keras
from core.runs.machine import cores
from core.runs.work import Spread


def suit(spread: Spread, has_pieces: bool = False) -> None:
    """Sets TensorFlow's threads; once TensorFlow has computed anything, they stay as they are.

    The same experiment always gets the same threads, so that its curves repeat.

    Args:
        spread: of a step.
        has_pieces: whether features are computed, in pieces that go side by side to all cores.
    """
    import_keras()
    import tensorflow as tf

    with contextlib.suppress(RuntimeError):
        tf.config.threading.set_intra_op_parallelism_threads(spread.cores(cores()))
        side_by_side = max(spread.parts, cores()) if has_pieces else spread.parts
        tf.config.threading.set_inter_op_parallelism_threads(side_by_side)
