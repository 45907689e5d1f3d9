"""The Runs page in headless Chromium: compare two, rename, delete, bring back, and a sweep of two learning rates."""

import json
import re
import time

import pytest
from browser import PATIENCE, Server, go, no_accident, settled
from playwright.sync_api import expect

from core.runs import states
from core.runs.recorder import Recorder
from pages.components.frame import when
from tests.saved import here

pytestmark = pytest.mark.browser
expect.set_options(timeout=PATIENCE)
FLAGS = ["--no-sandbox", "--disable-dev-shm-usage"]


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    server = Server(tmp_path_factory.mktemp("runs") / "workspace")
    server.start()
    yield server
    server.stop()


@pytest.fixture
def tab(browser, server, small, monkeypatch):
    """A tab with a tiny experiment; fails when anything was fetched from another host."""
    monkeypatch.setenv("KERNELSCOPE_HOME", str(server.home))
    context = browser.new_context(viewport={"width": 1440, "height": 1000})
    outside = []
    own = (server.url, f"ws://127.0.0.1:{server.port}", "data:", "blob:")
    context.on("request", lambda request: None if request.url.startswith(own) else outside.append(request.url))
    page = context.new_page()
    page.set_default_timeout(PATIENCE)
    page.goto(f"{server.url}/?e={small.to_link()}")
    settled(page)
    yield page
    no_accident(page)
    context.close()
    assert outside == []


def finished(experiment, accuracies):
    """A run as a worker would have written it."""
    run = here().create(experiment)
    with Recorder(run) as record:
        record.append("started", steps_per_epoch=3, train_images=90, validation_images=30, tiles=[])
        for epoch, accuracy in enumerate(accuracies, 1):
            scores = {"loss": 1 / epoch, "accuracy": accuracy, "val_loss": 2 / epoch, "val_accuracy": accuracy}
            record.append("epoch", epoch=epoch, step=3 * epoch, seconds=0.5, learning_rate=0.001, **scores)
        record.status(state=states.FINISHED, epoch=len(accuracies), epochs=len(accuracies), parameters=410)
    return run


def box(tab, name):
    return tab.get_by_role("checkbox", name=f"Choose {name}", exact=True)


def row(tab, name):
    return tab.get_by_role("row", name=name, exact=True)


def names(tab):
    """The runs shown, from top to bottom."""
    return tab.locator("tr.run .title").all_inner_texts()


def wait_until(holds, seconds=60):
    """Waits for something that no locator can say."""
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, "waited too long"
        time.sleep(0.1)


@pytest.fixture
def three(server, small, monkeypatch):
    """Three runs, and none beside them."""
    monkeypatch.setenv("KERNELSCOPE_HOME", str(server.home))
    for old in here().newest():
        here().delete(old)
    other = small.edited(training=small.training.edited(batch_size=16))
    made = [("Slow", small, (0.2, 0.4, 0.5)), ("Quick", other, (0.6, 0.9)), ("Middling", small, (0.5, 0.7))]
    return {name: finished(one.edited(name=name), accuracies) for name, one, accuracies in made}


def test_two_chosen_runs_are_laid_over_each_other_and_only_what_differs_is_told(tab, three):
    go(tab, "Runs")
    box(tab, "Slow").click()
    box(tab, "Quick").click()

    expect(tab.get_by_text("2 chosen")).to_be_visible()
    expect(row(tab, "Middling").locator("time")).to_have_text(when.moment(three["Middling"].created))
    expect(
        tab.get_by_role("img", name="Validation accuracy of 2 runs after the last epoch: Slow 0.5, Quick 0.9")
    ).to_be_visible()
    table = tab.get_by_role("table", name="What differs")
    expect(table.get_by_role("row")).to_have_count(2)
    expect(table).to_contain_text("batch_size")
    expect(table).to_contain_text("16 pictures")

    tab.get_by_role("button", name="Loss").click()
    expect(tab.get_by_role("img", name=re.compile("Validation loss of 2 runs"))).to_be_visible()
    curve = tab.locator("g[data-run] path.curve").first.bounding_box()
    tab.mouse.move(curve["x"] + 2, curve["y"] + 2)
    expect(tab.locator(".tip")).to_contain_text("epoch 1")

    tab.get_by_role("button", name="Accuracy").last.click()
    row(tab, "Quick").hover()  # its curve stands out, and the other way round
    expect(tab.locator(".labels g.pointed")).to_have_text("Quick")
    expect(tab.locator(".labels g.faded")).to_have_text("Slow")
    name = tab.locator(".labels text", has_text="Slow").bounding_box()
    tab.mouse.move(name["x"] + name["width"] / 2, name["y"] + name["height"] / 2)
    expect(tab.locator("tr.pointed .title")).to_have_text("Slow")

    expect(tab.locator(".axes .cut")).to_have_text("axis cut: it begins at 0.2, not at 0")
    tab.get_by_role("button", name="0 to 1").click()
    expect(tab.locator(".axes .cut")).to_have_count(0)


