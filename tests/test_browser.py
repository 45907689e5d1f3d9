"""The whole path as a newcomer walks it, in headless Chromium: open, train, refresh, look inside, predict."""

import io
import re
import time
import zipfile

import numpy as np
import psutil
import pytest
from browser import PATIENCE, Server, go, no_accident, press, press_in_menu, settled
from PIL import Image, ImageDraw
from playwright.sync_api import expect

from core.datasets.shapes import draw_shape
from core.runs import states
from tests.saved import here

pytestmark = pytest.mark.browser
expect.set_options(timeout=PATIENCE)
FLAGS = ["--no-sandbox", "--disable-dev-shm-usage"]


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    server = Server(tmp_path_factory.mktemp("browser") / "workspace")
    server.start()
    yield server
    server.stop()


@pytest.fixture
def tab(browser, server, monkeypatch):
    """A fresh tab of a fresh visitor; fails when anything was fetched from another host."""
    monkeypatch.setenv("KERNELSCOPE_HOME", str(server.home))
    context = browser.new_context(viewport={"width": 1440, "height": 1000})
    outside = []
    own = (server.url, f"ws://127.0.0.1:{server.port}", "data:", "blob:")
    context.on("request", lambda request: None if request.url.startswith(own) else outside.append(request.url))
    page = context.new_page()
    page.set_default_timeout(PATIENCE)
    page.goto(server.url)
    settled(page)
    yield page
    no_accident(page)
    context.close()
    assert outside == []


def run_of(page):
    """The run that the address names."""
    page.wait_for_url(re.compile("run=[0-9a-f]{32}"))
    return here().find(re.search("run=([0-9a-f]{32})", page.url).group(1))


def trained(page):
    """Trains the ready experiment from Home; returns its run."""
    page.get_by_role("button", name="Train this now").click()
    expect(page.get_by_text("What now?")).to_be_visible()
    return run_of(page)


def wait_until(holds, seconds=60):
    """Waits for something that no locator can say."""
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, "waited too long"
        time.sleep(0.1)


def make_picture(path):
    """A white ring on black."""
    image = Image.new("L", (64, 64))
    ImageDraw.Draw(image).ellipse((14, 8, 50, 56), outline=255, width=8)
    image.save(path)
    return path


def make_zip(path):
    """Two classes of forty drawn shapes each, in folders."""
    with zipfile.ZipFile(path, "w") as archive:
        for name in ("ring", "cross"):
            for i in range(40):
                buffer = io.BytesIO()
                Image.fromarray(draw_shape(name, 24, 0.1, np.random.default_rng(i))).save(buffer, "PNG")
                archive.writestr(f"shapes/{name}/{i}.png", buffer.getvalue())
    return path


def test_one_click_trains_the_ready_network_in_place(tab):
    run = trained(tab)

    assert run.status().state == states.FINISHED
    assert run.status().accuracy >= 0.99
    expect(tab.get_by_role("img", name=re.compile("Accuracy after epoch 10"))).to_be_visible()
    expect(tab.get_by_text("★ best: epoch").first).to_be_visible()
    expect(tab.get_by_role("link", name="finished 10/10")).to_be_visible()


def test_a_refresh_and_a_second_tab_show_the_same_run(tab):
    run = trained(tab)
    go(tab, "Live run")
    tab.reload()
    settled(tab)
    expect(tab.get_by_text("Finished.")).to_be_visible()
    assert run_of(tab).id == run.id

    second = tab.context.new_page()
    second.goto(tab.url)
    settled(second)
    expect(second.get_by_text("Finished.")).to_be_visible()
    assert run_of(second).id == run.id
    second.close()


