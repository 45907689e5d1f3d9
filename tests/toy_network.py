"""A network whose arithmetic is a toy: what the training asks of Keras, in NumPy."""

from types import SimpleNamespace

import numpy as np

from core.experiment import Experiment


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


class ToyVariable:
    """An array with a name."""

    def __init__(self, path: str, value: np.ndarray) -> None:
        self.path, self.value = path, value

    @property
    def shape(self) -> tuple[int, ...]:
        return self.value.shape

    def numpy(self) -> np.ndarray:
        return self.value

    def assign(self, value: np.ndarray) -> None:
        self.value = value.copy()


class ToyModel:
    """Weights of the right names and shapes: a frozen layer, then the head."""

    def __init__(self, experiment: Experiment, facts: object, precision: str = "float32") -> None:
        rng = np.random.default_rng(experiment.seed)
        still, head = (row for row in experiment.trace(facts).rows if row.parameters)
        inputs = head.parameters // head.layer.units - 1
        kernel = rng.normal(size=(inputs, head.layer.units)).astype(np.float32)
        self.still = ToyVariable(f"{still.name}/kernel", rng.normal(size=still.parameters).astype(np.float32))
        self.kernel = ToyVariable(f"{head.name}/kernel", kernel)
        self.bias = ToyVariable(f"{head.name}/bias", np.zeros(head.layer.units, np.float32))
        self.weights = [self.still, self.kernel, self.bias]
        self.layers = [
            SimpleNamespace(trainable=False, weights=[self.still]),
            SimpleNamespace(trainable=True, weights=[self.kernel, self.bias]),
        ]

    def count_params(self) -> int:
        return sum(variable.value.size for variable in self.weights)


class ToySteps:
    """Steps whose result depends on the pictures, the weights and the state, and so on everything that went before."""

    improves = True  # the best epoch is the last; otherwise the first

    def __init__(self, model: ToyModel) -> None:
        self.model, self.momentum, self.draws = model, np.zeros_like(model.bias.value), np.zeros(1, np.int64)

    def train_chunk(self, images: np.ndarray, labels: np.ndarray, size: int, rates: np.ndarray) -> tuple:
        losses = [
            self.step(images[i * size : (i + 1) * size], labels[i * size : (i + 1) * size], rate)
            for i, rate in enumerate(rates)
        ]
        return Number(np.array(losses, np.float32)), Number(np.ones(len(losses), np.int32))

    def step(self, images: np.ndarray, labels: np.ndarray, rate: float) -> float:
        kernel, bias = self.model.kernel, self.model.bias
        noise = np.random.default_rng(int(self.draws[0])).normal(size=len(self.momentum)).astype(np.float32)
        self.draws += 1
        gradient = np.float32(images.mean() / 255) * noise + bias.value + np.float32(labels.mean())
        self.momentum = (np.float32(0.9) * self.momentum - np.float32(rate) * gradient).astype(np.float32)
        bias.assign(bias.value + self.momentum)
        kernel.assign(kernel.value * np.float32(0.999))
        return float(np.square(bias.value).mean())

    def evaluate_batch(self, images: np.ndarray, labels: np.ndarray) -> tuple:
        scores = np.abs(self.model.bias.value)[None].repeat(len(images), axis=0)
        answers = (scores / scores.sum(axis=1, keepdims=True)).astype(np.float32)
        right = min(int(self.draws[0]), len(labels)) if self.improves else 1
        return float(scores.mean()), right, Number(answers)

    def state(self) -> list[tuple[str, np.ndarray]]:
        return [("optimizer/momentum", self.momentum.copy()), ("random/0", self.draws.copy())]

    def restore(self, state: dict[str, np.ndarray]) -> None:
        self.momentum, self.draws = state["optimizer/momentum"].copy(), state["random/0"].copy()
