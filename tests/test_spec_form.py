"""Forms: every spec opens as widgets, and what nobody touched comes back as it was."""

import re

import pytest
from streamlit.testing.v1 import AppTest

from core.augmentation import Augmentation
from core.datasets import Dataset
from core.layers import Layer
from core.layers.convolution import Conv2D
from core.layers.pooling import MaxPooling2D
from core.layers.reshaping import ZeroPadding2D
from core.layers.weights import L2
from core.optimization.class_weights import ClassWeight, Own
from core.optimization.optimizers import SGD, Adam, Optimizer, RMSprop
from core.optimization.schedules import Schedule
from core.optimization.stopping import EarlyStopping, Rule, Target
from core.options import title_of
from core.spec import kinds

EVERY_KIND = [
    pytest.param(catalogue, name, id=name)
    for catalogue in (Layer, Optimizer, Augmentation, Dataset, Schedule, Rule, ClassWeight)
    for name in kinds(catalogue)
]


def form(catalogue, spec):
    """The page under test: one form, whose result the test reads."""
    import streamlit as st

    from pages.components.frame import session, spec_form

    session.open_tab()
    st.session_state.result = spec_form.choose(catalogue, spec, "form")


def opened(catalogue, spec):
    app = AppTest.from_function(form, kwargs={"catalogue": catalogue, "spec": spec}, default_timeout=30).run()
    assert not app.exception
    return app


def widget(app, name):
    """The widget of a field, whatever its type."""
    families = (
        app.number_input, app.slider, app.select_slider, app.selectbox, app.toggle, app.button_group, app.text_input,
    )  # fmt: skip
    title = title_of(name)
    return next(one for family in families for one in family if one.label in (title, *_with_unit(family, title)))


def _with_unit(family, title):
    return [one.label for one in family if re.fullmatch(rf"{title} \(\w+\)", one.label)]


@pytest.mark.parametrize(("catalogue", "name"), EVERY_KIND)
def test_an_untouched_form_returns_its_spec_and_its_fields_have_names_in_words_and_keras_names_in_the_help(
    catalogue, name
):
    kind = kinds(catalogue)[name]
    app = opened(catalogue, kind())
    assert app.session_state.result == kind()
    for field, option in kind.options().items():
        if option.shown:
            told = widget(app, field)
            assert option.what in told.help
            assert told.help.endswith(f"In code: `{field}`")
            assert "_" not in told.label and ":" not in told.label


def test_labels_are_words_and_units():
    layer, training = opened(Layer, Conv2D()), opened(Rule, EarlyStopping())
    labels = {
        one.label for app in (layer, training) for family in ("number_input", "slider") for one in app.get(family)
    }

    assert {"Filters", "Kernel size (px)", "Dilation rate (px)", "Start from epoch", "Patience (epochs)"} <= labels
    assert widget(opened(Optimizer, Adam()), "learning_rate").label == "Learning rate"


def test_a_changed_widget_changes_its_field_only():
    app = opened(Layer, Conv2D(padding="same"))
    widget(app, "filters").set_value(48).run()
    assert app.session_state.result == Conv2D(filters=48, padding="same")


def test_an_optional_number_can_be_set_and_emptied():
    app = opened(Layer, MaxPooling2D(strides=3))
    widget(app, "strides").set_value(None).run()
    assert app.session_state.result == MaxPooling2D()


def test_a_log_scale_offers_the_present_value_between_its_steps():
    app = opened(Optimizer, Adam(learning_rate=0.0042))
    assert "0.0042" in widget(app, "learning_rate").options
    assert app.session_state.result.learning_rate == 0.0042


def test_another_kind_keeps_shared_settings():
    app = opened(Layer, Conv2D(filters=40, padding="same", dilation_rate=2))
    widget(app, "Kind").select("SeparableConv2D").run()
    assert app.session_state.result == kinds(Layer)["SeparableConv2D"](filters=40, padding="same", dilation_rate=2)


def test_another_optimizer_brings_its_own_learning_rate():
    app = opened(Optimizer, RMSprop(learning_rate=0.3))
    widget(app, "Kind").select("SGD").run()
    assert app.session_state.result == SGD()


def test_numbers_are_written_as_one_text_and_read_back():
    app = opened(ClassWeight, Own(values=(1.0, 0.25, 0.1234567890123)))
    assert widget(app, "values").value == "1, 0.25, 0.1234567890123"
    widget(app, "values").set_value("2,  .5,1e2").run()
    assert app.session_state.result == Own(values=(2.0, 0.5, 100.0))


@pytest.mark.parametrize("text", ["", "1; 2", "1, two", "nan, 1", "inf", "-1, 1", "1001", "1,,2", "1, 2,"])
def test_a_text_that_is_no_list_of_numbers_is_explained_in_place_and_the_last_good_one_stays(text):
    app = opened(ClassWeight, Own(values=(1.0, 2.0)))
    widget(app, "values").set_value(text).run()
    assert app.session_state.result == Own(values=(1.0, 2.0))
    assert "from 0 to 1000, separated by commas" in app.error[0].value
    assert "In use: 1, 2." in app.error[0].value


def test_a_wide_range_with_hundredths_is_typed_not_slid():
    app = opened(Rule, Target())
    widget(app, "value").set_value(0.995).run()
    assert app.session_state.result == Target(value=0.995)


def test_a_side_is_one_number_and_not_square_opens_another():
    app = opened(Layer, Conv2D())
    switches = [one for one in app.checkbox if one.label == "not square"]
    assert len(switches) == 3  # kernel, step, spacing
    switches[0].check().run()
    assert app.session_state.result == Conv2D()
    rows, columns = (next(one for one in app.number_input if one.label == name) for name in ("Rows", "Columns"))
    assert (rows.value, columns.value) == (3, 3)
    columns.set_value(5).run()
    assert app.session_state.result == Conv2D(kernel_size=(3, 5))


def test_a_border_may_differ_on_every_side():
    app = opened(Layer, ZeroPadding2D(padding=((0, 1), (2, 2))))
    sides = {one.label: one for one in app.number_input}
    assert {name: sides[name].value for name in sides} == {"Top": 0, "Bottom": 1, "Left": 2, "Right": 2}
    sides["Top"].set_value(1).run()
    assert app.session_state.result == ZeroPadding2D(padding=(1, 2))


def test_what_few_need_stands_under_more_and_a_regularizer_has_its_strength():
    app = opened(Layer, Conv2D())
    (more,) = app.expander
    assert more.label == "More"
    assert {one.label for one in more.selectbox} == {"Kernel initializer", "Kernel regularizer", "Kernel constraint"}
    widget(app, "kernel_regularizer").select("L2").run()
    widget(app, "l2").set_value(0.1).run()
    assert app.session_state.result == Conv2D(kernel_regularizer=L2(l2=0.1))
