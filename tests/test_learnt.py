"""What became of each image from epoch to epoch, and of images by what they are like: against plain loops and SciPy."""

from types import SimpleNamespace

import numpy as np
import pytest
from scipy.stats import binomtest, chi2
from streamlit.testing.v1 import AppTest

from core import child, datasets
from core.datasets.browsing import view as seen_of
from core.errors import UserError
from core.lens import by_property
from core.lens.by_property import AccuracyByProperty, brightness, by_chance, wilson
from core.lens.learnt import STORIES, Learnt, LearntAndForgotten, are_the_same
from core.lens.of_set import Answered
from core.lens.outline import Outline
from core.lens.said import Said
from core.runs import layout, states
from core.runs.epoch_predictions import Images
from core.runs.recorder import CheckpointData, Recorder
from pages.components.understand import chosen_images
from pages.components.understand import learnt as view
from pages.components.understand.looking import Looking
from tests.saved import here

RIGHT = np.random.default_rng(3).random((9, 200)) < np.linspace(0, 1, 200)
EPOCHS = np.array([1, 2, 3, 5, 6, 7, 8, 9, 10])
"""That of epoch 4 could not be read."""


def learnt(right, epochs=None):
    images = right.shape[1]
    return Learnt(
        np.arange(images) * 2, np.zeros(images, int), np.arange(1, len(right) + 1) if epochs is None else epochs, right
    )


def told_by_hand(rights):
    """Forgettings, the first right epoch and the story of one image."""
    forgettings = sum(before and not now for before, now in zip(rights, rights[1:], strict=False))
    first = next((epoch for epoch, right in zip(EPOCHS, rights, strict=True) if right), 0)
    if all(rights):
        return forgettings, first, STORIES[0]
    if not any(rights):
        return forgettings, first, STORIES[4]
    if not forgettings:
        return forgettings, first, STORIES[1]
    return forgettings, first, STORIES[2 if rights[-1] else 3]


def test_every_image_is_learnt_and_forgotten_when_a_plain_loop_says_so():
    found = learnt(RIGHT, EPOCHS)
    expected = [told_by_hand(rights) for rights in RIGHT.T.tolist()]

    assert list(zip(found.forgettings, found.first, [STORIES[i] for i in found.story], strict=True)) == expected
    assert {story for *_, story in expected} == set(STORIES)
    assert found.forgotten.sum() == found.forgettings.sum()
    assert (found.learnt.sum(0) - found.forgettings == RIGHT[-1]).all()
    for epoch in range(len(EPOCHS)):
        assert found.always_right()[epoch] == sum(all(rights[: epoch + 1]) for rights in RIGHT.T.tolist())
        assert found.never_right()[epoch] == sum(not any(rights[: epoch + 1]) for rights in RIGHT.T.tolist())


@pytest.mark.parametrize(
    ("rights", "words"),
    [
        ("1111", "right after every epoch"),
        ("0000", "never right"),
        ("0011", "learnt at epoch 3"),
        ("0010", "learnt at epoch 3, forgotten at 4"),
        ("1011", "learnt at epoch 1, forgotten at 2, learnt again at 3"),
        ("0101010", "learnt at epoch 2, forgotten 3 times, wrong since 7"),
    ],
)
def test_the_story_of_an_image_is_told_in_words(rights, words):
    assert learnt(np.array([[right == "1"] for right in rights])).sentence(0) == words


def test_a_run_from_before_says_that_nothing_is_kept_and_what_to_do(small):
    run = here().create(small)
    with pytest.raises(UserError, match="Train its experiment again") as caught:
        LearntAndForgotten().read(run, Outline.of(small))

    assert caught.value.code == "NO_EPOCHS"


def test_images_that_are_dealt_otherwise_by_now_are_told_apart():
    found = learnt(RIGHT)

    assert are_the_same(found, np.arange(500), np.zeros(500, int), 10)
    assert not are_the_same(found, np.arange(500) + 1, np.zeros(500, int), 10)
    assert not are_the_same(found, np.arange(500), np.arange(500) % 2 + 1, 10)


