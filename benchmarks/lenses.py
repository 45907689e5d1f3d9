"""What looking inside takes once a network is open: each look beside its limit, and beside plain eager Keras.

A look is a line of `LOOKS`: its name, what makes both sides ready, and the milliseconds that ours may take. All are
measured in one child, with as many threads as the lens process has.
"""

import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache, partial
from itertools import cycle
from typing import TYPE_CHECKING, Any

import numpy as np

from benchmarks import Row, Setting, in_turns, times_faster
from core import child
from core.build.model import build_model
from core.build.weights import named, put
from core.datasets import ImageData
from core.datasets.shapes import Shapes
from core.experiment import Experiment
from core.experiment.network import Row as TraceRow
from core.experiment.presets import load_preset
from core.layers.convolution import Conv2D
from core.layers.dense import Dense
from core.layers.mobilenet_v2 import MobileNetV2
from core.layers.pooling import GlobalAveragePooling2D, MaxPooling2D
from core.layers.reshaping import Flatten
from core.lens.ascent import Recipe, centre_of, wished
from core.lens.attribution import Method
from core.lens.attribution.grad_cam import GradCAM, usual_layer
from core.lens.attribution.occlusion import Occlusion, cover_of
from core.lens.attribution.saliency import Saliency
from core.lens.body import Body
from core.lens.excitation import passed, places_of
from core.lens.feature_maps import FeatureMaps
from core.lens.network import Network
from core.lens.outline import Outline
from core.lens.targets import ClassScore

if TYPE_CHECKING:
    from core.lens import Lens

Side = Callable[[], object]
"""Does its work once."""
ONCE_UNMEASURED = 2
"""So often each side works before it is measured: what is compiled once is compiled then."""


@dataclass(frozen=True)
class Look:
    """One line of the table.

    Args:
        name: what is looked at, and how large it is.
        sides: makes ready, and returns, what is measured: ours, and the plain eager way to the same numbers.
        limit: ms that ours may take.
        faster: how many times faster than the plain way it has to be at least; None for no aim.
    """

    name: str
    sides: Callable[[], tuple[Side, Side]]
    limit: float
    faster: float | None = None


def measure(setting: Setting) -> list[Row]:
    """Each look over its limit, and the plain way over ours."""
    words = [sys.executable, "-m", "benchmarks.lenses", str(setting.size(setting.repeats, 1))]
    done = subprocess.run(words, cwd=child.ROOT, env=child.environment(), stdout=subprocess.PIPE, check=True)
    costs = json.loads(done.stdout.splitlines()[-1])
    return [row for look in LOOKS for row in _rows(look, costs[look.name])]


def _rows(look: Look, costs: dict[str, list[float]]) -> list[Row]:
    ours, plain = (statistics.median(costs[side]) for side in ("ours", "plain"))
    limit = tuple(ms / look.limit for ms in costs["ours"])
    note = f"{ours:.3g} ms beside {plain:.3g} ms of eager Keras"
    return [
        Row(f"{look.name}: over its {look.limit:g} ms", limit, at_most=1.0, note=note),
        Row(f"{look.name}: times faster", times_faster(costs, "ours", "plain"), look.faster, note=note),
    ]


# ---- the networks, with fresh weights: they cost the same


@lru_cache
def network(name: str) -> Network:
    """One of `NETWORKS`, opened as the lens process opens it."""
    experiment = NETWORKS[name]()
    outline = Outline.of(experiment)
    return Network(outline, build_model(experiment, outline.facts))


def image(of: Network, count: int = 1) -> np.ndarray:
    """Noise of the size that a network takes: uint8 (count, height, width, channels)."""
    return np.random.default_rng(0).integers(0, 256, (count, *of.facts.shape), np.uint8)


def _shapes(side: int) -> Experiment:
    """Three pairs of convolution and pooling on colour pictures."""
    pairs = [layer for filters in (16, 32, 64) for layer in (Conv2D(filters=filters), MaxPooling2D())]
    return Experiment(
        dataset=Shapes(count=40, image_size=side),
        layers=(*pairs, Flatten(), Dense(units=64)),
    )


def _mobile() -> Experiment:
    return Experiment(
        dataset=Shapes(count=40, image_size=160, classes=3),
        layers=(MobileNetV2(weights=None), GlobalAveragePooling2D()),
    )


