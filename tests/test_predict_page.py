"""The Predict page without a browser: what it asks the lens, what its answers show, what it hands to Look inside."""

import base64
import io
import json
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from drawn import STROKES, drawn, png
from PIL import Image
from saved import save_weights
from streamlit.testing.v1 import AppTest

from core import datasets
from core.build.model import build_model
from core.build.weights import put
from core.datasets.digits import Digits
from core.datasets.shapes import Shapes
from core.errors import UserError
from core.experiment.presets import load_preset
from core.export import saved_epoch
from core.intake.pixels import network_input
from core.lens import process
from core.lens.asked_images import decoded
from core.lens.drawings import manner_of
from core.runs import states
from core.runs.recorder import Recorder
from core.training.loop import Trainer
from pages.components.frame import session
from pages.components.understand import asking, image_source, predictions, time_machine
from tests.saved import here

ROOT = Path(__file__).parent.parent
PREDICT, LOOK_INSIDE = "pages/4_Understand/1_Predict.py", "pages/4_Understand/2_Look_inside.py"


class Lens:
    """Stands for the lens process: its own answers, given in this process; remembers what it was asked."""

    def __init__(self):
        self.asked, self.refusal = [], None

    def ask(self, question, uploads=(), **fields):
        self.asked.append((question, {"uploads": list(uploads), **fields}))
        if self.refusal:
            raise self.refusal
        told, pixels = decoded(list(uploads))
        return process.ask({"question": question, "uploads": told, **fields}, pixels)


class Pad:
    """Stands for the pad in the browser: `picture` is what it sent last."""

    def __init__(self):
        self.picture, self.data = None, None

    def __call__(self, data, **rest):
        self.data = data
        return SimpleNamespace(picture=self.picture)

    def send(self, file):
        self.picture = "data:image/png;base64," + base64.b64encode(file).decode()


class Answers:
    """Stands for the answers in the browser: what they were given."""

    def __init__(self):
        self.data = None

    def __call__(self, data, **rest):
        self.data = json.loads(json.dumps(data))

    def press(self, app, action, row, way=0):
        """A gesture, as the frame has it done before the page is drawn."""
        kept, pressed = app.session_state.tab.kept, (self.data["sign"], row)
        kept[{"open": predictions.OPENED, "why": predictions.WHY}[action]] = (
            pressed if action == "open" else (*pressed, way)
        )
        app.run()
        assert not app.exception


@pytest.fixture
def lens(monkeypatch):
    lens = Lens()
    monkeypatch.setattr("pages.components.runs.launching.launcher", lambda: None)
    monkeypatch.setattr("pages.components.frame.lens.client", lambda: None)
    monkeypatch.setattr("pages.components.frame.lens.ask", lens.ask)
    return lens


@pytest.fixture
def pad(monkeypatch):
    pad = Pad()
    monkeypatch.setattr("pages.components.understand.drawing_pad._pad", pad)
    return pad


@pytest.fixture
def shown(monkeypatch):
    shown = Answers()
    monkeypatch.setattr("pages.components.understand.predictions._answers", shown)
    return shown


def saved_run(experiment):
    """A finished run with the fresh weights of its experiment."""
    run = here().create(experiment)
    with Recorder(run) as record:
        save_weights(record, 1, build_model(experiment, experiment.dataset.facts()))
        record.status(state=states.FINISHED, epoch=1, epochs=1, best_epoch=1)
    return run


def opened(run, source=None):
    app = AppTest.from_file(str(ROOT / "streamlit_app.py"), default_timeout=120)
    app.query_params["run"] = run.id
    app = app.run().switch_page(PREDICT).run()
    if source:
        next(group for group in app.button_group if group.label == "Pictures").set_value(source)
        app.run()
    assert not app.exception
    return app


def pixels(picture):
    """The pixels of a picture as the browser gets it."""
    return np.array(Image.open(io.BytesIO(base64.b64decode(picture["uri"].partition(",")[2]))))


def told(answer, experiment):
    """The five likeliest classes of one picture, as (name, probability)."""
    names = experiment.dataset.facts().class_names
    return [(names[i], pytest.approx(float(answer[i]))) for i in np.argsort(-answer, kind="stable")[:5]]


