"""Forgetting: other classes, new classes and other styles, learnt after the first epochs of a run."""

import numpy as np
import pytest

from core import datasets
from core.build.model import build_model
from core.build.weights import named, put
from core.experiment import Experiment
from core.experiment.against_forgetting import with_remedies
from core.experiment.presets import load_preset
from core.experiment.stages import stages
from core.experiment.tested import all_tested
from core.layers.convolution import Conv2D
from core.layers.dense import Dense
from core.layers.pooling import MaxPooling2D
from core.layers.reshaping import Flatten
from core.optimization.optimizers import SGD, RMSprop
from core.phases.new_classes import NewClasses
from core.phases.next_task import NextTask
from core.phases.shifted_images import STYLES, ShiftedImages
from core.runs import states
from core.runs.forgetting import of_run
from core.runs.recorder import Recorder
from core.training.loop import Trainer
from tests.saved import here
from tests.test_phases import trained

NEW = (5, 6, 7, 8, 9)
DENSE = (Flatten(),)
CNN = (Conv2D(filters=16), MaxPooling2D(), Flatten(), Dense(units=32, activation="relu"))


def digits(*phases, layers=DENSE, epochs=1, rate=0.005):
    experiment = Experiment(layers=layers)
    settings = experiment.training.edited(
        epochs=epochs, batch_size=64, phases=phases, optimizer=RMSprop(learning_rate=rate)
    )
    return experiment.edited(training=settings)


# ---- which images, which answers


def test_a_task_is_learnt_from_its_own_images_and_so_many_old_ones_that_the_seed_chooses():
    labels, train = np.arange(200) % 10, np.arange(0, 200, 2)
    few, more = (NextTask(classes=(2, 4), rehearsal=n).learnt(labels, train, seed=3) for n in (2, 5))
    old = labels[few[~np.isin(labels[few], (2, 4))]]

    assert set(few) <= set(more) <= set(train)
    assert np.bincount(labels[few], minlength=10).tolist() == [2, 0, 20, 0, 20, 0, 2, 0, 2, 0]
    assert sorted(old) == [0, 0, 6, 6, 8, 8]
    assert few.tolist() != NextTask(classes=(2, 4), rehearsal=2).learnt(labels, train, seed=4).tolist()
    assert set(labels[NextTask(classes=(2, 4)).before(labels, train)]) == {0, 6, 8}


def test_three_tasks_are_learnt_one_after_the_other_and_each_is_tested_by_itself():
    experiment = digits(NextTask(classes=(4, 5)), NextTask(classes=(6, 7, 8, 9), separate_heads=True))
    labels = np.arange(100) % 10
    found = [set(labels[stage.learnt(labels, np.arange(100))]) for stage in stages(experiment)]

    assert found == [{0, 1, 2, 3}, {4, 5}, {6, 7, 8, 9}]
    assert [(one.name, one.classes, one.since) for one in all_tested(experiment, 10)] == [
        ("Task 1", (0, 1, 2, 3), 0), ("Task 2", (4, 5), 1), ("Task 3", (6, 7, 8, 9), 2)]  # fmt: skip
    allowed = stages(experiment)[0].allowed(10)
    assert set(np.flatnonzero(allowed[4])) == {0, 1, 2, 3, 4, 5} and set(np.flatnonzero(allowed[9])) == {6, 7, 8, 9}


def test_a_shift_is_learnt_from_images_in_the_new_style_and_so_many_of_the_old_one():
    phase = ShiftedImages(classes=(1,), rehearsal=2)
    labels = np.arange(30) % 3
    found = stages(digits(phase))[1].learnt(labels, np.arange(30))

    assert [(found >= 30).sum(), np.bincount(labels[found % 30])[1]] == [10, 12]
    assert set(labels[found[found >= 30] - 30]) == {1} and set(labels[found[found < 30]]) == {0, 1, 2}


