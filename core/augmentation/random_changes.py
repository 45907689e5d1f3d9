"""Random changes as training applies them: those that move pixels follow one another as one look-up per picture.

Resampling is the costly part: five layers in a row look up every pixel five times and blur it five times. Their
matrices multiplied, each pixel is looked up once.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from core.augmentation import Augmentation, Drawn
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
        self.mixes = any(change.mixes for change in changes)
        self.parts: list[Movements | KerasChange] = []
        self.variables: list[Any] = []
        for first, run in runs_of(changes):
            part = Movements(run, seed + first) if run[0].draws else KerasChange(run[0], seed + first)
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
            images = part(images)
        return images

    def batch(self, images: "tf.Tensor", shares: "tf.Tensor") -> "tuple[tf.Tensor, tf.Tensor]":
        """Makes one draw per picture, and mixes the labels of those that it mixes.

        Args:
            images: float32 (N, H, W, C), 0..255; H, W and C are known when a graph is traced.
            shares: float32 (N, classes), how much of each picture is of each class, its sum 1.

        Returns:
            both, changed.
        """
        for part in self.parts:
            images, shares = part.batch(images, shares)
        return images, shares


class KerasChange:
    """A change that is applied as its Keras layer.

    Args:
        change: which.
        seed: of the draws.
    """

    def __init__(self, change: Augmentation, seed: int) -> None:
        self.changes, self.layer = (change,), change.build(seed)
        self.variables = self.layer.variables

    def __call__(self, images: "tf.Tensor") -> "tf.Tensor":
        """Draws and applies; see `RandomChanges`."""
        return self.layer(images, training=True)

    def batch(self, images: "tf.Tensor", shares: "tf.Tensor") -> "tuple[tf.Tensor, tf.Tensor]":
        """Draws and applies; see `RandomChanges`."""
        if not self.changes[0].mixes:
            return self(images), shares
        mixed = self.layer({"images": images, "labels": shares}, training=True)
        return mixed["images"], mixed["labels"]

    def drawn(self, images: "tf.Tensor") -> Drawn:
        """What it does to these pictures, the same draws that applying it would make; of a layer that does not tell,
        nothing."""
        draw = getattr(self.layer, "get_random_transformation", None)
        return draw(images, training=True) if draw else {}

    def moved(self, images: "tf.Tensor", drawn: Drawn) -> "tf.Tensor":
        """The pictures changed as was drawn."""
        return self.layer.transform_images(images, drawn, training=True) if drawn else self(images)


class Movements:
    """Consecutive changes that move pixels, as one projective transform per picture.

    Args:
        changes: with a matrix each, in the order in which they are applied, which fill in one way.
        seed: of the draws.
    """

    def __init__(self, changes: Sequence[Augmentation], seed: int) -> None:
        import keras

        self.changes = changes
        self.generator = keras.random.SeedGenerator(seed)
        self.variables = [self.generator.state]
        self.fill_mode, self.fill_value = next(iter(_fills(changes)), (None, 0.0))

    def __call__(self, images: "tf.Tensor") -> "tf.Tensor":
        """Draws and applies; see `RandomChanges`."""
        return self.moved(images, self.drawn(images)["numbers"])

    def batch(self, images: "tf.Tensor", shares: "tf.Tensor") -> "tuple[tf.Tensor, tf.Tensor]":
        """Draws and applies; see `RandomChanges`."""
        return self(images), shares

    def drawn(self, images: "tf.Tensor") -> "dict[str, tf.Tensor]":
        """What it does to these pictures: `numbers` float32 (N, draws of all changes), uniform in 0..1."""
        import keras
        import tensorflow as tf

        draws = sum(change.draws for change in self.changes)
        return {"numbers": keras.random.uniform((tf.shape(images)[0], draws), seed=self.generator)}

    def moved(self, images: "tf.Tensor", numbers: "tf.Tensor") -> "tf.Tensor":
        """The pictures changed as the numbers say.

        Args:
            images: float32 (N, H, W, C).
            numbers: float32 (N, draws of all changes), uniform in 0..1.
        """
        import tensorflow as tf

        images = tf.convert_to_tensor(images, tf.float32)
        height, width = images.shape[1:3]
        return resampled(images, self.matrix(numbers, height, width), self.fill_mode, self.fill_value)

    def matrix(self, numbers: "tf.Tensor", height: int, width: int) -> "tf.Tensor":
        """All changes in one: float32 (N, 3, 3), from the result back through the last change to the first.

        Args:
            numbers: float32 (N, draws of all changes), uniform in 0..1.
            height, width: of the pictures in px.
        """
        import tensorflow as tf

        first, *others = (c.matrix(part, height, width) for c, part in self.split(numbers))
        for other in others:
            first = tf.matmul(first, other)
        return first

    def split(self, numbers: "tf.Tensor") -> "list[tuple[Augmentation, tf.Tensor]]":
        """Each change with its own of the numbers: float32 (N, its draws)."""
        import tensorflow as tf

        drawn = tf.split(numbers, [change.draws for change in self.changes], axis=1)
        return list(zip(self.changes, drawn, strict=True))


def are_keras_draws(changes: Sequence[Augmentation]) -> bool:
    """Whether a chain of Keras' layers with the same seeds changes every picture as these do: several movements in a
    row share their draws here, and Keras draws twice from one seed where a movement takes two numbers."""
    return all(len(run) == 1 and run[0].draws <= 1 for _, run in runs_of(changes))


def runs_of(changes: Sequence[Augmentation]) -> list[tuple[int, list[Augmentation]]]:
    """Changes that can be applied as one, together; each group with the place of its first."""
    runs: list[tuple[int, list[Augmentation]]] = []
    for place, change in enumerate(changes):
        if runs and change.draws and runs[-1][1][0].draws and len(_fills([*runs[-1][1], change])) <= 1:
            runs[-1][1].append(change)
        else:
            runs.append((place, [change]))
    return runs


def _fills(changes: Sequence[Augmentation]) -> set[tuple[str, float]]:
    """The different ways in which these fill what comes in from outside; a flip has none."""
    moving = [change for change in changes if hasattr(change, "fill_mode")]
    return {(one.fill_mode, one.fill_value if one.fill_mode == "constant" else 0.0) for one in moving}
