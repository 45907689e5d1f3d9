"""Films as files, opened again with Pillow: their frames, how long each stands, and what colour each value has."""

import io

import numpy as np
import pytest
from PIL import Image

from core.figures.class_colours import class_colour
from core.figures.film import BAND, DOT, LARGEST, MARGIN, NEGATIVE, PIXELS, POSITIVE, RAISED, TARGET, Shot, film
from core.lens.feature_maps import LayerMaps
from core.lens.film import fitting
from core.lens.image_map import ImageMap, PlacedImages
from core.lens.kernels import LayerKernels
from core.lens.results import HeatMap, MapGrid, Matrix, Points
from core.lens.weights_moved import WeightsMoved
from pages.components.understand.film import pictures


def random(*shape):
    return np.random.default_rng(len(shape)).normal(size=shape).astype(np.float32)


def frames(made):
    """Every frame of a film as uint8 (h, w, 3), and how long it stands in ms."""
    with Image.open(io.BytesIO(made.gif)) as gif:
        for at in range(gif.n_frames):
            gif.seek(at)
            yield np.asarray(gif.convert("RGB")), gif.info["duration"]


def colour(values, limit):
    """The colour of signed values on white, worked out anew: float (..., 3)."""
    share = (np.abs(values) / limit)[..., None] ** RAISED
    return (1 - share) * 255 + share * np.where(values[..., None] > 0, POSITIVE, NEGATIVE)


def test_a_film_of_kernels_has_a_frame_per_epoch_and_each_value_as_a_square_in_its_colour():
    moments = [random(4, 1, 3, 3) * scale for scale in (0.2, 0.5, 1.0)]
    results = [LayerKernels(({"name": "conv", "planes": planes, "colours": False},)) for planes in moments]
    made = film([one.shots()["conv"] for one in results], ["epoch 1", "epoch 2", "epoch 3"], per_second=4)

    shown = list(frames(made))
    assert [pixels.shape for pixels, _ in shown] == [(made.size[1], made.size[0], 3)] * 3
    assert [duration for _, duration in shown] == [250, 250, 750]
    limit, zoom = max(np.abs(planes).max() for planes in moments), made.zoom
    gap = (made.size[0] - 2 * MARGIN - 9 * zoom) // 2
    assert gap > 0
    assert zoom > 20
    for (pixels, _), planes in zip(shown, moments, strict=True):
        for at, plane in enumerate(planes[:, 0]):
            row, column = divmod(at, 3)  # four kernels stand in rows of three
            y, x = (side + place * (3 * zoom + gap) for side, place in ((MARGIN + BAND, row), (MARGIN, column)))
            drawn = pixels[y : y + 3 * zoom, x : x + 3 * zoom].reshape(3, zoom, 3, zoom, 3)
            assert (drawn == drawn[:, :1, :, :1]).all()  # whole squares, nothing between
            np.testing.assert_allclose(drawn[:, 0, :, 0], colour(plane, limit), atol=2.5)  # in steps
    words = [pixels[:BAND] for pixels, _ in shown]
    assert not np.array_equal(words[0], words[1]) and (words[0] < 50).any()  # the epoch is printed

    with Image.open(io.BytesIO(made.png)) as strip:
        assert strip.size == (made.size[0] * 3, made.size[1])
        beside = np.asarray(strip.convert("RGB")).reshape(made.size[1], 3, made.size[0], 3)
    for at, (pixels, _) in enumerate(shown):
        np.testing.assert_array_equal(beside[:, at], pixels)


def test_every_picture_kind_gives_frames_of_one_size_and_other_values_other_pixels():
    names = tuple("abc")
    kinds = {
        "maps": [MapGrid(random(5, 6, 4) * k, tuple("12345")) for k in (1, 2)],
        "matrix": [Matrix(np.eye(3, dtype=np.float32) * k, names, names, "images") for k in (3, 9)],
        "heat map": [HeatMap(random(4, 4) * k, np.full((12, 16, 3), 90, np.uint8)) for k in (1, 2)],
        "points": [Points(random(20, 2) * k, tuple("x" * 20), tuple("ab" * 10)) for k in (1, 2)],
        "layer": [_layer(random(6, 6, 3) * k) for k in (1, 2)],
    }
    for name, results in kinds.items():
        made = film([next(iter(one.shots().values())) for one in results], ["epoch 1", "epoch 2"])
        (first, _), (second, _) = frames(made)
        assert first.shape == second.shape == (made.size[1], made.size[0], 3), name
        assert not np.array_equal(first[BAND:], second[BAND:]), name
    with Image.open(io.BytesIO(film([kinds["heat map"][0].shots()["value"]], ["epoch 1"]).gif)) as still:
        assert still.n_frames == 1