def test_styles_change_images_as_their_words_say():
    images = np.random.default_rng(0).integers(0, 256, (3, 8, 6, 1)).astype(np.uint8)
    even, seeds = np.full((2, 5, 5, 3), 90, np.uint8), np.array([4, 9, 2])
    told = {name: style(images, seeds) for name, style in STYLES.items()}
    by_hand = np.pad(images[1, ..., 0].astype(float), 1, "edge")

    assert all(one.dtype == np.uint8 and one.shape == images.shape for one in told.values())
    assert np.array_equal(told["inverted"].astype(int) + images, np.full(images.shape, 255))
    assert told["blurred"][1, 3, 2, 0] == round(by_hand[3:6, 2:5].mean())
    assert not STYLES["edges"](even, seeds).any() and np.array_equal(STYLES["blurred"](even, seeds), even)
    right, below = (float(images[0, y, x, 0]) - float(images[0, 2, 2, 0]) for y, x in ((2, 3), (3, 2)))
    assert told["edges"][0, 2, 2, 0] == min(255, round(np.hypot(right, below)))
    assert np.array_equal(told["noisy"][1:2], STYLES["noisy"](images[1:2], seeds[1:2]))
    assert not np.array_equal(told["noisy"][1], images[1])


@pytest.mark.parametrize(
    ("phases", "said"),
    [
        ((NextTask(),), "Next task: no class is learnt in it."),
        ((NextTask(classes=tuple(range(10))),), "Next task: it has all classes, and before it nothing is left"),
        ((NewClasses(classes=(3, 12)),), "New classes: there is no class 12; this dataset has 10 classes."),
        ((ShiftedImages(classes=(10,)),), "Shifted images: there is no class 10 in this dataset."),
        ((NextTask(classes=(1, 2)), NextTask(classes=(2, 3))), "Class 2 is new in more than one phase."),
        ((NextTask(classes=NEW), NextTask(classes=(0, 1, 2, 3, 4))), "The phases have all classes"),
    ],
)
def test_phases_that_divide_the_classes_wrongly_are_told_with_a_way_on(phases, said):
    (problem,) = digits(*phases).problems()

    assert problem.message.startswith(said) and problem.hint and problem.blocking


def test_of_two_classes_there_are_no_tasks_and_too_much_rehearsal_is_a_warning():
    from core.datasets import Facts
    from core.experiment.problems import _phase_problems

    facts = Facts((8, 8, 1), ("a", "b"), 40, counts=(20, 20))
    two = _phase_problems(digits(NextTask(classes=(1,))), facts)
    many = Facts((8, 8, 1), ("a", "b", "c"), 60, counts=(20, 20, 20))
    (much,) = _phase_problems(digits(NextTask(classes=(1,), rehearsal=50)), many)

    assert two[0].message.startswith("Next task: this dataset has two classes") and two[0].blocking
    assert "50 old images per class are more than a class has, 16." in much.message and not much.blocking
    assert _phase_problems(digits(NewClasses(classes=(1,))), many) == []


# ---- a step


def test_with_separate_heads_a_step_is_that_of_a_network_with_its_own_outputs_only():
    import keras

    from core.training.steps import Steps

    experiment = digits(NextTask(classes=NEW, separate_heads=True), layers=CNN)
    facts = experiment.dataset.facts()
    images = np.random.default_rng(1).integers(0, 256, (24, 8, 8, 1)).astype(np.uint8)
    labels = (np.arange(24) % 5 + 5).astype(np.int64)
    model = build_model(experiment, facts)
    small = keras.Model(model.inputs, keras.layers.Dense(5, activation="softmax")(model.layers[-2].output))
    small = keras.models.clone_model(small)
    before = dict(named(model.weights))
    small.set_weights([w if "head" not in n else w[..., 5:] for n, w in before.items()])
    small.compile(keras.optimizers.SGD(0.1), "sparse_categorical_crossentropy")
    allowed = stages(experiment)[1].allowed(10)
    steps = Steps(model, None, SGD(learning_rate=0.1).build(), "sparse_categorical_crossentropy", 10, allowed=allowed)
    losses, _ = steps.train_chunk(images, labels, 24, np.array([0.1], np.float32))
    loss = small.train_on_batch(images.astype(np.float32), labels - 5)
    after = dict(named(model.weights))

    assert float(losses[0]) == pytest.approx(float(loss), rel=1e-5)
    assert np.array_equal(after["head/kernel"][:, :5], before["head/kernel"][:, :5])
    for (name, array), theirs in zip(after.items(), small.get_weights(), strict=True):
        np.testing.assert_allclose(array[..., 5:] if "head" in name else array, theirs, rtol=1e-4, atol=1e-6)
    _, _, answers = steps.evaluate_batch(images, labels)
    np.testing.assert_allclose(answers.numpy()[:, 5:], small.predict(images.astype(np.float32), verbose=0), atol=1e-5)
    assert not answers.numpy()[:, :5].any()


