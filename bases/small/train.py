"""`python -m bases.small.train FOLDER`: draws pictures, asks two teachers, lets the small base learn, and keeps it.

FOLDER takes what is made on the way (1 GB); what lies there is not made again. `KERAS_HOME` must hold Fashion-MNIST
and the ImageNet weights of MobileNetV2 (alpha 1.0 and 0.35, 160 px, no top). On one core: 10 minutes for the pictures
and what the teachers say, then what the epochs take, 90 seconds each.

The network learns four things at once from each picture: what the pooled features of both teachers are; what two inner
maps of the wider one are; and which of 38 kinds of things was drawn. Each is read off by a linear layer that is thrown
away afterwards: only what the features themselves hold counts.

Source of learning from a teacher: Hinton, Vinyals and Dean 2015, "Distilling the knowledge in a neural network"; of
learning from inner maps: Romero and others 2015, "FitNets: hints for thin deep nets".
"""

import argparse
import hashlib
import os
import time
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")

import keras
import numpy as np
import tensorflow as tf
from PIL import Image

from bases.small.network import network
from bases.small.pictures import KINDS, SIDE, picture

SEED = 15
CHUNK, FIRST, CHUNKS = 1000, 100, 24
"""Pictures in a file; the first and the number of these files."""
STUDENT = 96
"""px at which the small base learns."""
HELD_OUT = 500
"""Pictures from which it does not learn; their losses are printed."""
BATCH, RATE, WARM = 64, 3e-3, 200
CYCLES = (4,)
"""Epochs of each cycle: in each the rate goes from its height along a cosine to zero."""
HINTS = {"wide": (1.0, 1280), "narrow": (1.0, 1280), "middle": (0.3, 96), "late": (0.3, 320)}
"""What is told by the teachers: how much it counts, and numbers at each place."""
KIND_COUNTS = 0.5
HINTED = {"middle": "relu7", "late": "relu8"}
"""Layers of the small base whose maps are compared with inner maps."""
WEIGHTS = Path(__file__).parents[2] / "core" / "layers" / "small_base.npz"


# ---------------------------------------------------------------- pictures, and what the teachers say


