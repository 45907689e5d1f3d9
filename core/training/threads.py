"""How many cores a training step is spread over: small steps finish sooner on one."""

import contextlib

from core.experiment import Experiment
from core.runs.work import is_small


def suit(experiment: Experiment) -> None:
    """Sets TensorFlow's threads for this experiment; once TensorFlow has computed anything, they stay as they are.

    The same experiment always gets the same threads, so that its curves repeat.
    """
    import tensorflow as tf

    if is_small(experiment, experiment.trace(experiment.dataset.facts())):
        with contextlib.suppress(RuntimeError):
            tf.config.threading.set_intra_op_parallelism_threads(1)
            tf.config.threading.set_inter_op_parallelism_threads(1)
