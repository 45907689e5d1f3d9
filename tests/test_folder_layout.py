"""How the folders of an upload are read: splits at any level, classes, and questions where nothing is sure."""

import random

import pytest

from core.errors import UserError
from core.intake.layout import read_folders
from core.intake.questions import Answer, Question
from core.intake.roles import Role, _has_partner, role, roles


def files(folders, each=2):
    """Names of so many images in each folder; what ends with .png is an image itself."""
    return [
        name
        for one in folders.split()
        for name in ([one] if one.endswith(".png") else [f"{one}/{n}.png" for n in range(each)])
    ]


def read(folders, **answer):
    """Split and class of each folder as it is read."""
    plan = read_folders(files(folders), "x", Answer(**answer))
    assert not isinstance(plan, Question), plan.what
    return {one: place for one in folders.split() if (place := plan.place(f"{one}/0.png"))}


def asked(folders):
    question = read_folders(files(folders), "x")
    assert isinstance(question, Question)
    return {
        reading.key: {split: set(classes) for split, classes in reading.counts.items() if classes}
        for reading in question.readings
    }


@pytest.mark.parametrize(
    ("split", "names"),
    [
        (
            "train",
            """train Train TRAIN training Training trainset training_set train-set train_images trainImages TrainData
            seg_train images_train train2 01_train train(1) train.data train-224x224 Trainingsdaten
            학습 훈련용 학습데이터 訓練 训练集 学習用データ entraînement entrenamiento my_train_val trainval""",
        ),
        (
            "validation",
            """val valid validation Validation VAL_SET val_images valid-data dev devset Validierungsdaten 검증 검증용
            检验_验证 検証""",
        ),
        (
            "test",
            """test Test testing Testing testset test_set test-images seg_test testData TestBilder holdout hold-out
            Hold_Out eval evaluation test1 테스트 테스트셋 시험 평가용 测试集 テスト""",
        ),
    ],
)
def test_the_words_of_a_name_say_the_split_in_any_case_and_language(split, names):
    assert {name: found.split for name in names.split() if (found := role(name))} == dict.fromkeys(names.split(), split)


def test_words_that_only_contain_one_are_none():
    names = (
        "trains trained terrain strain brain bullettrain contest latest testtube protest valve valley interval devil"
    )
    assert [name for name in names.split() if role(name)] == []


def test_other_words_beside_a_role_need_a_folder_of_another_split_beside():
    assert roles(["asl_alphabet_train", "asl_alphabet_test"]) == {
        "asl_alphabet_train": "train",
        "asl_alphabet_test": "test",
    }
    assert roles(["bullet_train", "bus"]) == roles(["bullet train", "freight train"]) == {}


def test_eval_is_validation_beside_a_test_folder_and_test_without_one():
    assert roles(["train", "eval", "test"])["eval"] == "validation"
    assert roles(["train", "eval"])["eval"] == "test"
    assert roles(["train", "val", "eval", "test"])["eval"] == "test"


@pytest.mark.parametrize("train", ["Training", "training_set", "seg_train", "TRAIN-images", "학습"])
@pytest.mark.parametrize("test", ["Testing", "test_set", "seg_test", "holdout", "평가"])
@pytest.mark.parametrize("around", ["", "archive/", "a/b/c/"])
def test_splits_above_the_classes_are_never_classes(train, test, around):
    folders = " ".join(f"{around}{split}/{name}" for split in (train, test) for name in ("glioma", "notumor"))
    assert read(folders) == {
        f"{around}{train}/glioma": ("train", "glioma"),
        f"{around}{train}/notumor": ("train", "notumor"),
        f"{around}{test}/glioma": ("test", "glioma"),
        f"{around}{test}/notumor": ("test", "notumor"),
    }


