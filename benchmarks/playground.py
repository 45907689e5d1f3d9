"""The playground's network on typed arrays beside one of objects, one per unit and connection; and the playing page."""

import shutil
import statistics
from pathlib import Path
from typing import Any

from benchmarks import Row, Setting, in_turns, times_faster
from benchmarks.watching import server
from core.labs.playground import Playground
from core.spec import packed
from pages.components.browser.component import scripts as scripts_of

RIVAL = Path(__file__).with_name("per_node_objects.js")
POINTS, EPOCHS, AGREED = 250, 1000, 1e-9
"""What an epoch goes through; how many make one turn; how far the losses of both may lie apart."""
FRAMES, AT_LEAST_EPOCHS, PLAYED_SECONDS = 30.0, 60.0, 4.0
"""A second, asked of the playing page; how long it is watched each time."""

PREPARE = """() => {{ {scripts}
    const random = generator(1), place = () => 12 * random() - 6;
    const points = Array.from({{ length: {points} }}, () => [place(), place()]);
    const x = Float64Array.from(points.flat()), y = Float64Array.from(points, ([a, b]) => +(a * b < 0));
    const fresh = () => new Network([2, 8, 8, 1], "tanh", 1);
    const timed = (network, features, epochs) => {{
        const how = {{ rate: 0.03, batchSize: 10, random: generator(2) }}, begun = performance.now();
        for (let e = 0; e < epochs; e++) network.epoch(features, y, how);
        return (performance.now() - begun) / 1000;
    }};
    const surprise = network => (point, n) => {{
        const p = network.forwardProp(point);
        return -Math.log(y[n] ? p : 1 - p);
    }};
    window.arrays = epochs => {{
        const network = fresh();
        return [timed(network, x, epochs), network.measure(x, y).loss];
    }};
    window.objects = epochs => {{
        const network = new ObjectNetwork(fresh());
        const seconds = timed(network, points, epochs);
        return [seconds, points.map(surprise(network)).reduce((sum, one) => sum + one) / y.length];
    }};
}}"""
"""Both sides: the same points, first weights and order; each answers with its seconds and its loss."""

WATCH = """async ([count, seconds]) => {
    const epoch = () => Number(count.textContent.replace(/\\D/g, ""));
    const begun = performance.now(), first = epoch();
    let frames = 0, drawn = 0, last = first;
    await new Promise(over => requestAnimationFrame(function look() {
        const now = epoch();
        frames++;
        if (now !== last) drawn++;
        last = now;
        if (performance.now() - begun < 1000 * seconds) requestAnimationFrame(look);
        else over();
    }));
    const took = (performance.now() - begun) / 1000;
    return { frames: frames / took, drawn: drawn / took, epochs: (last - first) / took };
}"""
"""Frames a second, those in which the network was drawn anew, and epochs a second, of the page that plays."""


def measure(setting: Setting) -> list[Row]:
    """Images a second of our arrays over those of objects; frames and epochs a second of the real page."""
    chromium = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if not chromium:
        return [Row("images/s, arrays over objects", note="needs Chromium")]
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        rows = [_cores(browser.new_page(), setting), *_page(browser, setting)]
        browser.close()
    return rows


def _cores(page: Any, setting: Setting) -> Row:
    """The two networks on the same work, in turns.

    Raises:
        ArithmeticError: they do not learn the same.
    """
    scripts = scripts_of("labs/arithmetic", "labs/network_arithmetic") + RIVAL.read_text(encoding="utf-8")
    page.evaluate(PREPARE.format(scripts=scripts, points=POINTS))
    epochs, losses = setting.size(EPOCHS, 5), {}

    def side(name: str) -> float:
        seconds, losses[name] = page.evaluate(f"epochs => window.{name}(epochs)", epochs)
        return seconds

    for name in ("arrays", "objects"):  # once unmeasured, so that both are compiled
        side(name)
    costs = in_turns(setting.repeats, arrays=lambda: side("arrays"), objects=lambda: side("objects"))
    if abs(losses["arrays"] - losses["objects"]) > AGREED:
        raise ArithmeticError(f"the two part: {losses}")
    ours, theirs = (POINTS * epochs / statistics.median(costs[name]) for name in ("arrays", "objects"))
    note = f"{ours:,.0f} images/s beside {theirs:,.0f}; both end at a loss of {losses['arrays']:.9f}"
    return Row(
        "2-8-8-1 tanh, batch 10: images/s, arrays over objects",
        times_faster(costs, "arrays", "objects"),
        1.5,
        None,
        note,
    )


def _page(browser: Any, setting: Setting) -> list[Row]:
    """The lab itself while it plays 2-8-8-1, with 250 points to learn from: at its middle speed, and at its highest."""
    settings, seconds = Playground(dataset="spirals", hidden=(8, 8)), setting.size(PLAYED_SECONDS, 1)
    with server() as address:
        page = browser.new_page(viewport={"width": 1440, "height": 1000})
        page.goto(f"{address}/playground?lab={packed(settings)}")
        page.get_by_role("button", name="Play", exact=True).click()
        count = page.locator(".controls .count").element_handle()

        def played(speed: str) -> list[dict[str, float]]:
            page.get_by_label("Speed", exact=True).fill(speed)
            page.wait_for_timeout(1500)
            return [page.evaluate(WATCH, [count, seconds]) for _ in range(setting.repeats)]

        calm, fast = played("2"), played("4")
    return [
        _row("at 60 epochs/s: frames/s drawn, over the asked 30", calm, "drawn", FRAMES),
        _row("at full speed: frames/s drawn, over the asked 30", fast, "drawn", FRAMES),
        _row("at full speed: epochs/s of 250 points, over the asked 60", fast, "epochs", AT_LEAST_EPOCHS),
    ]


def _row(what: str, told: list[dict[str, float]], name: str, asked: float) -> Row:
    middle = {key: statistics.median(one[key] for one in told) for key in told[0]}
    note = f"{middle['drawn']:.0f} drawn of {middle['frames']:.0f} frames/s, {middle['epochs']:.0f} epochs/s"
    return Row(f"playing 2-8-8-1 {what}", tuple(one[name] / asked for one in told), 1.0, None, note)
