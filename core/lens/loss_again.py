"""The training loss counted again, so that its gap to the validation loss is seen for what it is."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from core import datasets
from core.augmentation.random_changes import RandomChanges
from core.build.model import build_augmentation, build_model
from core.build.weights import put
from core.datasets import ImageData
from core.experiment import Experiment
from core.experiment.stages import stages
from core.lens import Compatibility, Lens, Outline, Result
from core.lens.network import Network
from core.spec import option

LARGE_BATCH = 256
"""Pictures in one call where the size of a batch changes nothing."""
FEWEST = 256
"""Pictures that are counted at least."""
ALONG = "as it was counted: along the epoch, while the weights changed"
AT_END = "all with the weights of its end"
AT_INFERENCE = "and dropout and batch normalization as at inference"
UNCHANGED = "and the pictures as they are, without augmentation"
ALIKE = "and every class counting alike"


@dataclass(frozen=True, eq=False)
class LossAgain(Result):
    """Losses after the kept epochs, and for one of them the way from one way of counting to the other.

    Args:
        epochs: int32 (E,), ascending.
        told, again, validation: float32 (E,): the training loss as it was counted along the epoch, the same counted
            after it as the validation loss is, and the validation loss.
        epoch: that the steps are of.
        steps: words and loss, each counted like the one before it but for what its words say; the first is `told`, the
            last `again`.
        pictures, all_pictures: training pictures that were counted again, and how many there are.
    """

    epochs: np.ndarray
    told: np.ndarray
    again: np.ndarray
    validation: np.ndarray
    epoch: int
    steps: tuple[tuple[str, float], ...]
    pictures: int
    all_pictures: int


class LossCountedAgain(Lens):
    """The training loss counted like the validation loss: after the epoch, with nothing dropped and nothing changed."""

    question: ClassVar[str] = "loss_again"
    needs_images: ClassVar[bool] = False
    through_time: ClassVar[bool] = True
    rank: ClassVar[int] = 42

    epochs: int = option(
        10,
        "Of how many of the kept epochs it is counted, evenly spread.",
        advice="If you want to see more of the curve, raise it; each takes a while.",
        low=1,
        high=50,
        unit="epochs",
    )
    work: int = option(20, "How long it may take at most, in 10⁹ multiply-adds.", low=1, high=10_000, shown=False)

    @classmethod
    def title(cls) -> str:
        return "Training loss, counted again"

    @classmethod
    def is_compatible(cls, outline: Outline) -> Compatibility:
        return Compatibility()

    def look(self, network: Network, images: np.ndarray) -> LossAgain:
        run, experiment = network.run, network.experiment
        records = {one["epoch"]: one for one in run.metrics().epochs if one.get("loss") is not None}
        kept = [epoch for epoch in run.checkpoints() if epoch in records]
        epoch = network.epoch if network.epoch in kept else (kept or [0])[-1]
        chosen = sorted({*_spread(kept, self.epochs), *([epoch] if kept else [])})
        data = datasets.load(experiment.dataset, experiment.training.validation_split, experiment.seed)
        counter = _Counter(network, data, self._most(network, len(chosen)))
        again, steps = [], ()
        for one in chosen:
            put(counter.model, run.weights(one))
            again.append(counter.loss())
            if one == epoch:
                steps = ((ALONG, float(records[one]["loss"])), *_steps(network, counter, run.weights(one)))
        return LossAgain(
            np.array(chosen, np.int32),
            np.array([records[one]["loss"] for one in chosen], np.float32),
            np.array(again, np.float32),
            np.array([_told(records[one].get("val_loss")) for one in chosen], np.float32),
            epoch,
            steps,
            len(counter.positions),
            len(counter.learnt),
        )

    def _most(self, network: Network, epochs: int) -> int:
        """Pictures that the allowed work is enough for: once for each epoch, and four times more for one of them."""
        each = max(1, network.outline.trace.multiply_adds) * (epochs + 4)
        return max(FEWEST, int(self.work * 10**9 // each))


def _learnt(experiment: Experiment, data: ImageData) -> np.ndarray:
    """Positions of the images that an epoch learns from, as often as it does; with phases of all training images."""
    return data.train if experiment.training.phases else stages(experiment)[0].learnt(data.labels, data.train)


def _told(loss: float | None) -> float:
    return np.nan if loss is None else loss


def _spread(values: Sequence[int], most: int) -> list[int]:
    """At most so many of the values, evenly, the last among them."""
    step = max(1, -(-len(values) // most))
    return list(values)[::-1][::step]


def _steps(network: Network, counter: "_Counter", weights: dict[str, np.ndarray]) -> list[tuple[str, float]]:
    """From the epoch's last weights to the loss that is counted like the validation loss, one change at a time."""
    differs = any(row.differs_in_training for row in network.rows)
    ways: list[tuple[str, dict[str, bool]]] = [
        (AT_END, {}),
        (AT_INFERENCE, {"training": False}) if differs else ("", {}),
        (UNCHANGED, {"augmented": False}) if network.experiment.applied else ("", {}),
        (ALIKE, {"weighted": False}) if counter.class_weights is not None else ("", {}),
    ]
    found, as_it_is = [], {"training": differs, "augmented": True, "weighted": True}
    for words, change in ways:
        as_it_is |= change
        if words:
            put(counter.model, weights)  # a look in training moves the averages of batch normalization
            found.append((words, counter.loss(**as_it_is)))
    return found


