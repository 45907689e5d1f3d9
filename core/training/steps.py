"""The two compiled functions of a network: many training steps in one call, and the answers for a batch."""

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from core.augmentation.random_changes import RandomChanges
from core.build.weights import are_positional
from core.errors import UserError
from core.training.order import among, quick
from core.training.updates import scaled, update_of, variables_of

if TYPE_CHECKING:
    import keras
    import tensorflow as tf

_LOSS_CLASS = {
    "binary_crossentropy": "BinaryCrossentropy",
    "categorical_crossentropy": "CategoricalCrossentropy",
    "sparse_categorical_crossentropy": "SparseCategoricalCrossentropy",
}


class Steps:
    """The two compiled functions of a network: many training steps in one call, and the answers for a batch.

    Args:
        model: functional, fresh or loaded.
        augmentation: applied to training images, 0..255; None for none. Where it mixes pictures, labels are shares.
        optimizer: will own the model's trainable variables.
        loss: a Keras loss on (labels, probabilities), mean over the batch.
        classes: number of classes; decides the form of the labels.
        class_weights: float32 (classes,), how much a picture of each class counts in the loss; None for all alike.
        parts: a batch is cut into so many, computed side by side; more than 1 only where every image is answered by
            itself.
        slower: by what the learning rate is divided for layers, by their names; 1 for those not named.
        allowed: bool (classes, classes), among which classes an image of each class is answered; None for all.
    """

    def __init__(
        self,
        model: "keras.Model",
        augmentation: RandomChanges | None,
        optimizer: "keras.Optimizer",
        loss: str,
        classes: int,
        class_weights: np.ndarray | None = None,
        parts: int = 1,
        slower: Mapping[str, float] | None = None,
        allowed: np.ndarray | None = None,
    ) -> None:
        import keras
        import tensorflow as tf

        self.model, self.augmentation, self.classes = model, augmentation, classes
        self.computed = model
        self.optimizer = scaled(optimizer) if _is_half(model) else optimizer
        self.loss = keras.losses.get({"class_name": _LOSS_CLASS[loss], "config": {}})
        self.one_hot = loss == "categorical_crossentropy"
        self.binary = loss == "binary_crossentropy"
        self.class_weights = None if class_weights is None else tf.constant(class_weights, tf.float32)
        self.allowed = None if allowed is None else tf.constant(allowed)
        self.optimizer.build(model.trainable_variables)
        divisors = [(slower or {}).get(one.path.partition("/")[0], 1.0) for one in model.trainable_variables]
        self.apply = update_of(self.optimizer, divisors if any(one != 1 for one in divisors) else None)
        self.parts = 1 if tf.config.list_physical_devices("GPU") else parts  # a GPU is best given all at once
        self._read(tf.uint8)

    def learn_from_features(self, rest: "keras.Model") -> None:
        """From now on features stand in place of images, as they are: what makes them is not computed any more.

        Args:
            rest: from features to the answer; the layers of the model, those that learn all among them.
        """
        import tensorflow as tf

        self.computed = rest
        self._read(tf.float32)

    def _read(self, dtype: "tf.DType") -> None:
        """What is given are images, or features of them; nothing is compiled yet."""
        import tensorflow as tf

        self._image = tf.TensorSpec([None, *self.computed.input_shape[1:]], dtype)
        self._label = tf.TensorSpec([None], tf.int64)
        self._compiled: dict[int, Callable] = {}
        signature = [self._image, self._label]
        self._answer = {n: tf.function(partial(self._answered, n), input_signature=signature) for n in {1, self.parts}}

    def train_chunk(
        self, images: np.ndarray, labels: np.ndarray, batch_size: int, rates: np.ndarray
    ) -> "tuple[tf.Tensor, tf.Tensor]":
        """Trains on consecutive batches of the given images; the last one may be smaller.

        Args:
            images, labels: uint8 (N, height, width, channels), 0..255, and int64 (N,).
            batch_size: images a step.
            rates: float32 (steps,), the learning rate of each.

        Returns:
            float32 (steps,) mean loss of each batch, int32 (steps,) right answers in each.
        """
        import tensorflow as tf

        whole = len(images) // batch_size
        cut = whole * batch_size
        parts = [(images[:cut], labels[:cut], rates[:whole])] if whole else []
        parts += [(images[cut:], labels[cut:], rates[whole:])] if cut < len(images) else []
        told = [self._batches_of(min(batch_size, len(part[0])))(*part) for part in parts]
        return told[0] if len(told) == 1 else tuple(tf.concat(values, 0) for values in zip(*told, strict=True))

    def _batches_of(self, size: int) -> Callable:
        """The compiled steps for batches of one size: what knows its shapes beforehand need not ask for them."""
        import tensorflow as tf

        if size not in self._compiled:
            signature = [self._image, self._label, tf.TensorSpec([None], tf.float32)]
            self._compiled[size] = tf.function(partial(self._train_batches, size), input_signature=signature)
        return self._compiled[size]

    def _train_batches(
        self, size: int, images: "tf.Tensor", labels: "tf.Tensor", rates: "tf.Tensor"
    ) -> "tuple[tf.Tensor, tf.Tensor]":
        """As `train_chunk`, for batches that are all of one size."""
        import tensorflow as tf

        steps = tf.shape(rates)[0]
        images, labels = tf.reshape(images, (-1, size, *images.shape[1:])), tf.reshape(labels, (-1, size))
        losses = tf.TensorArray(tf.float32, steps)
        rights = tf.TensorArray(tf.int32, steps)
        for step in tf.range(steps):
            self.optimizer.learning_rate.assign(rates[step])
            loss, right = self._step(tf.cast(images[step], tf.float32), labels[step])
            losses, rights = losses.write(step, loss), rights.write(step, right)
        return losses.stack(), rights.stack()

    def _step(self, images: "tf.Tensor", labels: "tf.Tensor") -> "tuple[tf.Tensor, tf.Tensor]":
        """One gradient step: (mean loss, right answers)."""
        import tensorflow as tf

        size = labels.shape[0]
        if self.augmentation is not None and self.computed is self.model:  # of the whole batch, before it is cut
            if self.augmentation.mixes:
                images, labels = self.augmentation.batch(images, tf.one_hot(labels, self.classes))
            else:
                images = self.augmentation(images, training=True)  # (B, H, W, C), 0..255
        sizes = [len(part) for part in np.array_split(range(size), min(self.parts, size))]
        parts = zip(tf.split(images, sizes), tf.split(labels, sizes), strict=True)
        told = [self._learned(*part, share=count / size) for part, count in zip(parts, sizes, strict=True)]
        losses, rights, gradients = zip(*told, strict=True)
        summed = [tf.add_n(ones) if None not in ones else None for ones in zip(*gradients, strict=True)]
        self.apply(summed, self.model.trainable_variables)
        return tf.add_n(losses), tf.add_n(rights)

    def _learned(
        self, images: "tf.Tensor", labels: "tf.Tensor", share: float
    ) -> "tuple[tf.Tensor, tf.Tensor, list[tf.Tensor]]":
        """What a part of a batch adds to it: (to the mean loss, right answers, to the gradients).

        Args:
            images: float32 (B, height, width, channels), 0..255, or features.
            labels: int64 (B,); of pictures that were mixed float32 (B, classes), their shares of each class.
            share: of the batch, 0..1.
        """
        import tensorflow as tf

        with tf.GradientTape() as tape, quick(self.computed), among(self.computed, self._allowed(labels)):
            answers = self.computed(images, training=True)  # (B, classes) or (B, 1)
            loss = self.loss(self.targets(labels), answers, sample_weight=self.weights(labels))
            loss = tf.add_n([loss, *self.computed.losses])
            loss = loss if share == 1 else loss * share
            steep = self.optimizer.scale_loss(loss)  # the same, where nothing is scaled
        gradients = tape.gradient(steep, self.model.trainable_variables)
        return loss, self.count_right(labels, answers), gradients

    def evaluate_batch(self, images: np.ndarray, labels: np.ndarray) -> "tuple[tf.Tensor, tf.Tensor, tf.Tensor]":
        """(mean loss, right answers, answers (B, classes) or (B, 1)) without learning.

        Args:
            images, labels: uint8 (B, height, width, channels), 0..255, and int64 (B,).
        """
        return self._answer[self.parts if len(images) >= self.parts else 1](images, labels)

    def _answered(
        self, parts: int, images: "tf.Tensor", labels: "tf.Tensor"
    ) -> "tuple[tf.Tensor, tf.Tensor, tf.Tensor]":
        """`evaluate_batch`, the batch cut into so many parts, none of them empty."""
        import tensorflow as tf

        size = (tf.shape(images)[0] + parts - 1) // parts
        told = []
        for n in range(parts):
            part = slice(n * size, (n + 1) * size)
            with quick(self.computed), among(self.computed, self._allowed(labels[part])):
                told.append(self.computed(tf.cast(images[part], tf.float32), training=False))
        answers = tf.concat(told, axis=0)
        loss = tf.add_n([self.loss(self.targets(labels), answers), *self.computed.losses])
        return loss, self.count_right(labels, answers), answers

    def _allowed(self, labels: "tf.Tensor") -> "tf.Tensor | None":
        """Among which classes each picture is answered: bool (B, classes), or None for all."""
        import tensorflow as tf

        if self.allowed is None or labels.dtype.is_integer:
            return None if self.allowed is None else tf.gather(self.allowed, labels)
        return tf.matmul(tf.cast(labels > 0, tf.float32), tf.cast(self.allowed, tf.float32)) > 0  # as either of the two

    def weights(self, labels: "tf.Tensor") -> "tf.Tensor | None":
        """How much each picture counts: float32 (B,), or None for all alike; a mixed one as what it is mixed of."""
        import tensorflow as tf

        if self.class_weights is None or labels.dtype.is_integer:
            return None if self.class_weights is None else tf.gather(self.class_weights, labels)
        return tf.linalg.matvec(labels, self.class_weights)  # as much as what it is mixed of

    def state(self) -> Iterator[tuple[str, np.ndarray]]:
        """All that decides the next steps beside the weights, by name: the optimizer's memory, the random state."""
        for name, variable in self._state_variables().items():
            yield name, variable.numpy()

    def restore(self, state: Mapping[str, np.ndarray]) -> None:
        """Puts back what `state` gave; what format 1 saved is told by its place.

        Raises:
            UserError: it is of another network or optimizer.
        """
        variables = self._state_variables()
        names = list(state) if are_positional(state) else list(variables)
        fits = len(names) == len(variables) and set(names) == set(state)
        pairs = list(zip(names, variables.values(), strict=False))
        if not fits or any(state[name].shape != tuple(variable.shape) for name, variable in pairs):
            raise UserError("The saved training state is not that of this network.", "Train again.", "RUN_STATE")
        for name, variable in pairs:
            variable.assign(state[name])

    def _state_variables(self) -> "dict[str, keras.Variable]":
        """Variables of the optimizer, of the model's own randomness (dropout), of the augmentation.

        Keras numbers optimizers and sources of randomness as they are made in a process, so that these names tell a
        variable by what it belongs to, and randomness by its order in the network.
        """
        known = {id(variable) for variable in self.model.weights}
        random = [variable for variable in self.model.variables if id(variable) not in known]
        augmentation = self.augmentation.variables if self.augmentation else []
        return {
            **variables_of(self.optimizer),
            **{f"random/{place}": variable for place, variable in enumerate(random)},
            **{f"augmentation/{place}": variable for place, variable in enumerate(augmentation)},
        }

    def targets(self, labels: "tf.Tensor") -> "tf.Tensor":
        """The labels in the form that the loss reads."""
        import tensorflow as tf

        if not labels.dtype.is_integer:
            return labels[:, 1:2] if self.binary else labels
        if self.binary:
            return tf.cast(labels[:, None], tf.float32)
        return tf.one_hot(labels, self.classes) if self.one_hot else labels

    def count_right(self, labels: "tf.Tensor", answers: "tf.Tensor") -> "tf.Tensor":
        """How many answers of a batch are right; to a mixed picture it is the class of its larger share."""
        import tensorflow as tf

        labels = labels if labels.dtype.is_integer else tf.argmax(labels, axis=1)
        chosen = tf.cast(answers[:, 0] > 0.5, tf.int64) if self.binary else tf.argmax(answers, axis=1)
        return tf.reduce_sum(tf.cast(tf.equal(chosen, labels), tf.int32))


def _is_half(model: "keras.Model") -> bool:
    """Whether layers compute with float16, whose smallest number is too large for many a gradient."""
    return any(layer.compute_dtype == "float16" for layer in model.layers)
