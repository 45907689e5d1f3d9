"""Rules that end a run or slow it down: Keras' own callbacks, fed the same epochs, do the same."""

import random
from types import SimpleNamespace

import keras
import numpy as np
import pytest

from core.optimization.stopping import (
    EarlyStopping,
    ReduceLROnPlateau,
    Rule,
    Target,
    TimeBudget,
    Verdict,
    judge,
    time_limit,
)
from core.spec import kinds

SEQUENCES = 500
MONITORS = ("accuracy", "val_accuracy", "loss", "val_loss")


class Model:
    """As much of a model as the callbacks ask for; its weights are the number of the epoch."""

    def __init__(self, rate=0.01):
        self.stop_training, self.weights, self.metrics = False, 0, []
        self.optimizer = SimpleNamespace(learning_rate=np.float32(rate))

    def get_weights(self):
        return self.weights

    def set_weights(self, weights):
        self.weights = weights


def random_epochs(draw, length=25):
    """Epochs on a coarse grid, so that equal values and steps of exactly `min_delta` occur; some say nothing."""
    return [
        {"epoch": epoch + 1, "seconds": 1.0}
        | {name: None if draw.random() < 0.03 else draw.randint(0, 12) / 20 for name in MONITORS}
        for epoch in range(length)
    ]


def callback_of(rule, model):
    mode = "min" if rule.monitor.endswith("loss") else "max"
    callback = getattr(keras.callbacks, rule.kind)(**rule.keras_arguments(), mode=mode)
    callback.set_model(model)
    callback.on_train_begin()
    return callback


@pytest.mark.filterwarnings("ignore:.*is not available")
def test_early_stopping_stops_and_restores_where_keras_does():
    draw = random.Random(9)
    stopped = 0
    for _ in range(SEQUENCES):
        rule = EarlyStopping(
            monitor=draw.choice(MONITORS),
            patience=draw.randint(0, 5),
            min_delta=draw.choice((0.0, 0.05, 0.1)),
            restore_best_weights=draw.random() < 0.7,
            start_from_epoch=draw.choice((0, 0, 3, 30)),
        )
        epochs, model = random_epochs(draw), Model()
        callback = callback_of(rule, model)
        for i, epoch in enumerate(epochs):
            model.weights = i + 1
            callback.on_epoch_end(i, epoch)
            verdict = rule.judge(epochs[: i + 1], 0.01)
            assert verdict.stop == model.stop_training, (rule, epochs[: i + 1])
            if verdict.stop:
                break
        callback.on_train_end()
        stopped += verdict.stop
        assert (verdict.restore_epoch or i + 1) == model.weights, (rule, epochs[: i + 1])
    assert SEQUENCES * 0.5 < stopped < SEQUENCES


@pytest.mark.filterwarnings("ignore:.*is not available")
def test_the_rate_is_reduced_at_the_epochs_at_which_keras_reduces_it():
    draw = random.Random(10)
    reduced = 0
    for _ in range(SEQUENCES):
        rule = ReduceLROnPlateau(
            monitor=draw.choice(MONITORS),
            factor=draw.choice((0.1, 0.3, 0.5, 0.9)),
            patience=draw.randint(0, 4),
            min_delta=draw.choice((0.0, 0.0001, 0.05)),
            cooldown=draw.choice((0, 0, 1, 3)),
            min_lr=draw.choice((0.0, 0.0004, 0.005, 0.01)),
        )
        epochs, model, rate = random_epochs(draw), Model(), 0.01
        callback = callback_of(rule, model)
        for i, epoch in enumerate(epochs):
            before = model.optimizer.learning_rate
            callback.on_epoch_end(i, dict(epoch))
            model.optimizer.learning_rate = np.float32(model.optimizer.learning_rate)
            epoch["learning_rate"] = rate
            factor = rule.judge(epochs[: i + 1], rate).rate_factor
            assert (factor < 1) == (model.optimizer.learning_rate < before), (rule, epochs[: i + 1])
            rate *= factor
            reduced += factor < 1
            np.testing.assert_allclose(rate, model.optimizer.learning_rate, rtol=1e-5)
    assert reduced > SEQUENCES


@pytest.mark.parametrize("rule", [EarlyStopping(patience=2), ReduceLROnPlateau(patience=1)])
def test_a_resumed_run_is_judged_as_if_it_had_never_been_interrupted(rule):
    epochs = random_epochs(random.Random(3))
    at_once = [rule.judge(epochs[:end], 0.01) for end in range(1, len(epochs))]
    fresh = type(rule)(**{name: getattr(rule, name) for name in type(rule).model_fields})

    assert [fresh.judge(tuple(epochs[:end]), 0.01) for end in range(1, len(epochs))] == at_once


