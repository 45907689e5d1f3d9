"""The layer list under a real pointer and a real keyboard, in headless Chromium."""

import re

import pytest
from browser import PATIENCE, Server, go, no_accident, press_in_menu, settled
from playwright.sync_api import expect

from core.experiment import Experiment
from core.layers.convolution import Conv2D
from core.layers.regularization import BatchNormalization, Dropout
from core.layers.reshaping import Flatten

pytestmark = pytest.mark.browser
expect.set_options(timeout=PATIENCE)

START = ["Conv2D", "MaxPooling2D", "Conv2D", "MaxPooling2D", "Flatten"]


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    server = Server(tmp_path_factory.mktemp("network") / "workspace")
    server.start()
    yield server
    server.stop()


@pytest.fixture
def network(browser, server):
    """The Network page of a fresh visitor."""
    page = browser.new_page(viewport={"width": 1440, "height": 1000})
    page.set_default_timeout(PATIENCE)
    page.goto(server.url)
    settled(page)
    go(page, "Network")
    shows(page, START)
    yield page
    no_accident(page)
    page.close()


def rows(page):
    return page.locator(".layer")


def shows(page, kinds):
    """Waits until the list has these layers and the server has answered."""
    expect(page.locator(".layer .what .main")).to_have_text(kinds)
    expect(page.locator(".list.pending")).to_have_count(0)


def focused(page):
    """Place of the row that has the keyboard."""
    return rows(page).evaluate_all("rows => rows.findIndex(row => row.matches(':focus'))")


