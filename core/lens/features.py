"""Features of images: what a frozen base, and what stands behind it, gives to the head of a network."""

import json
from collections.abc import Callable
from functools import lru_cache
from typing import Any

import numpy as np
from pydantic import TypeAdapter

from core.build.model import build_model
from core.build.pretrained import begin
from core.datasets import Facts
from core.experiment import Experiment
from core.lens import Answer

BATCH = 32
"""Images at once."""


def features(request: dict[str, Any], payload: bytes) -> Answer:
    """Embeds images.

    Args:
        request: `experiment`, whose layers before the head are used, with the weights that its base begins with, and
            `shape` of the images: (N, H, W, C).
        payload: their pixels, uint8.

    Returns:
        `features`, float32 (N, D).

    Raises:
        UserError: the weights of the base are not here.
    """
    images = np.frombuffer(payload, np.uint8).reshape(request["shape"])
    embed = _embedder(json.dumps(request["experiment"]), images.shape[1:])
    parts = [embed(images[at : at + BATCH]) for at in range(0, len(images), BATCH)]
    return {"features": np.concatenate(parts)}


@lru_cache(maxsize=2)
def _embedder(text: str, shape: tuple[int, int, int]) -> Callable[[np.ndarray], np.ndarray]:
    """The network up to its head, built once."""
    import keras  # only the lens process has it
    import tensorflow as tf

    experiment, facts = TypeAdapter(Experiment).validate_json(text), Facts(shape, ("a", "b"), 2)
    traced = experiment.trace(facts)
    model = build_model(experiment, facts)
    begin(model, traced)
    network = keras.Model(model.input, model.get_layer(traced.rows[-2].name).output)
    signature = [tf.TensorSpec((None, *shape), tf.float32)]  # one graph for any number of images
    run = tf.function(lambda images: network(images, training=False), input_signature=signature)
    return lambda images: run(images.astype(np.float32)).numpy()
