"""The two compiled functions of a network: many training steps in one call, and the answers for a batch."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

import numpy as np

from core.build.weights import are_positional
from core.errors import UserError
from core.training.updates import update_of

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
        augmentation: applied to training images, 0..255; None for none.
        optimizer: will own the model's trainable variables.
        loss: a Keras loss on (labels, probabilities), mean over the batch.
        classes: number of classes; decides the form of the labels.
        class_weights: float32 (classes,), how much a picture of each class counts in the loss; None for all alike.
    """

    def __init__(
        self,
        model: "keras.Model",
        augmentation: "keras.Layer | None",
        optimizer: "keras.Optimizer",
        loss: str,
        classes: int,
        class_weights: np.ndarray | None = None,
    ) -> None:
        import keras
        import tensorflow as tf

        self.model, self.augmentation, self.optimizer, self.classes = model, augmentation, optimizer, classes
        self.loss = keras.losses.get({"class_name": _LOSS_CLASS[loss], "config": {}})
        self.one_hot = loss == "categorical_crossentropy"
        self.binary = loss == "binary_crossentropy"
        self.class_weights = None if class_weights is None else tf.constant(class_weights, tf.float32)
        optimizer.build(model.trainable_variables)
        self.apply = update_of(optimizer)
        image = tf.TensorSpec([None, *model.input_shape[1:]], tf.uint8)
        label = tf.TensorSpec([None], tf.int64)
        size, rates = tf.TensorSpec([], tf.int32), tf.TensorSpec([None], tf.float32)
        self.train_chunk = tf.function(self._train_chunk, input_signature=[image, label, size, rates])
        self.evaluate_batch = tf.function(self._evaluate_batch, input_signature=[image, label])

    def _train_chunk(
        self, images: "tf.Tensor", labels: "tf.Tensor", batch_size: "tf.Tensor", rates: "tf.Tensor"
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

        count = tf.shape(images)[0]
        steps = (count + batch_size - 1) // batch_size
        losses = tf.TensorArray(tf.float32, steps)
        rights = tf.TensorArray(tf.int32, steps)
        for step in tf.range(steps):
            start, end = step * batch_size, tf.minimum(step * batch_size + batch_size, count)
            self.optimizer.learning_rate.assign(rates[step])
            loss, right = self._step(tf.cast(images[start:end], tf.float32), labels[start:end])
            losses, rights = losses.write(step, loss), rights.write(step, right)
        return losses.stack(), rights.stack()

    def _step(self, images: "tf.Tensor", labels: "tf.Tensor") -> "tuple[tf.Tensor, tf.Tensor]":
        """One gradient step: (mean loss, right answers)."""
        import tensorflow as tf

        if self.augmentation is not None:
            images = self.augmentation(images, training=True)  # (B, H, W, C), 0..255
        with tf.GradientTape() as tape:
            answers = self.model(images, training=True)  # (B, classes) or (B, 1)
            loss = self.loss(self.targets(labels), answers, sample_weight=self.weights(labels))
            loss = tf.add_n([loss, *self.model.losses])
        variables = self.model.trainable_variables
        self.apply(tape.gradient(loss, variables), variables)
        return loss, self.count_right(labels, answers)

    def _evaluate_batch(self, images: "tf.Tensor", labels: "tf.Tensor") -> "tuple[tf.Tensor, tf.Tensor, tf.Tensor]":
        """(mean loss, right answers, answers (B, classes) or (B, 1)) without learning."""
        import tensorflow as tf

        answers = self.model(tf.cast(images, tf.float32), training=False)
        loss = tf.add_n([self.loss(self.targets(labels), answers), *self.model.losses])
        return loss, self.count_right(labels, answers), answers

    def weights(self, labels: "tf.Tensor") -> "tf.Tensor | None":
        """How much each picture counts: float32 (B,), or None for all alike."""
        import tensorflow as tf

        return None if self.class_weights is None else tf.gather(self.class_weights, labels)

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
            **{f"optimizer/{variable.path.partition('/')[2]}": variable for variable in self.optimizer.variables},
            **{f"random/{place}": variable for place, variable in enumerate(random)},
            **{f"augmentation/{place}": variable for place, variable in enumerate(augmentation)},
        }

    def targets(self, labels: "tf.Tensor") -> "tf.Tensor":
        """The labels in the form that the loss reads."""
        import tensorflow as tf

        if self.binary:
            return tf.cast(labels[:, None], tf.float32)
        return tf.one_hot(labels, self.classes) if self.one_hot else labels

    def count_right(self, labels: "tf.Tensor", answers: "tf.Tensor") -> "tf.Tensor":
        """How many answers of a batch are right."""
        import tensorflow as tf

        chosen = tf.cast(answers[:, 0] > 0.5, tf.int64) if self.binary else tf.argmax(answers, axis=1)
        return tf.reduce_sum(tf.cast(tf.equal(chosen, labels), tf.int32))
