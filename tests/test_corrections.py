"""What is mended in a dataset: recorded steps that change what is said about images, and nothing else."""

import runpy
from dataclasses import replace

import numpy as np
import pytest
from pydantic import ValidationError

from core.build.codegen import script
from core.corrections import LEFT_OUT, Correction, Labelled, applied, as_python, positions, together, written
from core.corrections.classes import AddClass, MergeClasses, RemoveClass, RenameClass
from core.corrections.images import Exclude, Move, Relabel
from core.corrections.steps import recorded
from core.datasets import is_prepared, load
from core.datasets.digits import Digits
from core.datasets.shapes import Shapes
from core.datasets.statistics import class_counts, split_of
from core.errors import UserError
from core.experiment import Experiment
from core.experiment.reading import read_experiment
from core.layers.reshaping import Flatten
from core.problems import ALONE
from core.spec import kinds
from pages.components.browser.pixels import thumbnail_uri
from pages.components.frame import home

STEPS = (
    Exclude(images="0-4,9"),
    Relabel(images="10,12", label=3),
    RenameClass(label=0, name="nought"),
    MergeClasses(labels=(8, 3), name="three or eight"),
    AddClass(name="odd"),
    Relabel(images="20-21", label=9),
    RemoveClass(label=1),
    Move(images="30-32,4", split="test"),
)


@pytest.mark.parametrize("found", [[], [3], [3, 4], [9, 3, 4, 7, 8], [0, 2, 4]])
def test_positions_are_written_in_runs_and_read_back(found):
    assert positions(written(found), 10).tolist() == sorted(found)
    assert eval(as_python(written(found)), {"np": np}).astype(int).tolist() == sorted(found)


def test_positions_beyond_the_images_are_passed_over_however_far_they_reach():
    assert positions("2,5-99999999", 7).tolist() == [2, 5, 6]


@pytest.mark.parametrize(
    "images",
    [
        "a",
        "1,",
        "-3",
        "1-",
        "1;2",
        "1 2",
        "123456789",
        "1," * 300_000 + "1",
        "3,3",
        "5-3",
        "0-9999999,0-9999999",
        "7,2-7",
    ],
)
def test_what_is_no_list_of_positions_is_refused(images):
    with pytest.raises(ValidationError):
        Exclude(images=images)


@pytest.mark.parametrize(
    ("one", "other", "both"),
    [("", "3", "3"), ("3,7-9", "4-5,10", "3-5,7-10"), ("0-99999999", "5,7", "0-99999999"), ("1,5", "1-6", "1-6")],
)
def test_positions_of_two_steps_become_those_of_one_without_being_counted_out(one, other, both):
    assert together(one, other) == together(other, one) == both
    joined = recorded((Exclude(images=one),), Exclude(images=other))
    assert joined == (Exclude(images=both),)


def test_steps_that_would_make_an_experiment_unreadable_are_not_recorded():
    scattered = [written(range(start, 100_000, 2)) for start in (10_000, 10_001)]
    steps = (Exclude(images=scattered[0]), Relabel(images=scattered[0], label=1))
    mended = Experiment(dataset=Digits(corrections=steps))
    assert read_experiment(mended.to_json()) == mended

    with pytest.raises(UserError) as caught:
        recorded(steps, Exclude(images=scattered[1]))
    assert caught.value.code == "TOO_MANY_STEPS"


def test_each_step_does_what_it_says():
    now = applied(STEPS, Labelled(np.arange(40) % 10, np.zeros(40, np.int8), tuple("0123456789")))

    assert now.class_names == ("nought", "2", "three or eight", "4", "5", "6", "7", "9", "odd")
    assert np.flatnonzero(now.split == 2).tolist() == [4, 30, 31, 32]
    assert np.flatnonzero(now.split == LEFT_OUT).tolist() == [0, 1, 2, 3, 9, 11]  # 31 was a 1 and is in test again
    named = [now.class_names[label] for label in now.labels]
    assert named[8] == named[13] == named[10] == named[12] == "three or eight"
    assert named[20] == named[21] == "odd" and named[30] == "nought" and named[29] == "9"


@pytest.mark.parametrize("kind", kinds(Correction).values(), ids=kinds(Correction))
def test_a_step_about_what_is_not_there_changes_nothing_and_says_nothing_wrong(kind):
    fields = {name: {"images": "50", "label": 7, "labels": (7, 9), "name": "a"}.get(name) for name in kind.model_fields}
    step = kind(**{name: value for name, value in fields.items() if value is not None})
    before = Labelled(np.array([0, 1]), np.zeros(2, np.int8), ("a", "b"))
    after = step.applied(before)

    assert after.class_names == ("a", "b") and after.labels.tolist() == [0, 1] and after.split.tolist() == [0, 0]
    assert step.told(before.class_names)


