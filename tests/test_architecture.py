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
    assert not any(name.split(".")[0] in ("streamlit", "pages", "bases") for name in imports(path))
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


ROOMS = [
    *("errors", "words", "settings", "options", "problems", "plugins", "spec"),
    *("claims", "deep", "workspace", "stored", "holdings", "quick_keras", "child"),
    *(
        "layers",
        "augmentation",
        "optimization",
        "phases",
        "intake",
        "corrections",
        "datasets",
        "stores",
        "experiment",
        "advice",
        "build",
        "figures",
        "labs",
    ),
    *("runs", "uploads", "showing", "serving", "lens", "training", "inspection", "export", "command", "__main__"),
]
"""Rooms of core, from the ground up: each may use those before it."""
LONGEST = 450
"""Lines of a file: what is longer has a seam along which it can be split."""


def used_rooms(path):
    """Rooms that a file uses, wherever it imports them; what only a type checker reads does not count."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    checks = [node for node in ast.walk(tree) if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"]
    unread = {id(node) for check in checks for node in ast.walk(check)}
    for node in ast.walk(tree):
        if id(node) in unread or not isinstance(node, ast.Import | ast.ImportFrom):
            continue
        module = node.module or "" if isinstance(node, ast.ImportFrom) else ""
        names = [f"{module}.{alias.name}".lstrip(".") for alias in node.names]
        yield from (name.split(".")[1] for name in names if name.startswith("core."))


@pytest.mark.parametrize("path", CORE, ids=named)
def test_rooms_of_core_use_those_below_them_only(path):
    room = path.relative_to(ROOT / "core").with_suffix("").parts[0]
    if room == "__init__":
        return
    above = [other for other in used_rooms(path) if ROOMS.index(other) > ROOMS.index(room)]

    assert not above, f"{room} uses {above}"


def test_every_room_has_its_place_and_what_lies_loose_is_the_ground():
    loose = {path.stem for path in (ROOT / "core").glob("*.py")} - {"__init__", "__main__"}
    rooms = {path.parent.name for path in (ROOT / "core").glob("*/__init__.py")}

    assert loose == set(ROOMS[: ROOMS.index("layers")])
    assert loose | rooms | {"__main__"} == set(ROOMS)


SHOWN = ["browser", "frame", "showing", "data", "runs", "training", "mending", "network", "understand", "labs"]
"""Rooms of the components, in the same way."""


@pytest.mark.parametrize("path", sorted((ROOT / "pages" / "components").rglob("*.py")), ids=named)
def test_rooms_of_components_use_those_below_them_only(path):
    room = path.relative_to(ROOT / "pages" / "components").parts[0]
    names = [name.split(".")[2] for name in imports(path) if name.startswith("pages.components.")]

    assert not [name for name in names if SHOWN.index(name) > SHOWN.index(room)] if names else True


@pytest.mark.parametrize("folder", ["core", "pages", "tests", "benchmarks", "bases"])
def test_no_file_is_too_long_to_be_read_at_once(folder):
    files = [path for ending in ("py", "js", "css") for path in (ROOT / folder).rglob(f"*.{ending}")]

    assert not [named(path) for path in files if len(path.read_text(encoding="utf-8").splitlines()) > LONGEST]


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
        calls = [node.func for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Call)]
        assert "load_model" not in {getattr(one, "attr", getattr(one, "id", "")) for one in calls}
        assert "allow_pickle=True" not in text
        assert "unsafe_allow_html" not in text
