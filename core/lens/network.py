"""A trained network opened for looking: its answers, every layer's output, its weights."""

from functools import lru_cache

import numpy as np

from core.build.model import SCALING, build_model
from core.experiment import Experiment
from core.runs.run import Run
from core.workspace import Workspace, using


class Network:
    """A network with the weights of a run.

    Args:
        experiment: what was trained.
        weights: in Keras' order, as `Run.weights` gives them.
    """

    def __init__(self, experiment: Experiment, weights: list[np.ndarray]) -> None:
        import keras
        import tensorflow as tf

        self.experiment = experiment
        self.facts = experiment.dataset.facts()
        self.rows = experiment.trace(self.facts).rows
        self.model = build_model(experiment, self.facts)
        self.model.set_weights(weights)
        self.layers = [self.model.get_layer(row.name) for row in self.rows]
        self._head = self.layers[-1]
        image = tf.TensorSpec([None, *self.facts.shape], tf.float32)
        answer = keras.Model(self.model.inputs, [self._head.input, self._head.output])
        everything = keras.Model(
            self.model.inputs, [self.model.get_layer(SCALING).output, *(x.output for x in self.layers)]
        )
        self._answer = tf.function(lambda x: answer(x, training=False), input_signature=[image])
        self._everything = tf.function(lambda x: everything(x, training=False), input_signature=[image])

    def answer(self, images: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """What it says.

        Args:
            images: uint8 (N, height, width, channels), 0..255.

        Returns:
            logits float32 (N, units of the head), probabilities float32 (N, classes), rows that sum to 1.
        """
        read, probabilities = (values.numpy() for values in self._answer(images.astype(np.float32)))
        return self.logits(read), self.per_class(probabilities)

    def everything(self, images: np.ndarray) -> tuple[np.ndarray, list[np.ndarray]]:
        """The scaled input float32 (N, height, width, channels), 0..1, and the output of every layer, head included."""
        scaled, *maps = (values.numpy() for values in self._everything(images.astype(np.float32)))
        return scaled, maps

    def logits(self, read: np.ndarray) -> np.ndarray:
        """The head's sums before its activation: values (N, n) times weights, plus biases; float32 (N, units)."""
        kernel, bias = self._head.get_weights()
        return read @ kernel + bias

    def per_class(self, answers: np.ndarray) -> np.ndarray:
        """One column per class: a sigmoid's single answer p becomes (1 - p, p)."""
        return np.concatenate([1 - answers, answers], axis=1) if answers.shape[1] == 1 else answers


def open_network(run: Run, epoch: int | None = None) -> Network:
    """The network of a run, as it was after an epoch (the newest by default); the last few stay open.

    Raises:
        UserError: nothing was saved yet, or it is damaged.
    """
    chosen = epoch if epoch is not None else run.chosen_epoch
    stamp = run.path / "checkpoints" / f"{chosen or 0:06d}" / "manifest.json"
    return _opened(run.workspace, run.id, epoch, chosen, stamp.stat().st_mtime_ns if stamp.exists() else 0)


@lru_cache(maxsize=4)
def _opened(home: Workspace, run_id: str, epoch: int | None, chosen: int | None, stamp: int) -> Network:
    """`open_network`, remembered until a newer epoch is saved."""
    run = Run(home, run_id)
    with using(home):
        return Network(run.experiment, run.weights(epoch))
