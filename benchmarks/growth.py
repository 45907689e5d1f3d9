"""What grows with the number of pictures: seconds per epoch (in proportion) and memory (not at all)."""

import subprocess
import sys
import time
from contextlib import contextmanager
from unittest.mock import patch

import numpy as np
import psutil

from benchmarks import Row, Setting, in_turns
from benchmarks.peers import noise, ours
from core import child, datasets
from core.datasets import Empty
from core.datasets.shapes import Shapes
from core.experiment import Experiment
from core.layers.convolution import Conv2D
from core.layers.dense import Dense
from core.layers.pooling import GlobalAveragePooling2D, MaxPooling2D
from core.layers.reshaping import Flatten
from core.runs import states
from core.runs.collection import Runs
from core.workspace import current

COUNTS = (1000, 4000, 16_000, 60_000)
FOLDERS = (5000, 20_000)
SIDE = 150


def measure(setting: Setting) -> list[Row]:
    """Per-image seconds beside those of the largest set; peak memory of a worker beside that of the smaller folder."""
    return [*_seconds(setting), _memory(setting)]


def _seconds(setting: Setting) -> list[Row]:
    counts = tuple(count // setting.size(1, 20) for count in COUNTS)
    costs = in_turns(min(setting.repeats, 3), **{str(count): lambda n=count: _per_image(n) for count in counts})
    largest = costs[str(counts[-1])]
    rows = []
    for count in counts[:-1]:
        ratios = tuple(a / b for a, b in zip(costs[str(count)], largest, strict=True))
        what = f"seconds per image, {count:,} images beside {counts[-1]:,}"
        note = f"{min(costs[str(count)]) * 1e6:.0f} beside {min(largest) * 1e6:.0f} us per image"
        rows.append(Row(what, ratios, 0.85, 1.15, note))
    return rows


def _per_image(count: int) -> float:
    """Seconds of an epoch over its training images."""
    stack = (Conv2D(filters=32), MaxPooling2D(), Conv2D(filters=32), MaxPooling2D(), Flatten(), Dense(units=64))
    epochs = 8 if count <= 4000 else 2
    experiment = _experiment(count * 5 // 4, 32, stack, epochs)  # a fifth is held out for validation
    with _made_of_noise():
        return ours(experiment) / count


def _memory(setting: Setting) -> Row:
    """Peak resident memory of a real worker; what lies in the file is read, not mapped, so it does not count."""
    counts = tuple(count // setting.size(1, 100) for count in FOLDERS)
    peaks: dict[int, list[float]] = {count: [] for count in counts}
    for _ in range(min(setting.repeats, 2)):
        for count in counts:
            peaks[count].append(_peak(count))
    small, large = (peaks[count] for count in counts)
    ratios = tuple(b / a for a, b in zip(small, large, strict=True))
    note = f"{max(small) / 2**20:,.0f} and {max(large) / 2**20:,.0f} MB, {SIDE}x{SIDE} pictures, peak RSS of the worker"
    return Row(f"memory, {counts[1]:,} pictures beside {counts[0]:,}", ratios, None, 1.1, note)


def _peak(count: int) -> float:
    """Bytes that a worker held at most while it trained one epoch."""
    stack = (Conv2D(filters=4, kernel_size=5, strides=4), GlobalAveragePooling2D())
    experiment = _experiment(count, SIDE, stack, epochs=1)
    with _made_of_noise():
        datasets.prepare(experiment.dataset)
    run = Runs(current()).create(experiment)
    command = [sys.executable, "-m", "core.training.worker"]
    worker = subprocess.Popen(command, stdin=subprocess.PIPE, cwd=child.ROOT, env=child.environment())
    with worker.stdin as stdin:
        stdin.write(f"{run.id}\n".encode())
    peak, process = 0, psutil.Process(worker.pid)
    while worker.poll() is None:
        peak = max(peak, _held(process))
        time.sleep(0.02)
    if run.status().state != states.FINISHED:
        raise RuntimeError(f"the worker ended in state {run.status().state}")
    return peak


def _held(process: psutil.Process) -> int:
    try:
        return process.memory_info().rss
    except psutil.Error:
        return 0


def _experiment(count: int, side: int, stack: tuple, epochs: int) -> Experiment:
    # Unchecked, as the form allows 50 000 pictures at most.
    dataset = Shapes.model_construct(count=count, image_size=side)
    experiment = Experiment(dataset=dataset, layers=stack)
    return experiment.edited(training=experiment.training.edited(epochs=epochs))


@contextmanager
def _made_of_noise():  # noqa: ANN202  a context
    """Within it colour shapes are noise: drawing 75 000 would take longer than all else."""

    def generate(self: Shapes, progress: child.Progress, empty: Empty = np.empty) -> tuple:
        images = empty((self.count, self.image_size, self.image_size, 3), np.uint8)
        few, labels, split = noise((self.image_size, self.image_size, 3), self.classes, 100, 0)
        for start in range(0, self.count, 100):
            images[start : start + 100] = few[: self.count - start]
        return images, np.arange(self.count) % self.classes, np.zeros(self.count)

    with patch.object(Shapes, "generate", generate):
        yield
