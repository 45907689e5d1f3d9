"""A head on a frozen MobileNetV2: an epoch on kept features against one on images, and features against `predict`.

`python -m benchmarks.transfer SIDE ALPHA PIXELS IMAGES` measures one side in a process of its own, as threads are
settled once. The base has fresh weights: they cost the same.
"""

import os
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial
from unittest.mock import patch

import numpy as np

from benchmarks import Row, Setting, in_turns, times_faster
from benchmarks.peers import Clock
from core import child
from core.build.model import build_model
from core.datasets.shapes import Shapes
from core.experiment import Experiment, Training
from core.experiment.frozen import frozen_part
from core.layers.mobilenet_v2 import MobileNetV2
from core.layers.pooling import GlobalAveragePooling2D
from core.optimization.optimizers import Adam
from core.runs.collection import Runs
from core.runs.recorder import Recorder
from core.runs.work import spread_of
from core.workspace import current

NETWORKS = (0.35, 96), (1.0, 160)
"""alpha and px."""
EPOCHS = 5


def measure(setting: Setting) -> list[Row]:
    """Both networks, each pair in turns."""
    found = []
    for alpha, side in NETWORKS:
        work = alpha, side, setting.size(640, 64)
        name = f"MobileNetV2 {alpha:g} at {side} px: "
        found.append(_row(f"{name}head epoch on kept features", setting, work, ("kept", "images"), 50.0))
        found.append(_row(f"{name}features against predict", setting, work, ("ours", "keras"), 1.3))
    return found


def _row(what: str, setting: Setting, work: tuple[float, int, int], sides: tuple[str, str], aim: float) -> Row:
    costs = in_turns(setting.repeats, **{side: partial(_alone, side, *work) for side in sides})
    note = ", ".join(f"{min(cost):.3g} s {name}" for name, cost in costs.items())
    return Row(what, times_faster(costs, *sides), at_least=aim, note=note)


def _alone(*words: object) -> float:
    """Seconds of one side, in a process of its own."""
    call = [sys.executable, "-m", "benchmarks.transfer", *map(str, words)]
    done = subprocess.run(call, cwd=child.ROOT, env=child.environment(), stdout=subprocess.PIPE, check=True)
    return float(done.stdout.split()[-1])


def experiment_of(alpha: float, side: int, images: int) -> Experiment:
    """A head that learns on features: no random numbers, so that both ways are spread alike."""
    return Experiment(
        dataset=Shapes(count=images, image_size=side, classes=3),
        layers=(MobileNetV2(alpha=alpha, weights=None), GlobalAveragePooling2D()),
        training=Training(optimizer=Adam(), epochs=EPOCHS),
    )


def kept(alpha: float, side: int, images: int) -> float:
    """Seconds of an epoch of the head on its features, validation and all that is written included."""
    from core.training.loop import Trainer

    experiment, clock = experiment_of(alpha, side, images), Clock()
    with Recorder(Runs(current()).create(experiment)) as record:
        training = Trainer(experiment, record, watch=clock.told)
        training.run()
    print("validation accuracy", training.history[-1]["val_accuracy"], file=sys.stderr)
    return clock.seconds


def on_images(alpha: float, side: int, images: int) -> float:
    """The same where no features may be kept."""
    with patch.dict(os.environ, {"KERNELSCOPE_FEATURES_GB": "0"}):
        return kept(alpha, side, images)


def ours(alpha: float, side: int, images: int) -> float:
    """Seconds in which the frozen part computes the features of all images."""
    from core.training import threads
    from core.training.extraction import Extraction

    experiment = experiment_of(alpha, side, images)
    facts = experiment.dataset.facts()
    traced = experiment.trace(facts)
    threads.suit(spread_of(experiment, traced), has_pieces=True)
    extraction = Extraction(build_model(experiment, facts), frozen_part(traced).rows)
    given = _noise(side, images)
    starts = range(0, images, extraction.batch)
    return _quickest(lambda: [extraction.of(given[at : at + extraction.batch]) for at in starts])


def keras_predict(alpha: float, side: int, images: int) -> float:
    """Seconds in which `keras.Model.predict` does, in batches of the same size."""
    import keras

    experiment = experiment_of(alpha, side, images)
    facts = experiment.dataset.facts()
    model = build_model(experiment, facts)
    border = frozen_part(experiment.trace(facts)).border
    part, given = keras.Model(model.input, model.get_layer(border.name).output), _noise(side, images)
    return _quickest(lambda: part.predict(given, batch_size=64, verbose=0))


def _noise(side: int, images: int) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (images, side, side, 3), np.uint8)


def _quickest(work: Callable[[], object]) -> float:
    """Seconds of the quickest of three turns after a first one, which compiles."""
    work()
    taken = []
    for _ in range(3):
        began = time.perf_counter()
        work()
        taken.append(time.perf_counter() - began)
    return min(taken)


SIDES = {"kept": kept, "images": on_images, "ours": ours, "keras": keras_predict}

if __name__ == "__main__":
    side, alpha, *numbers = sys.argv[1:]
    print(SIDES[side](float(alpha), *map(int, numbers)))
