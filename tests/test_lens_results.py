"""Results of lenses: what goes over the pipe comes back as it was, and every kind is drawn by the page."""

import io
import json
from dataclasses import replace

import keras
import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from core import datasets
from core.augmentation.mixing import MixUp
from core.augmentation.movement import RandomRotation
from core.child import receive, send
from core.errors import UserError
from core.figures import results as figures
from core.layers.dense import Dense
from core.layers.reshaping import Flatten
from core.lens import Lens, Result, lenses, read_result
from core.lens.break_it import SEED, Broken
from core.lens.changed_copies import PORTION, changes_of, copies_of
from core.lens.frames import pack, unpack
from core.lens.mean_activation import MeanActivation
from core.lens.outline import Outline
from core.lens.predictions import ClassScores
from core.lens.preprocessing import FORGOTTEN, INSIDE, OUTSIDE, TWICE
from core.lens.process import ask
from core.lens.results import Bars, HeatMap, MapGrid, Matrix, Points, Table
from core.lens.said import Said
from core.lens.sampled import most, sample
from core.lens.where_from import WhereFrom
from core.spec import kinds
from pages.components.understand import preprocessing, results
from tests.test_lens import pictures, saved_run

DRAW = np.random.default_rng(3)
NUMBERS = DRAW.normal(size=(2, 3, 3)).astype(np.float32)
COUNTED = tuple(str(i + 1) for i in range(32))
FOUND = {
    "bars": Bars(NUMBERS[0, 0], ("a", "b", "<b>c</b>"), "mean", "map"),
    "grid": MapGrid(NUMBERS, ("one", "two"), "activation"),
    "heat map": HeatMap(NUMBERS[0], DRAW.integers(0, 256, (6, 6, 1), np.uint8), "gradient"),
    "matrix": Matrix(NUMBERS[0], ("a", "b", "c"), ("x", "y", "z"), "share", ("class", "unit")),
    "table": Table(("class", "share"), (("a", 0.5), ("b", None))),
    "points": Points(NUMBERS[0, :, :2], ("a", "b", "c"), ("in", "in", "out"), ("x", "y")),
}


@pytest.mark.parametrize("found", FOUND.values(), ids=FOUND.keys())
def test_a_result_comes_back_from_the_pipe_as_it_was(found):
    pipe = io.BytesIO()
    send(pipe, *pack({"seen": NUMBERS[0], "result": found.to_answer()}))
    pipe.seek(0)
    answer = unpack(*receive(pipe))
    again = read_result(answer["result"])

    assert type(again) is type(found)
    np.testing.assert_array_equal(answer["seen"], NUMBERS[0])
    for name, value in vars(found).items():
        if isinstance(value, np.ndarray):
            assert getattr(again, name).dtype == value.dtype
            np.testing.assert_array_equal(getattr(again, name), value)
        else:
            assert getattr(again, name) == value


