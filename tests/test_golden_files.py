"""What a released version saved stays readable: golden files, made by the code of that time, against what it told."""

import hashlib
import io
import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from core import datasets
from core.build.weights import are_positional
from core.errors import UserError
from core.experiment import migrations, reading
from core.experiment.reading import read_experiment, read_link
from core.labs.logistic import LogisticRegression
from core.labs.playground import Playground
from core.labs.reading import read_lab
from core.lens.network import open_network
from core.runs import doctor, layout, states, versions
from core.runs.recorder import Recorder
from core.training.loop import Trainer
from core.uploads import incoming
from core.workspace import current
from tests.saved import here

FOLDER = Path(__file__).parent / "golden" / "version_1"
EXPECTED = json.loads((FOLDER / "expected.json").read_text())
LINKS = json.loads((FOLDER / "links.json").read_text())
LABS = json.loads((FOLDER / "labs.json").read_text())
CURVE = ("epoch", "step", "loss", "accuracy", "val_loss", "val_accuracy", "learning_rate")


def placed(name):
    """A golden run in the test's workspace, and what the code that made it told."""
    told = EXPECTED[name]
    shutil.copytree(FOLDER / "runs" / told["id"], current().folder(layout.RUNS) / told["id"])
    return here().find(told["id"]), told


def curve(run):
    return [[record[name] for name in CURVE] for record in run.metrics().epochs]


def probabilities(run):
    """Of the first five images of its dataset, after its last epoch."""
    return open_network(run, run.checkpoints()[-1]).answer(datasets.load(run.experiment.dataset).images[:5])[1]


@pytest.mark.parametrize("path", sorted((FOLDER / "experiments").glob("*.json")), ids=lambda path: path.stem)
def test_an_experiment_opens_from_its_file_and_from_its_link_with_every_value(path):
    experiment = read_experiment(path.read_bytes())
    saved, again = json.loads(path.read_text()), json.loads(experiment.to_json())

    assert read_link(LINKS[path.stem]) == experiment
    for name in ("name", "dataset", "augmentations", "seed"):
        assert again[name] == saved[name]
    assert again["training"] == again["training"] | saved["training"]  # what came later has its default
    layers = [json.loads(node.layer.model_dump_json()) for node in experiment.nodes]  # later versions know more fields
    assert [layer | old for layer, old in zip(layers, saved["layers"], strict=True)] == layers


@pytest.mark.parametrize("kind", [Playground, LogisticRegression])
def test_a_lab_opens_from_its_link_with_every_setting(kind):
    told = LABS[kind.__name__]
    settings = read_lab(kind, told["link"]).model_dump(mode="json")

    assert settings | told["settings"] == settings


@pytest.mark.parametrize("name", EXPECTED)
def test_a_run_shows_the_numbers_that_it_showed(name):
    run, told = placed(name)
    status, metrics, notes = run.status(), run.metrics(), run.notes()
    fields = ("state", "epoch", "batch", "accuracy", "val_accuracy", "best_epoch")

    assert {field: getattr(status, field) for field in fields} == {field: told[field] for field in fields}
    assert [metrics.step, metrics.loss, metrics.accuracy] == told["points"]
    assert curve(run) == told["epochs"]
    assert [notes.name, notes.note, notes.family, notes.varied] == told["notes"]
    assert versions.version_of(run.path) == versions.FIRST


@pytest.mark.parametrize("name", EXPECTED)
def test_a_run_has_the_weights_that_it_had_bit_for_bit_and_predicts_the_same(name):
    run, told = placed(name)
    found = {
        str(epoch): [
            [list(array.shape), hashlib.sha256(array.tobytes()).hexdigest()] for array in run.weights(epoch).values()
        ]
        for epoch in run.checkpoints()
    }

    assert found == told["weights"]
    np.testing.assert_allclose(probabilities(run), told["probabilities"], rtol=1e-4, atol=1e-6)


def test_every_run_passes_the_doctor():
    for name in EXPECTED:
        placed(name)

    assert doctor.examine(current()) == []


@pytest.mark.parametrize("name", ["stopped", "interrupted"])
def test_a_run_goes_on_to_the_curve_of_one_that_was_never_stopped(name, monkeypatch):
    monkeypatch.setattr(Trainer, "_steps_per_chunk", lambda self: 5)
    run, told = placed(name)
    run.enqueue()
    run.launched()
    with Recorder(run) as record:
        assert Trainer(run.experiment, record).run() == states.FINISHED

    np.testing.assert_allclose(curve(run), told["curve"], rtol=1e-4)
    for array, theirs in zip(run.weights(run.checkpoints()[-1]).values(), told["last_weights"], strict=True):
        np.testing.assert_allclose(array.ravel()[:50], theirs, rtol=1e-3, atol=1e-5)
    assert are_positional(run.weights(1))  # as it was saved
    assert not are_positional(run.weights(3))
    assert versions.version_of(run.path) == versions.VERSION
    assert doctor.examine(current()) == []


def test_an_exported_run_is_imported_with_its_curves_and_weights():
    told = EXPECTED["rich"]
    run = here().find(incoming.receive_run(io.BytesIO((FOLDER / "rich-run.zip").read_bytes())).run)

    assert curve(run) == told["epochs"]
    for epoch, weights in told["weights"].items():
        found = [hashlib.sha256(array.tobytes()).hexdigest() for array in run.weights(int(epoch)).values()]
        assert found == [digest for _, digest in weights]
    np.testing.assert_allclose(probabilities(run), told["probabilities"], rtol=1e-4, atol=1e-6)
    assert doctor.examine(current()) == []


def test_a_run_of_a_newer_version_is_refused_in_a_sentence_and_left_alone():
    run, _ = placed("stopped")
    (run.path / layout.FORMAT).write_text('{"format": 99}')
    before = {path: path.read_bytes() for path in run.path.rglob("*") if path.is_file()}

    for refused in (lambda: run.experiment, run.weights, run.enqueue, Recorder(run).__enter__):
        with pytest.raises(UserError, match="newer Kernelscope .format 99"):
            refused()
    (finding,) = doctor.examine(current())
    assert "newer" in finding.what
    assert not finding.repairable
    assert doctor.repair(current(), [finding]) == [finding]
    assert {path: path.read_bytes() for path in before} == before


def test_an_older_experiment_is_lifted_step_by_step(monkeypatch):
    """Two versions back: name was called title, and the seed stood in training."""
    steps = (
        lambda value: {("name" if key == "title" else key): one for key, one in value.items()},
        lambda value: {**value, "seed": value["training"]["seed"], "training": {"epochs": 7}},
    )
    old = {"schema_version": 1, "title": "Old", "training": {"seed": 5}}
    lifted = migrations.lifted(old, steps)

    assert lifted == {"schema_version": 3, "name": "Old", "seed": 5, "training": {"epochs": 7}}
    assert migrations.lifted({**old, "schema_version": 3}, steps) == {**old, "schema_version": 3}
    assert migrations.lifted({"title": "No version", "training": {"seed": 1}}, steps)["seed"] == 1
    # The gate lifts too: a document that a step can't read is refused, one that it can is opened.
    monkeypatch.setattr(reading, "lifted", lambda value: migrations.lifted(value, steps) | {"schema_version": 1})
    assert (read_experiment(json.dumps(old)).name, read_experiment(json.dumps(old)).training.epochs) == ("Old", 7)
    with pytest.raises(UserError, match="older Kernelscope is damaged"):
        read_experiment('{"title": "Old"}')
