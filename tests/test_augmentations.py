"""Random changes of pictures: the same as Keras' layers of the same names, but looked up once; seeded and resumable."""

import numpy as np
import pytest
from scipy.stats import ks_2samp
from sklearn.datasets import load_sample_images

from core.augmentation import Augmentation, resampling
from core.augmentation.colour import RandomBrightness, RandomContrast
from core.augmentation.erasing import RandomErasing
from core.augmentation.mixing import MixUp
from core.augmentation.movement import RandomFlip, RandomRotation, RandomShear, RandomTranslation, RandomZoom
from core.augmentation.random_changes import Movements, RandomChanges
from core.build.model import build_augmentation
from core.spec import kinds, option

FILLING = ("constant", "nearest", "reflect", "wrap")
MOVEMENTS = [
    RandomFlip(mode="horizontal"),
    RandomFlip(mode="vertical"),
    RandomFlip(mode="horizontal_and_vertical"),
    *(RandomRotation(factor=0.3, fill_mode=mode) for mode in FILLING),
    *(RandomTranslation(height_factor=0.4, width_factor=0.7, fill_mode=mode) for mode in FILLING),
    *(RandomZoom(height_factor=0.5, fill_mode=mode) for mode in FILLING),
    *(RandomShear(x_factor=0.6, y_factor=0.3, fill_mode=mode) for mode in FILLING),
    RandomZoom(height_factor=0.5, width_factor=0.2),
    *(one.edited(fill_mode="constant", fill_value=180.0) for one in (RandomRotation(factor=0.3), RandomZoom())),
]
ALL = (
    RandomFlip(),
    RandomRotation(factor=0.1),
    RandomTranslation(height_factor=0.2, width_factor=0.1),
    RandomZoom(height_factor=0.2),
    RandomShear(x_factor=0.2, y_factor=0.1),
)


def said(change):
    return f"{change.kind} {change.words()} {getattr(change, 'fill_mode', '')}"


@pytest.fixture(scope="module")
def photos():
    """Two photographs, cut into 12 pictures of 44 by 60 pixels: float32 (12, 44, 60, 3), 0..255."""
    big = np.stack(load_sample_images().images)[:, :264:2, :480:2]  # (2, 132, 240, 3)
    tiles = big[:, :132, :240].reshape(2, 3, 44, 4, 60, 3).transpose(0, 1, 3, 2, 4, 5)[:, :, ::2]
    return tiles.reshape(-1, 44, 60, 3).astype(np.float32)


def drawn_by_keras(change, layer, images):
    """What Keras drew for these pictures, and the same as our numbers 0..1: (transformation, float32 (N, draws))."""
    drawn = layer.get_random_transformation(images, training=True)
    read = {name: np.asarray(drawn[name]) for name in drawn if name not in ("input_shape", "batch_size")}
    parts = {
        "RandomFlip": lambda: [np.where(read["flips"].ravel(), -1.0, 1.0)],
        "RandomRotation": lambda: [read["angle"] / 360 / change.factor],
        "RandomTranslation": lambda: [
            read["translations"][:, 1] / images.shape[1] / change.height_factor,
            read["translations"][:, 0] / images.shape[2] / change.width_factor,
        ],
        "RandomZoom": lambda: [
            (read[f"{side}_zoom"].ravel() - 1) / getattr(change, f"{side}_factor")
            for side in ("height", "width")
            if getattr(change, f"{side}_factor") is not None
        ],
        "RandomShear": lambda: [
            read["shear_factor"][:, 0] / change.x_factor,
            read["shear_factor"][:, 1] / change.y_factor,
        ],
    }[change.kind]()
    return drawn, (np.stack(parts, axis=1).astype(np.float32) + 1) / 2


@pytest.mark.parametrize("change", MOVEMENTS, ids=said)
def test_the_same_draw_gives_the_picture_that_keras_gives(change, photos):
    layer = change.build(seed=5)
    drawn, numbers = drawn_by_keras(change, layer, photos)

    ours = Movements([change], seed=0).moved(photos, numbers)

    theirs = np.asarray(layer.transform_images(photos, drawn))
    # A coordinate in float32 is good to some 1e-5 px; between neighbouring pixels lie 255 grey values at most.
    np.testing.assert_allclose(ours, theirs, atol=0.05)
    assert np.abs(theirs - photos).max() > 30


