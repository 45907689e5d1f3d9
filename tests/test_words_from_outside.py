"""Words from outside stay words: nothing of what Streamlit reads as Markdown comes from outside unescaped."""

import ast
from pathlib import Path

import numpy as np
import pytest

from core.figures import runs as figures_runs
from core.figures.training import class_weight_bars
from tests.markdown_sources import ROOT, Reader, Source, markdown_parameters, sources, texts

LOOSE = {
    "a name": "def f(run):\n    st.error(run.title)",
    "an error": "def f(error):\n    st.error(str(error))",
    "a name among our words": "def f(run):\n    st.caption(f'**{run.title}** is here')",
    "a name by way of a variable": "def f(run):\n    words = run.title\n    st.markdown(words)",
    "a name by way of a function": "def words(run):\n    return run.title\ndef f(run):\n    place.info(words(run))",
    "a name by way of a parameter": "def show(text):\n    st.toast(text)\ndef f(run):\n    show(run.title)",
    "a name by way of a table": "def f(run):\n    st.table([{'name': run.title}])",
    "a name as a column": "def f(run):\n    st.table({run.title: [1]})",
    "a name in a help": "def f(run):\n    st.button('Open', help=run.note)",
    "a name in a tab": "def f(names):\n    st.tabs([name for name in names])",
    "a name on a button of many": "def f(names):\n    st.segmented_control('Class', names)",
    "a name by its shown form": "def f(names):\n    st.pills('Class', [1], format_func=lambda at: names[at])",
    "a template from outside": "def f(run):\n    st.error(say(run.title))",
    "a name as a number": "def f(run):\n    st.metric('Runs', run.title)",
    "one of two ways": "def f(run):\n    st.error('No run.' if run is None else run.title)",
    "a name as HTML": "def f(run):\n    st.html(f'<b>{run.title}</b>')",
    "a name handed over by name": "def f(run):\n    look = {'label': run.title}\n    st.toggle(**look)",
}
OURS = {
    "written out": "st.error('Nothing is here.')",
    "escaped": "def f(run):\n    st.error(plain(run.title))",
    "in a template": "def f(run):\n    st.error(say('**{}** is here', run.title))",
    "a number": "def f(run):\n    st.caption(f'{len(run)} runs, {run.accuracy:.3f}')",
    "a name in a menu, which reads no Markdown": "def f(names):\n    st.selectbox('Class', names)",
}


def _source(text: str) -> Source:
    tree = ast.parse(text)
    parents = {child: node for node in ast.walk(tree) for child in ast.iter_child_nodes(node)}
    return Source(Path(ROOT / "pages" / "made.py"), tree, parents)


def _loose(source: Source) -> list[str]:
    reader = Reader()
    return [
        f"{source.where(node)} {what}: {ast.unparse(node)[:90]}"
        for what, node in texts(source)
        if not reader.is_ours(node, source)
    ]


def test_every_text_that_streamlit_reads_as_markdown_is_ours_or_escaped() -> None:
    loose = [line for source in sources() for line in _loose(source)]
    assert not loose, "not written out, not through plain(...) or say(...):\n" + "\n".join(loose)


def test_what_reads_markdown_is_known_from_streamlit_itself() -> None:
    known = markdown_parameters()
    assert {"error", "markdown", "toast", "caption", "expander", "tabs", "table", "metric", "progress"} <= set(known)
    assert {"label", "help"} <= set(known["button"]) and "caption" in known["image"]


@pytest.mark.parametrize("text", LOOSE.values(), ids=LOOSE.keys())
def test_the_reader_of_the_sources_finds(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    source = _source(text)
    monkeypatch.setattr("tests.markdown_sources._calls", lambda name: _calls(source, name))
    assert _loose(source)


@pytest.mark.parametrize("text", OURS.values(), ids=OURS.keys())
def test_the_reader_of_the_sources_lets_pass(text: str) -> None:
    assert not _loose(_source(text))


def _calls(source: Source, name: str) -> tuple[tuple[Source, ast.Call], ...]:
    """The calls of a made source alone."""
    return tuple(
        (source, node)
        for node in ast.walk(source.tree)
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == name
    )


LINK = '<a href="//outside.invalid">x</a>&lt;'


def test_no_chart_gives_a_name_the_meaning_that_plotly_would_read_in_it() -> None:
    names = [LINK, "x" * 12 + LINK]
    figures = [
        figures_runs.accuracy_against(np.array([1.0, 2.0]), np.array([0.5, 0.6]), names, np.ones(2, bool), "x, s"),
        figures_runs.accuracy_by_value([1.0, 2.0], [0.5, 0.6], LINK, log=False),
        figures_runs.accuracy_map([1.0], [2.0], {(1.0, 2.0): 0.5}, (LINK, LINK)),
        class_weight_bars(names, np.array([3, 4]), np.array([1.0, 1.0], np.float32)),
    ]
    for figure in figures:
        text = str(figure.to_dict())
        assert "<a" not in text
        assert "&lt;a" in text or "‹a" in text
