"""Automatic differentiation by TensorFlow itself: what a lab's own gradients are compared with."""

from typing import Any

import numpy as np

from core.errors import UserError
from core.labs.backpropagation import EPSILON, LIMIT, LOSSES, PLACES_OF_EPSILON, SYSTEMS, System, system_of
from core.lens import Answer


def tape(request: dict[str, Any], _payload: bytes) -> Answer:
    """Differentiates one of the lab's systems with `tf.GradientTape`, in float64.

    Args:
        request: `system`, its name; `loss` and `epsilon_in`, the convention; `parameters`, for each its rows of
            numbers.

    Returns:
        `loss`, and `gradients` of it shaped like the parameters: of the loss itself, also where a rule takes a share.

    Raises:
        UserError: no such system, or numbers that don't fit it.
    """
    name = request.get("system")
    system = SYSTEMS.get(name) if isinstance(name, str) else None
    if system is None:
        raise _refused(f"There is no system called {str(request.get('system'))[:20]!r}.")
    loss, epsilon_in = request.get("loss", LOSSES[0]), request.get("epsilon_in", PLACES_OF_EPSILON[0])
    if loss not in LOSSES or epsilon_in not in PLACES_OF_EPSILON:
        raise _refused(f"There is no loss called {str(loss)[:20]!r} with epsilon in {str(epsilon_in)[:20]!r}.")
    parameters = read_parameters(system, request.get("parameters"))
    return _differentiated(system_of(str(name), loss, epsilon_in), parameters)


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
            computed = _operations(tf, operation.reduce)[operation.does]
            values[operation.name] = computed(*(values[name] for name in operation.inputs))
    found = watching.gradient(values["loss"], variables)
    gradients = {name: gradient.numpy().tolist() for name, gradient in found.items()}
    return {"loss": float(values["loss"]), "gradients": gradients}


def _operations(tf: Any, reduce: str) -> dict[str, Any]:
    """Every kind of operation as TensorFlow computes it; none of its gradients is ours."""
    gathered = tf.reduce_mean if reduce == "mean" else tf.reduce_sum

    def squared_error(answer: Any, y: Any) -> Any:
        squares = (answer - y) ** 2
        return tf.reduce_mean(squares) if reduce == "mean" else tf.reduce_sum(squares) / 2

    def binary_crossentropy(p: Any, y: Any) -> Any:
        return -gathered(y * tf.math.log(p + EPSILON) + (1 - y) * tf.math.log(1 - p + EPSILON))

    def guarded_crossentropy(p: Any, y: Any) -> Any:
        delta = ((1 + 4 * EPSILON) ** 0.5 - 1) / 2
        logs = (y + delta) * tf.math.log(p + delta) + (1 - y + delta) * tf.math.log(1 - p + delta)
        return -gathered(logs) / (1 + 2 * delta)

    return {
        "dense": lambda x, weight, bias: x @ weight + bias,
        "sigmoid": tf.sigmoid,
        "squared_error": squared_error,
        "binary_crossentropy": binary_crossentropy,
        "guarded_crossentropy": guarded_crossentropy,
    }
