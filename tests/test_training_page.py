"""The Training page without a browser: rules are added, set and removed; what they come to is seen before the start."""

import io
import os
import re
import threading
import time
import zipfile
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from core import datasets, workspace
from core.augmentation.mixing import MixUp
from core.augmentation.movement import RandomFlip
from core.datasets.own_images import OwnImages
from core.errors import UserError
from core.experiment import Experiment
from core.experiment.comparison import Difference
from core.experiment.presets import load_preset
from core.experiment.reading import read_experiment
from core.figures.training import class_weight_bars, rate_curve
from core.intake.own_images import ingest_archive
from core.layers.mobilenet_v2 import MobileNetV2
from core.layers.pooling import GlobalAveragePooling2D, MaxPooling2D
from core.layers.reshaping import Flatten
from core.optimization.class_weights import Balanced, Own
from core.optimization.optimizers import SGD
from core.optimization.range_test import RangeTest
from core.optimization.schedules import CosineDecay, StepDecay
from core.optimization.stopping import EarlyStopping, ReduceLROnPlateau, Target, TimeBudget
from core.phases.next_task import NextTask
from core.runs import layout, pace, states
from core.runs.recorder import Recorder
from core.training import precision, rate_searches
from core.training.rate_searches import RateSearches
from pages.components.runs.run_view import duration
from pages.components.training import rate_finder
from tests.saved import here

ROOT = Path(__file__).parent.parent


@pytest.fixture
def app(monkeypatch):
    """Opens the page in its frame, without the processes that the frame keeps warm."""
    monkeypatch.setattr("pages.components.runs.launching.launcher", lambda: None)
    monkeypatch.setattr("pages.components.frame.lens.client", lambda: None)
    monkeypatch.setattr("pages.components.frame.lens.is_warm", lambda: True)
    searches = RateSearches(workspace.current())
    monkeypatch.setattr(rate_finder, "searches", lambda: searches)

    def opened(experiment=None, **training):
        experiment = experiment or load_preset("digits-cnn")
        at = AppTest.from_file(str(ROOT / "streamlit_app.py"), default_timeout=60).run()
        at.session_state.tab.experiment = experiment.edited(training=experiment.training.edited(**training)).to_json()
        at = at.switch_page("pages/2_Design/4_Training.py").run()
        assert not at.exception
        return at

    return opened


@pytest.fixture
def unbalanced(tmp_path):
    """Uploaded pictures: 12 of one class, 4 of the other."""
    path = tmp_path / "upload.zip"
    with zipfile.ZipFile(path, "w") as file:
        for k, (name, count) in enumerate((("cat", 12), ("<b>dog</b>", 4))):
            for i in range(count):
                picture = io.BytesIO()
                pixels = np.random.default_rng([k, i]).integers(0, 256, (16, 16, 3), np.uint8)
                Image.fromarray(pixels).save(picture, "PNG")
                file.writestr(f"{name.replace('/', '')}/{i}.png", picture.getvalue())
    dataset = OwnImages(images_id=ingest_archive(path, workspace.current().home / "images", "pets").id, image_size=16)
    datasets.prepare(dataset)
    return Experiment(dataset=dataset, layers=(Flatten(),))


def experiment(at):
    return read_experiment(at.session_state.tab.experiment)


def widget(family, label):
    return next(one for one in family if one.label.partition(" (")[0] == label)


def button(at, label):
    return next(one for one in at.button if one.label == label)


def charts(at):
    return len(at.get("plotly_chart"))


def test_rules_are_added_set_and_removed(app):
    at = app()
    for label in ("Early stopping", "Target", "Time budget"):
        button(at, label).click().run()
    assert experiment(at).training.rules == (EarlyStopping(), Target(), TimeBudget())

    widget(at.number_input, "Patience").set_value(7).run()
    widget(at.number_input, "Value").set_value(0.95).run()
    assert experiment(at).training.rules[:2] == (EarlyStopping(patience=7), Target(value=0.95))
    next(one for one in at.button if one.label == "Remove").click().run()
    assert experiment(at).training.rules == (Target(value=0.95), TimeBudget())


def test_what_was_typed_and_the_press_that_ends_the_typing_both_count(app):
    at = app(rules=(Target(),))
    widget(at.number_input, "Value").set_value(0.9)
    widget(at.number_input, "Epochs").set_value(23)
    button(at, "Early stopping").click().run()

    assert experiment(at).training.rules == (Target(value=0.9), EarlyStopping())
    assert experiment(at).training.epochs == 23


