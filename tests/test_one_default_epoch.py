"""One network answers wherever no epoch is asked for: on the pages, on the command line, in exported files."""

import json
import zipfile

import numpy as np
import pytest
from PIL import Image
from saved import save_weights
from streamlit.testing.v1 import AppTest

from core import __main__ as command_line
from core import export
from core.build.model import build_model
from core.lens import process
from core.lens.network import open_network
from core.runs import live, states
from core.runs.recorder import Recorder
from core.runs.states import Status
from pages.components.frame import lens as asking
from pages.components.runs import live_tiles
from tests.saved import here

# Keras 3.15 asks NumPy 2 for an array in NumPy 1's way while it exports.
keras_export = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")
TOLD = {"epoch": 3, "epochs": 3, "accuracy": 0.9, "val_accuracy": 0.7, "best_epoch": 2, "best_val_accuracy": 0.8}


@pytest.fixture
def pictures(tmp_path):
    """Five digits' worth of noise, as files: what is read of them is what was written."""
    images = np.random.default_rng(5).integers(0, 256, (5, 8, 8, 1), np.uint8)
    paths = [tmp_path / f"{place}.png" for place in range(len(images))]
    for path, image in zip(paths, images, strict=True):
        Image.fromarray(image[..., 0]).save(path)
    return images, paths


def ended(experiment, **told):
    """A run whose networks after epochs 1, 2 and 3 say different things, and what each says by itself."""
    run, model = here().create(experiment), build_model(experiment, experiment.dataset.facts())
    started = [array.copy() for array in model.get_weights()]
    with Recorder(run) as record:
        for epoch in (1, 2, 3):
            model.set_weights([array * epoch for array in started])
            save_weights(record, epoch, model)
        record.status(**{"state": states.FINISHED, **TOLD, **told})
    return run, lambda epoch, images: _answers(model, [array * epoch for array in started], images)


def _answers(model, weights, images):
    model.set_weights(weights)
    return model.predict(images.astype(np.float32), verbose=0)


def by_command(run, paths, names, capsys):
    assert command_line.main(["predict", run.id, *map(str, paths), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    shares = [{one["class"]: one["probability"] for one in image["classes"]} for image in told["images"]]
    return told["epoch"], np.array([[one[name] for name in names] for one in shares])


def by_export(run, images, tmp_path):
    import keras

    made = export.produce(run, "keras", export.saved_epoch(run), lambda done, total: None)
    opened = keras.models.load_model(made)
    return opened.predict(images.astype(np.float32), verbose=0)


@keras_export
@pytest.mark.parametrize(
    ("told", "epoch"),
    [({}, 2), ({"restored_epoch": 1}, 1), ({"state": states.STOPPED}, 2), ({"best_epoch": 3}, 3)],
    ids=["best before last", "brought back by a rule", "stopped", "best is last"],
)
def test_lens_command_line_and_exported_network_give_the_same_answers(small, pictures, told, epoch, tmp_path, capsys):
    images, paths = pictures
    run, answers = ended(small, **told)
    expected = answers(epoch, images)
    assert np.abs(expected - answers(1 + epoch % 3, images)).max() > 0.01  # else any epoch would pass

    assert run.chosen_epoch == epoch
    by_lens = open_network(run).answer(images)[1]
    number, by_line = by_command(run, paths, small.dataset.facts().class_names, capsys)
    assert number == epoch
    for ours in (by_lens, by_line, by_export(run, images, tmp_path)):
        np.testing.assert_allclose(ours, expected, rtol=1e-4, atol=1e-6)


def test_the_answers_follow_when_the_best_takes_the_place_of_the_newest(small, pictures, monkeypatch):
    class Client:
        def ask(self, question, **fields):
            return process.ask({"question": question, "positions": [0], "uploads": [], **fields}, b"")

    monkeypatch.setattr(asking, "client", Client)
    monkeypatch.setattr(asking, "is_warm", lambda: True)
    run, _ = ended(small, state=states.RUNNING)
    with Recorder(run) as record:
        record.status(state=states.RUNNING, **TOLD)
        while_it_trains = asking.ask("predict", run=run.id)["result"].logits
        record.status(state=states.FINISHED)
    afterwards = asking.ask("predict", run=run.id)["result"].logits

    assert run.checkpoints() == [1, 2, 3]  # none was saved meanwhile
    for epoch, logits in ((3, while_it_trains), (2, afterwards)):
        by_name = asking.ask("predict", run=run.id, epoch=epoch)["result"].logits
        np.testing.assert_array_equal(logits, by_name)
    assert np.abs(while_it_trains - afterwards).max() > 0.01


@keras_export
def test_the_read_me_of_an_export_says_which_network_it_is_and_what_each_epoch_reached(small):
    run, _ = ended(small.edited(name="Mine"))
    with zipfile.ZipFile(export.produce(run, "savedmodel", export.saved_epoch(run), lambda done, total: None)) as file:
        text = file.read("README.txt").decode()

    assert text.startswith("Mine: the network after epoch 2 (best). ")
    assert "last (epoch 3) 0.900 train, 0.700 validation · best (epoch 2) 0.800 validation" in text


def test_the_command_line_labels_last_and_best(small, capsys, pictures):
    run, _ = ended(small)
    command_line.main(["runs"])
    head, line, *_ = capsys.readouterr().out.splitlines()
    best, last = head.index("best val"), head.index("last val")
    assert line[best : best + 17].split() == ["0.800", "2"]
    assert line[last : last + 8].split() == ["0.700"]

    command_line.main(["predict", run.id, str(pictures[1][0])])
    assert capsys.readouterr().out.startswith("network after epoch 2 (best)\n")
    command_line.main(["predict", run.id, str(pictures[1][0]), "--epoch", "last"])
    assert capsys.readouterr().out.startswith("network after epoch 3 (last)\n")


def test_the_tiles_of_a_run_that_has_ended_are_those_of_the_network_that_is_used(small):
    run, _ = ended(small)
    with Recorder(run) as record:
        for epoch in (1, 2, 3):
            told = dict.fromkeys(("loss", "accuracy", "val_loss", "val_accuracy"), 0.5)
            record.append("epoch", epoch=epoch, step=epoch, **told, answers=[], confidence=[])
    view = live.of(run)

    for status, epoch in ((run.status(), 2), (Status(**{**TOLD, "state": states.RUNNING}), 3)):
        assert live_tiles._record(run, view, status)["epoch"] == epoch
    (run.path / "metrics.jsonl").unlink()
    assert live_tiles._record(run, view, run.status())["epoch"] == 3


def _menu_of_epochs(run_id):
    from pages.components.frame import session
    from pages.components.runs import trained_run

    session.open_tab()
    trained_run.choose_epoch(session.runs().find(run_id))


def test_a_long_run_begins_at_its_best_epoch_and_a_button_leads_back_to_it(small):
    run, model = here().create(small), build_model(small, small.dataset.facts())
    with Recorder(run) as record:
        for epoch in range(1, 9):
            save_weights(record, epoch, model)
        record.status(**{"state": states.FINISHED, **TOLD, "epoch": 8, "epochs": 8, "best_epoch": 5})
    app = AppTest.from_function(_menu_of_epochs, default_timeout=60, kwargs={"run_id": run.id}).run()

    assert (app.select_slider[0].value, app.button[0].label, app.button[0].disabled) == (5, "Epoch 5 (best)", True)
    app.select_slider[0].set_value(8).run()
    assert not app.button[0].disabled
    app.button[0].click().run()
    assert not app.exception
    assert (app.select_slider[0].value, app.button[0].disabled) == (5, True)
