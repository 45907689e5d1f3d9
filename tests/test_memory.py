"""What training takes of the memory is told before it starts, honestly, and refused when it can't fit."""

import time
from dataclasses import replace

import keras
import pytest
from streamlit.testing.v1 import AppTest

from benchmarks.memory import blocks, network, networks, peak_of
from core import words
from core.__main__ import main
from core.datasets import Facts
from core.datasets.shapes import Shapes
from core.errors import UserError
from core.experiment import Experiment, memory
from core.experiment.network import trace
from core.layers.convolution import Conv2D
from core.layers.dense import Dense
from core.layers.regularization import BatchNormalization
from core.layers.reshaping import Flatten
from core.optimization.optimizers import SGD, Adam, Optimizer
from core.spec import kinds


@pytest.mark.parametrize("optimizer", [*(kind() for kind in kinds(Optimizer).values()), SGD(momentum=0.0)], ids=repr)
def test_slots_are_those_that_keras_makes(optimizer):
    weights = [keras.Variable(keras.ops.zeros((7, 3)))]
    theirs = optimizer.build()
    theirs.build(weights)

    assert optimizer.slots == sum(variable.shape == (7, 3) for variable in theirs.variables)


def too_large() -> tuple:
    """The 78.6 GB layer; no form offers so many units, a file could."""
    facts = Facts((256, 256, 3), ("a", "b", "c"), 1000)
    layer = Dense.model_construct(units=100_000, activation="relu")
    return trace(facts.shape, (Flatten(), layer), Dense(units=3)), facts


def test_a_network_that_can_not_fit_is_refused_at_once_with_its_biggest_layer(monkeypatch):
    """H07."""
    monkeypatch.setenv("KERNELSCOPE_MEMORY_GB", "17")
    traced, facts = too_large()
    settings = Experiment().training.edited(optimizer=Adam())
    began = time.thread_time()
    problem = memory.problem(traced, facts, settings, memory.limit())
    spent = time.thread_time() - began

    assert spent < 0.1
    assert memory.estimate(traced, 32, 2).total >= 315e9
    assert problem.where == "network"
    assert problem.index == 1
    message = problem.message.replace(words.THIN_SPACE, " ")
    for part in ("GB with Adam", "allows 17 GB", "Dense #2 with 19.7 G parameters"):
        assert part in message


def test_a_batch_that_can_not_fit_is_refused_with_the_largest_that_can(monkeypatch):
    monkeypatch.setenv("KERNELSCOPE_MEMORY_GB", "4")
    experiment = Experiment(dataset=Shapes(image_size=256), layers=(Conv2D(filters=64), Flatten()))
    large = experiment.edited(training=experiment.training.edited(batch_size=1000))
    (problem,) = (one for one in memory.obstacles(large) if one.blocking)
    facts = large.dataset.facts()

    assert problem.where == "training"
    assert "1\N{NARROW NO-BREAK SPACE}000 pictures a step" in problem.message
    fitting = int(problem.hint.split()[1])
    fits = [memory.estimate(large.trace(facts), size, 1, 2000).total <= 4e9 for size in (fitting, 2 * fitting)]
    assert fits == [True, False]


def test_what_fits_is_no_problem(small):
    assert memory.problems(small, 8 * 10**9) == []
    memory.require(small)


def test_the_same_experiment_is_legal_on_every_machine_and_trained_where_it_fits(small, monkeypatch, tmp_path, capsys):
    path = tmp_path / "small.json"
    path.write_text(small.to_json())
    monkeypatch.setenv("KERNELSCOPE_MEMORY_GB", "0.3")

    assert small.problems() == []
    assert [problem.where for problem in memory.obstacles(small)] == ["network"]
    assert [problem.where for problem in memory.problems(small, 3 * 10**8)] == ["network"]
    with pytest.raises(UserError, match="this machine allows 300"):
        memory.require(small)
    assert main(["train", str(path)]) == 1
    assert "this machine allows 300" in capsys.readouterr().err
    assert not list((tmp_path / "workspace").rglob("experiment.json"))


