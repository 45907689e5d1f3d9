"""Schedules in epochs equal Keras' schedules in steps, and the expression in the script is such a schedule."""

import keras
import numpy as np
import pytest

from core.optimization.schedules import (
    Constant,
    CosineDecay,
    ExponentialDecay,
    PolynomialDecay,
    Schedule,
    StepDecay,
)
from core.problems import Context
from core.spec import kinds

BASE, STEPS, EPOCHS = 0.005, 45, 10
CASES = [
    ExponentialDecay(),
    ExponentialDecay(decay_rate=0.2),
    StepDecay(),
    StepDecay(every=1, factor=0.1),
    StepDecay(every=3, factor=0.7),
    PolynomialDecay(),
    PolynomialDecay(power=2.5, alpha=0.1),
    CosineDecay(),
    CosineDecay(alpha=0.05),
    CosineDecay(warmup_epochs=1),
    CosineDecay(warmup_epochs=4, alpha=0.2),
]


def named(schedule):
    return f"{schedule.kind}-{schedule.words()}"


@pytest.mark.parametrize("schedule", CASES, ids=named)
@pytest.mark.parametrize(("steps", "epochs"), [(STEPS, EPOCHS), (1, 7), (3, 5)])
def test_every_step_has_the_rate_that_keras_gives_it(schedule, steps, epochs):
    theirs = eval(
        schedule.source(Context(learning_rate=BASE, epochs=epochs)), {"optimizers": keras.optimizers, "steps": steps}
    )
    ours = schedule.rates(BASE, steps, epochs)

    assert ours.shape == (steps * epochs,)
    assert ours.dtype == np.float64
    expected = np.array([float(theirs(step)) for step in range(steps * epochs)])
    np.testing.assert_allclose(ours, expected, rtol=2e-5, atol=1e-9)


def test_the_constant_is_the_optimizers_own_rate():
    np.testing.assert_array_equal(Constant().rates(BASE, 3, 2), np.full(6, BASE))
    assert eval(Constant().source(Context(learning_rate=BASE))) == BASE


@pytest.mark.parametrize("kind", kinds(Schedule).values(), ids=kinds(Schedule))
@pytest.mark.parametrize(("steps", "epochs"), [(1, 1), (1, 1000), (7, 3)])
def test_no_rate_is_negative_or_above_the_first(kind, steps, epochs):
    rates = kind().rates(BASE, steps, epochs)

    assert len(rates) == steps * epochs
    assert (rates >= 0).all()
    assert (rates <= BASE).all()
    assert rates[0] == BASE


def test_a_warm_up_begins_with_a_step_of_some_length_and_reaches_the_full_rate():
    rates = CosineDecay(warmup_epochs=2).rates(BASE, 5, 6)

    assert rates[0] == pytest.approx(BASE / 10)
    assert np.argmax(rates) == 10
    assert rates[10] == BASE


def test_a_warm_up_longer_than_the_run_is_impossible():
    (problem,) = CosineDecay(warmup_epochs=5).problems(Context(epochs=5))
    assert problem.blocking
    assert problem.message == "CosineDecay: A warm-up of 5 epochs leaves none of the 5 for the decay."
    assert CosineDecay(warmup_epochs=5).problems(Context(epochs=6)) == []


def test_the_words_of_a_schedule_hold_its_numbers():
    assert [schedule.words() for schedule in CASES[2:5]] == [
        "× 0.5 every 5 epochs",
        "× 0.1 every epoch",
        "× 0.7 every 3 epochs",
    ]