def test_a_wrapper_inside_a_split_is_passed():
    assert read("seg_train/seg_train/sea seg_train/seg_train/street seg_test/seg_test/sea seg_pred/seg_pred") == {
        "seg_train/seg_train/sea": ("train", "sea"),
        "seg_train/seg_train/street": ("train", "street"),
        "seg_test/seg_test/sea": ("test", "sea"),
    }
    assert read("train/images/cat train/images/dog valid/cat")["train/images/dog"] == ("train", "dog")


def test_splits_inside_the_classes_are_read_too():
    expected = {"cat/train": ("train", "cat"), "cat/test": ("test", "cat"), "dog/Training": ("train", "dog")}
    assert read("cat/train cat/test dog/Training") == expected
    assert read("pets/cat/train pets/cat/val pets/dog")["pets/dog"] == ("train", "dog")
    assert read("cat/train cat/test dog/young dog/old") == {
        "cat/train": ("train", "cat"),
        "cat/test": ("test", "cat"),
        "dog/young": ("train", "dog"),
        "dog/old": ("train", "dog"),
    }


def test_a_class_that_is_called_train_stays_a_class():
    assert {name for _, name in read("train bus plane").values()} == {"train", "bus", "plane"}
    assert {name for _, name in read("v/train v/bus").values()} == {"train", "bus"}
    assert {name for _, name in read("train/old bus").values()} == {"train", "bus"}
    assert read("day1/train day1/bus day2/train day2/bus")["day1/train"] == ("train", "train")
    assert read("valid invalid") == {"valid": ("train", "valid"), "invalid": ("train", "invalid")}


def test_split_folders_that_hold_images_and_no_classes_make_no_dataset():
    assert read("train test") == read("Training Testing Validation") == {}


def test_what_lies_beside_the_splits_is_left_out_and_said():
    plan = read_folders(files("training_set/cat training_set/dog test_set/cat test_set/dog single_prediction"))
    assert plan.place("single_prediction/0.png") is None
    assert plan.notes == ('"single_prediction" beside "test_set" and "training_set" was left out.',)


def test_when_all_outer_folders_share_their_inner_ones_these_are_the_classes_and_it_is_said():
    plan = read_folders(files("day1/cat day1/dog day2/cat day2/Dog"))
    assert [plan.place(name) for name in ("day1/cat/0.png", "day2/Dog/0.png")] == [("train", "cat"), ("train", "Dog")]
    assert plan.notes[0].startswith('"day1" and "day2" hold the same folders: these are the classes')
    assert [offer.answer for offer in plan.offers] == [Answer(read="outer")]
    assert read("day1/cat day1/dog day2/cat day2/dog", read="outer")["day1/cat"] == ("train", "day1")


def test_such_folders_inside_a_split_are_put_together_too():
    found = read("train/d1/a train/d1/b train/d2/a train/d2/b test/d1/a test/d1/b")
    assert set(found.values()) == {("train", "a"), ("train", "b"), ("test", "a"), ("test", "b")}


def test_folders_inside_a_class_belong_to_it():
    assert read("cat cat/young dog")["cat/young"] == ("train", "cat")
    assert read("cat/images dog/images")["dog/images"] == ("train", "dog")
    assert read("cat/persian dog/poodle")["dog/poodle"] == ("train", "dog")
    assert read_folders(["cat/1.png", "cat/more/2.png"]).place("cat/more/2.png") == ("train", "cat")


