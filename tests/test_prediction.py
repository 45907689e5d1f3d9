"""Seconds per epoch before the first run: work counted, paces fitted, kept with the machine, told with their source."""

import json

import numpy as np
import pytest

from core import datasets
from core.errors import UserError
from core.experiment.presets import load_preset
from core.layers.convolution import Conv2D, SeparableConv2D
from core.layers.dense import Dense
from core.layers.regularization import BatchNormalization, Dropout, LayerNormalization
from core.layers.reshaping import Flatten
from core.runs import machine, pace, work
from core.runs.machine import Machine, fitted
from core.runs.work import Work
from core.training import calibration, measuring
from core.training.measuring import Measuring
from core.workspace import current

RATES = {kind: (1e-4, 0.01 * place, 1e-3, 0.0) for place, kind in enumerate(work.KINDS, 1)}
HERE = Machine({name: {kind: (1e-4 * place, *rates[1:]) for kind, rates in RATES.items()}
                for place, name in enumerate(machine.spreads(), 1)})  # fmt: skip
ONE = work.Spread(1, is_small=True).name(machine.cores())


def kinds(layer, shape=(8, 8, 16), reached=True):
    return [done.kind for done in work.of_layer(layer, (shape,), 32, reached)]


def test_every_kind_of_layer_is_some_kind_of_work():
    assert kinds(Conv2D()) == [work.CONVOLUTION, work.ACTIVATION]
    assert kinds(Conv2D(), reached=False) == [work.FIRST, work.ACTIVATION]
    assert kinds(SeparableConv2D(activation="linear")) == [work.DEPTHWISE, work.CONVOLUTION]
    assert kinds(Dense(units=4, activation="gelu"), (64,)) == [work.DENSE, work.SMOOTH]
    assert kinds(BatchNormalization()) == [work.NORMALIZATION]
    assert kinds(Dropout()) == [work.RANDOM]
    assert kinds(Flatten()) == []


def test_amounts_are_those_of_the_batch():
    (done,) = work.of_layer(Conv2D(filters=32, kernel_size=3, activation="linear"), ((10, 10, 16),), 50)

    assert done.adds == pytest.approx(8 * 8 * 32 * 9 * 16 * 50 / 1e9)
    assert done.values == pytest.approx((10 * 10 * 16 + 8 * 8 * 32) * 50 / 1e6)
    assert done.large == 0


def test_no_gradient_goes_back_to_the_image():
    experiment = load_preset("digits-residual")
    done = work.of_step(experiment, experiment.trace(experiment.dataset.facts()))

    assert sum(one.kind == work.FIRST for one in done) == 1
    assert sum(one.kind == work.CONVOLUTION for one in done) == 3
    assert sum(one.kind == work.UPDATE for one in done) == 5


def test_paces_are_found_in_measurements_that_follow_from_them():
    rng = np.random.default_rng(0)
    truth = {work.CONVOLUTION: (1e-4, 0.02, 1e-3, 2e-3), work.STEP: (5e-4, 0.0, 1e-4, 0.0)}
    cases = []
    for kind in truth:
        for _ in range(8):
            amounts = [1.0, *rng.uniform(0.1, 3, 3)]
            works = [[kind, amounts]] + [[work.CONVOLUTION, [1.0, 0.1, 0.2, 0.0]]] * (kind == work.STEP)
            seconds = sum(np.dot(truth[name], one) for name, one in works)
            cases.append({"works": works, "seconds": seconds})

    found = fitted(cases)
    for kind, rates in truth.items():
        assert np.array(found[kind]) == pytest.approx(np.array(rates), rel=0.02, abs=2e-6)


def test_what_whole_networks_take_beyond_their_parts_is_added_to_every_part():
    part = {"works": [[work.DENSE, [1.0, 0.0, 0.0, 0.0]]], "seconds": 1e-3}
    whole = {"works": [[work.WHOLE, [0.0] * 4], [work.DENSE, [2.0, 0.0, 0.0, 0.0]]], "seconds": 2.4e-3}

    assert fitted([part])[work.DENSE][0] == pytest.approx(1e-3)
    assert fitted([part, whole])[work.DENSE][0] == pytest.approx(1.2e-3)
    assert fitted([part, whole | {"seconds": 1.0}])[work.DENSE][0] == pytest.approx(machine.LIKELY[1] * 1e-3)


def test_what_was_measured_is_kept_for_this_machine_only(monkeypatch):
    machine.keep(current(), HERE)
    assert machine.read(current()) == HERE

    monkeypatch.setattr(machine, "fingerprint", lambda: {"processor": "another"})
    assert machine.read(current()) is None


@pytest.mark.parametrize("change", [
    lambda rates: rates[ONE].update(step=[1, 2, 3]), lambda rates: rates[ONE].update(step=[-1.0, 0, 0, 0]),
    lambda rates: rates[ONE].update(step=[float("nan"), 0, 0, 0]), lambda rates: rates.pop(ONE),
    lambda rates: rates[ONE].pop("update"), lambda rates: rates[ONE].update(step=["x"] * 4),
])  # fmt: skip
def test_a_file_that_no_machine_wrote_counts_as_none(change):
    machine.keep(current(), HERE)
    (file,) = (current().home / machine.FOLDER).iterdir()
    told = json.loads(file.read_text())
    change(told["rates"])
    file.write_text(json.dumps(told))

    assert machine.read(current()) is None


