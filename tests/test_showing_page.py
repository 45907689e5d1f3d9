"""The page "Show and train" without a browser: what its cards ask for, what it answers, and the ways on."""

import base64
import io
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from core.datasets.own_images import OwnImages, uploads
from core.errors import UserError
from core.layers.small_base import SmallBase
from core.showing import bases, store
from core.showing.bases import Offered
from core.workspace import current
from pages.components.frame import session
from pages.components.showing import cards, live

pytestmark = pytest.mark.usefixtures("work_is_done_here")

ROOT = Path(__file__).parent.parent
PAGE = "pages/0_Start/3_Show_and_train.py"
CHANCE = np.random.default_rng(0)
RED, YELLOW, BLUE = (190, 0, 0), (190, 190, 0), (0, 0, 190)


class Lens:
    """Stands for the lens process: the features of an image are its mean colours."""

    def __init__(self):
        self.asked, self.refusal = [], None

    def ask(self, question, images, experiment):
        self.asked.append((question, images.shape, experiment))
        if self.refusal:
            raise self.refusal
        return {"features": images.mean((1, 2)).astype(np.float32)}

    def warm(self, delay=0.0, first=None):
        pass

    def is_warm(self):
        return True


class Shown:
    """Stands for a component in the browser: what it was given last."""

    def __init__(self):
        self.data = None

    def __call__(self, key, data, **rest):
        self.data, self.rest = data, rest
        return SimpleNamespace()


@pytest.fixture
def parts(monkeypatch):
    """The cards, the guess, and the lens that it asks."""
    found = SimpleNamespace(cards=Shown(), guess=Shown(), lens=Lens())
    monkeypatch.setattr(cards, "_cards", found.cards)
    monkeypatch.setattr(live, "_guess", found.guess)
    monkeypatch.setattr("pages.components.runs.launching.launcher", lambda: None)
    monkeypatch.setattr("pages.components.frame.lens.client", lambda: found.lens)
    return found


def file_of(colour, side=32, kind="JPEG"):
    """A picture file of one colour with some noise."""
    pixels = (CHANCE.integers(0, 60, (side, side, 3)) + np.array(colour)).astype(np.uint8)
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, kind)
    return buffer.getvalue()


def frame_of(colour):
    return cards.PREFIX + base64.b64encode(file_of(colour)).decode()


def opened(**address):
    app = AppTest.from_file(str(ROOT / "streamlit_app.py"), default_timeout=60).run().switch_page(PAGE)
    for name, value in address.items():
        app.query_params[name] = value
    app.run()
    assert not app.exception
    return app


def asks(app, monkeypatch, **gesture):
    """A gesture, as the frame has it done before the page is drawn."""
    with monkeypatch.context() as patch:
        patch.setattr(session, "st", SimpleNamespace(session_state=app.session_state, query_params={}))
        token = session._held.set({session.TAB: app.session_state[session.TAB]})
        cards.apply(gesture)
        session._held.reset(token)
    app.run()
    assert not app.exception


def words(app):
    return [one.value for one in (*app.markdown, *app.caption)]


def test_two_held_presses_make_a_classifier_that_answers_frames_and_a_refresh_finds_it_again(parts, monkeypatch):
    app = opened()
    assert [one["name"] for one in parts.cards.data["classes"]] == ["Class 1", "Class 2"]
    assert not parts.guess.data["isLearnt"] and "Show two things" in parts.guess.data["waiting"]
    asks(app, monkeypatch, action="add", **{"class": 1}, frames=[frame_of(RED) for _ in range(6)])
    assert not parts.guess.data["isLearnt"]
    assert "Class 1 alone can't be told from anything: show a second class." in words(app)
    asks(app, monkeypatch, action="add", **{"class": 2}, frames=[frame_of(YELLOW) for _ in range(6)])
    asks(app, monkeypatch, action="name", **{"class": 2}, name="banana")
    assert [(one["name"], len(one["images"])) for one in parts.cards.data["classes"]] == [("Class 1", 6), ("banana", 6)]
    assert parts.cards.data["undo"] == "the name banana"
    assert parts.guess.data["isLearnt"]
    assert any(one.startswith("12 of 12 pictures right, each asked of a classifier") for one in words(app))
    assert {question for question, *_ in parts.lens.asked} == {"features"}
    assert sum(shape[0] for _, shape, _ in parts.lens.asked) == 12  # each was embedded once
    address = app.query_params["shown"]
    again = opened(shown=address if isinstance(address, str) else address[0])
    assert [len(one["images"]) for one in parts.cards.data["classes"]] == [6, 6]
    assert again.session_state[session.TAB].kept["shown"] == app.session_state[session.TAB].kept["shown"]


