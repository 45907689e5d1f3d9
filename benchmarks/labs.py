"""The labs in a real page: from a typed weight to the painted map of a 512x512 colour picture, beside SciPy alone."""

import re
import shutil
import statistics
import time

import numpy as np
from scipy import ndimage

from benchmarks import Row, Setting, in_turns
from benchmarks.watching import server

SIDE, EDITS = 512, 20
EDIT = """async (cell, value) => {
    const begun = performance.now();
    cell.value = value;
    cell.dispatchEvent(new Event("input"));
    await new Promise(painted => requestAnimationFrame(() => setTimeout(painted)));
    return performance.now() - begun;
}"""
"""Types a weight and waits until the page is painted; ms."""


def measure(setting: Setting) -> list[Row]:
    """Milliseconds of an edit over those of SciPy's correlation of the same picture with the same kernel."""
    chromium = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if not chromium:
        return [Row("a kernel edit in the lab", note="needs Chromium")]
    from playwright.sync_api import sync_playwright

    with server() as address, sync_playwright() as play:
        browser = play.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1440, "height": 1100})
        _open(page, address)
        rows = [_edits(page, size, setting) for size in (3, 7)]
        browser.close()
    return rows


def _open(page: object, address: str) -> None:
    """The Convolution lab with a colour picture of 512x512."""
    page.goto(f"{address}/convolution")
    page.locator(".trio").wait_for()
    page.get_by_text("Shapes", exact=True).click()
    for menu, choice in {"Shape": "Colour discs", "Side": str(SIDE)}.items():
        page.get_by_role("combobox", name=re.compile(f"{menu}$")).click()
        page.get_by_role("option", name=choice, exact=True).click()
    page.get_by_text(f"{SIDE}×{SIDE} px, colour").first.wait_for()


def _edits(page: object, size: int, setting: Setting) -> Row:
    page.get_by_label("Size, typed").fill(str(size))
    page.wait_for_timeout(1000)
    cell = page.locator(".kernel .cells input").nth(1)
    picture, kernel = np.random.default_rng(0).random((SIDE, SIDE, 3)), np.ones((size, size))

    def edit() -> float:
        taken = [cell.evaluate(EDIT, str(i / 10 + 0.1)) for i in range(setting.size(EDITS, 2))]
        return statistics.median(taken)

    def scipy() -> float:
        begun = time.perf_counter()
        sum(ndimage.correlate(picture[..., channel], kernel) for channel in range(3))
        return 1000.0 * (time.perf_counter() - begun)

    costs = in_turns(setting.repeats, ours=edit, scipy=scipy)
    ratios = tuple(a / b for a, b in zip(costs["ours"], costs["scipy"], strict=True))
    ours, theirs = statistics.median(costs["ours"]), statistics.median(costs["scipy"])
    note = f"{ours:.0f} ms from key to paint (asked: 150), {theirs:.0f} ms for SciPy's sums alone"
    return Row(f"an edit of a {size}x{size} kernel, {SIDE}x{SIDE}x3, over SciPy", ratios, None, None, note)