@pytest.fixture
def told(small):
    """A run as it is after three epochs whose answers are made up: 0 and 1 forgotten once, 2 never right."""
    run, data = here().create(small), datasets.load(small.dataset, small.training.validation_split, small.seed)
    labels = data.labels[data.validation]
    with Recorder(run) as record:
        for epoch in (1, 2, 3):
            answers = np.eye(10, dtype=np.float32)[labels]
            wrong = [2] if epoch == 1 else [0, 1, 2] if epoch == 2 else [1, 2]
            answers[wrong] = np.roll(answers[wrong], 1, 1)
            record.append("epoch", epoch=epoch, step=epoch, loss=1.0, accuracy=0.5, val_loss=1.0, val_accuracy=0.5)
            record.predictions(epoch, Images(data.validation, labels, 10), answers)
            record.checkpoint(CheckpointData(epoch, 0, epoch, [("dense/kernel", np.zeros(2, np.float32))], [], {}))
        record.status(state=states.FINISHED, epoch=3, epochs=3, best_epoch=3)
    return run, data.validation


def test_what_is_opened_has_the_images_of_its_bar(told):
    run, positions = told
    found = LearntAndForgotten().read(run, Outline.of(run.experiment))

    def opened(key):
        members = view._members(found, key)
        return members and (members[0].tolist(), members[1])

    assert opened("down:2") == (positions[:2].tolist(), "Forgotten at epoch 2")
    assert opened("up:3") == ([positions[0]], "Learnt at epoch 3")
    assert opened("story:2") == ([positions[0]], "Forgotten, and learnt again")
    assert opened("story:3") == ([positions[1]], "Forgotten in the end")
    assert opened("story:4") == ([positions[2]], "Never right")
    assert opened("times:1") == (positions[:2].tolist(), "Forgotten once")
    for key in ("down:4", "story:9", "times:7", "up:x", "nothing", "", "up:²"):
        assert opened(key) is None


def test_an_opened_image_tells_when_it_was_learnt_and_forgotten(told, monkeypatch):
    run, positions = told
    found = LearntAndForgotten().read(run, Outline.of(run.experiment))
    shown: list = []
    monkeypatch.setattr(chosen_images, "_component", lambda **fields: shown.append(fields["data"]))
    notes = view._notes(found, positions[:3])
    assert notes == {
        int(positions[0]): "Learnt at epoch 1, forgotten at 2, learnt again at 3.",
        int(positions[1]): "Learnt at epoch 1, forgotten at 2.",
        int(positions[2]): "Never right.",
    }

    seen = seen_of(run.experiment.dataset, run.experiment.training.validation_split, run.experiment.seed)
    said = Said.of(positions[:4], np.zeros(4, np.int64), np.eye(10, dtype=np.float32)[:4])
    chosen_images._draw(Looking.at(run, 3, None), seen, said, 1, False, notes)
    assert [item["said"]["note"] for item in shown[0]["items"]] == [*notes.values(), ""]


def test_the_page_draws_it_without_keras(told, monkeypatch):
    def refuse(*question, **fields):
        raise AssertionError("Keras was asked")

    monkeypatch.setattr("pages.components.frame.lens.ask", refuse)
    monkeypatch.setattr("pages.components.frame.lens.client", lambda: SimpleNamespace(is_warm=lambda: True))
    monkeypatch.setattr("pages.components.understand.look_with.of_set", lambda run, outline: LearntAndForgotten())
    app = AppTest.from_file(child.ROOT / "streamlit_app.py", default_timeout=60).run()
    app.switch_page("pages/4_Understand/4_Mistakes.py").run()

    assert not app.exception and not app.error
    assert any("After 3 epochs, **2** of" in one.value for one in app.main.markdown)
    assert "openable" in {one.proto.component_name.split(".")[-1] for one in app.get("bidi_component")}


def test_epochs_after_which_the_network_had_diverged_are_not_counted_and_said(told):
    run, positions = told
    lost = np.full((len(positions), 10), np.nan, np.float32)
    images = Images(positions, LearntAndForgotten().read(run, Outline.of(run.experiment)).labels, 10)
    with Recorder(run) as record:
        record.predictions(4, images, lost)
    found = LearntAndForgotten().read(run, Outline.of(run.experiment))

    assert (found.epochs.tolist(), found.lost) == ([1, 2, 3], (4,))
    assert view._lost(found).startswith("After epoch 4 the network's answers are no numbers: it had diverged.")
    (run.path / layout.PREDICTIONS).write_bytes(images.to_bytes() + images.record(1, lost))
    with pytest.raises(UserError, match="no numbers any more"):
        LearntAndForgotten().read(run, Outline.of(run.experiment))


