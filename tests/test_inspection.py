"""What an inspection finds in datasets whose flaws are known, and what it does not claim of sound ones."""

import functools
import hashlib
import importlib
import os
import subprocess
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image, ImageFilter

from benchmarks.inspection import KINDS, copied, plant_copies, plant_labels
from core import child
from core.build.model import build_model
from core.corrections import Labelled, applied, written
from core.corrections.classes import RenameClass
from core.corrections.images import Exclude, Relabel
from core.datasets import ImageData, load
from core.datasets.digits import Digits
from core.datasets.shapes import Shapes
from core.experiment import Experiment
from core.inspection import STEPS, Finding, Group, Looked, Report, at_work, checks
from core.inspection.confident import CrossValidated, confident_labels
from core.inspection.copies import Copies, Leaks, NearCopies
from core.inspection.embedding import DEPTH, Embedding
from core.inspection.exposure import Blurred, Dark, Light, OneColour
from core.inspection.imbalance import Imbalance
from core.inspection.inspecting import Inspection, inspect, inspect_in_child, keep, read_report
from core.inspection.labels import SuspiciousLabels
from core.inspection.measuring import SMALL, Measured, numbers_of
from core.inspection.remedies import leave_out
from core.inspection.shortcuts import Shortcuts, balanced_accuracy
from core.inspection.sizes import OddSizes
from core.inspection.subject import Subject
from core.intake.pixels import fit_to
from core.layers.pooling import GlobalAveragePooling2D
from core.layers.small_base import SmallBase
from core.workspace import current


def dealt(images, labels, validation=0):
    """Images of which the last few are validation."""
    order = np.arange(len(images))
    cut = len(images) - validation
    names = tuple(f"class {label}" for label in range(int(labels.max()) + 1))
    return ImageData(images, labels, order[:cut], order[cut:], order[:0], names)


# --- the same picture again ---


def known_of(images):
    """What is measured of images, without a base."""
    side = min(SMALL, *images.shape[1:3])
    small = np.stack([fit_to(image, side, side, images.shape[3]) for image in images])
    digests = np.stack([np.frombuffer(hashlib.sha256(image.tobytes()).digest()[:16], np.uint8) for image in images])
    features = np.zeros((len(images), DEPTH), np.float16)
    features[:, : small[0].size] = small.reshape(len(images), -1)[:, :DEPTH] / 255
    return Measured(digests, small, numbers_of(images, small), features)


def subject_of(data, dataset=None):
    """A dataset of which all was measured."""
    subject = Subject(dataset or Shapes(), data)
    subject.known = known_of(data.images)
    return subject


@functools.cache
def drawn(count=300):
    """Shapes: no picture is another one's copy."""
    images, labels, _ = Shapes(count=count).generate(lambda done, total: None)
    return images, labels


def with_copies(kinds=KINDS, each=5, validation=0):
    """Shapes, the last of which are copies, and where these are."""
    images, labels = drawn()[0].copy(), drawn()[1].copy()
    planted = plant_copies(images, each, kinds)
    for source, place, _ in planted:
        labels[place] = labels[source]
    return dealt(images, labels, validation), planted


def found_in(check, subject):
    """Positions in all groups of its findings."""
    findings, _, _ = check.look(subject)
    return [group.images for one in findings for group in one.groups]


def test_planted_copies_are_found_with_their_exact_positions_and_nothing_else():
    data, planted = with_copies()
    subject = subject_of(data)
    equal = [(source, place) for source, place, kind in planted if kind == "exact"]
    near = [(source, place) for source, place, kind in planted if kind != "exact"]

    assert sorted(found_in(Copies(), subject)) == sorted(equal)
    assert sorted(found_in(NearCopies(), subject)) == sorted(near)
    assert found_in(Leaks(), subject) == []
    mirrored = {one.images for one in subject.clusters if one.how == "mirrored"}
    assert mirrored == {(source, place) for source, place, kind in planted if kind == "mirrored"}