def test_no_more_rules_are_offered_than_an_experiment_may_have(app):
    at = app(rules=(TimeBudget(),) * 8)
    assert button(at, "Target").disabled


def test_the_heading_of_a_rule_says_its_settings(app):
    at = app(rules=(EarlyStopping(patience=4), ReduceLROnPlateau()))
    assert [one.label for one in at.main.expander] == [
        "More",
        "**EarlyStopping** · val_loss, patience 4, best weights kept",
        "**ReduceLROnPlateau** · rate × 0.5 after 2 epochs without better val_loss",
        "Other pairs for two classes, and what Keras makes of them",
    ]


def test_a_schedule_is_drawn_before_the_start_and_a_constant_rate_is_not(app):
    at = app()
    assert charts(at) == 0
    widget(at.selectbox, "Schedule").select("CosineDecay").run()
    assert experiment(at).training.schedule == CosineDecay()
    assert charts(at) == 1
    widget(at.number_input, "Warmup epochs").set_value(2).run()
    assert experiment(at).training.schedule == CosineDecay(warmup_epochs=2)
    assert not at.error


def test_a_schedule_that_can_not_be_is_refused_in_words(app):
    at = app(schedule=CosineDecay(warmup_epochs=10))
    assert "leaves none of the 10 for the decay" in at.error[0].value
    assert charts(at) == 0
    assert button(at, "Train this").disabled


def test_another_optimizer_keeps_the_schedule(app):
    at = app(schedule=StepDecay(every=2))
    widget(at.selectbox, "Optimizer").select("SGD").run()
    assert (experiment(at).training.optimizer, experiment(at).training.schedule) == (SGD(), StepDecay(every=2))


def test_classes_that_differ_are_shown_with_a_way_to_balance_them(app, unbalanced):
    at = app(unbalanced)
    assert any("cat has 3.3 times as many training pictures as" in one.value for one in at.text)
    button(at, "Balance them").click().run()
    assert experiment(at).training.class_weight == Balanced()
    assert charts(at) == 1
    assert all(one.label != "Balance them" for one in at.button)


def test_a_class_with_a_name_of_markdown_is_warned_of_in_plain_letters(app, unbalanced, monkeypatch):
    facts = replace(unbalanced.dataset.facts(), class_names=("cat", "![x](https:example.org)"), counts=(12, 1))
    monkeypatch.setattr(OwnImages, "facts", lambda self: facts)
    warnings = [one.value for one in app(unbalanced, batch_size=4).warning if "example.org" in one.value]
    assert warnings
    assert all("!\\[x\\](https\\:example.org)" in warning for warning in warnings)


def test_classes_alike_need_no_advice(app):
    at = app()
    assert all(one.label != "Balance them" for one in at.button)


def test_own_weights_begin_at_one_and_a_text_that_is_no_weights_changes_nothing(app):
    at = app()
    widget(at.selectbox, "Class weight").select("Own").run()
    assert experiment(at).training.class_weight == Own(values=(1.0,) * 10)
    assert charts(at) == 1

    widget(at.text_input, "Values").set_value("2, 1, 1, 1, 1, 1, 1, 1, 1, 0.5").run()
    assert experiment(at).training.class_weight.values[0::9] == (2.0, 0.5)
    for wrong in ("1, 2, x", ""):
        widget(at.text_input, "Values").set_value(wrong).run()
        assert experiment(at).training.class_weight.values[0::9] == (2.0, 0.5)
        assert "separated by commas" in at.error[0].value


def test_too_few_weights_are_refused_with_both_numbers(app):
    at = app(class_weight=Own(values=(1.0, 2.0)))
    assert "2 weights are given for 10 classes" in at.error[0].value
    assert button(at, "Train this").disabled


def trained(experiment, pace, epoch=0):
    """A run of the experiment that has told its pace."""
    run = here().create(experiment)
    with Recorder(run) as record:
        record.status(state=states.FINISHED, images_per_second=pace, epoch=epoch)
    return run


def test_the_time_of_an_epoch_is_told_once_this_machine_has_trained_the_network(app):
    trained(load_preset("digits-cnn"), 719.0)
    told = [one.value for one in app(epochs=3).caption if "train an epoch here" in one.value]

    assert told == ["About 2 s to train an epoch here, 6 s in all, at the pace of the last run of this network."]
    assert not any("train an epoch here" in one.value for one in app(batch_size=64).caption)