def test_stop_keeps_the_network_so_far_and_a_server_restart_finds_the_run(tab, server):
    go(tab, "Training")
    epochs = tab.get_by_role("spinbutton", name="Epochs")
    epochs.fill("1000")
    epochs.press("Enter")
    expect(tab.get_by_role("link", name=re.compile("1.000 epochs"))).to_be_visible()
    tab.get_by_role("button", name=re.compile("^.*Train this")).click()
    tab.get_by_role("heading", name="Live run").wait_for()
    expect(tab.get_by_text(re.compile(r"Epoch \d+ of 1000"))).to_be_visible()
    run = run_of(tab)

    server.stop()
    assert run.status().is_live
    server.start()
    tab.goto(tab.url)
    settled(tab)
    expect(tab.get_by_text(re.compile(r"Epoch \d+ of 1000"))).to_be_visible()

    press(tab, "Stop")
    expect(tab.get_by_text("Stopped by you")).to_be_visible()
    assert run.weights()


def test_a_link_brings_the_whole_experiment(tab, server):
    from core.experiment.presets import load_preset

    wanted = load_preset("shapes-cnn").edited(seed=77)
    tab.goto(f"{server.url}/?e={wanted.to_link()}")
    settled(tab)

    expect(tab.get_by_role("link", name=re.compile("Colour shapes"))).to_be_visible()
    go(tab, "Network")
    tab.get_by_role("tab", name="Code").click()
    expect(tab.get_by_text("SEED = 77")).to_be_visible()

    tab.goto(f"{server.url}/?e=broken")
    expect(tab.get_by_text("This link is not whole.")).to_be_visible()


def test_the_server_stays_light_and_free_of_tensorflow(tab, server):
    """After all pages were open: under 300 MB, and none of TensorFlow's libraries mapped."""
    trained(tab)
    for name in ("Data", "Augmentation", "Network", "Training", "Live run", "Predict", "Look inside"):
        go(tab, name)
        no_accident(tab)
    process = psutil.Process(server.process.pid)

    assert process.memory_info().rss < 300 * 2**20
    if hasattr(process, "memory_maps"):
        assert not [m.path for m in process.memory_maps() if "tensorflow" in m.path]


def test_a_deep_link_to_a_fresh_server_opens_its_page(browser, tmp_path):
    server = Server(tmp_path / "workspace")
    server.start()
    try:
        page = browser.new_page()
        page.set_default_timeout(PATIENCE)
        page.goto(f"{server.url}/network")
        expect(page.get_by_role("heading", name="Network", exact=True)).to_be_visible()
        expect(page.get_by_text("Page not found")).to_have_count(0)
        page.get_by_role("tab", name="Code").click()
        expect(page.get_by_role("button", name="Download the script")).to_be_visible()
        page.close()
    finally:
        server.stop()


def test_a_zip_becomes_a_dataset_and_trains(tab, tmp_path):
    go(tab, "Data")
    tab.get_by_role("button", name="Own images").click()
    tab.locator("input[type=file]").first.set_input_files(make_zip(tmp_path / "shapes.zip"))
    expect(tab.get_by_text("shapes is here")).to_be_visible()
    expect(tab.get_by_text("cross, ring").first).to_be_visible()
    no_accident(tab)

    press_in_menu(tab, "Home")
    tab.get_by_role("button", name="Train this now").click()
    expect(tab.get_by_text("What now?")).to_be_visible()
    run = run_of(tab)
    assert run.status().state == states.FINISHED
    assert run.experiment.dataset.facts().class_names == ("cross", "ring")


def test_a_file_that_is_no_zip_gets_a_sentence_and_loses_nothing(tab, tmp_path):
    fake = tmp_path / "fake.zip"
    fake.write_text("not a zip at all")
    go(tab, "Data")
    tab.get_by_role("button", name="Own images").click()
    tab.locator("input[type=file]").first.set_input_files(fake)

    expect(tab.locator("[data-testid=stAlert]").filter(has_text="ZIP").first).to_be_visible()
    expect(tab.get_by_role("link", name="Digits 8x8")).to_be_visible()


def kinds_shown(tab):
    """Kinds of the layers in the list, from top to bottom, the input and the head left out."""
    rows = tab.get_by_role("row").filter(has=tab.get_by_role("button", name=re.compile("Remove|Delete")))
    return [text.split()[0] for text in rows.evaluate_all("rows => rows.map(row => row.getAttribute('aria-label'))")]


