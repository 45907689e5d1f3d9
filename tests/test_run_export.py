"""The component that hands runs out as files and takes them in: what its menu says, what it makes, what it refuses."""

import io
import json
import zipfile
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from core import export, workspace
from core.errors import UserError
from core.export import Exported, produce
from core.runs import states
from core.runs.archive import Opened
from core.runs.recorder import Recorder
from core.uploads import incoming
from tests.saved import here

ROOT = Path(__file__).parent.parent


@pytest.fixture
def run(small):
    """A run with records and no network."""
    run = here().create(small)
    with Recorder(run) as record:
        record.append("epoch", epoch=1, step=1, seconds=0.1, loss=1.0, accuracy=0.5, val_loss=1.0, val_accuracy=0.5)
        record.status(state=states.STOPPED, epoch=1, epochs=2)
    return run


@pytest.fixture
def saved(run):
    """The same with networks of three epochs, of which the second was best."""
    for epoch in (1, 2, 3):
        folder = run.path / "checkpoints" / f"{epoch:06d}"
        folder.mkdir(parents=True)
        (folder / "manifest.json").write_text(json.dumps({"epoch": epoch, "files": {}}))
    with Recorder(run) as record:
        record.status(state=states.FINISHED, epoch=3, epochs=3, best_epoch=2)
    return run


def page(run_id=None):
    """A page with nothing but the two components."""
    from pages.components.frame import session
    from pages.components.runs import run_export

    session.open_tab()
    if run_id:
        run_export.offer(session.runs().find(run_id))
    run_export.open_archive()


def opened(run=None):
    return AppTest.from_function(page, default_timeout=60, kwargs={"run_id": run.id if run else None}).run()


def menu(app):
    return app.selectbox[0]


def test_every_format_that_works_here_is_in_the_menu_with_one_sentence(saved, monkeypatch):
    monkeypatch.setattr("core.export.networks.importlib.util.find_spec", lambda name: "there")
    app = opened(saved)

    assert menu(app).options == [format.title() for format in export.formats().values()]
    for word, format in export.formats().items():
        menu(app).select(word).run()
        assert not app.exception
        assert app.caption[0].value == format.sentence()


def test_formats_that_need_a_network_are_not_offered_before_there_is_one(run):
    app = opened(run)

    assert menu(app).options == [one.title() for one in export.formats().values() if not one.of_epoch]
    assert "after the first epoch" in app.caption[1].value
    assert [button.label for button in app.button] == ["Make the file"]


def test_onnx_without_its_converter_is_not_offered_and_its_remedy_is_told(saved, monkeypatch):
    monkeypatch.setattr("core.export.networks.importlib.util.find_spec", lambda name: None)
    app = opened(saved)

    assert "ONNX (.onnx)" not in menu(app).options and "Keras (.keras)" in menu(app).options
    assert app.caption[1].value.startswith("ONNX (.onnx) is not offered here. ")
    assert "pip install tf2onnx" in app.caption[1].value


def test_a_file_is_made_when_asked_for_and_then_waits_to_be_fetched(run):
    app = opened(run)
    menu(app).select("csv").run()
    assert not app.get("download_button")
    app.button[0].click().run()
    (button,) = app.get("download_button")

    assert not app.exception
    assert button.proto.label.startswith("Download digits-8x8-conv-4-epochs.csv (")
    menu(app).select("script").run()
    assert not app.get("download_button")


def test_the_best_network_is_offered_first_and_another_can_be_chosen(saved, monkeypatch):
    made = []

    def make(run, word, epoch):
        made.append((word, epoch))
        path = workspace.current().folder("exports") / "file"
        path.write_bytes(b"x")
        return Exported(path, "x.keras", "application/octet-stream")

    monkeypatch.setattr(export, "make", make)
    app = opened(saved)
    menu(app).select("keras").run()
    epoch = app.selectbox[1]
    assert (epoch.options, epoch.value) == (["1", "2 (best)", "3 (last)"], 2)
    app.button[0].click().run()
    app.selectbox[1].select(3).run()
    assert not app.get("download_button")
    app.button[0].click().run()

    assert made == [("keras", 2), ("keras", 3)]
    assert app.get("download_button")


def test_a_file_that_was_cleared_away_is_offered_anew(run):
    app = opened(run)
    menu(app).select("csv").run()
    app.button[0].click().run()
    for path in (workspace.current().home / "exports").iterdir():
        path.unlink()
    app.run()

    assert not app.exception
    assert not app.get("download_button")


def test_a_refusal_is_one_sentence(run, monkeypatch):
    def refuse(*arguments):
        raise UserError("The disk is full.", "Free some space.", "DISK_FULL")

    monkeypatch.setattr(export, "make", refuse)
    app = opened(run)
    app.button[0].click().run()

    assert [error.value for error in app.error] == ["The disk is full. Free some space."]


def test_an_archive_becomes_the_run_of_this_tab(run, monkeypatch):
    monkeypatch.setattr("streamlit.page_link", lambda *arguments, **more: None)  # the frame knows the pages
    data = produce(run, "zip", 0, lambda done, total: None).read_bytes()
    app = opened()
    app.file_uploader[0].upload("run.zip", data, "application/zip").run()
    arrived = next(found for found in here().newest() if found.id != run.id)

    assert not app.exception
    assert "is here" in app.success[0].value
    assert app.session_state.tab.run == arrived.id
    assert arrived.metrics().epochs[0]["loss"] == 1.0


def test_what_is_no_run_is_refused_and_the_uploader_is_empty_again(run):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as file:
        file.writestr("cat/1.png", b"x")
    app = opened()
    app.file_uploader[0].upload("pictures.zip", buffer.getvalue(), "application/zip").run()

    assert not app.exception
    assert "not a run that Kernelscope exported" in app.error[0].value
    assert len(here().newest()) == 1


def test_what_could_not_come_along_is_said(run, monkeypatch):
    monkeypatch.setattr("streamlit.page_link", lambda *arguments, **more: None)
    monkeypatch.setattr(incoming, "receive_run", lambda file: Opened(run.id, ("Its pictures are not here.",)))
    app = opened()
    app.file_uploader[0].upload("run.zip", b"PK", "application/zip").run()

    assert "Its pictures are not here" in app.warning[0].value
