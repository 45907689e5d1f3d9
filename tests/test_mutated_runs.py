"""Five hundred damaged run directories: every reader answers, every page opens, and each costs its own row alone."""

import json
import re
import shutil
from pathlib import Path
from types import SimpleNamespace

import pytest
from streamlit.testing.v1 import AppTest

from core import __main__ as command_line
from core.errors import UserError
from core.export import records
from core.runs import doctor, layout, live, overview, pace, states
from core.runs.collection import Runs
from core.runs.curves import learning_curve
from core.training.launcher import Launcher
from core.uploads import deletion
from core.workspace import Workspace
from pages.components.runs import live_tiles, run_view, trained_run
from tests.mutated_runs import mutated

ROOT = Path(__file__).parent.parent
GOLDEN = sorted((ROOT / "tests" / "golden" / "version_1" / "runs").iterdir())
MANY = 500
WHOLE = re.compile("([0-9a-f]{32})(-[0-9a-f]{4})?")
"""What a run is called that was set aside; parts of runs have the names of files behind that."""
PAGES = ["0_Start/1_Home.py", "3_Train/1_Live_run.py", "3_Train/2_Runs.py", "4_Understand/1_Predict.py",
         "4_Understand/2_Look_inside.py"]  # fmt: skip


@pytest.fixture(scope="module")
def damaged(tmp_path_factory):
    """A workspace with 500 of them, two good ones among them, and what was done to each."""
    home = tmp_path_factory.mktemp("mutated")
    (home / layout.RUNS).mkdir()
    told = {}
    for seed in range(MANY):
        run_id = f"{seed:032x}"
        told[run_id] = mutated(GOLDEN[seed % len(GOLDEN)], home / layout.RUNS / run_id, seed)
    for place in (0, 1):
        shutil.copytree(GOLDEN[place], home / layout.RUNS / f"{place:f>32}")
    workspace = Workspace(home)
    return SimpleNamespace(workspace=workspace, runs=Runs(workspace), told=told, found=doctor.examine(workspace))


class Lens:
    """A lens whose process ended."""

    def is_warm(self):
        return True

    def ask(self, *question, **fields):
        raise UserError("It ended.", "Try again.", "CRASHED")


@pytest.fixture(autouse=True)
def here(damaged, monkeypatch):
    """The workspace of the test is that of the damaged runs."""
    monkeypatch.setenv("KERNELSCOPE_HOME", str(damaged.workspace.home))
    monkeypatch.setattr("pages.components.runs.launching.launcher", lambda: None)
    monkeypatch.setattr("pages.components.frame.lens.client", Lens)


def every(damaged, read):
    """Reads every run; what is raised, refusals apart, by the run's id and what was done to it."""
    wrong = {}
    for run in damaged.runs.newest():
        try:
            read(run)
        except UserError as error:
            assert error.what and error.code
        except Exception as error:
            wrong[run.id] = (damaged.told.get(run.id), repr(error)[:200])
    return wrong


READERS = {
    "status": lambda run: run.status(),
    "told": lambda run: run.told_status(),
    "intent": lambda run: run.intent(),
    "notes": lambda run: run.notes(),
    "title": lambda run: run.title.encode(),
    "experiment": lambda run: run.experiment,
    "created": lambda run: run.created,
    "metrics": lambda run: [learning_curve(run.metrics(), name) for name in ("loss", "accuracy")],
    "events": lambda run: run.events(17),
    "checkpoints": lambda run: [run.checkpoint(number) for number in run.checkpoints()],
    "weights": lambda run: run.weights(),
    "chosen epoch": lambda run: run.chosen_epoch,
    "process": lambda run: run.process(),
    "held": lambda run: (run.is_held(), run.is_leased(), run.is_taken(), run.can_resume()),
    "archive": records.epochs_to_take,
    "live page": lambda run: live_page(run),
    "tiles": lambda run: tiles(run),
    "menu": trained_run.title,
    "row": lambda run: row_of(run),
    "view": lambda run: json.loads(live.of(run).charts),
}


@pytest.mark.parametrize("read", READERS.values(), ids=READERS)
def test_every_reader_answers_for_every_damaged_run(damaged, read):
    assert every(damaged, read) == {}


def live_page(run):
    """What the live page works out of a run."""
    status, view = run.status(), live.of(run)
    words = [run_view._state_words(run, status), run_view._numbers(status), run_view._system_words(status)]
    assert "\n".join(words).encode()
    assert 0 <= run_view._share(status, view) <= 1
    assert run_view._axis(status) > 0
    run_view._tick(run, status)


def tiles(run):
    view = live.of(run)
    if view.epoch:
        live_tiles._tiles(run, view.tiles, view.epoch)
        live_tiles._kernels(run, view.epoch["epoch"])


def row_of(run):
    """The row of a run, which says what is wrong where nothing else can be said."""
    row = overview.of(run.workspace).row(run)
    assert row.title.encode()
    return row


