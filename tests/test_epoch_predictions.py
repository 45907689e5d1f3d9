"""What is stored of every epoch's answers: what was put in comes out, and damage costs its own epoch only."""

import random

import numpy as np
import pytest

from core.runs import doctor, epoch_predictions, layout
from core.runs.epoch_predictions import BUDGET, HEAD, Images, read
from core.runs.recorder import CheckpointData, Recorder
from core.workspace import current
from tests.saved import here


def answers(seed, images=6, classes=3):
    return np.random.default_rng(seed).dirichlet(np.ones(classes), images).astype(np.float32)


IMAGES = Images(np.array([2, 3, 5, 7, 11, 13]), np.array([0, 1, 2, 0, 1, 2]), 3)


def file(epochs=3):
    return IMAGES.to_bytes() + b"".join(IMAGES.record(epoch, answers(epoch)) for epoch in range(1, epochs + 1))


@pytest.mark.parametrize("classes", [2, 3, 256, 1000])
def test_what_was_answered_comes_back_with_probabilities_to_half_a_step(classes):
    images = Images(np.arange(5, 45), np.arange(40) % classes, classes)
    told = [answers(seed, 40, classes) for seed in (1, 2)]
    found = read(images.to_bytes() + b"".join(images.record(e, rows) for e, rows in enumerate(told, 1)))

    assert found.epochs.tolist() == [1, 2]
    np.testing.assert_array_equal(found.predicted, [rows.argmax(1) for rows in told])
    np.testing.assert_allclose(found.confidence / 255, [rows.max(1) for rows in told], atol=0.501 / 255)
    truth = [rows[range(40), images.labels] for rows in told]
    np.testing.assert_allclose(found.of_truth / 255, truth, atol=0.501 / 255)
    np.testing.assert_array_equal(found.right, [rows.argmax(1) == images.labels for rows in told])


def test_one_sigmoid_unit_answers_for_the_second_of_two_classes():
    images = Images(np.arange(3), np.array([0, 1, 1]), 2)
    found = read(images.to_bytes() + images.record(1, np.array([[0.2], [0.9], [np.nan]], np.float32)))

    assert found.predicted.tolist() == [[0, 1, 0]]
    assert found.of_truth.tolist() == [[204, 230, 0]]


def test_an_answer_that_is_no_number_is_no_answer_and_its_epoch_is_lost():
    diverged = answers(2)
    diverged[0] = np.nan  # of an image of the first class, for which it would be taken
    sure = np.eye(1000, dtype=np.float32)[:6] * 0.001 + 0.001  # of so many classes the likeliest is near nothing
    found = read(IMAGES.to_bytes() + IMAGES.record(1, answers(1)) + IMAGES.record(2, diverged))
    wide = Images(IMAGES.positions, IMAGES.labels, 1000)

    assert found.lost.tolist() == [False, True]
    assert not found.right[1, 0] and found.of_truth[1, 0] == 0
    assert not read(wide.to_bytes() + wide.record(1, sure)).lost[0]


def test_a_damaged_record_costs_its_own_epoch_and_a_torn_end_nothing():
    data = bytearray(file())
    start = len(IMAGES.to_bytes())
    data[start + IMAGES.record_bytes + HEAD.size] ^= 1
    found = read(bytes(data) + b"half")

    assert (found.epochs.tolist(), found.damaged, found.torn) == ([1, 3], 1, 4)
    assert read(found.to_bytes()).epochs.tolist() == [1, 3]


@pytest.mark.parametrize("seed", range(40))
def test_any_bytes_are_read_or_said_to_be_no_predictions(seed):
    draw, data = random.Random(seed), bytearray(file())
    for _ in range(draw.randint(1, 4)):
        data[draw.randrange(len(data))] = draw.randrange(256)
    found = read(bytes(data[: draw.choice([len(data), draw.randrange(len(data))])]))

    assert found is None or set(found.epochs.tolist()) <= {1, 2, 3}
    assert found is None or found.images.positions.tolist() == IMAGES.positions.tolist()


def test_of_more_images_than_the_budget_holds_evenly_spread_ones_are_told():
    many = Images(np.arange(0, 200_000, 2), np.zeros(100_000, np.int64), 10)
    kept = many.within(1_000)

    assert kept.record_bytes * 1_000 <= BUDGET * 1.001
    assert len(kept) > 10_000
    assert len(set(np.diff(kept.positions))) == 1
    assert len(many.within(100)) == 100_000


@pytest.fixture
def run(small):
    return here().create(small)


def tell(run, epochs, offered=IMAGES, keep=()):
    """Tells of some epochs as the training does; a checkpoint after those that are named."""
    with Recorder(run) as record:
        record.resume_point()
        record.status(epochs=10)
        for epoch in epochs:
            record.append("epoch", epoch=epoch, step=epoch, loss=1.0, accuracy=0.5, val_loss=1.0, val_accuracy=0.5)
            record.predictions(epoch, offered, answers(epoch, len(offered)))
            if epoch in keep:
                weights = [("dense/kernel", np.zeros(2, np.float32))]
                record.checkpoint(CheckpointData(epoch, 0, epoch, weights, [], {}))


def test_who_goes_on_from_a_checkpoint_tells_the_epochs_after_it_anew(run):
    tell(run, (1, 2, 3), keep=(1, 2))
    file, before = run.path / layout.PREDICTIONS, (run.path / layout.PREDICTIONS).read_bytes()
    file.write_bytes(before + b"half")
    tell(run, (3, 4))

    assert file.read_bytes()[: len(before)] == before
    assert epoch_predictions.of_run(run.path).epochs.tolist() == [1, 2, 3, 4]


def test_of_images_that_were_dealt_otherwise_nothing_is_mixed_in(run):
    tell(run, (1,), keep=(1,))
    before = (run.path / layout.PREDICTIONS).read_bytes()
    tell(run, (2,), Images(IMAGES.positions + 1, IMAGES.labels, 3))
    assert (run.path / layout.PREDICTIONS).read_bytes() == before

    tell(run, (2,), Images(np.arange(20), np.isin(np.arange(20), [3, 11]) + 2 * np.isin(np.arange(20), [5, 13]), 3))
    found = epoch_predictions.of_run(run.path)  # more images than before: of those the same ones are told

    assert found.epochs.tolist() == [1, 2]
    np.testing.assert_array_equal(found.predicted[1], answers(2, 20).argmax(1)[IMAGES.positions])


def test_the_doctor_moves_aside_what_is_damaged_and_cuts_a_torn_end(run):
    tell(run, (1, 2), keep=(2,))
    file = run.path / layout.PREDICTIONS
    whole = file.read_bytes()

    def mended():
        found = [one for one in doctor.examine(current()) if "predictions" in one.what]
        assert [one.severity for one in found] == ["warning"]
        doctor.repair(current(), found)
        return [one for one in doctor.examine(current()) if "predictions" in one.what]

    file.write_bytes(whole + b"half")
    assert mended() == []
    assert file.read_bytes() == whole
    file.write_bytes(b"noise" * 9)
    assert mended() == []
    assert not file.exists()