# ---- whole runs


def test_new_outputs_stay_as_they_were_made_until_their_classes_join_and_old_ones_go_on():
    run = trained(digits(NewClasses(classes=NEW, epochs=1)))
    model = build_model(run.experiment, run.experiment.dataset.facts())
    fresh, first, last = dict(named(model.weights)), run.weights(1), run.weights(2)

    assert all(np.array_equal(first[name][..., 5:], fresh[name][..., 5:]) for name in ("head/kernel", "head/bias"))
    assert np.all(first["head/bias"][:5] != 0) and np.all(last["head/bias"][5:] != 0)
    assert run.metrics().epochs[0]["by_task"][1] == 0.0 and run.metrics().epochs[1]["by_task"][1] > 0.5


def test_what_an_epoch_tells_by_task_and_by_class_is_what_keras_counts():
    run = trained(digits(ShiftedImages(style="inverted", epochs=1, rehearsal=20), layers=CNN))
    experiment = run.experiment
    data = datasets.load(experiment.dataset, experiment.training.validation_split, experiment.seed)
    model = build_model(experiment, experiment.dataset.facts())
    images, labels = data.images[data.validation], data.labels[data.validation]
    for epoch in run.metrics().epochs:
        put(model, run.weights(epoch["epoch"]))
        right = [model.predict(one.astype(np.float32), verbose=0).argmax(1) == labels for one in (images, 255 - images)]
        by_class = [one[labels == label].mean() for one in right for label in range(10)]
        assert epoch["by_task"] == pytest.approx([one.mean() for one in right], abs=1e-4)
        assert epoch["by_class"] == pytest.approx(by_class, abs=1e-4)


@pytest.mark.parametrize("cut", [(0, 2), (1, 0), (1, 2)])
def test_a_run_of_tasks_that_broke_off_in_either_of_them_ends_as_if_it_had_not(cut):
    experiment = digits(NextTask(classes=NEW, epochs=1, rehearsal=5, separate_heads=True))
    whole, run = trained(experiment), here().create(experiment)

    class Cut(Exception):
        pass

    with pytest.raises(Cut), Recorder(run) as record:
        trainer = Trainer(experiment, record)

        def pause(*_):
            if (trainer.progress.epoch, trainer.progress.batch) == cut:
                trainer.save()
                raise Cut

        trainer._pause_for_breath = trainer._obey = pause
        trainer._steps_per_chunk = lambda: 1
        trainer.run()
    with Recorder(run) as record:
        assert Trainer(experiment, record).run() == states.FINISHED

    assert all(np.array_equal(array, run.weights(2)[name]) for name, array in whole.weights(2).items())
    assert [one["by_class"] for one in run.metrics().epochs] == [one["by_class"] for one in whole.metrics().epochs]


def test_in_the_preset_more_than_half_of_task_1_is_forgotten_and_with_rehearsal_less_than_a_tenth_from_its_seed():
    made = with_remedies(load_preset("forgetting-digits"))
    without, rehearsed = (of_run(trained(made[words]))[0] for words in ("no remedy", "20 old images per class"))

    assert min(without.before, without.reached, rehearsed.before) > 0.9
    assert without.points > 50 and rehearsed.points < 10


def test_the_command_line_trains_an_experiment_with_phases_and_tells_the_drop(tmp_path, capsys):
    import json

    from core.__main__ import main

    file = tmp_path / "two.json"
    file.write_text(digits(NextTask(classes=NEW, epochs=1)).to_json(), encoding="utf-8")

    assert main(["train", str(file), "--json"]) == 0
    (told,) = json.loads(capsys.readouterr().out)["tasks"]
    assert (told["what"], told["during"]) == ("Task 1", "Task 2") and 0 <= told["after"] <= told["before"] <= 1


def test_the_script_learns_first_what_the_app_learns_first_and_says_what_it_leaves_out():
    from core.build.codegen import script

    experiment = load_preset("new-classes-digits")
    text, names = script(experiment), {}
    exec(text.split("keras.utils.set_random_seed")[0], names)  # noqa: S102  running our own source is the test

    data = datasets.load(experiment.dataset, experiment.training.validation_split, experiment.seed)
    assert np.array_equal(names["train"], stages(experiment)[0].learnt(data.labels, data.train))
    told = " ".join(text.split('"""')[1].split())
    assert "it leaves out what comes after them (new classes), and answers among all classes" in told
