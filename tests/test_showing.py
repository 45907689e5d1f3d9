"""Train by showing, without a page: the head against SciPy, an estimate that can't be too good, and nothing lost."""

import errno

import numpy as np
import pytest
from scipy.optimize import minimize

from core import workspace
from core.datasets.own_images import OwnImages, find_upload
from core.datasets.split import TRAIN, VALIDATION
from core.errors import UserError
from core.intake.pixels import fit_to
from core.showing import classifier, head, shown, store
from core.showing.datasets import make_dataset
from core.showing.embedding import Embedder, Features
from core.showing.shown import MAX_CLASSES, MAX_IMAGES, MAX_STEPS, Shown
from core.workspace import Workspace

CHANCE = np.random.default_rng(0)


def points(counts, dimensions=12, apart=3.0, seed=0):
    """Gaussian clouds around random centres: features and labels."""
    chance = np.random.default_rng(seed)
    labels = np.repeat(np.arange(len(counts)), counts)
    centres = chance.normal(size=(len(counts), dimensions)) * apart / np.sqrt(dimensions)
    return (centres[labels] + chance.normal(size=(len(labels), dimensions))).astype(np.float32), labels


def learnt(features, labels, presses=None):
    presses = np.arange(len(labels)) if presses is None else presses
    return head.learn(features, labels, presses, int(labels.max()) + 1)


def test_the_head_is_the_minimum_that_scipy_finds_in_the_weights_themselves():
    features, labels = points((30, 12, 20))
    count = 3
    x = (features - features.mean(0)) / features.std(0) / np.sqrt(features.shape[1])
    share = 1 / (count * np.bincount(labels)[labels])

    def objective(flat):
        weights, bias = flat[:-count].reshape(-1, count), flat[-count:]
        logits = x @ weights + bias
        of_right = logits[np.arange(len(labels)), labels]
        largest = logits.max(1)
        losses = largest + np.log(np.exp(logits - largest[:, None]).sum(1)) - of_right
        return (share * losses).sum() + head.STRENGTH / 2 * (weights**2).sum()

    found = minimize(objective, np.zeros(x.shape[1] * count + count), method="L-BFGS-B", tol=1e-12)
    ours = learnt(features, labels).head
    at = np.append(ours.weights.ravel(), ours.bias)
    wanted = found.x[:-count].reshape(-1, count)

    assert objective(at) == pytest.approx(found.fun, rel=1e-4)
    np.testing.assert_allclose(ours.probabilities(features), head.softmax(x @ wanted + found.x[-count:]), atol=0.02)


def test_the_same_images_give_the_same_head_and_a_class_counts_the_same_however_often_it_was_shown():
    features, labels = points((10, 200), apart=0.5)
    one, other = learnt(features, labels), learnt(features, labels)
    np.testing.assert_array_equal(one.head.weights, other.head.weights)
    middle = one.head.probabilities(np.stack([features[labels == k].mean(0) for k in (0, 1)]))

    assert middle[0, 0] > 0.5 and middle[1, 1] > 0.5


def test_images_of_one_press_are_asked_about_together_so_that_learning_by_heart_is_not_taken_for_skill():
    """Each press is one point seen ten times, and its class says nothing: chance is right half of the time."""
    chance = np.random.default_rng(3)
    seen = chance.normal(size=(40, 100)).astype(np.float32)
    features = np.repeat(seen, 10, 0) + chance.normal(size=(400, 100)).astype(np.float32) * 0.01
    labels, presses = np.repeat(np.arange(40) % 2, 10), np.repeat(np.arange(40), 10)

    assert learnt(features, labels, presses).right < 280
    mixed = chance.permutation(400)
    assert learnt(features[mixed], labels[mixed]).right > 390  # what an estimate that parts presses would say


