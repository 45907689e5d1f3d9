"""Mismatched joins and wrong wires: what would mend them, each tried before it is offered."""

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import islice

from pydantic import ValidationError

from core.experiment import placing
from core.experiment.network import Row, Trace
from core.experiment.node import IMAGE, Node, fresh_id
from core.experiment.wiring import Nodes, above, fitting_in, gone, in_short, instead, place_of, readers, spelled_out
from core.layers import Impossible, Layer, Shape
from core.layers.convolution import MOST_FILTERS
from core.spec import kinds
from core.words import counted, listed

USUAL, RARER = 4, ("Cropping2D", "Resizing")
"""How many of the usual fixes are offered at one join, and what is offered beside them where it fits."""
MOST = USUAL + len(RARER)
MOST_NAMED = 3
"""Layers that a fix names one by one."""
NEW = "what is new"
"""How a fix names a layer that another part of it has put in."""
MOST_STEP = 8
"""Of a convolution."""


@dataclass(frozen=True)
class Way:
    """One way to mend a node.

    Args:
        label: what it does, as a button says it.
        nodes: of the network after it.
    """

    label: str
    nodes: Nodes


@dataclass(frozen=True)
class _Try:
    """A network on its way to a join that fits: its nodes spelled out, and what was done to it so far."""

    nodes: Nodes
    done: tuple[str, ...] = ()


def ways(traced: Trace, nodes: Nodes, id: str) -> list[Way]:
    """All that mends a node that can't join what it reads, or reads what it can't, or a base that can't be where it is.

    The most usual comes first.

    Args:
        traced: of the network, its blocks folded.
        nodes: of the network.
        id: of the node.
    """
    row = next((row for row in traced.rows if row.id == id), None)
    if row is None or row.index is None or row.impossible is None:
        return []
    mender = _Mender(traced.input_shape, nodes, row)
    found = _offered(mender) if len(row.input_shapes) > 1 else mender.wires()
    offered = {label: Way(label, after) for label, after in placing.ways(traced, nodes, row)}
    for attempt in found:
        label = " and ".join(attempt.done)
        offered.setdefault(label, Way(label[:1].upper() + label[1:], in_short(attempt.nodes)))
    return list(offered.values())


def _offered(mender: "_Mender") -> Iterator[_Try]:
    """The usual fixes, and the simplest of each rarer kind."""
    yield from islice(mender.shapes(), USUAL)
    for kind in RARER:
        yield from islice(mender.shapes(kind), 1)


def mended(traced: Trace, nodes: Nodes, id: object, label: object) -> Nodes:
    """The network after one of its `ways`.

    Raises:
        UserError: no such way is offered.
    """
    place_of(nodes, id)
    way = next((way for way in ways(traced, nodes, str(id)) if way.label == label), None)
    if way is None:
        raise gone()
    return fitting_in(way.nodes)


