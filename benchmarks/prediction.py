"""Seconds per epoch predicted from the calibration of this machine, against what the training loop then takes.

`python -m benchmarks.prediction SPREAD SECONDS wall|processor` measures the cases of the calibration and steps of
real networks, in turns within one process, so that whoever else is at work hits them alike; on a busy machine in
processor time, since long pieces of work are interrupted more often than short ones.
"""

import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable

import psutil

from benchmarks import Row, Setting
from core import child
from core.datasets.shapes import Shapes
from core.experiment import Experiment
from core.experiment.node import Node
from core.experiment.presets import load_preset
from core.layers import Layer
from core.layers.activation import Activation
from core.layers.convolution import Conv2D, DepthwiseConv2D
from core.layers.dense import Dense
from core.layers.joining import Add
from core.layers.pooling import GlobalAveragePooling2D, MaxPooling2D
from core.layers.regularization import BatchNormalization
from core.layers.reshaping import Flatten
from core.optimization.optimizers import Adam, RMSprop
from core.problems import Facts
from core.runs import machine, work
from core.runs.machine import Machine, fitted

HORSES = Facts((300, 300, 3), ("horse", "human"), 1283)
"""As large as the notes have them; noise stands for the pictures."""


def measure(setting: Setting) -> list[Row]:
    """Measured over predicted, 0.7 to 1.3, each step spread over the cores as training spreads it."""
    found: dict[str, list[tuple[float, float]]] = {}
    loads = []
    is_busy = psutil.getloadavg()[0] > (psutil.cpu_count() or 1) / 2
    for _ in range(setting.size(setting.repeats, 1)):
        for spread in machine.spreads():
            loads.append(psutil.getloadavg()[0])
            for name, pair in _turn(spread, setting, is_busy).items():
                found.setdefault(name, []).append(pair)
    clock = "processor time" if is_busy else "time"
    return [_row(name, pairs, loads, clock) for name, pairs in found.items()]


def _row(name: str, pairs: list[tuple[float, float]], loads: list[float], clock: str) -> Row:
    measured, predicted = (statistics.median(side) * 1e3 for side in zip(*pairs, strict=True))
    note = f"{measured:.3g} ms of {clock} a step, predicted {predicted:.3g}; load {min(loads):.1f} to {max(loads):.1f}"
    ratios = tuple(one / other for one, other in pairs)
    return Row(f"{name}: measured over predicted", ratios, 0.7, 1.3, note)


def _turn(spread: str, setting: Setting, is_busy: bool) -> dict[str, tuple[float, float]]:
    """Seconds of a step of each network, measured and predicted, by its name."""
    words = [
        sys.executable,
        "-m",
        "benchmarks.prediction",
        spread,
        str(setting.size(12, 0)),
        "processor" if is_busy else "wall",
    ]
    done = subprocess.run(words, cwd=child.ROOT, env=child.environment(), stdout=subprocess.PIPE, check=True)
    told = json.loads(done.stdout.splitlines()[-1])
    here = Machine({spread: fitted(told["cases"])})
    return {name: (seconds, _predicted(here, NETWORKS[name]())) for name, seconds in told["networks"].items()}


def _predicted(here: Machine, experiment: Experiment) -> float:
    """Seconds of a step."""
    traced = experiment.trace(_facts(experiment))
    return here.seconds(work.of_step(experiment, traced), work.spread_of(experiment, traced))


def _facts(experiment: Experiment) -> Facts:
    return HORSES if experiment.name == HORSE_NETWORK else experiment.dataset.facts()


# ---- the networks


HORSE_NETWORK = "C5: three pairs, 300x300"


def horses() -> Experiment:
    """Three pairs of convolution and pooling, 78 400 values at Flatten, 512 units."""
    pairs = [layer for filters in (16, 32, 64) for layer in (Conv2D(filters=filters), MaxPooling2D())]
    experiment = Experiment(
        name=HORSE_NETWORK,
        dataset=Shapes(image_size=256, classes=2, count=HORSES.count),
        layers=(*pairs, Flatten(), Dense(units=512, activation="relu")),
    )
    return experiment.edited(training=experiment.training.edited(batch_size=128, optimizer=RMSprop()))


