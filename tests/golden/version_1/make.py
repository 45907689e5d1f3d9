"""Writes the golden files of format 1; run in a checkout of fd8471c, whose modules it uses: `python FILE FOLDER`."""

import contextlib
import hashlib
import json
import os
import shutil
import sys
import tempfile
from pathlib import Path

os.environ |= {"KERNELSCOPE_HOME": tempfile.mkdtemp(), "CUDA_VISIBLE_DEVICES": "-1", "TF_CPP_MIN_LOG_LEVEL": "3"}
sys.path.insert(0, str(Path.cwd()))

from core.augmentations import RandomFlip, RandomRotation, RandomTranslation
from core.class_weights import Balanced, Own
from core.learn.logistic import LogisticRegression
from core.learn.playground import Playground
from core.optimizers import SGD, Adam, AdamW, RMSprop
from core.presets import load_preset, presets
from core.recorder import Recorder
from core.schedules import CosineDecay, StepDecay
from core.stopping import EarlyStopping, ReduceLROnPlateau, Target, TimeBudget

from core import datasets, runs, sweeps
from core.datasets.digits import Digits
from core.datasets.shapes import Shapes
from core.experiment import Experiment
from core.export import produce
from core.layers.convolution import Conv2D, SeparableConv2D
from core.layers.dense import Dense
from core.layers.hand_made import HandMadeConv2D
from core.layers.pooling import GlobalAveragePooling2D, MaxPooling2D
from core.layers.regularization import BatchNormalization, Dropout
from core.layers.reshaping import Flatten
from core.lens.network import open_network
from core.spec import packed
from core.training import loop

CURVE = ("epoch", "step", "loss", "accuracy", "val_loss", "val_accuracy", "learning_rate")
SHOWN = 5
"""Images whose predictions are told: the first ones of the dataset."""


def experiment(name, layers, epochs=3, **how):
    """On the digits, in batches of 64."""
    changes = {key: how.pop(key) for key in ("dataset", "augmentations", "seed") if key in how}
    made = Experiment(name=name, layers=layers, **changes)
    return made.edited(training=made.training.edited(epochs=epochs, **{"batch_size": 64} | how))


PLAIN = experiment("Plain", (Conv2D(filters=2), MaxPooling2D(), Flatten()), optimizer=RMSprop(learning_rate=0.01))
RICH = experiment(
    "Rich",
    (Conv2D(filters=2), BatchNormalization(), MaxPooling2D(), Flatten(), Dropout(rate=0.3), Dense(units=6)),
    augmentations=(RandomFlip(), RandomRotation()),
    optimizer=Adam(learning_rate=0.01),
)
HAND_MADE = experiment(
    "Hand-made", (HandMadeConv2D(), MaxPooling2D(), Flatten()), 2, optimizer=RMSprop(learning_rate=0.01)
)


def experiments():
    """Name -> experiment: every preset, and each kind of part."""
    made = {f"preset-{name}": load_preset(name) for name in presets()}
    made |= {"plain": PLAIN, "rich": RICH, "hand-made": HAND_MADE}
    made["schedule-and-rules"] = experiment(
        "Schedule", (SeparableConv2D(filters=4), GlobalAveragePooling2D()), optimizer=SGD(), schedule=StepDecay(),
        rules=(EarlyStopping(), Target(), TimeBudget()), class_weight=Balanced(),
    )  # fmt: skip
    made["two-classes"] = experiment(
        "Two", (Flatten(),), dataset=Shapes(classes=2, count=100, image_size=16), optimizer=AdamW(),
        schedule=CosineDecay(), class_weight=Own(values=(1.0, 2.5)), augmentations=(RandomTranslation(),), seed=7,
        batch_size=16,
    )  # fmt: skip
    made["plateau"] = experiment("Plateau", (Flatten(),), dataset=Digits(), rules=(ReduceLROnPlateau(),))
    fields = [sweeps.find(PLAIN, name) for name in ("training.optimizer.learning_rate", "layers[0].filters")]
    family = sweeps.grid(PLAIN, [(fields[0], [0.1, 0.01]), (fields[1], [2, 3])])
    return made | {f"sweep-{place}": member for place, (member, _) in enumerate(family)}


