"""Steps of mending as a list: recorded, told, taken out again, images taken back in; and looking for images."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from core.__main__ import main
from core.build.codegen import script
from core.corrections import LEFT_OUT, Labelled, applied, positions, steps, written
from core.corrections.classes import AddClass, MergeClasses, RemoveClass, RenameClass
from core.corrections.images import Exclude, Move, Relabel
from core.datasets import browsing, load
from core.datasets.browsing import OUT, Query, found, view
from core.datasets.digits import Digits
from core.datasets.split import each_alike
from core.errors import UserError
from core.experiment.presets import load_preset
from core.experiment.stages import stages
from core.inspection import Check, Finding, Group, Looked, Remedy, Report, checks, settled
from core.runs import with_without
from core.runs.with_without import effect
from core.spec import kinds

NAMES = tuple("abcdef")


def brought(count=36):
    return Labelled(np.arange(count) % 6, (np.arange(count) % 7 == 0).astype(np.int8), NAMES)


def named(now):
    """Each image's class by name, or nothing where it is left out."""
    pairs = zip(now.labels.tolist(), now.split.tolist(), strict=True)
    return ["" if split == LEFT_OUT else now.class_names[label] for label, split in pairs]


def test_the_same_said_of_more_images_is_one_step_and_anything_else_another():
    found = steps.recorded((), Exclude(images="3"), Exclude(images="1,5"), Relabel(images="7", label=2))
    found = steps.recorded(found, Relabel(images="8", label=2), Relabel(images="9", label=1))

    assert [one.words for one in steps.told(found, NAMES)] == [
        "3 pictures left out",
        "2 pictures labelled c",
        "1 picture labelled b",
    ]
    assert found[0].images == "1,3,5"


def test_more_steps_than_a_dataset_keeps_are_refused_by_name():
    many = [Relabel(images="1", label=place % 2) for place in range(501)]

    with pytest.raises(UserError, match="TOO_MANY_STEPS|more than a dataset keeps") as refused:
        steps.recorded((), *many)
    assert refused.value.code == "TOO_MANY_STEPS"


@pytest.mark.parametrize("seed", range(40))
def test_later_steps_mean_the_same_classes_once_one_before_them_is_taken_out(seed):
    """Whatever is drawn: without a step about classes, images that were given a class by name have it still."""
    draw = np.random.default_rng(seed)
    middle = [
        MergeClasses(labels=tuple(sorted(draw.choice(6, 2, replace=False).tolist()))),
        RemoveClass(label=int(draw.integers(6))),
        AddClass(name="new"),
        RenameClass(label=int(draw.integers(6)), name="other"),
    ][seed % 4]
    before = applied([middle], brought())
    wanted = [draw.choice([name for name in before.class_names if name not in ("new", "other")]) for _ in range(3)]
    labelled = [
        Relabel(images=str(30 + place), label=before.class_names.index(name)) for place, name in enumerate(wanted)
    ]
    whole = (Exclude(images="0-2"), middle, *labelled)
    left = steps.without(whole, 1, len(NAMES))

    assert len(left) == len(whole) - 1
    assert named(applied(left, brought()))[30:33] == wanted
    assert applied(left, brought()).class_names == NAMES


def test_what_needs_a_class_that_is_taken_out_goes_with_it():
    whole = (AddClass(name="g"), Relabel(images="1", label=6), AddClass(name="h"), Relabel(images="2", label=7))
    left = steps.without(whole, 0, len(NAMES))

    assert left == (AddClass(name="h"), Relabel(images="2", label=6))
    assert named(applied(left, brought()))[1:3] == ["b", "h"]


def test_images_taken_back_in_are_as_they_were_before_they_were_left_out():
    whole = (Relabel(images="3", label=0), Exclude(images="3-5,9"), Exclude(images="20"))

    left = steps.taken_back(whole, np.array([3, 5, 20]), brought())
    now = applied(left, brought())

    assert np.flatnonzero(now.split == LEFT_OUT).tolist() == [4, 9]
    assert named(now)[3] == "a" and left == (whole[0], Exclude(images="4,9"))


