"""The lab of signals: known answers, and a walk with pointer and keyboard in headless Chromium."""

import numpy as np
import pytest
from browser import PATIENCE, no_accident, settled
from playwright.sync_api import expect

from core.errors import UserError
from core.labs.convolution import convolve_1d
from core.labs.reading import read_lab, read_settings
from core.labs.signals import FALL_KERNEL, FALLING, Signals, falls
from core.spec import packed


def test_every_known_answer_is_ours():
    for check in Signals.checks():
        told = check.to_json()

        assert np.allclose(told["numpy"], told["published"]), told["words"]


def test_the_falling_point_kernel_answers_exactly_where_the_signal_falls():
    signal = np.array(FALLING)
    places = (np.flatnonzero(np.diff(signal) < 0) + 1).tolist()

    assert falls(convolve_1d(signal, FALL_KERNEL, "same")) == places == [5, 10, 15]


def test_the_slope_kernel_follows_the_slope_of_a_sine():
    turns = np.arange(60) * 2 * np.pi / 30
    answers = convolve_1d(np.sin(turns), [3, 2, 1, 0, -1, -2, -3], "valid")

    assert np.corrcoef(answers, np.cos(turns)[3:-3])[0, 1] > 0.9999


def test_settings_come_back_from_their_link_and_others_are_refused():
    settings = Signals(signal=(1.0, 2.5), kernel=(1.0,), flip=False)

    assert read_lab(Signals, packed(settings)) == settings
    for wrong in (
        {"signal": []},
        {"kernel": [1.0] * 10},
        {"signal": [1e9]},
        {"kind": "Sizes"},
        {"flip": "yes"},
        [],
        None,
    ):
        with pytest.raises(UserError):
            read_settings(Signals, wrong)
    with pytest.raises(UserError):
        read_lab(Signals, packed(settings)[:-6])


@pytest.fixture(scope="module")
def page(browser, labs):
    """The lab of a fresh visitor, with a list of what it sent."""
    page = browser.new_context(viewport={"width": 1440, "height": 1200}).new_page()
    page.set_default_timeout(PATIENCE)
    page.sent = []
    page.on("websocket", lambda socket: socket.on("framesent", lambda data: page.sent.append(data)))
    page.goto(f"{labs.url}/signals")
    settled(page)
    page.locator(".track .name").first.wait_for()
    yield page
    no_accident(page)
    page.context.close()


@pytest.mark.browser
def test_the_kernel_follows_pointer_and_keys_without_asking_the_server(page):
    page.wait_for_timeout(1500)
    before, box = len(page.sent), page.locator(".track").bounding_box()
    for x in range(60, 600, 30):
        page.mouse.move(box["x"] + x, box["y"] + 260)
    said = page.locator(".formula").inner_text()
    page.locator(".track").focus()
    page.keyboard.press("ArrowLeft")

    expect(page.locator(".formula")).not_to_have_text(said)
    page.wait_for_timeout(600)
    assert len(page.sent) == before


@pytest.mark.browser
def test_a_drawn_signal_and_a_typed_number_are_answered_at_once_and_stand_in_the_address(page):
    address, box = page.url, page.locator(".track .bars.draws").bounding_box()
    page.mouse.move(box["x"] + 110, box["y"] + 60)
    page.mouse.down()
    page.mouse.move(box["x"] + 300, box["y"] + 20, steps=6)
    page.mouse.up()
    drawn = page.get_by_label("Signal, typed").input_value().split()
    page.get_by_label("Signal, number 18").focus()
    page.keyboard.type("9")
    page.keyboard.press("ArrowUp")

    assert len(drawn) == 18
    assert [float(number) for number in drawn] != list(FALLING)
    assert page.get_by_label("Signal, typed").input_value().split() == [*drawn[:-1], "10"]
    page.wait_for_function("address => location.href !== address", arg=address)


@pytest.mark.browser
def test_what_is_typed_is_taken_or_explained_and_tasks_check_themselves(page):
    page.get_by_role("button", name="1 to 5").click()
    page.get_by_role("button", name="1, 2", exact=True).click()
    expect(page.locator(".name.chosen")).to_contain_text("same: 5 numbers")
    typed = page.get_by_label("Signal, typed")
    typed.fill("1 2 x")
    expect(page.locator(".typed .complaint")).to_contain_text("“x” is no number")
    typed.fill("1, 2, 3")
    expect(page.locator(".name.chosen")).to_contain_text("same: 3 numbers")
    done = page.locator(".tasks li.done")
    count = done.count()
    page.get_by_role("button", name="One weight less").click()
    page.get_by_label("Kernel, row 1, column 1").fill("2")
    expect(done).to_have_count(count + 1)
    page.get_by_text("Checked against known answers").click()
    expect(page.locator(".checks td.wrong")).to_have_count(0)
    expect(page.locator(".checks td.right")).to_have_count(len(Signals.checks()))
