"""Ink on paper as people photograph it: told from photos, inverted and put where the training pictures have theirs."""

import io

import numpy as np
import pytest
from PIL import Image

from core import datasets
from core.experiment.presets import load_preset
from core.lens.asked_images import AskedImages, decoded
from core.lens.drawings import Manner, manner_of, measure
from core.lens.network import open_network
from core.lens.turned_round import are_drawn, have_paper, ink_of, is_turned_round, turned
from core.runs.recorder import Recorder
from core.training.loop import Trainer
from tests.saved import here


@pytest.fixture(autouse=True, scope="module")
def workspace(tmp_path_factory):
    """One workspace for the module: the network is trained once."""
    home = tmp_path_factory.mktemp("workspace")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KERNELSCOPE_HOME", str(home))
        yield home


@pytest.fixture(scope="module")
def network(workspace):
    """A network that knows digits: light on dark, 8 x 8."""
    run = here().create(load_preset("digits-cnn"))
    with Recorder(run) as record:
        Trainer(run.experiment, record).run()
    return open_network(run)


@pytest.fixture(scope="module")
def digits(network):
    """Digits that it has not learned from, uint8 (60, 8, 8), and their labels."""
    experiment = network.experiment
    data = datasets.load(experiment.dataset, experiment.training.validation_split, experiment.seed)
    return np.array(data.images[data.validation[:60]])[..., 0], data.labels[data.validation[:60]]


def large(digit, side=200):
    return np.asarray(Image.fromarray(digit).resize((side, side), Image.Resampling.BICUBIC), float)


def photographed(digit, chance, side=300):
    """Dark ink somewhere on grey paper, under a lamp at one side, with grain."""
    size = int(chance.uniform(0.35, 0.7) * side)
    ink, (y, x) = np.zeros((side, side)), chance.integers(10, side - size - 10, 2)
    ink[y : y + size, x : x + size] = large(digit, size) / 255
    rows, columns = np.mgrid[:side, :side] / side
    paper = chance.uniform(160, 220) + chance.uniform(-40, 40) * rows + chance.uniform(-40, 40) * columns
    light = paper * (1 - chance.uniform(0.65, 0.9) * ink) + chance.normal(0, 4, ink.shape)
    return np.repeat(light.clip(0, 255).astype(np.uint8)[..., None], 3, axis=2)


def rgb(grey):
    return np.repeat(np.asarray(grey).clip(0, 255).astype(np.uint8)[..., None], 3, axis=2)


def share_right(network, pictures, labels):
    """Of pictures uint8 (H, W, 3) that are turned before they are asked about."""
    manner = manner_of(network.experiment.dataset)
    seen = np.stack([turned(one, manner, *network.facts.shape) for one in pictures])
    return float((network.answer(seen)[1].argmax(1) == labels).mean())


def test_digits_on_white_paper_are_recognised(network, digits):
    images, labels = digits
    on_paper = [rgb(255 - large(one)) for one in images]
    manner = manner_of(network.experiment.dataset)

    assert all(is_turned_round(one, manner) for one in on_paper)
    assert share_right(network, on_paper, labels) >= 0.9


def test_digits_in_a_photo_are_recognised_wherever_they_are_and_however_the_light_falls(network, digits):
    images, labels = digits
    chance = np.random.default_rng(4)
    photos = [photographed(one, chance) for one in images]
    manner = manner_of(network.experiment.dataset)

    assert np.mean([is_turned_round(one, manner) for one in photos]) > 0.95
    assert share_right(network, photos, labels) >= 0.85


def test_the_digits_of_the_collection_are_recognised(network, test_data):
    files = sorted((test_data / "cases" / "dark_on_white").glob("*.png"))
    told, payload = decoded([(path.name, path.read_bytes()) for path in files])
    asked = AskedImages(network.outline, {"uploads": told, "inverted": True}, payload)
    said = [network.facts.class_names[i] for i in network.answer(asked.stacked())[1].argmax(1)]

    assert all(one["inverted"] for one in asked.answer()["pictures"])
    assert sum(one == path.stem for one, path in zip(said, files, strict=True)) >= 4


def test_each_upload_is_judged_by_itself_and_as_it_is_unless_inverting_is_asked_for(network, digits):
    images, _ = digits
    pictures = [rgb(255 - large(images[0])), rgb(large(images[1]))]
    files = []
    for number, picture in enumerate(pictures):
        file = io.BytesIO()
        Image.fromarray(picture).save(file, "PNG")
        files.append((f"{number}.png", file.getvalue()))
    told, payload = decoded(files)
    inverted = AskedImages(network.outline, {"uploads": told, "inverted": True}, payload)
    as_it_is = AskedImages(network.outline, {"uploads": told}, payload)

    assert [one["inverted"] for one in inverted.answer()["pictures"]] == [True, False]
    assert [one["inverted"] for one in as_it_is.answer()["pictures"]] == [False, False]
    np.testing.assert_array_equal(inverted.stacked()[1], as_it_is.stacked()[1])
    assert np.corrcoef(inverted.stacked()[0].ravel(), as_it_is.stacked()[0].ravel())[0, 1] < -0.9


def test_what_is_as_in_training_is_never_said_to_be_the_other_way_round(network, digits):
    images, _ = digits
    manner = manner_of(network.experiment.dataset)

    assert not any(is_turned_round(rgb(large(one)), manner) for one in images)
    assert not any(is_turned_round(rgb(255 - large(one)), Manner(255)) for one in images)
    assert all(is_turned_round(rgb(large(one)), Manner(255)) for one in images)


def test_empty_paper_and_tiny_pictures_hold_no_ink():
    empty = np.full((90, 90, 3), 240, np.uint8)
    assert ink_of(empty) is None
    assert ink_of(np.zeros((3, 90, 3), np.uint8)) is None
    assert turned(empty, Manner(0), 8, 8, 1).max() == 0
    assert turned(empty, Manner(255), 8, 8, 3).min() == 255


def test_strokes_on_even_paper_are_told_from_photos(network, digits):
    images, _ = digits
    noise = np.random.default_rng(0).integers(0, 256, (20, 16, 16, 3), np.uint8)

    assert have_paper(network.experiment.dataset)
    assert are_drawn(images[..., None])
    assert are_drawn(255 - np.repeat(images[..., None], 3, axis=3))
    assert not are_drawn(noise)
    red = np.repeat(images[..., None], 3, axis=3) * np.array([1, 0, 0], np.uint8)
    assert not are_drawn(red)


def test_ink_is_put_where_training_pictures_have_it_on_their_paper():
    images = np.zeros((5, 20, 20, 1), np.uint8)
    images[:, 2:18, 6:14] = 255  # ink 16 px high, 8 px wide, in the middle
    photo = np.full((200, 200, 3), 180, np.uint8)
    photo[150:190, 10:30] = 40  # the same proportions, small, in a corner

    np.testing.assert_array_equal(turned(photo, measure(images), 20, 20, 1), images[0])
    np.testing.assert_array_equal(turned(255 - photo, measure(255 - images), 20, 20, 1), 255 - images[0])
