"""The pages Network, Augmentation and Training without a browser: they open cold, edit, refuse in words, and undo."""

import json
import re
from pathlib import Path
from unittest.mock import Mock

import pytest
from streamlit.testing.v1 import AppTest

from core.datasets.digits import Digits
from core.datasets.imagenet import ImageNet
from core.datasets.own_images import OwnImages
from core.datasets.shapes import Shapes
from core.experiment import Experiment, stack
from core.experiment.node import nodes_of
from core.experiment.presets import load_preset, presets
from core.experiment.presets.shelf import told
from core.experiment.reading import read_experiment
from core.layers import Layer
from core.layers.convolution import Conv2D
from core.layers.mobilenet_v2 import MobileNetV2
from core.layers.pooling import GlobalAveragePooling2D, MaxPooling2D
from core.layers.reshaping import Flatten
from core.layers.residual import ResidualBlock
from core.lens.client import LensClient
from core.optimization.optimizers import SGD
from core.spec import kinds
from core.words import number
from pages.components.network import catalogue

ROOT = Path(__file__).parent.parent
PAGES = "3_Network", "2_Augmentation", "4_Training"
NETWORK, AUGMENTATION, TRAINING = (f"pages/2_Design/{name}.py" for name in PAGES)
BROKEN = (Flatten(), Conv2D())


@pytest.fixture
def app(monkeypatch):
    """Opens a page in its frame, with an experiment, without the processes that the frame keeps warm."""
    monkeypatch.setattr("pages.components.runs.launching.launcher", lambda: None)
    monkeypatch.setattr("pages.components.frame.lens.client", lambda: Mock(spec=LensClient))
    monkeypatch.setattr("pages.components.frame.lens.is_warm", lambda: True)

    def opened(page, experiment=None):
        at = AppTest.from_file(str(ROOT / "streamlit_app.py"), default_timeout=60).run()
        if experiment is not None:
            at.session_state.tab.experiment = experiment.to_json()
        at = at.switch_page(page).run()
        assert not at.exception
        return at

    return opened


def experiment(at):
    return read_experiment(at.session_state.tab.experiment)


def component(at, *keys):
    """What a component of the page was handed: the one whose data has these keys."""
    for element in at.get("bidi_component"):
        data = json.loads(element.proto.json or "{}")
        if isinstance(data, dict) and set(keys) <= set(data):
            return data
    raise AssertionError(f"no component with {keys}")


def rows(at):
    return component(at, "rows", "head", "total")["rows"]


def button(at, label):
    return next(one for one in at.button if one.label == label)


def words(at):
    return " ".join(str(e.value) for kind in (at.markdown, at.caption, at.warning, at.error) for e in kind)


def test_the_network_page_shows_every_layer_with_what_it_costs(app):
    shown = component(app(NETWORK), "rows", "head", "total")
    assert [row["parameters"] for row in shown["rows"]] == ["320", "0", number(18_496), "0", "0"]
    assert shown["rows"][0]["formula"] == "= (3·3·1+1)·32"
    assert shown["head"]["words"] == "10 units softmax · follows from the data"
    assert shown["total"]["parameters"] == number(21_386)


def test_a_setting_changes_the_layer_and_can_be_taken_back(app):
    at = app(NETWORK)
    at.number_input[0].set_value(48).run()
    assert experiment(at).layers[0].filters == 48
    assert rows(at)[0]["words"].startswith("48 filters")
    button(at, "Undo").click().run()
    assert experiment(at).layers[0].filters == 32
    assert at.number_input[0].value == 32


def test_a_block_is_one_row_with_its_layers_in_it_and_is_taken_apart_by_a_button_and_undone(app):
    stem = Conv2D(filters=8, padding="same")
    at = app(NETWORK, Experiment(layers=(ResidualBlock(filters=8, name="first"), stem, Flatten())))
    block, plain_row, _ = rows(at)

    assert (block["kind"], block["called"], block["formula"]) == ("ResidualBlock", "first", "in 9 layers")
    assert [one["kind"] for one in block["inner"]][-2:] == ["Add", "Activation"]
    assert sum(int(one["parameters"]) for one in block["inner"]) == int(block["parameters"])
    assert "reads 5 and 7" in block["inner"][7]["words"] and "inner" not in plain_row
    at.number_input[0].set_value(4)  # typed, not entered: the press takes it along
    button(at, "Take apart").click().run()
    assert not at.exception
    assert [row["kind"] for row in rows(at)][-4:] == ["Add", "Activation", "Conv2D", "Flatten"]
    assert len(rows(at)) == 11 and experiment(at).nodes[0].layer.filters == 4
    button(at, "Undo").click().run()
    assert len(rows(at)) == 3


