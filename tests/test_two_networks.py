"""Two networks side by side: every view twice, the same image fitted to each, and where they disagree."""

import ast
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from saved import save_weights
from scipy.stats import binomtest
from streamlit.testing.v1 import AppTest

from core import datasets
from core.build.model import build_model
from core.corrections.classes import RemoveClass
from core.datasets.shapes import Shapes
from core.errors import UserError
from core.lens import Lens, process
from core.lens.asked_images import decoded
from core.lens.changed_image import ChangedImage
from core.lens.disagreement import Disagreed, Disagreement, mcnemar
from core.lens.network import open_network
from core.lens.outline import Outline
from core.lens.why import MARGIN, NOBODY, Why
from core.runs import states
from core.runs.recorder import Recorder
from core.spec import kinds
from pages.components.frame import session
from pages.components.understand import (
    beside,
    break_one,
    changed_image,
    chosen_images,
    disagreement,
    patience,
    time_machine,
)
from pages.components.understand.image_source import Chosen
from tests.saved import here

ROOT = Path(__file__).parent.parent
INSIDE, BREAK_IT, MISTAKES = (f"pages/4_Understand/{name}.py" for name in ("2_Look_inside", "3_Break_it", "4_Mistakes"))


def saved_run(experiment, change=lambda array: array, epochs=(1,)):
    """A finished run with fresh weights, changed."""
    run = here().create(experiment)
    model = build_model(experiment, experiment.dataset.facts())
    with Recorder(run) as record:
        for epoch in epochs:
            save_weights(record, epoch, model, lambda array, epoch=epoch: change(array) * epoch)
        record.status(state=states.FINISHED, epoch=epochs[-1], epochs=epochs[-1], best_epoch=epochs[0])
    return run


@pytest.fixture
def told(monkeypatch):
    """What components and lenses were asked for, by (component's key) and (question, run, epoch)."""
    told = {"keys": [], "asked": []}

    def ask(question, **fields):
        told["asked"].append((question, fields))
        what, pixels = decoded(fields.get("uploads", []))
        return process.ask({"question": question, **fields, "uploads": what}, pixels)

    monkeypatch.setattr("pages.components.runs.launching.launcher", lambda: None)
    monkeypatch.setattr("pages.components.frame.lens.client", lambda: None)
    monkeypatch.setattr("pages.components.frame.lens.ask", ask)
    for name, part in (("feature_maps", "_maps"), ("kernels", "_kernels")):
        monkeypatch.setattr(f"pages.components.understand.{name}.{part}", lambda key, **rest: told["keys"].append(key))
    return told


def opened(page, run, other=""):
    app = AppTest.from_file(str(ROOT / "streamlit_app.py"), default_timeout=60)
    app.query_params["run"] = run.id
    app = app.run()
    app.session_state[session.TAB].kept[beside.WITH] = other
    app = app.switch_page(page).run()
    assert not app.exception
    return app


def words(app):
    return " ".join(str(one.value) for kind in (app.markdown, app.caption, app.error, app.info) for one in kind)


@pytest.mark.parametrize(("left", "right"), [(0, 0), (1, 0), (3, 9), (12, 12), (40, 25), (700, 640)])
def test_the_chance_of_an_uneven_split_is_scipys_exact_binomial_test(left, right):
    expected = binomtest(left, left + right, 0.5).pvalue if left + right else 1.0
    assert mcnemar(left, right) == pytest.approx(expected, rel=1e-9)


def test_two_networks_are_compared_on_what_both_were_judged_by_and_neither_learnt_from(small):
    first = saved_run(small)
    second = saved_run(small.edited(seed=small.seed + 1), lambda array: -array, epochs=(1, 3))
    found = Disagreement(other=second.id, other_epoch=3).look(open_network(first, 1), np.zeros(0))

    splits = [datasets.load(run.experiment.dataset, run.experiment.training.validation_split, run.experiment.seed)
              for run in (first, second)]  # fmt: skip
    for data in splits:
        assert np.isin(found.positions, data.validation).all() and not np.isin(found.positions, data.train).any()
    assert 0 < len(found.positions) < min(found.judged) and found.same
    images, labels = np.array(splits[0].images[found.positions]), splits[0].labels[found.positions]
    answers = []
    for run, epoch in ((first, 1), (second, 3)):
        answers.append(open_network(run, epoch).model.predict(images, verbose=0).argmax(1))
    np.testing.assert_array_equal(found.first, answers[0])
    np.testing.assert_array_equal(found.second, answers[1])
    rights = [answer == labels for answer in answers]
    assert found.counts == tuple(tuple(int(((rights[0] == a) & (rights[1] == b)).sum()) for b in (True, False))
                                 for a in (True, False))  # fmt: skip


