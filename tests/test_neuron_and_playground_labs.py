"""The labs of one neuron and of a small network, walked in headless Chromium."""

import numpy as np
import pytest
from browser import PATIENCE, no_accident, settled
from playwright.sync_api import expect

from core.intake.labs import read_lab
from core.learn.neuron import Neuron
from core.learn.playground import Playground
from core.spec import packed


@pytest.fixture
def opened(browser, labs):
    """Opens a lab for a fresh visitor."""
    pages = []

    def open_page(address):
        page = browser.new_context(viewport={"width": 1440, "height": 1200}).new_page()
        page.set_default_timeout(PATIENCE)
        page.goto(f"{labs.url}/{address}")
        page.locator(".stage svg").first.wait_for()
        settled(page)
        pages.append(page)
        return page

    yield open_page
    for page in pages:
        no_accident(page)
        page.context.close()


def test_known_answers_of_the_neuron_are_ours():
    for check in Neuron.checks():
        told = check.to_json()

        assert np.allclose(told["numpy"], told["published"], rtol=1e-6), told["words"]


def test_settings_with_points_come_back_from_their_link():
    settings = Playground(dataset="own", own=((1.0, -2.5, 1), (0.0, 3.0, 0)), hidden=(8, 8), features=("x", "x·y"))

    assert read_lab(Playground, packed(settings)) == settings


@pytest.mark.browser
def test_a_neuron_walks_down_its_loss_and_says_why_it_stops_short_of_19(opened):
    page = opened("neuron")
    page.get_by_role("button", name="500 epochs").click()
    expect(page.locator(".said")).to_contain_text("For x = 10 it answers 18.98, not 19")
    expect(page.locator(".tasks li.done")).to_have_count(1)
    page.get_by_text("Checked against known answers").click()
    expect(page.locator(".checks td.right")).to_have_count(len(Neuron.checks()))


@pytest.mark.browser
def test_a_rate_that_is_too_large_is_shown_explained_and_one_press_back(opened):
    page = opened("neuron")
    page.get_by_label("Rate, typed").fill("0.2")
    page.get_by_role("button", name="500 epochs").click()
    expect(page.locator(".said")).to_contain_text("more than 0.177")
    page.get_by_role("button", name="Take 0.01 and begin again").click()
    page.get_by_role("button", name="500 epochs").click()
    expect(page.locator(".said")).to_contain_text("18.98")


@pytest.mark.browser
def test_the_playground_learns_the_circle_and_keeps_what_was_placed(opened):
    page = opened("playground")
    page.get_by_role("button", name="Play", exact=True).click()
    expect(page.locator(".figures .train b").nth(1)).to_have_text("100 %")
    page.get_by_role("button", name="Pause").click()
    page.get_by_role("button", name="own").click()
    expect(page.locator(".said")).to_contain_text("No points yet")
    box = page.locator(".big svg").bounding_box()
    page.mouse.click(box["x"] + 40, box["y"] + 40)
    expect(page.locator(".said")).to_contain_text("of one class")
    page.get_by_role("radio", name="orange").click()
    page.mouse.click(box["x"] + 150, box["y"] + 150)
    expect(page.locator(".big circle")).to_have_count(2)
    page.wait_for_function("location.href.includes('lab=')")
    settled(page)
    page.reload()
    expect(page.locator(".big circle")).to_have_count(2)