@pytest.mark.parametrize(("chosen", "bytes_allowed"), [("2", 2e9), ("0.5", 5e8)])
def test_the_limit_can_be_set(monkeypatch, chosen, bytes_allowed):
    monkeypatch.setenv("KERNELSCOPE_MEMORY_GB", chosen)

    assert memory.limit() == bytes_allowed


@pytest.mark.parametrize("chosen", ["", "much", "nan", "inf"])
def test_without_a_number_the_limit_is_a_share_of_what_there_is(monkeypatch, chosen):
    monkeypatch.setenv("KERNELSCOPE_MEMORY_GB", chosen)
    monkeypatch.setattr(memory, "_container_limits", lambda: [2 * 10**9])

    assert memory.limit() == 2e9 * memory.SHARE


@pytest.mark.parametrize(("text", "value"), [("1073741824\n", 2**30), ("max\n", 0)])
def test_a_container_s_limit_is_read(tmp_path, text, value):
    (tmp_path / "memory.max").write_text(text)

    assert memory._read_limit(tmp_path) == value


def test_every_part_counts(small):
    facts = small.dataset.facts()
    once = memory.of(small, facts)
    twice = memory.of(small.edited(training=small.training.edited(batch_size=4096)), facts)

    assert once.total == once.base + once.images + once.weights + once.gradients + once.optimizer + once.activations
    assert twice.activations > once.activations
    assert replace(once, batch=4096, activations=twice.activations) == twice


def test_thirty_networks_of_all_sizes_are_there_to_measure():
    sizes = [one.trace(one.dataset.facts()).parameters for one in networks()]

    assert len(sizes) == 30
    assert min(sizes) < 10_000
    assert 45e6 < max(sizes) < 50e6


@pytest.mark.parametrize(
    "experiment",
    [
        network("dense", (Flatten(), Dense(units=1000)), 64, 32, Adam()),
        network("maps", (Conv2D(filters=32), Flatten()), 64, 64, SGD()),
        network("small", (Conv2D(filters=4), Flatten()), 28, 16),
    ],
    ids=lambda experiment: experiment.name,
)
def test_the_estimate_is_honest(experiment):
    """H08: measured over estimated; all 30 networks are in `python -m benchmarks memory`."""
    ratio = peak_of(experiment) / memory.of(experiment, experiment.dataset.facts()).total

    assert 0.5 <= ratio <= 1.25


def test_the_page_says_how_much_it_takes_and_what_takes_it(small):
    def page():
        from core.experiment.presets import load_preset
        from pages.components.network import memory_line

        experiment = load_preset("digits-cnn")
        memory_line.show(experiment, experiment.dataset.facts())

    app = AppTest.from_function(page, default_timeout=30).run()

    assert not app.exception
    assert app.caption[0].value.startswith("About 7")
    assert "of memory while training" in app.caption[0].value
    assert "TensorFlow itself" in app.caption[0].help


@pytest.mark.parametrize("activation", memory.HEAVY)
def test_activations_of_several_functions_count_more(activation):
    shape, head = (32, 32, 3), Dense(units=3)
    light, heavy = (trace(shape, (Conv2D(activation=name), Flatten()), head) for name in ("relu", activation))

    assert memory.estimate(heavy, 512, 1).activations > memory.estimate(light, 512, 1).activations


def test_mixed_precision_halves_what_layers_give_and_leaves_weights_as_they_are():
    """Measured: 288 and 578 MB beside TensorFlow become 166 and 328; with batch normalization nothing is spared."""
    of = {}
    for steady in (None, BatchNormalization()):
        experiment = network("maps", blocks(32, 64, steady=steady), 64, 64, Adam())
        for precision in ("float32", "mixed_bfloat16", "mixed_float16"):
            training = experiment.training.edited(precision=precision)
            of[steady is None, precision] = memory.of(experiment.edited(training=training), experiment.dataset.facts())

    full, half = of[True, "float32"], of[True, "mixed_bfloat16"]
    assert half == of[True, "mixed_float16"]
    assert half.activations == pytest.approx(full.activations / 2, rel=0.01)
    assert (half.weights, half.gradients, half.optimizer) == (full.weights, full.gradients, full.optimizer)
    assert of[False, "mixed_bfloat16"].activations > 0.75 * of[False, "float32"].activations
