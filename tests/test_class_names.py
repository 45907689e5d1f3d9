"""Names of classes: in one form, without what hides, all else as it is; spellings are merged across splits only."""

import unicodedata

import pytest

from core.intake.classes import Classes
from core.intake.names import clean, key, relative

FLAG = "\U0001f3f4\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f"


def named(*places, **options):
    """Class of each place, by its name."""
    classes = Classes(places, **options)
    return {place: classes.name(classes.key(place)) for place in places}


def test_control_and_direction_marks_go_and_nothing_else():
    assert clean(" a\u202eb\x07\u200f\u2066c\u061c\0 ") == "abc"
    for name in (FLAG, "می\u200cخواهم", "👩\u200d🔬", "\U0001fae9", "\ue000", "\u00ad", "ﬁ"):
        assert clean(name) == name
    assert clean(unicodedata.normalize("NFD", "가")) == "가"


def test_spellings_are_equal_only_as_keys():
    assert key("Cat") == key("CAT") and key("ΣΑΣ") == key("σας") and key("é") == key("e\u0301")
    assert key("a") != key("á") and key(FLAG) != key("\U0001f3f4")


@pytest.mark.parametrize("twins", [("A", "a"), ("σ", "ς"), ("Straße", "STRASSE"), ("É", "é")])
def test_spellings_in_one_split_stay_classes_of_their_own(twins):
    first, second = (("train", name) for name in twins)
    assert named(first, second) == {first: twins[0], second: twins[1]}
    assert Classes([first, second]).notes() == []


@pytest.mark.parametrize("twins", [("A", "a"), ("σ", "ς"), ("가나", unicodedata.normalize("NFD", "가나"))])
def test_spellings_in_two_splits_are_one_class_which_is_said_and_can_be_taken_back(twins):
    ours, theirs = ("train", twins[0]), ("validation", twins[1])
    assert set(named(ours, theirs).values()) == {twins[0]}
    (offer,) = Classes([ours, theirs]).offers()
    assert (offer.label, offer.answer.keep_apart) == ("Keep apart", True)
    assert offer.words in Classes([ours, theirs]).notes()
    apart = named(ours, theirs, keep_apart=True)
    assert len(set(apart.values())) == 2 and apart[ours] == twins[0]


def test_a_folder_that_two_classes_could_mean_belongs_to_the_one_of_its_own_spelling_or_to_none():
    found = named(("train", "a"), ("train", "A"), ("test", "A"), ("validation", "a"))
    assert (found["test", "A"], found["validation", "a"]) == ("A", "a")
    found = named(("train", "Cat"), ("test", "cat"), ("test", "CAT"))
    assert set(found.values()) == {"Cat", "cat", "CAT"}


def test_names_that_become_equal_are_one_class_and_it_is_said():
    places = [("train", "café"), ("train", "cafe\u0301"), ("train", "ca\u200ffé")]
    assert set(named(*places).values()) == {"café"}
    assert Classes(places).notes() == ['3 folders whose names look the same were taken as one class, "café".']
    assert set(named(*places, keep_apart=True).values()) == {"café", "café (2)", "café (3)"}


def test_a_name_of_which_nothing_stays_gets_one_and_it_is_said():
    places = [("train", "\u202e"), ("train", "unnamed")]
    assert set(named(*places).values()) == {"unnamed", "unnamed (2)"}
    assert any("can't be shown" in note for note in Classes(places).notes())


def test_a_hundred_thousand_folders_are_settled_in_one_pass():
    places = [("train", f"{n}") for n in range(50_000)] + [("test", f"{n}") for n in range(50_000)]
    assert len(set(named(*places).values())) == 50_000


@pytest.mark.parametrize(
    ("name", "path"),
    [
        (r"pets\cat\1.png", "pets/cat/1.png"),
        ("./a//b/.././c.png", "a/c.png"),
        ("a: b/12:30.png", "a: b/12:30.png"),
        ("a\0b/1.png", "ab/1.png"),
        ("cat/", "cat/"),
        ("", ""),
    ],
)
def test_names_become_relative(name, path):
    assert relative(name) == path


@pytest.mark.parametrize(
    "name", ["../a", "a/../../b", "/a", r"\a", r"C:\a", "d:/a", r"\\host\a", "a/.\0./../../b", ".\0./a"]
)
def test_names_that_lead_out_are_told(name):
    with pytest.raises(ValueError):
        relative(name)