class _Mender:
    """Looks for what mends one node."""

    def __init__(self, image: Shape, nodes: Nodes, row: Row) -> None:
        self._image, self._row, self._by = image, row, ""
        self._whole = spelled_out(nodes)
        self._names = {node.id: f"{node.kind} #{place + 1}" for place, node in enumerate(nodes)} | {
            IMAGE: "the picture"
        }

    def wires(self) -> Iterator[_Try]:
        """Other inputs, for a node that reads what is not above it, or more than it takes."""
        at, node = self._row.index, self._whole[self._row.index]
        known = [IMAGE, *(one.id for one in self._whole[:at])]
        good = tuple(one for one in node.inputs if one in known)[: node.layer.takes[1]] or (known[-1],)
        if good != node.inputs:
            changed = node.edited(inputs=good)
            words = f"let it read {listed([self._names[one] for one in good], most=16)} only"
            yield self._with(_Try(self._whole), (*self._whole[:at], changed, *self._whole[at + 1 :]), words)

    def shapes(self, by: str = "") -> Iterator[_Try]:
        """Changes of the paths that bring all inputs to what the join takes.

        Args:
            by: the only kind of layer that may change height and width; empty for all that there is.
        """
        self._by = by
        yield from (one for one in self._search(_Try(self._whole)) if self._fits(one))

    def _fits(self, attempt: _Try) -> bool:
        """Whether the join can be, and all above it."""
        place = place_of(attempt.nodes, self._row.id)
        return None not in _shapes(self._image, attempt.nodes[: place + 1]).values()

    def _look(self, attempt: _Try) -> Row | None:
        """The join as it is now; None when something it depends on can't be."""
        place = place_of(attempt.nodes, self._row.id)
        shapes, inputs = _shapes(self._image, attempt.nodes[: place + 1]), attempt.nodes[place].inputs
        given = tuple(shapes.get(one) for one in inputs)
        if None in given:
            return None
        return replace(self._row, inputs=inputs, input_shapes=given, output_shape=shapes[self._row.id])

    def _search(self, attempt: _Try, stage: int = 0) -> Iterator[_Try]:
        """Every way from here: first maps or lists, then sizes by padding alone or otherwise, then how many maps."""
        row = self._look(attempt)
        if row is None:
            return
        if row.output_shape is not None:
            yield attempt
            return
        stages: tuple[Callable[[_Try, Row], Iterator[_Try]], ...] = (
            self._ranks,
            self._same_padding,
            self._sizes,
            self._maps,
        )
        for place in range(stage, len(stages)):
            found = list(stages[place](attempt, row))
            for one in found:
                yield from self._search(one, place + 1)
            if found and stages[place] != self._same_padding:
                return

    # ---- maps and lists of values ----------------------------------------------------------------------------------

    def _ranks(self, attempt: _Try, row: Row) -> Iterator[_Try]:
        """Lays the maps flat where another input is a list of values; or the list out as one value for each map."""
        if len({len(shape) for shape in row.input_shapes}) < 2:
            return
        maps = {shape[2] for shape in row.input_shapes if len(shape) == 3}
        if row.kind == "Multiply" and len(maps) == 1:  # a gate, as in squeeze and excite
            gate = kinds(Layer)["Reshape"](target_shape=(1, 1, -1))
            yield from self._behind(attempt, row, lambda shape: gate if shape == tuple(maps) else None)
        for kind in ("GlobalAveragePooling2D", "Flatten"):
            layer = kinds(Layer)[kind]()
            yield from self._behind(attempt, row, lambda shape, layer=layer: layer if len(shape) == 3 else None)

    # ---- height and width ------------------------------------------------------------------------------------------

    def _same_padding(self, attempt: _Try, row: Row) -> Iterator[_Try]:
        """padding='same' in the layers of the paths that have come apart: those of step 1, then all."""
        if self._by or not _differ_in_size(row):
            return
        valid = [node for node in self._apart(attempt, row) if getattr(node.layer, "padding", "") == "valid"]
        still = [node for node in valid if _is_still(node)]
        for some in ([] if still == valid else [still]) + [valid]:
            changed = self._set(attempt, some, padding="same") if some else None
            after = changed and self._look(changed)
            if after and after.input_shapes != row.input_shapes:
                yield changed

    def _sizes(self, attempt: _Try, row: Row) -> Iterator[_Try]:
        """Brings maps of several sizes to one: by steps, or by a border, or by scaling."""
        if not _differ_in_size(row):
            return
        sizes = sorted({shape[:2] for shape in row.input_shapes})
        if not self._by:
            yield from self._strides(attempt, row, sizes[0])
        for kind, target in (("ZeroPadding2D", sizes[-1]), ("Cropping2D", sizes[0]), ("Resizing", sizes[0])):
            if self._by in ("", kind):
                yield from self._behind(attempt, row, lambda shape, kind=kind, to=target: _sized(kind, shape, to))

    def _strides(self, attempt: _Try, row: Row, target: Shape) -> Iterator[_Try]:
        """A larger step on the larger paths: in their last convolution, a new one or a pooling; or 1 on the smaller."""
        own = self._apart(attempt, row)
        larger = [one for one, shape in zip(row.inputs, row.input_shapes, strict=True) if shape[:2] != target]
        steps = {_step(shape, target) for shape in row.input_shapes if shape[:2] != target}
        kernels = [self._last_kernel(attempt, one, own) for one in larger]
        if all(kernels) and len(steps) == 1 and 2 <= (step := steps.pop()) <= MOST_STEP:
            yield self._set(attempt, list(dict.fromkeys(kernels)), strides=step)
        maps = next(shape[2] for shape in row.input_shapes if shape[:2] == target)
        yield from self._behind(attempt, row, lambda shape: _stepping(shape, target, min(maps, MOST_FILTERS)))
        yield from self._behind(attempt, row, lambda shape: _pooling(shape, target))
        fast = [node for node in own if _has_kernel(node) and not _is_still(node)]
        if fast:
            yield self._set(attempt, fast, strides=1)

    def _last_kernel(self, attempt: _Try, id: str, own: list[Node]) -> Node | None:
        """The lowest convolution of step 1 on the path to a node, among those that came apart."""
        path = above(attempt.nodes, id) if id != IMAGE else set()
        found = [node for node in own if node.id in path and _has_kernel(node) and _is_still(node)]
        return found[-1] if found else None

    # ---- how many maps or values -----------------------------------------------------------------------------------

    def _maps(self, attempt: _Try, row: Row) -> Iterator[_Try]:
        """A 1x1 convolution (a Dense layer for a list) where an input has another number of maps than one of them."""
        counts = dict.fromkeys(shape[-1] for shape in reversed(row.input_shapes))
        for count in [one for one in counts if 1 < one <= MOST_FILTERS]:
            yield from self._behind(attempt, row, lambda shape, count=count: _mixing(shape, count))
        if len({shape[:-1] for shape in row.input_shapes}) == 1:
            place = place_of(attempt.nodes, row.id)
            changed = attempt.nodes[place].edited(layer=kinds(Layer)["Concatenate"]())
            nodes = (*attempt.nodes[:place], changed, *attempt.nodes[place + 1 :])
            yield self._with(attempt, nodes, f"use Concatenate in place of {row.kind}")

    # ---- doing it --------------------------------------------------------------------------------------------------

    def _apart(self, attempt: _Try, row: Row) -> list[Node]:
        """Nodes on some, not all, paths to the join."""
        paths = [above(attempt.nodes, one) if one != IMAGE else {IMAGE} for one in row.inputs]
        own = set.union(*paths) - set.intersection(*paths)
        return [node for node in attempt.nodes if node.id in own]

    def _set(self, attempt: _Try, some: list[Node], **field: object) -> _Try:
        """A field of some layers changed."""
        ids = {node.id for node in some}
        nodes = tuple(
            node.edited(layer=node.layer.edited(**field)) if node.id in ids else node for node in attempt.nodes
        )
        ((name, value),) = field.items()
        named = [self._names[node.id] for node in some if node.id in self._names]
        where = listed(named) if len(named) <= MOST_NAMED else counted(len(named), "layer")
        return self._with(attempt, nodes, f"use {name}={value!r} in {where}")

    def _behind(self, attempt: _Try, row: Row, make: Callable[[Shape], Layer | None]) -> Iterator[_Try]:
        """New layers between the join and those of its inputs for whose shape one is made; nothing without any."""
        nodes, where = attempt.nodes, {}
        for one, shape in zip(row.inputs, row.input_shapes, strict=True):
            if layer := make(shape):
                nodes = _between(nodes, one, row.id, layer)
                where.setdefault(_called(layer), []).append(self._names.get(one, NEW))
        if where:
            is_new = [name for names in where.values() for name in names] == [NEW]
            words = " and ".join(f"{called} behind {listed(names)}" for called, names in where.items())
            yield self._with(attempt, nodes, f"then {next(iter(where))}" if is_new else f"put {words}")

    def _with(self, attempt: _Try, nodes: Nodes, words: str) -> _Try:
        return replace(attempt, nodes=nodes, done=(*attempt.done, words))