def test_a_validation_picture_comes_with_five_answers_its_pixels_and_right_or_wrong(lens, shown, small):
    app = opened(saved_run(small))
    data = datasets.load(small.dataset, small.training.validation_split, small.seed)
    verdicts = set()
    for position in data.validation[:5]:
        (item,) = shown.data["items"]
        question, fields = lens.asked[-1]
        assert (question, fields["positions"]) == ("predict", [position])
        (answer,) = process.ask({"question": "predict", **fields, "uploads": []}, b"")["result"].probabilities
        (way,) = item["ways"]
        assert [(one["name"], one["share"]) for one in way["top"]] == told(answer, small)
        assert item["truth"] == data.class_names[data.labels[position]]
        assert way["right"] == (way["top"][0]["name"] == item["truth"])
        np.testing.assert_array_equal(pixels(way["seen"]), data.images[position][..., 0])
        assert way["seen"]["crisp"]
        assert way["seen"]["width"] % 8 == 0
        verdicts.add(way["right"])
        app.button(key="picture-next").click().run()
    assert False in verdicts  # fresh weights can't be right five times


def test_only_mistakes_are_counted_and_stepped_through_the_surest_first(lens, shown, small):
    run = saved_run(small)
    data = datasets.load(small.dataset, small.training.validation_split, small.seed)
    labels, images = data.labels[data.validation], np.array(data.images[data.validation])
    model = build_model(small, small.dataset.facts())
    put(model, run.weights())
    answers = model.predict(images.astype(np.float32), verbose=0)  # Keras' own
    wrong = [i for i in range(len(images)) if answers[i].argmax() != labels[i]]
    wrong.sort(key=lambda i: -answers[i].max())

    app = opened(run)
    (only,) = (toggle for toggle in app.toggle if toggle.label == "Only mistakes")
    only.set_value(True).run()
    assert not app.exception
    said = f"{len(wrong)} of {len(images)} validation pictures are wrong, the surest mistake first."
    assert said in [caption.value for caption in app.caption]
    assert app.slider[0].label == "Mistake"
    for i in wrong[:4]:
        assert lens.asked[-1][1]["positions"] == [data.validation[i]]
        (way,) = shown.data["items"][0]["ways"]
        assert way["right"] is False
        assert way["top"][0]["share"] == pytest.approx(answers[i].max(), rel=1e-4)
        app.button(key="picture-next").click().run()

    app.selectbox(key=next(box.key for box in app.selectbox if box.label == "Class")).set_value(3).run()
    of = int((labels == 3).sum())
    count = sum(labels[i] == 3 for i in wrong)
    assert any(f"{count} of {of} validation pictures of 3" in caption.value for caption in app.caption)


def test_a_network_without_a_mistake_says_so(lens, shown, small, monkeypatch):
    monkeypatch.setattr(image_source, "mistakes", lambda answers, labels: np.zeros(0, np.int64))
    app = opened(saved_run(small))
    next(toggle for toggle in app.toggle if toggle.label == "Only mistakes").set_value(True).run()
    assert not app.exception
    assert any(caption.value.startswith("No mistake: all 359") for caption in app.caption)


def test_the_best_epoch_answers_as_it_is_the_one_that_is_exported(lens, shown, small):
    run = here().create(small)
    model = build_model(small, small.dataset.facts())
    with Recorder(run) as record:
        for epoch in (1, 2, 3):
            save_weights(record, epoch, model, lambda array, epoch=epoch: array * epoch)
        record.status(state=states.FINISHED, epoch=3, epochs=3, best_epoch=2)
    app = opened(run)
    assert lens.asked[-1][1]["epoch"] == 2 == saved_epoch(run)
    (item,) = shown.data["items"]
    best = process.ask({"question": "predict", **lens.asked[-1][1], "uploads": []}, b"")["result"].probabilities
    assert [(one["name"], one["share"]) for one in item["ways"][0]["top"]] == told(best[0], small)

    app.session_state[session.TAB].kept[time_machine.kept_as(run)] = 3
    app.run()
    assert lens.asked[-1][1]["epoch"] == 3


