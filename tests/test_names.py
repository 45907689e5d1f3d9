"""What runs are called that nobody gave a name: after their data and network, numbered where that is taken."""

import zipfile

import pytest

from core.datasets.own_images import OwnImages
from core.datasets.shapes import Shapes
from core.experiment import NAME_LENGTH, Experiment
from core.experiment.names import free_name, is_own, outline
from core.experiment.presets import load_preset, presets
from core.intake.own_images import ingest_archive
from core.layers.convolution import Conv2D, SeparableConv2D
from core.layers.dense import Dense
from core.layers.mobilenet_v2 import MobileNetV2
from core.layers.pooling import GlobalAveragePooling2D, MaxPooling2D
from core.layers.reshaping import Flatten
from core.workspace import current
from pages.components.frame import strip
from tests.pets import PETS
from tests.saved import here

CONV_32_64 = (Conv2D(filters=32), MaxPooling2D(), Conv2D(filters=64), Flatten())


@pytest.fixture
def own(tmp_path):
    """Makes a dataset of uploaded pictures of a name."""

    def made(title):
        path = tmp_path / "pets.zip"
        with zipfile.ZipFile(path, "w") as file:
            for name, data in PETS.items():
                file.writestr(name, data)
        return OwnImages(images_id=ingest_archive(path, current().folder("images"), title).id)

    return made


@pytest.mark.parametrize(
    ("layers", "words"),
    [
        (CONV_32_64, "Conv 32-64"),
        ((Conv2D(filters=16), Flatten(), Dense(units=128)), "Conv 16 · Dense 128"),
        ((Flatten(),), "Dense 10"),
        ((), "Dense 10"),
        (tuple(Conv2D(filters=8, padding="same") for _ in range(10)), "Conv 8×10"),
        (tuple(Conv2D(filters=8 * n, padding="same") for n in range(1, 11)), "Conv 8-16-24-…-80"),
        ((MobileNetV2(cut="block_3_add"), GlobalAveragePooling2D()), "MobileNetV2 to block_3_add"),
        ((MobileNetV2(), Flatten(), Dense(units=64)), "MobileNetV2 · Dense 64"),
        ((Conv2D(filters=4), SeparableConv2D(filters=8), Conv2D(), Dense()), "Conv 4 · Separable 8 · … · Dense 128"),
    ],
)  # fmt: skip
def test_a_network_is_told_by_what_learns_in_it(layers, words):
    assert outline(Experiment(layers=layers)) == words


def test_a_residual_network_says_what_it_joins():
    assert outline(load_preset("digits-residual")) == "Conv 16×3-32 · Add"


def test_a_name_that_is_taken_gets_a_number():
    experiment = Experiment(layers=CONV_32_64)
    taken = []
    for _ in range(3):
        taken.append(free_name(experiment, taken))

    assert taken == ["Digits 8x8, Conv 32-64", "Digits 8x8, Conv 32-64 2", "Digits 8x8, Conv 32-64 3"]


def test_names_and_defaults_of_ours_are_nobodys_own():
    assert not any(is_own(load_preset(name)) for name in presets())
    assert not is_own(Experiment())
    assert is_own(Experiment(name="Anna's first"))


def test_runs_made_by_hand_are_called_after_what_they_are_and_keep_a_name_that_somebody_gave(small):
    mine, family = small.edited(name="Anna's"), small.edited(dataset=Shapes(count=60))
    made = [here().create(one) for one in (small, small, mine, load_preset("digits-cnn"))]
    swept = here().create(family, family="rates", varied={"seed": 1})
    here().delete(made[1])

    assert [run.title for run in [*made[:1], *made[2:]]] == ["Digits 8x8, Conv 4", "Anna's", "Digits 8x8, Conv 32-64"]
    assert [run.title for run in here().deleted()] == ["Digits 8x8, Conv 4 2"]
    assert swept.title == small.name
    assert here().create(small).title == "Digits 8x8, Conv 4 3"  # the deleted one can come back


def test_own_images_are_called_as_their_owner_does(own):
    dataset = own("horse-or-human")
    layers = (*(Conv2D(filters=n) for n in (16, 32, 64)), Flatten())

    assert here().create(Experiment(dataset=dataset, layers=layers)).title == "horse-or-human, Conv 16-32-64"
    assert free_name(Experiment(dataset=OwnImages(), layers=layers), ()) == "Own images, Conv 16-32-64"


def test_the_strip_calls_own_images_by_their_own_name(own):
    long = "pictures of horses and of human beings"
    part = strip.parts(Experiment(dataset=own(long)))[0]
    assert (part.words, part.full) == ("pictures of horses and of… · 6", f"{long} · 6")


def test_the_longest_name_is_one_that_a_run_may_have(own):
    dataset = own("x" * 80)
    experiment = Experiment(dataset=dataset, layers=(*(Conv2D(filters=500 + n) for n in range(9)), Flatten()))
    first = free_name(experiment, ())

    assert len(first) <= NAME_LENGTH
    assert here().create(experiment).title == first


def test_a_name_alone_makes_no_other_experiment(small):
    assert small.is_same(small.edited(name="Other"))
    assert not small.is_same(small.edited(seed=7))
    assert not small.is_same(small.edited(training=small.training.edited(epochs=3)))
