"""The lab of signals: known answers, and a walk with pointer and keyboard in headless Chromium."""

from urllib.parse import parse_qs, urlsplit

import numpy as np
import pytest
from browser import PATIENCE, no_accident, settled, silent
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
    places = np.flatnonzero(np.diff(signal) < 0).tolist()

    assert falls(convolve_1d(signal, FALL_KERNEL, "same")) == places == [4, 9, 14]


def test_the_slope_kernel_follows_the_slope_of_a_sine():
    turns = np.arange(100) * 2 * np.pi / 50  # the ready sine of the page
    answers = convolve_1d(np.sin(turns), [3, 2, 1, 0, -1, -2, -3], "valid")

    assert np.corrcoef(answers, np.cos(turns)[3:-3])[0, 1] > 0.9999
    np.testing.assert_allclose(answers, np.convolve(np.sin(turns), [3, 2, 1, 0, -1, -2, -3], "valid"))


def test_turning_an_even_kernel_round_is_not_all_that_a_layer_does_otherwise_in_same():
    """So what the flip alone changes is counted with the windows left where they are."""
    assert np.allclose(convolve_1d(FALLING, [1, 1], "same"), np.convolve(FALLING, [1, 1], "same"))
    assert not np.allclose(convolve_1d(FALLING, [1, 1], "same", flip=False), np.convolve(FALLING, [1, 1], "same"))


def test_a_fall_of_one_amid_rises_of_one_cancels_under_the_falling_point_kernel():
    answers, signal = np.convolve(FALLING, [-1, 0, 1, 0], "same"), np.array(FALLING)
    falls_at = np.flatnonzero(np.diff(signal) < 0)

    assert (answers[falls_at] == answers[falls_at + 1]).all()
    assert not answers[falls_at].any()
    steep = np.convolve([1, 2, 9, 3, 4], [-1, 0, 1, 0], "same")
    assert steep[2] != 0  # so the sentence is said of that signal only


def test_settings_come_back_from_their_link_and_others_are_refused():
    settings = Signals(signal=(1.0, 2.5), kernel=(1.0,), flip=False, place=1)

    assert read_lab(Signals, packed(settings)) == settings
    for wrong in (
        {"signal": []},
        {"kernel": [1.0] * 10},
        {"signal": [1e9]},
        {"signal": [1.0] * 201},
        {"place": -1},
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
    before, box = silent(page), page.locator(".track").bounding_box()
    for x in range(60, 600, 30):
        page.mouse.move(box["x"] + x, box["y"] + 260)
    assert silent(page) == before
    said = page.locator(".formula").inner_text()
    page.locator(".track").focus()
    page.keyboard.press("ArrowLeft")
    expect(page.locator(".formula")).not_to_have_text(said)


@pytest.mark.browser
def test_a_drawn_signal_and_a_typed_number_are_answered_at_once_and_stand_in_the_address(page):
    address, box = page.url, page.locator(".track .bars.draws").bounding_box()
    page.mouse.move(box["x"] + 110, box["y"] + 60)
    page.mouse.down()
    page.mouse.move(box["x"] + 300, box["y"] + 20, steps=6)
    page.mouse.up()
    drawn = page.get_by_label("Signal, typed").input_value().split()
    page.get_by_label("Signal, place 17").focus()
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
    page.get_by_label("Kernel, row 0, column 0").fill("2")
    expect(done).to_have_count(count + 1)
    page.get_by_text("Checked against known answers").click()
    expect(page.locator(".checks td.wrong")).to_have_count(0)
    expect(page.locator(".checks td.right")).to_have_count(len(Signals.checks()))


def linked(url):
    """What an address holds of the lab."""
    return read_lab(Signals, parse_qs(urlsplit(url).query)["lab"][0])


def told_by_numpy(page):
    """The lines of code on the page, run by NumPy and Keras: the answer that they give, and the layer's."""
    import keras

    lines = [
        line for line in page.locator(".code-lines .script").inner_text().splitlines() if line[:3] in ("np.", "ker")
    ]
    return [np.array(eval(line, {"np": np, "keras": keras})) for line in lines]


@pytest.mark.browser
def test_the_lines_of_code_give_what_the_lab_says_and_a_link_holds_the_window(page):
    page.get_by_role("button", name="Reset").click()
    for mode in ("full", "same", "valid"):
        page.get_by_role("radio", name=mode).click()
        for flip in (True, False):
            page.get_by_role("switch", name="Flip the kernel").set_checked(flip)
            numpy, *layer = told_by_numpy(page)
            kernel = Signals().kernel
            np.testing.assert_allclose(numpy, convolve_1d(FALLING, kernel, mode, flip), err_msg=f"{mode} {flip}")
            assert len(layer) == (mode != "full")
            for answer in layer:
                np.testing.assert_allclose(answer, convolve_1d(FALLING, kernel, mode, flip=False))
    page.locator(".track").focus()
    page.keyboard.press("Home")
    page.keyboard.press("ArrowRight")
    expect(page.locator(".formula")).to_contain_text("cut by valid = 0·(\u22121) + 0·0 + 1·1 + 2·0 = 1")
    page.wait_for_url(lambda url: "lab=" in url and linked(url).place == 1)
    other = page.context.new_page()
    other.goto(page.url)
    expect(other.locator(".formula")).to_contain_text(
        "cut by valid = 0·(\u22121) + 0·0 + 1·1 + 2·0 = 1", timeout=PATIENCE
    )
    other.close()


@pytest.mark.browser
def test_a_hundred_numbers_are_seen_as_a_line_and_a_press_goes_there(page):
    page.get_by_role("button", name="Reset").click()
    page.get_by_role("button", name="Sine", exact=True).click()
    page.get_by_role("button", name="Slope", exact=True).click()
    page.get_by_role("radio", name="same").click()
    expect(page.locator(".more")).to_contain_text("of 100 (0 to 99)")
    expect(page.locator(".said")).to_contain_text("of a sine that is a cosine")
    plot = page.locator(".wholes .plot").last
    box = plot.bounding_box()
    page.mouse.click(box["x"] + box["width"] - 10, box["y"] + 30)
    expect(page.locator(".more")).to_contain_text("to 99 of 100")
    expect(page.locator(".formula")).to_contain_text("y[99] =")
    page.get_by_label("Signal, typed").fill(" ".join(["1"] * 201))
    expect(page.locator(".typed .complaint")).to_contain_text("201 numbers are too many: 200 at most.")
    page.get_by_role("button", name="Reset").click()


@pytest.mark.browser
def test_a_question_counts_when_it_was_right_three_times_in_a_row_and_a_guess_takes_that_back(page):
    question, done = page.locator(".question"), page.locator(".tasks li.done")
    before = done.count()

    def right():
        asked = question.locator(".asked").inner_text().removesuffix(" is")
        return int(eval(asked, {"np": np}))

    def answer(number):
        asked = question.locator(".asked").inner_text()
        question.get_by_label("Your answer").fill(str(number))
        question.get_by_label("Your answer").press("Enter")
        expect(question.locator(".verdict")).to_contain_text(asked)

    answer(right())
    answer(right())
    expect(question.locator(".stars")).to_contain_text("2 of 3")
    answer(right() + 1)
    expect(question.locator(".stars")).to_contain_text("0 of 3")
    for _ in range(3):
        answer(right())
    expect(question.locator(".stars")).to_have_text("answered")
    expect(done).to_have_count(before + 1)
    question.get_by_role("button", name="Show it above").click()
    expect(page.locator(".formula b")).not_to_be_empty()
