"""How fast this machine does each kind of work of a training step: `python -m core.training.calibration`, seconds long.

Each kind is measured at a few sizes, all cases in turns, so that a busy moment hits them alike. Steps are spread over
the cores in several ways, and TensorFlow settles its threads once: each way is asked in a process of its own.
"""

import os
import time
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from core import child
from core.augmentation.movement import RandomRotation
from core.augmentation.random_changes import RandomChanges
from core.datasets import Facts
from core.datasets.shapes import Shapes
from core.experiment import Experiment
from core.layers import Layer, Shape
from core.layers.activation import Activation
from core.layers.convolution import Conv2D, DepthwiseConv2D
from core.layers.dense import Dense
from core.layers.pooling import GlobalAveragePooling2D, MaxPooling2D
from core.layers.regularization import BatchNormalization, Dropout
from core.layers.reshaping import Flatten
from core.quick_keras import import_keras
from core.runs import work
from core.runs.work import PARTS, Spread, Work
from core.training import threads

if TYPE_CHECKING:
    import tensorflow as tf

    from core.training.steps import Steps

BATCH = 32
TURN_SECONDS = 0.02
"""So long a case is repeated in a turn: far above the clock's grain."""
ROUNDS = 5
SECONDS = 4.0

Clock = Callable[[], float]
Repeat = Callable[[int], object]
"""Does its work so many times."""


def measure(job: dict[str, Any], progress: child.Progress) -> list[dict[str, object]]:
    """The seconds of each case: {"works": [[kind, amounts] ...], "seconds"}.

    Args:
        job: {"spreads": the ways of `core.runs.work.Spread` that share the cores alike}.
        progress: told of each case.
    """
    if hasattr(os, "nice"):
        os.nice(5)
    import_keras()
    import tensorflow as tf

    tf.get_logger().setLevel("ERROR")  # it takes the many loops for one that is compiled again and again
    spreads = [Spread(*one) for one in job["spreads"]]
    threads.suit(spreads[0])
    found = []
    for works, repeat in (case for spread in spreads for case in cases(spread)):
        repeat(1)  # compiles
        found.append((works, repeat))
        progress(len(found), 0)
    seconds = in_turns([repeat for _, repeat in found])
    return [told(works, spent) for (works, _), spent in zip(found, seconds, strict=True)]


def told(works: Sequence[Work], seconds: float) -> dict[str, object]:
    """A case as JSON carries it."""
    return {"works": [[one.kind, list(one.amounts)] for one in works], "seconds": seconds}


def in_turns(repeats: Sequence[Repeat], seconds: float = SECONDS, clock: Clock = time.perf_counter) -> list[float]:
    """Seconds of each, the median of a few turns.

    Args:
        repeats: what is measured.
        seconds: no turn beyond the third begins later.
        clock: by which the work is measured.
    """
    counts = [max(1, min(200, int(TURN_SECONDS / _spent(repeat, 1, clock)))) for repeat in repeats]
    began, found = time.perf_counter(), []
    while len(found) < 3 or (len(found) < ROUNDS and time.perf_counter() - began < seconds):
        found.append([_spent(repeat, count, clock) for repeat, count in zip(repeats, counts, strict=True)])
    return np.median(found, axis=0).tolist()


def _spent(repeat: Repeat, times: int, clock: Clock) -> float:
    """Seconds of one time."""
    start = clock()
    repeat(times)
    return max(clock() - start, 1e-9) / times


def cases(spread: Spread) -> Iterator[tuple[list[Work], Repeat]]:
    """What is measured: the work, the one in question first, and what does it."""
    small, parts = spread.is_small, spread.parts
    for layer, shape, reached in SMALL if small else LARGE:
        if parts == 1 or not layer.differs_in_training:
            yield work.of_layer(layer, (shape,), BATCH, reached), _layer(layer, shape, reached, parts)
    for count in UPDATED[small]:
        for optimizer in ("Adam", "AdamW"):
            yield [work.update(count, optimizer)], _update(count, optimizer)
    for shape in ((8, 8, 1), (32, 32, 3) if small else (150, 150, 3)):
        yield _step_works(shape), _step(shape, parts)
        yield [work.augmented(BATCH, shape)], _augmented(shape)
    for experiment in NETWORKS[spread]:
        facts = experiment.dataset.facts()
        works = work.of_step(experiment, experiment.trace(facts))
        yield [Work(work.WHOLE, 0.0), *works], whole(experiment, facts)


