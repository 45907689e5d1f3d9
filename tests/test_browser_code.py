"""The browser's side is code too: short files, each helper once, colours in one place, no name that nobody declares."""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from core import child
from pages.components.browser.component import HOME, tokens

PAGES = child.ROOT / "pages"
FILES = sorted(file for file in PAGES.rglob("*") if file.suffix in (".js", ".css", ".py"))
SCRIPTS = [file for file in FILES if file.suffix == ".js"]
BIOME = Path(sys.executable).parent / "biome"

COLLECT = """
import importlib, json, pkgutil, sys
import streamlit as st
found = {}
st.components.v2.component = lambda name, *, html="", css=None, js=None: found.update({name: js or ""})
import pages.components
for module in pkgutil.walk_packages(pages.components.__path__, "pages.components."):
    importlib.import_module(module.name)
from pages.components.browser.component import HOME
from pages.components.labs import lab
for folder in (HOME / "labs").iterdir():
    if (folder / f"{folder.name}.js").exists():
        lab._component(folder.name)
print(json.dumps(found))
"""


def read(file):
    return file.read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def joined():
    """The script of every component as the browser gets it, by the component's name."""
    told = subprocess.run([sys.executable, "-c", COLLECT], cwd=child.ROOT, capture_output=True, check=True, timeout=120)
    return json.loads(told.stdout)


def lint(folder, *rules):
    """What the linter says of all scripts in a folder, as (rule, file, what) each."""
    shutil.copy(child.ROOT / "biome.jsonc", folder / "biome.jsonc")
    settings = read(folder / "biome.jsonc").replace('"pages/**/*.js", "pages/**/*.css", "benchmarks/*.js"', '"*.js"')
    (folder / "biome.jsonc").write_text(settings, encoding="utf-8")
    only = [f"--only={rule}" for rule in rules]
    command = [BIOME, "lint", "--reporter=json", "--max-diagnostics=none", "--error-on-warnings", *only, "."]
    told = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=120).stdout
    return [
        (one["category"], one["location"]["path"]["file"], one["description"])
        for one in json.loads(told)["diagnostics"]
    ]


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(PAGES)))
def test_a_file_is_at_most_450_lines_of_at_most_120_characters(file):
    lines = read(file).splitlines()

    assert len(lines) <= 450
    assert [number for number, line in enumerate(lines, 1) if len(line) > 120] == []


def test_what_every_component_has_is_written_once():
    shared = re.findall(r"^(?:function|const) (\w+)", read(HOME / "browser" / "dom.js"), flags=re.MULTILINE)
    declared = [
        (name, str(file.relative_to(PAGES)))
        for file in SCRIPTS
        for name in re.findall(r"^(?:function|const|class) (\w+)", read(file), flags=re.MULTILINE)
        if name in shared
    ]

    assert "element" in shared
    assert [place for _, place in declared] == ["components/browser/dom.js"] * len(shared)


def test_nodes_are_made_by_element_and_svg_alone():
    makers = [file.name for file in SCRIPTS if "document.createElement" in read(file)]

    assert makers == ["dom.js"]


def test_colours_stand_in_one_place():
    found = {
        str(file.relative_to(PAGES))
        for file in FILES
        if re.search(r"#[0-9a-fA-F]{6}\b|#[0-9a-fA-F]{8}\b", read(file)) and file.name != "tokens.css"
    }

    assert found == set()


def test_every_colour_that_is_asked_for_is_there_and_every_one_there_is_asked_for():
    text = "\n".join(read(file) for file in FILES if file.name != "tokens.css")
    in_scripts = set(re.findall(r"TOKENS\.(\w+)", text)) | set(re.findall(r'TOKENS\["([\w-]+)"\]', text))
    in_python = set(re.findall(r'tokens\(\)\["([\w-]+)"\]', text))
    in_styles = set(re.findall(r"var\(--([\w-]+)\)", text)) & set(tokens())
    hues = {name.partition("-")[0] for name in tokens()}
    misspelt = {name for name in re.findall(r"var\(--([\w-]+)\)", text) if name.partition("-")[0] in hues} - set(
        tokens()
    )

    assert in_scripts | in_python | in_styles == set(tokens())
    assert misspelt == set()


def test_figures_of_the_server_have_the_colours_of_the_browser():
    from core.figures import data, runs

    assert runs.VALIDATION.lower() == tokens()["orange"]
    assert data.TARGET.lower() == tokens()["orange"]


def test_every_script_and_style_sheet_is_part_of_a_component(joined):
    in_a_component = "\n".join(joined.values())
    named = {name for file in FILES if file.suffix == ".py" for name in re.findall(r'"([\w/.]+)"', read(file))}
    styled = [file for file in FILES if file.suffix == ".css" and not file.with_suffix(".js").exists()]

    assert [file.name for file in SCRIPTS if read(file) not in in_a_component] == []
    assert [f.name for f in styled if not named & {f.name, str(f.relative_to(HOME).with_suffix(""))}] == []


def test_all_names_of_a_joined_script_are_declared_once(joined, tmp_path):
    for name, script in joined.items():
        (tmp_path / f"{name}.js").write_text(script, encoding="utf-8")

    assert lint(tmp_path, "correctness/noUndeclaredVariables", "suspicious/noRedeclare") == []


def test_what_no_component_uses_is_deleted(joined, tmp_path):
    for name, script in joined.items():
        (tmp_path / f"{name}.js").write_text(script, encoding="utf-8")
    unused = {}
    for _, path, what in lint(tmp_path, "correctness/noUnusedVariables"):
        unused.setdefault(what, set()).add(path.removesuffix(".js"))
    declares = {what: re.search(r"(\w+) is unused", what)[1] for what in unused}
    users = {
        what: [
            name
            for name, script in joined.items()
            if re.search(rf"\b(const|let|function|class) {declares[what]}\b", script)
        ]
        for what in unused
    }

    assert [what for what, names in unused.items() if names >= set(users[what])] == []


def test_large_type_enlarges_all_type():
    sizes = [
        (file.name, px)
        for file in FILES
        if file.suffix == ".css"
        for px in re.findall(r"font(?:-size)?: [^;]*?([\d.]+px)", read(file))
    ]

    enlarged = {("curves.css", "11px"), ("time_machine.css", "11px")}
    assert set(sizes) == enlarged, "only what is enlarged as a whole with the picture it stands in"
    for name in ("curves", "curve_rates"):
        assert re.search(r"style\.height = `\$\{\w+ \* rem\(\)\}px`", read(HOME / "runs" / f"{name}.js")), name
