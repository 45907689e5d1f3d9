"""What a component is said to have sent, but no button of it sends: one sentence, nothing changed, no exception."""

import importlib
import json
import math
import pkgutil
from types import SimpleNamespace

import pytest
from streamlit.components.v2.bidi_component.state import AttributeDictionary

import core.labs
from core.errors import UserError
from core.experiment.presets import load_preset
from core.labs import Lab
from core.labs.neuron import Neuron
from core.runs import states
from core.runs.recorder import Recorder
from pages.components.data import augmentation_list, wall
from pages.components.frame import gestures, sent, session
from pages.components.mending import acts, classes, findings
from pages.components.mending import current as mending
from pages.components.network import catalogue, layer_list
from pages.components.runs import run_table
from pages.components.showing import cards, current
from pages.components.understand import (
    break_it,
    break_one,
    changed_image,
    chosen_images,
    clipboard,
    covered_image,
    drawing_pad,
    filter_wishes,
    idle_filters,
    image_map,
    opening,
    predictions,
    time_machine,
)
from tests.forged import forged
from tests.saved import here

SEEDS = range(400)
WRONG = "none of its buttons sends"


REFUSALS = (
    *(layer_list.REFUSAL, run_table.REFUSAL, predictions.REFUSAL, augmentation_list.REFUSAL, wall.REFUSAL),
    *(current.REFUSAL, mending.REFUSAL, break_it.REFUSAL, time_machine.REFUSAL, filter_wishes.REFUSAL),
    break_one.REFUSAL,
    idle_filters.REFUSAL,
)


class State(dict):
    """What Streamlit keeps of a tab."""

    def to_dict(self):
        return dict(self)


@pytest.fixture
def tab(monkeypatch):
    """A tab without a page: all that it holds can be looked at."""
    state = State({session.TAB: session.Tab(experiment=load_preset("digits-cnn").to_json())})
    monkeypatch.setattr(session, "st", SimpleNamespace(session_state=state, query_params={}))
    return state


def told(state):
    """Every sentence that waits to be shown."""
    tab = state[session.TAB]
    kept = [tab.kept.get(name) for name in REFUSALS]
    return [words for words in (*kept, tab.notice and tab.notice[0]) if words]


def forget(state):
    tab = state[session.TAB]
    tab.notice = None
    for name in REFUSALS:
        tab.kept.pop(name, None)


def looks(state, run):
    """All that a gesture could change."""
    tab = state[session.TAB]
    kept = {name: value for name, value in tab.kept.items() if not name.startswith(("refused-", "answered-"))}
    quiet = {name: value for name, value in kept.items() if name not in REFUSALS}
    files = {str(one): one.read_bytes() for one in run.path.rglob("*") if one.is_file()}
    return tab.experiment, tab.run, tab.revision, quiet, files


@pytest.fixture
def run(small):
    run = here().create(small)
    with Recorder(run) as record:
        record.status(state=states.FINISHED, epoch=1, epochs=1)
    return run


HANDLERS = {
    "layers": (layer_list.apply, layer_list.Asked),
    "runs": (run_table.apply, run_table.Asked),
    "catalogue": (catalogue._choose, catalogue.Asked),
    "answers": (predictions._do, predictions.Pressed),
    "changes": (augmentation_list.apply, augmentation_list.Asked),
    "wall": (wall._open, wall.Opened),
    "cards": (cards.apply, cards.Asked),
    "time machine": (time_machine.apply, time_machine.Asked),
    "gallery": (acts.do, acts.Act),
    "chosen_images": (lambda message: chosen_images._do(message, ""), chosen_images.Pressed),
    "map": (lambda message: image_map._choose(message, ""), image_map.Pressed),
    "filters": (filter_wishes._do, filter_wishes.Pressed),
    "opening": (lambda message: opening.do(message, "confusion"), opening.Opened),
    "idle filters": (idle_filters._do, idle_filters.Pressed),
    "findings": (findings.do, findings.Asked | acts.Act),
    "classes": (classes.do, classes.ClassAct),
    "changed image": (changed_image.apply, changed_image.Asked),
    "covered image": (covered_image.apply, covered_image.Asked),
}


@pytest.mark.parametrize("name", HANDLERS)
def test_a_forged_gesture_is_answered_with_one_sentence_and_changes_nothing(name, tab, run):
    handle, shape = HANDLERS[name]
    before, refused = looks(tab, run), 0
    for seed in SEEDS:
        message = forged(seed)
        try:
            sent.read(shape, message)
        except UserError:
            handle(message)
            assert [WRONG in words for words in told(tab)] == [True], message
            assert looks(tab, run) == before
            forget(tab)
            refused += 1
    assert refused > len(SEEDS) / 2


@pytest.mark.parametrize("name", ["layers", "runs", "answers", "gallery", "chosen_images"])
@pytest.mark.parametrize("seed", range(60))
def test_a_gesture_whose_parts_are_forged_raises_nothing(name, seed, tab, run):
    handle, shape = HANDLERS[name]
    for action in shape.model_fields["action"].annotation.__args__:
        handle({"action": action, "ids": [run.id], "at": "x", "to": 0, **_forged_part(seed)})
        assert len(told(tab)) <= 1
        forget(tab)


