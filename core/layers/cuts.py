"""Where a base may be cut, and from where on it may learn: its layers by name, with what each gives."""

import itertools
import re
from collections.abc import Sequence
from typing import NamedTuple

from core.layers import Shape
from core.layers.blocks import Part, followed

STAGE = re.compile(
    r"(expanded_conv(?:_\d+)?(?=_)|(?:conv\d+_)?block_?\d+[a-z]?(?=_)|conv_(?:pad|dw|pw)_\d+|conv\d+(?=_)|pool\d+(?=_))"
)
"""How names of layers begin that say in which block they stand: block_3_expand, conv2_block1_1_conv, block2a_se."""
MERGED = ((re.compile(r"^conv_(?:pad|dw|pw)_"), "block_"),)
"""Where the names of one block begin in several ways: what takes the place of those beginnings."""
LEAST_JOINED = 3
"""Inputs of a join that ends a stage whose layers say in no name where they stand."""


class Place(NamedTuple):
    """A layer of a base.

    Args:
        name: Keras'.
        number: its place there, counted as Keras does from the input, 0.
        shape: of what it gives for one image.
        learn: parameters that learn where it and all behind it do.
        ends: whether a block ends with it.
    """

    name: str
    number: int
    shape: Shape
    learn: int
    ends: bool


def stages(names: Sequence[str], inputs: Sequence[int]) -> list[str]:
    """For each layer of a long network the block in which it stands, by the names that Keras gives; empty outside.

    Args:
        names: of the layers, in order.
        inputs: how many each of them reads.
    """
    found = [_stage(name) for name in names]
    known = [place for place, stage in enumerate(found) if stage]
    for first, following in itertools.pairwise(known):  # an activation without a name of its own, in the middle
        if found[first] == found[following]:
            found[first:following] = [found[first]] * (following - first)
    start = 0
    for place, (name, count) in enumerate(zip(names, inputs, strict=True)):
        if found[place]:
            start = place + 1
        elif count >= LEAST_JOINED:
            found[start : place + 1] = [name] * (place + 1 - start)
            start = place + 1
    return found


def _stage(name: str) -> str:
    found = STAGE.match(name)
    if not found:
        return name.rpartition(".")[0]  # in a block of the learner's own
    stage = found.group(1)
    for beginning, instead in MERGED:
        stage = beginning.sub(instead, stage)
    return stage


def places(parts: Sequence[Part], shape: Shape, left_out: str) -> list[Place]:
    """All layers of a base that have a name of Keras', in order.

    Args:
        parts: of the base, all learning.
        shape: of what it is given.
        left_out: how the names begin of those that only prepare the image.
    """
    steps = [step for step in followed(parts, shape) if not step[0].id.startswith(left_out)]
    owned = [
        part.layer.parameters(*given) - part.layer.non_trainable(*given) if part.trainable else 0
        for part, given, _ in steps
    ]
    of = stages([part.id for part, _, _ in steps], [len(given) for _, given, _ in steps])
    return [
        Place(part.id, number, gives, sum(owned[number - 1 :]), bool(stage) and stage != following)
        for number, ((part, _, gives), stage, following) in enumerate(zip(steps, of, [*of[1:], ""], strict=True), 1)
    ]
