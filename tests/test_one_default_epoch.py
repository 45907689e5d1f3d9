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
from pages.components.frame import session
from pages.components.runs import live_tiles
from pages.components.understand import time_machine
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


def _slider(run_id):
    from pages.components.frame import session
    from pages.components.runs import trained_run
    from pages.components.understand import time_machine

    session.open_tab()
    run = session.runs().find(run_id)
    trained_run.say_which(run)
    epoch = time_machine.choose(run)
    time_machine.drawn(run, epoch)


@pytest.fixture
def slider(monkeypatch):
    """What the browser is told of the slider, by its last drawing."""
    told = {}
    monkeypatch.setattr(time_machine, "_slider", lambda data, **rest: told.update(data))
    return told


def eight_epochs(experiment, **status):
    """A run with eight saved epochs, the fifth its best."""
    run, model = here().create(experiment), build_model(experiment, experiment.dataset.facts())
    with Recorder(run) as record:
        for epoch in range(1, 9):
            save_weights(record, epoch, model)
            told = dict.fromkeys(("loss", "accuracy", "val_loss"), 0.5) | {"val_accuracy": epoch / 10}
            record.append("epoch", epoch=epoch, step=epoch, **told, answers=[], confidence=[])
        record.status(**{"state": states.FINISHED, **TOLD, "epoch": 8, "epochs": 8, "best_epoch": 5, **status})
    return run


def test_who_lost_the_weights_of_a_run_is_told_that_another_network_stands_here(small, slider):
    run, lost = ended(small)[0], here().create(small)
    app = AppTest.from_function(_slider, args=(run.id,), default_timeout=60)
    app.query_params["run"] = lost.id
    app.run()

    assert not app.exception
    assert app.caption[0].value == f"No network of {lost.title} is saved: here is another one."
    app = AppTest.from_function(_slider, args=(run.id,), default_timeout=60)
    app.query_params["run"] = run.id
    assert "another one" not in " ".join(one.value for one in app.run().caption)


def test_a_run_is_looked_at_after_its_best_epoch_until_another_is_chosen_which_is_kept(small, slider, monkeypatch):
    run = eight_epochs(small)
    app = AppTest.from_function(_slider, default_timeout=60, kwargs={"run_id": run.id}).run()
    assert not app.exception
    assert (slider["epochs"], slider["at"], slider["best"]) == ([*range(1, 9)], 4, 4)
    assert (slider["names"][4], slider["names"][7]) == ("5 (best)", "8 (last)")
    assert slider["accuracy"] == [epoch / 10 for epoch in range(1, 9)] and slider["reached"][2] == "30.0 %"

    def go(epoch, run_id=run.id, plays=False):
        with monkeypatch.context() as patch:
            patch.setattr(session, "keep", app.session_state[session.TAB].kept.__setitem__)
            time_machine.apply({"action": "go", "run": run_id, "epoch": epoch, "plays": plays, "line": "a", "n": 1})
        app.run()
        assert not app.exception

    for epoch, place in ((8, 7), (2, 1), (99, 4), (3, 2), (None, 4)):  # 99 was never saved
        go(epoch)
        assert slider["at"] == place
    go(3, run_id="no run")
    assert slider["at"] == 4 and "none of its buttons sends" in app.warning[0].value


def test_while_a_run_trains_its_newest_epoch_is_shown_unless_an_earlier_one_was_chosen(small, slider, monkeypatch):
    run = eight_epochs(small)
    monkeypatch.setattr(type(run), "status", lambda run: Status(**TOLD | {"state": states.RUNNING, "best_epoch": 5}))
    app = AppTest.from_function(_slider, default_timeout=60, kwargs={"run_id": run.id}).run()
    assert (slider["at"], slider["follows"], slider["live"]) == (7, True, True)
    app.session_state[session.TAB].kept[time_machine.kept_as(run)] = 6
    app.run()
    assert (slider["at"], slider["follows"]) == (5, False)


def test_while_a_film_plays_the_next_epochs_are_asked_about_before_they_are_shown(small, slider, monkeypatch):
    run, asked = eight_epochs(small), []
    monkeypatch.setattr(asking, "_asked", lambda question, fields, stamp: asked.append((question, fields["epoch"])))
    monkeypatch.setattr(asking, "is_warm", lambda: True)
    monkeypatch.setattr(asking, "client", lambda: None)
    monkeypatch.setattr(
        time_machine, "_drawn", lambda **told: asking.ask("kernels", run=run.id, epoch=told["data"]["epoch"])
    )
    app = AppTest.from_function(_slider, default_timeout=60, kwargs={"run_id": run.id}).run()
    assert asked == [("kernels", 5)]
    app.session_state[session.TAB].kept |= {time_machine.PLAYS: True, time_machine.kept_as(run): 6}
    app.run()
    assert asked[1:] == [("kernels", 6), ("kernels", 7), ("kernels", 8)]
    app.run()  # somebody pressed something else: no film plays
    assert asked[4:] == [("kernels", 6)]
