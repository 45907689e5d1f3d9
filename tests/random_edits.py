"""Edits of every kind, drawn at random, as somebody does them one after the other in the layer list."""

import random

from benchmarks.random_graphs import BLOCKS, PLAIN, fits, random_layer
from core.advice import advice_on
from core.errors import UserError
from core.experiment import Experiment, branches, fragments, grouping, mending, stack
from core.experiment.node import IMAGE
from core.layers.hand_made import HandMadeConv2D
from core.layers.joining import Add

MOST = 30
"""Layers of a network; larger ones take long to judge and show nothing new."""


def edited(draw: random.Random, experiment: Experiment, clip: list) -> Experiment:
    """The experiment after one edit; as it was where that is refused.

    Args:
        draw: source of chance.
        experiment: with two layers or more.
        clip: what was copied last; changed here.
    """
    try:
        nodes = _edited(draw, experiment, clip)
    except UserError as refusal:
        assert refusal.what and refusal.remedy
        return experiment
    return experiment.edited(nodes=nodes) if 2 <= len(nodes) <= MOST else experiment


def _edited(draw: random.Random, experiment: Experiment, clip: list) -> stack.Nodes:
    nodes, facts = experiment.nodes, experiment.dataset.facts()
    traced = experiment.trace(facts).folded()
    if traced.broken and draw.random() < 0.7:
        return _mended(draw, nodes, traced)
    row, place = draw.choice(traced.rows[:-1]), draw.randrange(len(nodes))
    some = [node.id for node in nodes[place : place + draw.randint(1, 4)]]
    block = next((one for one in traced.rows if one.layer.family == "Blocks"), row)
    partner = draw.choice([*branches.partners(traced, row.id)[:3], branches.Partner(IMAGE, "Concatenate")])
    advice = [fix for one in advice_on(experiment, facts) for fix in one.fixes]

    def copy() -> stack.Nodes:
        clip[:] = fragments.copied(nodes, some)
        return nodes

    return draw.choice(
        (
            lambda: stack.inserted(nodes, row.index, _layer(draw, row.input_shape)),
            lambda: stack.replaced(nodes, row.id, _layer(draw, row.input_shape)),
            lambda: stack.moved(nodes, row.id, place),
            lambda: stack.duplicated(nodes, some)[0],
            lambda: stack.removed(nodes, *some[:2]),
            lambda: branches.branched(nodes, row.id, row.output_shape)[0],
            lambda: branches.joined(nodes, row.id, partner.id, partner.kind)[0],
            lambda: branches.reading(nodes, row.id, [draw.choice([IMAGE, *some])]),
            lambda: grouping.grouped(nodes, some, "é 名")[0],
            lambda: grouping.ungrouped(nodes, block.id, block.input_shape)[0],
            copy,
            lambda: fragments.pasted(nodes, row.id, tuple(clip))[0],
            lambda: draw.choice(advice).make().nodes if advice else nodes,
        )
    )()


def _layer(draw, shape):
    """A layer of any kind, seldom one that does not fit."""
    if shape is None or draw.random() < 0.1:
        return Add()
    kinds = [kind for kind in (*PLAIN, *BLOCKS) if kind is not HandMadeConv2D]  # a kernel for each of 100 maps is long
    layers = (random_layer(draw, draw.choice(kinds), shape) for _ in range(20))
    return next((layer for layer in layers if fits(layer, shape)), Add())


def _mended(draw, nodes, traced):
    """One of the ways that are offered at the first layer that can't be."""
    row = traced.broken
    if row.index is None:
        return stack.mended(nodes, None, "append", draw.choice(("Flatten", "GlobalAveragePooling2D")))
    ways = [way.nodes for way in mending.ways(traced, nodes, row.id)]
    ways += [stack.mended(nodes, row.id, *fix) for fix in row.impossible.fixes.items()]
    return draw.choice(ways or [stack.removed(nodes, row.id)])