# ---- by what images are like


def test_intervals_are_those_of_wilson_in_scipy():
    right, of = np.array([0, 3, 50, 99, 100, 1]), np.array([7, 10, 60, 100, 100, 2])
    low, high = wilson(right, of)
    expected = [binomtest(int(k), int(n)).proportion_ci(method="wilson") for k, n in zip(right, of, strict=True)]

    np.testing.assert_allclose(low, [one.low for one in expected], atol=1e-6)
    np.testing.assert_allclose(high, [one.high for one in expected], atol=1e-6)
    assert [float(end) for ends in wilson(np.array([0]), np.array([0])) for end in ends] == [0, 1]


def test_a_difference_is_larger_than_chance_where_the_chi_square_test_says_so():
    right, of = np.array([80, 95, 90]), np.array([100, 100, 100])
    share = right.sum() / of.sum()
    statistic = ((right - of * share) ** 2 / (of * share * (1 - share))).sum()

    assert by_chance(right, of) == pytest.approx(chi2.sf(statistic, 2))
    assert by_chance(np.array([10, 10]), np.array([10, 10])) == 1.0  # all right
    assert by_chance(np.array([0, 1]), np.array([1, 1])) == 1.0  # too few to be judged
    rng = np.random.default_rng(0)
    chances = [by_chance(rng.binomial(200, 0.85, 5), np.full(5, 200)) for _ in range(400)]
    assert np.mean(np.array(chances) < 0.01) < 0.03


def test_brightness_and_contrast_are_mean_and_standard_deviation():
    images = np.random.default_rng(0).integers(0, 256, (5, 6, 7, 3), np.uint8)
    means, contrasts = brightness(images)
    grey = images.mean(-1) / 255

    np.testing.assert_allclose(means, grey.mean((1, 2)), rtol=1e-5)
    np.testing.assert_allclose(contrasts, grey.std((1, 2)), rtol=1e-5)


def test_dark_images_that_are_answered_worse_are_said_to_be(small):
    data = datasets.load(small.dataset, small.training.validation_split, small.seed)
    positions, labels = data.validation, data.labels[data.validation]
    means, _ = brightness(np.array(data.images[positions]))
    is_dark = means < np.quantile(means, 0.2)
    answers = np.eye(10, dtype=np.float32)[np.where(is_dark, (labels + 1) % 10, labels)]
    network = SimpleNamespace(experiment=small, kept={"validation": Answered(positions, labels, None, answers)})
    found = AccuracyByProperty().look(network, np.zeros((0, 8, 8, 1), np.uint8))
    place = found.names.index("brightness")

    assert found.names == ("brightness", "contrast", "class")  # all came in one size
    assert found.said[place].startswith("By brightness it differs by more than chance: right 0 % of the time for")
    assert found.right[place].tolist()[1:] == found.counts(place).tolist()[1:]
    assert found.right[place][0] <= 1
    assert found.counts(place).sum() == len(positions) and abs(found.counts(place) - len(positions) / 5).max() <= 3
    assert sorted(np.concatenate(found.members[place])) == positions.tolist()
    assert found.groups[2] == data.class_names
    assert found.counts(2).tolist() == np.bincount(labels).tolist()


def test_wrong_images_stand_first_and_equal_ones_stay_together():
    values = np.array([1.0] * 50 + [2.0] * 3 + [3.0] * 47)
    groups = by_property._quantiles(values, lambda value: f"{value:g}")

    assert [(name, int(members.sum())) for name, members in groups] == [("1", 50), ("2 to 3", 50)]
    _, _, members, hits, _ = by_property._grouped("size", groups, np.arange(100), np.arange(100) % 2 == 0)
    assert all((np.diff(one % 2) <= 0).all() for one in members)
    assert hits.sum() == 50
