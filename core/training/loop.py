"""The training loop, ours from end to end: chunks of steps inside one compiled function, live numbers between chunks.

It equals `keras.Model.fit` where that is right (dropout, batch-norm updates, regularization losses, the last partial
batch, means weighted by images) and spares Python between the steps.
"""

import math
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from core import datasets, runs
from core.datasets import Facts, ImageData
from core.experiment import Experiment
from core.model import build_augmentation, build_model
from core.network import Trace
from core.runs import Recorder

if TYPE_CHECKING:
    import keras
    import tensorflow as tf

CHUNK_SECONDS = 0.1
"""A chunk ends this often: curves move ten times a second and Stop is heard as fast."""
POINTS_PER_CHUNK = 24
"""A chunk of more steps is told as this many means, so that the record stays small."""
STATUS_SECONDS = 0.5
"""Between two writings of the status, which waits for the disk."""
TILES = 24
"""Validation pictures whose current answer is told after each epoch."""
EVALUATION_BYTES = 256 * 2**20
"""Memory that the largest layer may take while validating; decides the batch size there."""

Watcher = Callable[[dict[str, object]], None]


class Stopped(Exception):
    """The user asked to stop, or the loss is no number any more; the state says which."""

    def __init__(self, state: str) -> None:
        super().__init__(state)
        self.state = state


@dataclass
class Score:
    """Loss and accuracy over images seen so far, each image weighing the same."""

    images: int = 0
    loss_sum: float = 0.0
    right: int = 0

    def add(self, images: int, loss_sum: float, right: int) -> None:
        """Takes in a batch or a chunk."""
        self.images += images
        self.loss_sum += loss_sum
        self.right += right

    @property
    def loss(self) -> float:
        """Mean loss per image."""
        return self.loss_sum / self.images

    @property
    def accuracy(self) -> float:
        """Share of images answered right, 0..1."""
        return self.right / self.images


