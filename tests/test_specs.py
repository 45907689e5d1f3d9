"""Every spec of every catalogue keeps the promises that forms, JSON and scripts rely on."""

import inspect
import json

import numpy as np
import pytest
from pydantic import TypeAdapter, ValidationError

from core.augmentation import Augmentation
from core.datasets import Dataset
from core.export import Format
from core.layers import Layer
from core.layers.weights import Constraint, Regularizer
from core.optimization.class_weights import ClassWeight
from core.optimization.optimizers import Optimizer
from core.optimization.schedules import Schedule
from core.optimization.stopping import Rule
from core.problems import Context, Facts, Problem
from core.spec import Spec, kinds, one_of

CATALOGUES = (Layer, Optimizer, Augmentation, Dataset, Schedule, Rule, ClassWeight, Regularizer, Constraint)
ALL = [pytest.param(kind, id=name) for catalogue in CATALOGUES for name, kind in kinds(catalogue).items()]
WITH_KERAS = [pytest.param(kind, id=name) for c in CATALOGUES[:3] for name, kind in kinds(c).items() if kind.keras]


@pytest.mark.parametrize("kind", ALL)
def test_a_spec_survives_json(kind):
    catalogue = next(c for c in CATALOGUES if issubclass(kind, c))
    spec = kind()
    again = TypeAdapter(one_of(catalogue)).validate_json(spec.model_dump_json())

    assert again == spec
    assert json.loads(spec.model_dump_json())["kind"] == kind.__name__


@pytest.mark.parametrize("kind", ALL)
def test_every_field_says_what_it_is_and_what_to_do(kind):
    assert kind.sentence().endswith(".")
    for name, option in kind.options().items():
        assert option.what, name
        if option.shown:
            assert option.advice or name.endswith("seed"), name


@pytest.mark.parametrize("kind", ALL)
def test_a_value_outside_its_range_is_refused(kind):
    for name, option in kind.options().items():
        ends = ((option.low, -1), (option.high, 1))
        for value in [end + beyond for end, beyond in ends if end is not None]:
            with pytest.raises(ValidationError):
                kind(**{name: (value,) if option.is_several else value})


@pytest.mark.parametrize("kind", [*ALL, *(pytest.param(one, id=name) for name, one in kinds(Format).items())])
@pytest.mark.parametrize("method", ["words", "short", "problems", "source", "options"])
def test_every_catalogue_is_spoken_to_in_one_way(kind, method):
    def asked(owner):
        parameters = inspect.signature(getattr(owner, method)).parameters.values()
        return [(one.name, one.kind, one.default, one.annotation) for one in parameters]

    assert asked(kind) == asked(Spec)


@pytest.mark.parametrize("kind", ALL)
def test_a_spec_names_its_problems_and_itself(kind):
    spec = kind()
    context = Context(Facts((28, 28, 1), ("a", "b", "c"), 300), place=1, shapes=((28, 28, 1),))

    assert all(isinstance(problem, Problem) for problem in spec.problems(context))
    assert spec.short()


@pytest.mark.parametrize("kind", WITH_KERAS)
def test_the_source_line_builds_the_same_keras_object(kind):
    import keras

    built = kind().build()
    known_to_the_script = {"keras": keras, "np": np, "layers": keras.layers, "optimizers": keras.optimizers}
    named = eval(kind().source(), known_to_the_script)
    ours, theirs = built.get_config(), named.get_config()

    for config in (ours, theirs):
        config.pop("name")
        config.pop("seed", None)
    assert ours == theirs


def test_a_spec_is_strict_about_types():
    from core.layers.convolution import Conv2D

    for wrong in ({"filters": "3"}, {"filters": 3.5}, {"padding": "full"}, {"filtres": 3}):
        with pytest.raises(ValidationError):
            Conv2D(**wrong)
