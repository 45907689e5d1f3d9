"""The optimizer's step in one pass over each weight, where TensorFlow has a kernel that computes Keras' very formula.

Keras writes an update as a dozen small operations, each a pass over the memory: a fifth of a step of the Fashion
network. The optimizer keeps its variables, so that a checkpoint holds the same either way.
"""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import keras
    import tensorflow as tf

Apply = Callable[["Sequence[tf.Tensor]", "Sequence[keras.Variable]"], None]


def update_of(optimizer: "keras.Optimizer", divisors: Sequence[float] | None = None) -> Apply:
    """The way to take a step: `(gradients, weights)`.

    Args:
        optimizer: built; a kind without a kernel takes its own step.
        divisors: by what the learning rate is divided for each of its weights; None for one rate for all.
    """
    import keras

    kernels = {keras.optimizers.Adam: _adam, keras.optimizers.RMSprop: _rmsprop, keras.optimizers.SGD: _sgd}
    kernel = kernels.get(type(optimizer))
    if kernel is None or optimizer.weight_decay or (kernel is _rmsprop and optimizer.momentum):
        return optimizer.apply if divisors is None else _each_at_its_rate(optimizer, divisors)
    step = kernel(optimizer)

    def apply(gradients: "Sequence[tf.Tensor]", weights: "Sequence[keras.Variable]") -> None:
        rate = optimizer.learning_rate.value
        for place, (gradient, weight) in enumerate(zip(gradients, weights, strict=True)):
            step(place, weight.value.handle, gradient, rate if divisors is None else rate / divisors[place])
        for weight in weights:
            if weight.constraint is not None:
                weight.assign(weight.constraint(weight))
        optimizer.iterations.assign_add(1)

    return apply


def _each_at_its_rate(optimizer: "keras.Optimizer", divisors: Sequence[float]) -> Apply:
    """Keras' own step of any optimizer, the rate another for each weight.

    Args:
        optimizer: built; one that scales the loss is not among them.
        divisors: as `update_of`.
    """

    def apply(gradients: "Sequence[tf.Tensor]", weights: "Sequence[keras.Variable]") -> None:
        rate = optimizer.learning_rate.value
        optimizer._apply_weight_decay(weights)
        for gradient, weight, divisor in zip(gradients, weights, divisors, strict=True):
            optimizer.update_step(gradient, weight, rate / divisor)
        for weight in weights:
            if weight.constraint is not None:
                weight.assign(weight.constraint(weight))
        optimizer.iterations.assign_add(1)

    return apply


def scaled(optimizer: "keras.Optimizer") -> "keras.Optimizer":
    """One that takes its steps by gradients of a loss made so large that float16 can tell them from nothing.

    Micikevicius et al., Mixed Precision Training (2018); as Keras' `compile` does it.
    """
    import keras

    return keras.optimizers.LossScaleOptimizer(optimizer)


def variables_of(optimizer: "keras.Optimizer") -> "dict[str, keras.Variable]":
    """What an optimizer keeps, by name; the scale of the loss apart, as both count their steps."""
    inner = getattr(optimizer, "inner_optimizer", optimizer)
    named = {f"optimizer/{variable.path.partition('/')[2]}": variable for variable in inner.variables}
    known = {id(variable) for variable in inner.variables}
    scale = [variable for variable in optimizer.variables if id(variable) not in known]
    return named | {f"scale/{variable.path.partition('/')[2]}": variable for variable in scale}


Step = Callable[[int, Any, Any, Any], None]
"""Of one weight: its place, its handle, its gradient, its learning rate."""


def _adam(optimizer: "keras.Optimizer") -> Step:
    """Kingma and Ba, Adam (2015)."""
    import tensorflow as tf

    def step(place: int, handle: Any, gradient: Any, rate: Any) -> None:
        count = tf.cast(optimizer.iterations.value, tf.float32) + 1.0
        tf.raw_ops.ResourceApplyAdam(
            var=handle,
            m=optimizer._momentums[place].value.handle,
            v=optimizer._velocities[place].value.handle,
            beta1_power=tf.pow(optimizer.beta_1, count),
            beta2_power=tf.pow(optimizer.beta_2, count),
            lr=rate,
            beta1=optimizer.beta_1,
            beta2=optimizer.beta_2,
            epsilon=optimizer.epsilon,
            grad=gradient,
        )

    return step


def _rmsprop(optimizer: "keras.Optimizer") -> Step:
    """Hinton, lecture 6e of Neural Networks for Machine Learning (2012)."""
    import tensorflow as tf

    unused = [tf.Variable(tf.zeros_like(slot.value), trainable=False) for slot in optimizer._velocities]

    def step(place: int, handle: Any, gradient: Any, rate: Any) -> None:
        tf.raw_ops.ResourceApplyRMSProp(
            var=handle,
            ms=optimizer._velocities[place].value.handle,
            mom=unused[place].handle,  # the kernel wants a momentum; at 0 it holds the last step only
            lr=rate,
            rho=optimizer.rho,
            momentum=0.0,
            epsilon=optimizer.epsilon,
            grad=gradient,
        )

    return step


def _sgd(optimizer: "keras.Optimizer") -> Step:
    """Sutskever et al., On the importance of initialization and momentum (2013)."""
    import tensorflow as tf

    def step(place: int, handle: Any, gradient: Any, rate: Any) -> None:
        if not optimizer.momentum:
            tf.raw_ops.ResourceApplyGradientDescent(var=handle, alpha=rate, delta=gradient)
            return
        tf.raw_ops.ResourceApplyKerasMomentum(
            var=handle,
            accum=optimizer.momentums[place].value.handle,
            lr=rate,
            grad=gradient,
            momentum=optimizer.momentum,
            use_nesterov=optimizer.nesterov,
        )

    return step