def test_a_fold_holds_whole_presses_or_a_stretch_of_the_only_one_and_leaves_some_of_each_class():
    labels = np.repeat([0, 1, 2], [20, 24, 2])
    presses = np.concatenate([np.zeros(20), np.repeat(np.arange(1, 4), 8), [5, 5]]).astype(int)
    fold = head.folds(labels, presses)

    assert [len(set(fold[presses == press])) for press in (1, 2, 3)] == [1, 1, 1]
    assert (np.diff(fold[:20]) >= 0).all() and set(fold[:20]) == set(range(head.FOLDS))
    for part in np.unique(fold):
        assert set(labels[fold != part]) == {0, 1, 2}


# ---- what was shown


@pytest.fixture
def home(workspace):
    return Workspace(workspace)


def picture(colour, side=24):
    """A picture of one colour with some noise: uint8 (side, side, 3)."""
    return (CHANCE.integers(0, 60, (side, side, 3)) + np.array(colour)).astype(np.uint8)


RED, YELLOW, BLUE = (190, 0, 0), (190, 190, 0), (0, 0, 190)
MEANS = Embedder("means", 8, lambda images: images.mean((1, 2)).astype(np.float32))


def shown_two(home, red=12, yellow=12):
    """A showing of red and yellow things."""
    showing = store.begin(home)
    showing.add(1, [picture(RED) for _ in range(red)], alike=True)
    showing.add(2, [picture(YELLOW) for _ in range(yellow)], alike=False)
    return showing


def trained(showing):
    return classifier.train(showing.read(), showing, MEANS, Features())


def test_what_was_shown_is_told_apart_and_what_was_not_is_unlike_everything(home):
    found = trained(shown_two(home))
    red, yellow, blue = (found.answer(MEANS.of_pictures([picture(one)])) for one in (RED, YELLOW, BLUE))

    assert red.shares[0] > 0.8 and yellow.shares[1] > 0.8
    assert (red.is_unlike, yellow.is_unlike, blue.is_unlike) == (False, False, True)
    assert red.nearest in found.classes[0].images and yellow.nearest in found.classes[1].images
    assert found.estimate() == (
        "24 of 24 pictures right, each asked of a classifier that never saw it. "
        "Class 1 was shown in one go, so this may be too good: show from another side too."
    )


def test_files_that_were_added_twice_are_asked_of_a_classifier_that_never_saw_them(home):
    few = Embedder("pixels", 24, lambda images: images.reshape(len(images), -1).astype(np.float32))
    showing, nothing_in_common = store.begin(home), [[picture(RED) for _ in range(20)] for _ in range(2)]
    for class_id in (1, 2) * 2:
        showing.add(class_id, nothing_in_common[class_id - 1], alike=False)
    found = classifier.train(showing.read(), showing, few, Features())
    apart = found.learnt.asked.argmax(1) == found.learnt.labels

    assert len(apart) == 80 and apart.mean() < 0.75, "noise can only be known by heart"
    assert [len(set(shown.presses_of(one.images))) for one in found.classes] == [20, 20]


def test_an_image_is_embedded_once_whatever_it_is_called_and_however_often_it_is_asked_for(home):
    asked = []
    embedder = Embedder("means", 8, lambda images: asked.append(len(images)) or MEANS.embed(images))
    showing, features, same = shown_two(home, 3, 2), Features(), picture(BLUE)
    classifier.train(showing.read(), showing, embedder, features)
    showing.add(1, [same], alike=False)
    showing.add(2, [same], alike=False)
    classifier.train(showing.read(), showing, embedder, features)

    assert asked == [5, 1]


def test_too_little_and_the_same_picture_in_two_classes_are_said_with_a_way_on(home):
    showing = store.begin(home)
    assert classifier.missing(showing.read()) == []
    showing.add(1, [picture(RED) for _ in range(12)], alike=True)
    assert classifier.missing(showing.read()) == ["Class 1 alone can't be told from anything: show a second class."]
    same = picture(BLUE)
    showing.add(2, [same], alike=True)
    assert classifier.missing(showing.read()) == ["Class 2 has one picture and is left out: show one more at least."]
    assert classifier.learnable(showing.read()) == ()
    showing.add(1, [same], alike=True)
    showing.add(2, [same], alike=True)
    assert classifier.missing(showing.read()) == [
        "1 picture is in Class 1 and in Class 2: nothing can tell them apart. Remove them from one of the two.",
        "Class 2 has few pictures: from about 20 on, from several sides, it gets surer.",
    ]
    assert trained(showing).learnt.right >= 10


