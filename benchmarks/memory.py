"""What training takes of the memory, against the estimate that is shown before it starts."""

import json
import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path

import psutil

from benchmarks import Row, Setting
from core import child, datasets
from core.augmentation.movement import RandomFlip, RandomRotation
from core.datasets.shapes import Shapes
from core.experiment import Experiment, memory
from core.layers import Layer
from core.layers.convolution import Conv2D, DepthwiseConv2D, SeparableConv2D
from core.layers.dense import Dense
from core.layers.pooling import GlobalAveragePooling2D, MaxPooling2D
from core.layers.regularization import BatchNormalization, Dropout
from core.layers.reshaping import Flatten
from core.optimization.optimizers import SGD, Adagrad, Adam, AdamW, Optimizer, RMSprop
from core.runs.collection import Runs
from core.workspace import current

SAMPLE_SECONDS = 0.002
UNDER = 1.25
"""An estimate may be too low by so much; too high by twice."""


def measure(setting: Setting) -> list[Row]:
    """Measured peak over estimate: 30 networks from 10 thousand to 50 million parameters, pictures of 28 to 224 px."""
    experiments = list(networks())
    return [_row(experiment) for experiment in (experiments[:2] if setting.tiny else experiments)]


def _row(experiment: Experiment) -> Row:
    facts = experiment.dataset.facts()
    estimate, peak = memory.of(experiment, facts), peak_of(experiment)
    parameters = experiment.trace(facts).parameters
    note = f"{parameters / 1e6:.2f} M parameters: {peak / 1e6:.0f} MB, estimated {estimate.total / 1e6:.0f} MB"
    return Row(experiment.name, (peak / estimate.total,), at_most=UNDER, note=note)


def networks() -> Iterator[Experiment]:
    """The networks, from small to large, each kind of layer and every optimizer among them."""
    yield network("tiny", blocks(4), 28, 32)
    yield network("one dense", (Flatten(), Dense(units=16)), 28, 32, SGD(momentum=0.0))
    yield network("two blocks", blocks(16, 32, dense=64), 28, 32, Adam())
    yield network("two blocks, batch 512", blocks(32, 64, dense=64), 28, 512, Adam())
    yield network("batch 1", blocks(32, 64), 96, 1, Adam())
    yield network("three blocks", blocks(32, 64, 64, dense=128), 64, 64, RMSprop())
    yield network("batch norm", blocks(32, 64, 64, steady=BatchNormalization()), 64, 64, Adam())
    yield network("dropout on maps", blocks(32, 64, steady=Dropout()), 64, 128, SGD())
    yield network("gelu", blocks(32, 64, activation="gelu"), 64, 128, Adam())
    yield network("silu", blocks(32, 64, activation="silu"), 64, 128, Adam())
    yield network("tanh", blocks(32, 64, activation="tanh"), 64, 128, AdamW())
    yield network("kernels of 7", blocks(32, 32, kernel_size=7), 64, 64, Adam())
    yield network("strides", (Conv2D(filters=64, strides=2), Conv2D(filters=128, strides=2), Flatten()), 96, 64, Adam())
    yield network("separable", (SeparableConv2D(filters=64), MaxPooling2D(), SeparableConv2D(filters=128),
                                GlobalAveragePooling2D()), 96, 64, Adam())  # fmt: skip
    yield network("depthwise", (DepthwiseConv2D(depth_multiplier=16), MaxPooling2D(), Flatten()), 96, 64, RMSprop())
    yield network("many layers", tuple(Conv2D(filters=32, padding="same") for _ in range(12)) + (Flatten(),), 32, 64)
    yield network("deep blocks", blocks(32, 64, 128, 128, dense=512), 150, 32, RMSprop())
    yield network("augmented", blocks(16, 32, 64, dense=64), 128, 64, Adam(), changed=True)
    yield network("augmented, large", blocks(16, 32, dense=32), 224, 32, Adam(), changed=True)
    yield network("large, batch 4", blocks(32, 64, 128), 224, 4, Adam())
    yield network("large, batch 16", blocks(32, 64, 128), 224, 16, SGD())
    yield network("large, batch 64", blocks(32, 64), 224, 64, Adam())
    yield network("dense 3 M", (Flatten(), Dense(units=1024)), 32, 32, Adam())
    yield network("dense 12 M", (Flatten(), Dense(units=1024)), 64, 32, AdamW())
    yield network("dense 4 x 4 M", (Flatten(), *(Dense(units=2000) for _ in range(4))), 32, 128, Adam())
    yield network("dense 25 M, SGD", (Flatten(), Dense(units=2048)), 64, 32, SGD(momentum=0.0))
    yield network("dense 25 M, RMSprop", (Flatten(), Dense(units=2048)), 64, 256, RMSprop())
    yield network("convolution, then 33 M", blocks(32, 64, dense=2048), 64, 64, SGD())
    yield network("dense 49 M, Adagrad", (Flatten(), Dense(units=4000)), 64, 64, Adagrad())
    yield network("dense 49 M, Adam", (Flatten(), Dense(units=4000)), 64, 64, Adam())


