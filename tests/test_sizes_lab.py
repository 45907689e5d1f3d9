"""The lab of sizes: how often a window stops, as Keras has it; its chain, its link and its page."""

import random
from types import SimpleNamespace
from urllib.parse import parse_qs, urlsplit

import pytest
from browser import PATIENCE, go, no_accident, settled
from playwright.sync_api import expect
from pydantic import BaseModel, ValidationError

from core.errors import UserError
from core.labs.kinds_lab import Kinds
from core.labs.reading import read_lab
from core.labs.sizes import MAX_CHAIN, READY_CHAINS, Sizes, SizeStep
from core.labs.sliding import slide
from core.spec import packed
from pages.components.browser.component import scripts as scripts_of
from pages.components.frame import session

expect.set_options(timeout=PATIENCE)
CASES = 1000


def random_window(rng):
    """(size, kernel, stride, dilation, padding); Keras takes a step or a dilation above 1, not both."""
    spaced = rng.random() < 0.4
    padding = rng.choice(["valid", "same", rng.randint(0, 6)])
    return (
        rng.randint(1, 64),
        rng.randint(1, 15),
        1 if spaced else rng.randint(1, 8),
        rng.randint(1, 8) * spaced or 1,
        padding,
    )


def keras_size(layers, size, kernel, stride, dilation, padding):
    """Side of the output by Keras' own arithmetic; 0 where it refuses."""
    shape = (None, size, size, 1)
    if isinstance(padding, int):
        shape, padding = layers.ZeroPadding2D(padding).compute_output_shape(shape), "valid"
    window = layers.Conv2D(1, kernel, stride, padding, dilation_rate=dilation)
    try:
        return max(window.compute_output_shape(shape)[1], 0)
    except ValueError:
        return 0


def test_a_window_stops_as_often_as_keras_says():
    from keras import layers

    rng = random.Random(0)
    for _ in range(CASES):
        case = random_window(rng)
        assert slide(*case).out == keras_size(layers, *case), case


def test_same_puts_the_extra_column_at_the_end():
    one = slide(28, 3, 2, 1, "same")

    assert (one.before, one.after, one.out) == (0, 1, 14)


def test_every_stop_reads_inside_the_border_and_one_more_would_not():
    rng = random.Random(1)
    for _ in range(CASES):
        one = slide(*random_window(rng))
        whole, last = one.size + one.before + one.after, (one.out - 1) * one.stride + one.reach
        if one.out:
            assert last <= whole < last + one.stride
            assert one.unreached == whole - last
        else:
            assert one.reach > whole == one.unreached


def test_a_chain_says_every_size_until_it_breaks():
    chain = (SizeStep(kernel=5), SizeStep(kernel=2, stride=2), SizeStep(kernel=15), SizeStep(kernel=3))

    assert Sizes(size=32, chain=chain).sizes() == [32, 28, 14, 0]
    assert Sizes(size=32, chain=(SizeStep(kernel=3, padding="number", cells=2),)).sizes() == [32, 34]
    assert READY_CHAINS["LeNet-5"].sizes() == [32, 28, 14, 10, 5]
    assert Sizes(size=9, chain=()).sizes() == [9]
    assert READY_CHAINS["Horses"].values()[::6] == [300 * 300 * 3, 35 * 35 * 64] == [270_000, 78_400]


def test_a_link_brings_the_settings_back_and_a_wrong_one_is_refused():
    settings = Sizes(size=40, padding="number", cells=2, chain=(SizeStep(kernel=3), SizeStep(kernel=2, stride=2)))

    assert read_lab(Sizes, packed(settings)) == settings
    for broken in ("", "?", packed(settings)[:-9], packed(Kinds()), "A" * 100_000):
        with pytest.raises(UserError):
            read_lab(Sizes, broken)
    with pytest.raises(ValidationError):
        Sizes(stride=0)
    with pytest.raises(ValidationError):
        Sizes(chain=(SizeStep(kernel=1),) * (MAX_CHAIN + 1))


