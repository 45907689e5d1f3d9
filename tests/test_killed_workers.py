"""Real workers, killed at every stage of their life; one that diverges; one without memory: what was done stays."""

import contextlib
import shutil
import subprocess
import sys
import time

import pytest

from core import child
from core.augmentation.movement import RandomFlip, RandomRotation
from core.datasets.shapes import Shapes
from core.experiment import Experiment
from core.holdings import FEATURES
from core.layers.convolution import Conv2D
from core.layers.dense import Dense
from core.layers.mobilenet_v2 import MobileNetV2
from core.layers.pooling import MaxPooling2D
from core.layers.regularization import BatchNormalization, Dropout
from core.layers.reshaping import Flatten
from core.optimization.optimizers import SGD
from core.phases.fine_tuning import FineTuning
from core.runs import doctor, layout, states
from core.workspace import current
from tests.saved import here
from tests.test_worker import log_of, wait_for

SCORES = ("epoch", "step", "loss", "accuracy", "val_loss", "val_accuracy", "learning_rate")


def everything_random():
    """Dropout, augmentation, batch norm, momentum, and a border behind a frozen base whose features are kept.

    That is all that a resumed training must remember.
    """
    base = MobileNetV2(alpha=0.35, weights=None, cut="block_2_add")
    experiment = Experiment(
        dataset=Shapes(count=240, image_size=64, classes=3),
        layers=(base, Conv2D(filters=4), BatchNormalization(momentum=0.8), MaxPooling2D(), Dropout(), Flatten()),
        augmentations=(RandomFlip(), RandomRotation()),
    )
    training = experiment.training.edited(
        epochs=3,
        batch_size=8,
        optimizer=SGD(learning_rate=0.02),
        feature_draws=2,
        phases=(FineTuning(epochs=3, trainable_from="block_2_project", training=True),),
    )
    return experiment.edited(training=training)


@contextlib.contextmanager
def a_worker(run):
    """A real worker with this run in its hands."""
    process = subprocess.Popen(
        [sys.executable, "-m", "core.training.worker"], stdin=subprocess.PIPE, cwd=child.ROOT, env=child.environment()
    )
    run.launched(process.pid)
    with process.stdin as stdin:
        stdin.write(f"{run.id}\n".encode())
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def is_saving(run):
    home = run.path / layout.CHECKPOINTS
    return home.exists() and any(path.name.startswith(".") for path in home.iterdir())


STAGES = {
    "spawn": lambda run: True,
    "import": lambda run: time.sleep(1.5) or True,
    "load and build": lambda run: run.is_held(),
    "first batch": lambda run: run.metrics().step,
    "second epoch": lambda run: len(run.metrics().epochs) >= 1,
    "border": lambda run: len(run.metrics().borders) == 2,
    "save": lambda run: is_saving(run) or len(run.metrics().epochs) >= 5,
}
"""When the worker is killed, in this order; each time another one goes on."""


@pytest.mark.timeout(900)  # seven times TensorFlow's import, on whatever machine
def test_a_run_whose_workers_are_killed_at_every_stage_ends_with_the_curve_of_an_uninterrupted_one():
    """W03, H11, G13."""
    whole, killed = (here().create(everything_random()) for _ in range(2))
    with a_worker(whole) as process:
        assert process.wait(timeout=240) == 0
    assert whole.status().state == states.FINISHED, log_of(whole)
    reached = 0
    for stage, is_there in STAGES.items():
        with a_worker(killed) as process:
            wait_for(lambda is_there=is_there: is_there(killed) or not killed.status().is_live, seconds=240)
            process.kill()
            process.wait()
        kept = current().home / FEATURES.folder
        if stage == "second epoch":
            assert any(kept.iterdir())
            shutil.rmtree(kept)  # as whoever needs room may
        epochs = [epoch["epoch"] for epoch in killed.metrics().epochs]
        if killed.status().state == states.FINISHED:
            break
        assert killed.status().state == states.INTERRUPTED, stage
        assert epochs == list(range(1, len(epochs) + 1)), stage
        assert len(epochs) >= reached, stage
        assert all(finding.repairable for finding in doctor.examine(current())), stage
        reached = max(killed.checkpoints(), default=0) if killed.checkpoints() else reached
    if killed.status().state != states.FINISHED:
        with a_worker(killed) as process:
            assert process.wait(timeout=240) == 0

    assert killed.status().state == states.FINISHED, log_of(killed)
    assert _scores(killed) == _scores(whole)
    assert killed.metrics().borders == whole.metrics().borders and len(whole.metrics().borders) == 2
    for ours, theirs in zip(killed.weights().values(), whole.weights().values(), strict=True):
        assert ours.tobytes() == theirs.tobytes()


def _scores(run):
    return [[epoch[name] for name in SCORES] for epoch in run.metrics().epochs]


def test_a_diverging_run_keeps_everything_before_and_says_where():
    """H02: layers without a bend multiply a step that is too long."""
    layers = (Flatten(), *(Dense(units=32, activation="linear") for _ in range(4)))
    experiment = Experiment(layers=layers)
    training = experiment.training.edited(optimizer=SGD(learning_rate=1.0), epochs=4, batch_size=256)
    run = here().create(experiment.edited(training=training))
    with a_worker(run) as process:
        assert process.wait(timeout=240) == 0
    losses, status = run.metrics().loss, run.status()

    assert status.state == states.DIVERGED
    assert f"epoch {status.epoch + 1}, batch {status.batch}" in status.reason
    assert losses[-1] is None
    assert all(loss is not None for loss in losses[:-1])
    assert run.checkpoints() == list(range(1, status.epoch + 1))
    assert [finding.what for finding in doctor.examine(current())] == []


def test_a_worker_without_memory_says_so(small, monkeypatch):
    """W05: its own watch ends it before the system would."""
    monkeypatch.setenv("KERNELSCOPE_MEMORY_GB", "0.3")
    run = _made_elsewhere(small, monkeypatch)
    with a_worker(run) as process:
        process.wait(timeout=240)

    assert run.status().state == states.FAILED
    assert "ran out of memory" in run.status().error


def _made_elsewhere(experiment, monkeypatch):
    """A run that was allowed when it was made; since then the machine has less memory."""
    with monkeypatch.context() as patch:
        patch.delenv("KERNELSCOPE_MEMORY_GB")
        return here().create(experiment)