def _shapes(image: Shape, nodes: Nodes) -> dict[str, Shape | None]:
    """What each node gives, and nothing else of a trace: it is asked for many times. None for what can't be."""
    shapes: dict[str, Shape | None] = {IMAGE: image}
    for node in nodes:
        given = [shapes.get(one) for one in node.inputs]
        least, most = node.layer.takes
        shapes[node.id] = None
        if None not in given and least <= len(given) <= most:
            with contextlib.suppress(Impossible):
                shapes[node.id] = node.layer.output_shape(*given)
    return shapes


def _between(nodes: Nodes, source: str, reader: str, layer: Layer) -> Nodes:
    """One more node on a single wire: right behind its source where nobody else reads that, else before its reader."""
    is_alone = source != IMAGE and len(readers(nodes, source)) == 1
    at = place_of(nodes, source) + 1 if is_alone else place_of(nodes, reader)
    new = Node(id=fresh_id(layer.kind, nodes), layer=layer, inputs=(source,))
    rewired = tuple(instead((node,), source, new.id)[0] if node.id == reader else node for node in nodes)
    return (*rewired[:at], new, *rewired[at:])


def _has_kernel(node: Node) -> bool:
    """Whether it slides a kernel with a step of its own."""
    return "kernel_size" in type(node.layer).model_fields and "strides" in type(node.layer).model_fields


