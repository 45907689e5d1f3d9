"""How large the output of a sliding window is, alone and in a chain of layers."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from core.labs import Check, Lab
from core.labs.sliding import Slide, slide
from core.spec import option

MAX_CHAIN = 12
MAX_FILTERS = 1024


class SizeStep(BaseModel):
    """One layer of the chain: a window with its step."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    kernel: int = Field(ge=1, le=15)
    stride: int = Field(1, ge=1, le=8)
    dilation: int = Field(1, ge=1, le=8)
    padding: Literal["valid", "same", "number"] = "valid"
    cells: int = Field(0, ge=0, le=15)
    filters: int = Field(0, ge=0, le=MAX_FILTERS)
    """Channels that come out; 0 for a pooling, which leaves them as they are."""

    def slide(self, size: int) -> Slide:
        """Its stops along a side of `size` cells."""
        return slide(
            size, self.kernel, self.stride, self.dilation, self.cells if self.padding == "number" else self.padding
        )


LENET = tuple(
    step for filters in (6, 16) for step in (SizeStep(kernel=5, filters=filters), SizeStep(kernel=2, stride=2))
)
"""The windows of LeNet-5, with which the lab opens. Source: LeCun et al. 1998."""


class Sizes(Lab):
    """Choose a window and see how many places it stops at."""

    size: int = option(
        32, "Side of the input.", advice="If the picture shrinks too fast, start larger.", low=1, high=320, unit="px"
    )
    kernel: int = option(
        5, "Side of the window.", advice="If too much border is lost, take less.", low=1, high=15, unit="px"
    )
    stride: int = option(
        1,
        "Step from one stop to the next.",
        advice="If the output should be half as large, take 2.",
        low=1,
        high=8,
        unit="px",
    )
    dilation: int = option(
        1, "From one cell that is read to the next.", advice="If the window should reach further, 2.", low=1, high=8
    )
    padding: Literal["valid", "same", "number"] = option(
        "valid",
        "What is added around the input: nothing, as much as keeps ceil(N / S), or so many cells.",
        advice="If the size must not shrink, 'same'.",
    )
    cells: int = option(0, "Cells added at every side, where padding is a number.", low=0, high=15, unit="px")
    channels: int = option(
        1, "Channels of the input: 1 for grey, 3 for colours.", advice="For a colour photo, 3.", low=1, high=1024
    )
    chain: tuple[SizeStep, ...] = Field(LENET, max_length=MAX_CHAIN, description="Layers one after another.")

    @classmethod
    def checks(cls) -> tuple[Check, ...]:
        asked = {
            "32, kernel 5": (28, (32, 5)),
            "28, pooling 2, step 2": (14, (28, 2, 2)),
            "7, kernel 3, step 2": (3, (7, 3, 2)),
            "28, kernel 3, step 2, same": (14, (28, 3, 2, 1, "same")),
            "32, kernel 3, dilation 2": (28, (32, 3, 1, 2)),
            "227, kernel 11, step 4 (AlexNet)": (55, (227, 11, 4)),
        }
        single = (
            Check(words, f"Output for {words}", known, lambda given=given: slide(*given).out)
            for words, (known, given) in asked.items()
        )
        ready = (
            ("LeNet-5", [28, 14, 10, 5]),
            ("Fashion CNN", [26, 13, 11, 5]),
            ("Horses", [298, 149, 147, 73, 71, 35]),
            ("Horses, compact", [148, 74, 72, 36, 34, 17]),
        )
        known_values = ("Horses", [270_000, 78_400]), ("Fashion CNN", [784, 1600])
        values = (
            Check(
                f"values {name}",
                f"Values of a picture of {name}, and after its layers",
                known,
                lambda name=name: [READY_CHAINS[name].values()[at] for at in (0, -1)],
            )
            for name, known in known_values
        )
        chains = (
            Check(name, f"Sizes in {name}", known, lambda name=name: READY_CHAINS[name].sizes()[1:])
            for name, known in ready
        )
        return (*single, *chains, *values)

    def sizes(self) -> list[int]:
        """The side of the input, then after each layer of the chain; it ends with 0 where a window does not fit."""
        found = [self.size]
        for link in self.chain:
            found.append(link.slide(found[-1]).out)
            if not found[-1]:
                break
        return found

    def values(self) -> list[int]:
        """Height times width times channels of the input, then after each layer that the chain reaches."""
        channels, found = self.channels, [self.size**2 * self.channels]
        for size, link in zip(self.sizes()[1:], self.chain, strict=False):
            channels = link.filters or channels
            found.append(size * size * channels)
        return found


def _pooled(size: int, channels: int, kernel: int, filters: tuple[int, ...]) -> Sizes:
    """A convolution and a 2x2 pooling for each number of filters."""
    pairs = ((SizeStep(kernel=kernel, filters=count), SizeStep(kernel=2, stride=2)) for count in filters)
    chain = tuple(step for pair in pairs for step in pair)
    return Sizes(size=size, channels=channels, kernel=kernel, chain=chain)


READY_CHAINS = {
    "LeNet-5": Sizes(),
    "Fashion CNN": _pooled(28, 1, 3, (64, 64)),
    "Horses": _pooled(300, 3, 3, (16, 32, 64)),
    "Horses, compact": _pooled(150, 3, 3, (16, 32, 64)),
}
"""Sliding windows of networks that are well known; each begins at its own size."""
