"""Driving the real app in headless Chromium: a server of its own, a page that notes every request it makes."""

import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

from core import child

PATIENCE = 90_000
"""ms; two busy cores are slow, and a test that waits is better than one that guesses."""


def chromium():
    """Where Chromium is; skips the test without one."""
    found = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if not found:
        pytest.skip("no Chromium on this machine")
    return found


class Server:
    """The app, or a script, on a free port of 127.0.0.1, its workspace its own; `stands_by` with warm processes.

    `options` go to `streamlit run`; `settings` are variables; `module` runs Streamlit in a way of its own.
    """

    def __init__(
        self,
        home: Path,
        stands_by: bool = True,
        script: str = "streamlit_app.py",
        *,
        options: tuple[str, ...] = (),
        module: str = "streamlit",
        **settings: str,
    ) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.home, self.url, self.process = home, f"http://127.0.0.1:{self.port}", None
        self.stands_by, self.script = stands_by, script
        self.options, self.module, self.settings = options, module, settings

    def start(self) -> None:
        command = [sys.executable, "-m", self.module, "run", self.script, "--server.port", str(self.port)]
        command += self.options
        environment = child.environment() | {"KERNELSCOPE_HOME": str(self.home), "KERNELSCOPE_SLOTS": "1"}
        environment |= self.settings
        if not self.stands_by:
            environment["KERNELSCOPE_STANDBY"] = "0"
        log = (self.home.parent / "server.log").open("ab")
        self.process = subprocess.Popen(command, cwd=child.ROOT, env=environment, stdout=log, stderr=log)
        log.close()
        deadline = time.monotonic() + 2 * PATIENCE / 1000
        while time.monotonic() < deadline:
            try:
                with urllib.request.urlopen(f"{self.url}/_stcore/health", timeout=2) as answer:
                    if answer.status == 200:
                        return
            except OSError:
                time.sleep(0.1)
        raise RuntimeError("the server did not start")

    def stop(self) -> None:
        self.process.terminate()
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def settled(page):
    """Waits until the script has run and no element has a placeholder any more, whose height is another."""
    page.locator(
        "[data-testid=stApp][data-test-script-state=notRunning]:not(:has([data-testid=stSkeleton]))"
    ).wait_for()


MENU_STANDS = """() => {
    const open = [...document.querySelectorAll(".st-key-menu details[open]")],
        isOfThePage = window.kernelscopeMenu === location.pathname.split("/").at(-1);
    return isOfThePage && open.length < 2 && open.every(section => !section.getAnimations().length);
}"""
"""A page opened by another press than one in the menu opens its section, and folds that of the page before."""


def press_in_menu(page, name, **how):
    """Presses the link of a page in the menu, its section opened first where it is not."""
    page.wait_for_function(MENU_STANDS)
    menu, link = page.locator(".st-key-menu"), page.get_by_role("link", name=name, exact=True, include_hidden=True)
    menu.locator(link).wait_for(state="attached")
    if not menu.locator(link).is_visible():
        menu.locator("details").filter(has=link).locator("summary").click()
    menu.locator(link).click(**how)


def go(page, name):
    """Opens a page by its link in the menu."""
    press_in_menu(page, name)
    page.get_by_role("heading", name=name, exact=True).first.wait_for()
    settled(page)


def press(page, name):
    """Presses a button of the page itself; Streamlit's own Stop stands in the head."""
    page.get_by_test_id("stMainBlockContainer").get_by_role("button", name=name, exact=True).click()


def note_errors(browser):
    """Contexts of this browser are patient, and keep what their scripts throw and what our policy forbids, as
    `context.thrown`."""
    make = browser.new_context

    def new_context(**options):
        context = make(**options)
        context.set_default_timeout(PATIENCE)
        context.thrown = []
        context.on("weberror", lambda error: context.thrown.append(str(error.error)))
        context.on("console", lambda said: context.thrown.extend([said.text] if "Policy" in said.text else []))
        return context

    browser.new_context = new_context


def silent(page):
    """Waits until a page has told the server nothing for longer than a change takes to be told; returns how much it
    has told, which `page.sent` holds."""
    told = -1
    while told != len(page.sent):
        told = len(page.sent)
        page.wait_for_timeout(600)
    return told


def no_accident(page):
    """No exception and no traceback on the page, and none thrown by its scripts."""
    assert getattr(page.context, "thrown", []) == []
    assert page.locator("[data-testid=stException], [class*=st-key-accident]").count() == 0
    assert "Traceback" not in page.locator("body").inner_text()


def opened_lab(browser, address):
    """A lab for a fresh visitor; `page.sent` holds every frame that its page sends."""
    page = browser.new_context(viewport={"width": 1440, "height": 1200}).new_page()
    page.set_default_timeout(PATIENCE)
    page.sent = []
    page.on("websocket", lambda socket: socket.on("framesent", lambda frame: page.sent.append(frame)))
    page.goto(address)
    page.locator(".stage svg").first.wait_for()
    settled(page)
    return page
