"""How many cores a training step is spread over: small steps finish sooner on one."""

import contextlib

from core import settings
from core.experiment import Experiment


def is_small(experiment: Experiment) -> bool:
    """Whether a step of this experiment is best left to one core: handing work to a second costs more than that saves.

    On two cores the digits network (10 million) ran 1.6 times as fast on one, the Fashion network (160 million) 1.4
    times as fast on both (`python -m benchmarks threads`).
    """
    adds = experiment.trace(experiment.dataset.facts()).multiply_adds
    return adds * experiment.training.batch_size <= settings.SMALL_STEP.value()


def suit(experiment: Experiment) -> None:
    """Sets TensorFlow's threads for this experiment; once TensorFlow has computed anything, they stay as they are.

    The same experiment always gets the same threads, so that its curves repeat.
    """
    import tensorflow as tf

    if is_small(experiment):
        with contextlib.suppress(RuntimeError):
            tf.config.threading.set_intra_op_parallelism_threads(1)
            tf.config.threading.set_inter_op_parallelism_threads(1)