def residual() -> Experiment:
    """Three residual blocks of 16, 32 and 64 filters."""
    nodes: list[Node] = []

    def add(layer: Layer, *inputs: str) -> str:
        nodes.append(Node(id=f"n{len(nodes)}", layer=layer, inputs=inputs))
        return nodes[-1].id

    def convolved(filters: int, strides: int, *inputs: str) -> str:
        add(Conv2D(filters=filters, padding="same", strides=strides, use_bias=False, activation="linear"), *inputs)
        return add(BatchNormalization())

    convolved(16, 1)
    last = add(Activation())
    for filters, strides in ((16, 1), (32, 2), (64, 2)):
        convolved(filters, strides, last)
        add(Activation())
        end = convolved(filters, 1)
        if strides > 1:
            last = add(Conv2D(filters=filters, kernel_size=1, strides=strides, activation="linear"), last)
        add(Add(), end, last)
        last = add(Activation())
    add(GlobalAveragePooling2D())
    return _on_shapes("a residual network", 32, nodes=tuple(nodes))


def mobile() -> Experiment:
    """Depthwise and 1x1 convolutions with batch normalization, as MobileNet has them."""
    steady = (BatchNormalization(), Activation())
    layers = [Conv2D(filters=16, padding="same", strides=2, use_bias=False, activation="linear"), *steady]
    for filters, strides in ((32, 1), (64, 2), (64, 1), (128, 2), (128, 1)):
        layers += [DepthwiseConv2D(padding="same", strides=strides, use_bias=False, activation="linear"), *steady]
        layers += [Conv2D(filters=filters, kernel_size=1, use_bias=False, activation="linear"), *steady]
    return _on_shapes("a MobileNet-like network", 64, layers=(*layers, GlobalAveragePooling2D()))


def _on_shapes(name: str, side: int, **network: object) -> Experiment:
    experiment = Experiment(name=name, dataset=Shapes(count=2000, image_size=side), **network)
    return experiment.edited(training=experiment.training.edited(batch_size=32, optimizer=Adam()))


NETWORKS: dict[str, Callable[[], Experiment]] = {
    "C4: digits CNN": lambda: load_preset("digits-cnn"),
    "digits residual": lambda: load_preset("digits-residual"),
    "C3: Fashion CNN": lambda: load_preset("fashion-cnn"),
    "a residual network": residual,
    "a MobileNet-like network": mobile,
    HORSE_NETWORK: horses,
}


def main() -> None:
    """The child: prints the seconds of every case and of a step of every network that such steps suit."""
    import tensorflow as tf

    from core.training import calibration, threads

    tf.get_logger().setLevel("ERROR")  # it takes the many loops for one that is compiled again and again
    spread, seconds = sys.argv[1], float(sys.argv[2])
    spreads = machine.spreads()[spread]
    threads.suit(spreads[0])
    cases = [case for one in spreads for case in calibration.cases(one)]
    networks = {
        name: calibration.whole(make(), _facts(make())) for name, make in NETWORKS.items() if _name(make()) == spread
    }
    repeats = [*(repeat for _, repeat in cases), *networks.values()]
    for repeat in repeats:
        repeat(1)
    clock = time.process_time if sys.argv[3] == "processor" else time.perf_counter
    spent = calibration.in_turns(repeats, seconds, clock)
    told = [calibration.told(works, one) for (works, _), one in zip(cases, spent[: len(cases)], strict=True)]
    print(json.dumps({"cases": told, "networks": dict(zip(networks, spent[len(cases) :], strict=True))}))


def _name(experiment: Experiment) -> str:
    """How its step is spread on this machine."""
    return work.spread_of(experiment, experiment.trace(_facts(experiment))).name(machine.cores())


if __name__ == "__main__":
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")
    main()
