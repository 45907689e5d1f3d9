"""The catalogue of layers as small pictures: what each would make of the maps at the place where it would go."""

from typing import Any

from core.datasets import Facts
from core.errors import UserError
from core.experiment import Experiment, branches, stack
from core.experiment.placing import base_of
from core.layers import Impossible, Layer, Shape
from core.layers.holding import Holding
from core.layers.pretrained import Base
from core.spec import kinds
from core.words import counted, side_by_side
from pages.components.browser.component import component
from pages.components.frame import gallery, going, sent, session
from pages.components.frame.gestures import Gestures
from pages.components.network import layer_list

KEY = "catalogue"

_component = component(
    "catalogue",
    "browser/gestures",
    "network/glyphs",
    "network/catalogue",
    html="<div class='catalogue'></div>",
)


OFTEN = (
    *("Conv2D", "MaxPooling2D", "BatchNormalization", "Activation", "Dropout"),
    *("GlobalAveragePooling2D", "Flatten", "Dense"),
)
"""What most networks for images are made of; it stands first."""
BEGIN = (
    "Layers that learnt already, on other images. They stand first and stay as they are; what you put behind them "
    "learns on yours, from fifty images of a class or fewer."
)
"""What bases are."""
LABS = {
    **dict.fromkeys(["Conv2D"], "Convolution"),
    **dict.fromkeys(["SeparableConv2D", "DepthwiseConv2D", "Conv2DTranspose"], "Kinds of convolution"),
    **dict.fromkeys(["HandMadeConv2D"], "Filters"),
    **dict.fromkeys(["MaxPooling2D", "AveragePooling2D"], "Pooling"),
    **dict.fromkeys(["GlobalAveragePooling2D", "GlobalMaxPooling2D"], "Pooling"),
    **dict.fromkeys(["Activation", "LeakyReLU", "PReLU"], "Activations"),
    **dict.fromkeys(["ZeroPadding2D", "Cropping2D"], "Sizes"),
    **dict.fromkeys(["Dense"], "Neuron"),
}
"""The lab in which a kind can be tried by hand."""


def draw(experiment: Experiment, facts: Facts) -> None:
    """Draws it; a click puts the layer in after the selected one."""
    at = layer_list.place_of_new()
    shape = shape_before(experiment, facts, at)
    families: dict[str, list[dict[str, Any]]] = {}
    for kind in kinds(Layer).values():
        if kind.takes[0] > 1 or issubclass(kind, Holding):
            continue  # made elsewhere: a join of the ends of paths, a group of rows, a base out of a run
        offer = _of_base(kind, facts.shape) if issubclass(kind, Base) else _offer(kind, shape)
        families.setdefault(kind.family, []).append(offer)
    after = f"after {experiment.layers[at - 1].kind} #{at}" if at else "first, on the picture itself"
    given = f"It is given {side_by_side(shape)}." if shape else ""
    _component(
        key=KEY,
        data={
            "title": f"Goes {after}. {given}",
            "families": families,
            "often": OFTEN,
            "begin": [] if base_of(experiment.nodes) else [Base.family, BEGIN],
            "joins": branches.joins(),
            "can_close": bool(experiment.layers),
            "gestures": _gestures.data(),
        },
        on_gestures_change=_gestures.take,
    )


def shape_before(experiment: Experiment, facts: Facts, at: int) -> Shape | None:
    """Shape of what a layer at place `at` is given; None behind a layer that can't be."""
    return experiment.trace(facts).folded().rows[at].input_shape


class Asked(sent.Shape):
    """A click in the catalogue: the kind of a layer; none closes it, or leads to a kind's lab."""

    kind: sent.Name | None = None
    lab: sent.Name | None = None


def pages_of_labs() -> dict[str, str]:
    """The file of each lab's page by its title."""
    return {card.title: card.page for section in gallery.cards().values() for card in section}


def _choose(choice: object) -> None:
    """Adds the chosen kind; what can't be added is said above the list."""
    try:
        asked = sent.read(Asked, choice)
        kind = asked.kind
        if page := pages_of_labs().get(asked.lab or ""):
            going.to(page)
            return
        if kind is None:
            layer_list.apply({"action": "close"})
            return
        experiment = session.experiment()
        shape = shape_before(experiment, experiment.dataset.facts(), layer_list.place_of_new())
        layer_list.add(_layer(kind, shape)[0])
    except UserError as error:
        session.keep(layer_list.REFUSAL, str(error))


_gestures = Gestures(KEY, _choose, layer_list.REFUSAL)


def _layer(kind: str, shape: Shape | None) -> tuple[Layer, str]:
    """The layer that is offered, and why it can't be here; a learner may add it all the same, and mend the rest."""
    if shape is not None:
        try:
            return stack.fitting(kind, shape), ""
        except Impossible as impossible:
            return stack.new_layer(kind), f"Does not fit here: {impossible.reason}."
    return stack.new_layer(kind), ""


def _of_base(kind: type[Base], shape: Shape) -> dict[str, Any]:
    """A base, and what it would do where it goes: first, on the image.

    Args:
        kind: of base.
        shape: of the images.
    """
    layer, cannot = _layer(kind.__name__, shape)
    offer = {"kind": kind.__name__, "blurb": kind.blurb, "lab": "", "cannot": cannot, "here": ""}
    offer["sentence"] = f"{kind.sentence()} {kind.learnt_from}"
    if cannot:
        return {**offer, "here": f"needs {kind.least}x{kind.least} px or more"}
    parameters = counted(layer.parameters(shape), "parameter")
    return {**offer, "here": f"first → {side_by_side(layer.output_shape(shape))} · {parameters}"}


def _offer(kind: type[Layer], shape: Shape | None) -> dict[str, Any]:
    """One kind, and what it would do here."""
    layer, cannot = _layer(kind.__name__, shape)
    offer = {"kind": layer.kind, "blurb": kind.blurb, "sentence": kind.sentence(), "here": "", "cannot": cannot}
    offer["lab"] = LABS.get(layer.kind, "")
    if shape is None or cannot:
        return offer
    after, parameters = layer.output_shape(shape), layer.parameters(shape)
    words = ["keeps the shape" if after == shape else f"→ {side_by_side(after)}"]
    words += [counted(parameters, "parameter")] if parameters else []
    words += [
        f"{name}={getattr(layer, name)!r}"
        for name in kind.model_fields
        if getattr(layer, name) != getattr(kind(), name)
    ]
    return {**offer, "here": " · ".join(words)}
