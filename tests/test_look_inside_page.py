"""The Look inside page without a browser: what it offers, what it sends to its components, how it refuses."""

import base64
import io
import json
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image
from saved import save_weights
from streamlit.testing.v1 import AppTest

from core import datasets
from core.build.model import build_model
from core.datasets.shapes import Shapes
from core.errors import UserError
from core.layers.convolution import Conv2D
from core.layers.dense import Dense
from core.layers.reshaping import Flatten
from core.lens import process
from core.lens.asked_images import decoded
from core.lens.network import open_network
from core.runs import states
from core.runs.recorder import Recorder
from pages.components.frame import session
from pages.components.understand import drawing_pad, patience, time_machine
from tests.saved import here

ROOT = Path(__file__).parent.parent
PAGE = "pages/4_Understand/2_Look_inside.py"


class Lens:
    """Stands for the lens process: the same answers, from this process; remembers what it was asked."""

    def __init__(self) -> None:
        self.asked = []
        self.refusal = None

    def ask(self, question, **fields):
        self.asked.append((question, fields))
        if self.refusal and question == "feature_maps":
            raise self.refusal
        told, pixels = decoded(fields.get("uploads", []))
        return process.ask({"question": question, **fields, "uploads": told}, pixels)


@pytest.fixture
def lens(monkeypatch):
    lens = Lens()
    monkeypatch.setattr("pages.components.runs.launching.launcher", lambda: None)
    monkeypatch.setattr("pages.components.frame.lens.client", lambda: None)
    monkeypatch.setattr("pages.components.frame.lens.ask", lens.ask)
    return lens


@pytest.fixture
def sent(monkeypatch):
    """What the two components were given last, by name: (header, all numbers)."""
    sent = {}

    def catch(name):
        def component(data, **rest):
            length = int.from_bytes(data[:4], "little")
            sent[name] = json.loads(data[4 : 4 + length]), np.frombuffer(data[4 + length :], "<f4")

        return component

    monkeypatch.setattr("pages.components.understand.feature_maps._maps", catch("maps"))
    monkeypatch.setattr("pages.components.understand.kernels._kernels", catch("kernels"))
    return sent


def saved_run(experiment, epochs=(1,)):
    """A finished run with the fresh weights of its experiment."""
    run = here().create(experiment)
    model = build_model(experiment, experiment.dataset.facts())
    with Recorder(run) as record:
        for epoch in epochs:
            save_weights(record, epoch, model, lambda array, epoch=epoch: array + epoch / 100)
        record.status(state=states.FINISHED, epoch=epochs[-1], epochs=epochs[-1], best_epoch=epochs[0])
    return run


def opened(run=None):
    at = AppTest.from_file(str(ROOT / "streamlit_app.py"), default_timeout=60)
    if run:
        at.query_params["run"] = run.id
    at = at.run().switch_page(PAGE).run()
    assert not at.exception
    return at


def said(at):
    return " ".join(str(e.value) for kind in (at.markdown, at.caption, at.error) for e in kind)


def test_without_a_network_the_page_says_what_it_would_show_and_offers_to_train_one(lens, sent):
    at = opened()
    assert "There is no trained network yet." in said(at)
    assert [button.label for button in at.button][2:] == ["Train one now"]  # after Undo and Redo
    assert not lens.asked
    assert not sent


def test_the_browser_gets_every_layers_output_and_the_answer(lens, sent, small):
    run = saved_run(small)
    opened(run)
    header, numbers = sent["maps"]
    (_, fields) = next(asked for asked in lens.asked if asked[0] == "feature_maps")
    data = datasets.load(small.dataset, small.training.validation_split, small.seed)
    (position,) = fields["positions"]
    assert position in data.validation

    network = open_network(run)
    scaled, maps = network.everything(np.array(data.images[[position]]))
    assert [layer["name"] for layer in header["layers"]] == [row.name for row in network.rows]
    for layer, values in zip(header["layers"], maps, strict=True):
        flat = np.moveaxis(values[0], -1, 0).ravel() if values.ndim == 4 else values[0]
        np.testing.assert_array_equal(numbers[layer["values"] :][: flat.size], flat)
        assert (layer["low"], layer["high"]) == (flat.min(), flat.max())
    np.testing.assert_array_equal(numbers[header["input"] :][: scaled.size], np.moveaxis(scaled[0], -1, 0).ravel())

    answer = header["answer"]
    assert answer["truth"] == data.labels[position]
    np.testing.assert_allclose([one["share"] for one in answer["classes"]], maps[-1][0], rtol=1e-6)
    assert [one["name"] for one in answer["classes"]] == list(data.class_names)


