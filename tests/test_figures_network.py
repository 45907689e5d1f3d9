"""The drawing of a network: every layer a box, sides in proportion, nothing behind a layer that can't be."""

import pytest

from core.experiment import Experiment
from core.experiment.presets import load_preset, presets
from core.figures.network import narrowest, network_diagram
from core.layers.convolution import Conv2D
from core.layers.reshaping import Flatten


def names(experiment):
    figure = network_diagram(experiment.trace(experiment.dataset.facts()))
    return [note.text.partition("</b>")[0].removeprefix("<b>") for note in figure.layout.annotations]


@pytest.mark.parametrize("preset", presets())
def test_every_layer_of_every_preset_is_drawn(preset):
    experiment = load_preset(preset)
    assert names(experiment) == ["picture", *(layer.short() for layer in experiment.layers), "answer"]


def test_what_stands_behind_a_layer_that_cannot_be_is_not_drawn():
    assert names(Experiment(layers=(Flatten(), Conv2D(), Flatten()))) == ["picture", "Flatten"]


def test_half_the_side_is_half_the_height():
    experiment = load_preset("digits-cnn")
    figure = network_diagram(experiment.trace(experiment.dataset.facts()))
    fronts = [trace for trace in figure.data if trace.fillcolor == figure.data[2].fillcolor]
    picture, _, pooled = (max(front.y) - min(front.y) for front in fronts[:3])
    assert pooled == pytest.approx(picture / 2)


def test_every_box_that_is_drawn_has_room_for_its_name():
    def room(*layers):
        experiment = Experiment(layers=layers)
        return narrowest(experiment.trace(experiment.dataset.facts()))

    few, more = room(Flatten()), room(Conv2D(), Conv2D(), Flatten())
    assert more == few * 5 / 3
    assert room(Flatten(), Conv2D(), Flatten()) == few * 2 / 3


def test_a_network_with_branches_shows_its_wires_and_a_chain_none():
    branched, chain = load_preset("digits-residual"), load_preset("digits-cnn")
    traced = branched.trace(branched.dataset.facts())
    figure = network_diagram(traced)

    assert len(figure.layout.shapes) == sum(len(row.inputs) for row in traced.rows)
    assert sum(" C " in shape.path for shape in figure.layout.shapes) == 1  # the shortcut alone passes over others
    assert not network_diagram(chain.trace(chain.dataset.facts())).layout.shapes
