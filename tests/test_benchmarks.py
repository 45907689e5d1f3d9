"""The benchmarks run and say what they measured; how fast anything is, no test asserts."""

import json

import pytest
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.testing.v1 import AppTest

from benchmarks import Row, Setting, __main__, in_turns, malformed, times_faster
from benchmarks.sessions import Outcome, Visitor


@pytest.mark.filterwarnings("ignore:Please import")  # ImageDataGenerator still uses an old name of SciPy's
def test_the_command_prints_legal_json(capsys, monkeypatch):
    monkeypatch.delenv("KERNELSCOPE_TEST_DATA", raising=False)
    assert __main__.main(["augmentation", "--tiny", "--repeats", "2", "--json"]) == 0

    document = json.loads(capsys.readouterr().out)
    (one,) = document["benchmarks"]
    assert one["name"] == "augmentation"
    assert [len(row["ratios"]) for row in one["rows"]] == [2, 2, 2]
    assert all(row["median"] > 0 and "drawn shapes" in row["what"] for row in one["rows"])


def test_the_command_prints_a_table(capsys, monkeypatch):
    row = Row("a thing", (3.0, 1.0, 2.0), at_least=1.5, note="2 s beside 4 s")
    module = type("Benchmark", (), {"measure": staticmethod(lambda setting: [row])})
    monkeypatch.setattr(__main__, "_found", lambda: {"thing": module})

    assert __main__.main([]) == 0
    (line,) = (line for line in capsys.readouterr().out.splitlines() if "a thing" in line)
    assert line.split()[2:6] == ["2.00", "1.00..3.00", ">=", "1.5"]
    assert "yes" in line


def test_an_unknown_name_is_refused_with_the_known_ones(capsys):
    with pytest.raises(SystemExit):
        __main__.main(["speed"])
    assert "augmentation" in capsys.readouterr().err


@pytest.mark.parametrize(("row", "is_met"), [
    (Row("a", (2.0, 4.0, 3.0), at_least=3.0), True),
    (Row("a", (2.0, 4.0, 3.0), at_least=3.1), False),
    (Row("a", (1.0, 1.2), at_most=1.15), True),
    (Row("a", (1.0,)), None),
    (Row("a", note="needs something"), None),
])  # fmt: skip
def test_a_row_is_judged_by_its_median(row, is_met):
    assert row.is_met is is_met


def test_measurements_take_turns():
    order = []
    costs = in_turns(2, ours=lambda: order.append("ours") or 2.0, theirs=lambda: order.append("theirs") or 6.0)

    assert order == ["ours", "theirs", "ours", "theirs"]
    assert times_faster(costs, "ours", "theirs") == (3.0, 3.0)


def test_malformed_files_of_every_kind_end_in_a_sentence():
    rows = [row for row in malformed.measure(Setting(tiny=True)) if "fault" in row.what]

    assert len(rows) == len(malformed.COUNTS) >= 5
    assert [row.note for row in rows if not row.is_met] == []


def blocks_of(script):
    """The blocks of what a script draws, as they come to a browser."""
    found = []

    def walk(node):
        if type(getattr(node, "proto", None)).__name__ == "Block":
            message = ForwardMsg()
            message.delta.add_block.CopyFrom(node.proto)
            found.append(message)
        for child in getattr(node, "children", {}).values():
            walk(child)

    walk(AppTest.from_function(script, default_timeout=60).run().main)
    return found


def test_a_visitor_counts_a_page_that_failed_and_none_that_only_warns():
    def failed():
        from pages.components.frame import accidents

        accidents.tell(ZeroDivisionError("a run tells nonsense"))

    def warned():
        import streamlit as st

        with st.container(key="told"):
            st.error("This run is not here any more.")

    for script, errors in ((failed, 1), (warned, 0)):
        visitor = Visitor("", ("runs",), 0, Outcome())
        messages = blocks_of(script)
        for message in messages:
            visitor._take(None, message, 100)

        assert messages
        assert len(visitor.outcome.errors) == errors
        assert all(error.startswith("runs failed") for error in visitor.outcome.errors)
