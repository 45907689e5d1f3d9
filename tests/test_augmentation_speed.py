"""The same changes in the model, in the pipeline and by ImageDataGenerator: the lines shown run, and do one job."""

import numpy as np
import pytest

from core import datasets
from core.augmentation.colour import RandomBrightness, RandomContrast
from core.augmentation.mixing import MixUp
from core.augmentation.movement import RandomFlip, RandomRotation, RandomShear, RandomTranslation, RandomZoom
from core.build import augmentation_ways
from core.build.augmentation_ways import GENERATOR, MODEL, OURS, PIPELINE, USUAL, WRAPPED, conventions, job, ways
from core.experiment.presets import load_preset
from core.training import augmentation_speed
from pages.components.data import augmentation_speed as page

CHANGES = (
    RandomFlip(mode="horizontal_and_vertical"),
    RandomRotation(factor=0.1, fill_mode="reflect"),
    RandomTranslation(height_factor=0.2, width_factor=0.1, fill_mode="reflect"),
    RandomZoom(height_factor=0.3, fill_mode="reflect"),
    RandomShear(x_factor=1.0, fill_mode="reflect"),
    RandomBrightness(factor=0.15),
)
NAMES = [MODEL, PIPELINE, GENERATOR, WRAPPED, OURS]


def test_both_conventions_stand_side_by_side_and_mean_the_same():
    told = {one.layer: one.generator for one in conventions(CHANGES)}

    assert told["factor=0.1"] == "rotation_range=36.0"
    assert told["height_factor=0.2, width_factor=0.1"] == "width_shift_range=0.1, height_shift_range=0.2"
    assert told["x_factor=1.0, y_factor=0.0"] == "shear_range=45.0", "a lean by the whole height is one of 45 degrees"
    assert told["factor=0.15"] == "brightness_range=(0.85, 1.15)"
    assert not any("wrong" in one.meaning for one in conventions(CHANGES))


@pytest.mark.filterwarnings("ignore:Please import")  # ImageDataGenerator still uses an old name of SciPy's
def test_the_lines_that_are_shown_are_what_is_timed_and_each_changes_the_images_of_a_batch(monkeypatch):
    def begun(way, *others):
        batches = begin(way, *others)
        seen[way.name] = np.asarray(next(batches()))
        return batches

    seen, told, begin = {}, [], augmentation_speed.begun
    monkeypatch.setattr(augmentation_speed, "begun", begun)
    monkeypatch.setattr(augmentation_speed, "FEWEST", 1)
    experiment = load_preset("digits-cnn").edited(augmentations=(*CHANGES, MixUp()))
    datasets.prepare(experiment.dataset)
    paces = augmentation_speed.measure(experiment, lambda *done: told.append(done), seconds=0.0)

    assert list(paces) == list(seen) == NAMES and all(pace > 0 for pace in paces.values())
    assert told == [(turn, 15) for turn in range(1, 16)]
    x_train, y_train = augmentation_speed._images(experiment)
    for name, batch in seen.items():
        assert batch.shape == (32, 8, 8, 1), name
        assert not any(np.array_equal(batch[0], image) for image in x_train), name

    names = {"x_train": x_train, "y_train": y_train}
    model, _, generator, *_ = ways(CHANGES, x_train.shape[1:], 32)
    exec(model.code, names)
    exec(generator.code, names)
    assert names["generator"].rotation_range == 36.0 and names["generator"].fill_mode == "reflect"
    assert names["generator"].horizontal_flip and names["generator"].vertical_flip
    assert np.allclose(names["generator"].zoom_range, [0.7, 1.3])
    assert np.allclose(names["augment"].layers[1].factor, (-0.1, 0.1))


def test_the_job_is_what_all_can_do_and_what_is_left_out_is_said():
    assert job(()) == (USUAL, ())
    assert job((MixUp(),)) == (USUAL, (MixUp(),))
    assert job((RandomFlip(), RandomContrast())) == ((RandomFlip(),), (RandomContrast(),))
    assert page.told((), ()) == "Nothing is switched on, so the job is a small turn and a small shift."
    assert "can do none of yours" in page.told((MixUp(),), (MixUp(),))
    assert "without RandomContrast, which" in page.told((RandomFlip(), RandomContrast()), (RandomContrast(),))


def test_what_was_timed_is_said_with_the_ratio_of_the_fastest_to_the_slowest():
    found = ways(USUAL, (8, 8, 1), 32)
    paces = dict(zip(NAMES, (1000.0, 400.0, 300.0, 250.0, 800.0), strict=True))

    assert page.sentence(found, paces) == (
        "Fastest here: in the model with 1\u202f000 images/s, 4.0 times as fast as ImageDataGenerator through tf.data. "
        "This app: 800 images/s."
    )
    assert page.sentence(found, paces | {OURS: 2000.0}).startswith(
        "Fastest here: this app with 2\u202f000 images/s, 8.0"
    )


def test_a_machine_without_scipy_times_the_others(monkeypatch):
    without = augmentation_speed._BATCHES | dict.fromkeys((GENERATOR, WRAPPED), missing)
    monkeypatch.setattr(augmentation_speed, "_BATCHES", without)
    monkeypatch.setattr(augmentation_speed, "ways", lambda *told: augmentation_ways.ways(*told)[2:4])
    experiment = load_preset("digits-cnn")
    datasets.prepare(experiment.dataset)

    assert augmentation_speed.measure(experiment, seconds=0.0) == {}


def missing(names, size):
    raise ImportError("SciPy")