def test_a_target_stops_at_the_first_epoch_that_reaches_it_and_says_so():
    epochs = [{"epoch": i + 1, "accuracy": value} for i, value in enumerate((0.5, 0.9, 0.98, 0.993))]
    verdicts = [Target(value=0.99).judge(epochs[:end], 0.01) for end in (1, 2, 3, 4)]

    assert [verdict.stop for verdict in verdicts] == [False, False, False, True]
    assert verdicts[-1].reason == "reached accuracy 0.993 (target 0.99) at epoch 4"


def test_a_target_for_a_loss_is_reached_from_above_and_its_own_value_counts():
    assert Target(monitor="val_loss", value=0.1).judge([{"epoch": 1, "val_loss": 0.1}], 0.01).stop
    assert not Target(monitor="val_loss", value=0.1).judge([{"epoch": 1, "val_loss": 0.11}], 0.01).stop
    assert Target(value=0.9).judge([{"epoch": 1, "accuracy": 0.9}], 0.01).stop


@pytest.mark.parametrize("value", [None, float("nan")])
def test_what_was_not_measured_reaches_no_target(value):
    for monitor in MONITORS:
        assert Target(monitor=monitor, value=0.5).judge([{"epoch": 1, monitor: value}], 0.01) == Verdict()


def test_a_time_budget_adds_up_the_seconds_of_the_epochs():
    rule = TimeBudget(minutes=0.5)
    epochs = [{"epoch": i + 1, "seconds": 14.0} for i in range(3)]

    assert rule.seconds == 30
    assert [rule.judge(epochs[:end], 0.01).stop for end in (1, 2, 3)] == [False, False, True]
    assert rule.judge(epochs, 0.01).reason == "used up its time of 0.5 min at epoch 3"


def test_rules_add_up():
    rules = (ReduceLROnPlateau(patience=1), EarlyStopping(patience=1), Target(value=0.9), TimeBudget(minutes=1.0))
    epochs = [
        {"epoch": 1, "seconds": 1.0, "accuracy": 0.95, "val_loss": 0.5},
        {"epoch": 2, "seconds": 1.0, "accuracy": 0.96, "val_loss": 0.6},
    ]

    assert judge(rules, epochs, 0.01) == Verdict(True, "val_loss did not improve since epoch 1 (0.5)", 0.5, 1)
    assert judge((), epochs, 0.01) == Verdict()
    assert time_limit(rules) == 60
    assert time_limit(rules[:3]) is None


def test_the_second_reduction_sees_what_the_first_left():
    flat = [{"epoch": i, "seconds": 1.0, "val_loss": 0.5} for i in (1, 2)]
    rules = (ReduceLROnPlateau(patience=1, factor=0.5, min_lr=0.004),) * 2

    assert judge(rules, flat, 0.01).rate_factor == pytest.approx(0.4)


@pytest.mark.filterwarnings("ignore:__array__ implementation")  # Keras reads its own rate that way
@pytest.mark.parametrize("kind", kinds(Rule).values(), ids=kinds(Rule))
def test_the_source_of_a_rule_makes_a_keras_callback_that_acts_alike(kind):
    """The callback of the script, in a real `fit`, ends at the epoch of the verdict."""
    rule = {
        "Target": Target(monitor="loss", value=0.3),
        "EarlyStopping": EarlyStopping(monitor="loss", patience=1, min_delta=0.1),
        "ReduceLROnPlateau": ReduceLROnPlateau(monitor="loss", patience=1, min_delta=0.9, factor=0.5),
        "TimeBudget": TimeBudget(minutes=0.1),
    }[kind.__name__]
    names = {"keras": keras, "time": SimpleNamespace(monotonic=lambda: 0.0), "callbacks": keras.callbacks}
    exec(rule.script, names)
    callback = eval(rule.source(), names)

    keras.utils.set_random_seed(1)
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    model.compile(keras.optimizers.SGD(0.05), loss="mse")
    x = np.random.default_rng(0).random((32, 2))
    if kind is TimeBudget:
        ticks = iter(range(0, 1000, 5))
        names["time"].monotonic = lambda: float(next(ticks))
    history = model.fit(x, x.sum(1), batch_size=32, epochs=12, verbose=0, callbacks=[callback])

    epochs = [{"epoch": i + 1, "seconds": 5.0, "loss": loss} for i, loss in enumerate(history.history["loss"])]
    ends = [end for end in range(1, 13) if rule.judge(epochs[:end], 0.05).stop]
    assert len(epochs) == (ends[0] if ends else 12)
    if kind is ReduceLROnPlateau:
        assert float(model.optimizer.learning_rate) < 0.001
    else:
        assert len(epochs) < 12
