"""How fast training is beside Keras' own `fit`, on the same network, pictures and machine: `python -m benchmarks`.

Ratios only: an absolute time says more about the machine than about the code.
"""

import argparse
import json
import os
import statistics
import tempfile
import time
from collections.abc import Callable

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

from core import datasets, runs
from core.experiment import Experiment
from core.model import build_model
from core.presets import load_preset
from core.runs import Recorder
from core.training.loop import Training

REPEATS = 3


def main() -> None:
    """Times each preset's epochs with our loop (live records and all) and with `fit`, in turns; prints a table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks")
    parser.add_argument("presets", nargs="*", default=["digits-cnn"])
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as home:
        os.environ["KERNELSCOPE_HOME"] = home
        rows = [compare(name) for name in options.presets]
    if options.json:
        print(json.dumps(rows, indent=1))
        return
    print(f"{'preset':16}{'fit = 1':>10}{'spread':>16}")
    for row in rows:
        print(f"{row['preset']:16}{row['times_fit']:>9.2f}x{row['lowest']:>9.2f} ..{row['highest']:.2f}")


def compare(name: str) -> dict[str, object]:
    """One preset: how many times as many images a second as `fit`, median and range over the repeats."""
    experiment = load_preset(name)
    experiment = experiment.edited(training=experiment.training.edited(epochs=min(3, experiment.training.epochs)))
    ratios = [timed(fit, experiment) / timed(ours, experiment) for _ in range(REPEATS)]
    return {"preset": name, "times_fit": statistics.median(ratios), "lowest": min(ratios), "highest": max(ratios)}


def timed(train: Callable[[Experiment], list[float]], experiment: Experiment) -> float:
    """Seconds of the last epoch: the first one compiles."""
    return train(experiment)[-1]


def ours(experiment: Experiment) -> list[float]:
    """Seconds of each epoch, validation included, with everything a page would see being written."""
    run = runs.create(experiment)
    with Recorder(run) as record:
        Training(experiment, record).run()
    return [epoch["seconds"] for epoch in run.metrics().epochs]


def fit(experiment: Experiment) -> list[float]:
    """Seconds of each epoch of `keras.Model.fit` on the same arrays."""
    import keras

    data = datasets.load(experiment.dataset, experiment.training.validation_split, experiment.seed)
    facts = experiment.dataset.facts()
    model = build_model(experiment, facts)
    model.compile(optimizer=experiment.training.optimizer.build(), loss=experiment.loss(facts), metrics=["accuracy"])
    seconds: list[float] = []

    class Clock(keras.callbacks.Callback):
        def on_epoch_begin(self, epoch: int, logs: dict | None = None) -> None:
            self.began = time.monotonic()

        def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
            seconds.append(time.monotonic() - self.began)

    model.fit(
        data.images[data.train],
        data.labels[data.train],
        batch_size=experiment.training.batch_size,
        epochs=experiment.training.epochs,
        validation_data=(data.images[data.validation], data.labels[data.validation]),
        callbacks=[Clock()],
        verbose=0,
    )
    return seconds


if __name__ == "__main__":
    main()
