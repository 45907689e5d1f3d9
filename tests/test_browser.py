"""The whole path as a newcomer walks it, in headless Chromium: open, train, refresh, look inside, predict."""

import re

import psutil
import pytest
from browser import PATIENCE, Server, chromium, go, no_accident, settled
from playwright.sync_api import expect, sync_playwright

from core import runs
from core.runs import Run

pytestmark = pytest.mark.browser
expect.set_options(timeout=PATIENCE)


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    server = Server(tmp_path_factory.mktemp("browser") / "workspace")
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="module")
def browser():
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=["--no-sandbox", "--disable-dev-shm-usage"])
        yield browser
        browser.close()


@pytest.fixture
def tab(browser, server, monkeypatch):
    """A fresh tab of a fresh visitor; fails when anything was fetched from another host."""
    monkeypatch.setenv("KERNELSCOPE_HOME", str(server.home))
    context = browser.new_context(viewport={"width": 1440, "height": 1000})
    outside = []
    own = (server.url, f"ws://127.0.0.1:{server.port}", "data:", "blob:")
    context.on("request", lambda request: None if request.url.startswith(own) else outside.append(request.url))
    page = context.new_page()
    page.set_default_timeout(PATIENCE)
    page.goto(server.url)
    settled(page)
    yield page
    no_accident(page)
    context.close()
    assert outside == []


def run_of(page):
    """The run that the address names."""
    page.wait_for_url(re.compile("run=[0-9a-f]{32}"))
    return Run(re.search("run=([0-9a-f]{32})", page.url).group(1))


def trained(page):
    """Trains the ready experiment from Home; returns its run."""
    page.get_by_role("button", name="Train this now").click()
    expect(page.get_by_text("What now?")).to_be_visible()
    return run_of(page)


def test_one_click_trains_the_ready_network_in_place(tab):
    run = trained(tab)

    assert run.status().state == runs.FINISHED
    assert run.status().accuracy >= 0.99
    expect(tab.get_by_role("img", name=re.compile("Accuracy after epoch 10"))).to_be_visible()
    expect(tab.get_by_text("★ best: epoch").first).to_be_visible()
    expect(tab.get_by_role("link", name="finished 10/10")).to_be_visible()


def test_a_refresh_and_a_second_tab_show_the_same_run(tab):
    run = trained(tab)
    go(tab, "Live run")
    tab.reload()
    settled(tab)
    expect(tab.get_by_text("Finished.")).to_be_visible()
    assert run_of(tab).id == run.id

    second = tab.context.new_page()
    second.goto(tab.url)
    settled(second)
    expect(second.get_by_text("Finished.")).to_be_visible()
    assert run_of(second).id == run.id
    second.close()


def test_stop_keeps_the_network_so_far_and_a_server_restart_finds_the_run(tab, server):
    go(tab, "Training")
    epochs = tab.get_by_label("epochs", exact=False).first
    epochs.fill("1000")
    epochs.press("Enter")
    expect(tab.get_by_role("link", name=re.compile("1000 epochs"))).to_be_visible()
    tab.get_by_role("button", name=re.compile("^.*Train this")).click()
    tab.get_by_role("heading", name="Live run").wait_for()
    expect(tab.get_by_text(re.compile(r"Epoch \d+ of 1000"))).to_be_visible()
    run = run_of(tab)

    server.stop()
    assert run.status().is_live
    server.start()
    tab.goto(tab.url)
    settled(tab)
    expect(tab.get_by_text(re.compile(r"Epoch \d+ of 1000"))).to_be_visible()

    tab.get_by_role("button", name="Stop").click()
    expect(tab.get_by_text("Stopped by you")).to_be_visible()
    assert run.weights()


def test_a_link_brings_the_whole_experiment(tab, server):
    from core.presets import load_preset

    wanted = load_preset("shapes-cnn").edited(seed=77)
    tab.goto(f"{server.url}/?e={wanted.to_link()}")
    settled(tab)

    expect(tab.get_by_role("link", name=re.compile("Colour shapes"))).to_be_visible()
    go(tab, "Code")
    expect(tab.get_by_text("SEED = 77")).to_be_visible()

    tab.goto(f"{server.url}/?e=broken")
    expect(tab.get_by_text("This link does not hold a whole experiment.")).to_be_visible()


def test_the_server_stays_light_and_free_of_tensorflow(tab, server):
    """After all pages were open: under 300 MB, and none of TensorFlow's libraries mapped."""
    trained(tab)
    for name in ("Data", "Augmentation", "Network", "Training", "Code", "Live run", "Predict", "Look inside"):
        go(tab, name)
        no_accident(tab)
    process = psutil.Process(server.process.pid)

    assert process.memory_info().rss < 300 * 2**20
    if hasattr(process, "memory_maps"):
        assert not [m.path for m in process.memory_maps() if "tensorflow" in m.path]


def test_a_deep_link_to_a_fresh_server_opens_its_page(browser, tmp_path):
    server = Server(tmp_path / "workspace")
    server.start()
    try:
        page = browser.new_page()
        page.set_default_timeout(PATIENCE)
        page.goto(f"{server.url}/code")
        expect(page.get_by_role("heading", name="Code")).to_be_visible()
        expect(page.get_by_text("Page not found")).to_have_count(0)
        expect(page.get_by_role("button", name="Download the script")).to_be_visible()
        page.close()
    finally:
        server.stop()
