"""The catalogue of optimizers: how weights follow their gradients."""

from typing import ClassVar

from core.problems import ALONE, Context
from core.spec import Spec, option

RATES = tuple(float(f"{digit}e{power}") for power in range(-5, 1) for digit in (1, 2, 3, 5)) + (10.0,)
"""The steps of the log scale: 1, 2, 3, 5 of every power of ten."""


def learning_rate(default: float) -> float:
    """The field all optimizers share, with the default that Keras has for this one."""
    return option(
        default,
        "Length of each step down the slope of the loss.",
        advice="If the loss jumps or becomes NaN, divide it by 10; if it falls too slowly, triple it.",
        low=1e-6,
        high=10.0,
        scale="log",
        choices=RATES,
    )


class Optimizer(Spec):
    """A rule that turns gradients into steps."""

    @property
    def slots(self) -> int:
        """Numbers that it remembers for each weight."""
        return 1

    def source(self, context: Context = ALONE) -> str:
        """The line that makes it; where a schedule moves the rate, with the variable `learning_rate` of the script."""
        line, own = super().source(context), f"learning_rate={self.learning_rate!r}"
        return line.replace(own, "learning_rate=learning_rate", 1) if context.schedule else line


class SGD(Optimizer):
    """Steps straight down the gradient; with momentum it keeps rolling in the direction it had."""

    keras: ClassVar[str] = "optimizers.SGD"
    rank: ClassVar[int] = 1

    learning_rate: float = learning_rate(0.01)
    momentum: float = option(
        0.9,
        "Share of the last step that is kept.",
        advice="If the loss zigzags, try 0.9; 0 is plain SGD.",
        low=0.0,
        high=0.999,
    )
    nesterov: bool = option(False, "Looks one step ahead before it corrects.", advice="If momentum overshoots, try it.")

    @property
    def slots(self) -> int:
        return int(self.momentum > 0)


class RMSprop(Optimizer):
    """Divides each step by the recent size of its own gradient, so that all weights move at a like pace."""

    keras: ClassVar[str] = "optimizers.RMSprop"
    rank: ClassVar[int] = 2

    learning_rate: float = learning_rate(0.001)
    rho: float = option(
        0.9, "How long past gradients are remembered.", advice="If steps are jumpy, raise it.", low=0.0, high=0.999
    )


class Adam(Optimizer):
    """RMSprop with momentum: a good first choice for almost everything."""

    keras: ClassVar[str] = "optimizers.Adam"
    rank: ClassVar[int] = 3

    learning_rate: float = learning_rate(0.001)
    beta_1: float = option(
        0.9, "How long the direction is remembered.", advice="If the loss zigzags, raise it.", low=0.0, high=0.999
    )
    beta_2: float = option(
        0.999,
        "How long the size of gradients is remembered.",
        advice="If training stalls early, lower it to 0.99.",
        low=0.0,
        high=0.9999,
    )

    @property
    def slots(self) -> int:
        return 2


class AdamW(Optimizer):
    """Adam that also shrinks every weight a little at each step, which keeps the network simple."""

    keras: ClassVar[str] = "optimizers.AdamW"
    rank: ClassVar[int] = 4

    learning_rate: float = learning_rate(0.001)
    weight_decay: float = option(
        0.004,
        "How strongly weights are pulled to zero.",
        advice="If it overfits, raise it; if it can't learn enough, lower it.",
        low=0.0,
        high=1.0,
    )
    beta_1: float = option(
        0.9, "How long the direction is remembered.", advice="If the loss zigzags, raise it.", low=0.0, high=0.999
    )
    beta_2: float = option(
        0.999,
        "How long the size of gradients is remembered.",
        advice="If training stalls early, lower it to 0.99.",
        low=0.0,
        high=0.9999,
    )

    @property
    def slots(self) -> int:
        return 2


class Adagrad(Optimizer):
    """Gives rarely moved weights longer steps; its steps only ever get shorter."""

    keras: ClassVar[str] = "optimizers.Adagrad"
    rank: ClassVar[int] = 5

    learning_rate: float = learning_rate(0.01)
    initial_accumulator_value: float = option(
        0.1,
        "Where the memory of gradients starts.",
        advice="If the first steps are too long, raise it.",
        low=0.0,
        high=10.0,
    )