def test_the_table_is_sorted_and_filtered_without_asking_the_server(tab, three):
    go(tab, "Runs")
    expect(tab.locator("tr.run")).to_have_count(3)
    tab.get_by_role("button", name="Accuracy").first.click()
    assert names(tab) == ["Quick", "Middling", "Slow"]
    heading = tab.locator("th[data-column=accuracy]")
    expect(heading).to_have_attribute("aria-sort", "descending")

    tab.get_by_label("Filter runs by any word").fill("mid")
    assert names(tab) == ["Middling"]
    expect(tab.get_by_text("1 of 3 runs")).to_be_visible()


def test_the_table_is_walked_and_chosen_by_keyboard(tab, three):
    go(tab, "Runs")
    box(tab, "Middling").focus()
    tab.keyboard.press("ArrowDown")
    expect(box(tab, "Quick")).to_be_focused()
    tab.keyboard.press("Space")

    expect(box(tab, "Quick")).to_be_checked()
    expect(tab.get_by_text("1 chosen")).to_be_visible()


def test_a_run_is_renamed_deleted_and_brought_back(tab, three):
    go(tab, "Runs")
    box(tab, "Slow").click()
    tab.get_by_role("button", name="Rename").click()
    tab.get_by_label("Name", exact=True).fill("<b>Patient</b>")
    tab.get_by_label("Note", exact=True).fill("needs more epochs")
    tab.keyboard.press("Enter")
    expect(row(tab, "<b>Patient</b>")).to_contain_text("needs more epochs")
    wait_until(lambda: three["Slow"].notes().name == "<b>Patient</b>")

    tab.get_by_role("button", name="Delete").click()
    expect(tab.locator("tr.run")).to_have_count(2)
    tab.get_by_role("button", name="Undo").last.click()
    expect(tab.locator("tr.run")).to_have_count(3)

    box(tab, "Quick").click()
    tab.get_by_role("button", name="Delete").click()
    expect(tab.locator("tr.run")).to_have_count(2)
    tab.get_by_text("Deleted runs").click()
    tab.get_by_role("button", name="Restore").first.click()
    expect(tab.locator("tr.run")).to_have_count(3)


def test_a_copy_is_taken_into_the_editor_and_a_run_is_opened(tab, three):
    go(tab, "Runs")
    box(tab, "Quick").click()
    tab.get_by_role("button", name="Edit a copy").click()
    tab.get_by_role("heading", name="Network", exact=True).first.wait_for()
    expect(tab.get_by_role("link", name=re.compile("RMSprop"))).to_be_visible()

    go(tab, "Runs")
    tab.get_by_role("button", name="Middling", exact=True).click()
    tab.get_by_role("heading", name="Live run", exact=True).first.wait_for()
    tab.wait_for_url(re.compile(f"run={three['Middling'].id}"))


def test_two_learning_rates_become_a_family_and_one_chart(tab, three):
    go(tab, "Runs")
    tab.get_by_text("Try several values").click()
    values = tab.get_by_role("textbox", name="Values").first
    values.fill("0.01, 0.1")
    values.press("Enter")
    tab.get_by_role("button", name="Start 2 runs").click()

    expect(tab.get_by_text("2 runs, all ended.")).to_be_visible()
    expect(tab.locator("tr.run")).to_have_count(5)
    expect(row(tab, re.compile("learning_rate 0.01$"))).to_contain_text("finished")
    assert names(tab)[:2] == ["learning_rate 0.1", "learning_rate 0.01"]  # the value that differs, in full
    expect(row(tab, re.compile("learning_rate 0.01$"))).to_contain_text(re.compile("best 0.[0-9]+epoch 2"))
    tab.get_by_role("button", name="Lay their curves over each other").click()
    expect(tab.locator(".labels .shared")).to_have_text("learning_rate")
    expect(tab.locator(".labels .label")).to_have_count(2)
    assert set(tab.locator(".labels .label").all_text_contents()) == {"0.1", "0.01"}
    tab.get_by_role("tab", name="Table").click()
    panel = tab.get_by_role("tabpanel", name="Table")
    expect(panel.get_by_role("cell", name="0.1", exact=True)).to_be_visible()
    family = {json.dumps(run.notes().varied): run.status() for run in here().newest() if run.notes().family}
    assert set(family) == {'{"training.optimizer.learning_rate": 0.01}', '{"training.optimizer.learning_rate": 0.1}'}
    assert {status.state for status in family.values()} == {states.FINISHED}
