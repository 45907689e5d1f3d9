"""Messages of components forged on the wire between a real browser and the real server."""

import json
import re

import pytest
from browser import PATIENCE, Server, go, no_accident, settled
from playwright.sync_api import expect
from streamlit.proto.BackMsg_pb2 import BackMsg

from core.datasets import prepare
from core.datasets.digits import Digits
from core.experiment.presets import load_preset
from core.runs import states
from core.runs.collection import Runs
from core.runs.recorder import Recorder
from core.workspace import Workspace
from tests.saved import here

pytestmark = pytest.mark.browser
expect.set_options(timeout=PATIENCE)
WRONG = "This page was sent something that none of its buttons sends, and nothing was done."


class Wire:
    """Stands between the browser and the server, and puts `forge` into what components send."""

    def __init__(self, page):
        self.forge, self.forged = None, 0
        page.route_web_socket(re.compile("_stcore/stream"), self._connect)

    def _connect(self, browser):
        server = browser.connect_to_server()
        browser.on_message(lambda message: server.send(self._passed(message)))
        server.on_message(browser.send)

    def _passed(self, message):
        told = BackMsg()
        told.ParseFromString(message)
        if self.forge and told.HasField("rerun_script"):
            for widget in told.rerun_script.widget_states.widgets:
                for field in ("json_value", "json_trigger_value"):
                    if widget.HasField(field) and (text := self.forge(getattr(widget, field))) is not None:
                        setattr(widget, field, text)
                        self.forged += 1
        return told.SerializeToString()


def gestures(change):
    """Forges the gestures in a message, as text, so that it may be no JSON of Python's."""

    def forge(text):
        told = json.loads(text)
        return text if "gestures" not in told else json.dumps({"gestures": change(told["gestures"])})

    return forge


FORGED = {
    "no list": lambda sent: 7,
    "no numbers": lambda sent: [{"action": "delete"}],
    "not a number": lambda sent: [{**one, "n": float("nan")} for one in sent],
    "half a letter": lambda sent: [{**one, "line": "\ud800"} for one in sent],
    "an unknown action": lambda sent: [{**one, "action": "dance"} for one in sent],
    "an action of lists": lambda sent: [{**one, "action": ["delete"], "ids": {"a": [[[]]]}} for one in sent],
    "no end": lambda sent: [{**one, "ids": ["x" * 300] * 9000} for one in sent],
}


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    server = Server(tmp_path_factory.mktemp("forged") / "workspace", stands_by=False)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KERNELSCOPE_HOME", str(server.home))
        prepare(Digits())
        for _ in range(2):
            with Recorder(here().create(load_preset("digits-cnn"))) as record:
                record.status(state=states.FINISHED, epoch=1, epochs=1)
        server.start()
        yield server
        server.stop()


@pytest.fixture
def page(browser, server):
    page = browser.new_page(viewport={"width": 1440, "height": 1200})
    page.set_default_timeout(PATIENCE)
    page.wire = Wire(page)
    page.goto(server.url)
    settled(page)
    yield page
    no_accident(page)
    assert page.wire.forged
    page.close()


def told(page):
    """The one sentence; all else stays as it is."""
    expect(page.get_by_test_id("stAlert").filter(has_text=WRONG)).to_have_count(1)


@pytest.mark.parametrize("change", FORGED.values(), ids=FORGED.keys())
def test_forged_gestures_of_the_table_of_runs(page, server, change):
    go(page, "Runs")
    page.wire.forge = gestures(change)
    page.get_by_role("table", name="Runs").locator("tbody tr").first.locator("input[type=checkbox]").check()
    told(page)
    assert len(Runs(Workspace(server.home)).newest()) == 2


@pytest.mark.parametrize("name", ["no numbers", "an unknown action", "an action of lists"])
def test_forged_gestures_of_the_list_of_layers(page, name):
    go(page, "Network")
    page.locator(".layer").nth(1).wait_for()
    before = page.locator(".layer").count()
    page.locator(".layer").nth(1).focus()
    page.wire.forge = gestures(FORGED[name])
    page.keyboard.press("Delete")  # one message alone: the same one, sent once more, is refused without a word
    told(page)
    page.wire.forge = None
    page.reload()
    settled(page)
    expect(page.locator(".layer")).to_have_count(before)


@pytest.mark.parametrize("value", ["-5", "1e9", "NaN", "[[]]", '"\\ud800"'])
def test_a_forged_class_on_the_wall(page, value):
    go(page, "Data")
    page.wire.forge = lambda text: re.sub(r'("label":)\s*\d+', lambda found: found[1] + value, text)
    page.locator(".wall button").first.click()
    told(page)
