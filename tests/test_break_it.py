"""The break-it bench: what is asked in which order, what falls first, and what a run is trained with because of it."""

import threading
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from core.augmentation.colour import RandomBrightness
from core.augmentation.movement import RandomFlip, RandomRotation, RandomTranslation
from core.errors import UserError
from core.experiment.presets import load_preset
from core.lens.benches import ENDED, FAILED, FOUND, Bench, Benches, Point, strengths, trained, tried
from core.lens.break_it import Broken
from pages.components.understand import break_it

DIGITS = load_preset("digits-cnn")
IMAGES = 100


def broken(right):
    """What the lens finds where so many of a hundred are right."""
    return Broken(right, IMAGES, np.zeros((2, 8, 8, 1), np.uint8), (1, 2), (1, 1))


def bench(experiment=DIGITS, **curves):
    """A bench that found these: by the kind of an operation, strength and number of right answers."""
    made = Bench("run", 1, experiment, FOUND)
    made.found = {"": [Point(0.0, broken(97))]}
    for kind, points in curves.items():
        made.found[kind] = [Point(strength, broken(right)) for strength, right in points]
    made.total = made.done
    return made


FALLEN = {
    "RandomRotation": [(0.05, 95), (0.1, 80), (0.25, 30)],
    "RandomTranslation": [(0.1, 90), (0.15, 87), (0.9, 10)],
    "RandomBrightness": [(0.15, 97), (1.0, 96)],
}


def asked(benches, experiment=DIGITS):
    """A bench from its beginning to its end."""
    begun = benches.begin("run", 3, experiment)
    for thread in threading.enumerate():
        if thread.name == "bench":
            thread.join(30)
    return begun


def test_every_operation_with_a_strength_is_asked_about_alone_weakest_first_and_images_as_they_are_once():
    questions = []

    def ask(question, run, epoch, options):
        questions.append((question, run, epoch, options["operation"], options["strength"]))
        return {"result": broken(50)}

    found = asked(Benches(ask))
    assert found.state == FOUND and found.done == found.total == len(questions)
    assert questions[0] == ("break_it", "run", 3, "", 0.0)
    for kind, each in tried(DIGITS).items():
        along = [strength for _, _, _, operation, strength in questions if operation == kind]
        assert along == sorted(each) == list(strengths(kind)) and 0 < len(along) <= 7 and along[0] > 0
    assert "RandomRotation" in tried(DIGITS) and "RandomFlip" not in tried(DIGITS) and "MixUp" not in tried(DIGITS)
    assert "RandomHue" not in tried(DIGITS) and "RandomHue" in tried(load_preset("shapes-cnn")), "digits are grey"
    firsts = [operation for _, _, _, operation, _ in questions[1 : 1 + len(tried(DIGITS))]]
    assert firsts == list(tried(DIGITS)), "each is tried a little before any is tried more"


def test_a_bench_that_is_ended_or_fails_keeps_what_it_found_and_says_why():
    def ask(question, run, epoch, options):
        if len(answered) == 5:
            stop()
        answered.append(options)
        return {"result": broken(50)}

    def refuse():
        raise UserError("The network is gone.", "Train it again.", "TEST")

    answered, benches = [], Benches(lambda *a, **k: ask(*a, **k))
    stop = lambda: benches.end(benches.of("run", 3))  # noqa: E731
    ended = asked(benches)
    assert ended.state == ENDED and ended.done == 6 < ended.total and len(ended.curves()) == 5

    stop = refuse
    answered.clear()
    failed = asked(benches)
    assert failed is benches.of("run", 3) is not ended
    assert failed.state == FAILED and "gone" in failed.trouble and failed.done == 5


def test_the_worst_stands_first_and_what_falls_first_is_counted_in_times_of_its_usual_strength():
    found = bench(**FALLEN)

    assert [curve.operation for curve in found.curves()] == ["RandomTranslation", "RandomRotation", "RandomBrightness"]
    first, second = found.first_fallen()
    assert (first.operation, first.fell.strength, first.fell_at) == ("RandomTranslation", 0.15, pytest.approx(1.5))
    assert (second.operation, second.fell.strength, second.fell_at) == ("RandomRotation", 0.1, pytest.approx(2.0))
    assert break_it.sentence(found) == (
        "As they are, 97.0 % of 100 validation images are right. Translation falls first: 87.0 % at ±15 %, 10 points "
        "less. 2 operations of 3 cost 10 points or more."
    )
    sturdy = bench(RandomBrightness=FALLEN["RandomBrightness"])
    assert break_it.sentence(sturdy) == (
        "As they are, 97.0 % of 100 validation images are right. No operation takes 10 points of that away; Brightness "
        "takes most: 96.0 % at ±100 %."
    )


