"""Random changes as training applies them: those that move pixels follow one another as one look-up per picture.

Resampling is the costly part: five layers in a row look up every pixel five times and blur it five times. Their
matrices multiplied, each pixel is looked up once.
"""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from core.augmentation import Augmentation
from core.augmentation.resampling import resampled

if TYPE_CHECKING:
    import tensorflow as tf


class RandomChanges:
    """Changes a batch of pictures, every one in its own way.

    What is drawn is what the chain of Keras layers of the same names draws. One thing differs, for the better: what a
    first movement pushes out of the picture and a second one brings back is not lost.

    Args:
        changes: one or more, in the order in which they are applied.
        seed: the same seed makes the same draws; all random state lies in `variables`.
    """

    def __init__(self, changes: Sequence[Augmentation], seed: int) -> None:
        self.parts: list[Callable[..., tf.Tensor]] = []
        self.variables: list[Any] = []
        for first, run in _runs(changes):
            part = Movements(run, seed + first) if run[0].draws else run[0].build(seed + first)
            self.parts.append(part)
            self.variables += part.variables

    def __call__(self, images: "tf.Tensor", training: bool = True) -> "tf.Tensor":
        """Makes one draw per picture.

        Args:
            images: float32 (N, H, W, C), 0..255; H, W and C are known when a graph is traced.
            training: False leaves them as they are.

        Returns:
            the same shape and range.
        """
        for part in self.parts if training else ():
            images = part(images, training=True)
        return images


class Movements:
    """Consecutive changes that move pixels, as one projective transform per picture.

    Args:
        changes: with a matrix each, in the order in which they are applied, and with one fill mode at most.
        seed: of the draws.
    """

    def __init__(self, changes: Sequence[Augmentation], seed: int) -> None:
        import keras

        self.changes = changes
        self.generator = keras.random.SeedGenerator(seed)
        self.variables = [self.generator.state]
        self.fill_mode = next(iter(_fill_modes(changes)), None)

    def __call__(self, images: "tf.Tensor", training: bool = True) -> "tf.Tensor":
        """Draws and applies; see `RandomChanges`."""
        import keras
        import tensorflow as tf

        draws = sum(change.draws for change in self.changes)
        return self.moved(images, keras.random.uniform((tf.shape(images)[0], draws), seed=self.generator))

    def moved(self, images: "tf.Tensor", numbers: "tf.Tensor") -> "tf.Tensor":
        """The pictures changed as the numbers say.

        Args:
            images: float32 (N, H, W, C).
            numbers: float32 (N, draws of all changes), uniform in 0..1.
        """
        import tensorflow as tf

        images = tf.convert_to_tensor(images, tf.float32)
        height, width = images.shape[1:3]
        return resampled(images, self.matrix(numbers, height, width), self.fill_mode)

    def matrix(self, numbers: "tf.Tensor", height: int, width: int) -> "tf.Tensor":
        """All changes in one: float32 (N, 3, 3), from the result back through the last change to the first.

        Args:
            numbers: float32 (N, draws of all changes), uniform in 0..1.
            height, width: of the pictures in px.
        """
        import tensorflow as tf

        drawn = tf.split(numbers, [change.draws for change in self.changes], axis=1)
        first, *others = (c.matrix(part, height, width) for c, part in zip(self.changes, drawn, strict=True))
        for other in others:
            first = tf.matmul(first, other)
        return first


def are_keras_draws(changes: Sequence[Augmentation]) -> bool:
    """Whether a chain of Keras' layers with the same seeds changes every picture as these do: several movements in a
    row share their draws here, and Keras draws twice from one seed where a movement takes two numbers."""
    return all(len(run) == 1 and run[0].draws <= 1 for _, run in _runs(changes))


def _runs(changes: Sequence[Augmentation]) -> list[tuple[int, list[Augmentation]]]:
    """Changes that can be applied as one, together; each group with the place of its first."""
    runs: list[tuple[int, list[Augmentation]]] = []
    for place, change in enumerate(changes):
        if runs and change.draws and runs[-1][1][0].draws and len(_fill_modes([*runs[-1][1], change])) <= 1:
            runs[-1][1].append(change)
        else:
            runs.append((place, [change]))
    return runs


def _fill_modes(changes: Sequence[Augmentation]) -> set[str]:
    """The different ways in which these fill what comes in from outside; a flip has none."""
    return {change.fill_mode for change in changes if hasattr(change, "fill_mode")}