@pytest.mark.parametrize(
    ("folders", "readings"),
    [
        (
            "day1/cat day1/dog day2/cat day2/dog day2/cow",
            {"outer": {"train": {"day1", "day2"}}, "inner": {"train": {"cat", "dog", "cow"}}},
        ),
        (
            "animals/cat animals/dog vehicles/car vehicles/bus",
            {"outer": {"train": {"animals", "vehicles"}}, "inner": {"train": {"cat", "dog", "car", "bus"}}},
        ),
        (
            "train/old train/new bus plane",
            {"inner": {"train": {"old", "new"}}, "outer": {"train": {"train", "bus", "plane"}}},
        ),
        (
            "train/a train/b extra/a extra/b",
            {
                "inner": {"train": {"a", "b"}},
                "merged": {"train": {"a", "b"}},
                "outer": {"train": {"train", "extra"}},
            },
        ),
        (
            "cats_train dogs_train cats_test dogs_test",
            {
                "paired": {"train": {"cats", "dogs"}, "test": {"cats", "dogs"}},
                "outer": {"train": {"cats_train", "dogs_train", "cats_test", "dogs_test"}},
            },
        ),
        (
            "trainA trainB testA testB",
            {
                "paired": {"train": {"a", "b"}, "test": {"a", "b"}},
                "outer": {"train": {"trainA", "trainB", "testA", "testB"}},
            },
        ),
        (
            "0_train 1_train 0_test 1_test",
            {
                "paired": {"train": {"0", "1"}, "test": {"0", "1"}},
                "outer": {"train": {"0_train", "1_train", "0_test", "1_test"}},
            },
        ),
        (
            "train_cats train_dogs train_birds test_cats test_dogs",
            {
                "paired": {"train": {"cats", "dogs", "birds"}, "test": {"cats", "dogs"}},
                "outer": {"train": {"train_cats", "train_dogs", "train_birds", "test_cats", "test_dogs"}},
            },
        ),
        (
            "cats_train dogs_train cats_test dogs_test notes",
            {
                "paired": {"train": {"cats", "dogs"}, "test": {"cats", "dogs"}},
                "merged": {"train": {"cats", "dogs", "notes"}, "test": {"cats", "dogs"}},
                "outer": {"train": {"cats_train", "dogs_train", "cats_test", "dogs_test", "notes"}},
            },
        ),
        (
            "cats_train cats_test dogs",
            {
                "merged": {"train": {"cats", "dogs"}, "test": {"cats"}},
                "outer": {"train": {"cats_train", "cats_test", "dogs"}},
            },
        ),
        (
            "tr/a tr/b te/a te/b",
            {
                "split": {"train": {"a", "b"}, "test": {"a", "b"}},
                "inner": {"train": {"a", "b"}},
                "outer": {"train": {"tr", "te"}},
            },
        ),
        (
            "tr/a tr/b val/a test/a",
            {
                "split": {"train": {"a", "b"}, "validation": {"a"}, "test": {"a"}},
                "inner": {"train": {"a", "b"}},
                "outer": {"train": {"tr", "val", "test"}},
            },
        ),
        (
            "images/a images/b masks/a masks/b",
            {
                "images": {"train": {"a", "b"}},
                "inner": {"train": {"a", "b"}},
                "outer": {"train": {"images", "masks"}},
            },
        ),
        (
            "fold1/train/a fold1/train/b fold1/val/a fold2/train/a fold2/train/b",
            {
                "inner": {"train": {"a", "b"}, "validation": {"a"}},
                "outer": {"train": {"fold1", "fold2"}, "validation": {"fold1"}},
            },
        ),
        (
            "cat/images cat/masks dog/images dog/masks",
            {"outer": {"train": {"cat", "dog"}}, "inner": {"train": {"images", "masks"}}},
        ),
    ],
    ids=[
        "partly-shared",
        "two-levels",
        "train-among-classes",
        "extra",
        "paired-names",
        "paired-letters",
        "paired-numbers",
        "paired-with-one-missing",
        "paired-with-a-folder-beside",
        "one-pair",
        "abbreviations",
        "one-abbreviation",
        "masks-beside-images",
        "folds",
        "images-and-masks",
    ],
)
def test_what_can_be_read_in_two_ways_is_asked_and_each_answer_is_followed(folders, readings):
    assert asked(folders) == readings
    for key, classes in readings.items():
        found = set(read(folders, read=key).values())
        assert found == {(split, name) for split, names in classes.items() for name in names}


