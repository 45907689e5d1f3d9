"""An augmentation that is switched off keeps its values in files, links and undo, and changes no picture."""

import json

import numpy as np
import pytest

from core.augmentation import Augmentation
from core.augmentation.colour import RandomBrightness
from core.augmentation.movement import RandomFlip, RandomRotation
from core.build.codegen import script
from core.build.model import build_augmentation
from core.datasets.shapes import Shapes
from core.experiment import Experiment
from core.experiment.reading import read_experiment, read_link
from core.layers.reshaping import Flatten
from core.lens.draws import augment
from core.runs.sweeps import numeric_fields
from core.spec import kinds

OFF = RandomRotation(factor=0.2, on=False)
SMALL = Shapes(count=60, image_size=12)


def experiment(*augmentations):
    return Experiment(dataset=SMALL, augmentations=augmentations, layers=(Flatten(),))


@pytest.mark.parametrize("kind", kinds(Augmentation).values())
def test_that_it_is_on_goes_without_saying(kind):
    assert "on" not in kind().model_dump() and "on" not in kind().keras_arguments()
    off = kind(on=False)
    assert json.loads(off.model_dump_json())["on"] is False
    assert "on" not in off.keras_arguments() and "on=" not in off.source()


def test_files_and_links_keep_it_with_its_values():
    mine = experiment(OFF, RandomFlip())

    assert read_experiment(mine.to_json()) == mine == read_link(mine.to_link())
    assert mine.applied == (RandomFlip(),)
    assert json.loads(mine.to_json())["augmentations"][0] == {
        "kind": "RandomRotation", "on": False, "factor": 0.2, "fill_mode": "nearest",
    }  # fmt: skip


def test_it_trains_as_if_it_were_not_there():
    with_it, without = experiment(OFF, RandomFlip(), RandomBrightness()), experiment(RandomFlip(), RandomBrightness())

    images = np.random.default_rng(0).uniform(0, 255, (8, 12, 12, 3)).astype(np.float32)
    ours, theirs = (np.asarray(build_augmentation(one)(images)) for one in (with_it, without))
    assert np.array_equal(ours, theirs) and not np.array_equal(ours, images)
    assert build_augmentation(experiment(OFF)) is None
    assert script(with_it) == script(without) and "augmentation" not in script(experiment(OFF))
    assert not [field.path for field in numeric_fields(with_it) if field.path.startswith("augmentations[0]")]


def test_the_preview_shows_what_each_would_do_alone_also_the_one_that_is_off():
    shown = augment(experiment(OFF, RandomFlip()), position=3, draws=2, seed=1)
    alone = augment(experiment(RandomFlip()), position=3, draws=8, seed=1)

    assert shown["each"].shape == (2, *shown["original"].shape)
    assert not np.array_equal(shown["each"][0], shown["original"])
    assert any(np.array_equal(shown["each"][1], drawn) for drawn in alone["images"])
    assert np.array_equal(augment(experiment(OFF), 3, 4, 1)["images"], [shown["original"]] * 4)
