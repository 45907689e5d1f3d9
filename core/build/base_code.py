"""A base in a script: one of Keras' own as notes on transfer learning write it, any other as its layers and a file."""

import re
from collections.abc import Sequence
from textwrap import fill
from typing import Any

from core.experiment.network import Row, Trace
from core.experiment.node import IMAGE
from core.layers.applications import Application
from core.layers.pretrained import FIRST, arguments

WIDTH = 118
"""Letters of a line of comment."""

NUMBERED = re.compile(
    r"(activation|add|average_pooling2d|batch_normalization|concatenate|conv2d|cropping2d|max_pooling2d|normalization|"
    r"re_lu|rescaling|zero_padding2d)(_\d+)?"
)
"""Names that Keras gives in turn, beginning anew in a fresh session."""
STILL = '''class Inference(layers.Layer):
    """Calls layers as at inference, also while the network around trains: their statistics stay, nothing is dropped."""

    # base(x, training=False) alone does not last: in a functional model, the training=True of fit takes its place.
    def __init__(self, inner, **settings):
        super().__init__(**settings)
        self.inner = inner

    def call(self, inputs):
        return self.inner(inputs, training=False)


'''
LET_GO = (
    STILL.replace("call(self, inputs)", "call(self, inputs, training=None)")
    .replace("training=False)\n\n", "training=training and not self.is_held)\n\n")
    .replace("        self.inner = inner\n", "        self.inner, self.is_held = inner, True\n")
)
"""The same, until it is told otherwise."""


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
    lines = [f"base = keras.applications.{base.application}({told})", *learning(base)]
    if base.cut:
        lines.append(f'base = keras.Model(base.input, base.get_layer("{base.cut}").output)')
    return lines


def session(found: Sequence[Row]) -> list[str]:
    """A line that lets Keras name layers as in a fresh session, where such a name is asked for.

    Args:
        found: the bases, as they are in every stage of the run.
    """
    if any(NUMBERED.fullmatch(name) for row in found for name in (row.of.cut, row.of.trainable_from)):
        return ["keras.utils.clear_session()  # Keras counts anew: conv2d, conv2d_1 ..."]
    return []


def learning(base: Application) -> list[str]:
    """What of a base learns."""
    if not base.trainable_from:
        return ["base.trainable = False"]
    return [
        f'first = base.layers.index(base.get_layer("{base.trainable_from}"))  # from here on it learns',
        "for layer in base.layers[:first]:",
        "    layer.trainable = False",
    ]


def called(row: Row, read: str, variable: str, is_held: bool) -> list[str]:
    """Lines that prepare the image and call the base.

    Args:
        row: of the base.
        read: what holds the image, 0..255.
        variable: what holds what the base gives.
        is_held: whether it stays as at inference while the network trains.
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
    call = f'Inference(base, name="base")({read})' if is_held else f"base({read})"
    return [*lines, f"{variable} = {call}"]


def is_held(row: Row) -> bool:
    """Whether it must be kept from what its layer does while a network trains; Keras' own is, once it is frozen."""
    return row.inference and row.layer.differs_in_training and (row.trainable or not row.parameters)


def placed(row: Row, source: str, is_held: bool) -> str:
    """The expression that makes a layer, named, and frozen where it is.

    Args:
        row: of the layer.
        source: that makes it.
        is_held: whether it stays as at inference while the network trains.
    """
    frozen = (
        ", trainable=False"
        if row.parameters and not is_held and not row.trainable and "trainable=" not in source
        else ""
    )
    made = f'{source.removesuffix(")")}{frozen}, name="{row.name}")'.replace("(, ", "(")
    return f'Inference({made}, name="{row.name}")' if is_held else made


def weights_name(traced: Trace) -> str:
    """What a script calls the file in which its base's weights lie; empty where Keras fetches them, or there are none.

    Args:
        traced: the whole network.
    """
    row = next((row for row in traced.rows if row.base and not is_of(row)), None)
    if row is None:
        return ""
    if row.base.digest:
        return f"base-{row.base.digest[:8]}.npz"
    file = row.base.file(row.input_shape)
    return file.name if file else ""


def loaded(traced: Trace) -> list[str]:
    """Lines that give the layers of a base what they learnt; none where Keras does."""
    name = weights_name(traced)
    if not name:
        return []
    rows = [row for row in traced.rows if row.base and row.parameters and not row.part.startswith(FIRST)]
    paths = [row.part for row in rows]
    given = "name" if paths == [row.name for row in rows] else 'name.replace(".", "_")'
    return [
        f"# What {rows[0].base.kind} learnt is read from {name}, beside this file. Kernelscope gives it to you on the",
        "# page Network under Code; Export > Code (.zip) of a finished run holds it and this script.",
        f'learnt = np.load("{name}")  # by layer/variable',
        *tupled("names", paths),
        "for name in names:",
        f"    for variable in model.get_layer({given}).weights:",
        '        variable.assign(learnt[f"{name}/{variable.name}"].astype("float32"))',
    ]


def tupled(variable: str, names: Sequence[str]) -> list[str]:
    """Names of layers in a variable, several lines where they are many."""
    told = f"{variable} = ({', '.join(map(_spelled, names))}{',' * (len(names) == 1)})"
    return fill(told, WIDTH, subsequent_indent="    ", break_long_words=False, break_on_hyphens=False).splitlines()


def reads_scaled(traced: Trace) -> bool:
    """Whether anything but a base reads the image, and so needs its pixels in 0..1."""
    return any(IMAGE in row.inputs and not is_of(row) for row in traced.rows)


def _spelled(value: Any) -> str:
    return f'"{value}"' if isinstance(value, str) else repr(value)
