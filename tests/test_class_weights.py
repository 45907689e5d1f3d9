"""Class weights: scikit-learn is the oracle, and the script's expression gives the same."""

import numpy as np
import pytest
from sklearn.utils.class_weight import compute_class_weight

from core.optimization.class_weights import Balanced, ClassWeight, Equal, Own, ratio
from core.problems import Context, Facts
from core.spec import kinds

COUNTS = np.array([100, 30, 7, 1])


def labels_of(counts):
    return np.repeat(np.arange(len(counts)), counts)


def test_balanced_is_what_scikit_learn_calls_balanced():
    theirs = compute_class_weight("balanced", classes=np.arange(4), y=labels_of(COUNTS))

    np.testing.assert_allclose(Balanced().weights(COUNTS), theirs, rtol=1e-6)


def test_balanced_leaves_a_class_without_pictures_out_and_the_mean_weight_is_one():
    counts = np.array([10, 0, 30])
    weights = Balanced().weights(counts)

    theirs = compute_class_weight("balanced", classes=np.array([0, 2]), y=labels_of(counts))
    np.testing.assert_allclose(weights[[0, 2]], theirs, rtol=1e-6)
    assert weights[1] == 0
    assert (weights * counts).sum() / counts.sum() == pytest.approx(1)


def test_equal_weighs_everything_once():
    np.testing.assert_array_equal(Equal().weights(COUNTS), np.ones(4, np.float32))


@pytest.mark.parametrize("rule", [Balanced(), Own(values=(1.0, 2.0, 0.5, 1000.0))])
def test_the_expression_in_the_script_gives_the_same_weights(rule):
    train = labels_of(COUNTS)
    theirs = eval(rule.source(), {"np": np, "train": train, "counts": np.bincount(train)})

    np.testing.assert_allclose([theirs[c] for c in range(4)], rule.weights(COUNTS), rtol=1e-6)


@pytest.mark.parametrize("kind", kinds(ClassWeight).values(), ids=kinds(ClassWeight))
def test_weights_are_float32_and_one_for_each_class(kind):
    rule = Own(values=(1.0,) * 4) if kind is Own else kind()

    assert rule.weights(COUNTS).dtype == np.float32
    assert rule.weights(COUNTS).shape == (4,)


def test_own_weights_must_fit_the_classes_and_not_all_be_zero():
    def said(values, classes):
        context = Context(Facts((8, 8, 1), tuple("abc"[:classes]), 9))
        return [problem.message for problem in Own(values=values).problems(context)]

    assert said((1.0, 2.0), 3) == ["class_weight: 2 weights are given for 3 classes."]
    assert "All class weights are 0" in said((0.0, 0.0), 2)[0]
    assert said((0.0, 1.0), 2) == []


def test_the_ratio_is_of_classes_that_have_pictures():
    assert ratio(COUNTS) == 100
    assert ratio(np.array([3, 0, 6])) == 2
    assert ratio(np.array([0, 0])) == 1
