"""Ink on paper as people photograph it: told from photos, inverted and put where the training pictures have theirs."""

import io
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from core import datasets
from core.datasets.digits import Digits
from core.experiment.presets import load_preset
from core.intake.pixels import fit_to
from core.lens.asked_images import AskedImages, decoded
from core.lens.drawings import Manner, manner_of, measure
from core.lens.network import open_network
from core.lens.turned_round import are_drawn, have_paper, ink_of, turned, unlike
from core.runs.recorder import Recorder
from core.training.loop import Trainer
from tests.saved import here

WAYS = ("", "instead", "beside")


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

    assert {unlike(one, manner) for one in on_paper} == {"dark on light"}
    assert share_right(network, on_paper, labels) >= 0.9


def test_digits_in_a_photo_are_recognised_wherever_they_are_and_however_the_light_falls(network, digits):
    images, labels = digits
    chance = np.random.default_rng(4)
    photos = [photographed(one, chance) for one in images]
    manner = manner_of(network.experiment.dataset)

    assert np.mean([unlike(one, manner) == "dark on light" for one in photos]) > 0.95
    assert share_right(network, photos, labels) >= 0.85


def test_the_digits_of_the_collection_are_recognised(network, test_data):
    files = sorted((test_data / "cases" / "dark_on_white").glob("*.png"))
    told, payload = decoded([(path.name, path.read_bytes()) for path in files])
    asked = AskedImages(network.outline, {"uploads": told, "adjusted": "beside"}, payload)
    said = [network.facts.class_names[i] for i in network.answer(asked.stacked())[1].argmax(1)]
    pictures = asked.answer()["pictures"]

    assert {one["unlike"] for one in pictures} == {"dark on light"}
    assert [one["row"] for one in pictures] == [0, 2, 4, 6, 8]
    right = [said[one["beside"]] == path.stem for one, path in zip(pictures, files, strict=True)]
    assert sum(right) >= 4


def test_each_upload_is_judged_by_itself_and_adjusted_as_asked_for(network, digits):
    images, _ = digits
    pictures = [rgb(255 - large(images[0])), rgb(large(images[1]))]
    files = []
    for number, picture in enumerate(pictures):
        file = io.BytesIO()
        Image.fromarray(picture).save(file, "PNG")
        files.append((f"{number}.png", file.getvalue()))
    told, payload = decoded(files)
    asked = {way: AskedImages(network.outline, {"uploads": told, "adjusted": way}, payload) for way in WAYS}

    def found(way, name):
        return [one[name] for one in asked[way].answer()["pictures"]]

    assert {way: found(way, "unlike") for way in WAYS} == {
        "": ["", ""],
        "instead": ["dark on light", ""],
        "beside": ["dark on light", ""],
    }
    assert {way: found(way, "row") for way in WAYS} == {"": [0, 1], "instead": [0, 1], "beside": [0, 2]}
    assert found("beside", "beside") == [1, None]
    as_it_is, instead, beside = (asked[way].stacked() for way in WAYS)
    np.testing.assert_array_equal(beside, [as_it_is[0], instead[0], as_it_is[1]])
    np.testing.assert_array_equal(instead[1], as_it_is[1])
    assert np.corrcoef(instead[0].ravel(), as_it_is[0].ravel())[0, 1] < -0.9


def test_what_is_as_in_training_is_never_said_to_be_unlike_it(network, digits):
    images, _ = digits
    manner = manner_of(network.experiment.dataset)
    on_white = replace(manner, paper=255)

    assert {unlike(rgb(large(one)), manner) for one in images} == {""}
    assert {unlike(rgb(255 - large(one)), on_white) for one in images} == {""}
    assert {unlike(rgb(large(one)), on_white) for one in images} == {"light on dark"}


def shifted(digit, chance, side=300):
    """A digit as in training, but small and near a corner of its file."""
    size = int(chance.uniform(0.4, 0.6) * side)
    frame, at = np.zeros((side, side)), chance.choice([5, side - size - 5], 2)
    frame[at[0] : at[0] + size, at[1] : at[1] + size] = large(digit, size)
    return rgb(frame)


def test_centring_brings_back_the_accuracy_on_digits_that_lie_in_a_corner(network, digits):
    images, labels = digits
    chance = np.random.default_rng(5)
    manner = manner_of(network.experiment.dataset)
    corners = [shifted(one, chance) for one in images]
    as_they_are = np.stack([fit_to(one, *network.facts.shape) for one in corners])
    before = float((network.answer(as_they_are)[1].argmax(1) == labels).mean())

    assert {unlike(one, manner) for one in corners} == {"off centre"}
    assert before < 0.4
    assert share_right(network, corners, labels) >= 0.9


def test_mnist_is_centred_by_its_mass_as_its_makers_did(test_data):
    with np.load(test_data / "datasets" / "mnist-10k-2k.npz") as arrays:
        images = arrays["x_train"][:300, ..., None]
    manner = measure(images)
    chance = np.random.default_rng(6)

    assert manner.by_mass
    assert not measure(np.array(datasets.load(Digits()).images[:300])).by_mass
    away = []
    for one in images[:40, ..., 0]:
        frame, at = np.zeros((56, 56)), chance.integers(0, 29, 2)
        frame[at[0] : at[0] + 28, at[1] : at[1] + 28] = one
        big = np.asarray(Image.fromarray(frame.astype(np.uint8)).resize((336, 336), Image.Resampling.BICUBIC))
        seen = turned(rgb(big), manner, 28, 28, 1)[..., 0].astype(float)
        y, x = np.mgrid[:28, :28] + 0.5
        away.append([(seen * y).sum() / seen.sum() - 14.5, (seen * x).sum() / seen.sum() - 14.5])
    assert np.abs(away).mean() < 0.5  # px, of 28: theirs lie within half a pixel of (14.5, 14.5)


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