def test_an_edit_and_the_press_that_ends_its_typing_both_count(app):
    at = app(NETWORK)
    at.number_input[0].set_value(48).run()
    at.number_input[0].set_value(64)
    button(at, "Undo").click().run()
    assert experiment(at).layers[0].filters == 48

    at = app(TRAINING)
    next(one for one in at.number_input if one.label.startswith("Epochs")).set_value(23)
    next(one for one in at.selectbox if one.label == "Optimizer").select("SGD").run()
    assert (experiment(at).training.epochs, experiment(at).training.optimizer) == (23, SGD())


def test_an_impossible_layer_is_red_with_its_reason_and_its_fixes_and_the_rest_is_not_judged(app):
    at = app(NETWORK, Experiment(layers=(*BROKEN, Flatten())))
    _, stuck, rest = rows(at)
    assert (stuck["state"], rest["state"]) == ("stuck", "unjudged")
    assert "flat list of 64 values" in stuck["notes"][0]["message"]
    assert [fix["label"] for fix in stuck["notes"][0]["fixes"]] == ["Move it before Flatten", "Remove this layer"]
    assert "shape" not in rest


def test_a_kernel_that_does_not_fit_offers_padding(app):
    at = app(NETWORK, Experiment(layers=(Conv2D(kernel_size=9), Flatten())))
    fixes = rows(at)[0]["notes"][0]["fixes"]
    assert fixes[0] == {
        "label": "Use padding='same'",
        "gesture": {"action": "fix", "field": "padding", "value": "same"},
    }


def test_every_fix_that_is_offered_mends_what_it_stands_beside(app):
    for layers in (BROKEN, (Conv2D(kernel_size=9), Flatten()), (Conv2D(),), (MaxPooling2D(pool_size=16), Flatten())):
        data = component(app(NETWORK, Experiment(layers=layers)), "rows", "head", "total")
        found = [(row["id"], note) for row in data["rows"] for note in row["notes"]]
        found += [(None, note) for note in data["head"]["notes"]]
        ((at, note),) = found
        assert len(note["fixes"]) >= 2
        for fix in note["fixes"]:
            mended, _ = stack.gesture(nodes_of(layers), None, {"at": at, **fix["gesture"]})
            left = [problem for problem in Experiment(nodes=mended).problems() if problem.index is not None]
            assert not left


def test_a_stack_without_flatten_is_mended_at_the_head(app):
    head = component(app(NETWORK, Experiment(layers=(Conv2D(),))), "rows", "head", "total")["head"]
    assert [fix["label"] for fix in head["notes"][0]["fixes"]] == ["Add Flatten", "Add GlobalAveragePooling2D"]


def test_one_advice_stands_beside_its_layer_with_its_cause_and_its_fixes(app):
    at = app(NETWORK, Experiment(layers=(Conv2D(activation="softmax"), Conv2D(), Flatten())))
    first, second, _ = rows(at)
    (advice,) = first["advice"]
    assert (first["notes"], first["state"], second["advice"]) == ([], "fine", [])
    assert "one sum of 1" in advice["sentence"]
    assert "1/16" in advice["why"]
    assert advice["fixes"] == ["Use activation='relu'"]


def field(at, kind, label):
    """The widget of a kind and a label."""
    return next(one for one in getattr(at, kind) if one.label == label)


