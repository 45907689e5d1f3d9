"""The guards of the server as a browser meets them: the policy forbids nothing of ours, accidents tell no secrets."""

import re
from pathlib import Path

import pytest
from browser import PATIENCE, Server, no_accident, settled

from core import child
from tests.faulty_server import SECRET

pytestmark = pytest.mark.browser
PAGES = sorted(Path(child.ROOT / "pages").glob("[0-9]*/*.py"))
CAMERA = ["--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream"]


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    server = Server(tmp_path_factory.mktemp("guards") / "workspace", stands_by=False)
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
    page.evaluate("""() => {
        const inline = document.createElement('script'); inline.text = 'window.taken = 1'; document.body.append(inline);
        const image = new Image(); image.src = 'http://localhost:9/a.png'; document.body.append(image);
    }""")
    page.wait_for_timeout(500)

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
        said = page.locator(".st-key-accident").inner_text()
        assert page.title() != "streamlit app"
        numbers.add(re.search(r"number ([0-9A-F]{8})", said)[1])
        shown = page.content()

        assert "what you made is kept" in said
        assert not any(word in shown for word in (SECRET, "RuntimeError", "Traceback", "faulty_server", ".py"))
    page.goto(f"{faulty.url}/runs")
    assert "Free some *space* and try again." in page.locator(".st-key-accident").inner_text()
    page.context.close()
    log = (faulty.home.parent / "server.log").read_text()

    assert len(numbers) == len(PAGES) - 1
    for number in numbers:
        assert re.search(rf"Error {number}\nTraceback .*?RuntimeError: {SECRET}", log, re.DOTALL)
