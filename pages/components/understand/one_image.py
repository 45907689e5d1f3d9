"""What all ways to break one image tell the browser of it."""

import base64
from typing import Any

import numpy as np

from pages.components.understand.looking import Looking

SHOWN = 20
"""Classes that are drawn; of more, those that become likeliest anywhere."""


def told(looking: Looking, probabilities: np.ndarray) -> dict[str, Any]:
    """The image, the classes, and what was said.

    Args:
        looking: at which network and image.
        probabilities: float32 (N, classes), what is said in N cases.

    Returns:
        `sign`, the same for the same network and image; `name` and `truth` of the image (None where it is not known);
        `names` of all classes and the `classes` that are drawn; of each case the `answers`, their probability `best`,
        and the `shares` of those classes.
    """
    names, chosen = looking.outline.facts.class_names, looking.chosen
    shown = sorted(np.argsort(-probabilities.max(0), kind="stable")[:SHOWN].tolist())
    return {
        "sign": f"{looking.run.id}-{looking.epoch}-{chosen.sign}",
        "name": chosen.names[0],
        "truth": chosen.truth[0],
        "names": list(names),
        "classes": [{"index": one, "name": names[one]} for one in shown],
        **answers(probabilities, shown),
    }


def answers(probabilities: np.ndarray, shown: list[int]) -> dict[str, Any]:
    """What was said in N cases, for some of the classes."""
    return {
        "answers": probabilities.argmax(1).tolist(),
        "best": np.round(probabilities.max(1), 6).tolist(),
        "shares": np.round(probabilities[:, shown], 6).tolist(),
    }


def in_text(values: np.ndarray) -> str:
    """Bytes as a text that JSON takes, for `bytesOf` in `one_image.js`."""
    return base64.b64encode(np.ascontiguousarray(values).tobytes()).decode()