class Tab(dict):
    """A session's state outside of Streamlit."""

    __getattr__, __setattr__ = dict.get, dict.__setitem__


def test_a_press_under_way_while_the_address_follows_does_not_undo_what_was_set(monkeypatch):
    tab = SimpleNamespace(session_state=Tab(), query_params={})
    monkeypatch.setattr(session, "st", tab)
    links = [packed(Sizes(size=size)) for size in (40, 41)]
    for size in (40, 41):
        session.keep_lab(Sizes, Sizes(size=size).model_dump(mode="json"))
    tab.query_params["lab"] = links[0]  # what the browser knew when the button was pressed

    assert session.lab(Sizes)[1] == 0
    assert tab.query_params["lab"] == links[1]
    assert session.lab_now(Sizes).size == 41

    monkeypatch.setattr(session, "LATE_SECONDS", 0)  # later the same link means what it says: the way back
    tab.query_params["lab"] = links[0]
    assert session.lab(Sizes) == (Sizes(size=40), 1)
    assert session.lab_now(Sizes).size == 40


class Older(BaseModel):
    """What the lab had when it had one knob only."""

    kernel: int


def test_a_link_of_an_older_version_is_taken_over_once(monkeypatch):
    tab = SimpleNamespace(session_state=Tab(), query_params={"lab": packed(Older(kernel=3))})
    monkeypatch.setattr(session, "st", tab)
    for _ in range(2):
        settings, revision = session.lab(Sizes)

    assert (settings.kernel, revision) == (3, 1)
    assert tab.query_params["lab"] == packed(settings)


# ---- in the browser


@pytest.fixture
def lab(browser, labs):
    page = browser.new_page(viewport={"width": 1440, "height": 1000})
    page.set_default_timeout(PATIENCE)
    opened(page, f"{labs.url}/sizes")
    yield page
    no_accident(page)
    page.close()


def linked(url):
    """What an address holds of the lab."""
    return read_lab(Sizes, parse_qs(urlsplit(url).query)["lab"][0])


def opened(page, address):
    page.goto(address)
    settled(page)
    page.locator(".strip").wait_for()


def typed(page, **values):
    for name, value in values.items():
        page.get_by_label(f"{name.capitalize()}, typed").fill(str(value))


def box(page, layer, name):
    return page.get_by_label(f"Layer {layer}, {name}", exact=True)


@pytest.mark.browser
def test_the_browser_slides_as_core_does(browser):
    page = browser.new_page()
    page.evaluate(f"{scripts_of('labs/arithmetic')}; window.slide = slide; 0")
    rng = random.Random(2)
    cases = [random_window(rng) for _ in range(CASES)]

    theirs = page.evaluate(
        """cases => cases.map(([size, kernel, stride, dilation, padding]) => {
        const { reach, before, after, out } = slide(size, kernel, { stride, dilation, padding });
        return [reach, before, after, out];
    })""",
        cases,
    )
    page.close()

    ours = [slide(*case) for case in cases]
    assert theirs == [[one.reach, one.before, one.after, one.out] for one in ours]


@pytest.mark.browser
def test_the_border_that_no_window_reaches_and_the_extra_column_are_shown(lab):
    typed(lab, stride=3)
    expect(lab.locator(".formula")).to_have_text("floor((N + 2P − F) / S) + 1 = floor((32 + 0 − 5) / 3) + 1 = 10")
    typed(lab, size=34)
    expect(lab.locator(".said")).to_contain_text("The last 2 rows and columns are seen by no window.")
    expect(lab.locator(".cell1.lost")).to_have_count(2)
    expect(lab.locator(".unread")).to_have_count(2)
    typed(lab, kernel=2)
    expect(lab.locator(".said")).to_contain_text("steps over 10 cells in between")
    lab.get_by_role("radio", name="same").click()
    typed(lab, size=28, stride=2, kernel=3)
    expect(lab.locator(".strip")).to_contain_text("the extra one")
    expect(lab.locator(".said")).to_contain_text("0 before and 1 after. The extra column goes to the end")
    lab.locator(".strip").focus()
    lab.keyboard.press("ArrowRight")
    lab.keyboard.press("ArrowRight")
    expect(lab.locator(".said")).to_have_text("Stop 1 (of 0 to 13) reads cells 2, 3, 4.")
    expect(lab.locator(".checks .right")).to_have_count(len(Sizes.checks()))