def test_two_classes_of_identical_images_give_even_odds_and_no_picture_right_for_sure(home):
    showing, pictures = store.begin(home), [picture(RED) for _ in range(6)]
    for class_id in (1, 2):
        showing.add(class_id, pictures, alike=False)

    np.testing.assert_allclose(trained(showing).answer(MEANS.of_pictures(pictures[:1])).shares, 0.5, atol=1e-3)


def test_every_change_can_be_taken_back_and_done_again_and_survives_a_restart(home):
    showing = shown_two(home, 3, 2)
    first = showing.read().classes[0].images[0]
    steps = [
        lambda shown: shown.named(1, "  Cup\n one "),
        lambda shown: shown.named(2, "cup ONE"),
        lambda shown: shown.without_images([first]),
        Shown.with_class,
        lambda shown: shown.without_class(2),
        lambda shown: shown.painted(3),
        lambda shown: shown.moved(shown.classes[0].images[:1], 3),
        lambda shown: shown.moved(shown.classes[0].images, None),
        lambda shown: shown.merged(4, 3),
    ]
    states = [showing.read().classes]
    for step in steps:
        showing.change(step)
        states.append(store.Showing(home, showing.id).read().classes)
    assert [one.name for one in states[2]] == ["Cup one", "cup ONE (2)"]
    assert [one.name for one in states[5]] == ["Cup one", "Class 3"]
    for state in reversed(states[:-1]):
        assert showing.change(Shown.undone).classes == state
    assert showing.pixels(first).shape == (24, 24, 3)  # it was removed, and its way back was open
    for state in states[1:]:
        assert showing.change(Shown.redone).classes == state


def test_classes_are_split_and_merged_without_losing_a_picture_and_each_keeps_its_colour(home):
    shown = shown_two(home, 4, 3).read()
    red, yellow = (one.images for one in shown.classes)
    split = shown.moved([red[1], red[3], "gone"], None)
    assert [one.images for one in split.classes] == [(red[0], red[2]), yellow, (red[1], red[3])]
    assert (split.classes[2].name, split.back[-1].words) == ("Class 3", "the move of 2 pictures to Class 3")
    merged = split.merged(1, 2)
    assert [(one.id, one.images) for one in merged.classes] == [(2, (*yellow, red[0], red[2])), (3, (red[1], red[3]))]
    assert merged.moved(["gone"], None) == merged.merged(2, 2) == merged
    assert merged.moved([red[1]], 3) == merged, "it is there"
    assert merged.with_class().classes[-1].id == 4, "no class has the number of one that went"

    colours = [one.painted for one in split.classes]
    assert len(set(colours)) == 3 and [one.painted for one in merged.classes] == colours[1:]
    painted = split.painted(2)
    assert painted.classes[1].painted not in colours and painted.undone().classes == split.classes
    gone = split.without_images([red[0], red[1]])
    assert [len(one.images) for one in gone.classes] == [1, 3, 1] and gone.undone().classes == split.classes


def test_images_go_from_the_disk_when_no_state_that_can_be_had_back_holds_them(home):
    showing = shown_two(home, 3, 2)
    gone = showing.read().classes[0].images[0]
    showing.change(lambda shown: shown.without_images([gone]))
    for turn in range(MAX_STEPS):
        assert (showing.path / store.IMAGES / gone).exists() == (turn < MAX_STEPS), turn
        showing.change(lambda shown, turn=turn: shown.named(1, f"name {turn}"))

    assert not (showing.path / store.IMAGES / gone).exists()
    assert len(list((showing.path / store.IMAGES).iterdir())) == 4


