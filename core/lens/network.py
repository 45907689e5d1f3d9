"""A trained network opened for looking: its answers, every layer's output, its gradients, its weights."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

from core.build.model import INPUT, SCALING, build_model
from core.build.weights import named
from core.errors import UserError
from core.experiment import Experiment
from core.lens.body import LOGITS, Body, body_of, ends_linear
from core.lens.outline import Outline
from core.lens.targets import Target
from core.runs import checkpoints
from core.runs.run import Run
from core.workspace import Workspace, using

if TYPE_CHECKING:
    import keras

OPEN = 6
"""Networks that stay open: two side by side, each with the next epochs of a film."""
NO_NUMBERS = "LENS_NO_NUMBERS"
"""The code of what is said of a network that lost its way."""
KEPT_FOR_GRADIENTS = 4
"""So many times as much is kept while a gradient is computed: outputs, sums, and the gradients of both."""


Under = Callable[["keras.Model"], AbstractContextManager[Any]]
"""What holds while a gradient is traced: another rule for a layer, such as a guided relu."""


@dataclass(frozen=True, eq=False)
class Slopes:
    """How a number changes, for some images.

    Args:
        scores: float32 (N,), the number.
        values: what the layers give, float32 (N, ...) by name; the pixels under `INPUT`.
        gradients: of the number with respect to these values, by name and of the same shapes.
    """

    scores: np.ndarray
    values: dict[str, np.ndarray]
    gradients: dict[str, np.ndarray]


class Network:
    """A network with its weights.

    Args:
        outline: of the network; its rows are layers of the model by their names.
        model: functional, from float32 (N, height, width, channels), 0..255; or a body that others share.
        run, epoch: that trained it, and after which epoch it is so; None for weights from elsewhere.
        weights: its own, as `Run.weights` gives them; None for those that the model has.
    """

    def __init__(
        self,
        outline: Outline,
        model: "keras.Model | Body",
        run: Run | None = None,
        epoch: int | None = None,
        weights: Mapping[str, np.ndarray] | None = None,
    ) -> None:
        self.run, self.epoch = run, epoch
        self.outline = outline
        self.experiment, self.facts, self.rows = outline.experiment, outline.facts, outline.trace.rows
        self._shared = model if isinstance(model, Body) else Body(outline, model)
        self._weights = weights
        self.kept: dict[str, Any] = {}  # what lenses found out about it and need again, as long as it is open
        self.use()

    def use(self) -> Body:
        """What computes, with the weights of this network: those of a run share it, and who asks last has it.

        Raises:
            UserError: its weights are of another network.
        """
        return self._shared.lent_by(self, self._weights)

    @property
    def model(self) -> "keras.Model":
        """Keras' model."""
        return self.use().model

    @property
    def layers(self) -> list[Any]:
        """Keras' layers, one for each row."""
        return self.use().layers

    @property
    def compiled(self) -> dict[Any, Callable[..., Any]]:
        """What was compiled of the model, by names that tell what it is: it serves every epoch of the run."""
        return self.use().compiled

    @classmethod
    def of(
        cls,
        experiment: Experiment,
        weights: Mapping[str, np.ndarray],
        run: Run | None = None,
        epoch: int | None = None,
    ) -> "Network":
        """The network of an experiment with these weights, as `Run.weights` gives them."""
        outline = Outline.of(experiment)
        return cls(outline, build_model(experiment, outline.facts), run, epoch, weights)

    def moments(self) -> Iterator[tuple[int, dict[str, np.ndarray]]]:
        """Every kept epoch of the run with its weights, ascending; those that can't be read are passed over."""
        for epoch in self.run.checkpoints() if self.run else ():
            try:
                yield epoch, self.run.weights(epoch)
            except UserError:  # damaged, or dropped meanwhile
                continue

    @property
    def has_logits(self) -> bool:
        """Whether there are sums before the last activation."""
        return self._shared.logits is not None

    def outputs(self, images: np.ndarray, names: Sequence[str]) -> dict[str, np.ndarray]:
        """What some layers make of pictures.

        Args:
            images: uint8 (N, height, width, channels), 0..255; any number, as they are taken in batches.
            names: of layers, or `LOGITS`.

        Returns:
            float32 (N, ...) by name.

        Raises:
            ValueError: no layer has that name.
        """
        if not len(images):
            return {name: np.zeros((0, *self._tensor(name).shape[1:]), np.float32) for name in names}
        run = self._runs(tuple(names))
        return _joined(names, [run(batch) for batch in self._batches(images, self._shared.batch)])

    def up_to(self, tensor: Any, images: np.ndarray) -> np.ndarray:
        """What the network comes to at one of Keras' symbols: float32 (N, ...).

        Args:
            tensor: the input or the output of one of its layers.
            images: as for `outputs`, a few.
        """
        import keras

        model = keras.Model(self.model.input, tensor)
        return np.asarray(model(np.asarray(images, np.float32), training=False))

    def answer(self, images: np.ndarray) -> tuple[np.ndarray | None, np.ndarray]:
        """What it says.

        Args:
            images: as for `outputs`.

        Returns:
            logits float32 (N, units of the last layer), None where there are none; probabilities float32 (N, classes),
            rows that sum to 1.

        Raises:
            UserError: they are no numbers: of NaN the first class would be taken for the likeliest.
        """
        last = self.rows[-1].name
        found = self.outputs(images, [last, LOGITS] if self.has_logits else [last])
        probabilities = np.asarray(self.per_class(found[last]))
        if not np.isfinite(probabilities).all():
            raise no_numbers("answers", "look at")
        return found.get(LOGITS), probabilities

    def everything(self, images: np.ndarray) -> tuple[np.ndarray, list[np.ndarray]]:
        """The scaled input float32 (N, height, width, channels), 0..1, and the output of every layer, head included."""
        found = self.outputs(images, [SCALING, *(row.name for row in self.rows)])
        return found[SCALING], [found[row.name] for row in self.rows]

    def per_class(self, answers: Any) -> Any:
        """The last layer's outputs, float32 (N, units), as a tensor with one probability per class: a sigmoid's single
        answer p becomes (1 - p, p); logits that no activation follows are turned into probabilities."""
        import keras

        if ends_linear(self.layers[-1]):
            one = answers.shape[1] == 1
            answers = keras.ops.sigmoid(answers) if one else keras.ops.softmax(answers)
        if answers.shape[1] == 1:
            answers = keras.ops.concatenate([1 - answers, answers], axis=1)
        return answers

    def weights(self, name: str) -> dict[str, np.ndarray]:
        """The numbers of a layer by Keras' names: "kernel", "bias" ..., "query/kernel" for a part of a layer."""
        found = self.model.get_layer(name).weights
        return {weight.path.removeprefix(f"{name}/"): weight.numpy() for weight in found}

    def gradients(self, images: np.ndarray, target: Target, by: Sequence[str] = (INPUT,)) -> dict[str, np.ndarray]:
        """How a number changes with what some layers give.

        Args:
            images: as for `outputs`, or float32.
            target: the number, one for each image.
            by: names of layers; `INPUT` is the image, in steps of one of its 255 grey values.

        Returns:
            float32 by name, each of the shape of that layer's output; zeros where the target does not depend on it.

        Raises:
            ValueError: no layer has that name.
        """
        return self.slopes(images, target, by).gradients

    def slopes(
        self, images: np.ndarray, target: Target, by: Sequence[str] = (INPUT,), under: Under = nullcontext
    ) -> Slopes:
        """The same, with the number itself and what the layers give.

        Args:
            images, target, by: as for `gradients`.
            under: what holds while it is traced; a function with a name, as what was compiled is kept by it.
        """
        if not len(images):
            none = {name: np.zeros((0, *self._tensor(name).shape[1:]), np.float32) for name in by}
            return Slopes(np.zeros(0, np.float32), none, none)
        run, numbers = self._slopes(target, tuple(by), under), np.array(target.numbers, np.int32)
        parts = [run(part, numbers) for part in self._batches(images, max(1, self._shared.batch // KEPT_FOR_GRADIENTS))]
        scores, values, gradients = zip(*parts, strict=True)
        return Slopes(np.concatenate([one.numpy() for one in scores]), _joined(by, values), _joined(by, gradients))

    def scores(self, images: np.ndarray, target: Target) -> np.ndarray:
        """The number itself for any number of images: float32 (N,)."""
        run, numbers = self._scores(target), np.array(target.numbers, np.int32)
        parts = [run(part, numbers).numpy() for part in self._batches(images, self._shared.batch)]
        return np.concatenate([np.zeros(0, np.float32), *parts])

    def with_weights(self, weights: Mapping[str, np.ndarray]) -> "Network":
        """The same network with other weights: both share what was compiled, and who asks last has it.

        Args:
            weights: float32 arrays by `layer/variable`, one for every variable.

        Raises:
            UserError: they are of another network.
        """
        if self._weights is None:
            self._weights = dict(named(self.model.weights))
        return Network(self.outline, self._shared, weights=weights)

    def _slopes(self, target: Target, by: tuple[str, ...], under: Under) -> Callable[[Any, Any], Any]:
        """From images and the target's numbers to `Slopes`, compiled once for all targets of one form."""
        key = ("slopes", target.form, by, under)
        if key not in self.compiled:
            self.compiled[key] = self._traced_slopes(target, by, under)
        return self.compiled[key]

    def _traced_slopes(self, target: Target, by: tuple[str, ...], under: Under) -> Callable[[Any, Any], Any]:
        import keras
        import tensorflow as tf

        layers = [name for name in by if name != INPUT]
        model = keras.Model(self.model.inputs, [self._tensor(name) for name in (*layers, target.end(self))])
        zero = tf.UnconnectedGradients.ZERO

        @tf.function(input_signature=self._signature(target), autograph=False)
        def run(pixels: Any, numbers: Any) -> Any:
            with under(self.model), tf.GradientTape() as tape:
                tape.watch(pixels)
                *read, end = keras.tree.flatten(model(pixels, training=False))  # of one output Keras makes no list
                scores = target.read(self, end, numbers)
            known = {INPUT: pixels, **dict(zip(layers, read, strict=True))}
            sources = [known[name] for name in by]
            return scores, sources, tape.gradient(scores, sources, unconnected_gradients=zero)

        return run

    def _scores(self, target: Target) -> Callable[[Any, Any], Any]:
        """From images and the target's numbers to the number for each, compiled once."""
        import keras
        import tensorflow as tf

        key = ("scores", target.form)
        if key not in self.compiled:
            model = keras.Model(self.model.inputs, self._tensor(target.end(self)))
            self.compiled[key] = tf.function(
                lambda pixels, numbers: target.read(self, model(pixels, training=False), numbers),
                input_signature=self._signature(target),
                autograph=False,
            )
        return self.compiled[key]

    def _signature(self, target: Target) -> list[Any]:
        """Of a function of images and a target's numbers."""
        import tensorflow as tf

        images = tf.TensorSpec([None, *self.facts.shape], tf.float32)
        return [images, tf.TensorSpec([len(target.numbers)], tf.int32)]

    def _runs(self, names: tuple[str, ...]) -> Callable[[Any], list[Any]]:
        """The network up to some of its layers, compiled once."""
        import keras
        import tensorflow as tf

        if names not in self.compiled:
            model = keras.Model(self.model.inputs, [self._tensor(name) for name in names])
            image = tf.TensorSpec([None, *self.facts.shape], tf.float32)
            # Of a single output Keras makes no list.
            self.compiled[names] = tf.function(
                lambda x: keras.tree.flatten(model(x, training=False)), input_signature=[image]
            )
        return self.compiled[names]

    def _tensor(self, name: str) -> Any:
        """Keras' symbol for what a layer gives."""
        return self.use().logits if name == LOGITS else self.model.get_layer(name).output

    def _batches(self, images: np.ndarray, count: int) -> Iterator[np.ndarray]:
        """So many pictures at a time, float32."""
        for start in range(0, len(images), count):
            yield np.asarray(images[start : start + count], np.float32)


def _joined(names: Sequence[str], batches: Sequence[Sequence[Any]]) -> dict[str, np.ndarray]:
    """Arrays by name, of tensors in the order of the names for each batch; a single batch is not copied again."""
    if len(batches) == 1:
        return {name: one.numpy() for name, one in zip(names, batches[0], strict=True)}
    parts = zip(*batches, strict=True)
    return {name: np.concatenate([one.numpy() for one in of]) for name, of in zip(names, parts, strict=True)}


def open_network(run: Run, epoch: int | None = None) -> Network:
    """The network of a run, as it was after an epoch (`Run.chosen_epoch` by default); the last few stay open.

    Raises:
        UserError: nothing was saved yet, it is damaged, or its weights are no numbers.
    """
    chosen = run.chosen_epoch if epoch is None else epoch
    network = _opened(run.workspace, run.id, chosen, checkpoints.stamp(run.path, chosen))
    network.use()
    return network


@lru_cache(maxsize=OPEN)
def _opened(home: Workspace, run_id: str, epoch: int | None, stamp: int) -> Network:
    """`open_network`, remembered until other weights are saved for that epoch."""
    run = Run(home, run_id)
    with using(home):
        outline = Outline.of(run.experiment)
        shared = body_of(home, run.experiment.to_json(), outline.facts.shape, len(outline.facts.class_names))
        weights = run.weights(epoch)
        if not all(np.isfinite(array).all() for array in weights.values()):
            # Of NaN every class is as likely, every filter dead: whatever a lens told would be about nothing.
            raise no_numbers("weights", "look at")
        return Network(outline, shared, run, epoch, weights)


def no_numbers(what: str, done: str) -> UserError:
    """What is said of a network that lost its way.

    Args:
        what: is no number.
        done: what can't be done for that.
    """
    return UserError(
        f"After this epoch the network's {what} are no numbers any more: there is nothing to {done}.",
        "Choose an earlier epoch, or train again with a smaller learning rate.",
        NO_NUMBERS,
    )
