"""Steps of mending as a list: recorded, told, taken out again, images taken back in; and looking for images."""

import numpy as np
import pytest

from core.corrections import LEFT_OUT, Labelled, applied, positions, steps, written
from core.corrections.classes import AddClass, MergeClasses, RemoveClass, RenameClass
from core.corrections.images import Exclude, Move, Relabel
from core.datasets import browsing
from core.datasets.browsing import OUT, Query, found, view
from core.datasets.digits import Digits
from core.errors import UserError

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


def test_positions_of_a_whole_dataset_are_short_as_text():
    assert written(range(60_000)) == "0-59999" and len(positions("0-59999", 60_000)) == 60_000
