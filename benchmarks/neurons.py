"""A neuron and XOR with one unit: the labs' NumPy beside plain Keras `fit` on the same points, in turns."""

import statistics
import time
from collections.abc import Callable

import numpy as np

from benchmarks import Row, Setting, in_turns, times_faster
from core.labs import neuron, xor

EPOCHS, STEPS, FITTED = 500, 10_000, 100
"""Of A1; of A2; and of A2's `fit`, whose time is scaled up: one of its epochs costs as much as the next."""
AIMS = {"A1": 0.05, "A2": 0.5}
"""s for all epochs or steps, asked of the labs."""


def measure(setting: Setting) -> list[Row]:
    """How many times faster than `fit` the labs learn, and their time over what was asked."""
    epochs, steps, fitted = setting.size(EPOCHS, 20), setting.size(STEPS, 100), setting.size(FITTED, 10)
    line = in_turns(
        setting.repeats,
        ours=_timed(lambda: neuron.descend(epochs)),
        fit=_fit(neuron.POINTS[:, :1], neuron.POINTS[:, 1:], epochs, epochs, None, "mean_squared_error", 0.01),
    )
    corners = in_turns(
        setting.repeats,
        ours=_timed(lambda: xor.descend("1 unit", (0,), steps)),
        fit=_fit(xor.CORNERS, xor.TARGETS[:, None], fitted, steps, "sigmoid", "binary_crossentropy", 0.1),
    )
    scaled = f", {fitted} epochs of fit measured and scaled up"
    return [
        *_rows("A1", f"{epochs} epochs of one neuron", line),
        *_rows("A2", f"{steps} steps of XOR with one unit", corners, scaled),
    ]


def _rows(name: str, what: str, costs: dict[str, list[float]], scaled: str = "") -> list[Row]:
    ours, theirs = statistics.median(costs["ours"]), statistics.median(costs["fit"])
    note, aim = f"{1000 * ours:.1f} ms beside {theirs:.2f} s of fit{scaled}", AIMS[name]
    return [
        Row(f"{what}, times faster than fit", times_faster(costs, "ours", "fit"), 1.0, None, note),
        Row(f"{what}, over the asked {1000 * aim:.0f} ms", tuple(cost / aim for cost in costs["ours"]), None, 1.0),
    ]


def _timed(work: Callable[[], object]) -> Callable[[], float]:
    def seconds() -> float:
        begun = time.perf_counter()
        work()
        return time.perf_counter() - begun

    return seconds


def _fit(
    x: np.ndarray, y: np.ndarray, epochs: int, wanted: int, activation: str | None, loss: str, rate: float
) -> Callable[[], float]:
    """Seconds of `wanted` epochs of plain `fit` on one batch, from `epochs` that are run; nothing else is left out."""
    import keras

    def seconds() -> float:
        model = keras.Sequential([keras.Input(x.shape[1:]), keras.layers.Dense(1, activation)])
        model.compile(keras.optimizers.SGD(rate), loss)
        model.fit(x, y, epochs=1, batch_size=len(x), verbose=0)  # builds its graph, which is not scaled up
        return _timed(lambda: model.fit(x, y, epochs=epochs, batch_size=len(x), verbose=0))() * wanted / epochs

    return seconds
