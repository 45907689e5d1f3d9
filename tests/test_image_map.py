"""The map of the images: PCA against scikit-learn, the axes of the newest epoch, t-SNE that is always the same."""

import numpy as np
import pytest
from sklearn.decomposition import PCA
from sklearn.manifold import trustworthiness

from core import datasets
from core.build.model import build_model
from core.errors import UserError
from core.layers.reshaping import Flatten
from core.lens.image_map import LAST, Axes, ImageMap, spread, tsne
from core.lens.network import open_network
from core.lens.outline import Outline
from core.lens.progress import heard_by
from core.runs import states
from core.runs.recorder import Recorder
from tests.saved import here, save_weights

NONE = np.zeros((0, 8, 8, 1), np.uint8)


def up_to_sign(ours, theirs):
    return ours * np.sign((ours * theirs).sum(0))


@pytest.mark.parametrize("shape", [(300, 40), (30, 200), (50, 50)])
def test_pca_is_that_of_scikit_learn_up_to_sign(shape):
    rng = np.random.default_rng(0)
    found = (rng.normal(size=shape) @ np.diag(np.linspace(3, 0.1, shape[1])) + 5).astype(np.float32)
    theirs = PCA(2, svd_solver="full").fit(found)
    axes = Axes.of(found)

    np.testing.assert_allclose(axes.shares, theirs.explained_variance_ratio_, rtol=1e-4)
    np.testing.assert_allclose(up_to_sign(axes.directions, theirs.components_.T), theirs.components_.T, atol=1e-3)
    expected = theirs.transform(found)
    np.testing.assert_allclose(up_to_sign(axes.project(found), expected), expected, atol=0.02)
    np.testing.assert_array_equal(Axes.of(found).directions, axes.directions)
    assert (axes.directions[np.abs(axes.directions).argmax(0), [0, 1]] > 0).all()


def test_features_without_a_second_direction_lie_on_a_line():
    found = np.linspace(0, 1, 9, dtype=np.float32)[:, None]

    np.testing.assert_allclose(Axes.of(found).project(found)[:, 1], 0)
    assert np.isfinite(Axes.of(np.zeros((6, 4), np.float32)).project(np.zeros((6, 4), np.float32))).all()


@pytest.fixture
def run(small):
    """A run of two epochs with different weights."""
    created = here().create(small)
    model = build_model(small, small.dataset.facts())
    with Recorder(created) as record:
        for epoch in (1, 2):
            save_weights(record, epoch, model, lambda array, epoch=epoch: array * (1 if epoch == 2 else 0.5))
        record.status(state=states.FINISHED, epoch=2, epochs=2, best_epoch=1)
    return created


def flat(model, images):
    """What the last Dense layer of the small network reads."""
    import keras

    inner = keras.Model(model.inputs, model.get_layer("flatten_1").output)
    return inner.predict(np.array(images, np.float32), verbose=0)


def test_other_epochs_lie_on_the_axes_of_the_newest(small, run):
    data = datasets.load(small.dataset, small.training.validation_split, small.seed)
    images = data.images[data.validation]
    early, late = open_network(run, 1), open_network(run, 2)
    newest = PCA(2, svd_solver="full").fit(flat(late.model, images))
    expected = [newest.transform(flat(one.model, images)) for one in (early, late)]
    ours = [ImageMap().look(one, NONE) for one in (early, late)]

    signs = np.sign((ours[1].places * expected[1]).sum(0))
    for found, places in zip(ours, expected, strict=True):
        np.testing.assert_allclose(found.places * signs, places, atol=2e-3 * np.abs(places).max())
        np.testing.assert_array_equal(found.positions, data.validation)
        np.testing.assert_array_equal(found.labels, data.labels[data.validation])
    answers = late.model.predict(np.array(images, np.float32), verbose=0)
    np.testing.assert_array_equal(ours[1].chosen, answers.argmax(1))
    np.testing.assert_allclose(ours[1].confidence, answers.max(1), atol=1e-5)


def test_any_layer_is_laid_out_and_a_network_without_features_by_its_images(small, run):
    found = ImageMap(layer="conv2d_1").look(open_network(run, 2), NONE)
    offered = ImageMap.choices(Outline.of(small))["layer"]

    assert found.layer == "conv2d_1" and found.places.std() > 0
    assert offered[0] == LAST and "conv2d_1" in offered
    plain = small.edited(layers=(Flatten(),))
    other = here().create(plain)
    with Recorder(other) as record:
        save_weights(record, 1, build_model(plain, plain.dataset.facts()))
        record.status(state=states.FINISHED, epoch=1, epochs=1)
    assert ImageMap().look(open_network(other, 1), NONE).layer == "flatten_1"


def test_a_set_of_hardly_any_images_says_what_it_needs(run):
    with pytest.raises(UserError, match="needs 5 images") as caught:
        ImageMap(part="test").look(open_network(run, 2), NONE)

    assert caught.value.code == "LENS_TOO_FEW"


def test_of_many_images_evenly_spread_ones_are_laid_out():
    assert spread(np.arange(5), 10).tolist() == [0, 1, 2, 3, 4]
    assert np.diff(spread(np.arange(30_000), 10_000)).max() <= 4
    assert len(set(spread(np.arange(30_000), 10_000).tolist())) == 10_000


def test_tsne_keeps_neighbours_is_always_the_same_and_tells_how_far_it_is():
    rng = np.random.default_rng(1)
    found = np.concatenate([rng.normal(centre, 0.3, (20, 60)) for centre in (0, 2, 4)]).astype(np.float32)
    start, told = Axes.of(found).project(found), []
    with heard_by(lambda done, total: told.append((done, total))):
        places = tsne(found, start)

    np.testing.assert_array_equal(tsne(found, start), places)
    assert trustworthiness(found, places, n_neighbors=5) > 0.85
    assert len(told) >= 5 and told[-1][1] == 1_000
    assert [done for done, _ in told] == sorted(done for done, _ in told)
