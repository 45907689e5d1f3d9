"""The frame in headless Chromium: experiment and run told apart, a strip never cut, a still Home, links never lost."""

import re

import pytest
from browser import PATIENCE, Server, no_accident, press, settled
from playwright.sync_api import expect
from streamlit.proto.BackMsg_pb2 import BackMsg

from core.augmentation.movement import RandomFlip, RandomRotation, RandomTranslation
from core.experiment.presets import load_preset
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

    def open_page(address="", screen=DESK, wire=None):
        context = browser.new_context(viewport=screen)
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(PATIENCE)
        if wire:
            wire.lay(page)
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
    """Where the button that trains and the curves begin, in px from the top of the page, once all above them stands."""
    main = page.get_by_test_id("stMain")
    shown = {
        "button": main.get_by_role("button", name=re.compile("Train (this now|it again)")),
        "curves": page.locator(".curves"),
    }
    settled(page)
    expect(page.locator(".st-key-train-row")).not_to_have_css("min-height", "auto")  # the style of the frame is there
    for drawn in (*shown.values(), page.locator(".flow .layer").first, page.locator(".curves svg").first):
        expect(drawn).to_be_visible()
    places = {name: place.element_handle() for name, place in shown.items()}
    return main.evaluate(PLACES, places)


PLACES = """(main, places) => Object.fromEntries(Object.entries(places).map(
  ([name, node]) => [name, Math.round(node.getBoundingClientRect().top + main.scrollTop)]))"""


def test_a_run_stays_with_its_experiment_and_home_does_not_jump_as_it_begins(opened):
    page = opened()
    expect(badge(page)).to_have_text("not trained yet")
    expect(page.get_by_role("img", name="Accuracy: no epoch yet")).to_be_visible()
    before = tops(page)
    press(page, re.compile("Train this now"))
    expect(badge(page)).to_contain_text(re.compile(r"● (starting|running)"))
    expect(page.get_by_role("button", name="Train it again")).to_be_visible()
    assert tops(page) == before
    expect(badge(page)).to_contain_text("○ finished 10/10 · best 0.9")
    assert tops(page) == before
    expect(badge(page)).to_contain_text(NAME)

    press(page, re.compile("Colour shapes"))
    expect(badge(page)).to_contain_text("○ finished · of another experiment")
    sentence = page.get_by_text(f"this tab's run, {NAME}, is of another experiment")
    page.get_by_test_id("stMain").evaluate("main => main.scrollTo(0, 0)")  # what was pressed stands far below
    expect(sentence).to_be_in_viewport()
    expect(page.get_by_role("img", name="Accuracy: no epoch yet")).to_be_visible()
    expect(page.get_by_text("Finished.")).to_have_count(0)


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
    experiments = {name: load_preset(name) for name in ("digits-cnn", "shapes-cnn")} | {"widest": WIDEST}
    page = opened(screen=PHONE if screen == "phone" else DESK)
    for name, experiment in experiments.items():
        page.goto(f"{page.url.split('?')[0]}?e={experiment.to_link()}&run={finished.id}")
        settled(page)
        expect(badge(page)).to_contain_text("finished")
        if screen == "large type":
            page.get_by_test_id("stSidebar").get_by_text("Large type").click()
            expect(page.locator("html")).to_have_css("font-size", "21px")
            settled(page)
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


def test_on_a_phone_the_curves_of_home_stand_where_they_were_before_while_a_run_goes_on_and_after(opened, server):
    run = here().create(DIGITS)
    page = opened(f"?e={DIGITS.to_link()}", PHONE)
    before = tops(page)
    with Recorder(run) as record:
        record.append("started", steps_per_epoch=40, train_images=90, validation_images=30, tiles=[])
        known = {"epochs": 10, "accuracy": 0.91, "val_accuracy": 0.92, "running_accuracy": 0.93, "memory_mb": 900}
        record.status(state=states.RUNNING, epoch=3, batch=7, seconds_left=95, images_per_second=12345, **known)
        page.goto(f"{server.url}/?e={DIGITS.to_link()}&run={run.id}")
        expect(page.get_by_role("button", name="Pause")).to_be_enabled()
        assert tops(page) == before
        expect(page.get_by_text("about 1 min 35 s left")).to_be_attached()
        record.status(state=states.FINISHED, epoch=10, epochs=10, best_epoch=7, best_val_accuracy=0.998)
    expect(page.get_by_text("Finished.")).to_be_visible()
    assert tops(page) == before


class Astray:
    """Between browser and server: what is to open another page may go to the one that is left, as it does where a
    component sends a message at the moment of a press."""

    def __init__(self):
        self.is_armed, self.open, self.count = False, "", 0

    def lay(self, page):
        page.route_web_socket(re.compile("_stcore/stream"), self._connect)

    def _connect(self, browser):
        server = browser.connect_to_server()
        browser.on_message(lambda message: server.send(self._passed(message)))
        server.on_message(browser.send)

    def _passed(self, message):
        told = BackMsg()
        told.ParseFromString(message)
        if not told.HasField("rerun_script"):
            return message
        if self.is_armed and told.rerun_script.page_script_hash != self.open:
            told.rerun_script.page_script_hash = self.open
            self.is_armed, self.count = False, self.count + 1
        self.open = told.rerun_script.page_script_hash
        return told.SerializeToString()


def test_a_link_opens_its_page_though_the_server_was_told_of_the_one_that_is_left(opened):
    wire = Astray()
    page = opened(f"?e={DIGITS.to_link()}", wire=wire)
    for count, (place, link, title) in enumerate(
        (
            (".st-key-strip-parts", re.compile("Conv 32"), "Network"),
            (".st-key-strip-badge", "not trained yet", "Live run"),
            (".st-key-menu", "Home", "See a network learn."),
            ("[data-testid=stMain]", re.compile("All labs as pictures"), "Labs"),
        ),
        1,
    ):
        wire.is_armed = True
        page.locator(place).get_by_role("link", name=link).click()
        expect(page.get_by_role("heading", name=title, exact=True)).to_be_visible()
        settled(page)
        assert wire.count == count


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