class Steps:
    """The two compiled functions of a network: many training steps in one call, and the answers for a batch.

    Args:
        model: functional, fresh or loaded.
        augmentation: applied to training images, 0..255; None for none.
        optimizer: will own the model's trainable variables.
        loss: a Keras loss on (labels, probabilities), mean over the batch.
        classes: number of classes; decides the form of the labels.
    """

    def __init__(
        self,
        model: "keras.Model",
        augmentation: "keras.Layer | None",
        optimizer: "keras.Optimizer",
        loss: str,
        classes: int,
    ) -> None:
        import keras
        import tensorflow as tf

        self.model, self.augmentation, self.optimizer, self.classes = model, augmentation, optimizer, classes
        self.loss = keras.losses.get({"class_name": _LOSS_CLASS[loss], "config": {}})
        self.one_hot = loss == "categorical_crossentropy"
        self.binary = loss == "binary_crossentropy"
        optimizer.build(model.trainable_variables)
        image = tf.TensorSpec([None, *model.input_shape[1:]], tf.uint8)
        label = tf.TensorSpec([None], tf.int64)
        self.train_chunk = tf.function(self._train_chunk, input_signature=[image, label, tf.TensorSpec([], tf.int32)])
        self.evaluate_batch = tf.function(self._evaluate_batch, input_signature=[image, label])

    def _train_chunk(
        self, images: "tf.Tensor", labels: "tf.Tensor", batch_size: "tf.Tensor"
    ) -> "tuple[tf.Tensor, tf.Tensor]":
        """Trains on consecutive batches of the given images; the last one may be smaller.

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
            loss = tf.add_n([self.loss(self.targets(labels), answers), *self.model.losses])
        variables = self.model.trainable_variables
        self.optimizer.apply(tape.gradient(loss, variables), variables)
        return loss, self.count_right(labels, answers)

    def _evaluate_batch(self, images: "tf.Tensor", labels: "tf.Tensor") -> "tuple[tf.Tensor, tf.Tensor, tf.Tensor]":
        """(mean loss, right answers, answers (B, classes) or (B, 1)) without learning."""
        import tensorflow as tf

        answers = self.model(tf.cast(images, tf.float32), training=False)
        loss = tf.add_n([self.loss(self.targets(labels), answers), *self.model.losses])
        return loss, self.count_right(labels, answers), answers

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


_LOSS_CLASS = {
    "binary_crossentropy": "BinaryCrossentropy",
    "categorical_crossentropy": "CategoricalCrossentropy",
    "sparse_categorical_crossentropy": "SparseCategoricalCrossentropy",
}


class Training:
    """One run of an experiment, from fresh weights to its last epoch.

    Args:
        experiment: without blocking problems.
        record: the run's pen, its lock held.
        watch: told every change of status as a dict; a progress bar, for one.
    """

    def __init__(self, experiment: Experiment, record: Recorder, watch: Watcher = lambda status: None) -> None:
        self.experiment, self.record, self.watch = experiment, record, watch
        self.settings = experiment.training
        self.best: tuple[float, int] = (-1.0, 0)
        self.step = 0
        self.trained_images, self.trained_seconds, self.last_status = 0, 0.0, 0.0

    def run(self) -> str:
        """Trains; returns the state it ended in.

        Raises:
            UserError: the data cannot be had, or the disk is full.
        """
        self.tell(state=runs.STARTING, epochs=self.settings.epochs, epoch=0)
        self._prepare()
        self.tell(state=runs.RUNNING)
        try:
            for epoch in range(1, self.settings.epochs + 1):
                self._epoch(epoch)
            state = runs.FINISHED
        except Stopped as stop:
            state = stop.state
        self.tell(state=state, seconds_left=0.0, **self._test_scores(state))
        return state

    def _prepare(self) -> None:
        """Data, network, optimizer and compiled functions."""
        experiment = self.experiment
        self.data = datasets.load(experiment.dataset, self.settings.validation_split, experiment.seed)
        facts = experiment.dataset.facts()
        traced = experiment.trace(facts)
        self.model = build_model(experiment, facts)
        optimizer = self.settings.optimizer.build()
        self.steps = Steps(
            self.model, build_augmentation(experiment), optimizer, experiment.loss(facts), len(facts.class_names)
        )
        self.evaluation_batch = evaluation_batch(traced, facts)
        self.tiles = tile_positions(self.data)
        self.record.append(
            "started",
            steps_per_epoch=math.ceil(len(self.data.train) / self.settings.batch_size),
            train_images=len(self.data.train),
            validation_images=len(self.data.validation),
            tiles=[int(position) for position in self.tiles],
        )
        self.tell(parameters=self.model.count_params())

    def _epoch(self, epoch: int) -> None:
        """One pass over the training images, then one over the validation images."""
        began = time.monotonic()
        trained = Score()
        for images, labels in self._chunks(epoch):
            self._chunk(epoch, images, labels, trained)
        validated, answers = self.evaluate(self.data.validation)
        if validated.accuracy > self.best[0]:
            self.best = (validated.accuracy, epoch)
        self.record.checkpoint(epoch, self.model.get_weights(), keep={self.best[1]})
        scores = {
            "loss": trained.loss,
            "accuracy": trained.accuracy,
            "val_loss": validated.loss,
            "val_accuracy": validated.accuracy,
        }
        self.record.append(
            "epoch", epoch=epoch, step=self.step, seconds=time.monotonic() - began, **scores, **self._told(answers)
        )
        self.tell(
            epoch=epoch, best_epoch=self.best[1], best_val_accuracy=self.best[0], **self._pace(epoch, 0), **scores
        )

    def _chunks(self, epoch: int) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """The shuffled training images, as many steps at a time as fill CHUNK_SECONDS on this machine."""
        order = np.random.default_rng([self.experiment.seed, epoch]).permutation(self.data.train)
        start = 0
        while start < len(order):
            part = order[start : start + self._steps_per_chunk() * self.settings.batch_size]
            yield self.data.images[part], self.data.labels[part]
            start += len(part)

    def _steps_per_chunk(self) -> int:
        """From the pace so far; the first chunk is a single step, so that the first point comes at once."""
        if self.trained_seconds == 0:
            return 1
        per_step = self.trained_seconds / self.trained_images * self.settings.batch_size
        return max(1, int(CHUNK_SECONDS / per_step))

    def _chunk(self, epoch: int, images: np.ndarray, labels: np.ndarray, trained: Score) -> None:
        """Trains on one chunk and tells what came of it."""
        began = time.monotonic()
        losses, rights = (a.numpy() for a in self.steps.train_chunk(images, labels, self.settings.batch_size))
        if self.step:  # the first call compiles, which says nothing about the pace
            self.trained_seconds += time.monotonic() - began
            self.trained_images += len(images)
        sizes = batch_sizes(len(images), self.settings.batch_size)
        self.record.append("batches", **points(self.step, losses, rights, sizes))
        self.step += len(losses)
        if not np.isfinite(losses).all():
            raise Stopped(runs.DIVERGED)
        trained.add(len(images), float(losses @ sizes), int(rights.sum()))
        self._pause(epoch, trained.images)

    def _pause(self, epoch: int, images_done: int) -> None:
        """Between two chunks: has somebody asked to stop, and is it time to tell where we are?"""
        if self.record.run.wants_stop():
            if images_done:
                self.record.checkpoint(epoch, self.model.get_weights(), keep={self.best[1]})
            raise Stopped(runs.STOPPED)
        if time.monotonic() - self.last_status > STATUS_SECONDS:
            self.tell(**self._pace(epoch - 1, images_done))

    def _pace(self, epochs_done: int, images_done: int) -> dict[str, object]:
        """Images per second so far and the seconds left at that pace, validation left out."""
        if not self.trained_seconds:
            return {}
        pace = self.trained_images / self.trained_seconds
        left = (self.settings.epochs - epochs_done) * len(self.data.train) - images_done
        return {"images_per_second": pace, "seconds_left": max(0.0, left / pace)}

    def evaluate(self, positions: np.ndarray) -> tuple[Score, np.ndarray]:
        """Loss and accuracy on images at these positions, and the answers float32 (N, classes) or (N, 1)."""
        score, answers = Score(), []
        for images, labels in datasets.batches(self.data, positions, self.evaluation_batch):
            loss, right, answer = self.steps.evaluate_batch(images, labels)
            score.add(len(images), float(loss) * len(images), int(right))
            answers.append(answer.numpy())
            if self.record.run.wants_stop() and self.record.run.checkpoints():
                raise Stopped(runs.STOPPED)
        return score, np.concatenate(answers)

    def _told(self, answers: np.ndarray) -> dict[str, object]:
        """The current answers for the pictures on show: class and confidence 0..1 of each."""
        rows = answers[np.searchsorted(self.data.validation, self.tiles)]
        if rows.shape[1] == 1:
            rows = np.concatenate([1 - rows, rows], axis=1)
        return {"answers": rows.argmax(1).tolist(), "confidence": [round(float(p), 4) for p in rows.max(1)]}

    def _test_scores(self, state: str) -> dict[str, float]:
        """Loss and accuracy on the dataset's own test images, once, at the end of a whole run."""
        if state != runs.FINISHED or not len(self.data.test):
            return {}
        score, _ = self.evaluate(self.data.test)
        return {"test_loss": score.loss, "test_accuracy": score.accuracy}

    def tell(self, **changes: object) -> None:
        """Writes the status and tells whoever watches."""
        self.last_status = time.monotonic()
        self.record.status(**changes)
        self.watch(self.record.known)


