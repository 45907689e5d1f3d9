"""The labs on a phone: what is turned stands on the first screen, and what a tap asks for is seen."""

import pytest
from browser import PATIENCE, no_accident, settled
from playwright.sync_api import expect

from core.labs import neuron
from core.labs.neuron import Neuron
from core.spec import packed

PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
IN_SIGHT = """node => {
  const { top, bottom } = node.getBoundingClientRect();
  return top >= -1 && top < innerHeight && bottom <= innerHeight + 1;
}"""


def in_sight(page, place):
    """Waits until it stands on the screen: pages scroll there smoothly."""
    page.wait_for_function(IN_SIGHT, arg=page.locator(place).element_handle())


@pytest.fixture
def page(browser):
    """A phone."""
    page = browser.new_context(**PHONE).new_page()
    page.set_default_timeout(PATIENCE)
    yield page
    no_accident(page)
    page.context.close()


@pytest.mark.browser
def test_on_a_phone_knobs_stand_on_the_first_screen_a_tap_shows_what_it_asks_for_and_swipes_scroll(page, labs):
    link = packed(Neuron(rate=0.05, step=300, rates=((0, 0.01), (120, 0.05))))
    half = neuron.descend(120, 0.01)
    whole = neuron.descend(180, 0.05, half.w[-1], half.b[-1])
    for address in (f"neuron?lab={link}", "activations", "xor", "back-propagation", "playground"):
        page.goto(f"{labs.url}/{address}")
        page.locator(".stage svg").first.wait_for()
        settled(page)
        in_sight(page, ".knob >> nth=0")
        actions = page.locator(".stage svg").evaluate_all("all => all.map(one => getComputedStyle(one).touchAction)")
        assert "none" not in actions, address
        if address.startswith("neuron"):  # a sent link shows the same walk, its change of the rate included
            expect(page.locator(".count")).to_have_text("epoch 300")
            expect(page.locator(".said b").first).to_contain_text(f"{whole.predict(10.0):.4f}"[:5])
        if address == "xor":
            page.locator(".strip .start.learned").nth(8).tap()
            in_sight(page, ".panes")
        if address == "back-propagation":
            page.get_by_label("d_layer", exact=True).locator(".cell").nth(2).tap()
            page.get_by_role("heading", name="Back-propagation").tap()  # the finger is gone, what it asked for stays
            expect(page.locator(".formula")).to_contain_text("d_layer[2] = ")
            in_sight(page, ".formula")


@pytest.mark.browser
def test_on_a_phone_the_labs_of_convolution_have_knobs_on_the_first_screen_and_keep_what_a_finger_asked_for(page, labs):
    asked = {  # what is tapped, and what then says so
        "signals": None,
        "convolution": (".trio .sheet canvas", ".said", "Row "),
        "plus-detector": (".trio .sheet canvas", ".said", "Row "),
        "sizes": (".strip", ".said", "reads"),
        "pooling": (".pooling .sheet canvas", ".said", "Output row"),
        "kinds-of-convolution": (".area", ".said", "Input channel 0 feeds"),
        "filters": (".sheet canvas", ".said", "after the median"),
    }
    for address, tap in asked.items():
        page.goto(f"{labs.url}/{address}")
        page.locator(".stage").first.wait_for()
        page.locator(".first").first.wait_for()
        settled(page)
        in_sight(page, ".first >> nth=0")
        assert page.evaluate("document.scrollingElement.scrollWidth") <= 390, address
        if tap is None:
            continue
        node, told, words = tap
        page.locator(node).first.tap()
        page.locator("h1").first.tap()  # the finger is gone, and elsewhere
        expect(page.locator(told).first).to_contain_text(words)