def test_with_a_phase_the_time_is_told_up_to_the_border_and_a_tuned_run_does_not_tell_its_pace(app):
    digits = load_preset("digits-cnn")
    phases = (NextTask(epochs=2, classes=(5, 6), frozen=True),)
    tuned = digits.edited(training=digits.training.edited(epochs=3, phases=phases))
    trained(tuned, 7190.0, epoch=5)
    assert pace.measured(here()) == {}

    trained(tuned, 719.0, epoch=3)
    told = [one.value for one in app(tuned).caption if "train an epoch here" in one.value]
    assert len(told) == 1 and "to the first border, at the pace of the last run" in told[0]


def test_the_pace_holds_for_the_same_network_and_pictures_only():
    digits = load_preset("digits-cnn")
    trained(digits, 719.0)
    paces = pace.measured(here())

    assert pace.epoch_time(digits, paces, None) is None, "how many pictures there are is not known yet"
    datasets.prepare(digits.dataset)
    other = digits.edited(training=digits.training.edited(epochs=3, optimizer=SGD(), rules=(Target(),)))
    assert pace.epoch_time(other, paces, None) == pace.EpochTime(pytest.approx(2.0), is_predicted=False)
    assert pace.epoch_time(digits.edited(layers=(Flatten(),)), paces, None) is None


def test_the_latest_run_of_a_network_tells_its_pace():
    digits = load_preset("digits-cnn")
    for age, speed in ((30, 100.0), (20, 200.0), (10, None)):
        run = trained(digits, speed)
        os.utime(run.path / layout.EXPERIMENT, (time.time() - age,) * 2)

    assert list(pace.measured(here()).values()) == [200.0]


@pytest.mark.parametrize("changes", [{"attempt": 0}, {"images_per_second": 1e-320}, {"images_per_second": 1e12}])
def test_a_run_from_elsewhere_or_a_pace_of_no_machine_tells_nothing_of_this_one(changes, app):
    """A smallest number once made an epoch last for ever, and no page knew how to say that."""
    run = trained(load_preset("digits-cnn"), 719.0)
    workspace.write_json(run.path / layout.STATUS, asdict(run.status()) | changes)

    assert pace.measured(here()) == {}
    at = app(epochs=3)
    assert not at.exception
    assert not [one.value for one in at.error if "went wrong" in one.value]


def test_a_time_without_end_is_said_too():
    assert [duration(seconds) for seconds in (75, float("inf"), float("nan"))] == ["1 min 15 s", "–", "–"]


def test_the_curve_of_the_rate_ends_with_its_last_step_and_keeps_every_fall():
    rates = StepDecay(every=2, factor=0.1).rates(0.1, 1000, 6)
    (line,) = rate_curve(rates, 1000).data

    assert line.x[-1] == 6
    assert len(line.x) <= 801
    np.testing.assert_allclose(sorted(set(line.y)), [0.001, 0.01, 0.1])
    assert all(y == pytest.approx(0.1) for x, y in zip(line.x, line.y, strict=True) if x < 2)


def test_the_bars_of_classes_hold_names_that_no_browser_reads_as_tags():
    figure = class_weight_bars(("<b>a</b>", "b" * 40), np.array([3, 6]), np.array([1.5, 0.75], np.float32))

    assert [list(bar.y) for bar in figure.data] == [[3, 6], [1.5, 0.75]]
    assert "<b>" not in figure.to_json()


def test_augmented_versions_can_be_kept_where_frozen_layers_come_after(app):
    base = MobileNetV2(alpha=0.35, weights=None)
    photos = load_preset("shapes-cnn").edited(layers=(base, GlobalAveragePooling2D()), augmentations=(RandomFlip(),))
    photos = photos.edited(dataset=photos.dataset.edited(image_size=64, count=100))
    datasets.prepare(photos.dataset)
    at = app(photos)
    assert any("computed every time. Keep 4 versions" in one.value for one in at.caption)
    widget(at.number_input, "Augmented versions kept").set_value(2).run()

    assert experiment(at).training.feature_draws == 2
    told = next(one.value for one in at.caption if "computed once" in one.value)
    assert "in 2 augmented versions" in told and "KB on the disk" in told or "MB on the disk" in told


