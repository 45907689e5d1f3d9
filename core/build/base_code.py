"""A base in a script, as notes on transfer learning write it: named, cut, frozen, called."""

import re
from collections.abc import Sequence
from typing import Any

from core.experiment.network import Row, Trace
from core.experiment.node import IMAGE
from core.layers.applications import Application
from core.layers.pretrained import arguments

NUMBERED = re.compile(
    r"(activation|add|average_pooling2d|batch_normalization|concatenate|conv2d|cropping2d|max_pooling2d|normalization|"
    r"re_lu|rescaling|zero_padding2d)(_\d+)?"
)
"""Names that Keras gives in turn, beginning anew in a fresh session."""
STILL = '''class Inference(layers.Layer):
    """Calls a network as at inference, also while the one around it trains: its statistics stay, nothing is dropped."""

    # base(x, training=False) alone does not last: in a functional model, the training=True of fit takes its place.
    def __init__(self, network, **settings):
        super().__init__(**settings)
        self.network = network

    def call(self, inputs):
        return self.network(inputs, training=False)


'''


def folded(traced: Trace) -> Trace:
    """The network with one row for each base that Keras makes itself."""
    as_one = {row.id: row for row in traced.folded().rows}
    rows = (as_one[row.block] if is_of(row) else row for row in traced.rows if not is_of(row) or row.id == row.block)
    return Trace(traced.input_shape, tuple(rows))


def is_of(row: Row) -> bool:
    """Whether a row belongs to a base of `keras.applications`, or is one."""
    return isinstance(row.of, Application)


def bases(traced: Trace) -> list[Row]:
    """The bases among the rows of a network, as `folded` gives it."""
    return [row for row in traced.rows if is_of(row)]


def made(row: Row) -> list[str]:
    """Lines that make a base, let learn of it what should, and cut it.

    Args:
        row: of the base.
    """
    base: Application = row.of
    given = arguments(base, row.input_shape)
    given["weights"] = given.pop("weights")  # last, as notes have it
    told = ", ".join(f"{name}={_spelled(value)}" for name, value in given.items())
    lines = [f"base = keras.applications.{base.application}({told})", *_learning(base)]
    if base.cut:
        lines.append(f'base = keras.Model(base.input, base.get_layer("{base.cut}").output)')
    return lines


def session(found: Sequence[Row]) -> list[str]:
    """A line that lets Keras name layers as in a fresh session, where such a name is asked for."""
    if any(NUMBERED.fullmatch(name) for row in found for name in (row.of.cut, row.of.trainable_from)):
        return ["keras.utils.clear_session()  # Keras counts anew: conv2d, conv2d_1 ..."]
    return []


def _learning(base: Application) -> list[str]:
    """What of a base learns."""
    if not base.trainable_from:
        return ["base.trainable = False"]
    return [
        f'first = base.layers.index(base.get_layer("{base.trainable_from}"))  # from here on it learns',
        "for layer in base.layers[:first]:",
        "    layer.trainable = False",
    ]


def called(row: Row, read: str, variable: str) -> list[str]:
    """Lines that prepare the image and call the base.

    Args:
        row: of the base.
        read: what holds the image, 0..255.
        variable: what holds what the base gives.
    """
    base: Application = row.of
    lines = []
    if row.input_shape[2] == 1:
        lines, read = [f'x = layers.Concatenate(name="colours")([{read}] * 3)  # grey as three equal colours'], "x"
    if base.module:
        lines.append(f"x = keras.applications.{base.module}.preprocess_input({read})  # to what it learnt from")
        read = "x"
    else:
        lines.append("# It prepares the pixels by itself.")
    call = f"base({read})" if base.training else f'Inference(base, name="base")({read})'
    return [*lines, f"{variable} = {call}"]


def helper(found: Sequence[Row]) -> str:
    """The class that holds bases at inference; empty where none is to be held."""
    return STILL if any(not row.of.training for row in found) else ""


def reads_scaled(traced: Trace) -> bool:
    """Whether anything but a base reads the image, and so needs its pixels in 0..1."""
    return any(IMAGE in row.inputs and not is_of(row) for row in traced.rows)


def _spelled(value: Any) -> str:
    return f'"{value}"' if isinstance(value, str) else repr(value)
