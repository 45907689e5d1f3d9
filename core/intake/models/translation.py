"""One layer of a Keras config as one of our catalogue: its class by name, its arguments by theirs.

The allow-list is the catalogue itself: every kind that names a class of Keras, with the arguments that it declares.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from pydantic import ValidationError

from core.augmentation import Augmentation
from core.intake.models import shown
from core.intake.models.graph import Call, snake
from core.intake.models.neutral import BENT, UNSAID, changes_nothing, initializer, needed
from core.layers import Layer
from core.layers.hand_made import HandMadeConv2D
from core.layers.normalization import Normalization
from core.layers.regularization import StochasticDepth
from core.spec import Spec, kinds

DECIDES = ("initializer", "regularizer", "constraint")
"""Ends of names of arguments without which a layer is still the same function of its weights."""
FUNCTIONS = {"ReLU": "relu", "Softmax": "softmax", "ELU": "elu"}
"""Layers of Keras that are one function, which Activation has."""
FUNCTION_ARGUMENTS = {"max_value": (None,), "negative_slope": (0,), "threshold": (0,), "alpha": (1,)}
"""Values with which they are that function."""


@dataclass(frozen=True)
class Translated:
    """What came of one layer.

    Args:
        spec: a layer or an augmentation of ours; None where there is none.
        lacks: what of it can't be said here, in a few words each; without a spec: why not.
    """

    spec: Spec | None
    lacks: tuple[str, ...] = ()


def translated(call: Call) -> Translated:
    """What this layer is here."""
    if not call.is_own:
        return Translated(None, ("it is not a layer of Keras itself",))
    if call.config.get("data_format") not in (None, "channels_last"):
        return Translated(None, ("its data has channels first",))
    if call.kind in FUNCTIONS:
        return _function(call)
    if call.kind == "Conv2D" and _constant(call):
        return _hand_made(call)
    if call.kind == "Dropout" and call.config.get("noise_shape") == [None, 1, 1, 1]:
        call = replace(call, config={name: value for name, value in call.config.items() if name != "noise_shape"})
        return _with_arguments(StochasticDepth(), call)
    kind = _classes().get(call.kind)
    if kind is None:
        return Translated(None, ("there is no such layer here",))
    return _with_arguments(kind(), call)


def _classes() -> dict[str, type[Spec]]:
    """Our kinds by the class of Keras that each stands for: the allow-list."""
    found = {}
    for kind in (*kinds(Augmentation).values(), *kinds(Layer).values()):
        if kind.keras and kind.__name__ == kind.keras.rpartition(".")[2]:
            found[kind.__name__] = kind
    return found


def _with_arguments(spec: Spec, call: Call) -> Translated:
    """A kind with the arguments of the config, each under its own name; what is not said is as Keras has it."""
    options, lacks = type(spec).options(), []
    said = {name: value for name, value in call.config.items() if value is not None}
    if missing := sorted(needed(spec.kind) & set(options) - set(said) - set(UNSAID.get(spec.kind, {}))):
        return Translated(None, (f"{missing[0]} is missing",))
    for name, value in (_unsaid(spec) | said).items():
        if name in options and name != "on":
            changed = _set(spec, name, value)
            lacks += _seed(name, value)
            if changed is not None:
                spec = changed
            elif name.endswith(DECIDES):
                lacks.append(f"{name}={_spelled(value)}")
            else:
                return Translated(None, (f"{name}={_spelled(value)} can't be said here", *_legal(options[name])))
        elif not _is_usual(name, value, spec, call.rank):
            lacks.append(f"{shown(name)}={_spelled(value)}")
    return Translated(_shortest(spec), (*lacks, *(f"{one} in its call" for one in call.call)))


def _unsaid(spec: Spec) -> dict[str, Any]:
    """What Keras takes where a config says nothing, as far as it is something else than here."""
    has_weights = "activation" in type(spec).options() and spec.kind != "Activation"
    return (BENT if has_weights else {}) | UNSAID.get(spec.kind, {})


def _seed(name: str, value: Any) -> list[str]:
    """The seed of an initializer of its own: here the seed of the experiment decides."""
    config = value.get("config") if isinstance(value, dict) else None
    seed = config.get("seed") if isinstance(config, dict) else None
    return [] if seed is None else [f"the seed {_spelled(seed)} of its {name}"]


def _shortest(spec: Spec) -> Spec:
    """Windows that stand side by side need no step, and a number for all maps need not be said of each: Keras does."""
    if isinstance(spec, Normalization):
        alike = {name: getattr(spec, name)[:1] for name in ("mean", "variance") if len(set(getattr(spec, name))) == 1}
        return spec.edited(**alike)
    step = type(spec).options().get("strides")
    if step is None or not step.is_optional or spec.strides != getattr(spec, "pool_size", None):
        return spec
    return spec.edited(strides=None)


def _set(spec: Spec, name: str, value: Any) -> Spec | None:
    """The spec with one argument set, in whichever of the forms of its value is legal; None when none is."""
    if isinstance(spec, Augmentation):
        value = spec.of_keras(name, value)
    for form in _forms(value, getattr(type(spec), "axes", {}).get(name)):
        try:
            return spec.edited(**{name: form})
        except (ValidationError, ValueError, TypeError):
            continue
    return None


def _forms(value: Any, axes: tuple[int, ...] | None = None) -> Iterator[Any]:
    """The ways in which we may write a value: as it is, shorter, as a number with a point, by a name of ours."""
    if isinstance(value, dict):
        yield from _named(value, axes)
        return
    if isinstance(value, list):
        whole = _tuples(value)
        yield whole
        if _are_pairs(whole) and (short := _shorter(whole)) != whole:
            yield short
        if len(whole) == 2 and all(isinstance(one, int | float) for one in whole) and whole[0] == -whole[1]:
            yield abs(float(whole[1]))  # a random change both ways
        return
    yield value
    yield (value,)
    if isinstance(value, float) and value.is_integer():
        yield int(value)


def _named(value: dict[str, Any], axes: tuple[int, ...] | None) -> Iterator[Any]:
    """An object of Keras by our name for it."""
    kind, config = value.get("class_name"), value.get("config")
    if not isinstance(kind, str) or value.get("registered_name") not in (None, kind):
        return
    config = config if isinstance(config, dict) else {}
    told = {name: _plain(one) for name, one in config.items() if one is not None and name != "seed"}
    if axes is not None and told.get("axis") in (axes, axes[0] if len(axes) == 1 else axes):
        told.pop("axis", None)
    yield {"kind": kind, **told}
    if name := initializer(kind, told):
        yield snake(name)


def _plain(value: Any) -> Any:
    """A value of an object; Keras keeps some numbers in float32, which has seven digits: 0.85000002 was 0.85."""
    if isinstance(value, list):
        return _tuples(value)
    return float(f"{value:.7g}") if isinstance(value, float) else value


def _tuples(value: list) -> tuple:
    return tuple(_tuples(one) if isinstance(one, list) else one for one in value)


def _shorter(value: Any) -> Any:
    """(3, 3) -> 3 and ((1, 1), (2, 2)) -> (1, 2); ((0, 1), (0, 1)) stays, as its pairs are not even."""
    if not isinstance(value, tuple) or not value:
        return value
    inner = tuple(map(_shorter, value))
    if any(isinstance(one, tuple) for one in inner):
        return value
    return inner[0] if len(set(inner)) == 1 else inner


def _are_pairs(value: tuple) -> bool:
    """Whether numbers are those of rows and columns, or of the two sides of each."""
    return len(value) == 2 and all(_are_pairs(one) for one in value if isinstance(one, tuple))


def _is_usual(name: str, value: Any, spec: Spec, rank: int | None) -> bool:
    """Whether an argument that we have no word for changes nothing."""
    value = _flat(value)
    if isinstance(spec, Augmentation) and name in (told := spec.keras_arguments()) and value == told[name]:
        return True
    return changes_nothing(name, value, rank)


def _function(call: Call) -> Translated:
    """A layer that is one function, as Activation with its name."""
    name, wrong = FUNCTIONS[call.kind], []
    told = {key: value for key, value in call.config.items() if value is not None and key != "trainable"}
    if call.kind == "ReLU" and told.get("max_value") == 6:
        name = "relu6"
        del told["max_value"]
    for key, value in told.items():
        if value not in FUNCTION_ARGUMENTS.get(key, ()) and not changes_nothing(key, _flat(value), call.rank):
            wrong.append(f"{shown(key)}={_spelled(value)} can't be said here")
    spec = _set(_classes()["Activation"](), "activation", name)
    if spec is None or wrong:
        return Translated(None, tuple(wrong) or (f"there is no {name} here",))
    return Translated(spec, tuple(f"{one} in its call" for one in call.call))


def _flat(value: Any) -> Any:
    return _shorter(_tuples(value)) if isinstance(value, list) else value


def _constant(call: Call) -> Any:
    """The kernels that a convolution begins with and keeps; None for one that learns."""
    if call.config.get("trainable") is not False:
        return None
    return _value(call.config.get("kernel_initializer"))


def _value(initializer: Any) -> Any:
    """The numbers of a Constant initializer."""
    if not isinstance(initializer, dict) or initializer.get("class_name") != "Constant":
        return None
    value = (initializer.get("config") or {}).get("value")
    if isinstance(value, dict) and value.get("class_name") in ("__numpy__", "__tensor__"):
        return (value.get("config") or {}).get("value")
    return value


def _hand_made(call: Call) -> Translated:
    """A convolution that never learns, with its kernels in our order: filter, plane, row, column."""
    rows = _constant(call)
    try:
        kernels = tuple(
            tuple(
                tuple(tuple(float(cells[plane][number]) for cells in row) for row in rows)
                for plane in range(len(rows[0][0]))
            )
            for number in range(len(rows[0][0][0]))
        )
        biases = _value(call.config.get("bias_initializer")) if call.config.get("use_bias") else ()
        spec = HandMadeConv2D(kernels=kernels, biases=tuple(map(float, biases or ())))
    except (TypeError, IndexError, ValueError, ValidationError):
        return Translated(None, ("its kernels can't be said here",))
    skipped = ("kernel_initializer", "bias_initializer", "trainable", "filters", "kernel_size", "use_bias")
    config = {name: value for name, value in call.config.items() if name not in skipped}
    return _with_arguments(spec, replace(call, config=config))


def _spelled(value: Any) -> str:
    """A value in a few letters."""
    if isinstance(value, dict):
        return shown(value.get("class_name", "an object"))
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    return shown(value)


def _legal(option: Any) -> tuple[str, ...]:
    """What a number may be here."""
    return (f"it is {told}",) if (told := option.legal()) else ()