def test_what_a_layer_reads_and_its_comment_are_set_in_its_form_and_shown_in_its_row(app):
    preset = load_preset("digits-residual")
    at = app(NETWORK, preset)
    at.session_state.tab.kept["layer"] = preset.nodes[2].id
    field(at.run(), "selectbox", "Reads").select(preset.nodes[0].id).run()
    field(at, "text_input", "Comment").set_value("  beside\tthe shortcut ").run()
    node = experiment(at).nodes[2]
    assert (node.inputs, node.comment) == ((preset.nodes[0].id,), "beside the shortcut")
    paths = component(at, "rows", "head", "total")["paths"]
    assert paths["comments"] == {node.id: node.comment}
    assert paths["loose"] == [preset.nodes[1].id]
    assert paths["partners"][preset.nodes[1].id][0] == {
        "id": preset.nodes[3].id,
        "kind": "Add",
        "label": "Add #4 (8×8×16)",
    }

    at.session_state.tab.kept["layer"] = preset.nodes[3].id
    field(at.run(), "multiselect", "Reads").unselect(preset.nodes[0].id).run()
    assert "given 1 input" in rows(at)[3]["notes"][0]["message"]
    for _ in range(3):
        button(at, "Undo").click().run()
    assert experiment(at) == preset


def test_a_mismatched_join_offers_what_mends_it_and_a_chain_has_no_rails(app):
    broken = load_preset("digits-residual")
    wide = broken.nodes[2].edited(layer=Conv2D(filters=8, padding="same", activation="linear"))
    broken = broken.edited(nodes=(*broken.nodes[:2], wide, *broken.nodes[3:]))
    at = app(NETWORK, broken)
    fixes = rows(at)[3]["notes"][0]["fixes"]
    assert fixes[0] == {
        "label": (label := "Put a 1x1 convolution with 8 filters behind Conv2D #1"),
        "gesture": {"action": "mend", "way": label},
    }
    assert component(at, "rows", "head", "total")["paths"]["rails"]["lanes"] == 2
    assert component(app(NETWORK), "rows", "head", "total")["paths"]["rails"] is None


def test_an_empty_network_opens_the_catalogue_with_what_each_layer_would_do(app):
    offers = component(app(NETWORK, Experiment()), "families")["families"]
    conv = offers["Convolution"][0]
    assert conv["kind"] == "Conv2D"
    assert conv["here"] == "→ 6×6×16 · 160 parameters"


def test_a_loss_that_does_not_go_with_the_data_is_told_beside_the_rows_and_mended_by_its_button(app):
    right = Experiment(layers=(Flatten(),))
    at = app(TRAINING, right.edited(training=right.training.edited(loss="binary_crossentropy")))
    rows_told = next(one.value for one in at.table if "asked for" in list(one.value.iloc[:, 0]))
    assert list(rows_told.iloc[:, 0]) == ["", "✓\u00a0in\u00a0use", "", "asked for"]
    assert any("is for two classes; this dataset has 10 classes." in one.value for one in at.markdown)
    assert any("\\[0 0 0 1 0 0 0 0 0 0\\] for categorical" in one.value for one in at.caption)

    button(at, "Use sparse_categorical_crossentropy").click().run()
    assert experiment(at).training.loss == "from the data"
    assert not [one for one in at.button if one.label.startswith("Use sparse")]


def test_what_is_often_used_and_what_leads_to_a_lab_is_there():
    labs = catalogue.pages_of_labs()
    assert set(catalogue.OFTEN) | set(catalogue.LABS) <= set(kinds(Layer))
    assert set(catalogue.LABS.values()) <= set(labs)


def test_layers_of_the_catalogue_are_drawn_differently():
    text = (ROOT / "pages/components/network/glyphs.js").read_text(encoding="utf-8")
    drawn = set(re.findall(r"^  (\w+): {", text, re.MULTILINE))
    for family in {kind.family for kind in kinds(Layer).values()} - {"Pretrained"}:
        common = [name for name, kind in kinds(Layer).items() if kind.family == family and name not in drawn]
        assert len(common) <= (family in drawn), common


def test_the_network_page_without_its_pictures_says_where_to_get_them(app):
    at = app(NETWORK, Experiment(dataset=OwnImages(), layers=(Flatten(),)))
    assert "No pictures were uploaded yet." in at.error[0].value


