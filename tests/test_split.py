"""How the images of a dataset are dealt out to training, validation and test."""

import numpy as np
import pytest

from core.datasets import TEST, TRAIN, stratified_split


@pytest.mark.parametrize("share", [0.05, 0.2, 0.5, 0.9])
@pytest.mark.parametrize("seed", [0, 7])
def test_the_split_deals_every_picture_once_and_every_class_alike(share, seed):
    rng = np.random.default_rng(seed)
    labels = np.sort(rng.choice(5, 600, p=[0.5, 0.25, 0.15, 0.07, 0.03]))
    split = np.where(rng.random(600) < 0.1, TEST, TRAIN).astype(np.int8)
    train, validation, test = stratified_split(labels, split, share, seed)

    assert np.array_equal(np.sort(np.concatenate([train, validation, test])), np.arange(600))
    assert np.array_equal(test, np.flatnonzero(split == TEST))
    for label in range(5):
        ours = np.sum(labels[train] == label) + np.sum(labels[validation] == label)
        assert np.sum(labels[validation] == label) == max(1, round(share * ours))
    assert all(np.all(np.diff(part) > 0) for part in (train, validation, test))


def test_the_split_follows_its_seed():
    labels, split = np.arange(200) % 4, np.zeros(200, np.int8)
    one, again, other = (stratified_split(labels, split, 0.3, seed)[1] for seed in (1, 1, 2))

    assert np.array_equal(one, again)
    assert not np.array_equal(one, other)


def test_own_validation_wins_over_the_share_and_test_stands_in_for_a_share_of_none():
    labels = np.arange(12) % 2
    own = np.array([0] * 8 + [1] * 4, np.int8)
    assert stratified_split(labels, own, 0.5, 0)[1].tolist() == [8, 9, 10, 11]

    with_test = np.array([0] * 8 + [2] * 4, np.int8)
    train, validation, test = stratified_split(labels, with_test, 0.0, 0)
    assert train.tolist() == list(range(8)) and validation.tolist() == test.tolist() == [8, 9, 10, 11]

    nothing = stratified_split(labels, np.zeros(12, np.int8), 0.0, 0)
    assert (len(nothing[0]), len(nothing[1]), len(nothing[2])) == (12, 0, 0)


def test_a_class_of_one_picture_stays_in_training():
    train, validation, _ = stratified_split(np.array([0, 0, 0, 0, 1]), np.zeros(5, np.int8), 0.5, 0)

    assert 4 in train and 4 not in validation