def test_the_next_run_trains_with_the_strength_at_which_accuracy_fell_and_keeps_all_else():
    before = (RandomFlip(), RandomRotation(factor=0.05, fill_mode="reflect", on=False))
    experiment = DIGITS.edited(augmentations=before)
    hard = break_it.hardened(bench(experiment, **FALLEN), ("RandomTranslation", "RandomRotation"))

    assert hard.augmentations == (
        RandomFlip(),
        RandomRotation(factor=0.1, fill_mode="reflect"),
        RandomTranslation(height_factor=0.15, width_factor=0.15),
    )
    assert hard.edited(augmentations=before) == experiment
    strong = experiment.edited(augmentations=(RandomRotation(factor=0.3),))
    assert trained(strong, "RandomRotation") == 0.3
    assert break_it.hardened(bench(strong, **FALLEN), ("RandomRotation",)) == strong, "never weaker than it was"
    for wrong in ((), ("RandomBrightness",), ("Dropout",)):
        with pytest.raises(UserError, match="none of its buttons sends"):
            break_it.hardened(bench(**FALLEN), wrong)
    full = DIGITS.edited(augmentations=(RandomBrightness(),) * 20)
    with pytest.raises(UserError) as refusal:
        break_it.hardened(bench(full, **FALLEN), ("RandomRotation",))
    assert refusal.value.code == "TOO_MANY_OPERATIONS"


def test_what_makes_labels_untrue_is_not_chosen_by_itself():
    turned = {"RandomRotation": [(0.1, 96), (0.5, 30)], "RandomTranslation": FALLEN["RandomTranslation"]}
    found = bench(**turned)

    assert break_it.suggested(found) == ["RandomTranslation"], "a 6 on its head is a 9"
    [card] = [one for one in cards(found) if one["kind"] == "RandomRotation"]
    assert "9" in card["caution"] and not card["chosen"] and card["train"] == "train with ±180°"


def cards(found, other=None):
    """What the browser is given."""
    names = tuple("0123456789")
    beneath = {curve.operation: curve for curve in other.curves()} if other else {}
    chosen = break_it.suggested(found)
    told = [break_it._card(curve, beneath.get(curve.operation), found, names) for curve in found.curves()]
    return [one | {"chosen": one["kind"] in chosen} for one in told]


def test_a_card_tells_each_strength_in_peoples_units_and_another_networks_curve_beneath():
    experiment = DIGITS.edited(augmentations=(RandomRotation(factor=0.05),))
    first, second = bench(**FALLEN), bench(experiment, RandomRotation=[(0.05, 97), (0.1, 96)])
    [card] = cards(second, first)

    assert [(point["at"], point["share"], point["words"]) for point in card["points"]] == [
        (0.0, "97.0 %", "±0°"), (18.0, "97.0 %", "±18°"), (36.0, "96.0 %", "±36°")
    ]  # fmt: skip
    assert card["beneath"] == [[0.0, 0.97], [18.0, 0.95], [36.0, 0.8], [90.0, 0.3]]
    assert break_it.compared(second, first) == (
        "Trained with what the other was not: Rotation at ±18°: 97.0 % instead of 95.0 % and as they are: 97.0 % "
        "instead of 97.0 %."
    )
    longer = DIGITS.edited(training=DIGITS.training.edited(epochs=DIGITS.training.epochs + 1))
    assert break_it.compared(second, bench(longer, **FALLEN)).endswith("The two differ in more than that.")
    assert break_it.compared(first, second) == ""
    assert card["trained"] == 18.0 and card["fell"] is None and card["unit"] == "°"
    assert card["points"][1]["answers"] == [{"answer": "1", "right": True}, {"answer": "2", "right": False}]
    assert card["points"][1]["strip"].startswith("data:image/png;base64,")


def test_one_press_puts_them_into_the_experiment_and_starts_the_run_whose_curves_will_lie_over_these(monkeypatch):
    kept, saved, started = {break_it.AT: ("run", 1)}, [], []
    found = bench(**FALLEN)
    session = SimpleNamespace(
        remember=kept.get, keep=kept.__setitem__, save=lambda one, redraw: saved.append(one),
        run=lambda: SimpleNamespace(id="next"),
    )  # fmt: skip
    monkeypatch.setattr(break_it, "session", session)
    monkeypatch.setattr(break_it, "benches", lambda: SimpleNamespace(of=lambda run, epoch: found))
    monkeypatch.setattr(break_it, "is_prepared", lambda dataset: True)
    monkeypatch.setattr(break_it.launching, "start", lambda one: started.append(one) or True)
    monkeypatch.setattr(break_it.going, "to", lambda page: kept.__setitem__("went", page))
    break_it.apply({"action": "train", "kinds": ["RandomRotation"]})

    assert saved == started == [DIGITS.edited(augmentations=(RandomRotation(factor=0.1),))]
    assert kept[break_it.PAIR] == ("run", "next") and kept["went"].endswith("Live_run.py")
    break_it.apply({"action": "train", "kinds": ["RandomBrightness"]})
    assert len(started) == 1 and "none of its buttons" in kept[break_it.REFUSAL]


def test_a_curve_over_fewer_images_says_so_and_one_over_other_images_is_not_laid_over(monkeypatch):
    told = []
    monkeypatch.setattr(break_it.st, "caption", told.append)
    here, large = bench(), bench()
    large.found[""][0] = Point(0.0, replace(broken(30), images=40))
    monkeypatch.setattr(break_it, "benches", lambda: SimpleNamespace(of=lambda run, epoch: large))
    run = SimpleNamespace(id="other", title="Other", experiment=DIGITS)

    assert break_it._beneath(here, run, 2) is large
    assert f"about {here.unchanged.found.images} images" in told[0] and "about 40 of them" in told[0]
    run.experiment = DIGITS.edited(seed=DIGITS.seed + 1)
    assert break_it._beneath(here, run, 2) is None and "judged by other images" in told[1]
