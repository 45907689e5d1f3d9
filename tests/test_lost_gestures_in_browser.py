"""Keys and clicks that come while pages redraw, on a machine and in a browser that are slow: all count, in order."""

import re
import subprocess
import sys
import time

import pytest
from browser import PATIENCE, Server, no_accident, settled
from playwright.sync_api import expect

from core.errors import UserError
from core.experiment import Experiment
from core.experiment.reading import read_link
from core.layers.dense import Dense
from core.layers.reshaping import Flatten
from core.runs import states
from core.runs.recorder import Recorder
from tests.saved import here

pytestmark = pytest.mark.browser
expect.set_options(timeout=PATIENCE)

SLOWER = 2
"""The browser computes at this part of its speed."""
ROWS = 9
SCORES = {"loss": 1.0, "accuracy": 0.5, "val_loss": 1.0, "val_accuracy": 0.5}


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    server = Server(tmp_path_factory.mktemp("gestures") / "workspace", stands_by=False)
    server.start()
    yield server
    server.stop()


@pytest.fixture
def busy():
    """Two processes that want a core each, all the time."""
    loops = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(2)]
    yield
    for loop in loops:
        loop.kill()
        loop.wait()


@pytest.fixture
def opened(browser, server, busy, monkeypatch):
    """Opens a page with an experiment, in a browser that is slow."""
    monkeypatch.setenv("KERNELSCOPE_HOME", str(server.home))
    for old in here().newest():
        old.request_stop()
        wait_until(lambda run=old: not run.status().is_live)
        here().delete(old)
    pages = []

    def open_page(address, experiment, run=None):
        page = browser.new_page(viewport={"width": 1440, "height": 1000})
        page.set_default_timeout(PATIENCE)
        page.goto(f"{server.url}/{address}?e={experiment.to_link()}" + (f"&run={run.id}" if run else ""))
        settled(page)
        page.context.new_cdp_session(page).send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
        pages.append(page)
        return page

    yield open_page
    for page in pages:
        no_accident(page)
        page.close()


def wait_until(holds, seconds=PATIENCE / 1000):
    """Waits for something that no locator can say."""
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, "waited too long"
        time.sleep(0.02)


def stack():
    """A network whose layers are told apart by a number: 100 for the first Dense, then 101 and so on."""
    return Experiment(layers=(Flatten(), *(Dense(units=100 + place) for place in range(ROWS - 1))))


def units(experiment):
    """Those numbers; 0 for what is no Dense."""
    return [getattr(layer, "units", 0) for layer in experiment.layers]


def in_address(page):
    """The experiment that the address holds, which is the server's."""
    return read_link(re.search("[?&]e=([^&]*)", page.evaluate("location.href")).group(1))


class Live:
    """A run under way, as its worker would write it: with every step live parts of pages have something to redraw."""

    def __init__(self, record):
        self.record, self.epoch = record, 0

    def step(self):
        self.epoch += 1
        self.record.append("epoch", epoch=self.epoch, step=3 * self.epoch, seconds=0.5, learning_rate=0.001, **SCORES)
        self.record.status(state=states.RUNNING, epoch=self.epoch, epochs=900, parameters=410)


@pytest.fixture
def live(opened):
    """Such a run, of which the pages of a tab tell that has it in its address."""
    run = here().create(stack().edited(name="Long"))
    with Recorder(run) as record:
        record.append("started", steps_per_epoch=3, train_images=90, validation_images=30, tiles=[])
        live = Live(record)
        live.run = run
        live.step()
        yield live
        record.status(state=states.STOPPED, epoch=live.epoch, epochs=900, parameters=410)


def rows(page):
    return page.locator(".layer")


def shows(page, numbers):
    """Waits until the server has answered and the list and the address hold these layers."""
    expect(page.locator(".list.pending")).to_have_count(0)
    words = [re.compile(f"{number} units" if number else "Flatten") for number in numbers]
    expect(page.locator(".layer .what")).to_have_text(words)
    wait_until(lambda: units(in_address(page)) == numbers)


def test_ten_keys_on_rows_count_while_a_run_redraws_the_page(opened, live):
    page = opened("network", stack(), live.run)
    shows(page, [0, *range(100, 108)])
    rows(page).nth(4).focus()
    for key in (
        "Alt+ArrowUp",  # 0 100 101 [103] 102 104 105 106 107
        "Delete",  # 0 100 101 [102] 104 105 106 107
        "Control+d",  # 0 100 101 102 [102] 104 105 106 107
        "Alt+ArrowDown",  # 0 100 101 102 104 [102] 105 106 107
        "Alt+ArrowDown",  # 0 100 101 102 104 105 [102] 106 107
        "Delete",  # 0 100 101 102 104 105 [106] 107
        "Alt+ArrowUp",  # 0 100 101 102 104 [106] 105 107
        "Control+d",  # 0 100 101 102 104 106 [106] 105 107
        "Alt+ArrowUp",  # 0 100 101 102 104 [106] 106 105 107
        "Delete",  # 0 100 101 102 104 [106] 105 107
    ):
        live.step()
        page.keyboard.press(key)
    shows(page, [0, 100, 101, 102, 104, 106, 105, 107])
    assert rows(page).evaluate_all("rows => rows.findIndex(row => row.matches(':focus'))") == 5