def test_a_prediction_says_that_it_is_one_and_a_run_of_the_network_wins():
    digits = load_preset("digits-cnn")
    datasets.prepare(digits.dataset)
    steps = 1438 / 32  # 1 797 images less a fifth of each class
    traced = digits.trace(digits.dataset.facts())
    step = HERE.seconds(work.of_step(digits, traced), work.Spread(2, is_small=True))

    told = pace.epoch_time(digits, {}, HERE)
    assert told == pace.EpochTime(pytest.approx(steps * step, rel=0.001), is_predicted=True)
    known = pace.epoch_time(digits, {pace.what_costs(digits): 719.0}, HERE)
    assert known == pace.EpochTime(2.0, is_predicted=False)
    assert pace.epoch_time(digits, {}, None) is None
    assert pace.epoch_time(digits, {}, HERE, faster=1.6).seconds == pytest.approx(told.seconds / 1.6)
    assert pace.epoch_time(digits, {}, HERE, faster=None) is None, "of this precision nothing is known"
    assert pace.epoch_time(digits, {pace.what_costs(digits): 719.0}, HERE, faster=None) == known
    assert pace.epoch_time(digits.edited(layers=(Flatten(), Conv2D())), {}, HERE) is None


def test_before_the_images_are_prepared_an_epoch_has_about_as_many():
    shapes = load_preset("shapes-cnn")
    step = HERE.seconds(work.of_step(shapes, shapes.trace(shapes.dataset.facts())), work.Spread(1, is_small=False))
    share = shapes.training.validation_split

    told = pace.epoch_time(shapes, {}, HERE)
    assert told.seconds == pytest.approx(2000 * (1 - share) / shapes.training.batch_size * step)


def answers(*given):
    """What the child answers, one after the other; progress is told before each."""
    left = list(given)

    def ask(module, job, on_progress, seconds):
        on_progress(1, 0)
        answer = left.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    return ask


def measured(monkeypatch, is_training, *given):
    monkeypatch.setattr(measuring.child, "ask", answers(*given))
    found = Measuring(current(), is_training)
    found.begin()
    found._thread.join(30)
    return found


CASES = [{"works": [[kind, [1.0, 0.0, 0.5, 0.0]]], "seconds": 1e-3} for kind in work.KINDS]


def test_measuring_keeps_what_it_found(monkeypatch):
    found = measured(monkeypatch, lambda: False, *[CASES] * len(machine.spreads()))

    assert found.known is not None
    assert not found.trouble
    assert found.known.seconds([Work(work.DENSE, 1.0, 0.0, 0.5)], work.Spread(1, is_small=True)) == pytest.approx(1e-3)
    assert Measuring(current(), lambda: False).known == found.known


def test_a_training_ends_the_measurement_and_a_refusal_is_said(monkeypatch):
    disturbed = measured(monkeypatch, lambda: True, CASES, CASES)
    assert disturbed.known is None
    assert "training began" in disturbed.trouble

    refused = measured(monkeypatch, lambda: False, UserError("It crashed.", "Try again.", "CRASHED"))
    assert refused.known is None
    assert refused.trouble == "It crashed. Try again."
    assert machine.read(current()) is None


@pytest.mark.parametrize("parts", [1, 2])
def test_the_calibration_measures_every_kind_by_keras(parts, monkeypatch):
    """One round over the small cases: what it tells can be fitted, and no second is nought."""
    kinds_of = {work.of_layer(layer, (shape,), 32, reached)[0].kind: (layer, shape, reached)
                for layer, shape, reached in calibration.SMALL}  # fmt: skip
    spread = work.Spread(parts, is_small=True)
    monkeypatch.setattr(calibration, "SMALL", tuple(kinds_of.values()))
    monkeypatch.setattr(calibration, "TURN_SECONDS", 0.0)
    monkeypatch.setattr(calibration, "NETWORKS", {spread: calibration.NETWORKS[spread][:1]})
    monkeypatch.setattr(calibration, "UPDATED", {True: (500,)})
    monkeypatch.setattr(calibration.os, "nice", lambda step: None)
    told = json.loads(json.dumps(calibration.measure({"spreads": [spread]}, lambda done, total: None)))

    never_cut = {work.NORMALIZATION, work.RANDOM} if parts > 1 else set()
    assert {*(one["works"][0][0] for one in told)} == {*work.KINDS, work.WHOLE} - never_cut
    assert all(one["seconds"] > 0 for one in told)
    rates = fitted(told)
    assert all(np.isfinite(rates[kind]).all() and min(rates[kind]) >= 0 for kind in rates)


def test_a_batch_is_cut_only_where_every_image_is_answered_by_itself():
    facts = load_preset("digits-cnn").dataset.facts()
    plain = load_preset("digits-cnn")
    for layer, parts in ((Dense(), 2), (LayerNormalization(), 2), (BatchNormalization(), 1), (Dropout(), 1)):
        changed = plain.edited(layers=(*plain.layers, layer))
        assert work.spread_of(changed, changed.trace(facts)) == (parts, True), layer
    few = plain.edited(training=plain.training.edited(batch_size=work.LEAST_CUT - 1))
    assert work.spread_of(few, few.trace(facts)).parts == 1
    fashion = load_preset("fashion-cnn")
    assert work.spread_of(fashion, fashion.trace(fashion.dataset.facts())) == (2, False)


def test_the_parts_of_a_step_share_all_cores_of_a_machine():
    names = {count: {spread.name(count) for spread in work.SPREADS} for count in (1, 2, 8)}

    assert names == {1: {"1x1", "2x1"}, 2: {"1x1", "1x2", "2x1"}, 8: {"1x1", "1x8", "2x1", "2x4"}}