def test_a_precision_is_measured_when_asked_for_and_said_beside_the_choice(app, monkeypatch):
    paces = dict(zip(precision.PRECISIONS, (1000.0, 1612.0, 5.0), strict=True))
    monkeypatch.setattr(precision.child, "ask", lambda *asked, **how: paces)
    at = app(precision="mixed_float16")
    assert any("not measured on this machine yet" in caption.value for caption in at.caption)
    assert any("made for GPUs" in warning.value for warning in at.warning)

    next(button for button in at.button if button.label == "Measure the precisions").click()
    at.run()

    assert not at.exception
    (told,) = [caption.value for caption in at.caption if "trains 1.61 × as fast" in caption.value]
    assert re.match(r"Measured here on \d+ \w{3} \d\d\\:\d\d with the Fashion network, against float32", told)
    assert any("slower than float32" in warning.value for warning in at.warning)
    assert not any(button.label == "Measure the precisions" for button in at.button)


@pytest.fixture
def at_once(monkeypatch):
    """What a search finds, or refuses with, is there as soon as it is asked for."""
    found = {"test": RangeTest(tuple(np.interp(range(100), [0, 40, 70, 99], [2, 2, 1, 5])), 100, diverged=False)}

    def find(*asked):
        if isinstance(found["test"], Exception):
            raise found["test"]
        return found["test"]

    monkeypatch.setattr(rate_searches, "find", find)
    monkeypatch.setattr(rate_searches.threading, "Thread", Now)
    return found


class Now(threading.Thread):
    """A thread that is over when it has begun."""

    def start(self):
        super().start()
        self.join(60)


def captions(at):
    return " ".join(caption.value for caption in at.caption)


def test_a_rate_is_found_taken_with_one_click_and_had_back(app, at_once):
    at = app()
    before = experiment(at)
    button(at, "Find a learning rate").click().run()
    rate = at_once["test"].proposals()["valley"]

    assert charts(at) == 1
    lowest = at_once["test"].rates[at_once["test"].smoothed.argmin()]
    assert f"Beyond {lowest:.1g} the loss rises" in captions(at)
    button(at, f"Use {rate:g}").click().run()
    assert experiment(at).training == before.training.edited(
        optimizer=before.training.optimizer.edited(learning_rate=rate)
    )
    assert charts(at) == 1  # the curve is that of any rate
    assert button(at, f"Use {rate:g}").disabled
    button(at, "Undo").click().run()
    assert experiment(at) == before
    assert not at.exception


def test_a_curve_is_not_shown_for_what_was_not_tested(app, at_once):
    at = app()
    button(at, "Find a learning rate").click().run()
    widget(at.number_input, "Batch size").set_value(64).run()

    assert charts(at) == 0
    assert "The last curve was of another batch size (32 pictures, now 64 pictures)" in captions(at)
    assert rate_finder.other(Difference("dataset.images_id", ("0" * 32, "1" * 32))) == "other images"
    widget(at.number_input, "Epochs").set_value(3)
    widget(at.number_input, "Batch size").set_value(32).run()
    assert charts(at) == 1
    rate = at_once["test"].proposals()["valley"]
    widget(at.number_input, "Batch size").set_value(16)  # typed, not entered
    button(at, f"Use {rate:g}").click().run()
    assert experiment(at).training.batch_size == 16
    assert experiment(at).training.optimizer.learning_rate != rate
    assert any("changes what was tested" in one.value for one in [*at.warning, *at.error, *at.info])


def test_what_stands_in_the_way_of_a_rate_is_said_with_a_way_on(app, unbalanced, at_once):
    at_once["test"] = UserError("It broke.", "Mend it.", "BROKEN")
    at = app()
    button(at, "Find a learning rate").click().run()
    assert any("It broke. Mend it." in error.value for error in at.error)
    at_once["test"] = RangeTest((2.0,) * 40, 40, diverged=False)
    button(at, "Find a learning rate").click().run()
    assert "40 were planned instead of 100" in captions(at)
    assert "nothing to propose" in captions(at)
    assert not any(one.label.startswith("Use ") for one in at.button)

    at = app(load_preset("digits-cnn").edited(layers=(Flatten(), Flatten(), MaxPooling2D())))
    assert button(at, "Find a learning rate").disabled


def test_labels_of_mixed_pictures_are_told_with_what_accuracy_counts(app):
    at = app(load_preset("digits-cnn").edited(augmentations=(MixUp(),)))
    assert "10 classes, and labels that are mixed ask for categorical_crossentropy" in captions(at)
    assert "0.7 of “0” and 0.3 of “1” is written [0.7 0.3 0 0 0 0 0 0 0 0]" in captions(at).replace("\\", "")
    assert "the larger share" in captions(at)
    assert "mixes" not in captions(app())
