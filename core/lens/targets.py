"""The numbers of a network that an explanation may be about: a class, one class rather than another, a unit."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from core.lens.network import Network

LOGITS = "logits"
"""Name, beside those of the layers, of what the last activation is given."""


@dataclass(frozen=True)
class ClassScore:
    """How much a network is for one class.

    Args:
        index: of the class.
        of: its logit, or its probability; where a network has no logits, the logarithm of the probability stands for
            them. Two classes share one logit: the first has its negative.
    """

    index: int
    of: Literal["logit", "probability"] = "logit"

    @property
    def form(self) -> tuple[object, ...]:
        """Those of one form are read by the same steps; only `numbers` differ."""
        return "class", self.of

    @property
    def numbers(self) -> tuple[int, ...]:
        """What tells it from others of its form."""
        return (self.index,)

    def end(self, network: "Network") -> str:
        """The layer whose output holds it."""
        return LOGITS if self.of == "logit" and network.has_logits else network.rows[-1].name

    def read(self, network: "Network", values: Any, numbers: Any) -> Any:
        """It for each image, a tensor (N,).

        Args:
            network: whose it is.
            values: the output of `end`, a tensor (N, ...).
            numbers: `numbers` as a tensor, so that what was compiled serves every class.
        """
        import tensorflow as tf

        if self.of == "logit" and network.has_logits:
            return _logit(values, numbers[0])
        probability = tf.gather(network.per_class(values), numbers[0], axis=1)
        return probability if self.of == "probability" else tf.math.log(probability)


@dataclass(frozen=True)
class Margin:
    """By how much a network is for one class rather than for another: the logarithm of how many times as probable it
    is, which is the difference of their logits.

    Args:
        index, against: the two classes.
    """

    index: int
    against: int
    form = ("margin",)

    @property
    def numbers(self) -> tuple[int, ...]:
        """The two classes."""
        return self.index, self.against

    def end(self, network: "Network") -> str:
        """The layer whose output holds both."""
        return LOGITS if network.has_logits else network.rows[-1].name

    def read(self, network: "Network", values: Any, numbers: Any) -> Any:
        """As `ClassScore.read`; two classes that share one logit differ by it."""
        import tensorflow as tf

        if network.has_logits and values.shape[1] == 1:
            return _logit(values, numbers[0])
        each = values if network.has_logits else tf.math.log(network.per_class(values))
        return tf.gather(each, numbers[0], axis=1) - tf.gather(each, numbers[1], axis=1)


@dataclass(frozen=True)
class Unit:
    """One map or one value of a layer.

    Args:
        layer: its name.
        index: of the map, or of the value in a flat layer.
        place: row and column in the map; its mean when left out.
    """

    layer: str
    index: int
    place: tuple[int, int] | None = None

    @property
    def form(self) -> tuple[object, ...]:
        """Those of one layer that have a place, or those that have none."""
        return "unit", self.layer, self.place is None

    @property
    def numbers(self) -> tuple[int, ...]:
        """Its map and its place there."""
        return self.index, *(self.place or ())

    def end(self, network: "Network") -> str:
        """Its layer."""
        return self.layer

    def read(self, network: "Network", values: Any, numbers: Any) -> Any:
        """As `ClassScore.read`."""
        import tensorflow as tf

        of_unit = tf.gather(values, numbers[0], axis=-1)
        if self.place is not None:
            return of_unit[:, numbers[1], numbers[2]]
        return tf.reduce_mean(tf.reshape(of_unit, (tf.shape(values)[0], -1)), axis=1)


Target = ClassScore | Margin | Unit


def _logit(values: Any, index: Any) -> Any:
    """The logit of a class (N,); two classes share one, which speaks for the second."""
    import tensorflow as tf

    if values.shape[1] > 1:
        return tf.gather(values, index, axis=1)
    return values[:, 0] * tf.where(index > 0, 1.0, -1.0)