def test_copies_that_are_checked_on_are_leaks_with_a_way_out_on_either_side():
    data, planted = with_copies(("exact", "resized"), 4, validation=8)  # all copies are validation
    sources, places = sorted(one[0] for one in planted), sorted(one[1] for one in planted)
    (found,), looked, note = Leaks().look(subject_of(data))

    assert found.title == "8 pictures leaked" and found.severity == "wrong" and (looked, note) == (300, "")
    assert found.sentence.startswith(
        "8 pictures of validation are also trained on (4 groups pixel for pixel and 4 groups nearly equal or mirrored)"
    )
    out_of_train, out_of_validation = found.remedies
    assert out_of_train.corrections == (Exclude(images=written(sources)),)
    assert out_of_validation.corrections == (Exclude(images=written(places)),)
    assert [one.name for one in found.groups[0].remedies] == ["Leave it out of train", "Leave it out of validation"]
    assert found_in(Copies(), subject_of(data)) == found_in(NearCopies(), subject_of(data)) == []


def test_a_copy_with_another_label_can_be_labelled_either_way():
    data, _ = with_copies(("exact",), 1)
    data.labels[-1] = (data.labels[-1] + 1) % 6
    (found,), _, _ = Copies().look(subject_of(data))

    first, last = found.groups[0].images
    labels = sorted((int(data.labels[first]), int(data.labels[last])))
    assert "1 group has more than one class: only one label can be right." in found.sentence
    assert [one.corrections[0] for one in found.groups[0].remedies[:2]] == [
        Relabel(images=str(last if data.labels[first] == label else first), label=label) for label in labels
    ]
    assert found.remedies == ()  # which one goes is not for one click


def test_what_is_left_out_is_no_copy_and_no_leak():
    data, planted = with_copies(("exact",), 3)
    kept = np.setdiff1d(np.arange(300), [place for _, place, _ in planted])

    assert found_in(Copies(), subject_of(replace(data, train=kept))) == []


def test_signs_are_no_copies_because_one_is_the_other_mirrored():
    digits = load(Digits())
    both = np.concatenate([digits.images[:200], digits.images[:5, :, ::-1]])
    data = dealt(both, np.concatenate([digits.labels[:200], digits.labels[:5]]))

    assert len(found_in(NearCopies(), subject_of(data))) >= 4
    assert found_in(NearCopies(), subject_of(data, Digits())) == []


def test_digits_look_alike_and_are_no_copies():
    subject = subject_of(load(Digits()), Digits())

    assert subject.pairs == []


def test_the_same_picture_many_times_over_is_one_group():
    images, labels = drawn()[0].copy(), drawn()[1]
    images[280:] = images[3]
    for place in range(296, 300):
        images[place] = copied(images[3], "saved again", np.random.default_rng(place))
    (group,) = [one.images for one in subject_of(dealt(images, labels)).clusters]

    assert group == (3, *range(280, 300))


# --- nothing to see ---


def test_dark_light_flat_and_blurred_pictures_are_found_at_their_places():
    images, labels = drawn()[0].copy(), drawn()[1]
    images[5], images[6] = 40, np.random.default_rng(0).integers(40, 42, images[6].shape)
    images[17] = images[17] // 8
    images[44] = 255 - images[44] // 8
    blurred = Image.fromarray(images[70]).filter(ImageFilter.GaussianBlur(3))
    images[70] = np.asarray(blurred)
    subject = subject_of(dealt(images, labels))

    assert sorted(found_in(OneColour(), subject)) == [(5,), (6,)]
    assert found_in(Dark(), subject) == [(17,)]
    assert found_in(Light(), subject) == [(44,)]
    assert found_in(Blurred(), subject) == [(70,)]


