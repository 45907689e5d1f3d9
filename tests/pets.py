"""Small pictures of cats and dogs, to be uploaded."""

import io

import numpy as np
import pytest
from PIL import Image

from core.errors import UserError


def picture(seed=0, size=(12, 10), format="PNG", **options):
    file = io.BytesIO()
    height, width = size[1], size[0]
    pixels = np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)
    Image.fromarray(pixels).save(file, format=format, **options)
    return file.getvalue()


PETS = {f"{folder}/{n}.png": picture(10 * k + n) for k, folder in enumerate(("dog", "cat")) for n in range(3)}


def refusal(work):
    with pytest.raises(UserError) as caught:
        work()
    return caught.value