def test_colour_pictures_of_any_size_stay_crisp(lens, shown, small):
    opened(saved_run(small.edited(dataset=Shapes(classes=3, count=40, image_size=20))))
    (way,) = shown.data["items"][0]["ways"]
    assert pixels(way["seen"]).shape == (20, 20, 3)
    assert (way["seen"]["width"], way["seen"]["height"]) == (220, 220)
    assert len(way["top"]) == 3


def test_an_upload_stands_beside_what_the_network_saw_of_it(lens, shown, small):
    app = opened(saved_run(small), "Upload")
    photo = png(Image.fromarray(np.full((30, 90, 3), 200, np.uint8)))
    app.file_uploader[0].set_value(("wide.png", photo, "image/png")).run()
    assert not app.exception
    (item,) = shown.data["items"]
    (way,) = item["ways"]
    assert (item["name"], item["words"], item["truth"], way["right"]) == ("wide.png", "90×30 px", None, None)
    assert pixels(item["original"]).shape == (30, 90, 3)
    assert item["original"]["width"] == 3 * item["original"]["height"]
    np.testing.assert_array_equal(pixels(way["seen"]), np.full((8, 8), 200))


def on_paper(digit):
    """A digit in dark ink on white paper, as a file."""
    ink = 255 - np.array(Image.fromarray(digit).resize((160, 160), Image.Resampling.BICUBIC))
    return png(Image.fromarray(np.pad(ink, 40, constant_values=255)))


def sentences(app):
    """What is said of pictures that are unlike the training pictures."""
    return [one.value for one in app.info]


def test_ink_on_white_paper_is_said_and_both_answers_stand_side_by_side(lens, shown, small):
    app = opened(saved_run(small), "Upload")
    digit = np.array(datasets.load(small.dataset).images[0][..., 0])
    app.file_uploader[0].set_value(("zero.png", on_paper(digit), "image/png")).run()
    assert not app.exception
    said = "Your picture is dark on light; this network learned from pictures that are light on dark."
    assert sentences(app) == [f"{said} Compare both answers."]
    (item,) = shown.data["items"]
    as_it_is, adjusted = item["ways"]
    assert (as_it_is["label"], adjusted["label"]) == ("As it is", "Inverted and centred")
    np.testing.assert_array_equal(pixels(as_it_is["seen"]), network_input(on_paper(digit), 8, 8, 1)[..., 0])
    seen = pixels(adjusted["seen"]).astype(float)
    assert np.corrcoef(seen.ravel(), digit.ravel())[0, 1] > 0.9
    answers = lens.ask(*lens.asked[-1][:1], **lens.asked[-1][1])["result"].probabilities
    assert [[(one["name"], one["share"]) for one in way["top"]] for way in item["ways"]] == [
        told(answer, small) for answer in answers
    ]

    shown.press(app, "why", 0, way=1)
    (uploads,) = [fields["uploads"] for question, fields in lens.asked if question == "why"]
    np.testing.assert_array_equal(np.array(Image.open(io.BytesIO(uploads[0][1]))), seen)


def test_a_drawing_in_a_corner_of_its_file_is_said_to_be_off_the_centre(lens, shown, small):
    app = opened(saved_run(small), "Upload")
    file = drawn(STROKES["0"], zoom=0.4, to=(0.55, 0.55))
    app.file_uploader[0].set_value(("corner.png", file, "image/png")).run()
    assert not app.exception
    assert sentences(app)[0].startswith("Your picture lies off the centre, or is smaller or larger than those")
    as_it_is, adjusted = shown.data["items"][0]["ways"]
    assert adjusted["label"] == "Centred"
    assert not pixels(as_it_is["seen"])[:4].any()
    assert pixels(adjusted["seen"])[:4].sum() > 0


def test_pictures_that_are_as_in_training_or_are_photos_have_one_answer(lens, shown, small):
    app = opened(saved_run(small), "Upload")
    digit = np.array(datasets.load(small.dataset).images[0][..., 0])
    light_on_dark = png(Image.fromarray(digit).resize((160, 160)))
    app.file_uploader[0].set_value(("zero.png", light_on_dark, "image/png")).run()
    assert not sentences(app)
    assert [way["label"] for way in shown.data["items"][0]["ways"]] == [""]
    app = opened(saved_run(small.edited(dataset=Shapes(classes=3, count=40, image_size=12))), "Upload")
    app.file_uploader[0].set_value(("zero.png", on_paper(digit), "image/png")).run()
    assert not app.exception
    assert not sentences(app)
    assert len(shown.data["items"][0]["ways"]) == 1


