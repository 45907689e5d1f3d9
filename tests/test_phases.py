"""Phases: what comes after the first epochs of a run, in the same run."""

import argparse
import contextlib
import itertools

import numpy as np
import pytest

from core import workspace
from core.__main__ import main
from core.build.weights import named
from core.command.tuning import phase
from core.datasets.shapes import Shapes
from core.errors import UserError
from core.experiment import Experiment
from core.experiment.stages import at, stages, written_in
from core.layers.mobilenet_v2 import MobileNetV2
from core.layers.pooling import GlobalAveragePooling2D
from core.lens.network import open_network
from core.lens.weights_moved import WeightsMoved
from core.phases.fine_tuning import FineTuning
from core.runs import judging, layout, states
from core.runs.going_on import extend, with_phase
from core.runs.recorder import Recorder
from core.runs.records import Metrics
from core.training.loop import Trainer
from tests.saved import here

BORDER = "expanded_conv_project"
SMALL = MobileNetV2(alpha=0.35, weights=None, cut="expanded_conv_project_BN")


def tuned(**changes):
    """A frozen base for an epoch, then two in which its last layers learn."""
    experiment = Experiment(dataset=Shapes(image_size=32, count=60), layers=(SMALL, GlobalAveragePooling2D()))
    phase = FineTuning(epochs=2, trainable_from=BORDER, **changes)
    return experiment.edited(training=experiment.training.edited(epochs=1, batch_size=16, phases=(phase,)))