def test_of_two_datasets_the_same_pixels_are_the_same_image_and_other_sizes_share_none(small):
    shapes = small.edited(dataset=Shapes(classes=3, count=60, image_size=12))
    first, second = saved_run(shapes), saved_run(shapes.edited(dataset=Shapes(classes=4, count=60, image_size=12)))
    found = Disagreement(other=second.id).look(open_network(first), np.zeros(0))
    data = [datasets.load(run.experiment.dataset, shapes.training.validation_split, shapes.seed)
            for run in (first, second)]  # fmt: skip
    theirs = {bytes(data[1].images[at]) for at in data[1].validation}
    shared = [at for at in data[0].validation if bytes(data[0].images[at]) in theirs]
    assert set(found.positions) <= set(shared) and not found.same and len(found.foreign) == 1
    with pytest.raises(UserError, match="different sizes"):
        Disagreement(other=saved_run(small).id).look(open_network(first), np.zeros(0))


def test_look_inside_draws_every_view_of_two_networks_of_the_same_image(told, small):
    first, second = saved_run(small, epochs=(1, 2)), saved_run(small.edited(name="second"))
    app = opened(INSIDE, first, second.id)
    assert told["keys"] == ["feature-maps", "feature-maps-beside", "kernels", "kernels-beside"]
    asked = [
        (fields["run"], fields["epoch"], fields["positions"]) for q, fields in told["asked"] if q == "feature_maps"
    ]
    assert [one[:2] for one in asked] == [(first.id, 1), (second.id, 1)] and asked[0][2] == asked[1][2]
    assert "second, after epoch 1" in words(app)

    told["asked"].clear()
    app.session_state[session.TAB].kept[beside.WITH] = "epoch 2"
    app.run()
    assert not app.exception
    assert {fields["epoch"] for q, fields in told["asked"] if q == "feature_maps"} == {1, 2}

    app.session_state[session.TAB].kept[time_machine.kept_as(first)] = 2
    told["keys"].clear()
    app.run()
    assert not app.exception and told["keys"] == ["feature-maps", "kernels"]


def test_an_image_is_fitted_to_a_network_that_reads_another_size_and_what_differs_is_said(told, small):
    first = saved_run(small)
    second = saved_run(small.edited(dataset=Shapes(classes=3, count=40, image_size=12)))
    app = opened(INSIDE, first, second.id)
    fields = [fields for question, fields in told["asked"] if question == "feature_maps"]
    assert fields[0]["positions"] and not fields[1]["positions"] and len(fields[1]["uploads"]) == 1
    assert "The left network reads 8×8 px, the right one 12×12" in words(app)
    assert "Only one of them knows" in words(app)


def test_a_class_is_carried_to_the_network_beside_by_its_name(small):
    of = Outline.of(small)
    own, other = (
        replace(of, facts=replace(of.facts, class_names=names)) for names in (("ant", "bee"), ("cow", "ant", "dog"))
    )
    lens = beside.carried(Why(about="0", beside="1", layer="conv2d_1"), own, other)

    assert lens.about == "1"
    assert lens.beside == NOBODY  # the other network does not have it
    assert beside.carried(Why(about=MARGIN), own, other).about == MARGIN


WIDGETS = {"button", "download_button", "plotly_chart", "dataframe", "selectbox", "slider", "toggle", "pagination"}


@pytest.mark.parametrize("kind", kinds(Lens).values(), ids=kinds(Lens))
def test_every_widget_of_a_view_has_a_key_so_that_two_stand_on_one_page(kind):
    view = ROOT / "pages" / "components" / "understand" / f"{kind.__module__.rpartition('.')[2]}.py"
    calls = ast.walk(ast.parse(view.read_text())) if view.exists() else ()
    drawn = [one for one in calls if isinstance(one, ast.Call) and getattr(one.func, "attr", "") in WIDGETS]

    assert not [ast.unparse(one) for one in drawn if "key" not in {word.arg for word in one.keywords}]


def test_a_comparison_with_a_large_network_is_waited_for(small):
    lens = Disagreement(other="run", other_epoch=1)
    assert not lens.is_long(Outline.of(small)) and lens.edited(other_is_long=True).is_long(Outline.of(small))