@pytest.mark.browser
def test_a_border_that_no_window_reaches_is_no_loss(lab):
    lab.get_by_role("radio", name="number").click()
    typed(lab, size=8, kernel=3, stride=2)
    lab.get_by_label("Cells at every side, typed").fill("1")
    expect(lab.locator(".said")).to_contain_text("of the border are seen by no window; of the picture nothing is lost.")


@pytest.mark.browser
def test_a_chain_is_edited_where_it_stands_until_it_breaks(lab):
    lab.get_by_role("button", name="LeNet-5").click()
    expect(lab.locator(".links .output")).to_have_text(["28×28×6", "14×14×6", "10×10×16", "5×5×16"])
    box(lab, 1, "kernel").fill("7")
    expect(lab.locator(".links .output")).to_have_text(["26×26×6", "13×13×6", "9×9×16", "4×4×16"])
    box(lab, 2, "stride").fill("0")
    expect(lab.locator(".links .output").nth(1)).to_have_text("Stride: a whole number from 1 to 8; 2 stays.")
    lab.keyboard.press("Tab")
    expect(lab.locator(".links .output").nth(1)).to_have_text("13×13×6")
    box(lab, 3, "dilation").fill("4")
    expect(lab.locator(".links .output").nth(2)).to_have_text("a window of 17 does not fit 13")
    expect(lab.locator(".links .output").nth(3)).to_have_text("not reached")
    expect(lab.locator(".chain")).to_contain_text("breaks at layer 3")
    box(lab, 3, "kernel").press("Alt+ArrowUp")
    expect(lab.locator(".links .output")).to_have_text(["26×26×6", "10×10×16", "5×5×16", "2×2×16"])
    lab.get_by_role("button", name="Remove: layer 4").click()
    expect(lab.locator(".links .output")).to_have_count(3)
    typed(lab, kernel=5)
    lab.get_by_role("button", name="Add this window").click()
    expect(lab.locator(".links .output")).to_have_text(["26×26×6", "10×10×16", "5×5×16", "1×1×16"])
    box(lab, 4, "filters").fill("120")
    expect(lab.locator(".links .output").last).to_have_text("1×1×120")


@pytest.mark.browser
def test_what_is_set_survives_a_reload_another_page_and_nothing_else(lab, labs):
    lab.get_by_role("button", name="Empty the chain").click()
    typed(lab, size=50, stride=3)
    lab.get_by_role("button", name="Add this window").click()
    lab.wait_for_url(lambda url: "lab=" in url and len(linked(url).chain) == 1)
    go(lab, "Training")
    go(lab, "Sizes")
    expect(lab.get_by_label("Size, typed")).to_have_value("50")
    expect(lab.locator(".links .output")).to_have_text(["16×16×16"])
    link = lab.url
    lab.reload()
    settled(lab)
    expect(lab.get_by_label("Stride, typed")).to_have_value("3")
    expect(lab.locator(".links .output")).to_have_text(["16×16×16"])
    opened(lab, link[:-12])
    expect(lab.get_by_test_id("stAlert")).to_contain_text("Copy it again")
    expect(lab.get_by_label("Size, typed")).to_have_value("32")


@pytest.mark.browser
def test_a_phone_has_room_for_it(lab):
    lab.set_viewport_size({"width": 390, "height": 844})
    lab.get_by_role("button", name="Horses, 300×300×3").click()
    expect(lab.locator(".links .output").last).to_have_text("35×35×64")
    expect(lab.locator(".flat")).to_contain_text("78\u202f400 values")
    expect(lab.locator(".flat")).to_contain_text("270\u202f000")
    lab.wait_for_function("document.documentElement.scrollWidth <= 390")
