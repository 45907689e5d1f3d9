"""The same network trained three ways: by our loop with its live records, by Keras' `fit`, and by eager PyTorch.

`python -m benchmarks.peers SIDE PRESET EPOCHS TRAIN TEST` trains one way in a process of its own, as people do: in one
process the threads of one side would wait for work on the cores that the other one needs.
"""

import importlib.util
import math
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from typing import Any
from unittest.mock import patch

import numpy as np

from core import child, datasets
from core.build.model import build_model
from core.datasets import ImageData
from core.datasets.split import TEST, TRAIN
from core.errors import UserError
from core.experiment import Experiment
from core.experiment.presets import load_preset
from core.runs.collection import Runs
from core.runs.recorder import Recorder
from core.workspace import current

HOW_TO_GET_TORCH = "needs PyTorch: pip install torch"


class Clock:
    """Notes when epochs end, on the wall: all that happens between two of them counts."""

    def __init__(self) -> None:
        self.ends: list[float] = []

    def told(self, status: dict[str, Any]) -> None:
        """Takes a status of our loop."""
        if status.get("epoch", 0) > len(self.ends):
            self.ends.append(time.perf_counter())

    def end(self) -> None:
        """An epoch is over."""
        self.ends.append(time.perf_counter())

    @property
    def seconds(self) -> float:
        """Of one epoch, the first one left out: it compiles."""
        return float(np.median(np.diff(self.ends)))


def ours(experiment: Experiment) -> float:
    """Seconds of an epoch of our loop, everything written that a page would show."""
    from core.training.loop import Trainer

    clock = Clock()
    with Recorder(Runs(current()).create(experiment)) as record:
        Trainer(experiment, record, watch=clock.told).run()
    return clock.seconds


def uncut(experiment: Experiment) -> float:
    """As `ours`, no batch cut into parts."""
    with patch("core.runs.work.PARTS", 1):
        return ours(experiment)


def bfloat16(experiment: Experiment) -> float:
    """As `ours`, the layers computing in bfloat16."""
    return ours(_in_bfloat16(experiment))


def scored(experiment: Experiment) -> float:
    """Validation accuracy, 0..1, after the last epoch of our loop."""
    from core.training.loop import Trainer

    with Recorder(Runs(current()).create(experiment)) as record:
        training = Trainer(experiment, record)
        training.run()
    return training.history[-1]["val_accuracy"]


def scored_bfloat16(experiment: Experiment) -> float:
    """As `scored`, the layers computing in bfloat16."""
    return scored(_in_bfloat16(experiment))


def _in_bfloat16(experiment: Experiment) -> Experiment:
    return experiment.edited(training=experiment.training.edited(precision="mixed_bfloat16"))


def fit(experiment: Experiment) -> float:
    """Seconds of an epoch of `keras.Model.fit`."""
    import keras

    data, settings, clock = _data(experiment), experiment.training, Clock()
    facts = experiment.dataset.facts()
    model = build_model(experiment, facts)
    model.compile(optimizer=settings.optimizer.build(), loss=experiment.loss(facts), metrics=["accuracy"])
    model.fit(
        data.images[data.train],
        data.labels[data.train],
        batch_size=settings.batch_size,
        epochs=settings.epochs,
        validation_data=(data.images[data.validation], data.labels[data.validation]),
        callbacks=[keras.callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: clock.end())],
        verbose=0,
    )
    return clock.seconds


def has_torch() -> bool:
    """Whether PyTorch is installed."""
    return importlib.util.find_spec("torch") is not None


def alone(side: str, preset: str, epochs: int, train: int = 0, test: int = 0) -> float:
    """Seconds of an epoch of one side, or its accuracy, in a process of its own.

    Args:
        side: one of `SIDES`.
        preset: its name.
        epochs: two or more.
        train, test: pictures; 0 for all.
    """
    words = [sys.executable, "-m", "benchmarks.peers", side, preset, str(epochs), str(train), str(test)]
    done = subprocess.run(words, cwd=child.ROOT, env=child.environment(), stdout=subprocess.PIPE, check=True)
    return float(done.stdout.split()[-1])


def main() -> None:
    """The child of `alone`."""
    side, preset, *numbers = sys.argv[1:]
    epochs, train, test = map(int, numbers)
    experiment = load_preset(preset)
    experiment = experiment.edited(training=experiment.training.edited(epochs=epochs))
    with cut_to(experiment, train, test) if train else nullcontext():
        print(SIDES[side](experiment))


