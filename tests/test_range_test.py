"""The range test of a learning rate: its arithmetic against what is known by heart, and searches that pages ask for."""

import itertools
import threading

import numpy as np
import psutil
import pytest

from core.errors import UserError
from core.experiment.presets import load_preset
from core.figures.training import range_curve
from core.layers.convolution import Conv2D
from core.optimization import range_test
from core.optimization.optimizers import SGD
from core.optimization.range_test import RangeTest, diverging, growing, smoothed, steepest, tenth_of_lowest, valley
from core.optimization.schedules import CosineDecay
from core.optimization.stopping import EarlyStopping
from core.training import rate_search, rate_searches
from core.training.rate_searches import RateSearches
from core.workspace import current

DIGITS = load_preset("digits-cnn")
RATES = growing()
FALL = np.interp(np.arange(100), [0, 40, 70, 99], [2.0, 2.0, 1.0, 5.0])
"""Flat, down from step 40 to 70, up again."""
FOUND = RangeTest(tuple(FALL.tolist()), 100, diverged=False)


def descended(curvatures, rates):
    """Losses of gradient descent on a quadratic bowl, half the sum of curvature * w^2, each before its step."""
    w, losses = np.ones(len(curvatures)), []
    for rate in rates:
        losses.append(float(np.sum(curvatures * w**2) / 2))
        w = w - rate * curvatures * w
    return losses


def judged(curvatures):
    """The range test of a quadratic bowl."""
    losses = descended(np.array(curvatures), RATES)
    end = diverging(losses, len(RATES))
    return RangeTest(tuple(losses[: end + 1]), len(RATES), diverged=True)


def test_the_rate_grows_by_one_factor_over_the_range_of_fastai():
    assert len(RATES) == 100
    assert (RATES[0], RATES[-1]) == (pytest.approx(1e-7), pytest.approx(10))
    np.testing.assert_allclose(RATES[1:] / RATES[:-1], 10 ** (8 / 99))


def test_the_smoothed_loss_is_a_mean_in_which_the_past_counts_ever_less():
    losses = np.random.default_rng(0).random(30)
    weights = [0.9 ** np.arange(30)[::-1][-n:] for n in range(1, 31)]
    expected = [np.average(losses[:n], weights=weight) for n, weight in enumerate(weights, 1)]

    np.testing.assert_allclose(smoothed(losses, 0.9), expected)


def test_on_a_parabola_the_loss_rises_from_the_first_rate_above_two_over_its_curvature():
    for curvature in (0.5, 3.0, 400.0):
        losses = descended(np.array([curvature]), RATES)
        assert int(np.argmin(losses)) == int(np.argmax(RATES * curvature > 2))


@pytest.mark.parametrize("curvatures", [(30.0,), (50.0, 5.0), (300.0, 20.0, 1.0)])
def test_in_a_bowl_every_rate_that_is_proposed_descends_and_the_one_where_it_diverged_does_not(curvatures):
    found, largest = judged(curvatures), 2 / max(curvatures)

    assert found.limit > largest
    assert set(found.proposals()) == {"valley", "steepest", "tenth_of_lowest"}
    for rate in (found.proposals()["valley"], found.proposals()["tenth_of_lowest"]):
        assert rate < largest
        falling = descended(np.array(curvatures), [rate] * 50)
        assert falling[-1] < falling[0]
    rising = descended(np.array(curvatures), [found.limit] * 50)
    assert rising[-1] > rising[0]