NETWORKS: dict[str, Callable[[], Experiment]] = {
    "C3": partial(load_preset, "fashion-cnn"),
    "three pairs at 28": partial(_shapes, 28),
    "three pairs at 64": partial(_shapes, 64),
    "MobileNetV2 at 160": _mobile,
}


# ---- the looks


def by_lens(lens: "Lens", name: str, plain: Callable[[Network, np.ndarray], object]) -> tuple[Side, Side]:
    """Both sides of a look that a lens takes at one image.

    Args:
        lens: ours.
        name: of the network, one of `NETWORKS`.
        plain: the eager way, given the network and the image.
    """
    opened = network(name)
    one = image(opened)
    return partial(lens.look, opened, one), partial(plain, opened, one)


def eager_activations(opened: Network, images: np.ndarray) -> list[np.ndarray]:
    """The output of every layer, as one writes it down: a model of all outputs, called."""
    import keras

    model = opened.kept.get("benchmark") or keras.Model(opened.model.inputs, [one.output for one in opened.layers])
    opened.kept["benchmark"] = model
    outputs: Any = model(images.astype(np.float32), training=False)
    return [np.asarray(values) for values in outputs]


def by_method(method: Method, name: str, plain: Callable[[Network, np.ndarray], object]) -> tuple[Side, Side]:
    """Both sides of an attribution of one class; arguments as for `by_lens`."""
    opened = network(name)
    one = image(opened)
    return partial(method.attribute, opened, one, ClassScore(1)), partial(plain, opened, one)


def eager_grad_cam(opened: Network, images: np.ndarray) -> np.ndarray:
    """As tutorials write it down: a model of the maps and the answer, a tape, the mean gradient of each map."""
    import keras
    import tensorflow as tf

    layer = opened.model.get_layer(usual_layer(opened.outline))
    model = opened.kept.get("grad-cam") or keras.Model(opened.model.inputs, [layer.output, opened.model.output])
    opened.kept["grad-cam"] = model
    with tf.GradientTape() as tape:
        maps, answers = model(images.astype(np.float32), training=False)
        score = tf.math.log(answers[:, 1])
    weights = tf.reduce_mean(tape.gradient(score, maps), axis=(1, 2))
    return tf.nn.relu(tf.einsum("nyxk,nk->nyx", maps, weights)).numpy()


def eager_saliency(opened: Network, images: np.ndarray) -> np.ndarray:
    """The gradient with respect to the pixels, on a tape."""
    import tensorflow as tf

    pixels = tf.constant(images.astype(np.float32))
    with tf.GradientTape() as tape:
        tape.watch(pixels)
        score = tf.math.log(opened.model(pixels, training=False)[:, 1])
    return tf.reduce_max(tf.abs(tape.gradient(score, pixels)), axis=-1).numpy()


def eager_occlusion(opened: Network, images: np.ndarray) -> np.ndarray:
    """One image after another is covered and asked about."""
    (one,) = images
    found = []
    for down, across in Occlusion().squares(*one.shape[:2]):
        covered = one.astype(np.float32)
        covered[down, across] = cover_of(one)
        found.append(float(opened.model(covered[None], training=False)[0, 1]))
    return np.array(found)


CROPS = 10_000
"""Images that are looked through for those that excite a filter most."""


def crops(name: str, layer: str) -> tuple[Side, Side]:
    """Both sides of the search for the images, and the places in them, that excite each filter of a layer most.

    Args:
        name: of the network, one of `NETWORKS`.
        layer: of that network.
    """
    opened = network(name)
    row, every = next(row for row in opened.rows if row.name == layer), np.arange(CROPS)
    labels, nothing = np.zeros(CROPS, np.int64), np.zeros(0, np.int64)
    data = ImageData(image(opened, CROPS), labels, every, nothing, nothing, opened.facts.class_names)

    def ours() -> object:
        (found,) = passed(opened, [row], data, every)
        maps = np.repeat(np.arange(len(found.peaks)), FIRST)
        return places_of(opened, row, data.images[found.positions[:, :FIRST].reshape(-1)], maps)

    return ours, partial(predicted_crops, opened, layer, data.images)


FIRST = 9
"""Crops of each filter."""