@pytest.mark.parametrize("name", ["shapes-cnn", "fashion-dense"])
def test_the_network_page_opens_every_preset(app, name):
    assert len(rows(app(NETWORK, load_preset(name)))) == len(load_preset(name).layers)


def test_the_shelf_says_what_each_experiment_is_and_takes_and_puts_it_in_place(app, tmp_path, monkeypatch):
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    at = app(NETWORK)
    at.session_state["preset-shelf-0"] = True
    at.run()
    said = [one.value.replace("\u2060", "") for one in at.caption]
    assert [one.key.removeprefix("preset-") for one in at.button if one.key.startswith("preset-")] == presets()
    assert "Horse or human · fetches 161 MB once · 5 min" in said
    assert all(any(told(name).words in one for one in said) for name in presets())
    at.button(key="preset-tiny-vgg").click().run()
    assert experiment(at) == load_preset("tiny-vgg") and not at.exception
    assert not any(one.key.startswith("preset-") for one in at.button), "and closes"


def test_two_sizes_are_trained_beside_each_other_by_one_press(app, tmp_path, monkeypatch):
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    monkeypatch.setenv("KERNELSCOPE_MEMORY_GB", "16")  # whatever this machine has: at 300 px it takes 6
    ready, started = [], []
    monkeypatch.setattr("pages.components.runs.launching.make_ready", lambda family: ready.append(family) or True)
    monkeypatch.setattr(
        "pages.components.runs.sweep_form.start_all", lambda family, name: started.append((family, name))
    )
    at = app(NETWORK)
    at.session_state["preset-shelf-0"] = True
    at.run()
    at.button(key="pair-horse-or-human-150").click().run()

    (family, name), (prepared,) = started[0], ready
    assert [member.dataset.image_size for member, _ in family] == [150, 300] and len(started) == 1
    assert prepared == [member for member, _ in family]
    assert [varied for _, varied in family] == [{"dataset.image_size": 150}, {"dataset.image_size": 300}]
    assert name == "Horse or human, 150 px: image_size"
    assert "Runs" in [one.value for one in at.title] and not at.exception


def shared(at):
    """The Network page at its last view."""
    at.session_state["network-views"] = "Save and share"
    return at.run()


def test_an_experiment_file_is_opened_and_can_be_edited_after(app):
    at = shared(app(NETWORK))
    text = load_preset("shapes-cnn").to_json().encode()
    at.file_uploader[0].set_value(("mine.json", text, "application/json")).run()
    assert experiment(at) == load_preset("shapes-cnn")
    button(at, "Undo").click().run()
    assert experiment(at) == load_preset("digits-cnn")


@pytest.mark.parametrize(
    "text", [b"", b"{", b"[1]", b'{"layers": [{"kind": "Conv9D"}]}', b"\xff\xfe", b'{"seed": "x"}']
)
def test_a_file_that_is_no_experiment_is_refused_in_a_sentence_and_nothing_is_lost(app, text):
    at = shared(app(NETWORK))
    at.file_uploader[0].set_value(("mine.json", text, "application/json")).run()
    assert not at.exception
    assert "Your experiment is as it was." in at.error[0].value
    assert experiment(at) == load_preset("digits-cnn")


def test_every_page_copes_with_a_dataset_without_images(app):
    looked_at = load_preset("digits-cnn").edited(dataset=ImageNet(image_size=32))
    why = "ImageNet's photos"
    at = app(NETWORK, looked_at)
    for page in sorted((ROOT / "pages").glob("[0-4]_*/*.py")):
        at.switch_page(str(page.relative_to(ROOT))).run()
        assert not at.exception, page.stem
        said = " ".join(one.value for kind in ("info", "error", "caption") for one in getattr(at, kind))
        if page.stem in ("1_Home", "1_Data", "2_Augmentation", "4_Training"):
            assert why in said and "choose another dataset" in said, page.stem
        assert all(one.disabled for one in at.button if one.key == "train")
    at.switch_page(NETWORK)
    at.session_state["network-views"] = "Code"
    assert at.run().code[0].value.endswith("model.summary()"), "its script builds the network and ends there"


