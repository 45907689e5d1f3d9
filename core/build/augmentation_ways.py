"""The same random changes in the model, in the input pipeline, and by ImageDataGenerator, in the lines people write.

What is shown is what is timed: `core.training.augmentation_speed` runs these very lines.
"""

import json
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from core.augmentation import Augmentation
from core.augmentation.movement import RandomRotation, RandomTranslation

USUAL = (RandomRotation(factor=0.03), RandomTranslation(height_factor=0.1, width_factor=0.1))
"""What is timed where nothing was chosen that every way can do."""
MODEL, PIPELINE, GENERATOR, WRAPPED, OURS = "model", "pipeline", "generator", "wrapped", "ours"


@dataclass(frozen=True)
class Way:
    """One way of changing training images at random.

    Args:
        name: one of MODEL, PIPELINE ...
        title: for people.
        code: what sets it up; reads `x_train` uint8 (N, H, W, C) and `y_train` int64 (N,).
        fit: how a network is trained with it; not timed.
        note: where it runs, in a sentence.
    """

    name: str
    title: str
    code: str
    fit: str
    note: str


@dataclass(frozen=True)
class Convention:
    """One change as Keras' layers and ImageDataGenerator count it.

    Args:
        meaning: what both mean.
        layer, generator: the arguments of each.
    """

    meaning: str
    layer: str
    generator: str


def job(changes: Sequence[Augmentation]) -> tuple[tuple[Augmentation, ...], tuple[Augmentation, ...]]:
    """What every way can do of some changes, and what ImageDataGenerator can't; the usual ones where nothing is left.

    Args:
        changes: that are switched on.
    """
    known = tuple(change for change in changes if change.kind in _ARGUMENTS)
    others = tuple(change for change in changes if change.kind not in _ARGUMENTS)
    return known or USUAL, others


def ways(changes: Sequence[Augmentation], shape: tuple[int, ...], batch_size: int) -> list[Way]:
    """All of them, with their lines.

    Args:
        changes: as `job` gives them.
        shape: of an image.
        batch_size: images a step.
    """
    chain = "\n".join(f"    {change.source()}," for change in changes)
    layers = f"import keras\nfrom keras import layers\n\naugment = keras.Sequential([\n{chain}\n])"
    mapped = (
        f"import tensorflow as tf\n{layers}\n\n"
        "train = tf.data.Dataset.from_tensor_slices((x_train, y_train))\n"
        f"train = train.shuffle(len(x_train)).batch({batch_size})\n"
        "train = train.map(\n"
        '    lambda x, y: (augment(tf.cast(x, "float32"), training=True), y),\n'
        "    num_parallel_calls=tf.data.AUTOTUNE,\n"
        ").prefetch(tf.data.AUTOTUNE)"
    )
    told = "".join(f"    {name}={_literal(value)},\n" for name, value in generator_arguments(changes).items())
    generator = (
        "from tensorflow.keras.preprocessing.image import ImageDataGenerator\n\n"
        f"generator = ImageDataGenerator(\n{told})"
    )
    flow = f"generator.flow(x_train, y_train, batch_size={batch_size})"
    wrapped = (
        f"import tensorflow as tf\n{generator}\n\n"
        "train = tf.data.Dataset.from_generator(\n"
        f"    lambda: {flow},\n"
        "    output_signature=(\n"
        f"        tf.TensorSpec((None, {', '.join(map(str, shape))}), tf.float32),\n"
        "        tf.TensorSpec((None,), tf.int64),\n"
        "    ),\n"
        ").prefetch(tf.data.AUTOTUNE)"
    )
    ours = (
        "import tensorflow as tf\n"
        "from core.augmentation.random_changes import RandomChanges\n\n"
        "changes = RandomChanges(experiment.applied, seed=42)\n\n\n"
        "@tf.function\n"
        "def change(images):  # a part of the training step\n"
        '    return changes(tf.cast(images, "float32"))'
    )
    endless = f"model.fit(train, steps_per_epoch=len(x_train) // {batch_size}, epochs=10)"
    return [
        Way(
            MODEL, "In the model", layers,
            "model = keras.Sequential([augment, layers.Rescaling(1 / 255), ...])\n"
            f"model.fit(x_train, y_train, batch_size={batch_size}, epochs=10)",
            "Layers of the network: they travel with it, do nothing at inference, and run where it runs.",
        ),
        Way(
            PIPELINE, "In the input pipeline", mapped, "model.fit(train, epochs=10)",
            "tf.data changes the next batches on all cores while the network learns from the last one.",
        ),
        Way(
            GENERATOR, "ImageDataGenerator", f"{generator}\ntrain = {flow}",
            "model.fit(train, epochs=10)",
            "Keras' older way, one image after the other in Python and SciPy; deprecated, and in many books.",
        ),
        Way(
            WRAPPED, "ImageDataGenerator through tf.data", wrapped, endless,
            "The generator never ends, so that fit is told how many steps an epoch has.",
        ),
        Way(
            OURS, "This app", ours, "",
            "All movements in a row become one look-up per image, compiled into the training step.",
        ),
    ]  # fmt: skip


