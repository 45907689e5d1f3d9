"""What is told of a field is what pydantic holds it to."""

from typing import Annotated, Literal

import pytest
from pydantic import Field, ValidationError

from core.layers.convolution import Conv2D
from core.layers.pooling import MaxPooling2D
from core.optimization.class_weights import Own
from core.optimization.optimizers import Adam
from core.spec import Spec, option


class Everything(Spec):
    """One field of every type."""

    whole: int = option(3, "A number.", advice="Do this.", low=1, high=1024, unit="px")
    part: float = option(0.5, "A part.", low=0.0, high=1.0)
    rate: float = option(0.1, "A rate.", low=1e-6, high=10.0, scale="log", choices=(0.1, 1.0))
    maybe: int | None = option(None, "May be empty.", low=1, high=16)
    way: Literal["left", "right"] = option("left", "A choice.")
    is_on: bool = option(True, "A switch.")
    text: str = option("", "A text.", shown=False)
    several: tuple[Annotated[float, Field(ge=0, le=9)], ...] = option((), "Several.")
    counts: tuple[Annotated[int, Field(ge=1, le=4)], ...] = option((), "Several whole ones.")
    inner: Adam = Field(default_factory=Adam, description="Another spec.")


OPTIONS = Everything.options()


def test_a_field_is_told_in_full():
    whole = OPTIONS["whole"]

    assert list(OPTIONS) == list(Everything.model_fields)
    assert (whole.name, whole.type, whole.default, whole.low, whole.high) == ("whole", int, 3, 1, 1024)
    assert (whole.what, whole.advice, whole.unit, whole.scale, whole.shown) == (
        "A number.", "Do this.", "px", "linear", True,
    )  # fmt: skip


def test_choices_are_legal_values_and_steps_are_what_is_offered():
    assert OPTIONS["way"].choices == ("left", "right")
    assert (OPTIONS["rate"].choices, OPTIONS["rate"].steps, OPTIONS["rate"].scale) == ((), (0.1, 1.0), "log")


def test_an_optional_number_is_a_number_that_may_be_empty():
    assert (OPTIONS["maybe"].type, OPTIONS["maybe"].is_optional, OPTIONS["maybe"].high) == (int, True, 16)
    assert not OPTIONS["whole"].is_optional


def test_of_several_numbers_type_and_range_are_those_of_one():
    several, counts = OPTIONS["several"], OPTIONS["counts"]

    assert (several.is_several, several.type, several.low, several.high) == (True, float, 0, 9)
    assert (counts.is_several, counts.type, counts.low, counts.high) == (True, int, 1, 4)


def test_types_are_plain_classes():
    assert [OPTIONS[name].type for name in ("part", "way", "is_on", "text", "inner")] == [float, str, bool, str, Adam]
    assert OPTIONS["inner"].default == Adam()
    assert not OPTIONS["text"].shown


def test_what_is_legal_is_said_of_numbers_only():
    assert OPTIONS["whole"].legal() == "a whole number from 1 to 1\N{NARROW NO-BREAK SPACE}024"
    assert OPTIONS["part"].legal() == "a number from 0 to 1"
    assert OPTIONS["way"].legal() == OPTIONS["is_on"].legal() == OPTIONS["text"].legal() == ""


@pytest.mark.parametrize("wrong", [("1",), (10.0,), (float("nan"), "x")])
def test_a_value_that_is_read_is_held_to_the_range_of_each_number(wrong):
    assert OPTIONS["several"].read((1.0, 9.0)) == (1.0, 9.0)
    with pytest.raises(ValueError, match="validation error"):
        Everything.options()["several"].read(wrong)


@pytest.mark.parametrize("kind", [Conv2D, MaxPooling2D, Adam, Own])
def test_the_ends_of_every_range_are_legal_and_what_lies_beyond_is_not(kind):
    checked = 0
    for name, field in kind.options().items():
        for end, beyond in ((field.low, -1), (field.high, 1)):
            if end is None:
                continue
            many = (lambda value: (value,)) if field.is_several else (lambda value: value)
            assert getattr(kind(**{name: many(field.type(end))}), name) == many(end)
            with pytest.raises(ValidationError):
                kind(**{name: many(field.type(end + beyond))})
            checked += 1
    assert checked
