"""The guards of the server as a browser meets them: the policy forbids nothing of ours, accidents tell no secrets."""

import contextlib
import re
from pathlib import Path

import pytest
from browser import PATIENCE, Server, no_accident, note_errors, settled
from browser import chromium as find_chromium
from PIL import Image, ImageDraw
from playwright.sync_api import TimeoutError as Impatience
from playwright.sync_api import expect

from core import child
from pages.components.frame import titles
from tests.faulty_server import SECRET

pytestmark = pytest.mark.browser
PAGES = sorted(Path(child.ROOT / "pages").glob("[0-9]*/*.py"))
CAMERA = ["--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream"]


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    server = Server(tmp_path_factory.mktemp("guards") / "workspace", stands_by=False, KERNELSCOPE_UPLOAD_MB="1")
    server.start()
    yield server
    server.stop()


def address(file):
    """Where a page is found: its name without the number."""
    title = file.stem.partition("_")[2].replace("_", " ")
    return "" if title == "Home" else title.lower().replace(" ", "-")


def watched(browser, server):
    """A context that notes whom its pages ask; the policy's complaints go to `thrown`."""
    context = browser.new_context(viewport={"width": 1440, "height": 1000})
    context.outside = []
    own = (server.url, server.url.replace("http", "ws"), "data:", "blob:")
    context.on("request", lambda asked: None if asked.url.startswith(own) else context.outside.append(asked.url))
    return context


def test_every_page_works_under_the_policy_and_asks_no_other_host(browser, server):
    assert len(PAGES) > 20
    context = watched(browser, server)
    page = context.new_page()
    page.set_default_timeout(PATIENCE)
    for file in PAGES:
        page.goto(f"{server.url}/{address(file)}")
        page.get_by_test_id("stMainBlockContainer").get_by_role("heading").first.wait_for()
        settled(page)
        no_accident(page)
    assert context.outside == []
    context.close()


def test_a_script_of_somebody_else_is_not_run(browser, server):
    """The policy is alive: without it the tests above would show nothing."""
    context = watched(browser, server)
    page = context.new_page()
    page.goto(server.url)
    settled(page)
    with context.expect_console_message(lambda said: "img-src" in said.text, timeout=PATIENCE):
        page.evaluate("""() => {
            const inline = document.createElement('script');
            inline.text = 'window.taken = 1';
            const image = new Image();
            image.src = 'http://localhost:9/a.png';
            document.body.append(inline, image);
        }""")

    assert page.evaluate("window.taken") is None
    assert any("script-src" in said for said in context.thrown)
    assert any("img-src" in said for said in context.thrown)
    context.close()


@pytest.fixture(scope="module")
def faulty(tmp_path_factory):
    """A server all of whose pages fail."""
    server = Server(tmp_path_factory.mktemp("faulty") / "workspace", False, module="tests.faulty_server")
    server.start()
    yield server
    server.stop()


def test_a_page_that_fails_says_a_sentence_and_a_number_under_which_the_log_has_the_trace(browser, faulty):
    """D04: whatever fails, on every page."""
    page = browser.new_page()
    page.set_default_timeout(PATIENCE)
    numbers = set()
    for file in (file for file in PAGES if "Runs" not in file.stem):
        page.goto(f"{faulty.url}/{address(file)}")
        accident = page.locator("[class*=st-key-accident]")
        expect(accident).to_contain_text(re.compile("number [0-9A-F]{8}"), timeout=PATIENCE)
        said = accident.inner_text()
        expect(page).to_have_title(f"{titles.of(file)} · Kernelscope", timeout=PATIENCE)
        numbers.add(re.search(r"number ([0-9A-F]{8})", said)[1])
        shown = page.content()

        assert "what you made is kept" in said
        assert not any(word in shown for word in (SECRET, "RuntimeError", "Traceback", "faulty_server", ".py"))
    page.goto(f"{faulty.url}/runs")
    expect(accident).to_contain_text("Free some *space* and try again.", timeout=PATIENCE)
    page.context.close()
    log = (faulty.home.parent / "server.log").read_text()

    assert len(numbers) == len(PAGES) - 1
    for number in numbers:
        assert re.search(rf"Error {number}\nTraceback .*?RuntimeError: {SECRET}", log, re.DOTALL)


@pytest.fixture
def photographer(browser, server):
    """A tab of a visitor with a camera, which Chromium makes up; fails when the policy forbade anything."""
    chromium = browser.browser_type.launch(executable_path=find_chromium(), args=["--no-sandbox", *CAMERA])
    note_errors(chromium)
    context = watched(chromium, server)
    context.grant_permissions(["camera"])
    page = context.new_page()
    page.set_default_timeout(PATIENCE)
    yield page
    no_accident(page)
    outside = context.outside
    chromium.close()
    assert outside == []


def made_picture(path):
    """A white ring on black."""
    image = Image.new("L", (64, 64))
    ImageDraw.Draw(image).ellipse((14, 8, 50, 56), outline=255, width=8)
    image.save(path)
    return path


def source(page, name):
    """Chooses where the picture of a lab comes from."""
    page.get_by_test_id("stButtonGroup").get_by_role("radio", name=name).click()
    settled(page)