def trained(experiment, watch=lambda status: None):
    run = here().create(experiment)
    with Recorder(run) as record:
        assert Trainer(experiment, record, watch).run() == states.FINISHED
    return run


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """Such a run that nothing broke off."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KERNELSCOPE_HOME", str(tmp_path_factory.mktemp("whole")))
        return trained(tuned())


def test_an_experiment_without_phases_says_nothing_of_them_and_has_one_stage():
    plain = Experiment()

    assert "phases" not in plain.to_json() and len(stages(plain)) == 1
    assert Experiment.model_validate_json(tuned().to_json()) == tuned()


def test_stages_follow_each_other_and_a_checkpoint_at_a_border_is_of_the_one_before():
    found = stages(tuned())

    assert [(one.first, one.last, one.rate) for one in found] == [(0, 1, 0.001), (1, 3, 0.0001)]
    assert [at(found, epoch).place for epoch in range(4)] == [0, 1, 1, 1]
    assert [written_in(found, *moment).place for moment in ((0, 3), (1, 0), (1, 2), (3, 0))] == [0, 0, 1, 1]


def test_fine_tuning_goes_on_in_the_same_run_and_changes_what_learns_from_the_border_on_bit_for_bit(whole):
    run = whole
    facts = run.experiment.dataset.facts()
    first, last = run.weights(1), run.weights(3)
    rows = stages(run.experiment)[1].trace(facts).rows
    learns = {row.name for row in rows if row.trainable and row.parameters}
    moved = {name.partition("/")[0] for name, array in last.items() if np.any(array != first[name])}
    metrics = run.metrics()

    assert moved == learns == {BORDER, f"{BORDER}_BN", "head"}
    assert not any("moving" in name for name in last if np.any(last[name] != first[name]))
    assert run.status().epochs == 3 and [one["epoch"] for one in metrics.epochs] == [1, 2, 3]
    assert metrics.borders[1][1:] == (1, metrics.steps_per_epoch, "fine-tuning")
    assert [one["learning_rate"] for one in metrics.epochs] == pytest.approx([1e-3, 1e-4, 1e-4])


class Cut(Exception):
    """A training breaks off."""


def break_off(run, cut):
    """Trains up to a moment: epochs that are done, and batches of the next one."""
    with pytest.raises(Cut), Recorder(run) as record:
        trainer = Trainer(run.experiment, record)

        def pause():
            done = trainer.progress
            if (done.epoch, done.batch) == cut:
                trainer.save()
                raise Cut

        trainer._pause_for_breath = pause
        trainer._obey = lambda verdict: pause()
        trainer._steps_per_chunk = lambda: 1
        trainer.run()


@pytest.mark.parametrize("cut", [(0, 2), (1, 0), (1, 2), (2, 0)])
def test_a_run_that_broke_off_in_either_phase_ends_as_if_it_had_not(cut, whole):
    run = here().create(tuned())
    break_off(run, cut)
    with Recorder(run) as record:
        assert Trainer(run.experiment, record).run() == states.FINISHED

    assert all(np.array_equal(array, run.weights(3)[name]) for name, array in whole.weights(3).items())
    assert run.metrics().borders == whole.metrics().borders


def test_a_finished_run_goes_on_in_one_more_phase_from_the_epoch_that_it_reached(whole, tmp_path):
    experiment = whole.experiment
    head = experiment.edited(training=experiment.training.edited(phases=()))
    run = trained(head)
    workspace.touch(run.path / layout.EXPERIMENT, 1e9)
    created, at_once = run.created, run.can_resume()
    crash_everywhere(run, lambda: extend(run, experiment.training.phases[0]), (head, experiment))
    changed = extend(run, experiment.training.phases[0])

    assert changed.is_same(experiment) and run.created == created == 1e9
    assert not at_once and run.can_resume()
    break_off(run, (2, 1))
    assert run.can_resume()
    with Recorder(run) as record:
        assert Trainer(run.experiment, record).run() == states.FINISHED
    assert run.status().epoch == 3 and not run.can_resume()
    assert all(np.array_equal(array, run.weights(3)[name]) for name, array in whole.weights(3).items())

    with pytest.raises(UserError) as alone:
        network_of(run).look(WeightsMoved(since="3"))
    assert alone.value.code == "LENS_ONE_EPOCH"
    moved = network_of(run).look(WeightsMoved(since="1"))
    assert {name for name, value in zip(moved.labels, moved.values, strict=True) if value} == {
        *(BORDER, f"{BORDER}_BN", "head")
    }

    file = tmp_path / "again.json"
    file.write_text(head.to_json())
    assert main(["tune", run.id, "--from", BORDER, "--epochs", "1", "--rate-divisor", "100"]) == 0
    assert main(["train", str(file), "--begin-with", run.id]) == 0
    again = next(one for one in here().newest() if one.id != run.id)
    assert run.status().epoch == 4 and run.experiment.training.phases[-1].rate_divisor == 100
    assert run.metrics().borders[-1][1:] == (3, run.metrics().steps_per_epoch, "fine-tuning")
    assert np.array_equal(again.weights(1)[f"{BORDER}/kernel"], run.weights()[f"{BORDER}/kernel"])


def crash_everywhere(run, job, before_and_after):
    """A crash at each operation on the disk in turn leaves a run as it was before or is afterwards, and its age."""
    was, weights = run.created, run.checkpoint(run.checkpoints()[-1]).files
    for place in itertools.count(1):
        done = itertools.count(1)

        def fault(name, path, half, done=done, place=place):
            if next(done) == place:
                half()
                raise Cut

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(workspace, "before_operation", fault)
            with contextlib.suppress(Cut):
                job()
        assert any(run.experiment.is_same(one) for one in before_and_after) and run.created == was
        assert run.checkpoint(run.checkpoints()[-1]).files == weights
        if next(done) <= place:
            break
    assert place > 4


def network_of(run):
    """Looks at a run."""

    class Looked:
        def look(self, lens):
            return lens.look(open_network(run), np.zeros((0, *run.experiment.dataset.facts().shape), np.uint8))

    return Looked()


def test_what_is_no_more_to_be_done_to_a_run_is_told_with_a_way_on():
    plain = here().create(tuned())
    with pytest.raises(UserError) as never:
        extend(plain, FineTuning())
    run = trained(tuned().edited(training=tuned().training.edited(phases=())))
    with pytest.raises(UserError) as lost:
        extend(run, FineTuning(trainable_from="mixed7"))
    for _ in range(2):  # what it did not come to yet gives way
        assert len(extend(run, FineTuning(epochs=1)).training.phases) == 1
    many = run.experiment.training.edited(phases=(FineTuning(epochs=1),) * 4)
    with pytest.raises(UserError) as fifth:
        with_phase(run.experiment.edited(training=many), 5, FineTuning())
    with pytest.raises(UserError) as invalid:
        phase(argparse.Namespace(epochs=0, rate_divisor=10.0, first=""))

    assert never.value.code == "RUN_LIVE"
    assert lost.value.code == "EXPERIMENT_PROBLEM" and "mixed7" in str(lost.value)
    assert fifth.value.code == "PHASES_MANY"
    assert invalid.value.code == "PHASE_INVALID"


def test_a_base_that_moves_slower_takes_steps_divided_for_its_layers_alone():
    from core.build.model import build_model, hold
    from core.training.steps import Steps

    experiment = tuned(base_divisor=10.0)
    facts, stage = experiment.dataset.facts(), stages(experiment)[1]
    images = np.random.default_rng(0).integers(0, 256, (16, *facts.shape)).astype(np.uint8)
    labels = np.arange(16) % len(facts.class_names)
    steps_of = {}
    for slower in ({}, stage.phase.slower(stage.trace(facts))):
        import keras

        model = build_model(experiment, facts)
        hold(model, stage.trace(facts))
        before = dict(named(model.weights))
        sgd = keras.optimizers.SGD(0.1)
        Steps(model, None, sgd, experiment.loss(facts), len(facts.class_names), slower=slower).train_chunk(
            images, labels, 16, np.array([0.1], np.float32)
        )
        steps_of[bool(slower)] = {name: array - before[name] for name, array in named(model.weights)}

    np.testing.assert_allclose(steps_of[True]["head/kernel"], steps_of[False]["head/kernel"], rtol=1e-5)
    slow, fast = (steps_of[one][f"{BORDER}/kernel"] for one in (True, False))
    assert np.abs(fast).max() > 0
    np.testing.assert_allclose(slow * 10, fast, rtol=1e-2, atol=1e-6)


def test_a_border_that_no_training_draws_is_left_out_and_what_follows_it_is_kept():
    def told(event, **values):
        return judging.record_of({"event": event, "n": 1} | values)

    def epoch(number):
        scores = dict.fromkeys(("loss", "accuracy", "val_loss", "val_accuracy"), 0.5)
        return told("epoch", epoch=number, step=3 * number, **scores)

    def border(after, step):
        return told("phase", epoch=after, step=step, what="fine-tuning", steps_per_epoch=3)

    metrics = Metrics()
    metrics.take(told("started", steps_per_epoch=3, tiles=[]))
    for record in (
        *(border(0, 0), epoch(1), border(2, 3), border(1, 3), border(1, 3)),  # before anything, too far on, good, again
        *(told("batches", step=[6], loss=[0.5], accuracy=[0.5]), epoch(2), border(2, 5), border(2, 6)),  # back in time
        *(one for number in range(3, 9) for one in (epoch(number), border(number, 3 * number))),  # more than a run has
    ):
        metrics.take(record)

    assert [after for _, after, _, _ in metrics.borders] == [0, 1, 2, 3, 4]
    assert [one["epoch"] for one in metrics.epochs] == list(range(1, 9))
    good = {"epoch": 1, "step": 3, "steps_per_epoch": 3, "what": "fine-tuning"}
    wrong = {"what": "x" * 81}, {"what": "a\x00b"}, {"steps_per_epoch": -1}, {"epoch": "1"}, {"step": 1e300}
    assert told("phase", **good) and not any(told("phase", **good | one) for one in wrong)


def test_fine_tuning_without_a_base_or_from_a_layer_that_is_not_there_is_told_before_it_trains():
    experiment = tuned()
    bare = experiment.edited(layers=(GlobalAveragePooling2D(),))
    lost = experiment.edited(
        training=experiment.training.edited(phases=(FineTuning(trainable_from="mixed7"),)),
    )

    assert [one.message for one in bare.problems()] == [
        "Fine-tuning lets layers of a base learn on; this network has no base."
    ]
    assert "mixed7" in lost.problems()[0].message and lost.problems()[0].blocking
