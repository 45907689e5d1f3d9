"""A run in the user's hands: paused, stepped, retuned, stopped, resumed, healed and queued, in headless Chromium."""

import re
import time

import psutil
import pytest
from browser import PATIENCE, Server, no_accident, press, settled
from playwright.sync_api import expect

from core.experiment.presets import load_preset
from core.optimization.optimizers import AdamW
from core.runs import states
from tests.saved import here

pytestmark = pytest.mark.browser
expect.set_options(timeout=PATIENCE)


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    server = Server(tmp_path_factory.mktemp("live") / "workspace")
    server.start()
    yield server
    server.stop()


@pytest.fixture
def opened(browser, server, monkeypatch):
    """Opens the Live run page with an experiment, as often as wanted."""
    monkeypatch.setenv("KERNELSCOPE_HOME", str(server.home))
    pages = []

    def open_page(experiment):
        page = browser.new_page(viewport={"width": 1440, "height": 1000})
        page.set_default_timeout(PATIENCE)
        page.goto(f"{server.url}/live-run?e={experiment.to_link()}")
        page.get_by_role("heading", name="Live run").wait_for()
        settled(page)
        pages.append(page)
        return page

    yield open_page
    for page in pages:
        no_accident(page)
        page.close()


TRAIN = re.compile("^(Train this (now|again)|Train the experiment above)$")
"""The page's primary button, whichever run it shows."""


def train(page):
    """Presses the page's primary button; returns the run."""
    before = run_id(page)
    page.get_by_test_id("stMainBlockContainer").get_by_role("button", name=TRAIN).click()
    return next_run(page, before)


def run_id(page):
    """Of the run in the address; None without one."""
    found = re.search("run=([0-9a-f]{32})", page.evaluate("location.href"))
    return found and found.group(1)


def next_run(page, before):
    """The run that takes the place of another one in the address."""
    assert wait_for(lambda: run_id(page) not in (None, before))
    return here().find(run_id(page))


def long_run():
    """The ready experiment, for longer than anybody looks."""
    ready = load_preset("digits-cnn")
    return ready.edited(training=ready.training.edited(epochs=900, batch_size=8))


def test_a_run_is_paused_stepped_retuned_killed_and_resumed(opened):
    page = opened(long_run())
    run = train(page)
    expect(page.get_by_text(re.compile(r"^Epoch \d+ of 900"))).to_be_visible()
    system = re.compile(r"images/s · learning rate 0.005 · CPU .* cores · memory .* GB")
    expect(page.get_by_text(system)).to_be_visible()
    places = {place_of_pause(page)}

    press(page, "Pause")
    expect(
        page.get_by_text(re.compile(r"^Paused (in epoch \d+ of 900, after batch \d+ of 180|after epoch)"))
    ).to_be_visible()
    places.add(place_of_pause(page))
    before = run.metrics().step[-1]
    press(page, "Batch")
    expect(page.get_by_text(re.compile("^Paused"))).to_be_visible()
    assert wait_for(lambda: run.metrics().step[-1] == before + 1)
    places.add(place_of_pause(page))

    slider = page.get_by_role("slider").first
    slider.focus()
    page.keyboard.press("ArrowLeft")
    expect(page.get_by_text("learning rate 0.003")).to_be_visible()
    press(page, "Epoch")
    expect(page.get_by_text(re.compile("^Paused after epoch"))).to_be_visible()
    expect(page.get_by_text("rate 0.003", exact=True).first).to_be_attached()
    shows_what_it_knows(page, run)
    places.add(place_of_pause(page))
    press(page, "Go on")
    expect(page.get_by_text(re.compile(r"^Epoch \d+ of 900"))).to_be_visible()
    assert places | {place_of_pause(page)} == places and len(places) == 1

    done = run.status().epoch
    psutil.Process(run.intent().pid).kill()
    expect(page.get_by_text("Interrupted: its worker is gone.")).to_be_visible()
    press(page, "Resume")
    expect(page.get_by_text(re.compile(r"^Epoch \d+ of 900"))).to_be_visible()
    assert wait_for(lambda: run.status().epoch > done + 1)
    press(page, "Stop")
    expect(page.get_by_text("Stopped by you")).to_be_visible()

    epochs = [record["epoch"] for record in run.metrics().epochs]
    assert epochs == list(range(1, run.status().epoch + 1))
    assert all(record["learning_rate"] == pytest.approx(0.003) for record in run.metrics().epochs[done:])


def place_of_pause(page):
    """Left, top (from the page's heading) and width in px of the button that pauses and lets go on."""
    box = page.locator("[class*=st-key-pause-] button, [class*=st-key-go-on-] button").bounding_box()
    heading = page.get_by_role("heading", name="Live run").bounding_box()
    return round(box["x"]), round(box["y"] - heading["y"]), round(box["width"])


def shows_what_it_knows(page, run):
    """All ten classes among the tiles, the matrix of the latest epoch, the kernels and how they changed; the rate."""
    expect(page.locator(".tiles figure")).to_have_count(20)
    assert {text.split()[-1] for text in page.locator(".tiles img").evaluate_all("all => all.map(one => one.alt)")} == {
        str(digit) for digit in range(10)
    }
    matrix = run.metrics().epochs[-1]["confusion"]
    cells = page.locator(".classes .cell")
    expect(cells).to_have_text([str(count) if count else "" for count in matrix])
    cells.nth(0).hover()
    expect(page.locator(".said")).to_contain_text(f"0: right for {matrix[0]} of {sum(matrix[:10])}")
    expect(page.locator(".change canvas")).not_to_have_count(0)
    assert page.locator(".kernels:not(.change) canvas").count() == page.locator(".change canvas").count() > 0
    page.get_by_role("button", name=re.compile("^Learning rate")).click()
    expect(page.get_by_role("img", name="Learning rate, now 0.003")).to_be_visible()


def test_a_run_that_diverges_says_where_and_a_copy_with_a_tenth_of_the_rate_is_one_press_away(opened):
    ready = load_preset("digits-cnn")
    wild = ready.edited(training=ready.training.edited(optimizer=AdamW(learning_rate=10.0, weight_decay=1.0), epochs=3))
    page = opened(wild)
    run = train(page)
    told = re.compile(r"Diverged: the loss became (NaN|infinite) at epoch \d, batch \d+")
    expect(page.get_by_text(told)).to_be_visible()
    assert run.status().state == states.DIVERGED

    press(page, "Train a copy with a tenth of the learning rate")
    copy = next_run(page, run.id)
    assert copy.experiment.training.optimizer.learning_rate == 1.0
    assert run.metrics().loss[-1] is None
    assert wait_for(lambda: not copy.status().is_live)  # leave the one slot to the next test


def test_more_runs_than_cores_wait_in_a_queue_that_tells_the_place(opened):
    first = opened(long_run())
    running = train(first)
    expect(first.get_by_text(re.compile(r"^Epoch \d+ of 900"))).to_be_visible()
    second = opened(long_run().edited(seed=5))
    waiting = train(second)
    expect(second.get_by_text("Waiting for a free core: place 1 in the queue.")).to_be_visible()

    press(first, "Stop")
    expect(second.get_by_text(re.compile(r"^Epoch \d+ of 900"))).to_be_visible()
    press(second, "Stop")
    expect(second.get_by_text("Stopped by you")).to_be_visible()
    assert [run.status().state for run in (running, waiting)] == [states.STOPPED, states.STOPPED]


def wait_for(holds, seconds=60):
    """Whether it comes to hold in time."""
    deadline = time.monotonic() + seconds
    while not holds() and time.monotonic() < deadline:
        time.sleep(0.05)
    return holds()
