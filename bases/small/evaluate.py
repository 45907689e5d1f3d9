"""`python -m bases.small.evaluate FOLDER`: how well few photos are told apart by what frozen bases see in them.

FOLDER holds `horse-or-human-150px.zip` and `rps-150px.zip`. Of each class 60 images are drawn from `train`; the base's
features of them are pooled, a dense layer with softmax learns from these (Adam, rate 0.001, batches of 32, 50 epochs,
no augmentation), and is asked about the whole other part. Three seeds: their mean and the lowest. Beside the small
base stand the same network untrained and MobileNetV2 (alpha 0.35), where `KERAS_HOME` holds its ImageNet weights.
"""

import argparse
import os
import time
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from core.intake.pixels import network_input

if TYPE_CHECKING:
    import keras

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")

PER_CLASS, SEEDS = 60, (0, 1, 2)
RATE, BATCH, EPOCHS = 1e-3, 32, 50
SETS = ("horse-or-human", "rps")
Features = Callable[[np.ndarray], np.ndarray]
"""Images uint8 (n, side, side, 3) to pooled features float32 (n, maps)."""


class Photos(NamedTuple):
    """Images and their classes: some to learn from, others to be asked about.

    Args:
        images: uint8 (n, side, side, 3).
        labels: int (n,).
        asked_images, asked_labels: the same of the other part.
    """

    images: np.ndarray
    labels: np.ndarray
    asked_images: np.ndarray
    asked_labels: np.ndarray


def photos(archive: Path, side: int) -> Photos:
    """The images of a ZIP `<name>/<part>/<class>/<file>`, at a side in px; `train` is one part, the other is asked."""
    parts: dict[bool, list[tuple[np.ndarray, str]]] = {True: [], False: []}
    with zipfile.ZipFile(archive) as file:
        for name in sorted(one for one in file.namelist() if not one.endswith("/")):
            _, part, label, _ = name.split("/")
            parts[part == "train"].append((network_input(file.read(name), side, side, 3), label))
    classes = sorted({label for _, label in parts[True]})
    arrays = [
        array
        for part in (True, False)
        for array in (
            np.stack([image for image, _ in parts[part]]),
            np.array([classes.index(label) for _, label in parts[part]]),
        )
    ]
    return Photos(*arrays)


def drawn(labels: np.ndarray, seed: int) -> np.ndarray:
    """Places of 60 images of each class."""
    rng = np.random.default_rng(seed)
    return np.concatenate(
        [rng.choice(np.flatnonzero(labels == one), PER_CLASS, replace=False) for one in range(labels.max() + 1)]
    )


def accuracies(features: Features, shown: Photos) -> list[float]:
    """Accuracy on what is asked, for each seed; features are computed once per image."""
    chosen = [drawn(shown.labels, seed) for seed in SEEDS]
    needed = np.unique(np.concatenate(chosen))
    known, asked = features(shown.images[needed]), features(shown.asked_images)
    found = []
    for seed, places in zip(SEEDS, chosen, strict=True):
        weights, biases = head(known[np.searchsorted(needed, places)], shown.labels[places], seed)
        found.append(float(np.mean((asked @ weights + biases).argmax(1) == shown.asked_labels)))
    return found


def head(features: np.ndarray, labels: np.ndarray, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Weights and biases of a dense layer with softmax that Adam trained, as Keras does it.

    Source: Kingma and Ba 2015, "Adam: a method for stochastic optimization", algorithm 1.
    """
    rng, count = np.random.default_rng(seed), int(labels.max()) + 1
    limit = np.sqrt(6 / (features.shape[1] + count))  # Glorot's
    values = np.concatenate([rng.uniform(-limit, limit, (features.shape[1], count)), np.zeros((1, count))])
    inputs, wanted = np.column_stack([features, np.ones(len(features))]), np.eye(count)[labels]
    mean, square, step = np.zeros_like(values), np.zeros_like(values), 0
    for _ in range(EPOCHS):
        order = rng.permutation(len(labels))
        for start in range(0, len(order), BATCH):
            batch, step = order[start : start + BATCH], step + 1
            logits = inputs[batch] @ values
            odds = np.exp(logits - logits.max(1, keepdims=True))
            slope = inputs[batch].T @ (odds / odds.sum(1, keepdims=True) - wanted[batch]) / len(batch)
            mean, square = 0.9 * mean + 0.1 * slope, 0.999 * square + 0.001 * slope**2
            values = values - RATE * (mean / (1 - 0.9**step)) / (np.sqrt(square / (1 - 0.999**step)) + 1e-7)
    return values[:-1], values[-1]


def pooled(model: "keras.Model", scale: float = 1 / 255, offset: float = 0.0) -> Features:
    """What a network without a head sees, averaged over places."""
    import tensorflow as tf

    see = tf.function(lambda images: tf.reduce_mean(model(images, training=False), (1, 2)))

    def features(images: np.ndarray) -> np.ndarray:
        batches = [images[start : start + 60].astype(np.float32) for start in range(0, len(images), 60)]
        return np.concatenate([see(batch * np.float32(scale) + np.float32(offset)).numpy() for batch in batches])

    return features


def small(weights: Path | None) -> "keras.Model":
    """The small base with a file of weights, or untrained."""
    import keras

    from bases.small.network import network

    keras.utils.set_random_seed(0)
    model = network()
    if weights:
        with np.load(weights, allow_pickle=False) as arrays:
            for variable in model.variables:
                variable.assign(arrays[variable.path])
    return model


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bases.small.evaluate", description=__doc__.partition("\n")[0])
    parser.add_argument("folder", type=Path, help="holds the two archives")
    parser.add_argument("--weights", type=Path, default=Path("core/layers/small_base.npz"))
    parser.add_argument("--side", type=int, default=96, help="px of the images")
    given = parser.parse_args()
    import keras

    of = {"input_shape": (given.side, given.side, 3), "include_top": False}
    networks = {
        "small base": pooled(small(given.weights)),
        "the same, untrained": pooled(small(None)),
        "MobileNetV2 alpha 0.35": pooled(keras.applications.MobileNetV2(alpha=0.35, **of), 1 / 127.5, -1),
    }
    for name in SETS:
        shown = photos(given.folder / f"{name}-150px.zip", given.side)
        for who, features in networks.items():
            features(shown.images[:60])  # traces
            found = accuracies(features, shown)
            turns = []
            for _ in range(7):
                began = time.perf_counter()
                features(shown.images[:60])
                turns.append((time.perf_counter() - began) / 60 * 1000)
            told = f"mean {np.mean(found):.3f}, lowest {min(found):.3f}, {min(turns):.2f} ms per image"
            print(f"{name:16}{who:26}{told}", flush=True)


if __name__ == "__main__":
    main()