def test_the_stack_is_edited_by_keyboard_by_mouse_and_undone(tab):
    go(tab, "Network")
    expect(tab.get_by_text("21 386").or_(tab.get_by_text("21\u202f386")).first).to_be_visible()
    start = ["Conv2D", "MaxPooling2D", "Conv2D", "MaxPooling2D", "Flatten"]
    assert kinds_shown(tab) == start
    first = tab.get_by_role("row", name=re.compile("^Conv2D 32"))

    first.focus()
    tab.keyboard.press("Alt+ArrowDown")
    wait_until(lambda: kinds_shown(tab)[:2] == ["MaxPooling2D", "Conv2D"])
    tab.keyboard.press("Alt+ArrowUp")
    wait_until(lambda: kinds_shown(tab) == start)

    tab.get_by_role("row", name=re.compile("^Flatten")).focus()
    tab.keyboard.press("Delete")
    wait_until(lambda: kinds_shown(tab) == start[:-1])
    expect(tab.get_by_text(re.compile("flat list of values")).first).to_be_visible()
    tab.get_by_role("button", name=re.compile("Undo")).first.click()
    wait_until(lambda: kinds_shown(tab) == start)

    settled(tab)  # else what the answer still brings may push the rows down
    source = tab.get_by_role("row", name=re.compile("^Conv2D 64")).bounding_box()
    target = first.bounding_box()
    tab.mouse.move(source["x"] + 12, source["y"] + source["height"] / 2)
    tab.mouse.down()
    tab.mouse.move(source["x"] + 14, source["y"] + 4, steps=4)
    tab.mouse.move(target["x"] + 14, target["y"] + 4, steps=12)
    tab.mouse.up()
    wait_until(lambda: kinds_shown(tab)[:2] == ["Conv2D", "Conv2D"])


def source(tab, name):
    """Chooses where pictures come from."""
    option = re.compile(name)
    tab.get_by_role("radio", name=option).or_(tab.get_by_role("button", name=option)).first.click()