def test_of_pictures_beside_their_masks_only_the_pictures_may_be_taken():
    plan = read_folders(files("images/a images/b masks/a masks/b"), "x", Answer(read="images"))
    assert (plan.place("images/a/0.png"), plan.place("masks/a/0.png")) == (("train", "a"), None)
    assert plan.notes == ('"masks" was left out.',)


def test_parts_of_numbered_classes_in_folders_stay_splits_above_their_classes():
    assert read("day1_train/a day1_train/b day1_test/a day1_test/b")["day1_test/a"] == ("test", "a")


def test_whether_a_split_has_a_partner_is_looked_up_once_for_each_name():
    class Asked(set):
        count = 0

        def __contains__(self, one):
            Asked.count += 1
            return super().__contains__(one)

        def __iter__(self):
            raise AssertionError("gone through for one name")

    known = Asked([Role("train", f"w{n}") for n in range(1000)])
    assert not _has_partner(Role("train", "w5"), known)
    assert _has_partner(Role("test", "w5"), known)
    assert Asked.count < 20


def test_a_question_counts_images_and_says_how_to_answer_without_a_button():
    question = read_folders(files("a/x a/y b/x", each=3), "Pets")
    assert question.readings[0].counts == {"train": {"a": 6, "b": 3}, "validation": {}, "test": {}}
    error = question.refusal()
    assert (error.code, error.remedy) == ("DATASET_QUESTION", "Say which with --read outer or --read inner.")
    assert "inner: The inner folders are the classes: x and y." in error.what


def test_an_answer_that_fits_no_reading_is_refused_with_those_that_do():
    with pytest.raises(UserError) as caught:
        read_folders(files("cat dog"), "x", Answer(read="sideways"))
    assert (caught.value.code, caught.value.remedy) == ("DATASET_READING", "Say outer.")


def test_any_folders_are_read_or_asked_about_and_every_file_has_one_place():
    chance = random.Random(12)
    words = ["train", "Test", "val", "cat", "dog", "a", "B", "seg_test", "x_train", "pred", "data", "images", "검증"]
    seen = {"asked": 0, "read": 0}
    for _ in range(3000):
        folders = ["/".join(chance.choices(words, k=chance.randrange(5))) for _ in range(chance.randrange(1, 12))]
        names = [f"{folder}/{n}.png".removeprefix("/") for n, folder in enumerate(folders)]
        plan = read_folders(names)
        if isinstance(plan, Question):
            assert len(plan.readings) >= 2 and len({reading.key for reading in plan.readings}) == len(plan.readings)
            assert all(len(reading.counts["train"]) >= 2 for reading in plan.readings)
            plans = [read_folders(names, "", answer) for answer in plan.answers()]
        else:
            plans = [plan]
        for one in plans:
            for name in names:
                place = one.place(name)
                assert place is None or place[0] in ("train", "validation", "test")
        seen["asked" if isinstance(plan, Question) else "read"] += 1
    assert min(seen.values()) > 100


@pytest.mark.parametrize(
    ("folders", "splits"),
    [
        ("rps/rock rps/paper rps-test-set/rock rps-test-set/paper", ["train", "train", "test", "test"]),
        ("x/rps/rock x/rps/paper x/rps-test-set/rock x/rps-test-set/paper", ["train", "train", "test", "test"]),
        ("hoh/horses hoh/humans validation-hoh/horses validation-hoh/humans", ["train", "train"] + ["validation"] * 2),
        ("p/a p/b p_val/a p_val/b p_test/a p_test/b", ["train", "train", "validation", "validation", "test", "test"]),
    ],
)
def test_a_folder_beside_its_twin_of_another_split_is_for_training(folders, splits):
    assert [place[0] for place in read(folders).values()] == splits


def test_a_class_beside_one_that_is_called_like_its_test_stays_a_class():
    assert set(read("tube tube_test flask").values()) == {("train", "tube"), ("train", "tube_test"), ("train", "flask")}