def drag(page, start, to):
    """Takes a row by its handle and lets it go a little beyond the middle of another."""
    settled(page)  # else what the answer still brings may push the rows down
    grip, target = rows(page).nth(start).locator(".grip").bounding_box(), rows(page).nth(to).bounding_box()
    x, y = grip["x"] + grip["width"] / 2, grip["y"] + grip["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    down = 8 if to > start else -8
    page.mouse.move(x, y + down, steps=3)
    page.mouse.move(x, target["y"] + target["height"] / 2 + down, steps=8)
    page.mouse.up()


def test_a_row_is_dragged_to_another_place_and_the_numbers_follow(network):
    drag(network, 0, 1)
    shows(network, ["MaxPooling2D", "Conv2D", "Conv2D", "MaxPooling2D", "Flatten"])
    expect(rows(network).nth(0).locator(".shape")).to_have_text("4×4×1")
    drag(network, 4, 0)
    shows(network, ["Flatten", "MaxPooling2D", "Conv2D", "Conv2D", "MaxPooling2D"])


def test_a_drag_that_is_given_up_changes_nothing(network):
    settled(network)
    box = rows(network).nth(0).bounding_box()
    network.mouse.move(box["x"] + 150, box["y"] + 20)
    network.mouse.down()
    network.mouse.move(box["x"] + 150, box["y"] + 120, steps=5)
    network.keyboard.press("Escape")
    network.mouse.up()
    shows(network, START)


def test_a_row_moves_by_keyboard_again_and_again_without_losing_it(network):
    rows(network).nth(0).focus()
    for _ in range(4):
        network.keyboard.press("Alt+ArrowDown")
    shows(network, [*START[1:], "Conv2D"])
    expect(network.locator(".stuck")).to_have_count(1)
    assert focused(network) == 4
    network.keyboard.press("Alt+ArrowUp")
    shows(network, ["MaxPooling2D", "Conv2D", "MaxPooling2D", "Conv2D", "Flatten"])
    assert focused(network) == 3


def test_rows_are_duplicated_deleted_selected_and_taken_back_by_keyboard(network):
    rows(network).nth(0).focus()
    network.keyboard.press("Control+d")
    shows(network, ["Conv2D", *START])
    network.keyboard.press("Delete")
    shows(network, START)
    network.keyboard.press("Home")
    network.keyboard.press("ArrowDown")
    network.keyboard.press("Enter")
    expect(network.get_by_role("heading", name="MaxPooling2D #2")).to_be_visible()
    network.keyboard.press("Control+z")
    shows(network, ["Conv2D", *START])


def test_all_rows_are_marked_by_one_key_and_taken_away_together(network):
    rows(network).nth(2).focus()
    network.keyboard.press("Control+a")
    expect(network.locator(".layer.marked")).to_have_count(len(START))
    assert network.evaluate("String(getSelection())") == ""  # no words of the page
    network.keyboard.press("Delete")
    shows(network, [])


def test_a_row_that_cannot_be_says_why_and_its_button_mends_it(network):
    drag(network, 4, 2)
    stuck = network.locator(".layer.stuck")
    expect(stuck).to_contain_text("needs an image of height, width and channels")
    expect(network.locator(".layer.unjudged")).to_have_count(1)
    stuck.get_by_role("button", name="Move Flatten behind MaxPooling2D #5").click()
    shows(network, START)
    expect(network.locator(".stuck")).to_have_count(0)


def test_the_head_offers_what_it_needs(network):
    rows(network).nth(4).hover()
    network.get_by_role("button", name="Delete Flatten").click()
    shows(network, START[:4])
    network.get_by_role("button", name="Add GlobalAveragePooling2D").click()
    shows(network, [*START[:4], "GlobalAveragePooling2D"])


def test_a_double_click_on_a_fix_mends_once(network):
    rows(network).nth(4).hover()
    network.get_by_role("button", name="Delete Flatten").click()
    shows(network, START[:4])
    network.get_by_role("button", name="Add Flatten").dblclick()
    shows(network, START)


def test_advice_says_why_is_followed_taken_back_and_declined_for_good(browser, server):
    page = browser.new_page(viewport={"width": 1440, "height": 1000})
    page.set_default_timeout(PATIENCE)
    network = Experiment(layers=(Conv2D(activation="linear"), Conv2D(), Dropout(), BatchNormalization(), Flatten()))
    page.goto(f"{server.url}/network?e={network.to_link()}")
    advice = page.locator(".advice")
    expect(advice.first).to_contain_text("Nothing bends the values between Conv2D #1 and Conv2D #2")
    expect(page.get_by_text("A linear map of a linear map is linear")).to_be_hidden()
    advice.first.get_by_role("button", name="Why?").press("Enter")
    expect(page.get_by_text("A linear map of a linear map is linear")).to_be_visible()
    advice.nth(1).get_by_role("button", name="Remove it").click()
    shows(page, ["Conv2D", "Conv2D", "BatchNormalization", "Flatten"])
    expect(page.get_by_text("A linear map of a linear map is linear")).to_be_visible()  # through a redraw
    advice.first.get_by_role("button", name="Use activation='relu'").click()
    expect(page.locator(".advice", has_text="Nothing bends")).to_have_count(0)
    page.get_by_role("button", name="Undo").first.click()
    page.locator(".advice", has_text="Nothing bends").get_by_role("button", name="Not for me").click()
    expect(page.locator(".advice", has_text="Nothing bends")).to_have_count(0)
    settled(page)
    page.reload()
    shows(page, ["Conv2D", "Conv2D", "BatchNormalization", "Flatten"])
    expect(page.locator(".advice", has_text="Nothing bends")).to_have_count(0)
    no_accident(page)
    page.close()


def test_what_was_typed_is_kept_by_the_press_that_leaves_the_form(network):
    network.get_by_role("spinbutton", name="Filters").fill("48")
    rows(network).nth(2).click()
    expect(network.get_by_role("heading", name="Conv2D #3")).to_be_visible()
    expect(rows(network).nth(0)).to_contain_text("48 filters")
    network.get_by_role("spinbutton", name="Filters").fill("24")
    press_in_menu(network, "Training", delay=80)
    network.get_by_role("heading", name="Training", exact=True).wait_for()
    expect(network.get_by_role("link", name=re.compile("Conv 48 · Pool · Conv 24"))).to_be_visible()


def test_training_starts_with_what_was_typed_last(network):
    go(network, "Training")
    network.get_by_role("spinbutton", name="Epochs").fill("2")
    network.get_by_role("button", name=re.compile("Train this")).click()
    network.get_by_role("heading", name="Live run").wait_for()
    expect(network.get_by_role("link", name="finished 2/2")).to_be_visible()


def test_a_layer_is_added_from_the_catalogue_after_the_selected_one(network):
    rows(network).nth(2).click()
    expect(network.get_by_role("heading", name="Conv2D #3")).to_be_visible()
    network.get_by_role("button", name="Add a layer").click()
    network.get_by_role("button", name=re.compile("^BatchNormalization")).click()
    shows(network, [*START[:3], "BatchNormalization", *START[3:]])
    expect(network.get_by_role("heading", name="BatchNormalization #4")).to_be_visible()
    expect(rows(network).nth(3)).to_be_focused()


def test_a_residual_network_is_built_by_keyboard_mended_by_one_click_and_can_be_trained(network):
    rows(network).nth(0).focus()
    network.keyboard.press("b")
    shows(network, ["Conv2D", "Conv2D", *START[1:]])
    expect(rows(network).nth(1)).to_be_focused()
    expect(network.locator(".list.railed .dot.loose")).to_have_count(1)
    rows(network).nth(1).get_by_label("The other end").select_option(label="MaxPooling2D #3 (4×4×32)")
    rows(network).nth(1).get_by_label("Joined by").select_option("Add")
    rows(network).nth(1).get_by_role("button", name="Join Conv2D").click()
    shows(network, ["Conv2D", "Conv2D", "MaxPooling2D", "Add", *START[2:]])
    network.locator(".layer.stuck").get_by_role("button", name="Use strides=2 in Conv2D #2").click()
    expect(network.locator(".stuck")).to_have_count(0)
    expect(rows(network).nth(3).locator(".dot.meets")).to_be_visible()
    network.keyboard.press("Control+z")
    expect(network.locator(".layer.stuck")).to_have_count(1)
    network.keyboard.press("Control+Shift+z")
    expect(network.locator(".stuck")).to_have_count(0)
    go(network, "Training")
    expect(network.get_by_role("button", name=re.compile("Train this"))).to_be_enabled()


def test_several_rows_are_copied_pasted_and_cut_by_keyboard_and_keep_their_wires(network):
    rows(network).nth(0).focus()
    network.keyboard.press("b")
    shows(network, ["Conv2D", "Conv2D", *START[1:]])
    network.keyboard.press("j")
    network.locator(".strip.asked").get_by_label("The other end").wait_for()
    network.keyboard.press("Escape")
    expect(network.locator(".strip.asked")).to_have_count(0)
    rows(network).nth(2).focus()
    network.keyboard.press("Shift+ArrowDown")
    expect(network.locator(".layer.marked")).to_have_count(2)
    network.keyboard.press("Control+c")
    network.keyboard.press("End")
    network.keyboard.press("ArrowUp")
    network.keyboard.press("Control+v")
    shows(network, ["Conv2D", "Conv2D", *START[1:4], "MaxPooling2D", "Conv2D", "Flatten"])
    expect(rows(network).nth(5)).to_be_focused()
    rows(network).nth(6).click(modifiers=["Shift"])
    expect(network.locator(".layer.marked")).to_have_count(2)
    rows(network).nth(6).focus()
    network.keyboard.press("Control+x")
    shows(network, ["Conv2D", "Conv2D", *START[1:]])
    rows(network).nth(2).focus()
    network.keyboard.press("Shift+ArrowDown")
    network.keyboard.press("Alt+ArrowDown")
    shows(network, ["Conv2D", "Conv2D", "MaxPooling2D", "MaxPooling2D", "Conv2D", "Flatten"])
    expect(network.locator(".layer.marked .what .main")).to_have_text(["MaxPooling2D", "Conv2D"])
    assert focused(network) == 4
    drag(network, 4, 1)
    shows(network, ["Conv2D", "MaxPooling2D", "Conv2D", "Conv2D", "MaxPooling2D", "Flatten"])


def test_rows_become_a_block_that_unfolds_by_key_and_pointer_and_is_taken_apart(network):
    inner = network.locator(".inner .what .main")
    rows(network).nth(0).focus()
    network.keyboard.press("Shift+ArrowDown")
    expect(network.locator(".layer.marked")).to_have_count(2)
    network.keyboard.press("g")
    shows(network, ["Group", *START[2:]])
    expect(rows(network).nth(0)).to_be_focused()
    network.keyboard.press("ArrowRight")
    expect(inner).to_have_text(START[:2])
    network.get_by_role("textbox", name="Name", exact=True).fill("first")
    network.keyboard.press("Enter")
    expect(rows(network).nth(0).locator(".called")).to_have_text("first")
    expect(inner).to_have_text(START[:2])  # what is unfolded stays so when the list is drawn anew
    rows(network).nth(0).get_by_role("button", name="Fold this block").click()
    expect(inner).to_have_count(0)
    rows(network).nth(1).focus()
    network.keyboard.press("g")
    network.keyboard.press("t")
    shows(network, ["Groupfirst", *START[2:]])
    rows(network).nth(0).focus()
    network.keyboard.press("t")
    shows(network, START)


def test_every_layer_is_found_by_a_word_and_added_by_keyboard(network):
    rows(network).nth(2).click()
    network.get_by_role("button", name="Add a layer").click()
    offers = network.locator(".offer:visible")
    few = offers.count()
    network.get_by_role("button", name="All layers").click()
    assert offers.count() > 2 * few
    search = network.get_by_role("searchbox", name="Search all layers")
    search.fill("nothing like it")
    expect(network.get_by_text("No layer has these words.")).to_be_visible()
    search.fill("map larger")
    assert [kind.partition("\n")[0] for kind in offers.all_inner_texts()] == ["Conv2DTranspose", "UpSampling2D"]
    search.press("ArrowDown")
    network.keyboard.press("ArrowDown")
    expect(network.get_by_role("button", name=re.compile("^UpSampling2D"))).to_be_focused()
    network.keyboard.press("Enter")
    shows(network, [*START[:3], "UpSampling2D", *START[3:]])


def test_two_fast_clicks_on_undo_take_back_two_changes(network):
    for _ in range(3):
        rows(network).last.focus()
        network.keyboard.press("Delete")
    shows(network, START[:-3])
    network.get_by_role("button", name="Undo").first.dblclick()
    shows(network, START[:-1])


def test_on_a_phone_nothing_runs_out_of_the_page(browser, server):
    page = browser.new_page(viewport={"width": 390, "height": 844}, has_touch=True)
    page.set_default_timeout(PATIENCE)
    page.goto(server.url)
    settled(page)
    for name in ("network", "augmentation", "training"):
        page.goto(f"{server.url}/{name}")
        page.get_by_role("heading", name=name.title(), exact=True).wait_for()
        settled(page)
        assert page.evaluate("document.scrollingElement.scrollWidth") <= 390
    page.goto(f"{server.url}/network")
    shows(page, START)
    touch = {"pointerType": "touch", "button": 0, "bubbles": True}
    rows(page).nth(1).dispatch_event("pointerdown", touch)
    expect(page.locator(".layer.marked")).to_have_count(1)
    rows(page).nth(1).dispatch_event("pointerup", touch)
    rows(page).nth(2).locator(".what").tap()
    rows(page).nth(3).locator(".what").tap()
    expect(page.locator(".layer.marked")).to_have_count(3)
    page.get_by_role("button", name="Make a block of 3 layers").tap()
    shows(page, [START[0], "Group", START[4]])
    page.close()