def _layer(values):
    layers = ({"name": "conv", "values": values}, {"name": "flat", "values": np.zeros(7, np.float32)})
    result = LayerMaps(layers, np.zeros((6, 6, 1), np.uint8), np.zeros((6, 6, 1)), None, np.ones(1))
    assert list(result.shots()) == ["conv"]  # a flat layer has no maps
    return result


def test_a_film_too_large_keeps_the_first_and_the_last_moment_and_what_lies_evenly_between():
    shots = [Shot(np.full((1, 2, 2), at + 1.0, np.float32)) for at in range(300)]
    made = film(shots, [f"epoch {at}" for at in range(300)])
    assert len(made.shown) == PIXELS // (made.size[0] * made.size[1]) < 300
    assert (made.shown[0], made.shown[-1]) == (0, 299)
    assert set(np.diff(made.shown)) <= {3, 4, 5}
    with Image.open(io.BytesIO(made.gif)) as gif:
        assert gif.n_frames == len(made.shown)

    wide = fitting(Shot(random(300, 100, 100), 20))
    assert (len(wide.planes), wide.columns) == (11 * 11, 11) and LARGEST >= 11 * 101


def test_the_map_of_images_is_filmed_and_nothing_that_tells_of_all_epochs_or_of_the_test_set():
    each, places = np.arange(4), random(4, 2)
    found = PlacedImages(each, places, each, each, each / 4, 4, "validation", (), "flatten_1")
    moved = Matrix(random(2, 3), ("a", "b"), ("1", "2", "3"))

    assert np.array_equal(pictures(ImageMap(), found)["map"].places, places)
    assert not pictures(ImageMap(part="test"), found)
    assert moved.shots() and not pictures(WeightsMoved(), moved)


def test_a_film_of_first_kernels_shows_colours_with_mid_grey_for_zero():
    last = random(2, 3, 3, 3)
    moments = [last * 0.5, last]
    layers = [({"name": "conv", "planes": planes, "colours": True},) for planes in moments]
    made = film([LayerKernels(layer).shots()["conv"] for layer in layers], ["epoch 1", "epoch 2"])

    zoom, corner, gap = made.zoom, (MARGIN + BAND, MARGIN), made.size[0] - 2 * MARGIN - 6 * made.zoom
    for (pixels, _), planes in zip(frames(made), moments, strict=True):
        for at, kernel in enumerate(planes):
            y, x = corner[0], corner[1] + at * (3 * zoom + gap)
            drawn = pixels[y + zoom // 2 : y + 3 * zoom : zoom, x + zoom // 2 : x + 3 * zoom : zoom].astype(float)
            wanted = 127.5 * (1 + np.moveaxis(kernel, 0, -1) / np.abs(last[at]).max())  # its scale is the film's
            np.testing.assert_allclose(drawn, wanted, atol=3)


def test_points_of_a_film_have_the_colours_of_the_still_map_and_none_comes_twice():
    groups = np.arange(100)
    places = np.stack([groups % 10, groups // 10], 1).astype(np.float32)
    made = film([Shot(np.zeros((0, 1, 1), np.float32), places=places, groups=groups)], ["epoch 1"])
    (pixels, _), *_ = frames(made)
    seen = {tuple(colour) for colour in pixels[BAND + MARGIN :].reshape(-1, 3).tolist()}

    assert {class_colour(group) for group in groups} <= seen
    assert len({class_colour(group) for group in groups}) == 100


def test_in_the_film_of_the_map_mistakes_are_crosses_as_in_the_still_map():
    each, places = np.arange(3), np.array([[0, 0], [1, 0], [0, 1]], np.float32)
    found = PlacedImages(each, places, each % 2, np.array([0, 1, 1]), each / 4, 3, "validation", (), "flatten_1")
    (pixels, _), *_ = frames(film([found.shots()["map"]], ["epoch 1"]))

    def square(across, up):  # the pixels of a point, whose arms a cross leaves free at the middle of its sides
        left, top = MARGIN + across * (TARGET - 4 * DOT), MARGIN + BAND + (1 - up) * (TARGET - 4 * DOT)
        return pixels[top + DOT : top + 3 * DOT + 1, left + DOT : left + 3 * DOT + 1]

    for at, is_cross in ((0, 0), False), ((1, 0), False), ((0, 1), True):
        colour = class_colour(0 if at != (1, 0) else 1)
        drawn = (square(*at) == colour).all(-1)
        assert drawn[DOT, DOT] and drawn[DOT, 0] != is_cross and drawn[0, 0] == is_cross


# What Chromium paints for classColour(label) of dom.js, read back from a canvas.
PAINTED = {0: (212, 116, 82), 1: (0, 171, 145), 2: (176, 120, 201), 8: (157, 83, 0), 15: (120, 84, 166)}


@pytest.mark.parametrize("label", PAINTED)
def test_classes_have_the_colours_that_the_browser_gives_them(label):
    np.testing.assert_allclose(class_colour(label), PAINTED[label], atol=1)
