"""The plan of the house as a test: who may import whom, and what the server must never load."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from core import child

ROOT = Path(__file__).resolve().parent.parent
CORE = sorted((ROOT / "core").rglob("*.py"))
PAGES = sorted((ROOT / "pages").rglob("*.py")) + [ROOT / "streamlit_app.py"]
HEAVY = {"tensorflow", "keras", "sklearn"}
FORBIDDEN_NAMES = {"manager", "helper", "helpers", "utils", "common", "base", "service"}


def imports(path, top_level_only=False):
    """Modules that a file imports."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    nodes = tree.body if top_level_only else ast.walk(tree)
    for node in nodes:
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or ""


def imported_names(path):
    """Modules that a file imports, and what it takes out of them: "core.experiment", "core.experiment.memory"."""
    yield from imports(path)
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def named(path):
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("path", CORE, ids=named)
def test_core_knows_no_screen_and_loads_nothing_heavy_on_import(path):
    assert not any(name.split(".")[0] in ("streamlit", "pages") for name in imports(path))
    assert not any(name.split(".")[0] in HEAVY for name in imports(path, top_level_only=True))


@pytest.mark.parametrize("path", PAGES, ids=named)
def test_pages_import_neither_keras_nor_processes_nor_each_other(path):
    for name in imports(path):
        assert name.split(".")[0] not in HEAVY | {"subprocess"}, name
        assert not (name.startswith("pages.") and name.split(".")[1][0].isdigit()), name


@pytest.mark.parametrize("path", [p for p in PAGES if p.parent.name[0].isdigit()], ids=named)
def test_pages_open_no_files_and_keep_no_state_of_their_own(path):
    text = path.read_text(encoding="utf-8")

    assert "session_state" not in text
    assert "open(" not in text
    assert len(text.splitlines()) <= 120


def test_only_session_uses_the_session_state():
    users = [named(path) for path in PAGES if "session_state" in path.read_text(encoding="utf-8")]

    assert users == [named(ROOT / "pages/components/frame/session.py")]


def test_layers_of_core_point_one_way():
    order = {
        "core.spec": 0,
        "core.layers": 1,
        "core.experiment.network": 2,
        "core.experiment": 3,
        "core.build.model": 4,
        "core.training": 5,
    }
    for path in CORE:
        module = ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
        rank = next((r for name, r in order.items() if module.startswith(name)), None)
        for name in imports(path, top_level_only=True):
            other = next((r for start, r in order.items() if name.startswith(start)), None)
            if rank is not None and other is not None and module.split(".")[1] != name.split(".")[1]:
                assert other < rank, f"{module} imports {name}"


def test_bounds_and_choices_are_read_out_of_pydantic_in_one_place():
    """Everybody else asks `Spec.options()`."""
    diggers = ("annotated_types", "FieldInfo", "get_origin", ".json_schema_extra")
    found = {named(path) for path in CORE + PAGES if any(word in path.read_text(encoding="utf-8") for word in diggers)}

    assert found == {"core/options.py"}


def test_an_experiment_knows_no_machine():
    """It is legal everywhere or nowhere; `core.experiment.memory` asks what fits, from outside."""
    inside = [path for path in (ROOT / "core" / "experiment").glob("*.py") if path.stem != "memory"]
    knowing = [named(path) for path in inside if {"psutil", "core.experiment.memory"} & set(imported_names(path))]

    assert len(inside) > 5
    assert knowing == []


def test_no_module_is_named_after_nothing():
    assert not [named(path) for path in CORE + PAGES if path.stem.lower() in FORBIDDEN_NAMES]


def test_opening_every_page_never_loads_tensorflow():
    """In a process of its own, since the tests themselves load it."""
    code = """
import sys
from streamlit.testing.v1 import AppTest
from pathlib import Path
app = AppTest.from_file("streamlit_app.py", default_timeout=60).run()
assert not app.exception
for page in sorted(Path("pages").glob("[0-9]*/*.py")):
    app.switch_page(str(page)).run()
    assert not app.exception, (page, app.exception)
heavy = {"tensorflow", "keras", "sklearn"} & set(sys.modules)
assert not heavy, heavy
"""
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=child.environment(), capture_output=True, text=True, timeout=200
    )

    assert done.returncode == 0, done.stderr[-2000:]


def test_nothing_is_pickled_and_no_uploaded_model_is_loaded():
    for path in CORE + PAGES:
        text = path.read_text(encoding="utf-8")
        assert "import pickle" not in text
        assert "load_model(" not in text
        assert "allow_pickle=True" not in text
        assert "unsafe_allow_html" not in text
