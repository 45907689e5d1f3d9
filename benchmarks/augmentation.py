"""Random changes of 150x150 photos: images a second, against ImageDataGenerator and a chain of Keras layers; and photos
without any on their way to a step, against decoding them."""

import io
import os
import tempfile
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image

from benchmarks import Row, Setting, in_turns, times_faster
from core.augmentation.movement import RandomFlip, RandomRotation, RandomTranslation, RandomZoom
from core.augmentation.random_changes import RandomChanges
from core.datasets.shapes import Shapes
from core.training.feed import Feed, ImageFeed

CHANGES = (
    RandomFlip(),
    RandomRotation(factor=40 / 360),
    RandomTranslation(height_factor=0.2, width_factor=0.2),
    RandomZoom(height_factor=0.2),
)
SIDE, BATCH = 150, 32
PHOTOS = "datasets/rps-150px.zip"


def measure(setting: Setting) -> list[Row]:
    """Flip, rotation, shift and zoom, in batches of 32, from uint8 pictures to float32 ones."""
    pictures, what = _pictures(setting.size(480, 64))
    sides = {"ours": _ours(), "layers": _layers()}
    generator = _generator()
    if generator:
        sides["generator"] = generator
    for side in sides.values():
        side(pictures[:BATCH])  # compiles
    costs = in_turns(setting.repeats, **{name: lambda s=side: _timed(s, pictures) for name, side in sides.items()})
    pace = {name: f"{len(pictures) / min(cost):,.0f} images/s {name}" for name, cost in costs.items()}
    rows = [Row(f"against Keras layers one by one, {what}", times_faster(costs, "ours", "layers"), 5.0, None,
                f"{pace['ours']}, {pace['layers']}")]  # fmt: skip
    rows.append(_unchanged(setting, pictures, what))
    if not generator:
        return [*rows, Row("against ImageDataGenerator", note="needs SciPy: pip install scipy")]
    ratios = times_faster(costs, "ours", "generator")
    return [Row(f"against ImageDataGenerator, {what}", ratios, 8.0, None, pace["generator"]), *rows]


def _unchanged(setting: Setting, pictures: np.ndarray, what: str) -> Row:
    """Batches as training reads them, in a new order, against decoding the same pictures from JPEG."""
    files = [_encoded(picture) for picture in pictures]
    order, labels = np.random.default_rng(1).permutation(len(pictures)), np.zeros(len(pictures), np.int64)
    with tempfile.TemporaryDirectory() as folder:
        np.save(Path(folder, "images.npy"), pictures)
        images = ImageFeed(np.load(Path(folder, "images.npy"), mmap_mode="r"))

        def ours() -> float:
            began = time.perf_counter()
            with Feed(images, labels, order, BATCH) as feed:
                while not feed.is_done:
                    feed.take(1)
            return time.perf_counter() - began

        def decoding() -> float:
            began = time.perf_counter()
            for data in files:
                np.asarray(Image.open(io.BytesIO(data)))
            return time.perf_counter() - began

        costs = in_turns(setting.repeats, ours=ours, decoding=decoding)
        pace = [f"{len(pictures) / min(costs[name]):,.0f} images/s {name}" for name in costs]
    ratios = times_faster(costs, "ours", "decoding")
    return Row(f"without augmentation, against decoding alone, {what}", ratios, 0.9, None, ", ".join(pace))


def _encoded(picture: np.ndarray) -> bytes:
    file = io.BytesIO()
    Image.fromarray(picture).save(file, "JPEG", quality=90)
    return file.getvalue()


def _timed(change: Callable[[np.ndarray], object], pictures: np.ndarray) -> float:
    began = time.perf_counter()
    for start in range(0, len(pictures), BATCH):
        change(pictures[start : start + BATCH])
    return time.perf_counter() - began


def _pictures(count: int) -> tuple[np.ndarray, str]:
    """uint8 (count, 150, 150, 3), and what they are."""
    home = os.environ.get("KERNELSCOPE_TEST_DATA")
    if not home or not (Path(home) / PHOTOS).exists():
        return Shapes(count=count, image_size=SIDE).generate(lambda done, total: None)[
            0
        ], "drawn shapes (no photos here)"
    with zipfile.ZipFile(Path(home) / PHOTOS) as photos:
        names = [name for name in photos.namelist() if name.endswith((".jpg", ".png"))][:count]
        return np.stack([_decoded(photos.read(name)) for name in names]), "photos"


def _decoded(data: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(data)).convert("RGB").resize((SIDE, SIDE)))


def _ours() -> Callable[[np.ndarray], object]:
    import tensorflow as tf

    changes = RandomChanges(CHANGES, seed=1)
    spec = tf.TensorSpec([None, SIDE, SIDE, 3], tf.uint8)
    return tf.function(lambda images: changes(tf.cast(images, tf.float32)), input_signature=[spec])


def _layers() -> Callable[[np.ndarray], object]:
    """What the script that Network shows does."""
    import keras
    import tensorflow as tf

    chain = keras.Sequential([change.build(seed=1) for change in CHANGES])
    spec = tf.TensorSpec([None, SIDE, SIDE, 3], tf.uint8)
    return tf.function(lambda images: chain(tf.cast(images, tf.float32), training=True), input_signature=[spec])


def _generator() -> Callable[[np.ndarray], object] | None:
    """Keras' own older way, which books teach; None where SciPy is missing, without which it moves nothing."""
    from keras.src.legacy.preprocessing import image

    if not image.scipy.available:
        return None
    generator = image.ImageDataGenerator(
        rotation_range=40,
        width_shift_range=0.2,
        height_shift_range=0.2,
        zoom_range=0.2,
        horizontal_flip=True,
        fill_mode="nearest",
    )
    return lambda images: next(generator.flow(images, batch_size=BATCH))