@pytest.mark.parametrize("check", [OneColour(), Dark(), Light(), Blurred(), OddSizes(), Imbalance(), Shortcuts()])
def test_nothing_is_claimed_of_data_in_which_nothing_is(check):
    shapes, digits = subject_of(dealt(*drawn())), subject_of(load(Digits()), Digits())

    assert check.look(shapes) == ([], 300, "")
    assert check.look(digits) == ([], len(digits.data.train) if check.rank >= 10 else 1797, "")


def test_where_all_pictures_are_dark_none_is():
    images = drawn()[0] // 8

    assert found_in(Dark(), subject_of(dealt(images, drawn()[1]))) == []


def test_odd_shapes_and_small_pictures_are_told_apart(monkeypatch):
    sizes = np.full((300, 2), (320, 240))
    sizes[7], sizes[9], sizes[30] = (1000, 100), (16, 12), (100, 400)
    monkeypatch.setattr(Shapes, "original_sizes", lambda self: sizes)
    shape, small = OddSizes().look(subject_of(dealt(*drawn())))[0]

    assert [group.images for group in shape.groups] == [(7,), (30,)] and shape.groups[0].note == "1000x100 px"
    assert [group.images for group in small.groups] == [(9,)]


# --- labels ---


def test_the_confident_label_is_the_likeliest_above_its_threshold():
    shares = np.array([[0.6, 0.3, 0.1], [0.5, 0.45, 0.05], [0.4, 0.4, 0.2], [0.2, 0.45, 0.35]])

    assert list(confident_labels(shares, np.array([0.55, 0.4, 0.3]))) == [(0, 0), (1, 1), (2, 1), (3, 1)]
    assert list(confident_labels(shares, np.array([0.9, 0.9, 0.3]))) == [(3, 2)]


def test_each_fold_is_judged_by_the_least_squares_of_the_others():
    data = load(Digits())
    used, folds = np.arange(300), np.arange(300) % 5
    one = CrossValidated(known_of(data.images[:300]), used, data.labels[:300], 10, folds)
    inputs = one._inputs(used).astype(np.float64)
    answers = np.eye(10)[data.labels[:300]]
    for fold in range(5):
        seen, weights = folds != fold, one._weights(0.01, fold).astype(np.float64)
        slope = inputs[seen].T @ (inputs[seen] @ weights - answers[seen]) / seen.sum() + 0.01 * weights
        assert np.abs(slope).max() < 1e-4  # nothing is lower than the bottom

    shares = np.concatenate([part for _, part in one.probabilities()])
    assert np.allclose(shares.sum(1), 1, atol=1e-5) and shares.min() >= 0


def test_planted_wrong_labels_are_found_and_one_click_mends_them():
    data = load(Digits())
    labels = data.labels.copy()
    wrong = plant_labels(labels)
    (found,), looked, _ = SuspiciousLabels().look(subject_of(replace(data, labels=labels), Digits()))

    mended = applied(found.remedies[0].corrections, Labelled(labels, np.zeros(1797, np.int8), data.class_names)).labels
    claimed = np.flatnonzero(mended != labels)
    right = np.intersect1d(claimed, wrong)
    assert looked == 1797 and found.images == found.found == len(claimed)
    assert len(right) >= 0.6 * len(wrong) and len(right) >= 0.6 * len(claimed)
    assert (mended == data.labels)[right].mean() > 0.9
    assert {group.images[0] for group in found.groups} == set(claimed.tolist())


def test_few_right_labels_are_doubted():
    findings, looked, _ = SuspiciousLabels().look(subject_of(load(Digits()), Digits()))

    assert looked == 1797 and sum(one.images for one in findings) < 10


def test_labels_are_not_judged_by_a_classifier_that_knows_nothing():
    data = dealt(np.random.default_rng(0).integers(0, 256, (300, 8, 8, 1), np.uint8), np.arange(300) % 6)
    findings, looked, note = SuspiciousLabels().look(subject_of(data))

    assert findings == [] and looked == 0 and "too few to judge labels by" in note
    assert SuspiciousLabels().look(subject_of(dealt(data.images[:30], data.labels[:30])))[1] == 0