def test_what_is_read_can_be_shown_and_kept(damaged):
    """Texts that any page and file can hold, numbers that are numbers."""
    for run in damaged.runs.newest():
        status, notes, intent = run.status(), run.notes(), run.intent()
        for text in (status.reason, status.error, notes.name, notes.note, notes.family, intent.verdict, run.title):
            assert len(text.encode()) < 10_000
        assert status.state in states.STATES
        assert all(isinstance(value, int | float) and abs(value) < 1e39 for value in notes.varied.values())
        for record in run.metrics().epochs:
            assert record["accuracy"] is None or 0 <= record["accuracy"] <= 1.01


def test_good_runs_among_them_are_as_they_were(damaged):
    good = [run for run in damaged.runs.newest() if run.id not in damaged.told]

    assert len(good) == 2
    assert {run.status().state for run in good} <= {
        states.FINISHED,
        states.STOPPED,
        states.INTERRUPTED,
        states.DIVERGED,
    }
    assert not {finding.run_id for finding in damaged.found} & {run.id for run in good}


def test_the_changes_are_many_and_the_doctor_names_them(damaged):
    found = {finding.run_id for finding in damaged.found}

    assert len(damaged.runs.newest()) > MANY * 0.85
    assert len(found) > MANY * 0.6
    assert all(finding.what.isprintable() for finding in damaged.found)


@pytest.mark.parametrize("page", PAGES)
def test_every_page_opens_beside_the_damaged_runs(page):
    overview._overviews.clear()
    at = AppTest.from_file(str(ROOT / "streamlit_app.py"), default_timeout=100).run()
    at = at.switch_page(f"pages/{page}").run()

    assert not at.exception


def test_each_damaged_run_opens_on_the_live_page(damaged):
    for run in damaged.runs.newest()[::12]:
        at = AppTest.from_file(str(ROOT / "streamlit_app.py"), default_timeout=60)
        at.query_params["run"] = run.id
        at.switch_page("pages/3_Train/1_Live_run.py").run()

        assert not at.exception, (run.id, damaged.told.get(run.id))
        assert at.query_params["run"] in (run.id, [run.id])


def test_the_command_line_lists_them_in_words_and_as_json(damaged, capsys):
    for as_json in (False, True):
        assert command_line._runs(SimpleNamespace(json=as_json)) == 0
        assert capsys.readouterr().out.encode()


def test_what_looks_at_all_runs_survives_them(damaged):
    pace.measured(damaged.runs)
    assert deletion.runs_that_use("0" * 32, damaged.runs) == []
    assert len(overview.Overview(damaged.workspace).read().rows) == len(damaged.runs.newest())


class Nowhere:
    """A backend that has no room."""

    sent = ()

    def capacity(self):
        return 1

    def has_room(self, run, others):
        return False

    def is_alive(self, run):
        return not run.intent().host and run.is_taken()

    def start(self, run):
        raise RuntimeError("nobody foresaw this")

    def reap(self, run):
        return "gone"

    def stop(self, run):
        raise RuntimeError("nobody foresaw this")

    def close(self):
        pass


def test_the_launcher_goes_on_beside_damaged_runs_that_wait(damaged, monkeypatch, tmp_path):
    """In a copy, as waiting runs leave their tickets."""
    home = tmp_path / "copy"
    shutil.copytree(damaged.workspace.home / layout.RUNS, home / layout.RUNS, symlinks=True,
                    ignore=lambda folder, names: [n for n in names if Path(folder, n).is_fifo()])  # fmt: skip
    runs = Runs(Workspace(home))
    for run in runs.newest()[:60]:
        try:
            run.enqueue()
        except UserError as error:
            assert error.code
    monkeypatch.setattr(Launcher, "_go_on", lambda self: None)
    launcher = Launcher(Workspace(home), Nowhere())
    for _ in range(80):
        with launcher._surviving("a look at the queue"):
            launcher.tick()
    launcher.close()

    assert runs.queue() == []  # each had its turn, and none kept the others waiting


def test_the_doctor_mends_or_sets_aside_all_of_them(damaged, monkeypatch, tmp_path):
    home = tmp_path / "copy"
    shutil.copytree(damaged.workspace.home / layout.RUNS, home / layout.RUNS, symlinks=True,
                    ignore=lambda folder, names: [n for n in names if Path(folder, n).is_fifo()])  # fmt: skip
    monkeypatch.setattr(doctor, "YOUNG_SECONDS", -1.0)
    copy = Workspace(home)
    left = doctor.repair(copy, doctor.examine(copy))

    assert [finding for finding in left if finding.repairable] == []
    kept = {path.name for path in (home / layout.RUNS).iterdir()}
    whole = {found[1] for path in (home / doctor.SET_ASIDE).iterdir() if (found := WHOLE.fullmatch(path.name))}
    assert kept | whole >= {*damaged.told}