def _conv(filters: int, size: int = 3) -> Layer:
    return Conv2D(filters=filters, kernel_size=size, padding="same", activation="linear")


def _network(side: int, *layers: Layer) -> Experiment:
    return Experiment(dataset=Shapes(image_size=side), layers=layers)


_DEPTHWISE = DepthwiseConv2D(padding="same", activation="linear")
_RELU, _GELU = Activation(activation="relu"), Activation(activation="gelu")
_HEAD = Dense(units=2, activation="softmax")

Case = tuple[Layer, Shape, bool]

SMALL: tuple[Case, ...] = (
    (_conv(16), (8, 8, 16), True),
    (_conv(64), (4, 4, 32), True),
    (_conv(32, 1), (8, 8, 16), True),
    (_conv(8), (4, 4, 8), True),
    (_conv(32), (8, 8, 1), False),
    (_conv(16), (16, 16, 3), False),
    (_conv(8), (4, 4, 1), False),
    *((layer, shape, True) for layer in (_DEPTHWISE, _RELU, _GELU, MaxPooling2D(), BatchNormalization(), Dropout())
      for shape in ((4, 4, 16), (16, 16, 32))),
    (Dense(units=10, activation="linear"), (64,), True),
    (Dense(units=64, activation="linear"), (784,), True),
)  # fmt: skip
"""What is measured for small steps: a layer, the shape that it is given, whether a gradient goes on before it."""

_LARGE = (132, 132, 16)
"""In a batch, above `work.LARGE`."""

LARGE: tuple[Case, ...] = (
    (_conv(16), (16, 16, 16), True),
    (_conv(64), (13, 13, 64), True),
    (_conv(128, 1), (16, 16, 128), True),
    (_conv(16), (32, 32, 16), True),
    (_conv(24, 1), (75, 75, 16), True),
    (_conv(16), _LARGE, True),
    (_conv(16), (16, 16, 1), False),
    (_conv(64), (28, 28, 1), False),
    (_conv(16), (132, 132, 3), False),
    *((layer, shape, True) for layer in (_DEPTHWISE, _RELU, _GELU, MaxPooling2D(), BatchNormalization(), Dropout())
      for shape in ((8, 8, 16), (32, 32, 32), _LARGE)),
    (Dense(units=10, activation="linear"), (256,), True),
    (Dense(units=128, activation="linear"), (1600,), True),
    (Dense(units=2048, activation="linear"), (8192,), True),
)  # fmt: skip


_STEADY = (BatchNormalization(), _RELU)
NETWORKS = {
    Spread(1, True): (
        _network(12, _conv(16), _RELU, MaxPooling2D(), Conv2D(filters=32, padding="same"), Dropout(), Flatten()),
        _network(12, _conv(8), *_STEADY, _conv(16), *_STEADY, GlobalAveragePooling2D()),
    ),
    Spread(1, False): (
        _network(32, Conv2D(filters=32), MaxPooling2D(), Conv2D(filters=48), Dropout(), Flatten(), Dense()),
        _network(48, _conv(16), *_STEADY, _conv(24), *_STEADY, MaxPooling2D(), _conv(32), *_STEADY, Flatten()),
    ),
    Spread(PARTS, True): (
        _network(12, _conv(16), _RELU, MaxPooling2D(), Conv2D(filters=32, padding="same"), Flatten()),
        _network(16, Conv2D(filters=8), Conv2D(filters=16), GlobalAveragePooling2D()),
    ),
    Spread(PARTS, False): (
        _network(32, Conv2D(filters=32), MaxPooling2D(), Conv2D(filters=48), MaxPooling2D(), Flatten(), Dense()),
        _network(64, Conv2D(filters=16), MaxPooling2D(), Conv2D(filters=32), MaxPooling2D(), Flatten()),
    ),
}
"""Whole networks that are spread in each way."""
UPDATED = {True: (500, 100_000), False: (500, 1_000_000, 10_000_000)}
"""Sizes of the arrays that an optimizer steps over; of small steps or not."""