# --- shortcuts ---


def test_brightness_that_tells_the_class_is_said_to_and_nothing_more():
    labels = np.arange(300) % 2
    images = drawn()[0] // 8 + (120 * labels[:, None, None, None]).astype(np.uint8)
    findings, _, _ = Shortcuts().look(subject_of(dealt(images, labels)))

    assert findings[0].title == "The mean brightness alone tells the classes apart" and findings[0].groups == ()
    assert findings[0].sentence == (
        "From the mean brightness alone the class is right for 100 % of the training pictures, each class counted "
        "alike; by chance it would be 50 % (15 nearest neighbours, 5-fold cross-validation on 300 pictures)."
    )


def test_balanced_accuracy_counts_each_class_alike():
    rng = np.random.default_rng(0)
    labels = (rng.random(2000) < 0.05).astype(np.int64)

    assert abs(balanced_accuracy(rng.random((2000, 2)), labels) - 0.5) < 0.06
    assert balanced_accuracy(labels[:, None] + 0.1 * rng.random((2000, 1)), labels) > 0.99
    assert balanced_accuracy(np.ones((2000, 3)), labels) == 0.5


# --- the report, the process ---


class Planted(Shapes):
    """Shapes with copies, found by no form."""

    def generate(self, progress, empty=np.empty):
        images, labels, split = super().generate(progress, np.empty)
        plant_copies(images, 2)
        return images, labels, split


def copies_in(report):
    """Groups of copies that it speaks of."""
    return sum(one.found for check in ("Leaks", "Copies", "NearCopies") for one in report.of(check))


@pytest.fixture
def quick_base(monkeypatch):
    """A base that sees nothing and takes no time, by which no label is judged."""
    monkeypatch.setattr("core.inspection.labels.FEWEST", 1000)
    monkeypatch.setattr(Embedding, "of", lambda self, images: np.zeros((len(images), DEPTH), np.float32))


def test_a_whole_inspection_tells_its_progress_and_its_report_is_kept_by_what_was_inspected(quick_base, monkeypatch):
    inspection, told = Inspection(Planted(count=120)), []
    report = inspect(inspection, lambda done, total: told.append((done, total)))

    assert [one.check for one in report.looked] == [check.kind for check in checks()]
    assert told == sorted(told) and told[-1][0] < told[-1][1] == STEPS * len(checks())
    assert at_work(told[0][0]).kind == "Leaks" and at_work(told[-1][0]).kind == "Shortcuts"
    assert copies_in(report) == 8 and report.images == 120
    monkeypatch.setattr(child, "ask", None)  # what is known needs no process
    assert inspect_in_child(inspection) == inspection.report() == report


def test_another_split_and_every_correction_have_a_report_of_their_own(quick_base):
    dataset = Planted(count=120)
    report = inspect(Inspection(dataset))
    remedy = next(one for one in report.findings if one.check in ("Leaks", "Copies")).groups[0].remedies[0]
    mended = dataset.edited(corrections=remedy.corrections)

    assert Inspection(dataset, seed=7).report() is None and Inspection(mended).report() is None
    assert Inspection(mended).latest() == (report, remedy.corrections)
    renamed = dataset.edited(corrections=(*remedy.corrections, RenameClass(label=0, name="round")))
    assert Inspection(renamed).latest() is None
    again = inspect(Inspection(mended))
    assert copies_in(again) == 7 and Inspection(mended).latest() == (again, ())


def test_images_are_measured_once_whatever_is_mended(quick_base, monkeypatch):
    dataset = Planted(count=120)
    inspect(Inspection(dataset))
    monkeypatch.setattr(Embedding, "of", None)
    inspect(Inspection(dataset.edited(corrections=(Exclude(images="3-9"),))))

    (kept,) = (current().home / "features").iterdir()
    (kept / "numbers.npy").write_bytes(b"damaged")
    with pytest.raises(TypeError):  # measured anew
        inspect(Inspection(dataset, seed=9))