def generator_arguments(changes: Sequence[Augmentation]) -> dict[str, Any]:
    """What ImageDataGenerator is told to do the same; of two alike the later counts.

    Args:
        changes: as `job` gives them.
    """
    found: dict[str, Any] = {}
    for change in changes:
        found |= _ARGUMENTS[change.kind](change)
        if hasattr(change, "fill_mode"):
            found["fill_mode"] = change.fill_mode
    return found


def conventions(changes: Sequence[Augmentation]) -> list[Convention]:
    """How both count each change.

    Args:
        changes: as `job` gives them.
    """
    return [
        Convention(
            _MEANINGS[change.kind](change),
            _told(change.keras_arguments()),
            _told(_ARGUMENTS[change.kind](change)),
        )
        for change in changes
    ]


def _told(arguments: dict[str, Any]) -> str:
    """Arguments as a line of code, without what both call by one name."""
    return ", ".join(f"{name}={_literal(value)}" for name, value in arguments.items() if not name.startswith("fill_"))


def _literal(value: Any) -> str:
    return json.dumps(value) if isinstance(value, str) else repr(value)


def _degrees(change: Any) -> float:
    return round(360 * change.factor, 3)


def _lean(change: Any) -> float:
    """IDG leans by an angle, a layer by a part of the height: its tangent."""
    return round(math.degrees(math.atan(change.x_factor)), 3)


def _flipped(change: Any) -> dict[str, Any]:
    return {f"{way}_flip": True for way in ("horizontal", "vertical") if way in change.mode}


_ARGUMENTS: dict[str, Callable[[Any], dict[str, Any]]] = {
    "RandomFlip": _flipped,
    "RandomRotation": lambda change: {"rotation_range": _degrees(change)},
    "RandomTranslation": lambda change: {
        "width_shift_range": float(change.width_factor),
        "height_shift_range": float(change.height_factor),
    },
    "RandomZoom": lambda change: {"zoom_range": change.height_factor},
    "RandomShear": lambda change: {"shear_range": _lean(change)},
    "RandomBrightness": lambda change: {"brightness_range": (round(1 - change.factor, 3), round(1 + change.factor, 3))},
}
_MEANINGS: dict[str, Callable[[Any], str]] = {
    "RandomFlip": lambda change: "Mirrored, half of the time.",
    "RandomRotation": lambda change: (
        f"Up to {_degrees(change):g}° either way: the layer counts in full turns, the generator in degrees."
    ),
    "RandomTranslation": lambda change: (
        f"Up to {change.width_factor:.0%} of the width and {change.height_factor:.0%} of the height; from 1 on the "
        "generator counts in px."
    ),
    "RandomZoom": lambda change: (
        f"Up to {change.height_factor:.0%} nearer or further away: the layer keeps the proportions unless told, the "
        "generator draws width and height apart."
    ),
    "RandomShear": lambda change: (
        f"The lower edge up to {change.x_factor:.0%} of the height aside: the layer counts that part, the generator "
        "the angle in degrees."
    ),
    "RandomBrightness": lambda change: (
        f"Up to {change.factor:.0%}: the layer adds a part of the range from black to white, the generator multiplies."
    ),
}
