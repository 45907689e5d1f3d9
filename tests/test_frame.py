"""Experiment and run are told apart: the badge, Home and Live run say whose curves these are."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from core.augmentation.movement import RandomFlip, RandomRotation, RandomTranslation, RandomZoom
from core.datasets.keras_datasets import FashionMNIST
from core.experiment import stack
from core.experiment.presets import load_preset, presets
from core.layers.convolution import Conv2D
from core.layers.reshaping import Flatten
from core.runs import states
from core.runs.recorder import Recorder
from core.training.launcher import CORE, MEMORY
from pages.components.data import data_source
from pages.components.frame import home, strip
from tests.saved import here

ROOT = Path(__file__).parent.parent
HOME, LIVE, OTHER = "pages/0_Start/1_Home.py", "pages/3_Train/1_Live_run.py", "pages/2_Design/4_Training.py"
DIGITS, SHAPES = load_preset("digits-cnn"), load_preset("shapes-cnn")


class Asked(list):
    """Stands for the launcher: keeps what was asked for, and says what runs wait for."""

    lack = ""

    def ask(self, run, asker=""):
        self.append(run)

    def lacks(self, run):
        return self.lack


@pytest.fixture
def asked(monkeypatch):
    found = Asked()
    monkeypatch.setattr("pages.components.runs.launching.launcher", lambda: found)
    monkeypatch.setattr("pages.components.frame.lens.client", lambda: None)
    return found


@pytest.fixture
def finished(asked):
    """A finished run of the digits."""
    run = here().create(DIGITS)
    with Recorder(run) as record:
        record.status(
            state=states.FINISHED, epoch=10, epochs=10, val_accuracy=0.992, best_epoch=7, best_val_accuracy=0.998
        )
    return run


def opened(page, experiment, run=None):
    at = AppTest.from_file(str(ROOT / "streamlit_app.py"), default_timeout=60).run()
    at.session_state.tab.experiment = experiment.to_json()
    at.session_state.tab.run = run and run.id
    at = at.switch_page(page).run()
    assert not at.exception
    return at


def links(at):
    """The words of all links to pages, as they stand there."""
    return [one.proto.label.replace("\\", "").replace("\N{WORD JOINER}", "") for one in at.get("page_link")]


def badge(at):
    return next(label for label in links(at) if "finished" in label or label == "not trained yet")


def button(at, label):
    return next(one for one in at.button if one.label == label)


def labels(at):
    return [one.label for one in at.button]


def words(at):
    return " ".join(str(e.value) for kind in (at.markdown, at.caption, at.info) for e in kind)


def test_the_badge_names_its_run_and_its_best_epoch(finished):
    assert badge(opened(OTHER, DIGITS, finished)) == "**Digits 8x8, Conv 32-64** ○ finished 10/10 · best 0.998"
    assert badge(opened(OTHER, DIGITS)) == "not trained yet"


def test_a_page_that_opens_the_newest_run_by_itself_names_it_above(finished):
    at = opened(LIVE, DIGITS)

    assert badge(at) == "**Digits 8x8, Conv 32-64** ○ finished 10/10 · best 0.998"
    assert "not trained yet" not in links(at)


def test_what_was_not_ready_when_data_was_left_is_said_and_can_be_left(asked):
    at = opened(OTHER, DIGITS)
    said = [one.value for one in at.markdown]
    assert not any("not ready" in one for one in said)

    def with_wanted(dataset):
        at.session_state.tab.kept[data_source.WANTED] = dataset
        return [one.value for one in at.run().markdown if "not ready" in one.value]

    assert with_wanted(FashionMNIST()) == [
        "Fashion-MNIST was chosen, but was not ready when you left Data: the experiment still has Digits 8x8."
    ]
    at.button(key="left-waiting-leave").click().run()
    assert not [one.value for one in at.markdown if "not ready" in one.value]
    assert with_wanted(DIGITS.dataset) == []


@pytest.mark.parametrize(
    "other",
    [
        SHAPES,
        load_preset("fashion-cnn"),
        DIGITS.edited(seed=7),
        DIGITS.edited(layers=(Conv2D(filters=8, kernel_size=9), Flatten())),
    ],
    ids=["shapes", "fashion", "seed", "does not fit"],
)
def test_the_badge_of_another_experiments_run_says_so_and_no_score(finished, other):
    at = opened(OTHER, other, finished)

    assert badge(at) == "**Digits 8x8, Conv 32-64** ○ finished · of another experiment"
    assert not [label for label in links(at) if "0.998" in label or "10/10" in label]


def test_a_renamed_experiment_keeps_its_run(finished):
    assert "best 0.998" in badge(opened(OTHER, DIGITS.edited(name="Anna's"), finished))


def test_home_shows_no_curves_of_another_experiment_and_undo_brings_the_run_back(finished):
    at = opened(HOME, DIGITS, finished)
    assert "The curves are of **Digits 8x8, Conv 32-64**" in words(at)
    assert "Train it again" in labels(at)

    button(at, "Colour shapes").click().run()
    assert "this tab's run, **Digits 8x8, Conv 32-64**, is of another experiment" in words(at)
    assert "finished · best 0.998 (epoch 7)" in words(at)
    assert "Finished." not in words(at)
    assert "What now?" not in [one.value for one in at.subheader]
    assert {"Train this now", "Bring this run's experiment back", "Open the run"} <= set(labels(at))
    assert "of another experiment" in badge(at)

    button(at, "Bring this run's experiment back").click().run()
    assert "Finished." in words(at)
    assert "best 0.998" in badge(at)


def test_home_says_beside_its_button_what_must_be_fetched_first(asked, monkeypatch):
    fashion = load_preset("fashion-cnn")
    monkeypatch.setattr("core.datasets.keras_datasets._KerasDataset.is_here", lambda _: True)
    assert home.before_training(fashion).startswith("Don't worry")

    monkeypatch.setattr("core.datasets.keras_datasets._KerasDataset.is_here", lambda _: False)
    assert home.before_training(fashion).startswith("Fashion-MNIST is not on this machine: ")
    assert home.before_training(fashion).endswith(" That begins with the first training.")


def test_the_run_of_another_experiment_is_opened_from_home(finished):
    at = opened(HOME, SHAPES, finished)
    button(at, "Open the run").click().run()

    assert [one.value for one in at.title] == ["Live run"]


def test_live_run_says_which_run_it_shows_and_trains_that_again(finished, asked):
    at = opened(LIVE, DIGITS, finished)
    assert "**Digits 8x8, Conv 32-64**, started" in words(at)
    assert "Digits 8x8 › Conv 32 · Pool · Conv 64 · Pool · Dense 10 › RMSprop 0.005 · 10 epochs" in words(at)
    assert not [label for label in labels(at) if "above" in label or "Bring" in label]

    button(at, "Train this again").click().run()
    assert [run.experiment for run in asked] == [finished.experiment]
    assert [run.title for run in asked] == ["Digits 8x8, Conv 32-64 2"]


def test_live_run_offers_both_where_the_experiment_above_is_another(finished, asked):
    at = opened(LIVE, SHAPES, finished)
    assert "This run is of another experiment than the one above the page." in words(at)
    assert "Train this again" not in labels(at)

    button(at, "Train this run's experiment again").click().run()
    assert asked[-1].experiment == finished.experiment
    assert at.session_state.tab.experiment == SHAPES.to_json()

    at = opened(LIVE, SHAPES, finished)
    button(at, "Train the experiment above").click().run()
    assert asked[-1].experiment.is_same(SHAPES)


@pytest.mark.parametrize(
    ("lack", "said"),
    [
        (CORE, "Waiting for a free core: place 1 in the queue."),
        (MEMORY, "Waiting for memory that other runs hold: place 1 in the queue."),
        ("", "Starting: a worker is on its way."),
        (None, "Waiting: place 1 in the queue."),
    ],
)
def test_a_queued_run_says_why_it_waits_only_when_it_does(asked, lack, said):
    asked.lack = lack
    run = here().create(DIGITS)
    run.enqueue()

    assert f"**{said}**" in words(opened(LIVE, DIGITS, run))


def test_labs_have_no_strip(finished):
    at = opened("pages/5_Learn_neurons/11_Neuron.py", DIGITS, finished)
    assert not [label for label in links(at) if "finished" in label or "epochs" in label]


# ---- the strip's words


@pytest.mark.parametrize("name", presets())
def test_two_lines_have_room_for_every_preset(name):
    """Of 85 letters each: data and augmentation, network and training."""
    data, changes, network, training = (part.words for part in strip.parts(load_preset(name)))

    assert len(f"{data} › {changes}") <= 80
    assert len(f"{network} › {training}") <= 80


def test_long_parts_are_shortened_to_what_tells_most_with_the_whole_on_hover():
    changes = (RandomFlip(), RandomRotation(), RandomZoom(), RandomTranslation())
    tall = tuple(Conv2D(filters=500 + n, padding="same") for n in range(60))
    experiment = DIGITS.edited(augmentations=changes, layers=(*tall, Flatten()))
    _, augmentation, network, _ = strip.parts(experiment)

    assert (augmentation.words, augmentation.full) == (
        "Flip · Rotation · 2 more",
        "Flip · Rotation · Zoom · Translation",
    )
    assert network.words.startswith("Conv 500-501-502-…-559 · 62 layers")
    assert "Conv 530 · Conv 531" in network.full
    assert len(network.words) <= 60


def test_a_residual_network_is_told_as_one():
    assert strip.parts(load_preset("digits-residual"))[2].words.startswith("Conv 16×3-32 · Add · 9 layers")


def test_a_stack_that_does_not_fit_says_so_in_its_own_part():
    broken = DIGITS.edited(nodes=stack.inserted(DIGITS.nodes, 0, Conv2D(kernel_size=11)))
    assert strip.parts(broken)[2].words.endswith("does not fit yet")