def eager_torch(experiment: Experiment) -> float:
    """Seconds of an epoch of a plain PyTorch loop: batches cut from tensors in memory, no loader between."""
    import torch

    torch.manual_seed(experiment.seed)
    data, settings, clock = _data(experiment), experiment.training, Clock()
    images = torch.from_numpy(np.array(data.images)).permute(0, 3, 1, 2)  # uint8 (N, C, H, W)
    labels = torch.from_numpy(np.array(data.labels))
    model = _torch_network(experiment)
    optimizer = _torch_optimizer(experiment, model)
    for _ in range(settings.epochs):
        model.train()
        order = torch.from_numpy(np.random.permutation(data.train))
        loss_sum, right = torch.zeros(()), torch.zeros((), dtype=torch.int64)
        for part in order.split(settings.batch_size):
            batch, target = images[part].float() / 255, labels[part]
            answers = model(batch)
            loss = torch.nn.functional.cross_entropy(answers, target)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            loss_sum += loss.detach() * len(part)
            right += (answers.detach().argmax(1) == target).sum()
        model.eval()
        with torch.no_grad():
            for part in torch.from_numpy(data.validation).split(512):
                right += (model(images[part].float() / 255).argmax(1) == labels[part]).sum()
        clock.end()
    return clock.seconds


def _torch_network(experiment: Experiment) -> Any:
    """The layers of the presets as PyTorch modules; logits at the end, as its loss wants them."""
    from torch import nn

    facts, modules = experiment.dataset.facts(), []
    for row in experiment.trace(facts).rows:
        layer, shape = row.layer, row.input_shape
        if layer.kind == "Conv2D":
            modules.append(nn.Conv2d(shape[-1], layer.filters, layer.kernel_size, padding=layer.padding))
        elif layer.kind == "MaxPooling2D":
            modules.append(nn.MaxPool2d(layer.pool_size, ceil_mode=layer.padding == "same"))
        elif layer.kind == "Flatten":
            modules.append(nn.Flatten())
        else:
            modules.append(nn.Linear(math.prod(shape), layer.units))
        if getattr(layer, "activation", "") == "relu":
            modules.append(nn.ReLU())
    return nn.Sequential(*modules)


def _torch_optimizer(experiment: Experiment, model: Any) -> Any:
    from torch import optim

    chosen = experiment.training.optimizer
    if chosen.kind == "RMSprop":
        return optim.RMSprop(model.parameters(), chosen.learning_rate, alpha=chosen.rho, eps=1e-7)
    return optim.Adam(model.parameters(), chosen.learning_rate, (chosen.beta_1, chosen.beta_2), eps=1e-7)


def _data(experiment: Experiment) -> ImageData:
    return datasets.load(experiment.dataset, experiment.training.validation_split, experiment.seed)


@contextmanager
def cut_to(experiment: Experiment, train: int, test: int) -> Iterator[None]:
    """Within it the dataset has so many pictures; noise of the same size where its files are not on this machine."""
    kind, facts = type(experiment.dataset), experiment.dataset.facts()
    whole = kind.generate

    def cut(self: datasets.Dataset, progress: Callable, empty: datasets.Empty = np.empty) -> tuple:
        try:
            images, labels, split = whole(self, progress)
        except UserError:
            return noise(facts.shape, len(facts.class_names), train, test)
        kept = np.concatenate([np.flatnonzero(split == TRAIN)[:train], np.flatnonzero(split == TEST)[:test]])
        return images[kept], labels[kept], split[kept]

    with patch.object(kind, "generate", cut):
        yield


def noise(shape: tuple[int, int, int], classes: int, train: int, test: int) -> tuple:
    """Pictures that teach nothing and cost the same: as `Dataset.generate` returns them."""
    rng, count = np.random.default_rng(0), train + test
    images = np.tile(rng.integers(0, 256, (100, *shape), np.uint8), (math.ceil(count / 100), 1, 1, 1))[:count]
    split = np.where(np.arange(count) < train, TRAIN, TEST)
    return images, np.arange(count) % classes, split


SIDES = {
    "ours": ours,
    "uncut": uncut,
    "bfloat16": bfloat16,
    "fit": fit,
    "torch": eager_torch,
    "scored": scored,
    "scored_bfloat16": scored_bfloat16,
}

if __name__ == "__main__":
    main()
