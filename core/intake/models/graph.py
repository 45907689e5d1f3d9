"""A Keras config as a flat list of calls: networks inside networks opened, every input by its name."""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from core.errors import UserError
from core.intake.models import AGAIN, IMAGE, MAX_LAYERS, MAX_NESTED, shown
from core.words import counted

NETWORKS = ("Sequential", "Functional", "Model")
"""Classes that hold layers; the last is what old versions call the second."""
OWN_MODULES = re.compile(r"(keras|tensorflow\.keras|tf_keras)(\.layers|\.models)?|keras\.src\.(models|engine)\.\w+")
"""Where Keras says that its own classes live."""
OPERATIONS = {"Add": "Add", "Multiply": "Multiply", "Concatenate": "Concatenate", "Relu": "ReLU", "Softmax": "Softmax"}
OPERATION_MODULE = re.compile(r"keras\.src\.ops\.\w+")
"""What `x + y` and keras.ops leave in a config, and the layers that do the same."""
TENSOR = "__keras_tensor__"
HARMLESS_CALL = {"training": (None, True, False), "mask": (None,)}
"""Arguments of a call beside its inputs that change nothing here."""


@dataclass(frozen=True)
class Call:
    """One layer, where it is used.

    Args:
        name: unique in the whole network: "base/conv1"; the second use of a layer ends in "#2".
        kind: its class.
        config: its arguments.
        inputs: names of other calls, or "image".
        key: its group in the file of weights.
        is_own: whether Keras itself has this class.
        call: arguments of the call that can't be said here.
        rank: axes of what it reads, the batch's too; None where the config does not say.
    """

    name: str
    kind: str
    config: dict[str, Any]
    inputs: tuple[str, ...]
    key: str
    is_own: bool = True
    call: tuple[str, ...] = ()
    rank: int | None = None


@dataclass
class Graph:
    """The calls of a network.

    Args:
        name: of the network.
        calls: each behind those that it reads.
        output: the name of the last.
        shape: of one image, as the first layer says.
        shared: layers that are used more than once: name -> times.
        lacks: what is said of a whole network, or of its image, that can't be said here.
    """

    name: str
    calls: list[Call] = field(default_factory=list)
    output: str = IMAGE
    shape: tuple[int | None, ...] = ()
    shared: Counter[str] = field(default_factory=Counter)
    lacks: list[str] = field(default_factory=list)


def read_graph(document: Any) -> Graph:
    """Opens a config.

    Args:
        document: the JSON value that `model.to_json()` writes, or config.json of a `.keras` file.

    Raises:
        UserError: it is no network, a loop, too large, or has not one input and one output.
    """
    if not is_network(document):
        raise broken("it does not hold a Sequential or functional network")
    graph = Graph(shown(_config(document).get("name", "")))
    (graph.output,) = _Reader(graph).network(document, "", "", (IMAGE,), 1)
    return graph


def is_network(value: Any) -> bool:
    """Whether a JSON value is the config of a network."""
    return isinstance(value, dict) and value.get("class_name") in NETWORKS and isinstance(value.get("config"), dict)


def broken(why: str) -> UserError:
    """The refusal of a config that can't be read."""
    return UserError(f"This network can't be read: {why}.", AGAIN, "MODEL_BROKEN")


def _require_few(layers: int) -> None:
    """Refuses more layers than are opened, networks that are layers counted too.

    Raises:
        UserError: there are.
    """
    if layers > MAX_LAYERS:
        what = f"This network has at least {counted(layers, 'layer')}; up to {MAX_LAYERS} are opened."
        raise UserError(what, "Open a smaller one.", "MODEL_TOO_LARGE")


def snake(name: str) -> str:
    """Keras' way of making a name of a class: "MaxPooling2D" -> "max_pooling2d"."""
    once = re.sub(r"(.)([A-Z][a-z]+)", r"\1_\2", re.sub(r"\W+", "", name))
    return re.sub(r"([a-z])([A-Z])", r"\1_\2", once).lower()