def blocks(*filters: int, steady: Layer | None = None, dense: int = 0, **settings: object) -> tuple[Layer, ...]:
    """Convolution, something that steadies, pooling, again and again; then a dense layer, or an average per map."""
    stack: list[Layer] = []
    for count in filters:
        stack += [Conv2D(filters=count, padding="same", **settings), *([steady] if steady else []), MaxPooling2D()]
    return (*stack, Flatten(), Dense(units=dense)) if dense else (*stack, GlobalAveragePooling2D())


def network(
    name: str, layers: tuple[Layer, ...], side: int, batch: int, optimizer: Optimizer | None = None,
    changed: bool = False,
) -> Experiment:  # fmt: skip
    """An experiment of two short epochs.

    Args:
        name: for the table.
        layers: its stack.
        side: of its pictures, px.
        batch: pictures per step.
        optimizer: RMSprop when left out.
        changed: whether the pictures are augmented.
    """
    # Enough for three steps, and for a validation batch as large as it would be with more pictures.
    count = max(100, batch * 4, min(600, 2**21 // side**2))
    experiment = Experiment(
        name=name,
        dataset=Shapes(count=count, image_size=side),
        layers=layers,
        augmentations=(RandomFlip(), RandomRotation()) if changed else (),
    )
    training = experiment.training.edited(optimizer=optimizer or RMSprop(), batch_size=batch, epochs=2)
    return experiment.edited(training=training)


def peak_of(experiment: Experiment) -> int:
    """Bytes that a process of its own takes at most while it trains."""
    with tempfile.TemporaryDirectory() as home:
        environment = child.environment() | {"KERNELSCOPE_HOME": home, "CUDA_VISIBLE_DEVICES": "-1"}
        job = [sys.executable, "-m", "benchmarks.memory"]
        done = subprocess.run(
            job, input=experiment.to_json().encode(), capture_output=True, env=environment, cwd=child.ROOT, check=False
        )
    if done.returncode:
        raise ChildProcessError(done.stderr.decode()[-2000:])
    return json.loads(done.stdout.splitlines()[-1])["peak"]


def _train_and_watch() -> None:
    """The child: trains the experiment on standard input by the worker's own loop and prints its peak in bytes."""
    from core.runs.recorder import Recorder
    from core.training.loop import Trainer

    experiment = Experiment.model_validate_json(sys.stdin.read())
    datasets.prepare(experiment.dataset)
    peak, ended = [0], threading.Event()

    def watch() -> None:
        process = psutil.Process()
        while not ended.wait(SAMPLE_SECONDS):
            peak[0] = max(peak[0], process.memory_info().rss)

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        with Recorder(Runs(current()).create(experiment)) as record:
            Trainer(experiment, record).run()
    finally:
        ended.set()
        watcher.join()
    print(json.dumps({"peak": max(peak[0], _told_peak())}))


def _told_peak() -> int:
    """The peak as Linux counts it, which no sample misses; 0 elsewhere."""
    try:
        lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM:")), 0)


if __name__ == "__main__":
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    _train_and_watch()