def test_ten_clicks_on_rows_count_while_a_run_redraws_the_page(opened, live):
    page = opened("network", stack(), live.run)
    shows(page, [0, *range(100, 108)])
    for tool, place in (
        ("bin", 8),  # 0 100 101 102 103 104 105 106
        ("copy", 1),  # 0 100 100 101 102 103 104 105 106
        ("copy", 2),  # 0 100 100 100 101 102 103 104 105 106
        ("bin", 4),  # 0 100 100 100 102 103 104 105 106
        ("bin", 4),  # 0 100 100 100 103 104 105 106
        ("copy", 7),  # 0 100 100 100 103 104 105 106 106
        ("bin", 1),  # 0 100 100 103 104 105 106 106
        ("bin", 3),  # 0 100 100 104 105 106 106
        ("copy", 4),  # 0 100 100 104 105 105 106 106
    ):
        live.step()
        if tool == "copy":
            rows(page).nth(place).locator(".more").click()
            rows(page).nth(place).get_by_role("button", name="Duplicate").click()
        else:
            rows(page).nth(place).locator(f".{tool}").click()
    rows(page).nth(2).locator(".what").click()
    shows(page, [0, 100, 100, 104, 105, 105, 106, 106])
    expect(page.get_by_role("heading", name="Dense #3")).to_be_visible()


def finished(name):
    """A run as a worker would have written it."""
    run = here().create(stack().edited(name=name))
    with Recorder(run) as record:
        record.append("started", steps_per_epoch=3, train_images=90, validation_images=30, tiles=[])
        record.append("epoch", epoch=1, step=3, seconds=0.5, learning_rate=0.001, **SCORES)
        record.status(state=states.FINISHED, epoch=1, epochs=1, parameters=410)
    return run


def titles():
    """Of all runs; None while one is on its way out."""
    try:
        return {run.title for run in here().newest()}
    except UserError:
        return None


def test_ten_clicks_in_the_table_of_runs_count_while_it_redraws(opened, live):
    made = [finished(f"Run {letter}") for letter in "ABCDEFGH"]
    page = opened("runs", stack(), live.run)
    expect(page.locator("tr.run")).to_have_count(len(made) + 1)
    for letter in "ACCEGBABH":
        live.step()
        page.get_by_role("checkbox", name=f"Choose Run {letter}", exact=True).click()
    page.get_by_role("toolbar").get_by_role("button", name="Delete").click()
    left = {"Long", *(f"Run {letter}" for letter in "ABCDF")}
    wait_until(lambda: titles() == left)
    expect(page.locator("tr.run")).to_have_count(len(left))


def test_ten_keys_in_the_table_of_runs_count_while_it_redraws(opened, live):
    for letter in "HGFEDCBA":
        finished(f"Run {letter}")
    page = opened("runs", stack(), live.run)
    page.get_by_role("checkbox", name="Choose Run A", exact=True).focus()
    for key in (
        "Space",
        "ArrowDown",
        "ArrowDown",
        "Space",
        "ArrowUp",
        "Space",
        "Space",
        "ArrowDown",
        "ArrowDown",
        "Space",
    ):
        live.step()
        page.keyboard.press(key)
    page.get_by_role("toolbar").get_by_role("button", name="Delete").click()
    left = {"Long", *(f"Run {letter}" for letter in "BEFGH")}
    wait_until(lambda: titles() == left)


def test_train_pressed_while_the_page_redraws_at_the_end_of_another_run_starts_one(opened):
    experiment = stack().edited(name="Mine")
    for count in range(3):
        earlier = here().create(experiment.edited(name=f"Other {count}"))
        with Recorder(earlier) as record:
            live = Live(record)
            live.step()
            page = opened("live-run", experiment, earlier)
            expect(page.get_by_text(re.compile(r"^Epoch 2 of 900"))).to_be_visible()
            record.status(state=states.FINISHED, epoch=1, epochs=1, parameters=410)
        # The run has ended, and the page, which does not know yet, redraws itself within its next tick.
        page.get_by_role("button", name=re.compile("Train this")).click()
        wait_until(
            lambda count=count: len([run for run in here().newest() if run.title == experiment.name]) == count + 1
        )
        started = next(run for run in here().newest() if run.title == experiment.name)
        wait_until(lambda page=page, started=started: started.id in page.evaluate("location.href"))
        started.request_stop()