class _Reader:
    """Adds the calls of a network, and of those inside it, to a graph."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.met = 0

    def network(
        self, entry: dict[str, Any], prefix: str, key: str, given: tuple[str, ...], depth: int
    ) -> tuple[str, ...]:
        """One network; returns the name of what gives its answer.

        Args:
            entry: its config with its class.
            prefix, key: of the names of its layers, and of their groups.
            given: what it reads.
            depth: 1 for the outermost.
        """
        if depth > MAX_NESTED:
            raise broken(f"networks lie more than {MAX_NESTED} deep inside each other")
        layers = _config(entry).get("layers")
        if not isinstance(layers, list) or not all(map(_is_layer, layers)):
            raise broken(f"{_where(prefix)} has no list of layers")
        _require_few(sum(one["class_name"] != "InputLayer" for one in layers))
        if _config(entry).get("trainable") is False:
            self.graph.lacks.append(f"{_called(entry)}: trainable=False can't be taken over")
        keys = [f"{key}layers/{name}/" for name in _groups(layers)]
        if entry["class_name"] == "Sequential":
            return self._chain(layers, keys, prefix, given, depth)
        return self._functional(_config(entry), keys, prefix, given, depth)

    def _chain(
        self, layers: list[dict], keys: list[str], prefix: str, given: tuple[str, ...], depth: int
    ) -> tuple[str, ...]:
        """Layers one after the other."""
        for layer, key in zip(layers, keys, strict=True):
            if layer["class_name"] == "InputLayer":
                self._input(layer, depth)
            else:
                if not self.graph.calls and depth == 1:
                    self._input(layer, depth)  # old versions write the shape into the first layer
                given = self._add(layer, prefix, key, given, (), depth, "")
        return given

    def _functional(
        self, config: dict[str, Any], keys: list[str], prefix: str, given: tuple[str, ...], depth: int
    ) -> tuple[str, ...]:
        """Layers that name what they read; taken in an order in which that is there."""
        inputs = [one for one in config["layers"] if one["class_name"] == "InputLayer"]
        if len(inputs) != len(given):
            raise broken(f"{_where(prefix)} has {len(inputs)} inputs, and a network here reads one image")
        made: dict[tuple[str, int], str] = {}
        for one, read in zip(inputs, given, strict=True):
            self._input(one, depth)
            made[_name(one), 0] = read
        waiting = list(_calls(config["layers"], keys, prefix))
        _require_few(len(waiting))
        networks = {_name(one) for one in config["layers"] if one["class_name"] in NETWORKS}
        while waiting:
            later = []
            for layer, key, number, tensors, extra in waiting:
                read = [_find(made, one, networks) for one in tensors]
                if None in read:
                    later.append((layer, key, number, tensors, extra))
                    continue
                again = f"#{number + 1}" if number else ""
                (made[_name(layer), number],) = self._add(layer, prefix, key, tuple(read), extra, depth, again)
            if len(later) == len(waiting):
                names = ", ".join(sorted({shown(_name(one[0])) for one in later})[:3])
                raise broken(f"what {names} reads runs in a circle, or is not in the network")
            waiting = later
        outputs = _outputs(config.get("output_layers"))
        found = [_find(made, one, networks) for one in outputs]
        if len(found) != 1 or None in found:
            raise broken(f"{_where(prefix)} has {len(found)} outputs, and a network here gives one answer")
        return (found[0],)

    def _input(self, layer: dict[str, Any], depth: int) -> None:
        """Notes the shape of the image."""
        shape = _config(layer).get("batch_shape", _config(layer).get("batch_input_shape"))
        if depth > 1 or not isinstance(shape, list) or not shape:
            return
        self.graph.shape = tuple(one if isinstance(one, int) else None for one in shape[1:])
        told = [name for name in ("sparse", "ragged", "optional") if _config(layer).get(name)]
        told += [f"batches of {shape[0]}"] if isinstance(shape[0], int) else []
        self.graph.lacks += [f"{_called(layer)}: {one} can't be taken over" for one in told]

    def _add(
        self, layer: dict[str, Any], prefix: str, key: str, given: tuple[str, ...], extra: tuple[str, ...],
        depth: int, again: str,
    ) -> tuple[str, ...]:  # fmt: skip
        """One use of a layer; returns what gives its output."""
        self.met += 1
        _require_few(self.met)
        name = f"{prefix}{shown(_name(layer))}{again}"
        if again:
            self.graph.shared[f"{prefix}{shown(_name(layer))}"] += 1
        if is_network(layer):
            if len(given) != 1:
                raise broken(f"{name} reads {len(given)} inputs")
            return self.network(layer, f"{name}/", key, given, depth + 1)
        kind, own = _class(layer)
        self.graph.calls.append(Call(name, kind, _config(layer), given, key.rstrip("/"), own, extra, _rank(layer)))
        return (name,)


def _class(layer: dict[str, Any]) -> tuple[str, bool]:
    """The class of a layer, and whether Keras itself has it."""
    kind, module = layer["class_name"], str(layer.get("module") or "keras.layers")
    if OPERATION_MODULE.fullmatch(module) and kind in OPERATIONS:
        return OPERATIONS[kind], True
    own = OWN_MODULES.fullmatch(module) is not None and layer.get("registered_name") in (None, kind)
    return shown(kind), own


def _rank(layer: dict[str, Any]) -> int | None:
    """How many axes a layer reads, as it was built; of several inputs those of the first."""
    build = layer.get("build_config")
    shape = build.get("input_shape") if isinstance(build, dict) else None
    shape = shape[0] if isinstance(shape, list) and shape and isinstance(shape[0], list) else shape
    return len(shape) if isinstance(shape, list) else None


def _config(entry: dict[str, Any]) -> dict[str, Any]:
    config = entry.get("config")
    return config if isinstance(config, dict) else {}


def _is_layer(value: Any) -> bool:
    return (
        isinstance(value, dict) and isinstance(value.get("class_name"), str) and isinstance(value.get("config"), dict)
    )


def _name(layer: dict[str, Any]) -> str:
    return str(layer.get("name") or _config(layer).get("name") or layer["class_name"])


def _called(entry: dict[str, Any]) -> str:
    return f"{shown(entry['class_name'])} “{shown(_name(entry))}”"


def _where(prefix: str) -> str:
    return prefix.rstrip("/") or "it"


def _groups(layers: list[dict[str, Any]]) -> Iterator[str]:
    """What Keras calls the groups of these layers among the weights: by class, numbered from the second on."""
    seen: Counter[str] = Counter()
    for layer in layers:
        base = snake(layer["class_name"])
        yield f"{base}_{seen[base]}" if seen[base] else base
        seen[base] += 1


def _calls(layers: list[dict], keys: list[str], prefix: str) -> Iterator[tuple[dict, str, int, list, tuple[str, ...]]]:
    """Every use of every layer: (layer, key, number, tensors that it reads, what else it is told)."""
    for layer, key in zip(layers, keys, strict=True):
        if layer["class_name"] == "InputLayer":
            continue
        uses = layer.get("inbound_nodes")
        if not isinstance(uses, list) or not uses:
            raise broken(f"{prefix}{shown(_name(layer))} does not say what it reads")
        for number, use in enumerate(uses):
            tensors, extra = _read_use(use)
            yield layer, key, number, tensors, extra


def _read_use(use: Any) -> tuple[list[tuple[str, int, int]], tuple[str, ...]]:
    """Tensors and other arguments of one call, in the form of Keras 3 or of those before."""
    if isinstance(use, dict):
        args, kwargs = use.get("args"), use.get("kwargs")
        tensors = list(_tensors(args))
        kwargs = kwargs if isinstance(kwargs, dict) else {}
        extra = [shown(name) for name, value in kwargs.items() if value not in HARMLESS_CALL.get(name, (None,))]
        if any(not _is_tensors(one) for one in (args if isinstance(args, list) else [])):
            extra.append("a number beside its inputs")
        return tensors, tuple(extra)
    tensors, extra = [], []
    for one in use if isinstance(use, list) else []:
        if not isinstance(one, list) or len(one) < 3 or not _is_history(one[:3]):
            raise broken("it does not say what its layers read")
        tensors.append(tuple(one[:3]))
        extra += [shown(name) for name in (one[3] if len(one) > 3 and isinstance(one[3], dict) else ())]
    return tensors, tuple(extra)


def _tensors(value: Any) -> Iterator[tuple[str, int, int]]:
    """The tensors in a list, or a list of lists, of arguments."""
    if isinstance(value, list):
        for one in value:
            yield from _tensors(one)
    elif isinstance(value, dict) and value.get("class_name") == TENSOR:
        history = _config(value).get("keras_history")
        if not _is_history(history):
            raise broken("it does not say what its layers read")
        yield tuple(history)


def _is_tensors(value: Any) -> bool:
    if isinstance(value, list):
        return all(map(_is_tensors, value))
    return isinstance(value, dict) and value.get("class_name") == TENSOR


def _is_history(value: Any) -> bool:
    """Whether a value names a layer, the number of its use, and the number of its output."""
    return isinstance(value, list) and len(value) == 3 and isinstance(value[0], str) and type(value[1]) is int


def _find(made: dict[tuple[str, int], str], tensor: tuple[str, int, int], networks: set[str]) -> str | None:
    """The call that gives a tensor; the first use of a network that is a layer counts as its second, or its first."""
    name, use, _ = tensor
    if name in networks and (name, use - 1) in made:
        return made[name, use - 1]
    return made.get((name, use))


def _outputs(value: Any) -> list[tuple[str, int, int]]:
    """Tensors that a network gives: one, or a list of them."""
    if _is_history(value):
        return [tuple(value)]
    found = value if isinstance(value, list) else []
    if not all(map(_is_history, found)):
        raise broken("it does not say what it gives")
    return [tuple(one) for one in found]
