"""The frame in headless Chromium: experiment and run told apart, a strip never cut, a Home that does not jump."""

import re

import pytest
from browser import PATIENCE, Server, go, no_accident, press, settled
from playwright.sync_api import expect

from core.augmentation.movement import RandomFlip, RandomRotation, RandomTranslation
from core.experiment.presets import load_preset, presets
from core.layers.convolution import Conv2D, SeparableConv2D
from core.layers.reshaping import Flatten
from core.runs import states
from core.runs.recorder import Recorder
from tests.saved import here

pytestmark = pytest.mark.browser
expect.set_options(timeout=PATIENCE)
DESK, PHONE = {"width": 1440, "height": 900}, {"width": 390, "height": 844}
NAME = "Digits 8x8, Conv 32-64"
DIGITS = load_preset("digits-cnn")
WIDEST = DIGITS.edited(
    augmentations=(RandomTranslation(), RandomRotation(), RandomFlip(), RandomFlip()),
    layers=(*(kind(filters=500) for _ in range(4) for kind in (Conv2D, SeparableConv2D)), Flatten()),
    training=DIGITS.training.edited(epochs=1000),
)


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    server = Server(tmp_path_factory.mktemp("frame") / "workspace")
    server.start()
    yield server
    server.stop()


@pytest.fixture
def opened(browser, server, monkeypatch):
    """Opens the app at an address, on a screen of some size."""
    monkeypatch.setenv("KERNELSCOPE_HOME", str(server.home))
    contexts = []

    def open_page(address="", screen=DESK):
        context = browser.new_context(viewport=screen)
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(PATIENCE)
        page.goto(f"{server.url}/{address}")
        settled(page)
        return page

    yield open_page
    for context in contexts:
        for page in context.pages:
            no_accident(page)
        context.close()


def badge(page):
    return page.locator(".st-key-strip-badge")


def tops(page):
    """Where the button that trains, the curves and what stands below them begin, in px from the top of the page."""
    shown = {
        "button": page.get_by_test_id("stMain").get_by_role("button", name=re.compile("Train (this now|it again)")),
        "curves": page.locator(".curves"),
    }
    scrolled = page.get_by_test_id("stMain").evaluate("main => main.scrollTop")
    return {name: round(place.bounding_box()["y"] + scrolled) for name, place in shown.items()}


def test_a_run_stays_with_its_experiment_and_home_does_not_jump_as_it_begins(opened):
    page = opened()
    expect(badge(page)).to_have_text("not trained yet")
    expect(page.get_by_role("img", name="Accuracy: no epoch yet")).to_be_visible()
    before = tops(page)
    press(page, re.compile("Train this now"))
    expect(badge(page)).to_contain_text(re.compile(r"● (starting|running)"))
    expect(page.get_by_role("button", name="Train it again")).to_be_visible()
    assert tops(page) == before
    expect(badge(page)).to_contain_text(re.compile("● running [1-9]"))
    assert tops(page) == before
    expect(badge(page)).to_contain_text("○ finished 10/10 · best 0.9")
    expect(badge(page)).to_contain_text(NAME)

    press(page, re.compile("Colour shapes"))
    expect(badge(page)).to_contain_text("○ finished · of another experiment")
    sentence = page.get_by_text(f"this tab's run, {NAME}, is of another experiment")
    expect(sentence).to_be_in_viewport()
    expect(page.get_by_role("img", name="Accuracy: no epoch yet")).to_be_visible()
    expect(page.get_by_text("Finished.")).to_have_count(0)
    assert abs(tops(page)["curves"] - before["curves"]) < 200  # another picture of another network stands above

    press(page, re.compile("Bring this run's experiment back"))
    expect(badge(page)).to_contain_text("finished 10/10")
    expect(page.get_by_text("Finished.")).to_be_visible()

    go(page, "Network")
    page.get_by_role("row", name=re.compile("^Flatten")).focus()
    page.keyboard.press("Delete")
    expect(badge(page)).to_contain_text("of another experiment")
    expect(page.locator(".st-key-strip-parts")).to_contain_text("does not fit yet")
    page.get_by_role("button", name=re.compile("Undo")).first.click()
    expect(badge(page)).to_contain_text("finished 10/10")


@pytest.fixture(scope="module")
def finished(server):
    """A finished run of the digits."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KERNELSCOPE_HOME", str(server.home))
        run = here().create(DIGITS.edited(name="W" * 80))
        with Recorder(run) as record:
            record.status(state=states.FINISHED, epoch=10, epochs=10, best_epoch=7, best_val_accuracy=0.998)
        return run


@pytest.mark.parametrize("screen", ["desk", "large type", "phone"])
def test_the_strip_has_two_lines_at_most_and_the_badge_is_always_in_sight(opened, finished, screen):
    experiments = {name: load_preset(name) for name in presets()} | {"widest": WIDEST}
    page = opened(screen=PHONE if screen == "phone" else DESK)
    for name, experiment in experiments.items():
        page.goto(f"{page.url.split('?')[0]}?e={experiment.to_link()}&run={finished.id}")
        settled(page)
        expect(badge(page)).to_contain_text("finished")
        if screen == "large type":
            page.get_by_test_id("stSidebar").get_by_text("Large type").click()
            page.wait_for_function("getComputedStyle(document.documentElement).fontSize === '21px'")
        lines = page.evaluate(LINES)
        box = badge(page).bounding_box()

        assert len(lines["tops"]) <= (1 if screen == "phone" else 2), (name, lines)
        assert not lines["cut"], (name, lines)
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= page.viewport_size["width"]
    if screen == "phone":
        page.locator(".st-key-strip summary").click()
        for part in ("Digits 8x8", "Translation", "10 layers", "1 000 epochs".replace(" ", "\u202f")):
            expect(page.locator(".st-key-strip-parts").get_by_role("link", name=part)).to_be_in_viewport(ratio=1)


LINES = """() => {
  const parts = [...document.querySelectorAll(".st-key-strip-parts a")].filter(a => a.offsetParent);
  const home = document.querySelector(".st-key-strip-parts").getBoundingClientRect();
  const isOpen = getComputedStyle(document.querySelector(".st-key-strip summary")).display !== "none"
    && document.querySelector(".st-key-strip summary").offsetParent;
  return {
    tops: [...new Set(parts.map(a => Math.round(a.getBoundingClientRect().top)))],
    cut: isOpen ? [] : parts.filter(a => a.getBoundingClientRect().right > home.right + 1
      || [...a.querySelectorAll("*")].some(n => n.scrollWidth > n.clientWidth + 1 && n.clientWidth))
      .map(a => a.textContent),
  };
}"""