def take_photo(page):
    """Presses until there is a photograph: while a camera begins, Streamlit's button takes none and says nothing."""
    taken = page.get_by_role("button", name="Clear photo")
    for _ in range(PATIENCE // 6000):
        with contextlib.suppress(Impatience):
            page.get_by_role("button", name="Take photo").click(timeout=3000)
        with contextlib.suppress(Impatience):
            return taken.wait_for(timeout=3000)
    return taken.wait_for()


def test_photographs_uploads_charts_tables_and_downloads_work_under_the_policy(photographer, server, tmp_path):
    page = photographer
    page.goto(f"{server.url}/filters")
    settled(page)
    source(page, "Camera")
    page.wait_for_url("**picture=*")
    shown = page.url
    take_photo(page)
    page.wait_for_url(lambda url: url != shown)  # so the photograph has arrived: the address can't hold one
    source(page, "Upload")
    page.get_by_text("Still Your photo").wait_for()
    page.get_by_test_id("stFileUploaderDropzoneInput").set_input_files(made_picture(tmp_path / "ring.png"))
    page.get_by_text("ring.png").first.wait_for()
    page.get_by_text("Still Your photo").wait_for(state="detached")
    page.goto(f"{server.url}/network")
    page.get_by_role("tab", name="Code").click()
    with page.expect_download() as saved:
        page.get_by_role("button", name="Download the script").click()
    assert "keras" in Path(saved.value.path()).read_text(encoding="utf-8")
    page.goto(f"{server.url}/data")
    page.locator(".js-plotly-plot").first.wait_for()
    page.goto(f"{server.url}/network")
    page.get_by_role("tab", name="Diagram").click()
    page.locator(".drawing svg polygon").first.wait_for()


def test_things_held_before_the_camera_and_files_are_told_apart_live_and_become_a_dataset(
    photographer, server, tmp_path
):
    page = photographer
    page.goto(f"{server.url}/show-and-train")
    first, second = page.locator(".showing .card").nth(0), page.locator(".showing .card").nth(1)
    record, counts = first.get_by_role("button", name="Hold to record"), page.locator(".showing .count")
    record.hover()
    page.mouse.down()
    expect(record).to_have_text(re.compile(r"Recording: ([5-9]|\d\d)"), timeout=PATIENCE)
    page.mouse.up()
    expect(record).to_have_text("Hold to record", timeout=PATIENCE)
    expect(first.locator(".thumb:not(.pending)").nth(4)).to_be_visible(timeout=PATIENCE)
    expect(first.locator(".thumb.pending")).to_have_count(0, timeout=PATIENCE)
    held = first.locator(".thumb").count()
    record.focus()
    page.keyboard.down(" ")
    expect(record).to_have_text(re.compile(r"Recording: ([3-9]|\d\d)"), timeout=PATIENCE)
    page.keyboard.up(" ")
    take_back = page.get_by_role("button", name=re.compile(r"Take back \d+ pictures of Class 1"))
    expect(first.locator(".thumb:not(.pending)").nth(held + 2)).to_be_visible(timeout=PATIENCE)
    take_back.click()
    expect(counts).to_have_text([f"{held} pictures", "0 pictures"], timeout=PATIENCE)
    names = [tmp_path / f"{i}.png" for i in range(6)]
    for i, name in enumerate(names):
        Image.new("RGB", (64, 64), (200, 10 * i, 0)).save(name)
    second.locator("input[type=file]").set_input_files(names)
    expect(counts).to_have_text([f"{held} pictures", "6 pictures"], timeout=PATIENCE)
    first.get_by_role("textbox", name="Name of the class").fill("disc")
    page.keyboard.press("Enter")
    expect(page.locator(".guess .first .label")).to_have_text("disc", timeout=PATIENCE)
    expect(page.locator(".guess .verdict")).to_have_text("disc", timeout=PATIENCE)
    expect(page.locator(".guess .why")).to_contain_text("Most like this picture of disc.")
    page.locator(".guess input[type=file]").set_input_files(names[0])
    expect(page.locator(".guess .verdict")).to_have_text("Class 2", timeout=PATIENCE)
    second.get_by_role("button", name="Picture 2 of 6 of Class 2").click()
    second.get_by_role("button", name="Remove this picture").click()
    expect(counts).to_have_text([f"{held} pictures", "5 pictures"], timeout=PATIENCE)
    page.reload()
    expect(counts).to_have_text([f"{held} pictures", "5 pictures"], timeout=PATIENCE)
    page.get_by_role("button", name="Make it a dataset").click()
    page.get_by_role("heading", name="Data", exact=True).wait_for()
    page.get_by_text(f"My things · 2 classes · {held + 5} pictures").first.wait_for()


def test_a_browser_hears_why_an_upload_is_refused_and_the_page_stays_as_it_is(browser, server, tmp_path):
    context = watched(browser, server)
    page = context.new_page()
    page.set_default_timeout(PATIENCE)
    page.goto(f"{server.url}/filters")
    settled(page)
    source(page, "Upload")
    (tmp_path / "large.png").write_bytes(bytes(3_000_000))
    with page.expect_response(re.compile("upload_file")) as heard:
        page.get_by_test_id("stFileUploaderDropzoneInput").set_input_files(tmp_path / "large.png")
    assert heard.value.status == 413
    assert "1 MB in all" in heard.value.text()
    page.get_by_text("large.png").wait_for()
    expect(page.get_by_test_id("stFileChip")).to_have_attribute("aria-invalid", "true")
    said = page.get_by_test_id("stFileUploader").evaluate("node => getComputedStyle(node, '::after').content")
    assert "was not taken" in said
    assert "Remove it and choose a smaller one." in said
    page.get_by_role("button", name="Remove large.png").click()
    expect(page.get_by_test_id("stFileChip")).to_have_count(0)
    said = page.get_by_test_id("stFileUploader").evaluate("node => getComputedStyle(node, '::after').content")
    assert said == "none"
    no_accident(page)
    context.close()