@pytest.mark.parametrize("change", MOVEMENTS[2:3] + MOVEMENTS[3::4], ids=said)
def test_draws_are_distributed_as_those_of_keras(change):
    empty = np.zeros((4000, 6, 9, 1), np.float32)
    _, theirs = drawn_by_keras(change, change.build(seed=1), empty)
    ours = Movements([change], seed=2)
    numbers = []
    ours.moved = lambda images, drawn: numbers.append(np.asarray(drawn))
    ours(empty)

    for column in range(change.draws):
        mine = numbers[0][:, column]
        if change.kind == "RandomFlip":  # of one draw Keras tells only what came of it
            mine = mine <= 0.5
            assert abs(mine.mean() - (theirs[:, column] == 0).mean()) < 0.04
        else:
            assert ks_2samp(mine, theirs[:, column]).pvalue > 0.01
    assert np.abs(np.corrcoef(numbers[0].T).reshape(-1)[1 : change.draws]).max(initial=0) < 0.05


@pytest.mark.parametrize("mode", ["horizontal", "vertical", "horizontal_and_vertical"])
def test_a_flip_alone_moves_whole_pixels(mode, photos):
    flipped = np.asarray(RandomChanges([RandomFlip(mode=mode)], seed=3)(photos))

    across = slice(None, None, -1 if "horizontal" in mode else 1)
    down = slice(None, None, -1 if "vertical" in mode else 1)
    mirrored = photos[:, down, across]
    same = [(a == b).all() for a, b in zip(flipped, photos, strict=True)]
    turned = [(a == b).all() for a, b in zip(flipped, mirrored, strict=True)]
    assert all(a != b for a, b in zip(same, turned, strict=True))
    assert any(same)
    assert any(turned)


def test_several_movements_are_the_chain_of_keras_layers_without_its_blur():
    y, x = np.mgrid[:81, :101]
    blobs = 250 * np.exp(-(((x - 50) / 14) ** 2 + ((y - 36) / 9) ** 2))  # smooth, and black at the border
    images = np.repeat(blobs[None, ..., None].astype(np.float32), 20, axis=0)
    changes = [c if c.kind == "RandomFlip" else c.edited(fill_mode="constant") for c in ALL]
    chain, numbers = images, []
    for change in changes:
        layer = change.build(seed=11)
        drawn, drawn_numbers = drawn_by_keras(change, layer, images)
        chain = np.asarray(layer.transform_images(chain, drawn))
        numbers.append(drawn_numbers)

    once = np.asarray(Movements(changes, seed=0).moved(images, np.concatenate(numbers, axis=1)))

    assert np.abs(once - images).mean() > 10  # they did move
    assert np.abs(once - chain).max() < 5
    assert np.abs(once - chain).mean() < 0.2


def test_a_picture_pushed_out_and_brought_back_is_not_lost(photos):
    away = RandomTranslation(height_factor=0.0, width_factor=0.9, fill_mode="constant")
    numbers = np.tile(np.float32([0.5, 1.0, 0.5, 0.0]), (len(photos), 1))  # all the way right, all the way left

    np.testing.assert_allclose(Movements([away, away], seed=0).moved(photos, numbers), photos, atol=0.01)


def groups(*changes):
    return [
        [c.kind for c in p.changes] if isinstance(p, Movements) else p.layer.name
        for p in RandomChanges(changes, 1).parts
    ]


def test_movements_in_a_row_are_one_look_up():
    assert groups(*ALL) == [[change.kind for change in ALL]]


def test_a_colour_between_two_movements_keeps_its_place():
    spin = RandomRotation()
    first, colour, last = groups(spin, RandomBrightness(), RandomFlip(), spin)

    assert first == ["RandomRotation"]
    assert colour.startswith("random_brightness")
    assert last == ["RandomFlip", "RandomRotation"]


def test_movements_that_fill_differently_stay_apart_and_a_flip_joins_any():
    wrap, black = RandomRotation(fill_mode="wrap"), RandomZoom(fill_mode="constant")

    assert groups(wrap, RandomFlip(), black, black) == [["RandomRotation", "RandomFlip"], ["RandomZoom", "RandomZoom"]]


@pytest.mark.parametrize("change", [RandomBrightness(factor=0.4), RandomContrast(factor=0.5)], ids=said)
def test_colours_are_the_very_keras_layers(change, photos):
    ours = RandomChanges([change], seed=9)(photos)

    np.testing.assert_array_equal(ours, change.build(seed=9)(photos, training=True))


def test_contrast_is_drawn_below_one_and_above():
    photo = np.tile(np.linspace(100, 156, 8, dtype=np.float32)[None, :, None], (200, 8, 1, 3))
    spread = np.std(RandomContrast(factor=0.2).build(seed=1)(photo, training=True), axis=(1, 2, 3)) / photo[0].std()

    assert 0.8 <= spread.min() < 0.83
    assert 1.17 < spread.max() <= 1.2001


class RandomGrayscale(Augmentation):
    """Takes the colours away."""

    keras = "layers.RandomGrayscale"

    factor: float = option(1.0, "How often.", low=0.0, high=1.0)