def train(run):
    """Trains, or trains on."""
    with Recorder(run) as record:
        loop.Training(run.experiment, record).run()
    return run


def stopped_in_an_epoch(made):
    """Stopped by the user in the second epoch."""
    run = runs.create(made, family="A sweep", varied={"training.epochs": made.training.epochs})
    run.annotate(name="Stopped", note="in the middle of an epoch")
    with Recorder(run) as record:
        training = loop.Training(made, record)
        hold, count = training.leash.hold, iter(range(1000))
        training.leash.hold = lambda t: (run.request_stop() if next(count) == 8 else None, hold(t))[1]
        training.run()
    return run


def cut_off(made):
    """Its worker was killed in the second epoch."""
    run = runs.create(made)
    with Recorder(run) as record:
        training = loop.Training(made, record)
        whole, left = training._chunk, iter(range(8))

        def chunk(images, labels):
            if next(left, None) is None:
                raise KeyboardInterrupt
            whole(images, labels)

        training._chunk = chunk
        with contextlib.suppress(KeyboardInterrupt):
            training.run()
    return run


def told(run, whole=None):
    """What a reader must find; the curve is that of the uninterrupted training."""
    epochs, status = run.checkpoints(), run.status()
    data = datasets.load(run.experiment.dataset)
    _, probabilities = open_network(run).answer(data.images[:SHOWN])
    return {
        "id": run.id,
        "state": status.state,
        "epoch": status.epoch,
        "batch": status.batch,
        "accuracy": status.accuracy,
        "val_accuracy": status.val_accuracy,
        "best_epoch": status.best_epoch,
        "notes": [run.notes().name, run.notes().note, run.notes().family, run.notes().varied],
        "points": [run.metrics().step, run.metrics().loss, run.metrics().accuracy],
        "epochs": [[record[name] for name in CURVE] for record in run.metrics().epochs],
        "weights": {
            epoch: [[list(a.shape), hashlib.sha256(a.tobytes()).hexdigest()] for a in run.weights(epoch)]
            for epoch in epochs
        },
        "probabilities": probabilities.tolist(),
        "curve": [[record[name] for name in CURVE] for record in (whole or run).metrics().epochs],
        "last_weights": [a.ravel()[:50].tolist() for a in (whole or run).weights()],
    }


def main(folder):
    """All of it."""
    loop.Training._steps_per_chunk = lambda self: 5
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "experiments").mkdir(parents=True)
    made, links = experiments(), {}
    for name, one in made.items():
        (folder / "experiments" / f"{name}.json").write_text(one.to_json())
        links[name] = one.to_link()
    labs = {"Playground": Playground(noise=0.25, activation="relu"), "LogisticRegression": LogisticRegression(first=3)}
    (folder / "links.json").write_text(json.dumps(links, indent=1))
    told_labs = {name: {"link": packed(lab), "settings": lab.model_dump(mode="json")} for name, lab in labs.items()}
    (folder / "labs.json").write_text(json.dumps(told_labs, indent=1))
    expected, kept = {}, []
    for name, run, whole in (
        ("finished", train(runs.create(PLAIN)), None),
        ("rich", train(runs.create(RICH)), None),
        ("hand-made", train(runs.create(HAND_MADE)), None),
        ("stopped", stopped_in_an_epoch(PLAIN), train(runs.create(PLAIN))),
        ("interrupted", cut_off(RICH), train(runs.create(RICH))),
    ):
        expected[name] = told(run, whole)
        kept.append(run)
    archive = produce(kept[1], "zip", 0, lambda done, total: None)
    (folder / "rich-run.zip").write_bytes(archive.read_bytes())
    for run in kept:
        shutil.copytree(run.path, folder / "runs" / run.id, ignore=shutil.ignore_patterns("*.lock"))
    (folder / "expected.json").write_text(json.dumps(expected))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