def test_kernels_and_biases_reach_the_browser_unchanged(lens, sent, small):
    run = saved_run(small)
    opened(run)
    kernel, bias = open_network(run).layers[0].get_weights()
    expected = np.transpose(kernel, (3, 2, 0, 1)).ravel()

    header, numbers = sent["kernels"]
    (layer,) = header["layers"]
    assert tuple(layer[name] for name in ("filters", "channels", "rows", "columns")) == (4, 1, 3, 3)
    np.testing.assert_array_equal(numbers[layer["values"] :][: expected.size], expected)

    header, numbers = sent["maps"]
    told = header["layers"][0]["kernel"]
    np.testing.assert_array_equal(numbers[told["values"] :][: expected.size], expected)
    np.testing.assert_array_equal(numbers[told["bias"] :][: bias.size], bias)


def test_first_kernels_on_colour_pictures_are_shown_in_colour_too(lens, sent, small):
    opened(saved_run(small.edited(dataset=Shapes(classes=3, count=40, image_size=12))))
    assert [layer["colours"] for layer in sent["kernels"][0]["layers"]] == [True]


def test_two_classes_share_one_logit(lens, sent, small):
    opened(saved_run(small.edited(dataset=Shapes(classes=2, count=40, image_size=12))))
    classes = sent["maps"][0]["answer"]["classes"]
    assert classes[0]["logit"] is None
    assert classes[1]["share"] == pytest.approx(1 / (1 + np.exp(-classes[1]["logit"])), rel=1e-4)


def test_a_network_without_convolutions_has_no_section_of_kernels(lens, sent, small):
    at = opened(saved_run(small.edited(layers=(Flatten(), Dense(units=4)))))
    assert "maps" in sent
    assert "kernels" not in sent
    assert "Kernels" not in [heading.value for heading in at.subheader]


def test_the_best_epoch_is_shown_and_another_shows_its_own_weights(lens, sent, small):
    run = saved_run(small, epochs=(1, 2))
    at = opened(run)
    best = sent["kernels"][1].copy()
    assert [fields["epoch"] for question, fields in lens.asked if question == "kernels"][-1] == 1
    at.session_state[session.TAB].kept[time_machine.kept_as(run)] = 2
    at.run()
    assert not at.exception
    np.testing.assert_allclose(sent["kernels"][1] - best, 0.01, rtol=1e-3)


def test_the_next_picture_is_another_validation_picture(lens, sent, small):
    at = opened(saved_run(small))
    at.button(key="picture-next").click().run()
    positions = [fields["positions"][0] for question, fields in lens.asked if question == "feature_maps"]
    data = datasets.load(small.dataset, small.training.validation_split, small.seed)
    assert positions[0] == data.validation[0]
    assert positions[-1] == data.validation[1]


def test_an_uploaded_picture_is_asked_about_by_its_bytes(lens, sent, small):
    at = opened(saved_run(small))
    source = next(group for group in at.button_group if group.label == "Pictures")
    source.set_value("Upload").run()
    buffer = io.BytesIO()
    Image.fromarray(np.zeros((20, 20, 3), np.uint8)).save(buffer, "PNG")
    at.file_uploader[0].set_value(("mine.png", buffer.getvalue(), "image/png")).run()
    assert not at.exception
    fields = next(fields for question, fields in reversed(lens.asked) if question == "feature_maps")
    assert fields["uploads"] == [("mine.png", buffer.getvalue())]
    assert sent["maps"][0]["picture"]["name"] == "mine.png"
    assert sent["maps"][0]["answer"]["truth"] is None


def picture():
    buffer = io.BytesIO()
    Image.fromarray(np.full((20, 20, 3), 90, np.uint8)).save(buffer, "PNG")
    return buffer.getvalue()


def brings(monkeypatch, data):
    """What the pad and the clipboard send."""
    text = base64.b64encode(data).decode()
    sent = SimpleNamespace(picture=drawing_pad.PREFIX + text), SimpleNamespace(picture=text)
    monkeypatch.setattr("pages.components.understand.drawing_pad._pad", lambda **given: sent[0])
    monkeypatch.setattr("pages.components.understand.clipboard._clipboard", lambda **given: sent[1])