class _Counter:
    """The loss of a network over training pictures, counted in several ways.

    Args:
        network: whose experiment; its own model is left alone.
        data: of the experiment.
        most: pictures at most; of more, so many drawn by the seed.
    """

    def __init__(self, network: Network, data: ImageData, most: int) -> None:
        import keras

        experiment, facts = network.experiment, network.facts
        self.model = build_model(experiment, facts, experiment.training.precision)  # as the validation loss is counted
        self._experiment, self._data = experiment, data
        self._batch, self._classes = experiment.training.batch_size, len(facts.class_names)
        self.learnt = _learnt(experiment, data)
        self.positions = np.random.default_rng(experiment.seed).permutation(self.learnt)[:most]
        loss = experiment.loss(facts)
        self._loss: Callable[[Any, Any], Any] = keras.losses.get(loss)
        self._form = loss
        counts = np.bincount(data.labels[self.learnt], minlength=self._classes)
        weights = experiment.training.class_weight.weights(counts)
        self.class_weights = None if np.all(weights == 1) else np.asarray(weights, np.float32)

    def loss(self, *, training: bool = False, augmented: bool = False, weighted: bool = False) -> float:
        """The mean over the pictures, with the network's weights as they are.

        Args:
            training: whether layers do what they do in training, over batches as large as there.
            augmented: whether pictures are changed at random before, each time by the same draws.
            weighted: whether classes count by their weights.
        """
        as_there = training or augmented  # the draws hang on how many pictures are drawn for at once
        size, total = self._batch if as_there else max(self._batch, LARGE_BATCH), 0.0
        change = build_augmentation(self._experiment) if augmented else None
        for start in range(0, len(self.positions), size):
            at = self.positions[start : start + size]
            total += self._sum(at, training, change, weighted)
        return total / max(1, len(self.positions))

    def _sum(self, at: np.ndarray, training: bool, change: RandomChanges | None, weighted: bool) -> float:
        """The losses of one batch, added up."""
        pictures, labels = np.asarray(self._data.images[at], np.float32), self._data.labels[at]
        shares = np.eye(self._classes, dtype=np.float32)[labels]
        if change is not None:
            pictures, shares = change.batch(pictures, shares)
        answers = self.model(pictures, training=training)
        each = np.asarray(self._loss(self._targets(labels, np.asarray(shares)), answers), np.float64)
        if weighted and self.class_weights is not None:
            each = each * (np.asarray(shares) @ self.class_weights)
        return float(each.sum() + len(at) * sum(float(one) for one in self.model.losses))

    def _targets(self, labels: np.ndarray, shares: np.ndarray) -> np.ndarray:
        """The labels in the form that the loss reads; where pictures are mixed it reads shares."""
        if self._form == "binary_crossentropy":
            return shares[:, 1:]
        return shares if self._form == "categorical_crossentropy" else labels