def teachers() -> tf.types.experimental.PolymorphicFunction:
    """Both teachers as one function: uint8 (n, 160, 160, 3) to what they say of each picture, float16."""
    wide, narrow = (
        keras.applications.MobileNetV2(input_shape=(SIDE, SIDE, 3), alpha=alpha, include_top=False)
        for alpha in (1.0, 0.35)
    )
    names = ("out_relu", "block_12_add", "block_16_project_BN")
    wide = keras.Model(wide.input, [wide.get_layer(name).output for name in names])

    @tf.function
    def say(images: tf.Tensor) -> dict[str, tf.Tensor]:
        pixels = tf.cast(images, tf.float32) / 127.5 - 1
        last, middle, late = wide(pixels, training=False)
        said = {
            "wide": tf.reduce_mean(last, (1, 2)),
            "narrow": tf.reduce_mean(narrow(pixels, training=False), (1, 2)),
            "middle": tf.image.resize(middle, (STUDENT // 16,) * 2, antialias=True),
            "late": tf.image.resize(late, (STUDENT // 32,) * 2, antialias=True),
        }
        return {name: tf.cast(one, tf.float16) for name, one in said.items()}

    return say


def prepare(folder: Path) -> None:
    """Writes the pictures at 96 px, their kinds, and what the teachers say of them at 160 px."""
    say = None
    for number in range(FIRST, FIRST + CHUNKS):
        path = folder / f"pictures_{number}.npz"
        if path.exists():
            continue
        say = say or teachers()
        drawn = [picture(SEED, number * CHUNK + index) for index in range(CHUNK)]
        images = np.stack([image for image, _ in drawn])
        said = [say(images[start : start + 50]) for start in range(0, CHUNK, 50)]
        arrays = {name: np.concatenate([one[name] for one in said]) for name in HINTS}
        arrays["images"] = np.stack([_smaller(image) for image in images])
        arrays["kinds"] = np.array([kind for _, kind in drawn])
        np.savez(folder / "half.npz", **arrays)
        (folder / "half.npz").rename(path)
        print(f"{path.name} of {FIRST + CHUNKS - 1}", flush=True)


def _smaller(image: np.ndarray) -> np.ndarray:
    return np.asarray(Image.fromarray(image).resize((STUDENT, STUDENT), Image.Resampling.BILINEAR))


def prepared(folder: Path) -> dict[str, np.ndarray]:
    """All that `prepare` wrote, by name."""
    files = [np.load(folder / f"pictures_{number}.npz") for number in range(FIRST, FIRST + CHUNKS)]
    return {name: np.concatenate([file[name] for file in files]) for name in (*HINTS, "images", "kinds")}


# ---------------------------------------------------------------- learning


class Lesson:
    """The small base, the linear layers by which it is examined, and one step of learning."""

    def __init__(self, data: dict[str, np.ndarray]) -> None:
        keras.utils.set_random_seed(SEED)
        self.data, self.base = data, network()
        self.inner = keras.Model(
            self.base.input, [self.base.output, *(self.base.get_layer(name).output for name in HINTED.values())]
        )
        self.readers = {name: keras.layers.Dense(units) for name, (_, units) in HINTS.items()}
        self.readers["kinds"] = keras.layers.Dense(KINDS)
        inner = dict(zip(HINTED, self.inner.outputs[1:], strict=True))
        for name, reader in self.readers.items():
            reader.build((None, inner.get(name, self.base.output).shape[-1]))
        self.scales = {name: _scale(data[name][:4000]) for name in HINTS}
        self.weights = [*self.base.trainable_variables]
        for reader in self.readers.values():
            self.weights += reader.trainable_variables

    def begin(self) -> None:
        """A cycle begins with a fresh optimizer."""
        self.optimizer = keras.optimizers.Adam(RATE)
        self.optimizer.build(self.weights)
        self._step, self._examine = tf.function(self._learn), tf.function(self._losses)

    def step(self, chosen: np.ndarray, is_mirrored: bool, rate: float) -> np.ndarray:
        """One batch, all mirrored or none; the losses."""
        self.optimizer.learning_rate.assign(rate)
        batch = {name: values[chosen] for name, values in self.data.items()}
        if is_mirrored:
            batch |= {name: batch[name][:, :, ::-1] for name in ("images", *HINTED)}
        return self._step(batch).numpy()

    def examine(self) -> np.ndarray:
        """The losses on the pictures that were held out, as at inference."""
        return self._examine({name: values[:HELD_OUT] for name, values in self.data.items()}, False).numpy()

    def _learn(self, batch: dict[str, tf.Tensor]) -> tf.Tensor:
        with tf.GradientTape() as tape:
            losses = self._losses(batch, True)
            counts = [count for count, _ in HINTS.values()]
            total = tf.reduce_sum(losses * tf.constant([*counts, KIND_COUNTS]))
        self.optimizer.apply_gradients(zip(tape.gradient(total, self.weights), self.weights, strict=True))
        return losses

    def _losses(self, batch: dict[str, tf.Tensor], training: bool) -> tf.Tensor:
        """Mean squared error of each hint, in units of its spread, and the cross-entropy of the kinds."""
        maps, *inner = self.inner(tf.cast(batch["images"], tf.float32) / 255, training=training)
        pooled, places = tf.reduce_mean(maps, (1, 2)), dict(zip(HINTED, inner, strict=True))
        found = []
        for name in HINTS:
            mean, spread = self.scales[name]
            wanted = (tf.cast(batch[name], tf.float32) - mean) / spread
            found.append(tf.reduce_mean((self.readers[name](places.get(name, pooled)) - wanted) ** 2))
        known = tf.cast(batch["kinds"] >= 0, tf.float32)
        each = tf.nn.sparse_softmax_cross_entropy_with_logits(
            tf.maximum(batch["kinds"], 0), self.readers["kinds"](pooled)
        )
        return tf.stack([*found, tf.reduce_sum(each * known) / (tf.reduce_sum(known) + 1e-3)])


def _scale(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean and spread of every number that a teacher says."""
    axes = tuple(range(values.ndim - 1))
    values = values.astype(np.float32)
    return values.mean(axes), values.std(axes) + 0.05


def learn(folder: Path, cycles: tuple[int, ...]) -> keras.Model:
    """Goes through the cycles; after each its state lies in the folder, and a later call goes on from there."""
    lesson = Lesson(prepared(folder))
    for number, epochs in enumerate(cycles, 1):
        path = folder / f"cycle_{number}_{'_'.join(map(str, cycles[:number]))}.npz"
        lesson.begin()
        state = [*lesson.base.variables, *(one for reader in lesson.readers.values() for one in reader.variables)]
        if path.exists():
            with np.load(path) as saved:
                for variable, name in zip(state, saved.files, strict=True):
                    variable.assign(saved[name])
            continue
        _cycle(lesson, np.random.default_rng([SEED, number]), epochs, number)
        np.savez(path, *(variable.numpy() for variable in state))
    return lesson.base


def _cycle(lesson: Lesson, rng: np.random.Generator, epochs: int, number: int) -> None:
    pictures = np.arange(HELD_OUT, len(lesson.data["kinds"]))
    per_epoch = len(pictures) // BATCH
    began, total, running = time.monotonic(), epochs * per_epoch, None
    for turn in range(total):
        if turn % per_epoch == 0:
            order = rng.permutation(pictures)
        place = turn % per_epoch * BATCH
        rate = RATE * min(1, (turn + 1) / WARM) * (1 + np.cos(np.pi * turn / total)) / 2
        losses = lesson.step(np.sort(order[place : place + BATCH]), bool(rng.random() < 0.5), rate)
        running = losses if running is None else 0.98 * running + 0.02 * losses
        if (turn + 1) % (per_epoch // 2) == 0:
            told = f"{number}: epoch {(turn + 1) / per_epoch:.1f}, {(time.monotonic() - began) / 60:.1f} min"
            print(told, running.round(3), "held out", lesson.examine().round(3), flush=True)


# ---------------------------------------------------------------- keeping


def keep(base: keras.Model, data: dict[str, np.ndarray], path: Path) -> str:
    """Writes the weights as float16 by `layer/variable`, the features' spread about 1; returns the file's SHA-256."""
    pooled = [
        base(data["images"][start : start + 100] / np.float32(255), training=False).numpy().mean((1, 2))
        for start in range(0, HELD_OUT, 100)
    ]
    gain = 1 / np.concatenate(pooled).std(0).mean()
    last = base.layers[-2]
    last.gamma.assign(last.gamma * gain)
    last.beta.assign(last.beta * gain)
    arrays = {"/".join(one.path.split("/")[-2:]): one.numpy().astype(np.float16) for one in base.variables}
    np.savez(path, **arrays)
    return hashlib.sha256(path.read_bytes()).hexdigest()


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bases.small.train", description=__doc__.partition("\n")[0])
    parser.add_argument("folder", type=Path, help="takes what is made on the way")
    parser.add_argument("--cycles", type=int, nargs="+", default=CYCLES, help="epochs of each cycle")
    parser.add_argument("--to", type=Path, default=WEIGHTS, help="the file of weights")
    given = parser.parse_args()
    tf.config.threading.set_intra_op_parallelism_threads(1)
    tf.config.threading.set_inter_op_parallelism_threads(1)
    given.folder.mkdir(parents=True, exist_ok=True)
    prepare(given.folder)
    base = learn(given.folder, tuple(given.cycles))
    print(keep(base, prepared(given.folder), given.to))


if __name__ == "__main__":
    main()