def _forged_part(seed):
    part = forged(seed)
    return part if isinstance(part, dict) else {"ids": part, "at": part, "field": part, "value": part, "name": part}


@pytest.mark.parametrize("key", gestures._all)
def test_a_list_of_gestures_that_is_none_is_refused_once_and_stays_refused(key, tab, run):
    tab[key] = AttributeDictionary({"gestures": [{"line": "a", "n": 1, "action": "delete"}, {"n": math.nan}]})
    before = looks(tab, run)
    gestures.take_all()
    assert [WRONG in words for words in told(tab)] == [True]
    forget(tab)
    gestures.take_all()
    assert told(tab) == []
    assert looks(tab, run) == before


@pytest.mark.parametrize("seed", SEEDS)
def test_whatever_comes_in_place_of_a_list_of_gestures_raises_nothing(seed, tab, run):
    before = looks(tab, run)
    for key in gestures._all:
        tab[key] = AttributeDictionary({"gestures": forged(seed)})
    gestures.take_all()
    assert looks(tab, run) == before


def labs():
    """Every kind of lab."""
    for module in pkgutil.iter_modules(core.labs.__path__):
        importlib.import_module(f"core.labs.{module.name}")
    return [kind for kind in Lab.__subclasses__() if kind.__module__.startswith("core.labs")]


@pytest.mark.parametrize("kind", labs(), ids=lambda kind: kind.__name__)
def test_forged_settings_of_a_lab_are_answered_with_one_sentence(kind, tab):
    good = kind().model_dump(mode="json")
    for seed in SEEDS[:100]:
        wrong = forged(seed)
        for message in (wrong, {**good, next(iter(good)): wrong, "more": wrong}, {**good, "kind": "Conv2D"}):
            session.keep_lab(kind, message)
            assert [WRONG in words for words in told(tab)] == [True]
            assert tab[session.TAB].kept == {}
            forget(tab)


def test_settings_that_a_lab_does_send_are_kept_without_a_word(tab):
    session.keep_lab(Neuron, json.loads(Neuron().model_dump_json()))
    assert told(tab) == []
    assert tab[session.TAB].kept


@pytest.mark.parametrize("value", [-1, 3, 1.0, True, "1", [], {}, math.nan, 10**30, "\ud800"])
def test_a_place_that_is_none_of_them_is_refused(value):
    with pytest.raises(UserError) as caught:
        sent.place(value, 3)
    assert caught.value.code == "SENT_WRONG"


def test_two_fast_clicks_on_classes_of_the_wall_both_count_and_one_on_another_dataset_does_not(tab):
    key = load_preset("digits-cnn").dataset.key()
    clicks = [(key, 3), (key, 7), ("another", 1)]
    tab[wall.OVERVIEW] = AttributeDictionary(
        {"gestures": [{"line": "a", "n": n, "dataset": of, "label": label} for n, (of, label) in enumerate(clicks, 1)]}
    )
    gestures.take_all()
    assert session.remember("opened-class") == (key, 7)
    assert wall._GESTURES[wall.OVERVIEW].data()["answered"] == {"a": 3}
    assert told(tab) == []


def test_layers_that_were_copied_are_pasted_into_another_experiment_of_the_same_tab(tab):
    nodes = load_preset("digits-residual").nodes
    session.save(load_preset("digits-residual"))
    layer_list.apply({"action": "copy", "ids": [node.id for node in nodes[1:4]]})
    session.save(other := load_preset("digits-cnn"))
    layer_list.apply({"action": "paste", "at": other.nodes[0].id})
    kinds = [node.kind for node in session.experiment().nodes]
    assert kinds == ["Conv2D", "Conv2D", "Conv2D", "Add", *(node.kind for node in other.nodes[1:])]
    assert session.experiment().nodes[3].inputs == (other.nodes[0].id, session.experiment().nodes[2].id)
    session.undo()
    assert session.experiment() == other
    assert told(tab) == []


def test_a_place_that_is_one_of_them_is_taken():
    assert [sent.place(value, 3) for value in (None, 0, 2)] == [None, 0, 2]


@pytest.mark.parametrize(
    "drawing",
    [7, [], {}, "x", "data:text/html;base64,AAAA", drawing_pad.PREFIX + "é", drawing_pad.PREFIX + "A", "\ud800"],
)
def test_a_drawing_that_no_pad_makes_is_refused(drawing):
    with pytest.raises(UserError) as caught:
        drawing_pad._png(drawing)
    assert caught.value.code == "SENT_WRONG"


@pytest.mark.parametrize("pasted", [7, [], {}, "é", "A", "data:image/png;base64,AAAA", "\ud800", "A" * 14_000_000])
def test_what_no_paste_sends_is_refused(pasted):
    with pytest.raises(UserError) as caught:
        clipboard._file(pasted)
    assert caught.value.code == "SENT_WRONG"


def test_nothing_pasted_is_no_picture_and_a_pasted_one_comes_as_its_bytes():
    assert (clipboard._file(None), clipboard._file("")) == (None, None)
    assert clipboard._file("iVBORw==") == b"\x89PNG"


def test_an_empty_pad_is_no_drawing_and_a_drawing_comes_as_its_bytes():
    assert (drawing_pad._png(None), drawing_pad._png("")) == (None, None)
    assert drawing_pad._png(drawing_pad.PREFIX + "iVBORw==") == b"\x89PNG"