def test_images_whose_class_was_taken_away_are_not_taken_back_without_one():
    with pytest.raises(UserError) as refused:
        steps.taken_back((RemoveClass(label=1),), np.array([1]), brought())

    assert refused.value.code == "CLASS_TAKEN_AWAY"


def test_images_are_put_back_into_the_splits_to_which_they_were_dealt():
    assert steps.returned(np.array([6, 7, 8, 14]), brought()) == (
        Move(images="6,8", split="train"),
        Move(images="7,14", split="validation"),
    )


def test_images_are_found_by_class_split_number_and_by_what_was_mended():
    mended = Digits(corrections=(Exclude(images="0-4"), Relabel(images="10", label=3), RenameClass(label=3, name="x")))
    seen = view(mended, 0.2, 42)
    labels = view(Digits(), 0.2, 42).now.labels

    assert found(seen, Query()).tolist() == list(range(1797))
    assert found(seen, Query(split=OUT)).tolist() == [0, 1, 2, 3, 4]
    assert found(seen, Query(mended=True)).tolist() == [0, 1, 2, 3, 4, 10]
    assert found(seen, Query(text="17")).tolist() == [17]
    assert found(seen, Query(label=3)).tolist() == sorted({*np.flatnonzero(labels == 3).tolist(), 10})
    assert {seen.split(position) for position in found(seen, Query(split="validation"))} == {"validation"}
    assert seen.called(10) == "x" and seen.called(0) == "0" and seen.split(0) == OUT
    assert seen.counts().sum() == 1792


def test_images_are_found_by_what_their_file_is_called(monkeypatch):
    names = tuple(f"Cat_{place:04d}.JPG" for place in range(1797))
    monkeypatch.setattr(Digits, "names", lambda self: names)
    seen = browsing.view(Digits(), 0.2, 42)

    assert found(seen, Query(text=" cat_000 ")).tolist() == list(range(10))
    assert found(seen, Query(text="nowhere")).tolist() == []


@pytest.mark.parametrize(
    ("runs", "said", "clear"),
    [
        ({42: (0.9, 0.8)}, "10.0 percentage points more often, 20 pictures of 200. One pair only", False),
        ({1: (0.9, 0.8), 2: (0.91, 0.8), 3: (0.88, 0.79)}, "10.0 percentage points more often on average", True),
        ({1: (0.9, 0.8), 2: (0.8, 0.9), 3: (0.85, 0.84)}, "nothing can be said", False),
        ({1: (0.5, 0.5)}, "as often as without", False),
    ],
)
def test_what_mending_is_worth_is_said_with_what_seeds_differ(runs, said, clear):
    def one(seed, as_brought):
        dataset = Digits(corrections=(Exclude(images="1"),), learns_as_brought=as_brought)
        return load_preset("digits-cnn").edited(dataset=dataset, seed=seed)

    told = [(one(seed, bool(side)), accuracy) for seed, pair in runs.items() for side, accuracy in enumerate(pair)]
    found = effect([*told, (one(9, False), 1.0), (one(8, True), None)], 200)

    assert said in found.sentence() and found.is_clear == clear
    assert found.seeds == tuple(runs)
    assert effect([]).sentence() == ""


def test_a_pair_differs_in_one_thing_and_is_checked_on_the_same_images():
    steps_made = (Exclude(images="0-99"), Relabel(images="100-160", label=3))
    experiment = load_preset("digits-cnn").edited(dataset=Digits(corrections=steps_made))
    family = with_without.pairs(experiment, 3)

    assert [(one.seed, one.dataset.learns_as_brought) for one in family] == [
        (seed, side) for seed in (42, 43, 44) for side in (False, True)
    ]
    for one, other in zip(family[::2], family[1::2], strict=True):
        first, second = (load(each.dataset, each.training.validation_split, each.seed) for each in (one, other))
        assert first.validation.tolist() == second.validation.tolist()
        assert first.labels[first.validation].tolist() == second.labels[second.validation].tolist()
        changed = one.edited(dataset=other.dataset, name=other.name)
        assert changed == other and len({one.name, other.name}) == 2
    with pytest.raises(UserError) as refused:
        with_without.pairs(load_preset("digits-cnn"))
    assert refused.value.code == "NOTHING_MENDED"