def predicted_crops(opened: Network, layer: str, images: np.ndarray) -> list[np.ndarray]:
    """The same as one writes it down: all maps of all images by `predict`, then where the largest values are."""
    import keras

    model = keras.Model(opened.model.inputs, opened.model.get_layer(layer).output)
    values = model.predict(images, verbose=0)  # (N, height, width, filters)
    places = values.reshape(len(values), -1, values.shape[-1])
    first = np.argsort(-places.max(1), axis=0)[:FIRST]  # (9, filters)
    return [np.take_along_axis(places.argmax(1), first, 0), first]


def maximised(name: str, layer: str) -> tuple[Side, Side]:
    """Both sides of 64 steps of activation maximisation of one filter."""
    opened = network(name)
    row = next(row for row in opened.rows if row.name == layer)
    recipe = Recipe.of(opened.facts.shape, 1, row.receptive_field, 0)
    return partial(wished, opened, row, np.array([3]), recipe), partial(eager_ascent, opened, row, 3, recipe)


def eager_ascent(opened: Network, row: TraceRow, index: int, recipe: Recipe) -> np.ndarray:
    """The same steps as one writes them down: a tape in a loop; neither smoothed nor shifted, which costs it less."""
    import keras
    import tensorflow as tf

    model = keras.Model(opened.model.inputs, opened.model.get_layer(row.name).output)
    images, (y, x) = tf.constant(recipe.start), centre_of(row)
    for rate in recipe.rates:
        with tf.GradientTape() as tape:
            tape.watch(images)
            wanted = model(255 * images, training=False)[0, y, x, index]
        slopes = tape.gradient(wanted, images)
        images = tf.clip_by_value(images + rate * slopes / (tf.reduce_max(tf.abs(slopes)) + 1e-12), 0, 1)
    return np.asarray(images)


def next_epoch(name: str) -> tuple[Side, Side]:
    """The next epoch of a film: its weights, then all its maps; the plain way builds the network of each epoch anew."""
    import keras

    opened = network(name)
    one, weights = image(opened), dict(named(opened.model.weights))
    shared = Body(opened.outline, build_model(opened.experiment, opened.facts))
    turns = cycle([Network(opened.outline, shared, weights=weights) for _ in range(2)])

    def plain() -> object:
        model = build_model(opened.experiment, opened.facts)
        put(model, weights)
        layers = [model.get_layer(row.name).output for row in opened.rows]
        return [np.asarray(values) for values in keras.Model(model.inputs, layers)(one.astype(np.float32))]

    return lambda: FeatureMaps().look(next(turns), one), plain


LOOKS = (
    Look("Grad-CAM, C3", partial(by_method, GradCAM(), "C3", eager_grad_cam), 15, 5),
    Look("saliency, C3", partial(by_method, Saliency(), "C3", eager_saliency), 15),
    Look("occlusion by 225 squares, C3", partial(by_method, Occlusion(), "C3", eager_occlusion), 400),
    *(
        Look(f"all activations, {name}", partial(by_lens, FeatureMaps(), name, eager_activations), limit)
        for name, limit in (("three pairs at 28", 60), ("three pairs at 64", 60), ("MobileNetV2 at 160", 200))
    ),
    Look("crops over 10 000 images, three pairs at 28", partial(crops, "three pairs at 28", "conv2d_2"), 10_000),
    Look("64 steps of maximisation, three pairs at 28", partial(maximised, "three pairs at 28", "conv2d_2"), 400),
    Look("the next epoch of a film, three pairs at 28", partial(next_epoch, "three pairs at 28"), 100, 2.0),
)


def main() -> None:
    """The child: prints the milliseconds of both sides of every look, turn by turn."""
    from core.lens.process import warm_up

    warm_up()
    repeats = int(sys.argv[1])
    print(json.dumps({look.name: _costs(look, repeats) for look in LOOKS}))


def _costs(look: Look, repeats: int) -> dict[str, list[float]]:
    ours, plain = look.sides()
    for side in (ours, plain) * ONCE_UNMEASURED:
        side()
    return in_turns(repeats, ours=partial(_timed, ours), plain=partial(_timed, plain))


def _timed(side: Side) -> float:
    """Milliseconds."""
    begun = time.perf_counter()
    side()
    return 1000 * (time.perf_counter() - begun)


if __name__ == "__main__":
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")
    main()