def test_what_is_held_out_stays_held_out_whatever_is_mended():
    before, after = load(Digits()), load(Digits(corrections=(Exclude(images="0-99"), Relabel(images="200", label=0))))

    assert after.validation.tolist() == [one for one in before.validation if one > 99]
    assert after.train.tolist() == [one for one in before.train if one > 99]
    assert after.images.filename == before.images.filename, "no image was prepared again"
    assert (split_of(after)[:100] == LEFT_OUT).all() and class_counts(after).sum() == 1697


def test_facts_tell_of_the_images_as_they_are_by_now():
    dataset = Digits(corrections=STEPS)
    assert dataset.facts().class_names[:2] == ("nought", "2") and dataset.facts().counts == ()
    data = load(dataset)
    facts = dataset.facts()

    assert facts.class_names == data.class_names
    assert facts.count == class_counts(data).sum()
    assert facts.counts == tuple(class_counts(data)[:2].sum(0).tolist())
    assert facts.test_counts == tuple(class_counts(data)[2].tolist())
    assert Digits().facts().count == 1797 and is_prepared(dataset) and dataset.key() == Digits().key()


def test_other_images_have_nothing_mended_and_the_same_in_another_size_keep_it():
    mended = Shapes(count=60, corrections=STEPS)

    assert mended.edited(count=80).corrections == () and mended.edited(count=60).corrections == STEPS
    from core.datasets.own_images import OwnImages

    own = OwnImages(images_id="0" * 32, corrections=STEPS)
    assert own.edited(image_size=64).corrections == STEPS and own.edited(images_id="1" * 32).corrections == ()


def test_json_holds_the_steps_and_says_nothing_where_there_are_none():
    experiment = Experiment(dataset=Digits(corrections=STEPS))

    assert read_experiment(experiment.model_dump_json()) == experiment
    assert "corrections" not in Experiment().model_dump_json()


@pytest.mark.parametrize("learns_as_brought", [False, True])
@pytest.mark.parametrize("share", [0.2, 0.0])
def test_a_script_mends_what_the_app_mends(learns_as_brought, share, tmp_path):
    moved = (*STEPS, Move(images="100-140", split="validation"), Move(images="150-159", split="test"))
    dataset = Digits(corrections=moved, learns_as_brought=learns_as_brought)
    experiment = Experiment(dataset=dataset, layers=(Flatten(),))
    experiment = experiment.edited(training=experiment.training.edited(validation_split=share))
    data = load(dataset, share, experiment.seed)
    text = script(experiment)
    file = tmp_path / "images.py"
    file.write_text(text[: text.index("# ---- Network") if "# ---- Network" in text else text.index("model =")])
    names = runpy.run_path(str(file))

    for part in ("train", "validation", "test"):
        assert names[part].tolist() == data.positions(part).tolist(), part
    used = np.unique(np.concatenate([data.train, data.validation, data.test]))
    assert names["labels"][used].tolist() == data.labels[used].tolist()
    assert tuple(names["class_names"]) == data.class_names


def test_with_and_without_are_checked_on_the_same_images():
    steps = (Exclude(images="0-99"), Relabel(images="100-1796", label=0))
    before, data = load(Digits()), load(Digits(corrections=steps))
    without = load(Digits(corrections=steps, learns_as_brought=True))

    assert without.validation.tolist() == data.validation.tolist()
    assert (without.labels[data.validation] == 0).all()
    assert without.train.tolist() == before.train.tolist()
    assert without.labels[before.train].tolist() == before.labels[before.train].tolist()


def test_who_leaves_out_all_that_is_checked_on_or_learnt_from_is_told_before_training():
    digits = Digits()
    data = load(digits, ALONE.share, ALONE.seed)
    for part, blocks in ((data.validation, True), (data.train, True), (data.validation[1:], False)):
        dataset = digits.edited(corrections=(Exclude(images=written(part)),))
        found = dataset.problems(replace(ALONE, facts=dataset.facts()))
        assert any(one.blocking for one in found) is blocks


def test_pictures_moved_to_validation_by_hand_are_enough_where_no_share_is_held_out():
    def found(*steps, share=0.0):
        experiment = Experiment(dataset=Digits(corrections=steps), layers=(Flatten(),))
        load(experiment.dataset)
        training = experiment.training.edited(validation_split=share)
        return [one.message for one in experiment.edited(training=training).problems() if one.blocking]

    assert found(Move(images="0-99", split="validation")) == []
    assert "No pictures are left to validate on." in found(Exclude(images="3"))
    everything = Move(images="0-1796", split="train")
    assert found(everything, share=0.2) == ["No picture is left to learn from, or none to check on."]


def test_the_pictures_of_the_first_page_are_those_of_classes_that_are_there():
    first = load(Digits()).images[0]  # a nought
    uris = home._wall("without noughts", Digits(corrections=(RemoveClass(label=0),)))

    assert len(uris) == home.WALL and thumbnail_uri(first, home.TILE) not in uris