def test_each_class_is_seen_alike_and_every_image_at_least_once():
    labels = np.array([0] * 7 + [1] * 3 + [2])
    train = np.array([0, 1, 2, 3, 4, 5, 6, 8, 9, 10])
    drawn = each_alike(labels, train, 5)

    assert np.bincount(labels[drawn]).tolist() == [7, 7, 7]
    assert set(drawn.tolist()) == set(train.tolist())
    assert sorted(np.bincount(drawn)[8:10].tolist()) == [3, 4]
    assert each_alike(labels, train[:0], 5).tolist() == []


def test_a_script_samples_as_the_app_does_and_json_says_nothing_by_default():
    experiment = load_preset("digits-cnn")
    alike = experiment.edited(training=experiment.training.edited(sampling="each class alike"))
    data = load(experiment.dataset, experiment.training.validation_split, experiment.seed)
    learnt = stages(alike)[0].learnt(data.labels, data.train)

    assert "sampling" not in experiment.to_json() and "each_alike(labels, train, SEED)" in script(alike)
    assert len(set(np.bincount(data.labels[learnt]).tolist())) == 1 and len(learnt) > len(data.train)
    assert learnt.tolist() == each_alike(data.labels, data.train, alike.seed).tolist()


def test_what_is_no_flaw_is_kept_and_groups_settle_once_they_are_mended():
    before, after = view(Digits(), 0.2, 42), view(Digits(corrections=(Exclude(images="4"),)), 0.2, 42)
    away = Remedy(name="Leave out", corrections=(Exclude(images="4"),))
    pair = Group(images=(3, 4), remedies=(away,))
    others = [Group(images=(4, 5)), Group(images=(5, 6)), Group(images=(5,))]
    mended = settled.mended_since(before, after)

    assert np.flatnonzero(mended).tolist() == [4] and settled.is_settled(pair, mended)
    assert [settled.is_settled(group, mended) for group in others] == [True, False, False]
    finding = Finding(check="Copies", title="", sentence="", severity="noted", groups=(pair,))
    name = settled.sign(finding, pair)
    settled.dismiss(Digits(), [name])
    settled.dismiss(Digits(), [name, "0" * 16])
    assert settled.dismissed(after.dataset) == [name, "0" * 16]
    settled.dismiss(Digits(), [name], again=True)
    assert settled.dismissed(Digits()) == ["0" * 16]
    assert settled.spared([Exclude(images="3-6"), Exclude(images="4")], np.array([4, 5]), 9) == [Exclude(images="3,6")]


def test_positions_of_a_whole_dataset_are_short_as_text():
    assert written(range(60_000)) == "0-59999" and len(positions("0-59999", 60_000)) == 60_000


def test_the_command_line_tells_what_was_found_and_fails_where_it_misleads(monkeypatch, capsys):
    wrong = Finding(check="Copies", title="2 exact copies", sentence="One leaks.", severity="wrong")
    looked = [Looked(check=check.kind, images=9, of=9, seconds=1.0) for check in checks()]
    for told, status in (((wrong,), 1), ((), 0)):
        report = Report(images=9, findings=told, looked=tuple(looked), seconds=2.0)
        monkeypatch.setattr("core.command.flaws.inspect_in_child", lambda wanted, tell, report=report: report)
        assert main(["inspect", "digits-cnn"]) == status
        out = capsys.readouterr().out
        assert ("2 exact copies. One leaks." in out) == bool(told)
        assert (kinds(Check)["Copies"].clear() in out) != bool(told)
    assert main(["inspect", "digits-cnn", "--json"]) == 0
    assert Report.model_validate_json(capsys.readouterr().out) == report


def test_what_many_tabs_dismiss_at_once_is_all_kept():
    signs = [f"{number:016x}" for number in range(48)]
    with ThreadPoolExecutor(8) as tabs:
        list(tabs.map(lambda sign: settled.dismiss(Digits(), [sign]), signs))

    assert sorted(settled.dismissed(Digits())) == signs