def test_files_go_to_their_class_bad_ones_are_said_and_a_picture_that_is_tried_is_answered(parts, monkeypatch):
    app = opened()
    files = [(f"{i}.png", file_of(RED, 40, "PNG"), "image/png") for i in range(3)]
    app.file_uploader(key="shown-files-1-0").set_value([*files, ("a.txt", b"words", "text/plain")]).run()
    assert [one.value for one in app.warning] == [
        "a.txt is not a picture we can read. Use PNG, JPEG, WebP, BMP or GIF."
    ]
    app.file_uploader(key="shown-files-2-1").set_value(
        [(f"{i}.png", file_of(YELLOW, 40, "PNG"), "image/png") for i in range(3)]
    ).run()
    assert [len(one["images"]) for one in parts.cards.data["classes"]] == [3, 3]
    app.file_uploader(key="shown-try-0").set_value(("red.png", file_of(RED, 40, "PNG"), "image/png")).run()
    answer = parts.guess.data["tried"]["answer"]
    assert (answer["words"], answer["isUnlike"], answer["nearest"]["name"]) == ("Class 1", False, "Class 1")
    assert sum(answer["shares"]) == pytest.approx(1)
    app.file_uploader(key="shown-try-1").set_value(("blue.png", file_of(BLUE, 40, "PNG"), "image/png")).run()
    assert parts.guess.data["tried"]["answer"]["words"] == "Unlike everything that was shown"
    app.file_uploader(key="shown-try-2").set_value(("x.png", b"words", "image/png")).run()
    assert "not a picture" in parts.guess.data["tried"]["error"]
    assert not app.exception


def test_a_frame_of_the_camera_is_answered_under_its_name_and_a_forged_one_with_a_sentence(parts, monkeypatch):
    app = opened()
    for class_id, colour in ((1, RED), (2, YELLOW)):
        asks(app, monkeypatch, action="add", **{"class": class_id}, frames=[frame_of(colour) for _ in range(4)])
    tab = app.session_state[session.TAB]
    for look, told in (
        ({"n": 7.5, "picture": frame_of(YELLOW)}, "Class 2"),
        ({"n": 8.5, "picture": "data:text/html;base64,AAAA"}, "none of its buttons sends"),
        ({"n": "x"}, "none of its buttons sends"),
        ({"n": 9.5, "picture": cards.PREFIX + "AAAA"}, "not a picture"),
    ):
        with monkeypatch.context() as patch:
            state = {session.TAB: tab, live.KEY: SimpleNamespace(look=look)}
            patch.setattr(session, "st", SimpleNamespace(session_state=state, query_params={}))
            token = session._held.set(state)
            live._look()
            session._held.reset(token)
        answer = tab.kept[live.ANSWER]
        assert told in answer.get("words", "") + answer.get("error", "")
        if isinstance(look["n"], float) and "picture" in look:
            assert answer["n"] == look["n"]


def test_what_was_shown_becomes_a_dataset_and_a_frozen_base_with_a_head_that_is_open_for_editing(parts, monkeypatch):
    app = opened()
    for class_id, colour in ((1, RED), (2, YELLOW)):
        asks(app, monkeypatch, action="add", **{"class": class_id}, frames=[frame_of(colour) for _ in range(5)])
    asks(app, monkeypatch, action="name", **{"class": 1}, name="cup")
    title = next(one for one in app.text_input if one.label == "Name of the dataset")
    title.set_value("My cups").run()
    app.button(key="shown-network").click().run()
    assert not app.exception
    assert [one.value for one in app.title] == ["Network"]
    (upload,) = uploads()
    assert (upload.title, upload.class_names, len(upload.files)) == ("My cups", ("Class 2", "cup"), 10)
    experiment = session._read(app.session_state[session.TAB].experiment)
    assert experiment.dataset == OwnImages(images_id=upload.images_id, image_size=96)
    base = bases.usual().base
    assert [one.kind for one in experiment.layers] == [base.kind, "GlobalAveragePooling2D", "Dropout"]
    traced = experiment.trace(experiment.dataset.facts())
    assert traced.broken is None and traced.trainable == traced.rows[-2].output_shape[0] + 1  # the head alone learns


