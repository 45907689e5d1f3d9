"""What a base is worth: families of runs that differ in nothing else."""

import numpy as np
import pytest

from core.build.codegen import script
from core.datasets.shapes import Shapes
from core.datasets.split import few_of_each
from core.errors import UserError
from core.experiment import Experiment
from core.experiment.stages import stages
from core.figures.runs import accuracy_by_images
from core.layers.mobilenet_v2 import MobileNetV2
from core.layers.pooling import GlobalAveragePooling2D
from core.phases.fine_tuning import FineTuning
from core.runs import transfer

EXPERIMENT = Experiment(
    dataset=Shapes(image_size=96, count=300), layers=(MobileNetV2(alpha=0.35), GlobalAveragePooling2D())
)


def test_few_of_each_class_are_always_among_more_and_another_seed_takes_others():
    labels = np.random.default_rng(0).integers(0, 3, 200)
    train = np.arange(0, 200, 2)
    five, twenty = (few_of_each(labels, train, count, 1) for count in (5, 20))

    assert np.bincount(labels[five]).tolist() == [5, 5, 5] and set(five) < set(twenty) <= set(train)
    assert few_of_each(labels, train, 1000, 1).tolist() == train.tolist()
    assert few_of_each(labels, train, 5, 2).tolist() != five.tolist()


def test_a_run_on_few_images_of_each_class_learns_from_those_and_its_script_too():
    few = EXPERIMENT.edited(training=EXPERIMENT.training.edited(images_per_class=4))
    labels, train = np.arange(300) % 3, np.arange(250)
    text = script(few)

    assert "images_per_class" not in EXPERIMENT.to_json()
    assert stages(few)[0].learnt(labels, train).tolist() == few_of_each(labels, train, 4, few.seed).tolist()
    assert "train = few_of_each(labels, train, 4, SEED)" in text and "def few_of_each" in text
    assert "few_of_each" not in script(EXPERIMENT)


def test_three_ways_take_as_many_epochs_and_differ_in_what_learns_alone():
    ways = [one for one, _ in transfer.three_ways(EXPERIMENT)]
    facts = EXPERIMENT.dataset.facts()
    learns = [[stage.trace(facts).trainable for stage in stages(one)] for one in ways]
    whole = ways[0].trace(facts)
    fixed = sum(row.layer.non_trainable(*row.input_shapes) for row in whole.rows)

    assert [one.name.rpartition(" · ")[2] for one in ways] == ["from scratch", "frozen", "fine-tuned"]
    assert {one.training.all_epochs for one in ways} == {20}
    assert ["fresh weights" in one.layers[0].words() for one in ways] == [True, False, False]
    assert learns[0] == [whole.parameters - fixed]
    assert learns[1] == [learns[2][0]] and learns[1][0] < learns[2][1] < learns[0][0]
    assert not any(problem.blocking for one in ways for problem in one.problems())
    assert MobileNetV2().usual_border == "block_11_expand_relu"  # layer 100 of 154, as Keras counts


def test_a_fine_tuning_that_is_set_is_the_one_that_is_compared_and_without_a_base_there_is_nothing_to_compare():
    phase = FineTuning(epochs=3, trainable_from="Conv_1")
    tuned = EXPERIMENT.edited(training=EXPERIMENT.training.edited(phases=(phase,)))
    with pytest.raises(UserError) as none:
        transfer.three_ways(Experiment(layers=(GlobalAveragePooling2D(),)))

    assert transfer.three_ways(tuned)[2][0].training.phases == (phase,)
    assert none.value.code == "NO_BASE"


def most_of(dataset):
    """The largest number of images per class that is compared with all of them."""
    return max(told[transfer.IMAGES] for _, told in transfer.over_images(EXPERIMENT.edited(dataset=dataset)))


def test_accuracy_over_images_is_asked_of_three_seeds_and_drawn_as_points_and_their_mean():
    family = transfer.over_images(EXPERIMENT)
    varied = [told for _, told in family]
    figure = accuracy_by_images((0, 5), (42, 43), {(5, 42): 0.5, (5, 43): 0.7, (0, 42): 0.9, (0, 43): None})

    assert [told[transfer.IMAGES] for told in varied[::3]] == [5, 10, 20, 0]
    assert sorted({told[transfer.SEED] for told in varied}) == [42, 43, 44]
    assert most_of(Shapes(classes=3, count=180)) == 20, "48 of the 60 in a class are left to learn from"
    assert most_of(Shapes(classes=3, count=420)) == 100
    assert list(figure.data[1].x) == ["5", "all"] and list(figure.data[1].y) == pytest.approx([0.6, 0.9])