def test_good_files_of_many_are_kept_in_order_and_each_bad_one_gets_its_sentence(lens, shown, small):
    app = opened(saved_run(small), "Upload")
    grey = [png(Image.new("L", (20, 20), value)) for value in (10, 90)]
    noise = png(Image.fromarray(np.random.default_rng(0).integers(0, 256, (20, 20), np.uint8)))
    cut = noise[: len(noise) // 2]
    files = [("a.png", grey[0]), ("<b>bad</b>.png", b"words"), ("c.png", grey[1]), ("cut.png", cut)]
    app.file_uploader[0].set_value([(name, data, "image/png") for name, data in files]).run()
    assert not app.exception
    assert shown.data["many"]
    assert [item["name"] for item in shown.data["items"]] == ["a.png", "c.png"]
    assert [pixels(item["thumb"])[0, 0, 0] for item in shown.data["items"]] == [10, 90]
    assert [len(item["ways"][0]["top"]) for item in shown.data["items"]] == [5, 5]
    (error,) = app.error
    assert error.value.startswith("2 files were left out:")
    assert "\\<b\\>bad" in error.value
    assert "cut.png is damaged" in error.value


def test_a_row_opens_its_picture_large_and_its_why_hands_on_what_the_network_saw(lens, shown, small):
    app = opened(saved_run(small), "Upload")
    chance = np.random.default_rng(1)
    files = [(f"{i}.png", chance.integers(0, 256, (300, 200), np.uint8)) for i in range(8)]
    given = [
        ("bad.png", b"words", "image/png"),
        *((name, png(Image.fromarray(one)), "image/png") for name, one in files),
    ]
    app.file_uploader[0].set_value(given).run()
    assert shown.data["opened"] is None
    assert max(pixels(item["thumb"]).shape[0] for item in shown.data["items"]) <= predictions.SMALL

    shown.press(app, "open", 6)
    assert shown.data["opened"]["row"] == 6
    item = shown.data["opened"]["item"]
    assert item["name"] == "6.png"
    assert pixels(item["original"]).shape == (300, 200, 3)
    seen = pixels(item["ways"][0]["seen"])
    np.testing.assert_array_equal(seen, network_input(given[7][1], 8, 8, 1)[..., 0])

    shown.press(app, "why", 6)
    assert "Look inside" in [title.value for title in app.title]
    (uploads,) = [fields["uploads"] for question, fields in lens.asked if question == "why"]
    np.testing.assert_array_equal(np.array(Image.open(io.BytesIO(uploads[0][1]))), seen)


def test_two_hundred_files_are_asked_about_in_portions_and_make_a_small_message(lens, shown, small):
    app = opened(saved_run(small), "Upload")
    chance = np.random.default_rng(2)
    noise = [png(Image.fromarray(chance.integers(0, 256, (60, 60, 3), np.uint8))) for _ in range(4)]
    app.file_uploader[0].set_value([(f"{i}.png", noise[i % 4], "image/png") for i in range(200)]).run()
    assert not app.exception
    assert [item["name"] for item in shown.data["items"]] == [f"{i}.png" for i in range(200)]
    assert max(len(fields["uploads"]) for question, fields in lens.asked) == asking.PORTION
    assert len(json.dumps(shown.data)) < 2_000_000  # noise packs worst of all pictures
    for i in (0, 1):
        one = lens.ask(
            "predict", [("0.png", noise[i])], **{k: v for k, v in lens.asked[-1][1].items() if k != "uploads"}
        )
        top = shown.data["items"][196 + i]["ways"][0]["top"]
        assert [(answer["name"], answer["share"]) for answer in top] == told(one["result"].probabilities[0], small)


def test_what_was_pressed_among_other_answers_opens_nothing(lens, shown, small):
    app = opened(saved_run(small), "Upload")
    files = [(f"{i}.png", png(Image.new("L", (8, 8), i)), "image/png") for i in range(3)]
    app.file_uploader[0].set_value(files).run()
    shown.data["sign"] = "of others"
    shown.press(app, "open", 1)
    assert shown.data["opened"] is None
    shown.press(app, "open", 7)
    assert shown.data["opened"] is None
    shown.press(app, "why", 7)
    assert "Predict" in [title.value for title in app.title]


def test_too_many_files_are_answered_as_far_as_they_fit(lens, shown, small, monkeypatch):
    monkeypatch.setattr(image_source, "MAX_FILES", 2)
    app = opened(saved_run(small), "Upload")
    files = [(f"{i}.png", png(Image.new("L", (8, 8), i)), "image/png") for i in range(3)]
    app.file_uploader[0].set_value(files).run()
    assert not app.exception
    assert [item["name"] for item in shown.data["items"]] == ["0.png", "1.png"]
    assert app.error[0].value.startswith("2.png was left out")


def test_a_refusal_is_one_sentence_and_no_traceback(lens, shown, small):
    lens.refusal = UserError("That took too long and was stopped.", "Try a smaller picture.", "LENS_TIMEOUT")
    app = opened(saved_run(small))
    assert [error.value for error in app.error] == ["That took too long and was stopped. Try a smaller picture."]
    assert shown.data is None


def test_the_pad_is_white_on_black_for_digits_and_coloured_for_colour_pictures(lens, pad, small):
    opened(saved_run(small), "Draw")
    assert (pad.data["paper"], pad.data["width"], pad.data["height"]) == (0, 280, 280)
    opened(saved_run(small.edited(dataset=Shapes(classes=3, count=40, image_size=12))), "Draw")
    assert pad.data["paper"] is None
    assert not any(fields["drawn"] for _, fields in lens.asked)


def test_a_drawing_is_centred_unless_that_is_switched_off(lens, pad, shown, small):
    pad.send(drawn(STROKES["0"], zoom=0.4, to=(0.5, 0.5)))
    app = opened(saved_run(small), "Draw")
    (item,) = shown.data["items"]
    assert item["original"] is None
    (way,) = item["ways"]
    assert "centred" in way["manner"]
    centred = pixels(way["seen"]).astype(int)
    assert centred[:4].sum() == pytest.approx(centred[4:].sum(), rel=0.1)
    app.toggle[0].set_value(False).run()
    (way,) = shown.data["items"][0]["ways"]
    assert not way["manner"]
    assert not pixels(way["seen"])[:4].any()


def test_the_same_picture_is_opened_in_look_inside_and_where_it_is_mended(lens, shown, small, monkeypatch):
    app = opened(saved_run(small))
    app.button(key="picture-next").click().run()
    (position,) = lens.asked[-1][1]["positions"]
    assert shown.data["items"][0]["name"] == f"Dataset number {position}"
    gallery = Answers()
    monkeypatch.setattr("pages.components.mending.gallery._component", gallery)
    app.button(key="mend-picture").click().run()
    assert "Mend data" in [title.value for title in app.title] and not app.exception
    assert gallery.data["alone"]["at"] == position and gallery.data["alone"]["arrived"]
    shown.press(app, "why", 0)
    assert "Look inside" in [title.value for title in app.title]
    assert [f["positions"] for q, f in lens.asked if q == "why"] == [[position]]


def test_drawings_are_sized_like_the_digits_they_are_compared_with():
    manner = manner_of(Digits())
    assert manner.paper == 0
    assert manner.height > 0.95  # an 8x8 digit fills its whole height
    assert (manner.y, manner.x) == (pytest.approx(0.5, abs=0.07), pytest.approx(0.5, abs=0.07))


def test_a_trained_digits_network_recognises_drawings_wherever_they_are():
    run = here().create(load_preset("digits-cnn"))
    with Recorder(run) as record:
        Trainer(run.experiment, record).run()
    manners = [{}, {"zoom": 0.5, "to": (0.02, 0.02)}, {"zoom": 0.45, "to": (0.5, 0.5)}]
    files = [(digit, drawn(strokes, **manner)) for digit, strokes in STROKES.items() for manner in manners]
    answer = Lens().ask("predict", files, run=run.id, drawn=True, centred=True)
    class_names = run.experiment.dataset.facts().class_names
    said = [class_names[i] for i in answer["result"].probabilities.argmax(1)]
    assert said == [digit for digit, _ in files]