def test_pictures_are_judged_by_upload_and_by_drawing_and_looked_into(tab, tmp_path):
    trained(tab)
    go(tab, "Predict")
    expect(tab.get_by_text(re.compile("right|wrong")).first).to_be_visible()

    source(tab, "Upload")
    bad = tmp_path / "bad.png"
    bad.write_text("no picture")
    tab.locator("input[type=file]").first.set_input_files([make_picture(tmp_path / "ring.png"), bad])
    expect(tab.get_by_role("list", name="likeliest classes").first).to_be_visible()
    expect(tab.get_by_text("bad.png is not a picture").first).to_be_visible()
    no_accident(tab)

    source(tab, "Draw")
    pad = tab.get_by_role("img", name=re.compile("Drawing pad"))
    pad.wait_for()
    pad.scroll_into_view_if_needed()
    box = pad.bounding_box()
    tab.mouse.move(box["x"] + box["width"] / 2, box["y"] + 30)
    tab.mouse.down()
    tab.mouse.move(box["x"] + box["width"] / 2 + 2, box["y"] + box["height"] - 30, steps=10)
    tab.mouse.up()
    expect(tab.get_by_role("list", name="likeliest classes").first).to_be_visible()

    tab.get_by_role("button", name=re.compile("Why")).first.click()
    tab.get_by_role("heading", name="Look inside").wait_for()
    tab.get_by_role("button", name=re.compile("^Occlusion, ")).click()
    expect(tab.get_by_text("What it does not mean")).to_be_visible()
    with tab.expect_download() as saved:
        tab.get_by_role("button", name="Save as PNG").click()
    with Image.open(saved.value.path()) as picture:
        drawn = np.asarray(picture.convert("RGB")).astype(int)
    assert (drawn[..., 2] - drawn[..., 0] > 100).any()  # what speaks for the class is blue in the file, too
    tab.keyboard.press("Escape")
    expect(tab.get_by_role("button", name=re.compile("^Saliency, "))).to_be_visible()
    expect(tab.get_by_role("button", name="Check these maps")).to_be_visible()
    tab.get_by_test_id("stSelectbox").filter(has_text="Look with").locator("input").click()
    tab.get_by_role("option", name="All layers").click()
    tile = tab.get_by_role("button", name=re.compile("conv2d_1, map 1 of 32", re.IGNORECASE)).first
    tile.wait_for()
    second = tab.get_by_role("button", name=re.compile("conv2d_2, map 1 of", re.IGNORECASE)).first
    second.hover()
    expect(tab.locator(".veil")).to_have_attribute("d", re.compile("^M"))
    lines = tab.locator(".lit").evaluate_all(
        "paths => paths.map(one => (one.getAttribute('d') ?? '').split('M').length - 1)"
    )
    assert sum(lines) == 32  # one from each map of the layer before
    box = tile.bounding_box()
    tile.click(position={"x": 0.8 * box["width"], "y": 0.3 * box["height"]})
    said, opened = tab.locator(".said"), tab.get_by_label(re.compile("map 1, taken apart"))
    expect(opened).to_be_visible()
    expect(said).to_contain_text("row 2, column 6")  # of 8 rows and 8 columns: the one that was clicked
    large = opened.locator(".listens")
    large.hover(position={"x": 2, "y": 2})
    expect(said).to_contain_text("row 0, column 0")
    tab.get_by_text("Colour scale").hover()
    expect(said).to_contain_text("row 2, column 6")
    assert large.evaluate("node => getComputedStyle(node).touchAction") == "auto"
    tab.keyboard.press("Escape")
    expect(opened).to_be_hidden()
    a_map_is_taken_apart_and_its_pixel_kept(tab, second)

    answer = tab.get_by_role("button", name=re.compile("take it apart")).nth(3)
    logit = answer.locator("xpath=following-sibling::*[1]").locator(".number").inner_text()
    answer.click()
    expect(tab.get_by_text("together, the logit").locator("xpath=following-sibling::*[1]")).to_have_text(logit)
    products = [abs(number(text)) for text in tab.locator(".addend .product .number").all_inner_texts()]
    assert products == sorted(products, reverse=True)
    tab.keyboard.press("Escape")
    expect(tab.get_by_role("heading", name="Kernels")).to_be_visible()

    source(tab, "Paste")
    tab.get_by_role("button", name="Paste", exact=True).wait_for()
    paste(tab, "text/plain", b"words")
    expect(tab.get_by_text("There is no picture in the clipboard")).to_be_visible()
    paste(tab, "image/png", make_picture(tmp_path / "pasted.png").read_bytes())
    expect(tab.get_by_text("Your pasted picture")).to_be_visible()
    expect(tab.get_by_role("button", name=re.compile("conv2d_1, map 1 of 32", re.IGNORECASE)).first).to_be_visible()


def paste(tab, kind, data):
    """Ctrl+V with this in the clipboard, which a page may not fill by itself."""
    tab.evaluate(
        """([kind, bytes]) => {
            const clipboardData = new DataTransfer();
            clipboardData.items.add(new File([new Uint8Array(bytes)], "pasted", { type: kind }));
            const how = { clipboardData, bubbles: true, cancelable: true };
            document.body.dispatchEvent(new ClipboardEvent("paste", how));
        }""",
        [kind, list(data)],
    )


