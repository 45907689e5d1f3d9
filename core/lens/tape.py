"""Automatic differentiation by TensorFlow itself: what a lab's own gradients are compared with."""

from typing import Any

import numpy as np

from core.errors import UserError
from core.labs.backpropagation import EPSILON, LIMIT, SYSTEMS, System
from core.lens import Answer


def tape(request: dict[str, Any], _payload: bytes) -> Answer:
    """Differentiates one of the lab's systems with `tf.GradientTape`, in float64.

    Args:
        request: `system`, its name; `parameters`, for each its rows of numbers.

    Returns:
        `loss`, and `gradients` shaped like the parameters.

    Raises:
        UserError: no such system, or numbers that don't fit it.
    """
    name = request.get("system")
    system = SYSTEMS.get(name) if isinstance(name, str) else None
    if system is None:
        raise _refused(f"There is no system called {str(request.get('system'))[:20]!r}.")
    return _differentiated(system, read_parameters(system, request.get("parameters")))


def read_parameters(system: System, sent: Any) -> dict[str, np.ndarray]:
    """The gate for numbers from outside.

    Args:
        system: whose parameters they should be.
        sent: for each name its rows of numbers.

    Raises:
        UserError: a missing or unknown name, a wrong shape, text, or a number beyond a million.
    """
    if not isinstance(sent, dict) or sent.keys() != system.start.keys():
        raise _refused(f"This system has the parameters {', '.join(system.start)}.")
    return {name: _matrix(name, sent[name], start.shape) for name, start in system.start.items()}


def _matrix(name: str, rows: Any, shape: tuple[int, ...]) -> np.ndarray:
    """Rows of numbers as float64 of the right shape."""
    try:
        matrix = np.array(rows)
    except ValueError as error:
        raise _refused(f"{name} has rows of different lengths.") from error
    if matrix.shape != shape or matrix.dtype.kind not in "if":
        raise _refused(f"{name} must be numbers in {shape[0]} x {shape[1]}.")
    if not np.all(np.abs(matrix) <= LIMIT):  # true for neither infinity nor "not a number"
        raise _refused(f"{name} holds a number beyond a million.")
    return matrix.astype(np.float64)


def _refused(what: str) -> UserError:
    return UserError(what, "Set the weights anew.", "TAPE")


def _differentiated(system: System, parameters: dict[str, np.ndarray]) -> Answer:
    """The same operations in TensorFlow's words, and what its tape says about them."""
    import tensorflow as tf  # only the lens process has it

    variables = {name: tf.Variable(value) for name, value in parameters.items()}
    with tf.GradientTape() as watching:
        values = {**{name: tf.constant(value) for name, value in system.data.items()}, **variables}
        for operation in system.operations:
            values[operation.name] = _operations(tf)[operation.does](*(values[name] for name in operation.inputs))
    found = watching.gradient(values["loss"], variables)
    gradients = {name: gradient.numpy().tolist() for name, gradient in found.items()}
    return {"loss": float(values["loss"]), "gradients": gradients}


def _operations(tf: Any) -> dict[str, Any]:
    """Every kind of operation as TensorFlow computes it; none of its gradients is ours."""

    def binary_crossentropy(p: Any, y: Any) -> Any:
        return -tf.reduce_mean(y * tf.math.log(p + EPSILON) + (1 - y) * tf.math.log(1 - p + EPSILON))

    return {
        "dense": lambda x, weight, bias: x @ weight + bias,
        "sigmoid": tf.sigmoid,
        "mean_squared_error": lambda answer, y: tf.reduce_mean((answer - y) ** 2),
        "binary_crossentropy": binary_crossentropy,
    }
