"""The addition trial: one new file is one new kind, and it is everywhere where its like are.

The additions are written into a folder that mirrors `core/` and that KERNELSCOPE_PLUGINS names; every check runs in a
process of its own, as catalogues are put together at import.
"""

import base64
import json
import os
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from additions import ADDITIONS, KINDS

from core import child
from core.experiment.presets import presets
from core.spec import Spec, kinds

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="module")
def added(tmp_path_factory):
    """The environment of a process that has the additions."""
    place = tmp_path_factory.mktemp("added")
    folder = place / "additions"
    for addition in ADDITIONS:
        path = folder / addition.file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(addition.text, encoding="utf-8")
    own = {"KERNELSCOPE_PLUGINS": str(folder), "KERNELSCOPE_STANDBY": "0", "KERNELSCOPE_HOME": str(place / "workspace")}
    return child.environment() | own


@pytest.fixture(scope="module")
def trained(added):
    """What the command line says of a training of the preset."""
    return json.loads(python(added, "-m", "core", "train", "stripes-trial", "--json"))


def python(environment, *arguments):
    """What a Python process printed; it has to end well."""
    done = subprocess.run(
        [sys.executable, *arguments],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=200,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout


def asked(environment, code):
    """The JSON value that some lines of Python, which see the preset as `trial`, call `told`."""
    opening = "import json\nfrom core.experiment.presets import load_preset\ntrial = load_preset('stripes-trial')\n"
    return json.loads(python(environment, "-c", f"{opening}{code}\nprint(json.dumps(told))"))


QUESTIONS = {
    "specs": f"""
import importlib
from core.spec import kinds, one_of
from pydantic import TypeAdapter
told = {{}}
for place, name in {[(one.catalogue, one.kind) for one in KINDS]}:
    module, _, base = place.rpartition(".")
    catalogue = getattr(importlib.import_module(module), base)
    spec = kinds(catalogue)[name]()
    again = TypeAdapter(one_of(catalogue)).validate_json(spec.model_dump_json())
    told[name] = [again == spec, spec.sentence(), {{o.name: [o.what, o.low, o.high] for o in spec.options().values()}}]
""",
    "travels": """
from core.experiment.reading import read_experiment, read_link
told = [read_experiment(trial.to_json()) == trial, read_link(trial.to_link()) == trial]
""",
    "gate": """
from core.errors import UserError
from core.experiment.reading import read_experiment
from core.runs.sweeps import numeric_fields
told = [field.path for field in numeric_fields(trial)]
try:
    read_experiment(trial.to_json().replace('"count": 90', '"count": 9'))
except UserError as error:
    told.append(str(error))
""",
    "problems": """
short = trial.edited(training=trial.training.edited(epochs=1))
told = [[problem.message for problem in one.problems()] for one in (trial, short)]
""",
    "block": """
from core.advice import advice_on
traced = trial.trace(trial.dataset.facts())
(advice,) = [one for one in advice_on(trial, trial.dataset.facts()) if one.rule == 'few_maps']
told = [[row.kind for row in traced.rows], [row.kind for row in traced.folded().rows], advice.row]
told.append(advice.fixes[0].make().layers[0].filters)
""",
}
"""What is asked of the kinds themselves, by one process."""


@pytest.fixture(scope="module")
def told(added):
    """The answers to QUESTIONS."""
    lines = "".join(f"{code}\nall[{name!r}] = told\n" for name, code in QUESTIONS.items())
    return asked(added, f"all = {{}}\n{lines}told = all")


def test_each_is_found_in_its_catalogue_with_what_a_form_needs(told):
    specs = told["specs"]

    assert [is_same for is_same, _, _ in specs.values()] == [True] * len(KINDS)
    assert all(sentence.endswith(".") for _, sentence, _ in specs.values())
    assert specs["Stripes"][2]["count"] == ["Number of pictures.", 20, 500]
    assert specs["Enough"][2] == {"after": ["How many epochs are enough.", 1, 99]}


def test_an_experiment_made_of_them_travels_as_json_and_as_a_link(told):
    assert told["travels"] == [True, True]


def test_the_gate_names_their_ranges_and_a_sweep_varies_their_numbers(told):
    *paths, sentence = told["gate"]

    assert {"dataset.count", "augmentations[0].factor", "training.optimizer.beta_1", "training.rules[0].after"} <= set(
        paths
    )
    assert "dataset.count: 9 can't be used: it is a whole number from 20 to 500" in sentence


def test_their_own_problems_are_told(told):
    assert told["problems"] == [[], ["Enough #1 never comes."]]


def test_a_block_stands_for_its_layers_and_advice_speaks_of_it_and_is_followed(told):
    unfolded, folded, row, filters = told["block"]

    assert unfolded == ["Conv2D", "Activation", *folded[1:]]
    assert (folded[0], row, filters) == ("Stem", "stem_1", 4)


def test_the_command_line_lists_checks_trains_and_exports(added, trained, tmp_path):
    assert "stripes-trial" in json.loads(python(added, "-m", "core", "presets", "--json"))["presets"]
    assert json.loads(python(added, "-m", "core", "check", "stripes-trial", "--json"))["problems"] == []
    assert (trained["state"], trained["epochs"]) == ("finished", 1)  # the rule ended it, of 3

    python(added, "-m", "core", "export", trained["run"], "--format", "note", "--out", str(tmp_path / "note.txt"))
    assert (tmp_path / "note.txt").read_text() == "Stripes 8x8, Maximum"


def test_the_script_runs_without_kernelscope(added, tmp_path):
    text = python(added, "-m", "core", "code", "stripes-trial")
    script = tmp_path / "alone" / "network.py"
    script.parent.mkdir()
    script.write_text(text, encoding="utf-8")
    alone = {name: value for name, value in added.items() if name not in ("PYTHONPATH", "KERNELSCOPE_PLUGINS")}
    done = subprocess.run(
        [sys.executable, str(script)], cwd=script.parent, env=alone, capture_output=True, text=True, timeout=200
    )

    assert done.returncode == 0, done.stderr[-3000:]
    assert done.stderr.strip().endswith("enough")
    assert "optimizers.Lion(learning_rate=learning_rate, " in text
    assert "ExponentialDecay(0.01, decay_steps=steps, decay_rate=0.5)" in text
    assert "layers.RandomInvert(factor=0.2, seed=SEED + 0)" in text


def test_every_page_offers_them(added):
    code = """
import json
from streamlit.testing.v1 import AppTest
app = AppTest.from_file("streamlit_app.py", default_timeout=60).run()
app.session_state["preset-shelf-0"] = True
app.run()
told = {"Home": [button.label for button in app.button]}
next(button for button in app.button if button.label == "Stripes trial").click().run()
assert not app.exception, app.exception
for name, page in (("Data", "1_Data"), ("Augmentation", "2_Augmentation"), ("Training", "4_Training")):
    app.switch_page(f"pages/2_Design/{page}.py").run()
    assert not app.exception, app.exception
    boxes = [option for box in app.selectbox for option in box.options]
    numbers = [widget.label for family in (app.number_input, app.slider, app.select_slider) for widget in family]
    parts = [json.loads(one.proto.json or "{}") for one in app.get("bidi_component")]
    rows = [row for part in parts if isinstance(part, dict) and "gestures" in part for row in part["rows"]]
    knobs = [field["label"] for row in rows for field in row.get("fields", [])]
    told[name] = [button.label for button in app.button] + boxes + numbers + knobs
"""
    told = asked(added, code)

    assert "Stripes trial" in told["Home"]
    assert {"Stripes 8x8", "Count"} <= set(told["Data"])
    assert {"Invert", "Factor"} <= set(told["Augmentation"])
    assert {"Enough", "Lion", "Halves", "FirstTwice", "Beta 1", "After (epochs)"} <= set(told["Training"])


def test_look_inside_opens_with_the_layer_and_offers_the_lens(added, trained):
    """Through the page and the lens process; the bars are the largest values of the maps that the page shows."""
    code = """
from streamlit.testing.v1 import AppTest
from core.runs.collection import Runs
from core.workspace import current
(run,) = Runs(current()).newest()
app = AppTest.from_file("streamlit_app.py", default_timeout=150)
app.query_params["run"] = run.id
app.run().switch_page("pages/4_Understand/2_Look_inside.py").run()
assert not app.exception and not app.error, (app.exception, app.error)
told = {"components": [one.proto.component_name.split(".")[-1] for one in app.get("bidi_component")]}
box = next(box for box in app.selectbox if box.label == "Look with")
told["offered"] = box.options
box.set_value("largest").run()
next(slider for slider in app.slider if slider.label == "Times").set_value(2).run()
assert not app.exception and not app.error, (app.exception, app.error)
told["bars"] = json.loads(app.get("plotly_chart")[0].proto.spec)["data"][0]
from pages.components.frame import lens
first = lens.client().ask("feature_maps", run=run.id, positions=[int(app.session_state.tab.kept["picture-at"])])
told["largest"] = first["result"].layers[0]["values"].max((0, 1)).tolist()
app.switch_page("pages/4_Understand/4_Mistakes.py").run()
views = next(one for one in app.button_group if "Mean probability" in str(one.options))
views.set_value("mean_probability").run()
assert not app.exception and not app.error, (app.exception, app.error)
told["means"] = json.loads(app.get("plotly_chart")[0].proto.spec)["data"][0]
lens.client().close()
"""
    told = asked(added, code)

    assert {"feature_maps", "kernels"} <= set(told["components"])
    assert told["offered"][0] == "Look with: All layers"
    assert told["offered"][-1] == "Look with: Largest value of each map"
    bars = told["bars"]["y"]
    values = np.frombuffer(base64.b64decode(bars["bdata"]), bars["dtype"]) if isinstance(bars, dict) else bars
    assert told["bars"]["customdata"] == ["map 1", "map 2"]
    np.testing.assert_allclose(values, 2 * np.array(told["largest"]), rtol=1e-5)
    means = told["means"]["y"]
    shares = np.frombuffer(base64.b64decode(means["bdata"]), means["dtype"]) if isinstance(means, dict) else means
    assert np.sum(shares) == pytest.approx(1, abs=1e-5)


def test_without_the_folder_nothing_of_it_is_here(added):
    plain = {name: value for name, value in added.items() if name != "KERNELSCOPE_PLUGINS"}
    listed = json.loads(python(plain, "-m", "core", "presets", "--json"))["presets"]

    assert listed == presets()
    assert "stripes-trial" not in listed


def test_a_file_called_like_one_of_ours_is_refused_by_name(tmp_path):
    (tmp_path / "datasets").mkdir()
    (tmp_path / "datasets" / "digits.py").write_text("")
    environment = {**os.environ, "KERNELSCOPE_PLUGINS": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-m", "core", "presets"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=200,
    )

    assert done.returncode != 0
    assert "Two modules of core.datasets are called digits" in done.stderr


@pytest.fixture
def package(tmp_path, monkeypatch):
    """A package `trial_fruit` in two folders: a plain module with a catalogue in the first, a kind in each."""
    first, second = tmp_path / "first" / "trial_fruit", tmp_path / "second"
    first.mkdir(parents=True)
    second.mkdir()
    kind = "from trial_fruit.base import Fruit\n\n\nclass {}(Fruit):\n    'A kind.'\n"
    (first / "__init__.py").write_text("")
    (first / "base.py").write_text("from core.spec import Spec\n\n\nclass Fruit(Spec):\n    'A catalogue.'\n")
    (first / "apples.py").write_text(kind.format("Apple"))
    (second / "pears.py").write_text(kind.format("Pear"))
    monkeypatch.syspath_prepend(str(first.parent))
    import trial_fruit.base  # made just now

    trial_fruit.__path__.append(str(second))
    yield trial_fruit
    for name in [name for name in sys.modules if name.partition(".")[0] == "trial_fruit"]:
        del sys.modules[name]


def test_a_catalogue_in_a_plain_module_finds_kinds_beside_it_and_in_folders_added_to_its_package(
    package: ModuleType,
) -> None:
    found = kinds(package.base.Fruit)

    assert list(found) == ["Apple", "Pear"]
    assert all(issubclass(kind, Spec) for kind in found.values())


def test_two_kinds_of_one_name_are_refused(package: ModuleType) -> None:
    again = Path(package.__path__[-1]) / "more_apples.py"
    again.write_text("from trial_fruit.base import Fruit\n\n\nclass Apple(Fruit):\n    'Again.'\n")

    with pytest.raises(ValueError, match="Two kinds of Fruit are called Apple"):
        kinds(package.base.Fruit)