def test_an_inspection_that_is_given_up_leaves_nothing_half_written(quick_base):
    def give_up(done, total):
        if done:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        inspect(Inspection(Planted(count=600)), give_up)

    assert list((current().home / "features").iterdir()) == []
    assert not (current().home / "inspections").exists()


def test_a_process_is_ended_when_whoever_waits_gives_up(monkeypatch):
    started, start = [], subprocess.Popen
    monkeypatch.setattr(subprocess, "Popen", lambda *one, **more: started.append(start(*one, **more)) or started[-1])

    def give_up(done, total):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        inspect_in_child(Inspection(Digits()), give_up)

    assert started[0].returncode is not None and Inspection(Digits()).report() is None


def test_too_many_reports_make_room_for_the_newest(monkeypatch):
    monkeypatch.setattr("core.inspection.inspecting.MOST_KEPT", 2)
    for seed in range(4):
        keep(Inspection(Digits(), seed=seed), Report(images=1797))
        os.utime(current().home / "inspections" / f"{Inspection(Digits(), seed=seed).key()}.json", (seed, seed))

    assert [Inspection(Digits(), seed=seed).report() is not None for seed in range(4)] == [False, False, True, True]


WHOLE = Report(
    images=10,
    findings=(
        Finding(
            check="Copies",
            title="1 exact copy",
            sentence="One.",
            severity="noted",
            images=2,
            found=1,
            groups=(Group(images=(1, 7), remedies=leave_out("Leave out the copy", [7])),),
        ),
    ),
    looked=(Looked(check="Copies", images=10, of=10, seconds=0.5),),
    seconds=0.5,
)


def test_a_report_comes_back_from_its_json():
    assert read_report(WHOLE.model_dump_json().encode()) == WHOLE


@pytest.mark.parametrize(("old", "new"), [
    ('"version":1', '"version":2'), ("[1,7]", "[1,10]"), ("[1,7]", "[1,-7]"), ("[1,7]", "[1.5,7]"), ("[1,7]", "[]"),
    ('"images":"7"', '"images":"7;8"'), ('"kind":"Exclude"', '"kind":"Erase"'), ('"noted"', '"bad"'),
    ('"seconds":0.5', '"seconds":NaN'), ('"seconds":0.5', '"seconds":-1.0'), ('"title"', '"heading"'), ("}", ""),
    ('"of":10', '"of":"10"'), ('"version":1', '"version":1,"more":1'),
])  # fmt: skip
def test_a_damaged_report_is_refused(old, new):
    text = WHOLE.model_dump_json()
    assert old in text

    with pytest.raises(ValueError):
        read_report(text.replace(old, new, 1).encode())


def test_what_one_click_records_fits_into_corrections(monkeypatch):
    monkeypatch.setattr("core.inspection.remedies.MOST_LETTERS", 900)
    (remedy,) = leave_out("Leave them out", range(0, 500, 2))

    assert [len(one.touched(500)) for one in remedy.corrections] == [100, 100, 50] and leave_out("none", []) == ()


def test_every_check_says_what_it_looks_for_and_what_it_did_not_find():
    for check in checks():
        assert check.title() and check.sentence().endswith(".") and check.clear().endswith(".")


def test_features_are_what_keras_predicts_of_the_small_base():
    images = drawn(300)[0][:5]
    experiment = Experiment(dataset=Shapes(image_size=48), layers=(SmallBase(), GlobalAveragePooling2D()))
    model = build_model(experiment, experiment.dataset.facts())
    inside = next(layer for layer in model.layers if layer.name.startswith("global_average_pooling2d"))
    keras = importlib.import_module("keras")
    expected = keras.Model(model.input, inside.output)(np.stack([fit_to(one, 48, 48, 3) for one in images]))

    assert np.abs(Embedding(32).of(images) - np.asarray(expected)).max() < 1e-3