def _is_still(node: Node) -> bool:
    """Whether its window moves by one place."""
    return getattr(node.layer, "strides", 1) in (1, (1, 1))


def _differ_in_size(row: Row) -> bool:
    """Whether its inputs are maps of several sizes."""
    shapes = row.input_shapes
    return all(len(shape) == 3 for shape in shapes) and len({shape[:2] for shape in shapes}) > 1


def _step(shape: Shape, target: Shape) -> int:
    """With which step of both sides maps become as small as asked; 1 where there is none."""
    step = -(-shape[0] // target[0])
    return step if all(-(-side // step) == goal for side, goal in zip(shape[:2], target, strict=False)) else 1


def _stepping(shape: Shape, target: Shape, maps: int) -> Layer | None:
    """A 1x1 convolution that makes maps as small as asked; None where they are, or no step does."""
    if not 2 <= (step := _step(shape, target)) <= MOST_STEP:
        return None
    return kinds(Layer)["Conv2D"](filters=maps, kernel_size=1, strides=step, padding="same", activation="linear")


def _pooling(shape: Shape, target: Shape) -> Layer | None:
    """A pooling that makes maps as small as asked; None where they are, or no step does."""
    step = _step(shape, target)
    return kinds(Layer)["MaxPooling2D"](pool_size=step, padding="same") if 2 <= step <= MOST_STEP else None


def _mixing(shape: Shape, count: int) -> Layer | None:
    """What gives another number of maps, or of values; None where there are as many."""
    if shape[-1] == count:
        return None
    if len(shape) == 1:
        return kinds(Layer)["Dense"](units=count, activation="linear")
    return kinds(Layer)["Conv2D"](filters=count, kernel_size=1, activation="linear")


def _sized(kind: str, shape: Shape, target: Shape) -> Layer | None:
    """A layer that makes maps as high and wide as asked; None where they are, or it can't."""
    if shape[:2] == target:
        return None
    layer = kinds(Layer)[kind]
    with contextlib.suppress(ValidationError):
        if kind == "Resizing":
            return layer(height=target[0], width=target[1])
        sign = 1 if kind == "ZeroPadding2D" else -1
        borders = [sign * (goal - side) for side, goal in zip(shape[:2], target, strict=True)]
        if min(borders) < 0:
            return None
        sides = tuple((border // 2, border - border // 2) for border in borders)
        even = len({*sides[0], *sides[1]}) == 1
        return layer(**{"padding" if kind == "ZeroPadding2D" else "cropping": sides[0][0] if even else sides})
    return None


def _called(layer: Layer) -> str:
    """A new layer in words: "a 1x1 convolution with 32 filters and strides=2"."""
    if layer.kind != "Conv2D":
        words = layer.words()
        return f"{layer.kind} ({words})" if words else layer.kind
    step = f" and strides={layer.strides}" if layer.strides != 1 else ""
    return f"a 1x1 convolution with {counted(layer.filters, 'filter')}{step}"