def _layer(layer: Layer, shape: Shape, reached: bool, parts: int) -> Repeat:
    """A layer forward and back, the batch in so many parts."""
    import keras
    import tensorflow as tf

    built = layer.build()
    made = built(keras.Input(shape)).shape[1:]
    given, told = (_array((BATCH // parts, *one)) for one in (shape, made))
    weights = [one.value for one in built.trainable_variables]
    takes = {"training": True} if built._call_has_training_arg else {}

    def part() -> "tf.Tensor":
        image = given.read_value()
        with tf.GradientTape(watch_accessed_variables=True) as tape:
            if reached:
                tape.watch(image)
            values = built(image, **takes)
        found = tape.gradient(values, [*([image] if reached else []), *weights], told.read_value())
        return tf.add_n([tf.reshape(one, [-1])[0] for one in found])

    return _again(lambda: tf.add_n([part() for _ in range(parts)]))


def _again(once: "Callable[[], tf.Tensor]") -> Repeat:
    """A compiled loop, as training has one; every turn reads its variables anew, so that none can be left out."""
    import tensorflow as tf

    @tf.function
    def loop(times: "tf.Tensor") -> "tf.Tensor":
        total = tf.constant(0.0)
        for _ in tf.range(times):
            total += once()
        return total

    return lambda times: loop(tf.constant(times)).numpy()


_arrays: dict[Shape, Any] = {}


def _array(shape: Shape) -> Any:
    """Random numbers; cases of one shape share them."""
    import tensorflow as tf

    if shape not in _arrays:
        _arrays[shape] = tf.Variable(tf.random.uniform(shape))
    return _arrays[shape]


def _step_works(shape: Shape) -> list[Work]:
    """What the smallest network does."""
    average, head, made = GlobalAveragePooling2D(), _HEAD, (shape[-1],)
    works = [work.moved(work.STEP, BATCH, shape), *work.of_layer(average, (shape,), BATCH, reached=False)]
    return [*works, *work.of_layer(head, (made,), BATCH), work.update(head.parameters(made), "Adam")]


def _step(shape: Shape, parts: int) -> Repeat:
    """The smallest network, a batch in so many parts."""
    import keras

    from core.optimization.optimizers import Adam
    from core.training.steps import Steps

    image = keras.Input(shape)
    values = GlobalAveragePooling2D().build()(keras.layers.Rescaling(1 / 255)(image))
    model = keras.Model(image, _HEAD.build()(values))
    steps = Steps(model, None, Adam().build(), "sparse_categorical_crossentropy", 2, parts=parts)
    return _trained(steps, BATCH, shape)


def whole(experiment: Experiment, facts: Facts) -> Repeat:
    """Training steps of a network on noise.

    Args:
        experiment: without augmentations.
        facts: of its dataset, whose images are not needed.
    """
    from core.build.model import build_model
    from core.training.steps import Steps

    model, settings = build_model(experiment, facts), experiment.training
    parts = work.spread_of(experiment, experiment.trace(facts)).parts
    loss, classes = experiment.loss(facts), len(facts.class_names)
    steps = Steps(model, None, settings.optimizer.build(), loss, classes, parts=parts)
    return _trained(steps, settings.batch_size, facts.shape)


def _trained(steps: "Steps", batch: int, shape: Shape) -> Repeat:
    """The training loop's own compiled function, so many steps in one call.

    Args:
        steps: of a network.
        batch: images a step.
        shape: of an image.
    """
    images = np.random.default_rng(0).integers(0, 256, (batch, *shape), np.uint8)

    def repeat(times: int) -> None:
        many = images if times == 1 else np.tile(images, (times, 1, 1, 1))
        labels = np.arange(len(many)) % 2
        steps.train_chunk(many, labels, batch, np.full(times, 1e-6, np.float32))[0].numpy()

    return repeat


def _augmented(shape: Shape) -> Repeat:
    """A batch turned at random: one look-up."""
    import tensorflow as tf

    turn, images = RandomChanges([RandomRotation()], 0), _array((BATCH, *shape))
    return _again(lambda: tf.reduce_sum(turn(images.read_value())))


def _update(count: int, optimizer: str) -> Repeat:
    """One optimizer's step over an array of so many numbers and one of a few."""
    import keras
    import tensorflow as tf

    from core.training.updates import update_of

    weights = [keras.Variable(np.zeros(size, np.float32)) for size in (count, 16)]
    gradients = [tf.Variable(np.full(size, 1e-3, np.float32)) for size in (count, 16)]
    chosen = getattr(keras.optimizers, optimizer)()
    chosen.build(weights)
    apply = update_of(chosen)

    def once() -> "tf.Tensor":
        apply([one.read_value() for one in gradients], weights)
        return tf.constant(0.0)

    return _again(once)


if __name__ == "__main__":
    child.answer(measure)
