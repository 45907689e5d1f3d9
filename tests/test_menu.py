"""The menu of two levels, and the labs as cards: declared by the folders of the pages, and one click or two away."""

import json
import re
from pathlib import Path

import pytest
from browser import PATIENCE, Server, go, no_accident, press_in_menu, settled
from playwright.sync_api import expect

from pages.components.frame import gallery, titles

PAGES = Path(__file__).parent.parent / "pages"
PARTS = {titles.of(folder): sorted(folder.glob("*.py")) for folder in sorted(PAGES.glob("[0-9]_*"))}
NAMED = re.compile(
    r"- '?(?:button|link|radio|checkbox|switch|combobox|slider|spinbutton|textbox|tab|option|radiogroup)"
    r' ("(?:[^"\\]|\\.)*")'
)
RAW = re.compile(r"\*\*|\\|:material|:[a-z]+\[|\]\(|`")
"""Markdown that a name would be read out with."""
SIDEBAR = "[data-testid=stSidebarContent]"
UNDO_IS_COVERED = """() => {
    const {x, y, height} = document.querySelector(".st-key-undoing button").getBoundingClientRect();
    return document.elementFromPoint(x + 2, y + height / 2)?.closest("[data-testid=stSidebar]");
}"""


def test_every_lab_has_a_card_in_the_order_of_the_menu():
    told = {section: [card.title for card in cards] for section, cards in gallery.cards().items()}

    assert told == {part: list(map(titles.of, pages)) for part, pages in PARTS.items() if part.startswith("Learn ")}
    assert sum(map(len, told.values())) == 13


def test_readme_says_of_every_page_what_one_does_there():
    told = re.findall(r"^\| ([A-Z][^|]*) \|", (PAGES.parent / "README.md").read_text(encoding="utf-8"), re.MULTILINE)

    assert {titles.of(page) for pages in PARTS.values() for page in pages} <= set(told)


def test_a_card_has_a_picture_a_sentence_and_needs_only_what_comes_before():
    before = set()
    for card in (card for cards in gallery.cards().values() for card in cards):
        assert card.picture().startswith("<svg ") and card.sentence.endswith(".")
        assert set(card.needs) <= before
        before.add(card.title)
    assert set(gallery.NEEDS) <= before


@pytest.fixture(scope="module")
def tab(browser, tmp_path_factory):
    server = Server(tmp_path_factory.mktemp("menu") / "home", stands_by=False)
    server.home.mkdir()
    server.start()
    page = browser.new_context(viewport={"width": 1440, "height": 900}).new_page()
    page.set_default_timeout(PATIENCE)
    page.goto(server.url)
    settled(page)
    yield page
    page.context.close()
    server.stop()


def _scrolls(tab):
    return tab.locator(SIDEBAR).evaluate("node => node.scrollHeight > node.clientHeight")


def _names(tab):
    """What a screen reader calls each thing of the page that can be pressed, chosen or filled in."""
    return [json.loads(told) for told in NAMED.findall(tab.locator("body").aria_snapshot())]


@pytest.mark.browser
def test_every_page_is_two_presses_away_with_plain_names_and_the_menu_fits_in_large_type_too(tab):
    """Large type is the harder case; plain type is looked at on the longest section."""
    switch = tab.get_by_test_id("stSidebar").get_by_text("Large type")
    switch.click()
    for name in (titles.of(page) for pages in PARTS.values() for page in pages):
        press_in_menu(tab, name)
        expect(tab.locator(".st-key-menu a[aria-current=page]")).to_have_text(name, timeout=PATIENCE)
        settled(tab)
        assert not _scrolls(tab), name
        expect(switch).to_be_in_viewport()
        names = _names(tab)
        assert name in names
        assert [told for told in names if RAW.search(told)] == [], name
        no_accident(tab)
    switch.click()
    settled(tab)
    assert not _scrolls(tab)


@pytest.mark.browser
def test_one_section_is_open_at_a_time_and_the_keyboard_opens_it(tab):
    go(tab, "Data")
    menu = tab.locator(".st-key-menu")
    expect(menu.locator("details[open] summary p")).to_have_text(["Design"], timeout=PATIENCE)
    menu.locator("summary", has_text="Train").focus()
    tab.keyboard.press("Enter")
    expect(menu.locator("details[open] summary p")).to_have_text(["Train"], timeout=PATIENCE)
    tab.keyboard.press("Tab")
    tab.keyboard.press("Tab")
    tab.keyboard.press("Enter")
    tab.get_by_role("heading", name="Runs", exact=True).wait_for()
    expect(menu.locator("details[open] summary p")).to_have_text(["Train"], timeout=PATIENCE)
    menu.locator("summary", has_text="Understand").click()  # not where the next press leads
    expect(menu.locator("details[open] summary p")).to_have_text(["Understand"], timeout=PATIENCE)
    tab.get_by_role("link", name=re.compile("no augmentation")).click()
    tab.get_by_role("heading", name="Augmentation", exact=True).wait_for()
    expect(menu.locator("details[open] summary p")).to_have_text(["Design"], timeout=PATIENCE)


@pytest.mark.browser
def test_on_a_phone_the_menu_makes_way_for_the_page_that_was_chosen_and_undo_lies_under_it(tab):
    phone = tab.context.new_page()
    phone.set_viewport_size({"width": 390, "height": 844})
    phone.set_default_timeout(PATIENCE)
    phone.goto(tab.url)
    settled(phone)
    opens, closes = phone.get_by_test_id("stExpandSidebarButton"), phone.get_by_test_id("stSidebarCollapseButton")
    opens.click()
    press_in_menu(phone, "Runs")
    phone.get_by_role("heading", name="Runs", exact=True).wait_for()
    expect(opens).to_be_visible(timeout=PATIENCE)
    opens.click()
    phone.wait_for_function(UNDO_IS_COVERED)
    closes.get_by_role("button").click()
    expect(opens).to_be_visible(timeout=PATIENCE)
    phone.close()


@pytest.mark.browser
def test_the_keys_of_undo_and_redo_are_heard_outside_texts_however_fast_and_left_alone_in_them(tab):
    go(tab, "Training")
    for rate in ("SGD", "Adam"):
        tab.get_by_role("combobox", name=re.compile("Optimizer")).first.click()
        tab.get_by_role("option", name=rate, exact=True).click()
        expect(tab.get_by_role("link", name=re.compile(f"{rate} 0"))).to_be_visible(timeout=PATIENCE)
    tab.keyboard.press("Control+z")  # the menu still has the focus, and no letters to undo
    expect(tab.get_by_role("link", name=re.compile("SGD 0"))).to_be_visible(timeout=PATIENCE)
    tab.keyboard.press("Control+y")
    expect(tab.get_by_role("link", name=re.compile("Adam 0"))).to_be_visible(timeout=PATIENCE)
    name = tab.get_by_role("textbox", name="Name")
    name.click()
    tab.keyboard.press("Control+z")
    expect(tab.get_by_role("link", name=re.compile("Adam 0"))).to_be_visible()
    tab.get_by_role("heading", name="Training", exact=True).click()
    tab.keyboard.press("Control+z")
    tab.keyboard.press("Control+z")
    expect(tab.get_by_role("link", name=re.compile("RMSprop 0"))).to_be_visible(timeout=PATIENCE)
    tab.keyboard.press("Control+y")
    tab.keyboard.press("Control+Shift+Z")
    expect(tab.get_by_role("link", name=re.compile("Adam 0"))).to_be_visible(timeout=PATIENCE)
    expect(tab.get_by_role("button", name="Redo")).to_be_disabled()
    no_accident(tab)