def test_a_kind_without_a_matrix_is_its_keras_layer(photos):
    grey = np.asarray(RandomChanges([RandomFlip(), RandomGrayscale()], seed=1)(photos))

    np.testing.assert_array_equal(grey[..., 0], grey[..., 2])


@pytest.mark.parametrize("kind", kinds(Augmentation).values(), ids=kinds(Augmentation))
def test_every_kind_draws_anew_for_every_picture_and_every_time(kind, photos):
    same = np.repeat(photos[:1], 12, axis=0)
    change = RandomChanges([kind()], seed=4)
    if kind.mixes:  # with one another
        first, second = (np.asarray(change.batch(photos, np.eye(12, dtype=np.float32))[1]) for _ in range(2))
    else:
        first, second = np.asarray(change(same)), np.asarray(change(same))

    assert len(np.unique(first.reshape(12, -1), axis=0)) >= 2
    assert (first != second).any()


@pytest.fixture
def changed(small):
    """All kinds, as a training step uses them: in a graph, with any number of pictures."""
    import tensorflow as tf

    colours = (RandomBrightness(), RandomZoom(fill_mode="wrap"), RandomContrast(), RandomErasing(), MixUp())
    experiment = small.edited(augmentations=(*ALL, *colours))

    def fresh():
        changes = build_augmentation(experiment)
        picture = tf.TensorSpec([None, 44, 60, 3], tf.float32)
        return changes, tf.function(lambda images: changes(images, training=True), input_signature=[picture])

    return fresh


def test_the_same_seed_makes_the_same_draws(changed, photos):
    (_, first), (_, again) = changed(), changed()

    np.testing.assert_array_equal(first(photos), again(photos))
    np.testing.assert_array_equal(first(photos[:5]), again(photos[:5]))


def test_restored_variables_go_on_where_they_were(changed, photos):
    changes, step = changed()
    step(photos)
    saved = [variable.numpy() for variable in changes.variables]
    uninterrupted = [step(photos).numpy() for _ in range(2)]

    others, resumed = changed()
    resumed(photos[:7])  # whatever was drawn before counts no more
    for variable, value in zip(others.variables, saved, strict=True):
        variable.assign(value)

    for picture in uninterrupted:
        np.testing.assert_array_equal(resumed(photos), picture)


def test_a_graph_draws_what_plain_calls_draw(changed, photos):
    (changes, _), (_, graph) = changed(), changed()

    np.testing.assert_allclose(graph(photos), changes(photos), atol=0.05)


def test_out_of_training_nothing_changes(photos):
    np.testing.assert_array_equal(RandomChanges(ALL, seed=0)(photos, training=False), photos)


def test_without_augmentations_there_is_nothing_to_apply(small):
    assert build_augmentation(small) is None


@pytest.mark.parametrize(("fill_mode", "fill_value"), [*((mode, 0.0) for mode in FILLING), ("constant", 90.0)])
def test_the_compiled_look_up_is_the_operation_of_tensorflow(fill_mode, fill_value, photos):
    import tensorflow as tf

    change = Movements([c.edited(fill_mode=fill_mode) if c.kind != "RandomFlip" else c for c in ALL], seed=0)
    numbers = np.random.default_rng(8).random((len(photos), 7), np.float32)
    far = change.matrix(numbers, 44, 60) * np.float32([[2.5], [2.5], [1]])  # several widths beyond the edge

    ours = tf.function(resampling.by_arithmetic, jit_compile=True)(photos, far, fill_mode, fill_value)

    # A place within a rounding error of where a mirror image begins falls to one side or the other.
    differs = np.abs(ours - resampling.by_operation(photos, far, fill_mode, fill_value)).max(axis=-1) > 0.5
    assert differs.mean() < 0.001


def test_a_flip_of_large_pictures_is_compiled_and_moves_whole_pixels(photos):
    import tensorflow as tf

    large = np.tile(photos, (1, 3, 3, 1))
    graph = tf.function(RandomChanges([RandomFlip(mode="horizontal_and_vertical")], seed=1))
    flipped = np.asarray(graph(tf.constant(large)))

    both = zip(flipped, large, strict=True)
    ways = [((one == two).all(), (one == two[::-1, ::-1]).all()) for one, two in both]
    assert set(ways) == {(True, False), (False, True)}


def test_large_pictures_in_a_graph_are_looked_up_by_the_compiled_one(photos):
    import tensorflow as tf

    large = np.tile(photos, (1, 3, 3, 1))
    change, graph_change = RandomChanges(ALL, seed=1), RandomChanges(ALL, seed=1)
    picture = tf.TensorSpec([None, *large.shape[1:]], tf.float32)
    graph = tf.function(graph_change, input_signature=[picture])

    np.testing.assert_allclose(graph(large), change(large), atol=0.1)
    names = {op.type for op in graph.get_concrete_function().graph.get_operations()}
    assert "ImageProjectiveTransformV3" not in names