def test_a_full_disk_at_any_operation_leaves_what_was_shown_before_or_after(home, monkeypatch):
    showing, pictures = shown_two(home, 2, 2), [picture(BLUE) for _ in range(2)]
    at, done = 0, False
    while not done:
        left, before = at, showing.read()

        def fails(name, path, half):
            nonlocal left
            left -= 1
            if left < 0:
                half()
                raise OSError(errno.ENOSPC, "full")

        monkeypatch.setattr(workspace, "before_operation", fails)
        try:
            showing.add(1, pictures, alike=True)
            done = True
        except UserError as error:
            assert error.code == "DISK_FULL"
        monkeypatch.setattr(workspace, "before_operation", lambda name, path, half: None)
        now = showing.read()
        assert now.count - before.count in (0, 2)
        assert all(showing.pixels(image).size for image in now.files())
        at += 1
    assert at > 6


def test_limits_and_what_is_gone_are_said_in_one_sentence_each(home, monkeypatch):
    showing = shown_two(home, 2, 2)
    refused = {
        "SHOWN_NO_CLASS": lambda: showing.add(9, [picture(RED)], alike=True),
        "SHOWN_TOO_MANY": lambda: showing.add(1, [picture(RED, 1)] * (MAX_IMAGES - 3), alike=True),
        "SHOWN_NOT_FOUND": lambda: store.Showing(home, "../x").read(),
        "SHOWN_PICTURE_GONE": lambda: showing.pixels("000001-000-" + "0" * 32 + ".png"),
        "SHOWN_TOO_FEW": lambda: make_dataset(store.begin(home)),
    }
    for code, act in refused.items():
        with pytest.raises(UserError) as caught:
            act()
        assert caught.value.code == code
    for _ in range(MAX_CLASSES - 2):
        showing.change(Shown.with_class)
    with pytest.raises(UserError) as caught:
        showing.change(Shown.with_class)
    assert caught.value.code == "SHOWN_TOO_MANY_CLASSES"
    for damaged in (b"{}x", b'{"title": 7}', b"[" * 100_000, b'{"classes": [{"id": 1, "name": "a\\u202e"}]}'):
        workspace.write_bytes(showing.path / store.TABLE, damaged)
        with pytest.raises(UserError) as caught:
            showing.read()
        assert caught.value.code == "SHOWN_NOT_FOUND"
    assert store.showings(home) == []
    store.delete(showing)
    store.delete(showing)


def test_a_dataset_has_the_same_pixels_the_names_as_typed_and_whole_presses_held_out(home):
    showing = store.begin(home)
    for press in range(4):
        showing.add(1, [picture(RED) for _ in range(3 + press)], alike=True)
    showing.add(2, [picture(YELLOW) for _ in range(10)], alike=False)
    showing.change(lambda shown: shown.named(1, ".train/C++"))
    showing.change(lambda shown: shown.named(2, "Test"))
    showing.change(Shown.with_class)
    showing.add(3, [picture(BLUE)], alike=True)  # alone it makes no class
    made, shown = make_dataset(showing), showing.read()
    upload = find_upload(made.id)
    images, labels, split = OwnImages(images_id=made.id, image_size=24).generate(lambda done, total: None)

    assert (upload.class_names, upload.title, made.skipped) == ((".train/C++", "Test"), "My things", ())
    held_out = {one: [(split[labels == label] == VALIDATION).sum()] for label, one in enumerate(upload.class_names)}
    assert held_out == {".train/C++": [6], "Test": [2]}
    assert set(split.tolist()) == {TRAIN, VALIDATION}
    wanted = {fit_to(showing.pixels(image), 24, 24, 3).tobytes() for one in shown.classes[:2] for image in one.images}
    assert {image.tobytes() for image in images} == wanted
    assert make_dataset(showing).id == made.id
    showing.change(Shown.undone)
    assert [one.title for _, one in store.showings(home)] == ["My things"]
