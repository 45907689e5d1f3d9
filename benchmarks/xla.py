"""Plain against XLA-compiled training steps, compile time apart: which of the two the loop should take."""

import time
from collections.abc import Callable

import numpy as np

from benchmarks import Row, Setting, in_turns, times_faster
from benchmarks.peers import noise
from core.build.model import build_model
from core.experiment.presets import load_preset
from core.training.steps import Steps

BATCH = 32


def measure(setting: Setting) -> list[Row]:
    """Chunks of equal batches, so that XLA compiles once."""
    _chunk("digits-cnn", 1, False)()  # pays for TensorFlow's own start
    return [
        *_rows("digits-cnn", setting.size(100, 2), setting),
        *_rows("fashion-cnn", setting.size(20, 2), setting),
    ]


def _rows(preset: str, steps: int, setting: Setting) -> list[Row]:
    sides, first = {}, {}
    for name in ("plain", "xla"):
        began = time.perf_counter()
        sides[name] = _chunk(preset, steps, name == "xla")
        sides[name]()
        first[name] = time.perf_counter() - began
    costs = in_turns(setting.repeats, **sides)
    pace = {name: f"{steps * BATCH / min(cost):,.0f} images/s {name}" for name, cost in costs.items()}
    saved = min(costs["plain"]) - min(costs["xla"])
    even = (first["xla"] - first["plain"]) / saved * steps * BATCH if saved > 0 else None
    pays = f"pays after {max(even, 0):,.0f} images" if even is not None else "never pays"
    spent = f"{first['plain']:.2f} s plain, {first['xla']:.2f} s xla; {pays}"
    ratios, paces = times_faster(costs, "xla", "plain"), ", ".join(pace.values())
    return [
        Row(f"{preset}: XLA against plain, compiled", ratios, note=paces),
        Row(f"{preset}: XLA against plain, first call", (first["plain"] / first["xla"],), note=spent),
    ]


def _chunk(preset: str, steps: int, compiled: bool) -> Callable[[], float]:
    """Seconds of a chunk of steps."""
    import tensorflow as tf

    experiment = load_preset(preset)
    facts = experiment.dataset.facts()
    network = build_model(experiment, facts)
    ours = Steps(network, None, experiment.training.optimizer.build(), experiment.loss(facts), len(facts.class_names))
    step = tf.function(ours._step, jit_compile=True) if compiled else ours._step

    @tf.function
    def chunk(images: tf.Tensor, labels: tf.Tensor) -> tf.Tensor:
        last = tf.zeros(())
        for batch in tf.range(steps):
            last, _ = step(tf.cast(images[batch], tf.float32), labels[batch])
        return last

    images, labels, _ = noise(facts.shape, len(facts.class_names), steps * BATCH, 0)
    images = tf.constant(images.reshape(steps, BATCH, *facts.shape))
    labels = tf.constant(labels.reshape(steps, BATCH).astype(np.int64))

    def timed() -> float:
        began = time.perf_counter()
        chunk(images, labels).numpy()
        return time.perf_counter() - began

    return timed
