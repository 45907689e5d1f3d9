"""The pages "Predict" and "Look inside": cold, with a trained network, and with pictures that can't be used."""

import base64
import io
import shutil
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import streamlit as st
from PIL import Image
from saved import save_weights
from streamlit.testing.v1 import AppTest

from core.build.model import build_model
from core.experiment.presets import load_preset
from core.runs import states
from core.runs.recorder import Recorder
from pages.components.browser.packet import Packet
from pages.components.frame import lens, session
from pages.components.showing import cards
from pages.components.understand import drawing_pad, live_camera, time_machine
from pages.components.understand.predictions import percent
from tests.saved import here

ROOT = Path(__file__).resolve().parent.parent
PREDICT, LOOK_INSIDE = "pages/4_Understand/1_Predict.py", "pages/4_Understand/2_Look_inside.py"


@pytest.fixture(autouse=True, scope="module")
def workspace(tmp_path_factory):
    """One workspace and one lens process for the module: it keeps the workspace it was started with."""
    home = tmp_path_factory.mktemp("workspace")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KERNELSCOPE_HOME", str(home))
        st.cache_resource.clear()
        yield home
        lens.client().close()
        st.cache_resource.clear()


@pytest.fixture(autouse=True)
def no_runs(workspace):
    """Every test begins without runs, and no answer is remembered from another."""
    shutil.rmtree(workspace / "runs", ignore_errors=True)
    st.cache_data.clear()


@pytest.fixture
def run():
    """A digits network with fresh weights, as if trained."""
    experiment = load_preset("digits-cnn")
    created = here().create(experiment)
    with Recorder(created) as record:
        model = build_model(experiment, experiment.dataset.facts())
        for epoch in (1, 2):
            save_weights(record, epoch, model)
        record.status(state=states.FINISHED, epoch=2, epochs=2, best_epoch=1, accuracy=0.1, val_accuracy=0.1)
    return created


def opened(page):
    """The app, on one of its pages."""
    app = AppTest.from_file(ROOT / "streamlit_app.py", default_timeout=120).run()
    return app.switch_page(page).run()


def components(app):
    """Names of the browser-side components on the page."""
    return {one.proto.component_name.split(".")[-1] for one in app.get("bidi_component")}


@pytest.mark.parametrize("page", [PREDICT, LOOK_INSIDE])
def test_without_a_network_the_page_invites_to_train_one(page):
    app = opened(page)

    assert not app.exception
    assert "There is no trained network yet" in app.main.markdown[0].value
    assert "Train one now" in [button.label for button in app.button]


@pytest.mark.parametrize("page", [PREDICT, LOOK_INSIDE])
def test_a_network_that_is_damaged_is_said_to_be(page, run):
    for epoch in (1, 2):
        (run.path / "checkpoints" / f"{epoch:06d}" / "weights.npz").write_bytes(b"nothing")
    app = opened(page)

    assert not app.exception
    assert "The network of epoch 1 is damaged" in app.error[0].value


def test_predict_answers_for_a_validation_picture(run):
    app = opened(PREDICT)

    assert not app.exception
    assert not app.error
    assert "answers" in components(app)


def test_the_next_button_and_the_class_choose_another_picture(run):
    app = opened(PREDICT)
    assert app.slider[0].value == 1
    app.button(key="picture-next").click().run()
    assert app.slider[0].value == 2
    app.button(key="picture-previous").click().run()
    app.button(key="picture-previous").click().run()
    assert app.slider[0].value == app.slider[0].max
    everything = app.slider[0].max

    next(box for box in app.selectbox if box.label == "Class").set_value(3).run()

    assert not app.exception
    assert app.slider[0].max < everything / 5


def png(image):
    buffer = io.BytesIO()
    Image.fromarray(image).save(buffer, "PNG")
    return buffer.getvalue()


def choose(app, source):
    return app.segmented_control[-1].set_value(source).run()


def test_good_uploads_are_answered_and_bad_ones_listed(run):
    app = choose(opened(PREDICT), "Upload")
    assert "stay on this machine" in app.file_uploader[0].label
    photo = ("a *photo*.png", png(np.zeros((30, 40, 3), np.uint8)), "image/png")
    bad = [("no.png", b"no picture", "image/png"), ("empty.gif", b"", "image/gif")]
    app.file_uploader[0].set_value([photo, *bad]).run()

    assert not app.exception
    assert "2 files were left out" in app.error[0].value
    assert "empty" in app.error[0].value
    assert "answers" in components(app)