@pytest.mark.parametrize(("source", "name"), [("Draw", "Your drawing"), ("Paste", "Your pasted picture")])
def test_what_is_drawn_or_pasted_is_looked_into(lens, sent, small, monkeypatch, source, name):
    brings(monkeypatch, picture())
    at = opened(saved_run(small))
    next(group for group in at.button_group if group.label == "Pictures").set_value(source).run()
    assert not at.exception and not at.error
    fields = next(fields for question, fields in reversed(lens.asked) if question == "feature_maps")
    assert [data for _, data in fields["uploads"]] == [picture()]
    assert fields["drawn"] is (source == "Draw")
    assert sent["maps"][0]["picture"]["name"] == name


def test_no_picture_or_a_pasted_thing_that_is_none_costs_a_sentence_and_kernels_stay(lens, sent, small, monkeypatch):
    brings(monkeypatch, b"no picture")
    at = opened(saved_run(small))
    sent.clear()
    next(group for group in at.button_group if group.label == "Pictures").set_value("Upload").run()
    assert "What the network makes of your picture will stand here." in [one.value for one in at.caption]
    next(group for group in at.button_group if group.label == "Pictures").set_value("Paste").run()
    assert not at.exception
    assert len(at.error) == 1 and "is not a picture" in at.error[0].value
    assert set(sent) == {"kernels"}


def asks_for(monkeypatch, wanted):
    """What the component of the maps sent last."""
    told = SimpleNamespace(wanted=wanted)
    monkeypatch.setattr("pages.components.understand.feature_maps.session.sent", lambda key, default=None: told)


def test_other_maps_of_a_wide_layer_are_had_from_the_server(lens, sent, small, monkeypatch):
    run = saved_run(small.edited(layers=(Conv2D(filters=70), Flatten())))
    opened(run)
    assert [sent["maps"][0]["layers"][0][name] for name in ("first", "shown")] == [0, 64]
    asks_for(monkeypatch, {"pages": {"conv2d_1": 66, "no such layer": 7}, "stage": ""})
    opened(run)
    header, numbers = sent["maps"]
    layer = header["layers"][0]
    assert [layer[name] for name in ("first", "shown")] == [64, 6]
    kernel, _ = open_network(run).layers[0].get_weights()
    np.testing.assert_array_equal(
        numbers[layer["kernel"]["values"] :][: 6 * 9], np.transpose(kernel, (3, 2, 0, 1))[64:].ravel()
    )


@pytest.mark.parametrize("wanted", [7, {"pages": {"a": -1}}, {"pages": [1]}, {"stage": 3}, {"pages": {"a": 10**9}}])
def test_what_no_pager_sends_costs_one_sentence_and_the_kernels_stay(lens, sent, small, monkeypatch, wanted):
    asks_for(monkeypatch, wanted)
    at = opened(saved_run(small))
    assert ["none of its buttons" in error.value for error in at.error] == [True]
    assert set(sent) == {"kernels"}


def test_a_refusal_is_one_sentence_and_no_traceback(lens, sent, small):
    lens.refusal = UserError("mine.png is not a picture.", "Choose a PNG or JPEG.", "NOT_A_PICTURE")
    at = opened(saved_run(small))
    assert [error.value for error in at.error] == ["mine.png is not a picture. Choose a PNG or JPEG."]
    assert "maps" not in sent


def test_a_film_over_all_epochs_is_made_on_demand_and_can_be_fetched(lens, sent, small, monkeypatch):
    asked = []
    monkeypatch.setattr(patience, "of", lambda lens, looking, about: asked.append(lens) or looking.ask(lens))
    at = opened(saved_run(small, epochs=(1, 2, 3)))
    assert not asked  # nothing is made before somebody asks for it
    at.button(key="film-wanted-kernels-make").click().run()
    assert not at.exception
    assert [(film.lens, film.picture) for film in asked] == [("kernels", "conv2d_1")]
    assert "3 epochs, one colour scale for all of them." in said(at)
    names = [button.label for button in at.get("download_button")]
    assert [name.partition(" (")[0] for name in names] == ["Download GIF", "Download PNG strip"]

    alone = opened(saved_run(small))
    assert not [button for button in alone.button if button.label == "Make the film"]