def batch_sizes(images: int, batch_size: int) -> np.ndarray:
    """float64 (steps,): images in each batch of a chunk; the last may hold fewer."""
    sizes = np.full(math.ceil(images / batch_size), float(batch_size))
    sizes[-1] = images - batch_size * (len(sizes) - 1)
    return sizes


def points(step: int, losses: np.ndarray, rights: np.ndarray, sizes: np.ndarray) -> dict[str, list]:
    """The steps of a chunk as at most POINTS_PER_CHUNK means: step (the last of each), loss, accuracy 0..1."""
    groups = np.array_split(np.arange(len(losses)), min(len(losses), POINTS_PER_CHUNK))
    return {
        "step": [step + int(g[-1]) + 1 for g in groups],
        "loss": [float(np.average(losses[g], weights=sizes[g])) for g in groups],
        "accuracy": [float(rights[g].sum() / sizes[g].sum()) for g in groups],
    }


def evaluation_batch(traced: Trace, facts: Facts) -> int:
    """Images per validation batch: as many as keep the largest layer below EVALUATION_BYTES, 512 at most."""
    largest = max(math.prod(shape) for shape in [facts.shape, *(row.output_shape for row in traced.rows)])
    return int(np.clip(EVALUATION_BYTES // (largest * 4), 1, 512))


def tile_positions(data: ImageData) -> np.ndarray:
    """Positions of up to TILES validation images, as many of each class as can be, classes in turn."""
    by_class = [data.validation[data.labels[data.validation] == label] for label in range(len(data.class_names))]
    deepest = max((len(members) for members in by_class), default=0)
    turns = (members[turn] for turn in range(deepest) for members in by_class if turn < len(members))
    return np.array([position for position, _ in zip(turns, range(TILES), strict=False)], np.int64)