def a_map_is_taken_apart_and_its_pixel_kept(tab, tile):
    """Windows of all input maps add up to the sum; a window slides on demand; Esc goes back by exactly one level."""
    tile.click(modifiers=["Shift"])
    expect(tab.locator(".said .held")).to_be_visible()
    expect(tab.locator(".opened")).to_have_count(0)
    tile.press("End")
    expect(tab.locator(".said")).to_contain_text("map 1 of 64")
    tab.keyboard.press("Escape")
    expect(tab.locator(".said .held")).to_have_count(0)
    tab.keyboard.press("Home")
    tab.keyboard.press("Enter")

    opened, said = tab.locator(".opened"), tab.locator(".said")
    expect(opened.locator("h4").first).to_contain_text("largest contributions first")
    added = [number(text) for text in opened.locator(".card > .number").all_inner_texts()]
    assert len(added) == 6  # five of 32 input maps, and the others together
    lines = opened.locator(".formula .number").all_inner_texts()
    assert sum(added) == pytest.approx(number(lines[0]), abs=0.005 * sum(map(abs, added)))
    assert number(lines[0]) + number(lines[1]) == pytest.approx(number(lines[2]), rel=0.01, abs=0.01)
    assert max(0, number(lines[2])) == pytest.approx(number(lines[3]), rel=0.01)
    opened.get_by_role("button", name="Slide the window").click()
    expect(opened.locator(".listens .cover")).to_be_visible()
    opened.get_by_role("button", name="Pause").click()

    large = opened.locator(".listens")
    large.click(position={"x": 5, "y": 5})
    expect(said).to_contain_text("row 0, column 0")
    expect(opened.locator(".cover")).to_have_count(0)
    large.hover(position={"x": 200, "y": 200})
    expect(said).to_contain_text("row 0, column 0")
    tab.keyboard.press("Escape")
    expect(said.locator(".held")).to_have_count(0)
    expect(opened).to_be_visible()
    tab.keyboard.press("Escape")
    expect(opened).to_be_hidden()


def number(text):
    """A number as a page writes it: "−1.2·10⁻³"."""
    plain = text.replace("\u2212", "-").translate(str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789"))
    digits, _, power = plain.partition("·10")
    return float(digits) * 10 ** int(power or 0)


def inside(box, height):
    """Whether something stands within what is seen of a page that high."""
    return box["y"] >= 0 and box["y"] + box["height"] <= height


def test_no_layer_stands_behind_the_answers_and_a_phone_shows_what_is_tapped(tab, browser, server, tmp_path):
    run = trained(tab)
    tab.set_viewport_size({"width": 1180, "height": 900})
    go(tab, "Look inside")
    more = tab.get_by_role("button", name=re.compile("more layers to the right"))
    more.wait_for()
    columns, answers = tab.locator(".columns").bounding_box(), tab.locator(".column.answer").bounding_box()
    assert columns["x"] + columns["width"] <= answers["x"]
    tab.emulate_media(reduced_motion="reduce")  # a press scrolls at once, and the button may be gone before the next
    while more.is_visible():
        tab.locator(".columns").evaluate("node => node.parentElement.querySelector('.more.right').click()")
    flat = tab.locator(".columns .column").last
    wait_until(lambda: (box := flat.bounding_box())["x"] + box["width"] <= answers["x"] + 1)

    phone = browser.new_context(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    page = phone.new_page()
    page.set_default_timeout(PATIENCE)
    page.goto(f"{server.url}/look-inside?run={run.id}")
    tile = page.get_by_role("button", name=re.compile("max_pooling2d_1, map 2 of")).first
    tile.scroll_into_view_if_needed()
    tile.tap()
    expect(page.locator(".said .held")).to_be_visible()  # the first tap shows what feeds it, the second opens it
    tile.tap()
    large = page.get_by_label(re.compile("map 2, taken apart")).locator(".listens")
    large.tap(position={"x": 5, "y": 5})
    expect(page.locator(".said")).to_contain_text("row 0, column 0")
    wait_until(lambda: inside(large.bounding_box(), 844))
    wait_until(lambda: inside(page.locator(".formula").bounding_box(), 844))

    page.goto(f"{server.url}/predict?run={run.id}")
    source(page, "Upload")
    files = [make_picture(tmp_path / f"ring {i}.png") for i in range(12)]
    page.locator("input[type=file]").first.set_input_files(files)
    row = page.get_by_role("button", name="Open ring 11.png")
    row.scroll_into_view_if_needed()
    row.tap()
    why = page.get_by_role("button", name=re.compile("Why.* ring 11.png"))
    expect(page.get_by_alt_text("what the network saw of ring 11.png")).to_be_visible()
    wait_until(lambda: inside(why.bounding_box(), 844))
    page.get_by_role("button", name="File", exact=True).tap()
    page.get_by_role("button", name="File", exact=True).tap()
    expect(page.locator("tr.row").first).to_contain_text("ring 11.png")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    no_accident(page)
    phone.close()
