"""Pictures that are no squares: squeezed, their middle cut out, or black beside them, as Keras does it."""

import numpy as np
import pytest

from core.intake.pixels import ASPECTS, CROP, PAD, fit_to, middle

SIZES = [(300, 200), (200, 300), (97, 512), (512, 31), (100, 100), (1, 90), (90, 1), (33, 32)]
WANTED = [(96, 96), (48, 96), (150, 100), (1, 16)]


@pytest.mark.parametrize("aspect", [CROP, PAD])
def test_the_part_of_a_picture_is_the_part_that_keras_takes(aspect):
    import keras

    compared = 0
    for width, height in SIZES:
        for to_width, to_height in WANTED:
            if aspect == CROP:
                box = min(width, int(height * to_width / to_height)), min(height, int(width * to_height / to_width))
                if 0 in box:
                    continue  # Keras can't take a part of no pixels; we take one
            left, top, right, bottom = middle((width, height), to_width, to_height, aspect)
            tall, wide = bottom - top, right - left
            if aspect == PAD and ((tall - height) % 2 or (wide - width) % 2):
                continue  # Keras adds as much on both sides, and is a pixel narrower then
            compared += 1
            columns, rows = np.meshgrid(np.arange(1, width + 1), np.arange(1, height + 1))
            picture = np.stack([columns, rows, columns * 0 + 1], -1).astype("float32")
            theirs = np.asarray(
                keras.ops.image.resize(
                    picture, (to_height, to_width), interpolation="nearest", data_format="channels_last",
                    **{f"{aspect}_to_aspect_ratio": True},
                )
            )  # fmt: skip
            padded = np.zeros((tall, wide, 3), "float32")
            inside = slice(max(0, top), min(height, bottom)), slice(max(0, left), min(width, right))
            at = slice(max(0, -top), max(0, -top) + inside[0].stop - inside[0].start)
            across = slice(max(0, -left), max(0, -left) + inside[1].stop - inside[1].start)
            padded[at, across] = picture[inside]
            options = {"interpolation": "nearest", "data_format": "channels_last"}
            ours = np.asarray(keras.ops.image.resize(padded, (to_height, to_width), **options))
            np.testing.assert_array_equal(ours, theirs, err_msg=f"{width}x{height} to {to_width}x{to_height}")
    assert compared > 10


@pytest.mark.parametrize("channels", [1, 3])
def test_each_way_gives_the_size_that_is_asked_for_and_says_what_is_lost(channels):
    image = np.full((40, 120, 3), 200, np.uint8)
    image[:, :40] = 10  # the left third
    found = {aspect: fit_to(image, 30, 30, channels, aspect)[..., 0] for aspect in ASPECTS}

    assert all(one.shape == (30, 30) for one in found.values())
    assert abs(int((found["stretch"] < 100).sum()) / 900 - 1 / 3) < 0.05
    assert (found["crop"] == 200).all(), "only the middle third is left"
    rows = np.flatnonzero((found["pad"] > 0).any(1))
    assert 9 <= len(rows) <= 12 and (found["pad"][:9] == 0).all() and (found["pad"][-9:] == 0).all()
