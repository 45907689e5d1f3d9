"""The weights of a network by name: out of it for a checkpoint, and back into it."""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

import numpy as np

from core.errors import UserError

if TYPE_CHECKING:
    import keras


def named(variables: "Iterable[keras.Variable]") -> Iterator[tuple[str, np.ndarray]]:
    """Names as `layer/variable` and arrays, each read when its turn comes."""
    for variable in variables:
        yield variable.path, variable.numpy()


def frozen(model: "keras.Model") -> "list[keras.Variable]":
    """The variables that training never changes: those of layers with `trainable=False`, moving means included."""
    return [variable for layer in model.layers if not layer.trainable for variable in layer.weights]


def changing(model: "keras.Model") -> "list[keras.Variable]":
    """The other variables, in Keras' order."""
    still = {id(variable) for variable in frozen(model)}
    return [variable for variable in model.weights if id(variable) not in still]


def put(model: "keras.Model", weights: Mapping[str, np.ndarray]) -> None:
    """Gives a network its weights.

    Args:
        model: as `core.build.model.build_model` makes it.
        weights: float32 arrays by name, as `Run.weights` gives them; those of format 1 in Keras' order.

    Raises:
        UserError: they are of another network.
    """
    variables = model.weights
    names = list(weights) if are_positional(weights) else [variable.path for variable in variables]
    fits = len(names) == len(variables) and set(names) == set(weights)
    if not fits or any(weights[n].shape != tuple(v.shape) for n, v in zip(names, variables, strict=True)):
        raise UserError(
            "The saved weights are not those of this network.", "Choose another epoch, or train again.", "RUN_WEIGHTS"
        )
    for name, variable in zip(names, variables, strict=True):
        variable.assign(weights[name])


def of_layer(weights: Mapping[str, np.ndarray], layer: str) -> dict[str, np.ndarray]:
    """What a layer owns, by the names that Keras gives its variables: "kernel", "bias" ...

    Args:
        weights: by `layer/variable`; of those of format 1, which have no names, nothing is any layer's.
        layer: its name.
    """
    return {path.rpartition("/")[2]: array for path, array in weights.items() if path.partition("/")[0] == layer}


def are_positional(arrays: Iterable[str]) -> bool:
    """Whether names are those of format 1, which knows arrays by their place: arr_0, arr_1 ..."""
    return all(re.fullmatch(r"arr_\d+", name) for name in arrays)