def test_a_dataset_to_look_at_is_chosen_as_any_other(app):
    at = app("pages/2_Design/1_Data.py")
    at.button(key="source-ImageNet").click().run()
    assert experiment(at).dataset == ImageNet() and not at.exception
    button(at, "Use Digits 8x8").click().run()
    assert experiment(at).dataset == Digits()


def test_training_counts_pictures_and_steps(app):
    shown = {metric.label: metric.value for metric in app(TRAINING).metric}
    assert shown == {
        "training pictures": number(1438),
        "validation pictures": "359",
        "steps in an epoch": "45",
        "steps in all": "450",
    }


def test_a_changed_setting_is_saved_and_shown_above_at_once(app):
    at = app(TRAINING)
    next(one for one in at.number_input if one.label.startswith("Epochs")).set_value(23).run()
    assert experiment(at).training.epochs == 23
    assert any("23 epochs" in element.proto.label for element in at.get("page_link"))


def test_an_emptied_name_leaves_the_last_one(app):
    at = app(TRAINING)
    at.text_input[0].set_value("  Mine ").run()
    assert experiment(at).name == "Mine"
    at.text_input[0].set_value(" ").run()
    assert experiment(at).name == "Mine"


def test_another_optimizer_comes_with_its_own_learning_rate(app):
    at = app(TRAINING)
    next(one for one in at.selectbox if one.label == "Optimizer").select("SGD").run()
    assert experiment(at).training.optimizer == SGD()


def test_the_row_in_use_follows_from_the_number_of_classes(app):
    assert "10 softmax" in words(app(TRAINING))
    two = load_preset("shapes-cnn")
    two = two.edited(dataset=two.dataset.edited(classes=2, count=60))
    assert "1 sigmoid unit" in words(app(TRAINING, two))


def test_problems_of_other_pages_are_listed_and_training_waits(app):
    at = app(TRAINING, Experiment(layers=BROKEN))
    assert "flat list" in at.error[0].value
    assert button(at, "Train this").disabled


def test_a_base_is_cut_and_let_learn_in_its_form_and_its_row_says_what_learns(app):
    base = MobileNetV2(alpha=0.35)
    at = app(NETWORK, Experiment(layers=(base, GlobalAveragePooling2D()), dataset=Shapes(image_size=96)))
    shown = lambda: component(at, "rows", "head", "total")  # noqa: E731
    field(at, "select_slider", "Trainable from").set_value("block_13_expand").run()
    row = shown()["rows"][0]
    stages = {one["kind"]: one for one in row["inner"] if "inner" in one}

    assert experiment(at).layers[0].trainable_from == "block_13_expand"
    assert any("From layer 116 of 154 on" in one.value for one in at.caption)
    assert row["learning"] == f"learns from block_13_expand on: {number(310_688)} of {number(410_208)}"
    assert (row["words"], row["shape"], row["holds"]) == ("alpha 0.35", "3×3×1280", 154)
    assert (stages["block_12"]["mark"], stages["block_13"]["mark"]) == ("frozen", "learns")
    assert stages["block_13"]["inner"][0]["title"] == "block_13_expand"
    assert shown()["total"]["parametersTitle"].startswith(f"Trainable {number(310_688 + 7_686)} · Non-trainable ")

    field(at, "selectbox", "Cut").select("block_12_add").run()
    assert experiment(at).layers[0] == base.edited(cut="block_12_add")
    assert (shown()["rows"][0]["shape"], shown()["rows"][0]["learning"]) == ("6×6×32", "frozen")
    assert not at.exception


def test_the_catalogue_offers_bases_first_on_the_image_until_there_is_one(app):
    at = app(NETWORK, Experiment(dataset=Shapes(image_size=96)))
    data = component(at, "families")
    offer = next(one for one in data["families"]["Pretrained"] if one["kind"] == "MobileNetV2")

    assert data["begin"][0] == "Pretrained" and "learnt already" in data["begin"][1]
    assert offer["here"] == f"first → 3×3×1280 · {number(2_257_984)} parameters" and "ImageNet" in offer["sentence"]
    small = component(app(NETWORK, Experiment()), "families")["families"]["Pretrained"]
    assert next(one["here"] for one in small if one["kind"] == "MobileNetV2") == "needs 32x32 px or more"