def test_the_proposals_of_a_curve_that_is_known():
    assert steepest(RATES, FALL) in RATES[40:70]
    assert tenth_of_lowest(RATES, FALL) == pytest.approx(RATES[70] / 10)
    assert valley(RATES, FALL) == RATES[70 - 31 + 31 // 3 + 31 // 6]  # 31 steps down, the first of the fall included


def test_the_valley_is_that_of_the_longest_way_down_among_all_there_are():
    for seed in range(40):
        losses = np.random.default_rng(seed).integers(0, 9, 9).astype(float)
        ways = [
            way
            for length in range(1, 10)
            for way in itertools.combinations(range(9), length)
            if all(losses[a] > losses[b] for a, b in itertools.pairwise(way))
        ]
        longest = max(map(len, ways))
        end = min(way[-1] for way in ways if len(way) == longest)

        rates = RATES[:9]
        assert valley(rates, losses) == rates[max(0, end - longest + longest // 3 + longest // 6)]


def test_a_test_ends_where_the_loss_is_no_number_or_four_times_its_lowest():
    assert diverging([2.0] * 30, 100) is None
    assert diverging([2.0, 2.0, float("nan"), 2.0], 100) == 2
    assert diverging([float("inf")], 100) == 0
    assert diverging([], 100) is None
    losses = [1.0] * 10 + [1000.0] * 10
    assert diverging(losses, 100) == 10
    assert max(smoothed(losses[:10], 0.98)) * range_test.DIVERGED < smoothed(losses[:11], 0.98)[-1]


def test_fewer_steps_are_smoothed_over_the_same_span_of_rates():
    assert range_test.share_of_past(100) == 0.98
    assert range_test.share_of_past(25) ** 25 == pytest.approx(0.98**100)


def test_of_a_loss_that_does_not_fall_nothing_is_proposed():
    noisy = 2.3 + 0.1 * np.random.default_rng(1).standard_normal(100)

    for losses in (np.full(100, 2.3), noisy, np.linspace(2, 9, 100), [2.0]):
        assert RangeTest(tuple(losses), 100, diverged=False).proposals() == {}
    assert RangeTest(tuple(noisy - np.linspace(0, 1.5, 100)), 100, diverged=False).proposals()


def test_a_proposal_has_two_digits():
    assert range_test.two_digits(0.0020873) == 0.0021
    assert all(rate == float(f"{rate:.1e}") for rate in FOUND.proposals().values())


def test_the_curve_marks_the_rate_in_use_and_the_proposed_one_and_what_explodes_leaves_the_picture():
    found = RangeTest((*FALL.tolist()[:98], 1e30, 1e30), 100, diverged=True)
    figure = range_curve(found, 0.5, 0.01)

    assert sorted(shape.x0 for shape in figure.layout.shapes) == [0.01, 0.5]
    assert [note.text for note in figure.layout.annotations] == ["<b>proposed 0.01</b>", "in use 0.5"]
    low, high = figure.layout.yaxis.range
    assert low < FALL.min() and 2 < high < 4
    assert figure.layout.xaxis.type == "log"
    assert [note.text for note in range_curve(found, 0.5, None).layout.annotations] == ["in use 0.5"]


def test_images_are_shown_in_the_order_of_a_run():
    train = np.arange(100, 110)
    first, second = (np.random.default_rng([42, epoch]).permutation(train) for epoch in (1, 2))

    assert rate_search.positions(train, 0, 10, 42).tolist() == first.tolist()
    assert rate_search.positions(train, 8, 6, 42).tolist() == [*first[8:], *second[:4]]
    assert rate_search.positions(train, 10, 4, 42).tolist() == second[:4].tolist()


def test_where_a_step_is_slow_there_are_fewer():
    assert [rate_search.planned(pace) for pace in (0.001, 0.2, 3.0)] == [100, 60, 25]


@pytest.mark.parametrize(("bad", "kept"), [(float("nan"), 37), (1e9, 38)])
def test_the_rate_stops_growing_where_the_network_diverges(bad, kept):
    told = []

    def train(start, rates):
        assert rates.tolist() == RATES[start : start + len(rates)].tolist()
        return [bad if step >= 37 else 2.0 for step in range(start, start + len(rates))]

    found = rate_search._grown(train, 100, 10, lambda *done: told.append(done))

    assert found == RangeTest(found.losses, 100, diverged=True)
    assert len(found.losses) == kept
    assert np.isfinite(found.losses).all()
    assert told == [(0, 100), (10, 100), (20, 100), (30, 100)]


# ---------------------------------------------------------------------------------- what pages ask for


def with_training(**changes):
    return DIGITS.edited(training=DIGITS.training.edited(**changes))


def test_a_curve_belongs_to_what_was_tested(monkeypatch):
    monkeypatch.setattr(rate_searches, "find", lambda *asked: FOUND)
    searches = RateSearches(current())
    search = searches.begin(DIGITS)
    with searches._turn:  # its thread is through
        pass
    optimizer = DIGITS.training.optimizer
    alike = [
        DIGITS.edited(name="Another name"),
        with_training(optimizer=optimizer.edited(learning_rate=0.3)),
        with_training(epochs=3, schedule=CosineDecay(), rules=(EarlyStopping(),)),
    ]
    others = [
        DIGITS.edited(seed=1),
        DIGITS.edited(layers=(Conv2D(), *DIGITS.layers)),
        with_training(batch_size=64),
        with_training(optimizer=optimizer.edited(rho=0.5)),
        with_training(optimizer=SGD()),
        with_training(precision="mixed_bfloat16"),
    ]

    assert search.state == "found"
    assert all(searches.of(one) is search for one in alike)
    assert not any(searches.of(one) for one in others)


def test_one_network_is_tested_at_a_time_and_one_that_nobody_wants_any_more_ends(monkeypatch):
    begun, may_end = threading.Semaphore(0), threading.Event()

    def find(experiment, *told):
        begun.release()
        may_end.wait(60)
        return FOUND

    monkeypatch.setattr(rate_searches, "find", find)
    searches = RateSearches(current())
    first = searches.begin(DIGITS)
    begun.acquire(timeout=60)
    second, third = searches.begin(with_training(batch_size=64)), searches.begin(with_training(batch_size=16))

    assert searches.begin(DIGITS) is first
    assert [one.state for one in (first, second, third)] == ["at work", "waiting", "waiting"]
    searches.end(second)
    may_end.set()
    begun.acquire(timeout=60)  # the third, as the second has ended
    assert second.state == "ended"
    with searches._turn:
        pass
    assert third.state == "found"
    assert searches.begin(DIGITS) is not first  # asked for again, it is tested again
    searches.close()


def test_a_process_that_nobody_waits_for_any_more_is_killed():
    searches, started = RateSearches(current()), threading.Event()
    search, note = None, RateSearches._started

    def noted(self, search, process):
        note(self, search, process)
        started.set()

    searches._started = noted.__get__(searches)
    search = searches.begin(DIGITS)
    assert started.wait(60)
    searches.end(search)
    search.process.wait(60)

    assert (search.state, search.found, search.trouble) == ("ended", None, "")
    assert not psutil.pid_exists(search.process.pid)


def test_what_goes_wrong_is_told_in_a_sentence(monkeypatch):
    for fault, sentence in (
        (UserError("It is gone.", "Fetch it.", "GONE"), "It is gone. Fetch it."),
        (KeyError("what"), "The search broke off because of a fault of ours. Try again."),
    ):

        def broken(*asked, fault=fault):
            raise fault

        monkeypatch.setattr(rate_searches, "find", broken)
        searches = RateSearches(current())
        search = searches.begin(DIGITS)
        with searches._turn:
            pass
        assert (search.state, search.trouble) == ("failed", sentence)