def test_look_inside_shows_maps_and_kernels_of_each_saved_epoch(run):
    app = opened(LOOK_INSIDE)

    assert not app.exception
    assert not app.error
    assert {"feature_maps", "kernels", "time_machine", "epoch_drawn"} <= components(app)
    app.session_state[session.TAB].kept[time_machine.kept_as(run)] = 2
    app.run()
    assert not app.exception
    assert not app.error


def test_look_inside_says_when_a_file_is_no_picture(run):
    app = choose(opened(LOOK_INSIDE), "Upload")
    app.file_uploader[0].set_value(("no.png", b"no picture", "image/png")).run()

    assert not app.exception
    assert "is not a picture" in app.error[0].value


@pytest.mark.parametrize(
    ("share", "words"),
    [
        (1.0, "100 %"),
        (0.9999, "99.99 %"),
        (1 - 1e-9, "> 99.999 %"),
        (float(np.nextafter(np.float32(1), np.float32(0))), "> 99.999 %"),
        (0.99998, "99.998 %"),
        (0.9871, "98.7 %"),
        (0.0987, "9.87 %"),
        (1.23e-3, "0.123 %"),
        (0, "< 0.001 %"),
    ],
)
def test_probabilities_have_three_digits(share, words):
    assert percent(share) == words


def test_a_drawing_arrives_as_its_file():
    text = drawing_pad.PREFIX + base64.b64encode(b"file").decode()

    assert drawing_pad._png(text) == b"file"


def test_a_packet_begins_its_numbers_at_a_multiple_of_four():
    packet = Packet()
    packet.put(np.arange(3))
    start = packet.put(np.array([[5, 6]]))
    sealed = packet.seal({"name": "é"})
    length = int.from_bytes(sealed[:4], "little")

    assert (start, length % 4) == (3, 0)
    assert np.frombuffer(sealed, np.float32, offset=4 + length).tolist() == [0, 1, 2, 5, 6]


@pytest.mark.parametrize("page", [PREDICT, LOOK_INSIDE])
def test_a_run_without_a_finished_epoch_is_waited_for(page):
    started = here().create(load_preset("digits-cnn"))
    app = AppTest.from_file(ROOT / "streamlit_app.py", default_timeout=120)
    app.query_params["run"] = started.id
    app.run().switch_page(page).run()

    assert not app.exception
    assert "opens when its first epoch is done" in app.main.markdown[0].value
    assert "Train one now" not in [button.label for button in app.button]


def test_what_the_camera_sees_is_answered_frame_by_frame_and_anything_else_refused(run, monkeypatch):
    app = AppTest.from_file(str(ROOT / PREDICT), default_timeout=60)
    drawn = {}
    monkeypatch.setattr(live_camera, "_live", lambda data, **_rest: drawn.update(data))
    app.run()
    next(group for group in app.button_group if "Live" in str(group.options)).set_value("Live").run()
    assert not app.exception and drawn == {"answer": None}
    tab = app.session_state[session.TAB]
    buffer = io.BytesIO()
    Image.fromarray(np.full((224, 224, 3), 90, np.uint8)).save(buffer, "JPEG")
    picture = cards.PREFIX + base64.b64encode(buffer.getvalue()).decode()
    for frame, error in (
        ({"n": 1.5, "picture": picture}, ""),
        ({"n": 2.5, "picture": cards.PREFIX + "AAAA"}, "not a picture"),
        ({"n": 3.5, "picture": "data:text/html;base64,AAAA"}, "none of its buttons sends"),
        ({"n": "x"}, "none of its buttons sends"),
    ):
        with monkeypatch.context() as patch:
            state = {session.TAB: tab, live_camera.KEY: SimpleNamespace(look=frame)}
            patch.setattr(session, "st", SimpleNamespace(session_state=state, query_params={}))
            token = session._held.set(state)
            live_camera._look()
            session._held.reset(token)
        answer = tab.kept[live_camera.ANSWER]
        if error:
            assert error in answer["error"]
        else:
            grey = lens.ask("predict", run=run.id, uploads=[("x", buffer.getvalue())])["result"].probabilities[0]
            assert answer["n"] == 1.5
            assert [one["share"] for one in answer["top"]] == pytest.approx(sorted(grey, reverse=True)[:5], abs=1e-5)