def test_a_frame_that_breaks_off_is_none():
    pipe = io.BytesIO()
    send(pipe, *pack({"seen": NUMBERS}))
    whole = pipe.getvalue()

    assert receive(io.BytesIO(whole)) is not None
    for length in (0, 5, len(whole) // 2, len(whole) - 1):
        assert receive(io.BytesIO(whole[:length])) is None


@pytest.mark.parametrize(
    "make",
    [
        lambda: Bars(NUMBERS[0], ("a", "b", "c")),
        lambda: Bars(NUMBERS[0, 0], ("a",)),
        lambda: MapGrid(NUMBERS[0], ("a",)),
        lambda: HeatMap(NUMBERS[0], NUMBERS[0]),
        lambda: Matrix(NUMBERS[0], ("a", "b", "c"), ("x",)),
        lambda: Table(("a", "a"), ()),
        lambda: Points(NUMBERS[0], ("a", "b", "c")),
    ],
)
def test_words_and_numbers_that_do_not_go_together_are_refused(make):
    with pytest.raises(ValueError, match="axes|words|shape|twice"):
        make()


def test_every_kind_of_result_is_drawn_but_that_of_another_page():
    for kind in set(kinds(Result).values()) - {ClassScores, Broken, Said, WhereFrom}:
        assert callable(results.drawing(kind)), kind


def drawn(name):
    """A page that draws one result and nothing else."""
    from types import SimpleNamespace

    from pages.components.understand import results
    from tests.test_lens_results import FOUND

    found = FOUND[name]
    results.drawing(type(found))(found, SimpleNamespace(key=lambda name: name))


@pytest.mark.parametrize("name", FOUND)
def test_a_result_is_drawn_by_its_kind(name):
    app = AppTest.from_function(drawn, args=(name,), default_timeout=60).run()

    assert not app.exception
    charts = [json.loads(chart.proto.spec)["data"][0] for chart in app.get("plotly_chart")]
    if name in ("grid", "heat map"):
        assert [one.proto.component_name.split(".")[-1] for one in app.get("bidi_component")] == ["result_maps"]
    elif name == "table":
        assert app.dataframe[0].value.values.tolist()[0] == ["a", 0.5]
    else:
        assert [chart["type"] for chart in charts] == [{"bars": "bar", "matrix": "heatmap", "points": "scatter"}[name]]
    if name == "bars":
        assert charts[0]["customdata"] == ["map a", "map b", "map ‹b›c‹/b›"]


def test_of_many_numbered_bars_plotly_names_those_that_have_room_and_of_words_all():
    of_maps, of_words = (figures.bars(np.ones(32), labels, "mean", "map") for labels in (COUNTED, ("a",) * 32))
    assert (of_maps.layout.xaxis.ticktext, of_maps.data[0].x[0], of_maps.data[0].x[-1]) == (None, 1, 32)
    assert list(of_words.layout.xaxis.ticktext) == ["a"] * 32


def test_mean_activations_are_the_means_of_the_maps_of_the_chosen_layer(small):
    run, _ = saved_run(small)
    request = {"question": "mean_activation", "run": run.id, "positions": [3], "options": {"layer": "max_pooling2d_1"}}
    answer = ask(request, b"")
    maps = ask(request | {"question": "feature_maps", "options": {}}, b"")["result"].layers[1]["values"]

    assert MeanActivation.choices(Outline.of(small)) == {"layer": ("conv2d_1", "max_pooling2d_1")}
    np.testing.assert_allclose(answer["result"].values, maps.mean((0, 1)), rtol=1e-5)
    np.testing.assert_array_equal(answer["seen"], pictures(small, 4)[3:])
    gone = ask(request | {"options": {"layer": "of another network"}}, b"")["result"]
    assert gone.of == "map of conv2d_1"


def test_a_lens_that_does_not_fit_is_not_offered_and_says_why_when_asked(small):
    flat = small.edited(layers=(Flatten(), Dense(units=4)))
    run, _ = saved_run(flat)

    assert "mean_activation" in lenses("choice", Outline.of(small))
    assert "mean_activation" not in lenses("choice", Outline.of(flat))
    with pytest.raises(UserError, match="gives feature maps"):
        ask({"question": "mean_activation", "run": run.id, "positions": [0]}, b"")


@pytest.mark.filterwarnings("ignore:__array__ implementation")  # Keras, as it saves
def test_preprocessing_inside_and_outside_predict_the_same_as_a_saved_model_and_as_its_layers_alone(small, tmp_path):
    run, model = saved_run(small)
    request = {"question": "preprocessing", "run": run.id, "positions": [3], "options": {}}
    found = ask(request, b"")["result"]
    raw = pictures(small, 4)[3:].astype(np.float32)
    model.save(tmp_path / "model.keras")
    saved = keras.models.load_model(tmp_path / "model.keras")
    alone = keras.Sequential(model.layers[2:])

    np.testing.assert_allclose(found.probabilities[INSIDE], saved.predict(raw, verbose=0)[0], atol=1e-6)
    np.testing.assert_allclose(found.probabilities[OUTSIDE], found.probabilities[INSIDE], atol=1e-6)
    np.testing.assert_allclose(found.probabilities[FORGOTTEN], alone(raw).numpy()[0], atol=1e-6)
    np.testing.assert_allclose(found.probabilities[TWICE], saved.predict(raw / 255, verbose=0)[0], atol=1e-6)
    assert found.highest.tolist() == pytest.approx([raw.max() / 255] * 2 + [raw.max(), raw.max() / 255**2])

    data = datasets.load(small.dataset, small.training.validation_split, small.seed)
    chosen = sample(data, found.images)
    images, labels = data.images[chosen], data.labels[chosen]
    assert found.right[INSIDE] == (saved.predict(images, verbose=0).argmax(1) == labels).sum()
    assert found.right[FORGOTTEN] == (alone.predict(images, verbose=0).argmax(1) == labels).sum()
    assert "probability differs" in preprocessing.equal(found) or "last digit" in preprocessing.equal(found)
    told = preprocessing.forgotten(found, data.class_names)
    assert f"{found.right[FORGOTTEN]} instead of {found.right[INSIDE]}" in told


def test_a_network_is_asked_about_the_same_images_changed_by_one_operation_as_its_keras_layer_changes_them(small):
    run, model = saved_run(small)
    request = {"question": "break_it", "run": run.id, "options": {"operation": "", "strength": 0.0}}
    unchanged = ask(request, b"")["result"]
    turned = ask(request | {"options": {"operation": "RandomRotation", "strength": 0.5}}, b"")["result"]
    data = datasets.load(small.dataset, small.training.validation_split, small.seed)
    chosen = sample(data, 300)
    images, labels = np.array(data.images[chosen]), data.labels[chosen]
    layer = keras.layers.RandomRotation(0.5, fill_mode="nearest", seed=SEED)
    parts = [layer(images[start : start + 64].astype(np.float32), training=True) for start in range(0, 300, 64)]
    expected = np.clip(np.rint(np.concatenate(parts)), 0, 255)

    assert (unchanged.images, turned.images) == (300, 300)
    assert unchanged.right == (model.predict(images, verbose=0).argmax(1) == labels).sum()
    answers = model.predict(expected, verbose=0).argmax(1)
    assert abs(turned.right - int((answers == labels).sum())) <= 2, "a pixel may be rounded the other way"
    np.testing.assert_array_equal(unchanged.examples, images[:4])
    np.testing.assert_allclose(turned.examples.astype(int), expected[:4], atol=1)
    assert turned.truth == unchanged.truth == tuple(labels[:4].tolist())


def test_images_that_are_sampled_are_validation_images_with_each_class_as_common_as_among_all(small):
    data = datasets.load(small.dataset, small.training.validation_split, small.seed)
    uneven = replace(data, validation=np.concatenate([np.flatnonzero(data.labels == 0), data.validation]))
    chosen = sample(uneven, 100)

    assert set(chosen) <= set(uneven.validation) and len(chosen) == 100
    shares = np.bincount(data.labels[uneven.validation], minlength=10) / len(uneven.validation)
    np.testing.assert_allclose(np.bincount(data.labels[chosen], minlength=10) / 100, shares, atol=0.011)
    assert sample(uneven, 20).tolist() == chosen[:20].tolist()
    assert most(0) == 300 and most(10**8) == 60 and most(10**12) == 40


@pytest.mark.parametrize("kind", kinds(Lens).values(), ids=kinds(Lens))
def test_every_lens_says_what_it_is_and_what_its_options_are(kind):
    assert kind.question
    assert kind.sentence().endswith(".")
    assert all(option.what.endswith(".") for option in kind.options().values())


def test_copies_are_answered_as_keras_answers_them_and_scored_by_the_mean_of_their_answers(small):
    run, model = saved_run(small)
    one = ask({"question": "changed_copies", "run": run.id, "positions": [3], "options": {"copies": 5}}, b"")["result"]
    table = ask({"question": "answers_of_copies", "run": run.id, "options": {"copies": 3}}, b"")["result"]
    data = datasets.load(small.dataset, small.training.validation_split, small.seed)
    images, labels = np.array(data.images[data.validation]), data.labels[data.validation]
    changes = changes_of(small)
    said = []
    for start in range(0, len(images), PORTION):  # with the draws of each portion
        made = copies_of(images[start : start + PORTION], changes, 3, start)
        said.append([np.asarray(model(some.astype(np.float32))) for some in made])
    mean = np.concatenate([np.mean(portion, 0) for portion in said])
    alone = np.asarray(model(images.astype(np.float32)))

    assert not changes and not one.own
    np.testing.assert_array_equal(one.images[0], pictures(small, 4)[3])
    assert len(np.unique(one.images, axis=0)) > 1
    np.testing.assert_allclose(one.probabilities, np.asarray(model(one.images.astype(np.float32))), atol=1e-5)
    truth = [(shares.argmax(1) == labels).mean() for shares in (alone, mean)]
    loss = [-np.log(shares[np.arange(len(labels)), labels]).mean() for shares in (alone, mean)]
    found = [row[1:] for row in table.rows if row[0] in ("the image as it is", table.rows[-1][0])]
    np.testing.assert_allclose(found, np.transpose([truth, loss]), atol=1e-4)
    assert table.rows[0][0] == "the image as it is" and table.rows[-1][0] == "the mean over 3 copies"
    helped = ["less", "as", "more"][int(np.sign(truth[1] - truth[0])) + 1]
    assert f"Averaged over 3 copies it is right {helped} often" in table.note and "shifted by up to" in table.note


def test_copies_are_changed_as_in_training_but_never_mixed(small):
    turned = small.edited(augmentations=(RandomRotation(), MixUp()))

    assert changes_of(turned) == (RandomRotation(),)
    assert changes_of(small.edited(augmentations=(MixUp(),))) == ()
    images = np.arange(2 * 9, dtype=np.uint8).reshape(2, 3, 3, 1)
    for copy in copies_of(images, (), 9)[1:]:  # shifted by whole pixels: no value is new, and the middle is somewhere
        assert np.isin(copy[0], images[0]).all() and images[0, 1, 1, 0] in copy[0]


def test_copies_of_large_images_are_made_fewer_at_once(small, monkeypatch):
    run, _ = saved_run(small)
    made = []
    monkeypatch.setattr("core.lens.changed_copies.ROOM", 2_000)
    monkeypatch.setattr("core.lens.changed_copies.copies_of", lambda *told: made.append(copies_of(*told)) or made[-1])
    ask({"question": "answers_of_copies", "run": run.id, "options": {"copies": 3}}, b"")
    validation = datasets.load(small.dataset, small.training.validation_split, small.seed).validation

    assert sum(one.shape[1] for one in made) == len(validation)
    assert 1_000 < max(one.nbytes for one in made) <= 2_000