def test_the_truth_of_an_image_is_named_alike_where_classes_of_its_dataset_were_mended(small):
    left = here().create(small)
    mended = small.dataset.edited(corrections=(RemoveClass(label=0),))
    right = here().create(small.edited(dataset=mended))
    datasets.load(small.dataset)
    chosen = Chosen((5,), names=("Dataset number 5",), truth=(3,))

    assert beside._fitted(chosen, left, left) is chosen
    assert beside._fitted(chosen, left, right).truth == (2,)
    assert beside._fitted(replace(chosen, truth=(0,)), left, right).truth == (None,)
    assert beside._fitted(chosen, left, right).positions == (5,)


def test_mistakes_shows_where_two_networks_disagree_and_a_number_opens_its_images(told, small, monkeypatch):
    shown = []
    monkeypatch.setattr(chosen_images, "show", lambda looking, positions, title: shown.append((title, len(positions))))
    monkeypatch.setattr(patience, "of", lambda lens, looking, about="": looking.ask(lens))
    first, second = saved_run(small), saved_run(small, lambda array: -array)
    app = opened(MISTAKES, first, second.id)
    (result,) = (_looked(fields) for question, fields in told["asked"] if question == "disagreement")
    right, wrong = result.counts
    table = [button for button in app.button if str(button.key).startswith(f"{disagreement.CELL}-(")]
    assert [button.label for button in table] == [str(count) for count in (*right, *wrong)]
    assert "all validation images" in words(app) and "McNemar" in words(app)
    table[3].click().run()
    assert not app.exception and shown == [("both wrong", wrong[1])]

    alone = opened(MISTAKES, first)
    assert "Where they disagree" not in [heading.value for heading in alone.subheader]


def test_a_network_chosen_to_compare_with_is_kept_when_another_one_is_saved_at_that_moment(told, small, monkeypatch):
    monkeypatch.setattr(patience, "of", lambda lens, looking, about="": None)
    other, run = saved_run(small), saved_run(small)
    app = opened(MISTAKES, run)
    saved_run(small)
    menu = next(one for one in app.selectbox if one.label == "Compare with")
    app = menu.select(other.id).run()
    assert not app.exception
    assert next(one for one in app.selectbox if one.label == "Compare with").value == other.id


def test_one_image_is_broken_in_two_networks_at_once_by_the_same_sliders(told, small, monkeypatch):
    draw = changed_image._component
    monkeypatch.setattr(
        changed_image, "_component", lambda key, **rest: told["keys"].append(key) or draw(key=key, **rest)
    )
    first, second = saved_run(small), saved_run(small, lambda array: -array)
    app = AppTest.from_file(str(ROOT / "streamlit_app.py"), default_timeout=60)
    app.query_params["run"] = first.id
    app = app.run()
    app.session_state[session.TAB].kept |= {beside.WITH: second.id, break_one.ABOUT: break_one.ONE}
    app = app.switch_page(BREAK_IT).run()

    assert not app.exception and not app.error
    assert told["keys"] == ["changed-image", "changed-image-beside"]
    asked = [fields for question, fields in told["asked"] if question == ChangedImage.question]
    assert {one["run"] for one in asked} == {first.id, second.id}
    by_run = [[(one["positions"], one["options"]) for one in asked if one["run"] == run.id] for run in (first, second)]
    assert by_run[0] == by_run[1]


def _looked(fields):
    run = here().find(fields["run"])
    return Disagreement(**fields["options"]).look(open_network(run, fields["epoch"]), np.zeros(0))


def test_the_words_about_a_comparison_say_of_which_images_it_is_and_who_is_ahead():
    found = Disagreed(
        np.arange(4), np.zeros(4, int), np.array([0, 0, 0, 1]), np.array([0, 1, -1, 0]), np.ones(4), np.ones(4), (9, 8),
        same=False, foreign=("ox",),
    )  # fmt: skip
    assert found.counts == ((1, 2), (1, 0)) and list(found.differ) == [1, 2, 3]
    assert "4 images" in disagreement.about(found) and "no class ox" in disagreement.about(found)
    assert "Left 75.0 % right, right 50.0 %." in disagreement.verdict(found).replace("\u202f", " ")
    assert f"p = {binomtest(2, 3).pvalue:.3g}" in disagreement.verdict(found)
