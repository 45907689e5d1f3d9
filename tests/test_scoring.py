"""Figures that judge many answers at once, against scikit-learn's and SciPy's."""

import numpy as np
import pytest
from scipy.optimize import minimize_scalar
from scipy.special import log_softmax
from sklearn import metrics
from sklearn.calibration import calibration_curve

from core.lens import scoring
from core.lens.scoring import Reliability, Scores, Thresholds

CASES = [(200, 2, 2), (500, 10, 10), (60, 10, 4), (3000, 100, 100), (40, 100, 20), (12, 1, 1), (1, 3, 3), (0, 3, 3)]
"""Images, classes, and how many of these occur."""


def answers(count, classes, occurring, seed=0):
    """True classes, and answers that are right about every other time."""
    rng = np.random.default_rng([seed, count, classes])
    labels = rng.integers(0, occurring, count)
    chosen = np.where(rng.random(count) < 0.5, labels, rng.integers(0, occurring, count))
    return labels, chosen


@pytest.mark.filterwarnings("ignore:A single label")
@pytest.mark.parametrize("case", CASES)
def test_the_confusion_matrix_and_the_scores_of_each_class_are_scikit_learns(case):
    labels, chosen = answers(*case)
    counts = scoring.confusion(labels, chosen, case[1])
    found = Scores.of(counts)
    names = {"labels": range(case[1]), "zero_division": np.nan}
    if not len(labels):
        assert not counts.any() and np.isnan(found.accuracy) and np.isnan(found.macro("f1"))
        return
    precision, recall, f1, support = metrics.precision_recall_fscore_support(labels, chosen, **names)

    assert (counts == metrics.confusion_matrix(labels, chosen, labels=range(case[1]))).all()
    np.testing.assert_allclose(found.precision, precision)
    np.testing.assert_allclose(found.recall, recall)
    np.testing.assert_allclose(found.f1, f1)
    assert found.support.tolist() == support.tolist()
    assert found.accuracy == pytest.approx(metrics.accuracy_score(labels, chosen))
    for average in ("macro", "weighted"):
        expected = metrics.precision_recall_fscore_support(labels, chosen, average=average, **names)
        for name, value in zip(("precision", "recall", "f1"), expected, strict=False):
            assert getattr(found, average)(name) == pytest.approx(value)


@pytest.mark.parametrize("digits", [1, 2, 8])  # few digits: many ties
@pytest.mark.parametrize("count", [2, 30, 1000])
def test_roc_auc_and_average_precision_are_scikit_learns_with_ties(count, digits):
    rng = np.random.default_rng([count, digits])
    is_class = rng.permutation(np.arange(count) % 3 == 0)
    scores = np.round(np.clip(rng.normal(0.4 + 0.2 * is_class, 0.2), 0, 1), digits)
    found = Thresholds.of(scores, is_class)
    false, true, at = metrics.roc_curve(is_class, scores, drop_intermediate=False)

    np.testing.assert_allclose(found.roc(), (false, true))
    np.testing.assert_allclose(found.at, at)
    assert found.auc() == pytest.approx(metrics.roc_auc_score(is_class, scores))
    assert found.average_precision() == pytest.approx(metrics.average_precision_score(is_class, scores))
    precision, recall, _ = metrics.precision_recall_curve(is_class, scores)
    np.testing.assert_allclose(scoring.share(found.hits, found.hits + found.alarms)[:0:-1], precision[:-1])
    np.testing.assert_allclose(scoring.share(found.hits, found.positives)[:0:-1], recall[:-1])


@pytest.mark.parametrize("is_class", [[True, True], [False, False], []])
def test_without_images_of_the_class_or_of_others_there_is_no_area(is_class):
    found = Thresholds.of(np.linspace(0, 1, len(is_class)), np.array(is_class, bool))

    assert np.isnan(found.auc()) and found.positives + found.negatives == len(is_class)


@pytest.mark.parametrize("count", [1, 40, 5000])
def test_bins_and_the_calibration_error_are_scikit_learns_and_the_formulas(count):
    rng = np.random.default_rng(count)
    confidence = np.round(rng.uniform(0.2, 1, count), 3)
    confidence[0] = 1.0
    is_right = rng.random(count) < confidence**2
    found = Reliability.of(confidence, is_right)
    accuracy, sure = calibration_curve(is_right, confidence, n_bins=15)
    filled = found.counts > 0

    np.testing.assert_allclose(found.accuracy[filled], accuracy)
    np.testing.assert_allclose(found.confidence[filled], sure)
    by_hand = 0.0
    for low, high in zip(np.linspace(0, 1, 16), np.linspace(0, 1, 16)[1:], strict=False):
        inside = (confidence > low) & (confidence <= high)
        if inside.any():
            by_hand += inside.mean() * abs(is_right[inside].mean() - confidence[inside].mean())
    assert found.ece == pytest.approx(by_hand, abs=1e-12)


def test_without_images_a_calibration_error_is_none():
    assert np.isnan(Reliability.of(np.zeros(0), np.zeros(0, bool)).ece)


@pytest.mark.parametrize(("classes", "sharpness"), [(2, 3.0), (10, 0.4), (10, 5.0), (100, 2.0)])
def test_the_temperature_is_scipys_minimum_of_the_loss(classes, sharpness):
    rng = np.random.default_rng(classes)
    honest = rng.normal(0, 2, (400, classes))
    labels = np.array([rng.choice(classes, p=one) for one in scoring.softmax(honest)])
    logits = sharpness * honest

    def loss(log_of_it):
        return -log_softmax(logits / np.exp(log_of_it), axis=1)[np.arange(400), labels].mean()

    expected = np.exp(minimize_scalar(loss, bounds=(-3, 3), method="bounded", options={"xatol": 1e-9}).x)
    found = scoring.temperature(logits, labels)

    assert found == pytest.approx(expected, rel=1e-4) and found == pytest.approx(sharpness, rel=0.25)
    np.testing.assert_allclose(scoring.losses(logits / found, labels).mean(), loss(np.log(found)), rtol=1e-9)


def test_one_sigmoid_unit_is_two_classes_and_a_network_without_logits_is_read_by_its_probabilities():
    z = np.linspace(-4, 4, 9)[:, None]
    probabilities = np.concatenate([1 - 1 / (1 + np.exp(-z)), 1 / (1 + np.exp(-z))], axis=1)

    np.testing.assert_allclose(scoring.softmax(scoring.as_logits(z, probabilities)), probabilities)
    np.testing.assert_allclose(scoring.softmax(scoring.as_logits(None, probabilities)), probabilities)
    np.testing.assert_allclose(
        scoring.losses(scoring.as_logits(z, probabilities), np.ones(9, int)), -np.log(probabilities[:, 1])
    )


@pytest.mark.parametrize(
    ("labels", "expected"), [([], 1.0), ([0, 0, 0], scoring.COLDEST), ([1, 1, 1], scoring.HOTTEST)]
)
def test_a_network_that_is_always_right_or_always_wrong_has_a_temperature_at_an_end(labels, expected):
    logits = np.tile([[2.0, -2.0]], (len(labels), 1))

    assert scoring.temperature(logits, np.array(labels, int)) == pytest.approx(expected)