def test_the_boxes_of_the_data_page_are_the_same_and_become_the_dataset_of_the_experiment(parts, monkeypatch):
    app = opened()
    app.switch_page("pages/2_Design/1_Data.py").run()
    app.button(key="source-OwnImages").click().run()
    app.segmented_control(key="upload-way").set_value("Single files or the camera").run()
    assert app.button(key="boxes-dataset").disabled
    for class_id, colour in ((1, RED), (2, YELLOW)):
        asks(app, monkeypatch, action="add", **{"class": class_id}, frames=[frame_of(colour) for _ in range(5)])
    images = [one["id"] for one in parts.cards.data["classes"][1]["images"]]
    asks(app, monkeypatch, action="move", images=images[:2])
    asks(app, monkeypatch, action="merge", **{"class": 3}, into=1)
    asks(app, monkeypatch, action="paint", **{"class": 2})
    counts = [len(one["images"]) for one in parts.cards.data["classes"]]
    assert counts == [7, 3] and len({one["color"] for one in parts.cards.data["classes"]}) == 2
    app.button(key="boxes-dataset").click().run()
    assert not app.exception and not app.error
    (upload,) = uploads()
    assert np.bincount(upload.labels).tolist() == [7, 3]
    experiment = session._read(app.session_state[session.TAB].experiment)
    assert experiment.dataset == OwnImages(images_id=upload.images_id, image_size=32)
    assert "My things is here: 7 to train on, 3 to validate on" in app.success[0].value
    app.button(key="add-pictures").click().run()
    assert any("Class 1" in one for one in words(app)) and not app.exception
    asks(app, monkeypatch, action="name", **{"class": 2}, name="Fish")
    assert any("Fish will be a new class" in one for one in words(app))
    asks(app, monkeypatch, action="add", **{"class": 1}, frames=[frame_of(BLUE)])
    app.button(key="boxes-dataset").click().run()
    experiment = session._read(app.session_state[session.TAB].experiment)
    added = experiment.dataset.facts()
    assert added.class_names == ("Class 1", "Class 2", "Fish") and added.count == 14 and not app.exception


def test_another_base_describes_the_same_pictures_anew_and_what_was_tried_with_them(parts, monkeypatch):
    offered = tuple(Offered(SmallBase(), size, f"base of {size}") for size in (32, 48))
    monkeypatch.setattr(bases, "OFFERED", offered)
    app = opened()
    for class_id, colour in ((1, RED), (2, YELLOW)):
        asks(app, monkeypatch, action="add", **{"class": class_id}, frames=[frame_of(colour) for _ in range(3)])
    app.file_uploader(key="shown-try-0").set_value(("red.png", file_of(RED, 40, "PNG"), "image/png")).run()
    assert {shape[1] for _, shape, _ in parts.lens.asked} == {32}
    parts.lens.asked.clear()
    (choice,) = [one for one in app.button_group if one.label == "What describes the pictures"]
    choice.set_value("base of 48").run()
    assert not app.exception
    assert sorted(shape for _, shape, _ in parts.lens.asked) == [(1, 48, 48, 3), (6, 48, 48, 3)]
    assert parts.guess.data["tried"]["answer"]["words"] == "Class 1"
    monkeypatch.setattr(Offered, "is_here", property(lambda one: one is offered[0]))
    app.run()
    (said,) = [one for one in words(app) if one.startswith("base of 32 describes the pictures; it learnt from")]
    assert said.endswith(". base of 48 would be surer; the weights are not on this machine.")


def test_a_base_that_is_not_here_is_said_and_nothing_that_was_shown_is_lost(parts, monkeypatch):
    app = opened()
    parts.lens.refusal = UserError("The weights are not here.", "Fetch them.", "BASE_NOT_HERE")
    for class_id, colour in ((1, RED), (2, YELLOW)):
        asks(app, monkeypatch, action="add", **{"class": class_id}, frames=[frame_of(colour) for _ in range(2)])
    assert [one.value for one in app.error] == ["The weights are not here. Fetch them."]
    assert [len(one["images"]) for one in parts.cards.data["classes"]] == [2, 2]
    assert app.button(key="shown-network").disabled


def test_a_showing_of_before_is_opened_or_deleted_and_one_begins_anew_beside_it(parts, monkeypatch):
    app = opened()
    asks(app, monkeypatch, action="add", **{"class": 1}, frames=[frame_of(RED)])
    (first,) = [showing.id for showing, _ in store.showings(current())]
    app.button(key="shown-anew").click().run()
    assert [len(one["images"]) for one in parts.cards.data["classes"]] == [0, 0]
    asks(app, monkeypatch, action="class")
    assert len(parts.cards.data["classes"]) == 3
    app.button(key=f"shown-open-{first}").click().run()
    assert [len(one["images"]) for one in parts.cards.data["classes"]] == [1, 0]
    asks(app, monkeypatch, action="remove", image=parts.cards.data["classes"][0]["images"][0]["id"])
    asks(app, monkeypatch, action="undo")
    app.button(key="shown-anew").click().run()
    app.button(key=f"shown-delete-{first}").click().run()
    assert "Nothing brings these pictures back" in app.warning[0].value
    app.button(key=f"shown-keep-{first}").click().run()
    app.button(key=f"shown-delete-{first}").click().run()
    app.button(key=f"shown-delete-now-{first}").click().run()
    assert store.showings(current()) == []
    assert not app.exception
    gone = opened(shown=first)
    assert "not on this machine any more" in gone.warning[0].value
