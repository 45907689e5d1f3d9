"""A training whose arithmetic is a toy, everything else the real thing: run by fault tests, and ended by them.

`python -m tests.fault_child` reads one JSON object from standard input: `run` (id), `at` (which operation on the disk,
counted from 1; 0 for none) and `how` ("crash": half of it done, then the end; "ENOSPC" or "EIO": it fails). It prints
the operations it did, one `name file` a line, and the state it ended in.
"""

import errno
import json
import os
import sys
import traceback
from collections.abc import Callable
from pathlib import Path

import numpy as np

from core import workspace
from core.datasets.shapes import Shapes
from core.errors import UserError
from core.experiment import Experiment
from core.layers.reshaping import Flatten
from core.recorder import Recorder
from core.runs import Run
from core.training import loop, worker

CRASHED = 77


class Number:
    """What a compiled function gives: something that has `numpy`."""

    def __init__(self, value: object) -> None:
        self.value = value

    def numpy(self) -> np.ndarray:
        return np.asarray(self.value)

    def __float__(self) -> float:
        return float(self.value)

    def __int__(self) -> int:
        return int(self.value)


class ToyModel:
    """Weights of the right shapes."""

    def __init__(self, experiment: Experiment, facts: object) -> None:
        rng = np.random.default_rng(experiment.seed)
        sizes = (np.prod(facts.shape), experiment.head(facts).units)
        self.weights = [rng.normal(size=sizes).astype(np.float32), np.zeros(sizes[1], np.float32)]

    def get_weights(self) -> list[np.ndarray]:
        return [array.copy() for array in self.weights]

    def set_weights(self, weights: list[np.ndarray]) -> None:
        self.weights = [array.copy() for array in weights]

    def count_params(self) -> int:
        return sum(array.size for array in self.weights)


class ToySteps:
    """Steps whose result depends on the pictures, the weights and the state, and so on everything that went before."""

    def __init__(self, model: ToyModel) -> None:
        self.model, self.momentum, self.draws = model, np.zeros_like(model.weights[1]), np.zeros(1, np.int64)

    def train_chunk(self, images: np.ndarray, labels: np.ndarray, size: int, rates: np.ndarray) -> tuple:
        losses = [
            self.step(images[i * size : (i + 1) * size], labels[i * size : (i + 1) * size], rate)
            for i, rate in enumerate(rates)
        ]
        return Number(np.array(losses, np.float32)), Number(np.ones(len(losses), np.int32))

    def step(self, images: np.ndarray, labels: np.ndarray, rate: float) -> float:
        noise = np.random.default_rng(int(self.draws[0])).normal(size=len(self.momentum)).astype(np.float32)
        self.draws += 1
        gradient = np.float32(images.mean() / 255) * noise + self.model.weights[1] + np.float32(labels.mean())
        self.momentum = (np.float32(0.9) * self.momentum - np.float32(rate) * gradient).astype(np.float32)
        self.model.weights[1] = self.model.weights[1] + self.momentum
        self.model.weights[0] = self.model.weights[0] * np.float32(0.999)
        return float(np.square(self.model.weights[1]).mean())

    def evaluate_batch(self, images: np.ndarray, labels: np.ndarray) -> tuple:
        scores = np.abs(self.model.weights[1])[None].repeat(len(images), axis=0)
        answers = (scores / scores.sum(axis=1, keepdims=True)).astype(np.float32)
        return float(scores.mean()), int((answers.argmax(1) == labels).sum()), Number(answers)

    def state(self) -> list[np.ndarray]:
        return [self.momentum.copy(), self.draws.copy()]

    def restore(self, state: list[np.ndarray]) -> None:
        self.momentum, self.draws = (array.copy() for array in state)


class ToyTraining(loop.Training):
    """The loop as it is, with toy arithmetic."""

    def _compile(self, facts: object) -> ToySteps:
        return ToySteps(self.model)


def toy_experiment(epochs: int = 3, **training: object) -> Experiment:
    """An experiment that the toy trains: forty small pictures, four steps an epoch."""
    experiment = Experiment(dataset=Shapes(count=40, image_size=12, classes=3), layers=(Flatten(),))
    return experiment.edited(training=experiment.training.edited(epochs=epochs, batch_size=8, **training))


def play(run: Run) -> None:
    """What the worker does with a run, with the toy."""
    loop.build_model, loop.Training, worker._log_into = ToyModel, ToyTraining, lambda path: None
    loop.STATUS_SECONDS = 0.0  # writes the status after every chunk
    worker.train(run)


class Fault:
    """Lets the n-th operation on the disk fail.

    Args:
        at: which one, counted from 1; 0 for none.
        how: "crash", or the name of the error.
    """

    def __init__(self, at: int, how: str) -> None:
        self.at, self.how, self.done = at, how, []

    def __call__(self, name: str, path: Path, half: Callable[[], object]) -> None:
        self.done.append(f"{name} {_kind_of(path)}")
        if len(self.done) != self.at:
            return
        half()
        if self.how == "crash":
            self.report()
            os._exit(CRASHED)
        raise OSError(getattr(errno, self.how), os.strerror(getattr(errno, self.how)), str(path))

    def report(self) -> None:
        """Prints what was done."""
        print(json.dumps(self.done), flush=True)


def _kind_of(path: Path) -> str:
    """What a path is, random parts and numbers left out."""
    name = path.name
    if name.startswith("."):
        name = name.lstrip(".").rsplit(".", 2)[0] if name.endswith(".tmp") else name.split("-")[0]
    return "epoch" if name.isdigit() else "run" if len(name) == 32 else name


def main() -> None:
    job = json.loads(sys.stdin.read())
    workspace.before_operation = fault = Fault(job["at"], job["how"])
    try:
        play(Run(job["run"]))
    except (UserError, OSError):
        traceback.print_exc()
    fault.report()


if __name__ == "__main__":
    main()
